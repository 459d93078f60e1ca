//! Sweeps, consolidation, fan-out, outputs that are reserved by hand.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::world::{World, paying, spending, transaction};
use crate::{
    error::ErrorKind,
    events::Notice,
    ledger::Amount,
    payments::{PaymentPolicy, PaymentState, SweepRequest, SweepSource, WithdrawalState},
    store::{OutputClass, payment::OutputRole},
};

const M: u64 = 1_000_000;

fn sweep(world: &World, request: &SweepRequest) -> crate::payments::SweepReport {
    world.wallet.payments.sweep(request).unwrap()
}

#[test]
fn outputs_of_other_accounts_go_into_one() {
    let world = World::with(&[5 * M]);
    for amount in [2, 1, 3] {
        world.fund(1, amount * M);
    }
    let report = sweep(&world, &SweepRequest::into(0));
    assert_eq!(
        (report.transactions.len(), report.outputs, report.amount, report.more),
        (1, 3, Amount::new(6 * M), false)
    );
    let swept = world.wallet.payments.page(Some(0), None, 10).unwrap().remove(0);
    assert_eq!((swept.outputs.len(), swept.outputs[0].role), (1, OutputRole::Sweep));
    let (hot, other) = (world.wallet.holdings(0), world.wallet.holdings(1));
    assert_eq!((hot.incoming, hot.locked, other.locked), (Amount::new(6 * M), Amount::ZERO, Amount::new(6 * M)));
    // twice sweeps nothing twice
    assert_eq!(sweep(&world, &SweepRequest::into(0)).transactions, []);
    world.confirm(&swept);
    let (hot, other) = (world.wallet.holdings(0), world.wallet.holdings(1));
    assert_eq!((hot.plain, hot.incoming, hot.locked), (Amount::new(11 * M), Amount::ZERO, Amount::ZERO));
    assert_eq!((other.plain, other.locked), (Amount::ZERO, Amount::ZERO));
}

#[test]
fn a_sweep_takes_128_a_transaction_and_goes_on_where_it_was_stopped() {
    let world = World::stopped(&[]);
    for _ in 0..300 {
        world.fund(1, M);
    }
    let first = sweep(&world, &SweepRequest { max_transactions: 1, ..SweepRequest::into(0) });
    assert_eq!((first.outputs, first.more), (128, true));
    let world = world.restarted();
    let rest = sweep(&world, &SweepRequest::into(0));
    assert_eq!((rest.transactions.len(), rest.outputs, rest.more), (2, 172, false));
    for payment in world.wallet.payments.page(None, None, 10).unwrap() {
        world.confirm(&payment);
    }
    assert_eq!(world.wallet.holdings(0).plain, Amount::new(300 * M));
}

type Told = Arc<Mutex<Vec<(usize, usize, usize, u64)>>>;

/// What it tells of sweeps from now on: transactions, outputs and those left, and the sum.
fn told(world: &World) -> Told {
    let told = Told::default();
    let heard = Arc::clone(&told);
    world.wallet.payments.ports.bus.subscribe(Box::new(move |notice| {
        if let Notice::Sweep(one) = &**notice {
            assert_eq!((one.account, &*one.alias), (0, "alice"));
            heard.lock().unwrap().push((one.transactions, one.outputs, one.left, one.amount.units()));
        }
    }));
    told
}

#[test]
fn a_sweep_tells_how_far_it_is_and_begins_anew_after_an_interruption() {
    let world = World::stopped(&[]);
    world.flood(1, 300, M);
    let heard = told(&world);
    // what a call may not reach is not left for it
    sweep(&world, &SweepRequest { max_transactions: 2, ..SweepRequest::into(0) });
    assert_eq!(*heard.lock().unwrap(), [(1, 128, 128, 128 * M), (2, 256, 0, 256 * M)]);
    world.flood(1, 200, M);
    let world = world.restarted();
    let heard = told(&world);
    let transactions = sweep(&world, &SweepRequest::into(0)).transactions.len();
    assert_eq!((transactions, &heard.lock().unwrap()[..]), (2, &[(1, 128, 116, 128 * M), (2, 244, 0, 244 * M)][..]));
    sweep(&world, &SweepRequest::into(0));
    assert_eq!(heard.lock().unwrap().len(), 2, "nothing was made");
}

