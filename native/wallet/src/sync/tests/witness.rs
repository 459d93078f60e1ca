//! A second node that has to agree, and nodes that stand still.

use std::{path::Path, sync::Arc};

use super::*;
use crate::{
    events::{IncidentKind, SyncState},
    keys::Mnemonic,
    manager::{AccountRef, SeedOrigin},
    sync::Witnessing,
    testing::{Fault, OutputBuilder, ScriptedFeed, TestWallet, WORDS},
};

const NEVER: Duration = Duration::ZERO;

fn open(directory: &Path, node: &ScriptedFeed, witness: Option<&ScriptedFeed>, blocks_from: Option<u64>) -> TestWallet {
    let witness = witness
        .map(|witness| Witnessing { witness: Arc::new(witness.clone()), blocks_from: blocks_from.map(Amount::new) });
    let wallet = TestWallet::open_with(directory, node, witness, NEVER).unwrap();
    // a halted wallet refuses that too
    drop(wallet.manager.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New));
    wallet.manager.start().unwrap();
    wallet
}

fn incidents(wallet: &TestWallet) -> usize {
    let witness = |event: &&LedgerEvent| matches!(event, LedgerEvent::Incident(it) if it.kind == IncidentKind::Witness);
    wallet.events().iter().filter(witness).count()
}

/// A wallet with ten coins, and the next milestone that the node tells wrongly.
fn lied_to(
    fault: Fault,
    blocks_from: Option<u64>,
) -> (tempfile::TempDir, ScriptedFeed, ScriptedFeed, TestWallet, AccountRef) {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let witness = node.sibling();
    let wallet = open(directory.path(), &node, Some(&witness), blocks_from);
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    node.ledger().milestone(vec![OutputBuilder::plain(1, raw, 10).build()], vec![]);
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1));
    let next = node.ledger().position().index.0 + 1;
    node.set_fault(next, fault);
    node.ledger().milestone(vec![OutputBuilder::plain(2, raw, 20).build()], vec![]);
    (directory, node, witness, wallet, alice)
}

#[test]
fn a_node_that_tells_another_diff_than_the_witness_is_not_believed() {
    for (fault, blocks_from) in [(Fault::Conceals, None), (Fault::Inflates, Some(20))] {
        let (directory, node, witness, wallet, alice) = lied_to(fault, blocks_from);
        let before = wallet.manager.status().cursor;
        wallet.wait_until(|manager| manager.status().state == SyncState::Halted);
        assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Halted);
        assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1), "{fault:?}");
        drop(wallet);
        // without a witness it stays so
        let alone = open(directory.path(), &node, None, None);
        assert_eq!(alone.manager.status().state, SyncState::Halted);
        assert_eq!(alone.manager.status().cursor, before);
        assert_eq!(kind(alone.manager.sync(SOON)), ErrorKind::Halted);
        drop(alone);
        // with one and the same lie too
        let again = open(directory.path(), &node, Some(&witness), blocks_from);
        again.wait_until(|manager| manager.status().state == SyncState::Halted);
        assert_eq!(again.manager.status().cursor, before);
        drop(again);
        // and it goes on when both agree
        node.heal();
        let honest = open(directory.path(), &node, Some(&witness), blocks_from);
        honest.sync();
        assert_eq!(honest.manager.balance(&alice).unwrap(), plain_balance(30, 2));
        assert_eq!(incidents(&honest), 1, "told once");
        let mut witnessed = honest.audited();
        witnessed.retain(|kind| kind.starts_with("witness"));
        assert_eq!(witnessed, ["witnessDiffered", "witnessDiffered", "witnessAgreed"], "each time that it halted");
        drop(honest);
        // for good: a witness is not needed any more
        let alone = open(directory.path(), &node, None, None);
        assert_eq!(alone.sync(), node.ledger().position().index);
    }
}

#[test]
fn a_witness_that_is_behind_or_away_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let witness = node.sibling();
    let wallet = open(directory.path(), &node, Some(&witness), Some(1));
    let alice = wallet.account("alice");
    let raw = wallet.address(&alice);
    let behind = witness.clone().confirmed_to(node.ledger().position().index.0);
    node.ledger().milestone(vec![OutputBuilder::plain(1, raw, 10).build()], vec![]);
    let stalled = |text: &'static str| {
        move |manager: &crate::manager::AccountManager| {
            let status = manager.status();
            status.state == SyncState::Stalled && status.error.is_some_and(|(_, message)| message.contains(text))
        }
    };
    wallet.wait_until(stalled("the witness has not confirmed"));
    behind.set_reachable(false);
    wallet.wait_until(stalled("the witness could not be asked"));
    assert_eq!(wallet.manager.balance(&alice).unwrap(), Balance::default());
    witness.heal();
    wallet.sync();
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1));
    assert_eq!(incidents(&wallet), 0);
}

#[test]
fn what_is_confirmed_before_a_lie_is_applied() {
    let (_directory, node, _, wallet, alice) = lied_to(Fault::Conceals, None);
    wallet.wait_until(|manager| manager.status().state == SyncState::Halted);
    assert_eq!(wallet.manager.status().cursor.unwrap().0, node.ledger().position().index.0 - 1);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1));
}

#[test]
fn nodes_that_stand_still_are_told_and_do_not_hold_up_a_sync() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::open_with(directory.path(), &node, None, Duration::from_millis(1)).unwrap();
    wallet.manager.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New).unwrap();
    wallet.manager.start().unwrap();
    wallet.wait_until(|manager| manager.status().state == SyncState::Stalled);
    let (kind, text) = wallet.manager.status().error.unwrap();
    assert_eq!(kind, ErrorKind::NodeUnhealthy);
    assert!(text.contains("no node has a milestone after"), "{text}");
    assert_eq!(wallet.sync(), node.ledger().position().index);
    // a node that goes on is caught up with
    node.ledger().empty_milestones(1);
    wallet.wait_until(|manager| manager.status().cursor == Some(node.ledger().position().index));
}
