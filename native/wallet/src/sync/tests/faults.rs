//! Nodes that are wrong, behind, pruned or gone.

use std::time::Instant;

use super::*;
use crate::{
    error::chain,
    events::{SyncState, consumer::Start},
    manager::SeedOrigin,
    payments::SendOptions,
    testing::{Fault, OutputBuilder, ScriptedFeed, ScriptedLedger, TestWallet, address},
};

/// A wallet with one output, and a node with more to come.
fn funded(directory: &std::path::Path, node: &ScriptedFeed) -> (TestWallet, crate::manager::AccountRef, LedgerOutput) {
    let wallet = TestWallet::start(directory, node);
    let alice = wallet.account("alice");
    let output = OutputBuilder::plain(1, wallet.address(&alice), 1_000).build();
    node.ledger().milestone(vec![output.clone()], vec![]);
    wallet.sync();
    (wallet, alice, output)
}

#[test]
fn invariant_1_a_milestone_that_does_not_follow_changes_nothing() {
    for (fault, expected) in [
        (Fault::Repeats, ErrorKind::NodeAnswerInvalid),
        (Fault::Skips, ErrorKind::NodeAnswerInvalid),
        (Fault::OtherParent, ErrorKind::NodeAnswerInvalid),
        (Fault::OlderTime, ErrorKind::NodeAnswerInvalid),
        (Fault::NoAnswer, ErrorKind::NodeFailure),
        (Fault::NoSpender, ErrorKind::NodeAnswerInvalid),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let (wallet, alice, output) = funded(directory.path(), &node);
        let cursor = wallet.manager.status().cursor.unwrap();
        let (log, balance) = (wallet.log(), wallet.manager.balance(&alice).unwrap());
        // the wallet asks when all of them are there, among them the one that is served instead
        node.hold();
        node.set_fault(cursor.0 + 1, fault);
        let created = OutputBuilder::plain(2, output.owner, 5).build();
        node.ledger().milestone(vec![created], vec![by(&output, 3)]);
        node.ledger().empty_milestones(2);
        node.release();
        assert_eq!(kind(wallet.manager.sync(SOON)), expected, "{fault:?}");
        let status = wallet.manager.status();
        assert_eq!((status.state, status.cursor), (SyncState::Stalled, Some(cursor)), "{fault:?}");
        assert_eq!(status.error.unwrap().0, expected);
        assert_eq!(wallet.log(), log);
        assert_eq!(wallet.manager.balance(&alice).unwrap(), balance);
        node.heal();
        assert_eq!(wallet.sync().0, cursor.0 + 3);
        assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(5, 1));
        assert_eq!(wallet.manager.status().error, None);
    }
}

#[test]
fn invariant_1_a_milestone_that_cannot_be_stored_leaves_no_trace() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, alice, output) = funded(directory.path(), &node);
    let cursor = wallet.manager.status().cursor;
    let log = wallet.log();
    // the second output has more than any ledger: the transaction fails after the first was booked
    let good = OutputBuilder::plain(2, output.owner, 5).build();
    let impossible = OutputBuilder::plain(3, output.owner, u64::MAX).build();
    node.ledger().milestone(vec![good, impossible], vec![by(&output, 3)]);
    wallet.manager.sync(SOON).unwrap_err();
    assert_eq!(wallet.manager.status().cursor, cursor);
    assert_eq!(wallet.log(), log);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(1_000, 1));
}

#[test]
fn invariant_5_nothing_is_spent_by_absence_or_error() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, alice, output) = funded(directory.path(), &node);
    let (log, calls) = (wallet.log(), node.calls());
    node.set_reachable(false);
    let refused = wallet.manager.sync(SOON).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NodeUnreachable);
    assert_eq!(chain(&refused).matches("could not be followed").count(), 1, "{}", chain(&refused));
    assert_eq!(wallet.manager.status().state, SyncState::Stalled);
    node.set_reachable(true);
    node.set_healthy(false);
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::NodeUnhealthy);
    node.heal();
    wallet.sync();
    assert_eq!(wallet.log(), log);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(1_000, 1));
    assert_eq!(node.calls().2, calls.2, "no index is asked");
    node.ledger().milestone(vec![], vec![by(&output, 9)]);
    wallet.sync();
    let told = short(&wallet.events());
    assert_eq!(told[told.len() - 2], ("spentOutput", output.id.to_string()));
}