#[test]
fn what_a_policy_excludes_stays() {
    let world = World::with(&[]);
    let old = world.fund(1, M);
    for _ in 0..3 {
        world.milestone(vec![], vec![]);
    }
    world.fund(1, 2 * M);
    world.fund(1, 9 * M);
    let locked = world.fund(1, 3 * M);
    world.wallet.payments.lock_outputs(vec![locked]).unwrap();
    world.book(1, super::world::timelocked(&world.address(1), 4 * M), OutputClass::Held);
    let from = |accounts: Vec<u32>| SweepRequest { from: SweepSource::Accounts(accounts), ..SweepRequest::into(0) };
    let nothing = [
        SweepRequest { min_count: 4, ..SweepRequest::into(0) },
        SweepRequest { least: Amount::new(10 * M), ..SweepRequest::into(0) },
        SweepRequest { min_age: 9, ..SweepRequest::into(0) },
        from(vec![0]),
        from(vec![]),
        from(vec![77]),
    ];
    for request in nothing {
        assert_eq!(sweep(&world, &request).transactions, [], "{request:?}");
    }
    let aged = sweep(&world, &SweepRequest { min_age: 3, ..SweepRequest::into(0) });
    assert_eq!(aged.amount, Amount::new(M), "only {old}");
    let small = sweep(&world, &SweepRequest { most: Amount::new(5 * M), ..from(vec![1]) });
    assert_eq!(small.amount, Amount::new(2 * M));
    let refused = |request| world.wallet.payments.sweep(&request).unwrap_err().kind();
    assert_eq!(refused(SweepRequest { min_count: 0, ..SweepRequest::into(0) }), ErrorKind::InvalidArgument);
    assert_eq!(refused(SweepRequest { min_count: 129, ..SweepRequest::into(0) }), ErrorKind::InvalidArgument);
    assert_eq!(refused(SweepRequest { max_transactions: 0, ..SweepRequest::into(0) }), ErrorKind::InvalidArgument);
    assert_eq!(refused(SweepRequest::into(9)), ErrorKind::AccountNotFound);
}

#[test]
fn consolidation_joins_the_smallest_outputs_of_an_account() {
    let world = World::with(&[4 * M, M, 2 * M]);
    let joined = sweep(&world, &SweepRequest { most: Amount::new(3 * M), ..SweepRequest::consolidate(0) });
    assert_eq!((joined.outputs, joined.amount), (2, Amount::new(3 * M)));
    let payment = world.wallet.payments.page(Some(0), None, 10).unwrap().remove(0);
    assert_eq!(payment.outputs[0].role, OutputRole::Consolidation);
    world.confirm(&payment);
    assert_eq!(world.wallet.holdings(0).output_count, 2);
    // one output is as few as it gets
    let one = World::with(&[M]);
    assert_eq!(sweep(&one, &SweepRequest::consolidate(0)).transactions, []);
}

#[test]
fn a_flood_of_small_outputs_does_not_stop_payments_and_goes_away() {
    let world = World::with(&[900 * M]);
    for _ in 0..200 {
        world.fund(0, 50_000);
    }
    for _ in 0..25 {
        let payment = world.send(paying(M)).unwrap();
        assert!(payment.inputs.len() <= 9, "one that pays, and eight of the flood");
        world.confirm(&payment);
    }
    assert_eq!(world.wallet.holdings(0).output_count, 1, "the flood is in the remainder");
}

#[test]
fn a_batch_leaves_as_many_outputs_as_are_to_be_ready() {
    let world = World::stopped(&[100 * M]);
    let policy = PaymentPolicy { ready_outputs: 4, ..PaymentPolicy::default() };
    let world = world.reopened_by(policy, |_| {});
    world.wallet.payments.start().unwrap();
    world.withdraw(&[("a", M), ("b", M)]);
    world.await_withdrawal("b", WithdrawalState::Submitted);
    let batch = world.payment_of("a");
    let roles: Vec<_> = batch.outputs.iter().map(|output| output.role).collect();
    use OutputRole::{FanOut, Payee, Remainder};
    assert_eq!(roles, [Payee, Payee, FanOut, FanOut, FanOut, Remainder]);
    assert_eq!(batch.remainder, Amount::new(98 * M));
    assert_eq!(world.wallet.holdings(0).incoming, Amount::new(98 * M));
    world.confirm(&batch);
    // four batches at once, none waits for another's remainder
    for key in ["c", "d", "e", "f"] {
        world.withdraw(&[(key, M)]);
        world.await_withdrawal(key, WithdrawalState::Submitted);
    }
    let open = world.wallet.payments.page(None, None, 10).unwrap();
    assert_eq!(open.iter().filter(|payment| payment.state != PaymentState::Confirmed).count(), 4);
}

