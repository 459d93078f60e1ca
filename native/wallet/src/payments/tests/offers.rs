//! Offers whose time to claim is nearly over before they are applied, or is over.

use super::world::{World, paying, position, request, with_key};
use crate::{
    events::{self, InclusionState, LedgerEvent},
    ledger::{Amount, Position, UnixTime},
    payments::{
        LEAST_TO_CLAIM, MICRO_EXPIRATION, MicroAmount, Payment, PaymentError, PaymentState, SendOptions, SendRequest,
        WithdrawalRequest, WithdrawalState, settle::settle,
    },
    store::{MetaKey, meta, payment},
};

const M: u64 = 1_000_000;
/// When offers that are signed in the world's first milestone end.
const END: u32 = 1_700_000_001 + *MICRO_EXPIRATION.start();

const SOON: Option<MicroAmount> = Some(MicroAmount { expires_after: *MICRO_EXPIRATION.start() });

fn offer() -> SendRequest {
    SendRequest { options: SendOptions { micro_amount: SOON, ..with_key(10, "offer").options }, ..paying(10) }
}

fn withdraw_both(world: &World) {
    let small = WithdrawalRequest { micro_amount: SOON, ..request("small", 10) };
    world.wallet.payments.withdraw(0, vec![request("plain", M), small]).unwrap();
    world.wallet.payments.pay_now();
}

/// It is so late on the ledger.
fn advance(world: &World, time: u32) {
    let job = move |tx: &rusqlite::Transaction<'_>| {
        let before = meta::cursor(tx)?.unwrap().position.index.0;
        meta::advance_cursor(tx, &Position { time: UnixTime(time), ..position(before + 1) })
    };
    world.wallet.store.writer().commit(job).unwrap();
}

/// A milestone of that time applies it.
fn confirm_at(world: &World, payment: &Payment, time: u32) {
    let (id, inputs) = (payment.transaction_id, payment.inputs.clone());
    let job = move |tx: &rusqlite::Transaction<'_>| {
        let before = meta::cursor(tx)?.unwrap().position.index.0;
        let at = Position { time: UnixTime(time), ..position(before + 1) };
        meta::advance_cursor(tx, &at)?;
        let consumed: Vec<_> = inputs.iter().map(|input| (input.output_id, id)).collect();
        let told = settle(tx, &at, [id], &consumed)?;
        events::append(tx, told)?;
        Ok::<_, PaymentError>(())
    };
    world.wallet.store.writer().commit(job).unwrap();
}

fn is_sent(world: &World, payment: &Payment) -> bool {
    let payload = world.wallet.read(|conn| payment::payload(conn, payment.position));
    world.node.arrived().contains(&payload)
}

fn told_why(world: &World, key: &str) -> Vec<Option<String>> {
    let logged = world.wallet.store.readers().read(|conn| events::read(conn, 0, 10_000)).unwrap();
    let reason = |event| match event {
        LedgerEvent::TransactionInclusion(event)
            if event.idempotency_key.as_deref() == Some(key) && event.state != InclusionState::Pending =>
        {
            Some(event.reason)
        }
        LedgerEvent::Withdrawal(event) if event.idempotency_key == key && event.state.is_final() => Some(event.reason),
        _ => None,
    };
    logged.into_iter().filter_map(|logged| reason(logged.event)).collect()
}

#[test]
fn an_offer_that_leaves_too_little_time_is_never_submitted_and_paid_anew() {
    let world = World::stopped(&[20 * M]);
    withdraw_both(&world);
    let batch = world.payment_of("small");
    assert_eq!(world.payment_of("plain").transaction_id, batch.transaction_id);
    // no thread of the wallet ran for long
    advance(&world, END - LEAST_TO_CLAIM + 1);
    world.wallet.payments.start().unwrap();
    let taken_back = world.await_withdrawal("small", WithdrawalState::Cancelling);
    assert!(taken_back.reason.unwrap().contains("time to claim"));
    let contest = world.contest_of(&batch);
    world.await_payment(&contest, |payment| payment.state == PaymentState::Submitted);
    world.confirm(&contest);
    for key in ["small", "plain"] {
        world.await_withdrawal(key, WithdrawalState::Submitted);
        use WithdrawalState::{Cancelling, Requested, Signed};
        assert_eq!(world.told_withdrawal(key), [Requested, Signed, Cancelling, Requested, Signed]);
    }
    assert!(!is_sent(&world, &batch));
    let anew = world.payment_of("small");
    let end = anew.outputs.iter().find_map(|output| output.expiration).unwrap();
    assert!(end >= UnixTime(END - LEAST_TO_CLAIM + *MICRO_EXPIRATION.start()), "with all of its time: {end:?}");
    world.confirm(&anew);
    assert_eq!(world.withdrawal("small").state, WithdrawalState::Confirmed);
    assert_eq!(told_why(&world, "small"), [None]);
}

