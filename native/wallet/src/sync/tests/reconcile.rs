//! The comparison with the ledger.

use super::*;
use crate::{
    events::{IncidentKind, SyncState},
    ledger::{Address, LedgerDiff, RawDiff},
    manager::AccountRef,
    testing::{Fault, OutputBuilder, ScriptedFeed, TestWallet, address},
};

const OFTEN: Duration = Duration::from_millis(1);

fn opened(node: &ScriptedFeed) -> (tempfile::TempDir, TestWallet, AccountRef, Address) {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start_reconciling(directory.path(), node, OFTEN);
    let alice = wallet.account("alice");
    let owner = wallet.address(&alice);
    (directory, wallet, alice, owner)
}

/// Waits until every address was compared, begun after the present moment.
fn compare_all(wallet: &TestWallet) {
    let rounds = wallet.manager.health().unwrap().reconciliation.rounds;
    wallet.wait_until(|manager| manager.health().unwrap().reconciliation.rounds > rounds + 1);
}

fn incidents(wallet: &TestWallet) -> Vec<(IncidentKind, OutputId)> {
    let incident = |event: LedgerEvent| match event {
        LedgerEvent::Incident(incident) if incident.kind == IncidentKind::Reconciliation => {
            Some((incident.kind, incident.output_id.unwrap()))
        }
        _ => None,
    };
    wallet.events().into_iter().filter_map(incident).collect()
}

#[test]
fn an_output_that_a_node_concealed_is_an_incident_once_and_changes_nothing() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, alice, owner) = opened(&node);
    let known = OutputBuilder::plain(1, owner, 10).build();
    node.ledger().milestone(vec![known], vec![]);
    wallet.sync();
    let concealed = OutputBuilder::plain(2, owner, 20).build();
    let at = node.ledger().position().index.next().0;
    let id = concealed.id;
    node.set_fault(at, Fault::Conceals);
    node.ledger().milestone(vec![concealed], vec![]);
    wallet.sync();
    compare_all(&wallet);
    compare_all(&wallet);
    assert_eq!(incidents(&wallet), [(IncidentKind::Reconciliation, id)]);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1), "an index books nothing");
    let figure = wallet.manager.health().unwrap().reconciliation;
    assert!(figure.differences >= 2, "it is still found: {figure:?}");
}

#[test]
fn an_output_that_the_ledger_does_not_have_is_an_incident() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, alice, owner) = opened(&node);
    wallet.sync();
    let begin = node.ledger().position();
    let invented = OutputBuilder::plain(3, owner, 30).build();
    let id = invented.id;
    // also a question that is on its way does not get the milestone as the ledger has it
    node.hold();
    let position = node.ledger().milestone(vec![], vec![]);
    let raw = RawDiff { position, previous_id: begin.id, created: vec![invented], consumed: vec![] };
    node.set_answer(vec![LedgerDiff::validate(&begin, raw).unwrap()]);
    node.release();
    wallet.sync();
    compare_all(&wallet);
    assert_eq!(incidents(&wallet), [(IncidentKind::Reconciliation, id)]);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(30, 1), "nothing is concluded from absence");
}

#[test]
fn an_index_that_is_wrong_by_itself_is_no_incident() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, _alice, owner) = opened(&node);
    let output = OutputBuilder::plain(1, owner, 10).build();
    node.conceal(output.id);
    node.ledger().milestone(vec![output], vec![]);
    wallet.sync();
    compare_all(&wallet);
    assert_eq!(incidents(&wallet), []);
    assert!(node.output_calls().1 > 0, "the node was asked about the output itself");
    assert_eq!(wallet.manager.health().unwrap().reconciliation.differences, 0);
}

#[test]
fn what_comes_and_goes_meanwhile_is_no_difference() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, alice, owner) = opened(&node);
    wallet.sync();
    let (ledger, index) = (std::sync::Arc::clone(node.ledger()), std::sync::atomic::AtomicU32::new(1));
    let last = std::sync::Mutex::new(None::<LedgerOutput>);
    // each look-up meets a ledger that moves on before its answer is there
    node.on_index(move || {
        let number = index.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let new = OutputBuilder::plain(number, owner, u64::from(number)).build();
        let old = last.lock().unwrap().replace(new.clone());
        ledger.milestone(vec![new], old.iter().map(|old| by(old, 100_000 + number)).collect());
    });
    for _ in 0..5 {
        compare_all(&wallet);
        wallet.sync();
    }
    assert_eq!(incidents(&wallet), []);
    assert_eq!(wallet.manager.balance(&alice).unwrap().output_count, 1);
}

#[test]
fn a_round_takes_every_address_and_is_counted() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, alice, _owner) = opened(&node);
    wallet.manager.generate_addresses(&alice, 248, false, None).unwrap();
    wallet.manager.generate_addresses(&alice, 1, true, None).unwrap();
    // an address of somebody else, so that the ledger is not empty
    node.ledger().milestone(vec![OutputBuilder::plain(1, address(7), 1).build()], vec![]);
    wallet.sync();
    compare_all(&wallet);
    let before = node.calls().2;
    let round = wallet.manager.health().unwrap().reconciliation;
    compare_all(&wallet);
    let later = wallet.manager.health().unwrap().reconciliation;
    let asked = node.calls().2 - before;
    assert_eq!((round.addresses, round.differences), (250, 0));
    assert!(round.finished_ms.is_some() && round.at.is_some());
    let rounds = u32::try_from(later.rounds - round.rounds).unwrap();
    // three questions a round; the first of these rounds may have asked its own before they were counted
    assert!(rounds > 1 && asked >= 3 * (rounds - 1), "{asked} questions in {rounds} rounds");
}

#[test]
fn nothing_is_compared_when_it_is_switched_off() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start_reconciling(directory.path(), &node, Duration::ZERO);
    let alice = wallet.account("alice");
    let owner = wallet.address(&alice);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, 10).build()], vec![]);
    wallet.sync();
    assert_eq!(wallet.manager.health().unwrap().reconciliation.compared, 0);
    assert_eq!(node.calls().2, 0, "a new seed takes no index");
}

#[test]
fn invariant_11_a_panic_of_the_comparison_halts_the_wallet_which_stays_readable() {
    let node = ScriptedFeed::with_milestones(1);
    let (_directory, wallet, alice, owner) = opened(&node);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, 10).build()], vec![]);
    wallet.sync();
    node.on_index(|| panic!("the index panics on purpose"));
    wallet.wait_until(|manager| manager.status().state == SyncState::Halted);
    assert_eq!(kind(wallet.manager.sync(SOON)), ErrorKind::Halted);
    assert_eq!(wallet.manager.balance(&alice).unwrap(), plain_balance(10, 1));
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 1, false, None)), ErrorKind::Halted);
}