/// Pays what waits and confirms what was made, until nothing is left; in so many rounds, each as long as a milestone.
fn rounds(world: &World) -> usize {
    for round in 0..20 {
        world.wallet.payments.pay_now();
        let all = world.wallet.payments.page(None, None, 1_000).unwrap();
        let open: Vec<_> = all.iter().filter(|payment| payment.state.is_open()).collect();
        if open.is_empty() {
            return round;
        }
        for payment in open {
            world.confirm(payment);
        }
    }
    panic!("they are never paid");
}

fn withdraw_many(world: &World, count: usize) {
    let keys: Vec<String> = (0..count).map(|number| format!("k{number}")).collect();
    world.withdraw(&keys.iter().map(|key| (&**key, M)).collect::<Vec<_>>());
}

fn with_ready(ready_outputs: usize, amounts: &[u64]) -> World {
    let policy = PaymentPolicy { ready_outputs, ..PaymentPolicy::default() };
    World::stopped(amounts).reopened_by(policy, |_| {})
}

#[test]
fn full_batches_leave_ready_outputs_when_more_wait() {
    let world = with_ready(8, &[10_000 * M]);
    withdraw_many(&world, 1_000);
    assert_eq!(rounds(&world), 2, "one that splits, and then all others at once");
    let first = world.payment_of("k0");
    assert_eq!((first.outputs.len(), world.payment_of("k119").transaction_id), (128, first.transaction_id));
    assert_ne!(world.payment_of("k120").transaction_id, first.transaction_id);
    assert_eq!(world.payment_of("k120").outputs.len(), 128, "nothing is missing, and it is full");
    for number in 0..1_000 {
        assert_eq!(world.withdrawal(&format!("k{number}")).state, WithdrawalState::Confirmed);
    }
    assert_eq!(world.wallet.holdings(0).output_count, 8, "those on their way count, and no more are made");
    assert_eq!(world.wallet.holdings(0).plain, Amount::new(9_000 * M));
}

#[test]
fn a_batch_is_not_cut_short_when_nobody_waits_behind_it() {
    let world = with_ready(8, &[10_000 * M]);
    withdraw_many(&world, 127);
    world.wallet.payments.pay_now();
    assert_eq!(world.payment_of("k126").transaction_id, world.payment_of("k0").transaction_id);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_missing_recipients_come_first_and_each_part_can_pay_a_batch(
        ready_outputs in 2usize..100,
        coins in 120u64..20_000,
        count in 1usize..400,
    ) {
        let world = with_ready(ready_outputs, &[coins * M]);
        withdraw_many(&world, count);
        world.wallet.payments.pay_now();
        let batch = world.payment_of("k0");
        let paid = batch.outputs.iter().filter(|output| output.role == OutputRole::Payee).count();
        prop_assert!(batch.outputs.len() <= 128);
        prop_assert!(paid >= count.min(64).min(usize::try_from(coins).unwrap() - 1), "{paid} recipients");
        let parts: Vec<u64> = batch.outputs[paid..].iter().map(|output| output.amount.units()).collect();
        prop_assert!(parts.len() <= ready_outputs);
        // of what would have been the whole batch
        let whole = u64::try_from(count.min(127)).unwrap() * M;
        prop_assert!(parts.len() <= 1 || parts.iter().all(|part| *part >= whole), "{parts:?}");
        prop_assert_eq!(parts.iter().sum::<u64>(), batch.remainder.units());
    }
}

/// Account 0 withdrew 20 coins, and holds an output for each of these amounts.
fn withdrew(ready_outputs: usize, amounts: &[u64]) -> World {
    let policy = PaymentPolicy { ready_outputs, fold: 0, ..PaymentPolicy::default() };
    let world = World::stopped(&[20 * M]).reopened_by(policy, |_| {});
    world.wallet.payments.start().unwrap();
    world.withdraw(&[("before", 20 * M)]);
    world.await_withdrawal("before", WithdrawalState::Submitted);
    world.confirm(&world.payment_of("before"));
    for amount in amounts {
        world.fund(0, *amount);
    }
    world
}

/// What the newest payment gives to the wallet itself.
fn own(world: &World) -> Vec<u64> {
    let newest = world.wallet.payments.page(None, None, 100).unwrap().pop().unwrap();
    newest.outputs.iter().filter(|output| output.ours.is_some()).map(|output| output.amount.units()).collect()
}

