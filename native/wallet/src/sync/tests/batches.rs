//! Several milestones in one commit: nothing depends on how they are grouped.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use super::*;
use crate::{
    events::{Notice, SyncStatus},
    ledger::{LedgerDiff, MilestoneIndex, RawDiff, UnixTime},
    testing::{Fault, OutputBuilder, ScriptedFeed, TestWallet, address},
};

/// Ten milestones: each creates two outputs of ours, one of them under a timelock, and spends one of the milestone before
/// and one of its own.
fn history(node: &ScriptedFeed, raw: crate::ledger::Address) {
    let mut before = Vec::new();
    for number in 0..10 {
        let time = node.ledger().position().time.0 + 10;
        let build = |index| OutputBuilder::plain(number, raw, 100).index(index);
        let created = vec![
            build(0).build(),
            build(1).locked_until(UnixTime(time + 15)).build(),
            build(2).build(),
            OutputBuilder::plain(number, address(3), 1).index(3).build(),
        ];
        let mut consumed = vec![by(&created[2], 100 + number)];
        consumed.extend(std::mem::replace(&mut before, vec![by(&created[0], 200 + number)]));
        node.ledger().milestone_at(UnixTime(time), created, consumed);
    }
}

#[test]
fn the_grouping_leaves_no_trace() {
    let first = ScriptedFeed::with_milestones(1);
    let mut logs = Vec::new();
    let nodes = [(1, false), (3, false), (4, true), (100, true), (100, false)];
    let wallets: Vec<_> = nodes
        .iter()
        .map(|(batch, all_spenders)| {
            let directory = tempfile::tempdir().unwrap();
            let node = first.sibling().confirmed_to(first.ledger().position().index.0);
            node.set_batch(*batch);
            node.set_all_spenders(*all_spenders);
            let wallet = TestWallet::start(directory.path(), &node);
            let raw = wallet.address(&wallet.account("alice"));
            (directory, node, wallet, raw)
        })
        .collect();
    history(&first, wallets[0].3);
    for (_, node, wallet, _) in &wallets {
        node.heal();
        wallet.sync();
        logs.push(wallet.log());
        assert_eq!(wallet.manager.status().cursor, Some(first.ledger().position().index));
        assert_eq!(wallet.manager.total_balance().unwrap(), wallets[0].2.manager.total_balance().unwrap());
    }
    // every output twice at least, and those whose time has come once more with a deposit
    assert!(logs[0].len() > 60, "{}", logs[0].len());
    for log in &logs[1..] {
        assert_eq!(*log, logs[0]);
    }
}

#[test]
fn many_quiet_milestones_are_few_commits() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    node.set_batch(1_000);
    // also a question that is on its way gets none or all of them
    node.hold();
    node.ledger().empty_milestones(600);
    let begin = wallet.manager.status().cursor.unwrap().0;
    let cursors = Arc::<Mutex<BTreeSet<u32>>>::default();
    let heard = Arc::clone(&cursors);
    wallet.manager.subscribe(Box::new(move |notice| {
        if let Notice::Sync(SyncStatus { cursor: Some(cursor), .. }) = &**notice {
            heard.lock().unwrap().insert(cursor.0 - begin);
        }
    }));
    node.release();
    wallet.sync();
    assert_eq!(wallet.manager.status().cursor.unwrap().0, begin + 600);
    let mut cursors = cursors.lock().unwrap().clone();
    cursors.remove(&0);
    assert_eq!(cursors, [256, 512, 600].into());
}

#[test]
fn a_milestone_that_the_feed_could_not_know_is_asked_for_again() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let raw = wallet.address(&wallet.account("alice"));
    wallet.sync();
    node.hold();
    let output = OutputBuilder::plain(1, raw, 5).build();
    node.ledger().milestone(vec![output.clone()], vec![]);
    node.ledger().empty_milestones(1);
    node.ledger().milestone(vec![], vec![by(&output, 2)]);
    node.ledger().empty_milestones(2);
    node.set_batch(10);
    let before = node.calls().1;
    node.release();
    wallet.sync();
    assert_eq!(wallet.manager.status().error, None);
    let kinds: Vec<_> = short(&wallet.events()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["newOutput", "deposit", "spentOutput", "incident"]);
    assert!(node.calls().1 - before >= 2);
}

#[test]
fn invariant_1_a_milestone_that_does_not_follow_ends_the_batch() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let raw = wallet.address(&wallet.account("alice"));
    wallet.sync();
    let begin = node.ledger().position();
    let raw_diff = |number: u32, previous: crate::ledger::Position, salt: u8| {
        let index = MilestoneIndex(begin.index.0 + number);
        let id = crate::ledger::MilestoneId::from_slice(&[salt, u8::try_from(number).unwrap(), 9]).unwrap();
        let position = crate::ledger::Position { index, id, time: begin.time };
        let created = vec![OutputBuilder::plain(number, raw, 5).build()];
        (position, RawDiff { position, previous_id: previous.id, created, consumed: vec![] })
    };
    let (_, diff_1) = raw_diff(1, begin, 1);
    let (other, _) = raw_diff(1, begin, 2);
    let (_, diff_2) = raw_diff(2, other, 1);
    let diffs = vec![LedgerDiff::validate(&begin, diff_1).unwrap(), LedgerDiff::validate(&other, diff_2).unwrap()];
    node.hold();
    node.ledger().empty_milestones(2);
    node.set_answer(diffs);
    node.release();
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::NodeAnswerInvalid);
    assert!(wallet.events().is_empty(), "nothing of the answer was applied");
}

#[test]
fn a_fault_in_the_middle_keeps_what_came_before() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    node.set_batch(10);
    let begin = node.ledger().position().index.0;
    node.set_fault(begin + 3, Fault::OtherParent);
    node.ledger().empty_milestones(5);
    assert!(wallet.manager.sync(SOON).is_err());
    assert_eq!(wallet.manager.status().cursor, Some(MilestoneIndex(begin + 2)));
    node.heal();
    wallet.sync();
    assert_eq!(wallet.manager.status().cursor, Some(MilestoneIndex(begin + 5)));
}