#[test]
fn invariant_10_a_gap_is_a_state() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, alice, _) = funded(directory.path(), &node);
    let cursor = wallet.manager.status().cursor.unwrap();
    let log = wallet.log();
    // in this order: the wallet follows while they are made
    node.set_pruned(cursor.0 + 2);
    node.ledger().empty_milestones(5);
    wallet.wait_until(|manager| manager.status().state == SyncState::Gap);
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Gap);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::Gap);
    let payees = vec![("rms1".to_owned(), Amount::new(1))];
    assert_eq!(kind(wallet.manager.send_amount(&alice, payees, SendOptions::default())), ErrorKind::Gap);
    assert_eq!(wallet.manager.status().cursor, Some(cursor), "the cursor is not moved over it");
    assert_eq!(wallet.log(), log, "the log is readable");
    // a node that still has the milestones closes it
    node.heal();
    wallet.wait_until(|manager| manager.status().state == SyncState::Synced);
    assert_eq!(wallet.manager.status().cursor.unwrap().0, cursor.0 + 5);
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
}

#[test]
fn invariant_10_a_gap_is_not_over_because_nobody_answers() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, alice, _) = funded(directory.path(), &node);
    let cursor = wallet.manager.status().cursor.unwrap();
    let has = |wanted| move |status: &crate::events::SyncStatus| status.error.as_ref().is_some_and(|it| it.0 == wanted);
    // in this order: the wallet follows while they are made
    node.set_pruned(cursor.0 + 2);
    node.ledger().empty_milestones(5);
    wallet.wait_until(|manager| has(ErrorKind::Gap)(&manager.status()));
    node.set_reachable(false);
    wallet.wait_until(|manager| has(ErrorKind::NodeUnreachable)(&manager.status()));
    assert_eq!(wallet.manager.status().state, SyncState::Gap);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::Gap);
    // nor because a node that is far behind has nothing to say
    let behind = node.clone().confirmed_to(cursor.0 - 1);
    behind.set_pruned(0);
    behind.set_reachable(true);
    wallet.wait_until(|manager| has(ErrorKind::Gap)(&manager.status()));
    assert_eq!(wallet.manager.status().state, SyncState::Gap);
    node.heal();
    wallet.wait_until(|manager| manager.status().state == SyncState::Synced);
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
}

#[test]
fn closing_the_way_to_the_node_is_no_failure() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, ..) = funded(directory.path(), &node);
    wallet.wait_until(|manager| manager.status().state == SyncState::Synced);
    node.set_fault(wallet.manager.status().cursor.unwrap().0 + 1, Fault::Closed);
    node.ledger().empty_milestones(1);
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Closed, "who waits is told");
    let status = wallet.manager.status();
    assert_ne!(status.state, SyncState::Stalled);
    assert_eq!(status.error, None);
}

#[test]
fn a_node_that_is_behind_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(5);
    let (wallet, alice, _) = funded(directory.path(), &node);
    let cursor = wallet.manager.status().cursor.unwrap();
    drop(wallet);
    let behind = node.sibling().confirmed_to(cursor.0 - 2);
    let wallet = TestWallet::start(directory.path(), &behind);
    wallet.wait_until(|manager| manager.status().state == SyncState::Stalled);
    let status = wallet.manager.status();
    assert_eq!((status.cursor, status.error.unwrap().0), (Some(cursor), ErrorKind::NodeUnhealthy));
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(1_000, 1));
}