#[test]
fn what_a_sweep_brings_is_split_into_outputs_that_can_pay_a_batch() {
    let world = withdrew(4, &[]);
    world.fund(1, 90 * M + 1);
    sweep(&world, &SweepRequest::into(0));
    assert_eq!(own(&world), [90 * M / 4, 90 * M / 4, 90 * M / 4, 90 * M / 4 + 1]);
    assert_eq!(world.wallet.holdings(0).incoming, Amount::new(90 * M + 1));
    let swept = world.wallet.payments.page(None, None, 100).unwrap().pop().unwrap();
    assert!(swept.outputs.iter().all(|output| output.role == OutputRole::Sweep));
    world.confirm(&swept);
    // they are ready: what comes now stays in one piece
    world.fund(1, 900 * M);
    sweep(&world, &SweepRequest::into(0));
    assert_eq!(own(&world), [900 * M]);
    // as far as the money allows
    let world = withdrew(4, &[30 * M]);
    world.fund(1, 50 * M);
    sweep(&world, &SweepRequest::into(0));
    assert_eq!(own(&world).len(), 2);
    // an account that never withdrew
    world.fund(0, 50 * M);
    sweep(&world, &SweepRequest::into(1));
    assert_eq!(own(&world).len(), 1);
}

#[test]
fn a_consolidation_leaves_at_most_half_of_the_outputs_and_these_can_pay() {
    let world = withdrew(4, &[10 * M; 6]);
    sweep(&world, &SweepRequest::consolidate(0));
    assert_eq!(own(&world), [20 * M; 3]);
    let world = withdrew(4, &[30 * M; 3]);
    sweep(&world, &SweepRequest::consolidate(0));
    assert_eq!(own(&world), [90 * M]);
}

#[test]
fn a_payment_out_of_the_last_large_output_leaves_ready_ones() {
    let world = withdrew(4, &[500 * M]);
    let payment = world.send(paying(100 * M)).unwrap();
    assert_eq!(own(&world), [100 * M; 4]);
    let roles: Vec<OutputRole> = payment.outputs.iter().map(|output| output.role).collect();
    use OutputRole::{FanOut, Payee, Remainder};
    assert_eq!(roles, [Payee, FanOut, FanOut, FanOut, Remainder]);
    world.confirm(&payment);
    // one of four is spent, and one comes back
    world.send(paying(50 * M)).unwrap();
    assert_eq!(own(&world), [50 * M]);
    // whoever names the inputs decides what becomes of them
    let world = withdrew(4, &[]);
    let id = world.fund(0, 500 * M);
    world.send(spending(100 * M, &[id])).unwrap();
    assert_eq!(own(&world), [400 * M]);
}

#[test]
fn what_is_reserved_by_hand_is_spent_by_nothing() {
    let world = World::with(&[5 * M]);
    let id = world.wallet.read(|conn| crate::store::output::spendable(conn, 0, 1)).remove(0).output_id;
    let payments = &world.wallet.payments;
    payments.lock_outputs(vec![id]).unwrap();
    payments.lock_outputs(vec![id]).unwrap();
    assert_eq!(world.wallet.holdings(0).locked, Amount::new(5 * M));
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    assert_eq!(world.send(spending(M, &[id])).unwrap_err().kind(), ErrorKind::InputLocked);
    let world = world.restarted();
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    let payments = &world.wallet.payments;
    payments.unlock_outputs(vec![id]).unwrap();
    payments.unlock_outputs(vec![id]).unwrap();
    let payment = world.send(paying(M)).unwrap();
    // a payment's reservation is not the user's to take or to end
    for refused in [payments.lock_outputs(vec![id]), payments.unlock_outputs(vec![id])] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InputLocked);
    }
    world.confirm(&payment);
    assert_eq!(payments.lock_outputs(vec![id]).unwrap_err().kind(), ErrorKind::InputSpent);
    let unknown = crate::ledger::OutputId::from_slice(&[9; 34]).unwrap();
    let held = world.book(0, super::world::timelocked(&world.address(0), M), OutputClass::Held);
    let free = world.fund(0, M);
    for (ids, expected) in
        [(vec![free, unknown], ErrorKind::InputUnknown), (vec![free, held], ErrorKind::InputNotPlain)]
    {
        assert_eq!(payments.lock_outputs(ids).unwrap_err().kind(), expected);
    }
    assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO, "all or none");
    // spent by somebody else while it is reserved
    payments.lock_outputs(vec![free]).unwrap();
    world.milestone(vec![], vec![(free, transaction(5))]);
    assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
}
