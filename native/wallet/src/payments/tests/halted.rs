//! Another signer was seen: nothing new leaves, and what may be applied anyhow is followed and can be stopped.

use super::world::{World, paying, transaction, with_key};
use crate::{
    error::ErrorKind,
    ledger::BlockState,
    payments::{Payment, PaymentRef, PaymentState, WithdrawalState},
    store::{MetaKey, meta, payment},
};

const M: u64 = 1_000_000;

/// Somebody else spends an output of the wallet that a payment of it wanted.
fn steal(world: &World) -> String {
    let bait = world.send(paying(7 * M)).unwrap();
    world.milestone(vec![], vec![(bait.inputs[0].output_id, transaction(0xfe))]);
    let evidence = world.wallet.read(|conn| meta::get(conn, MetaKey::ForeignSigner)).unwrap();
    String::from_utf8(evidence).unwrap()
}

fn arrivals(world: &World, payment: &Payment) -> usize {
    let bytes = world.wallet.read(|conn| payment::payload(conn, payment.position));
    world.node.arrived().iter().filter(|payload| **payload == bytes).count()
}

/// A milestone, and the thread has looked: another payment of it has got a new block.
fn look(world: &World, other: &Payment) {
    let before = world.find(other).attachments;
    world.node.set(|script| script.default_state = Some(BlockState::Pending { should_reattach: true }));
    for _ in 0..3 {
        world.milestone(vec![], vec![]);
    }
    world.await_payment(other, |payment| payment.attachments > before);
    world.node.set(|script| script.default_state = None);
}

#[test]
fn what_no_node_has_is_not_submitted_before_a_persons_word() {
    let world = World::with(&[2 * M, 3 * M, 8 * M]);
    let sent = world.send(with_key(M, "sent")).unwrap();
    world.node.set(|script| script.unavailable = true);
    let held = world.send(with_key(2 * M, "held")).unwrap();
    assert_eq!((held.state, held.attachments), (PaymentState::Signed, 0));
    let evidence = steal(&world);
    world.node.set(|script| script.unavailable = false);
    world.pass(60_000);
    let held = world.await_payment(&held, |payment| payment.reason.is_some());
    assert!(held.reason.as_ref().unwrap().contains(&evidence), "{held:?}");
    // what a node has goes on
    look(&world, &sent);
    assert_eq!((arrivals(&world, &held), world.find(&held).state), (0, PaymentState::Signed));

    // also after a restart, and repeating the call with the key answers it at once
    let world = world.restarted();
    look(&world, &sent);
    assert_eq!(arrivals(&world, &held), 0);
    assert_eq!(world.send(with_key(2 * M, "held")).unwrap().reason, held.reason);
    assert_eq!(world.send(with_key(2 * M, "new")).unwrap_err().kind(), ErrorKind::ForeignSigner);

    world.wallet.payments.release_foreign_signer(&evidence).unwrap();
    let released = world.await_payment(&held, |payment| payment.state == PaymentState::Submitted);
    assert_eq!((arrivals(&world, &held), released.reason), (1, None));
}

#[test]
fn a_payment_that_waits_for_nodes_says_no_more_that_another_signer_was_seen_when_that_is_released() {
    let world = World::with(&[2 * M, 8 * M]);
    world.node.set(|script| script.unavailable = true);
    let held = world.send(with_key(M, "held")).unwrap();
    let evidence = steal(&world);
    world.pass(60_000);
    world.await_payment(&held, |payment| payment.reason.is_some());
    world.wallet.payments.release_foreign_signer(&evidence).unwrap();
    let waits = world.await_payment(&held, |payment| payment.reason.is_none());
    assert_eq!((waits.state, waits.attachments), (PaymentState::Signed, 0));
}

#[test]
fn what_was_signed_before_and_never_sent_is_held_at_the_next_start() {
    let world = World::stopped(&[2 * M, 8 * M]);
    let held = world.send(with_key(M, "held")).unwrap();
    let evidence = steal(&world);
    let world = world.restarted();
    let held = world.await_payment(&held, |payment| payment.reason.is_some());
    assert!(held.reason.as_ref().unwrap().contains(&evidence));
    assert_eq!(arrivals(&world, &held), 0);
}

#[test]
fn payments_of_ours_are_stopped_though_another_signer_was_seen() {
    let world = World::stopped(&[2 * M, 3 * M, 8 * M]);
    let held = world.send(with_key(M, "held")).unwrap();
    steal(&world);
    world.wallet.payments.start().unwrap();
    world.await_payment(&held, |payment| payment.reason.is_some());
    let which = PaymentRef::Transaction(held.transaction_id);
    assert_eq!(world.wallet.payments.cancel(&which).unwrap().state, PaymentState::Cancelling);
    let contest = world.contest_of(&held);
    world.await_payment(&contest, |contest| contest.state == PaymentState::Submitted);
    assert_eq!(arrivals(&world, &held), 0);
    world.confirm(&contest);
    assert_eq!(world.find(&held).state, PaymentState::Cancelled);
    // nothing else is signed
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::ForeignSigner);
}

#[test]
fn a_batch_is_stopped_though_another_signer_was_seen_and_its_others_wait() {
    let world = World::stopped(&[4 * M, 8 * M]);
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("b", WithdrawalState::Submitted);
    let batch = world.payment_of("a");
    steal(&world);
    assert_eq!(world.wallet.payments.cancel_withdrawal("a").unwrap().state, WithdrawalState::Cancelling);
    let contest = world.contest_of(&batch);
    world.await_payment(&contest, |contest| contest.state == PaymentState::Submitted);
    world.confirm(&contest);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Cancelled);
    assert_eq!(world.withdrawal("b").state, WithdrawalState::Requested);
}