#[test]
fn a_node_of_another_network_or_ledger_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, ..) = funded(directory.path(), &node);
    let cursor = wallet.manager.status().cursor;
    drop(wallet);
    let other = ScriptedLedger::default();
    let mut network = other.network();
    network.id += 1;
    other.set_network(network);
    other.empty_milestones(10);
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::of(other.into()));
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::NodeWrongNetwork);
    assert_eq!(wallet.manager.status().cursor, cursor);
    drop(wallet);
    // the same name, and another history
    let other = ScriptedLedger::new(1);
    other.empty_milestones(10);
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::of(other.into()));
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::NodeAnswerInvalid);
    assert_eq!(wallet.manager.status().cursor, cursor);
}

#[test]
fn invariant_11_a_panic_in_the_sync_thread_halts_this_wallet_only() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, alice, _) = funded(directories[0].path(), &node);
    let other_node = node.sibling();
    let other = TestWallet::start(directories[1].path(), &other_node);
    other.sync();
    let log = wallet.log();
    node.set_fault(wallet.manager.status().cursor.unwrap().0 + 1, Fault::Panics);
    node.ledger().empty_milestones(1);
    wallet.wait_until(|manager| manager.status().state == SyncState::Halted);
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Halted);
    assert_eq!(kind(wallet.manager.create_account("bob")), ErrorKind::Halted);
    assert_eq!(kind(wallet.manager.open_consumer("new", Start::First)), ErrorKind::Halted);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(1_000, 1), "it can still be read");
    drop(wallet);
    other.sync();
    node.heal();
    let wallet = TestWallet::start(directories[0].path(), &node);
    wallet.sync();
    assert_eq!(wallet.log(), log);
}

#[test]
fn without_a_node_nothing_is_issued_and_everything_ends() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    node.set_reachable(false);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::NodeUnreachable);
    node.set_reachable(true);
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
    wallet.manager.close();
    wallet.manager.close();
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Closed);
    assert_eq!(kind(wallet.manager.balance(&alice)), ErrorKind::Closed);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::Closed);
}

#[test]
fn invariant_2_the_node_is_asked_as_often_for_many_addresses_as_for_few() {
    let mut asked = Vec::new();
    for count in [1, 5_000] {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let wallet = TestWallet::start_with(directory.path(), &node, SeedOrigin::New);
        let alice = wallet.account("alice");
        wallet.manager.generate_addresses(&alice, count, false, None).unwrap();
        wallet.sync();
        drop(wallet);
        let strange = (0..50).map(|number| OutputBuilder::plain(number, address(number), 1).build());
        node.ledger().milestone(strange.collect(), vec![]);
        node.ledger().empty_milestones(20);
        let before = node.calls();
        // once it has caught up it does not ask again for as long as the test looks
        let wallet = TestWallet::open_polling(directory.path(), &node, Duration::from_secs(86_400)).unwrap();
        let begun = Instant::now();
        wallet.manager.start().unwrap();
        let target = node.ledger().position().index;
        wallet.wait_until(|manager| manager.status().cursor == Some(target));
        drop(wallet);
        let (after, took) = (node.calls(), begun.elapsed());
        asked.push((after.0 - before.0, after.1 - before.1, after.2 - before.2, took));
    }
    for (status, next, index, took) in asked {
        assert_eq!(index, 0, "no index is asked");
        // at the start, and every five seconds of a machine that has much else to do
        assert!(status >= 1 && u64::from(status) <= 1 + took.as_secs() / 5, "{status} in {took:?}");
        // 21 milestones, and whether there is another one
        assert!((21..=22).contains(&next), "{next}");
    }
}

#[test]
fn the_first_node_must_be_healthy() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    node.set_healthy(false);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::NodeUnhealthy);
    assert_eq!((wallet.manager.network(), wallet.manager.cursor().unwrap()), (None, None));
    node.set_healthy(true);
    wallet.manager.generate_addresses(&alice, 1, false, None).unwrap();
}

#[test]
fn a_network_may_change_its_rules() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (wallet, ..) = funded(directory.path(), &node);
    let mut network = node.ledger().network();
    network.deposit.v_byte_cost *= 2;
    node.ledger().set_network(network.clone());
    wallet.sync();
    assert_eq!(*wallet.manager.network().unwrap(), network);
    drop(wallet);
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    assert_eq!(*wallet.manager.network().unwrap(), network, "it is stored");
}