#[test]
fn while_it_cannot_be_taken_back_it_is_not_submitted_either() {
    let world = World::stopped(&[5 * M, 5 * M]);
    let late = world.send(offer()).unwrap();
    let other = world.send(paying(M)).unwrap();
    advance(&world, END - LEAST_TO_CLAIM + 1);
    world.wallet.lock(true);
    world.wallet.payments.start().unwrap();
    // it was signed later, so that the first one had its turn before
    world.await_payment(&other, |payment| payment.state == PaymentState::Submitted);
    assert!(!is_sent(&world, &late));
    let held = world.await_payment(&late, |payment| payment.reason.is_some());
    assert_eq!(held.state, PaymentState::Signed);
    assert!(held.reason.unwrap().contains("the vault has to be unlocked"));
    world.wallet.lock(false);
    world.milestone(vec![], vec![]);
    world.await_payment(&late, |payment| payment.state == PaymentState::Cancelling);
    let contest = world.contest_of(&late);
    world.confirm(&contest);
    let ended = world.find(&late);
    assert_eq!(ended.state, PaymentState::Cancelled);
    assert!(ended.reason.clone().unwrap().starts_with("too little of the time to claim was left"), "{ended:?}");
    assert_eq!(told_why(&world, "offer"), [ended.reason]);
    assert!(!is_sent(&world, &late));
}

#[test]
fn another_signer_does_not_keep_it_from_being_taken_back() {
    let world = World::stopped(&[5 * M]);
    let late = world.send(offer()).unwrap();
    advance(&world, END - LEAST_TO_CLAIM + 1);
    world.wallet.store.writer().commit(|tx| meta::put(tx, MetaKey::ForeignSigner, b"somebody")).unwrap();
    world.wallet.payments.start().unwrap();
    world.await_payment(&late, |payment| payment.state == PaymentState::Cancelling);
    let contest = world.contest_of(&late);
    world.await_payment(&contest, |payment| payment.state == PaymentState::Submitted);
    assert!(!is_sent(&world, &late));
}

#[test]
fn one_with_enough_time_is_submitted() {
    let world = World::stopped(&[5 * M]);
    let payment = world.send(offer()).unwrap();
    advance(&world, END - LEAST_TO_CLAIM);
    world.wallet.payments.start().unwrap();
    world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
    world.wallet.payments.tend().unwrap();
    assert_eq!(world.find(&payment).state, PaymentState::Submitted);
}

#[test]
fn a_clock_that_is_ahead_takes_nothing_back() {
    let world = World::stopped(&[5 * M]);
    let payment = world.send(offer()).unwrap();
    world.pass(u64::from(END) * 1_000);
    world.wallet.payments.tend().unwrap();
    assert_eq!(world.find(&payment).state, PaymentState::Signed, "it may have been applied long ago");
    advance(&world, END - LEAST_TO_CLAIM + 1);
    world.wallet.payments.tend().unwrap();
    assert_eq!(world.find(&payment).state, PaymentState::Cancelling);
    // the ledger decides
    world.confirm(&payment);
    assert_eq!((world.find(&payment).state, world.find(&payment).reason), (PaymentState::Confirmed, None));
}

#[test]
fn what_had_expired_when_it_was_applied_says_so() {
    for (time, late) in [(END - 1, false), (END, true), (END + 100, true)] {
        let world = World::stopped(&[20 * M, 5 * M]);
        let payment = world.send(offer()).unwrap();
        withdraw_both(&world);
        let batch = world.payment_of("small");
        confirm_at(&world, &payment, time);
        confirm_at(&world, &batch, time);
        let expired = |reason: &Option<String>| reason.as_ref().is_some_and(|reason| reason.contains("was over when"));
        for ended in [world.find(&payment), world.find(&batch)] {
            assert_eq!((ended.state, expired(&ended.reason)), (PaymentState::Confirmed, late), "{time}");
        }
        let (small, plain) = (world.withdrawal("small"), world.withdrawal("plain"));
        assert_eq!((small.state, expired(&small.reason)), (WithdrawalState::Confirmed, late));
        assert_eq!((plain.state, plain.reason), (WithdrawalState::Confirmed, None), "the other has its money");
        for key in ["offer", "small"] {
            assert!(matches!(&told_why(&world, key)[..], [reason] if expired(reason) == late), "{key} {time}");
        }
        assert_eq!(told_why(&world, "plain"), [None]);
        assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
    }
}
