//! Prepared transactions: what they hold, for how long, and what becomes of them.

use std::sync::{Arc, atomic::Ordering};

use super::{
    inputs::Failing,
    world::{World, paying, position, spending, stranger, testnet, transaction, with_key},
};
use crate::{
    error::ErrorKind,
    events::ProgressStage,
    keys::KeyError,
    ledger::{AddressCodec, Amount, Position, UnixTime},
    payments::{
        MicroAmount, PREPARED_LIMIT, PaymentError, PaymentRules, PaymentState, Payments, Prepared, RemainderStrategy,
        Reviewed, SendOptions, SendRequest, WithdrawalState,
    },
    stardust::Stardust,
    store::{meta, payment::OutputRole},
};

const M: u64 = 1_000_000;
const MINUTES: u64 = 300_000;

fn payments(world: &World) -> &Payments {
    &world.wallet.payments
}

fn prepare(world: &World, coins: u64) -> Prepared {
    payments(world).prepare(paying(coins * M), MINUTES).unwrap()
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, PaymentError>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

/// Later, by the wallet's clock; nobody is told.
fn later(world: &World, ms: u64) {
    world.clock.0.fetch_add(ms, Ordering::SeqCst);
}

#[test]
fn what_was_prepared_is_what_is_submitted() {
    let world = World::with(&[10 * M]);
    let request = with_key(3 * M, "k");
    let prepared = payments(&world).prepare(request, MINUTES).unwrap();
    assert_eq!(prepared.expires_ms, prepared.created_ms + MINUTES);
    assert_eq!(
        prepared.outputs.iter().map(|output| (output.amount.units(), output.role, output.own)).collect::<Vec<_>>(),
        [(3 * M, OutputRole::Payee, false), (7 * M, OutputRole::Remainder, true),]
    );
    assert_eq!((prepared.remainder.units(), prepared.inputs.len()), (7 * M, 1));
    use crypto::hashes::{Digest, blake2b::Blake2b256};
    assert_eq!(prepared.essence_hash, Blake2b256::digest(&prepared.essence).to_vec());
    assert_eq!(payments(&world).prepared(None), std::slice::from_ref(&prepared));
    assert_eq!(payments(&world).prepared(Some(1)), []);
    world.assert_untouched();

    let payment = payments(&world).submit_prepared(&prepared.id, Reviewed::No).unwrap();
    assert_eq!(payment.state, PaymentState::Submitted);
    assert_eq!((payment.inputs.clone(), payment.idempotency_key.as_deref()), (prepared.inputs.clone(), Some("k")));
    // the signed bytes hold the prepared ones: their kind is before them
    let arrived = world.node.arrived();
    assert_eq!(arrived[0][4..4 + prepared.essence.len()], prepared.essence);
    // once more, by its id or its key, is the same payment; and nothing is prepared any more
    assert_eq!(
        payments(&world).submit_prepared(&prepared.id, Reviewed::No).unwrap().transaction_id,
        payment.transaction_id
    );
    assert_eq!(world.send(with_key(3 * M, "k")).unwrap().transaction_id, payment.transaction_id);
    assert_eq!(payments(&world).prepared(None), []);
    assert_eq!(kind(payments(&world).release_prepared(&prepared.id)), ErrorKind::PreparedNotFound);
    assert_eq!(kind(payments(&world).prepare(with_key(3 * M, "k"), MINUTES)), ErrorKind::IdempotencyConflict);
    world.confirm(&payment);
    assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
}

#[test]
fn what_is_prepared_with_a_key_that_is_cancelled_is_not_submitted() {
    let world = World::with(&[10 * M, 10 * M]);
    // twice: the answer to the first call may have been lost
    let prepared = [(); 2].map(|()| payments(&world).prepare(with_key(3 * M, "k"), MINUTES).unwrap());
    assert_eq!(kind(payments(&world).cancel_key("other")), ErrorKind::TransactionNotFound);
    assert_eq!(payments(&world).prepared(None).len(), 2);
    let turn = payments(&world).turn(Some("k"));
    assert!(payments(&world).cancel_key_at_once("k").unwrap().is_none(), "who makes a payment with it comes first");
    drop(turn);
    assert_eq!(kind(payments(&world).cancel_key("k")), ErrorKind::TransactionNotFound, "nothing was paid");
    for prepared in prepared {
        assert_eq!(kind(payments(&world).submit_prepared(&prepared.id, Reviewed::No)), ErrorKind::PreparedNotFound);
    }
    world.assert_untouched();
}

#[test]
fn who_has_the_turn_of_a_key_finds_all_that_is_prepared_with_it() {
    let world = World::with(&[10 * M]);
    let prepared = payments(&world).prepare(with_key(3 * M, "k"), MINUTES).unwrap();
    let turn = payments(&world).turn(Some("k"));
    std::thread::scope(|scope| {
        let submission = scope.spawn(|| payments(&world).submit_prepared(&prepared.id, Reviewed::No));
        // time for a submission that does not wait for its turn
        std::thread::sleep(std::time::Duration::from_millis(100));
        payments(&world).release_prepared_with("k");
        drop(turn);
        assert_eq!(kind(submission.join().unwrap()), ErrorKind::PreparedNotFound);
    });
    world.assert_untouched();
}

#[test]
fn its_inputs_are_nobody_elses_until_it_is_released() {
    let world = World::with(&[10 * M]);
    let prepared = prepare(&world, 3);
    let input = prepared.inputs[0].output_id;
    assert_eq!(kind(world.send(paying(M))), ErrorKind::InsufficientFunds);
    assert_eq!(kind(world.send(spending(M, &[input]))), ErrorKind::InputLocked);
    assert_eq!(kind(payments(&world).lock_outputs(vec![input])), ErrorKind::InputLocked);
    assert_eq!(kind(payments(&world).prepare(paying(M), MINUTES)), ErrorKind::InsufficientFunds);
    world.withdraw(&[("w", M)]);
    payments(&world).release_prepared(&prepared.id).unwrap();
    // what waited for it is paid, without another word
    world.await_withdrawal("w", WithdrawalState::Submitted);
    for outcome in [
        payments(&world).release_prepared(&prepared.id),
        payments(&world).submit_prepared(&prepared.id, Reviewed::No).map(drop),
    ] {
        assert_eq!(kind(outcome), ErrorKind::PreparedNotFound);
    }
    assert_eq!(kind(payments(&world).submit_prepared("nonsense", Reviewed::No)), ErrorKind::PreparedNotFound);
}

#[test]
fn what_has_expired_is_given_back_by_itself() {
    let world = World::with(&[10 * M]);
    let prepared = prepare(&world, 3);
    later(&world, MINUTES - 1);
    assert_eq!(payments(&world).prepared(None).len(), 1);
    assert_eq!(kind(world.send(paying(M))), ErrorKind::InsufficientFunds);
    later(&world, 1);
    // whoever selects next finds it free
    let payment = world.send(paying(M)).unwrap();
    assert_eq!(payment.inputs, prepared.inputs);
    assert_eq!(kind(payments(&world).submit_prepared(&prepared.id, Reviewed::No)), ErrorKind::PreparedNotFound);
    world.confirm(&payment);

    let again = prepare(&world, 3);
    later(&world, MINUTES);
    assert_eq!(payments(&world).prepared(None), []);
    payments(&world).lock_outputs(vec![again.inputs[0].output_id]).unwrap();
    for time in [0, 999, 86_400_001] {
        assert_eq!(kind(payments(&world).prepare(paying(M), time)), ErrorKind::InvalidArgument);
    }
}

#[test]
fn a_crash_leaves_nothing_locked() {
    let world = World::with(&[10 * M]);
    let prepared = prepare(&world, 3);
    // nothing of it is on disk, so a restart is a crash
    let world = world.restarted();
    assert_eq!(kind(payments(&world).submit_prepared(&prepared.id, Reviewed::No)), ErrorKind::PreparedNotFound);
    assert_eq!(payments(&world).prepared(None), []);
    world.send(paying(10 * M)).unwrap();
}

#[test]
fn what_is_no_longer_true_is_not_signed() {
    let world = World::with(&[10 * M, 20 * M]);
    let (spent, ruled) = (prepare(&world, 10), prepare(&world, 20));
    // another signer, or a repair
    world.milestone(vec![], vec![(spent.inputs[0].output_id, transaction(0xfe))]);
    assert_eq!(kind(payments(&world).submit_prepared(&spent.id, Reviewed::No)), ErrorKind::PreparedOutdated);
    let mut network = testnet();
    network.deposit.v_byte_cost += 1;
    world.wallet.store.writer().commit(move |tx| meta::put_network(tx, &network)).unwrap();
    assert_eq!(kind(payments(&world).submit_prepared(&ruled.id, Reviewed::No)), ErrorKind::PreparedOutdated);
    // both are released
    assert_eq!(payments(&world).prepared(None), []);
    world.assert_untouched();
    let payment = world.send(paying(20 * M)).unwrap();
    assert_eq!(payment.inputs, ruled.inputs);
}

#[test]
fn the_rules_are_asked_when_it_is_submitted() {
    let rules = PaymentRules { per_payment: Some(Amount::new(2 * M)), ..PaymentRules::default() };
    let world = World::stopped(&[10 * M, 10 * M]).ruled(rules);
    world.wallet.payments.start().unwrap();
    let (refused, allowed) = (prepare(&world, 3), prepare(&world, 2));
    assert_eq!(kind(payments(&world).submit_prepared(&refused.id, Reviewed::No)), ErrorKind::PolicyRefused);
    world.assert_untouched();
    // it is prepared still: rules may change with time
    assert_eq!(payments(&world).prepared(None).len(), 2);
    payments(&world).submit_prepared(&allowed.id, Reviewed::No).unwrap();
    payments(&world).release_prepared(&refused.id).unwrap();
}

#[test]
fn a_locked_vault_leaves_it_prepared() {
    let world = World::with(&[10 * M]).reopened_with(|ports| ports.keys = Arc::new(Failing(|| KeyError::Locked)));
    let prepared = prepare(&world, 3);
    assert_eq!(kind(payments(&world).submit_prepared(&prepared.id, Reviewed::No)), ErrorKind::VaultLocked);
    assert_eq!(payments(&world).prepared(None), [prepared]);
}

#[test]
fn many_threads_that_submit_make_one_payment() {
    let world = World::with(&[10 * M, 10 * M]);
    let prepared = prepare(&world, 3);
    let ids: Vec<_> = std::thread::scope(|scope| {
        let submit = || payments(&world).submit_prepared(&prepared.id, Reviewed::No).unwrap().transaction_id;
        let calls: Vec<_> = (0..6).map(|_| scope.spawn(submit)).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(payments(&world).page(None, None, 10).unwrap().len(), 1);
    // of two with one key the second answers the first one's payment, and gives its inputs back
    let [first, second] = [(), ()].map(|()| {
        let world = &world;
        world.fund(0, 10 * M);
        payments(world).prepare(with_key(M, "k"), MINUTES).unwrap()
    });
    let paid = payments(&world).submit_prepared(&first.id, Reviewed::No).unwrap();
    assert_eq!(payments(&world).submit_prepared(&second.id, Reviewed::No).unwrap().transaction_id, paid.transaction_id);
    world.send(spending(M, &[second.inputs[0].output_id])).unwrap();
}

#[test]
fn there_is_a_limit_to_what_is_prepared() {
    let amounts = vec![M; PREPARED_LIMIT + 1];
    let world = World::with(&amounts);
    let first = prepare(&world, 1);
    for _ in 1..PREPARED_LIMIT {
        prepare(&world, 1);
    }
    assert_eq!(kind(payments(&world).prepare(paying(M), MINUTES)), ErrorKind::Busy);
    payments(&world).release_prepared(&first.id).unwrap();
    prepare(&world, 1);
}

#[test]
fn a_small_amount_is_not_signed_when_too_little_of_its_time_to_claim_is_left() {
    let small = |world: &World| {
        let micro_amount = Some(MicroAmount { expires_after: 3_600 });
        let options = SendOptions { micro_amount, ..SendOptions::default() };
        payments(world).prepare(SendRequest { options, ..paying(10) }, MINUTES).unwrap()
    };
    for (passed, signed) in [(300, true), (301, false), (3_900, false), (4_000, false)] {
        let world = World::with(&[10 * M]);
        let prepared = small(&world);
        // the time to claim begins when it is signed at the latest
        let end = prepared.outputs[0].expiration.unwrap();
        assert_eq!(end, UnixTime(1_700_000_001 + 300 + 3_600));
        let at = Position { time: UnixTime(1_700_000_001 + passed), ..position(2) };
        world.wallet.store.writer().commit(move |tx| meta::advance_cursor(tx, &at)).unwrap();
        let submitted = payments(&world).submit_prepared(&prepared.id, Reviewed::No);
        if signed {
            assert_eq!(submitted.unwrap().outputs[0].expiration, Some(end));
            continue;
        }
        assert_eq!(kind(submitted), ErrorKind::PreparedOutdated, "{passed}");
        world.assert_untouched();
        payments(&world).lock_outputs(vec![prepared.inputs[0].output_id]).unwrap();
    }
}

#[test]
fn a_remainder_that_goes_away_is_judged_before_it_is_signed() {
    let rules = PaymentRules { per_payment: Some(Amount::new(5 * M)), ..PaymentRules::default() };
    let world = World::stopped(&[10 * M]).ruled(rules);
    let remainder = RemainderStrategy::CustomAddress(Stardust.format(&stranger(9), "rms"));
    let request = SendRequest { options: SendOptions { remainder, ..SendOptions::default() }, ..paying(M) };
    let prepared = payments(&world).prepare(request, MINUTES).unwrap();
    assert_eq!(kind(payments(&world).submit_prepared(&prepared.id, Reviewed::No)), ErrorKind::PolicyRefused);
    assert!(!world.wallet.stages.lock().unwrap().contains(&ProgressStage::Signing));
    assert_eq!(payments(&world).prepared(None).len(), 1, "it stays prepared");
}
