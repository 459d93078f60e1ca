//! Withdrawals: keys, batches, what waits and why, and restarts.

use proptest::prelude::*;

use super::world::{World, request, transaction, with_key};
use crate::{
    error::ErrorKind,
    events::{Notice, ProgressStage},
    ledger::{Amount, MilestoneIndex, TaggedData, UnixTime},
    payments::{
        Accepted, BatchPolicy, MicroAmount, PaymentError, PaymentPolicy, PaymentState, SendOptions, SendRequest,
        WithdrawalRequest, WithdrawalState,
    },
    store::{Gap, payment},
};

const M: u64 = 1_000_000;

fn kinds(answers: &[Accepted]) -> Vec<Option<ErrorKind>> {
    answers.iter().map(|answer| answer.as_ref().err().map(PaymentError::kind)).collect()
}

#[test]
fn requests_of_one_call_go_into_one_transaction() {
    let world = World::stopped(&[500 * M]);
    let keys: Vec<String> = (0..130).map(|number| format!("k{number}")).collect();
    let requests: Vec<(&str, u64)> = keys.iter().map(|key| (&**key, M)).collect();
    let answers = world.withdraw(&requests);
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().state == WithdrawalState::Requested));
    world.wallet.payments.start().unwrap();
    let first = world.await_withdrawal("k0", WithdrawalState::Submitted);
    let batch = world.payment_of("k0");
    assert_eq!(batch.outputs.len(), 128, "127 and the remainder");
    assert_eq!(first.output_id, Some(batch.outputs[0].output_id));
    assert_eq!(world.withdrawal("k126").transaction_id, first.transaction_id);
    // the only output is on its way: the rest waits for the remainder and says so
    let waiting = world.withdrawal("k127");
    assert_eq!((waiting.state, waiting.transaction_id), (WithdrawalState::Requested, None));
    world.confirm(&batch);
    world.await_withdrawal("k129", WithdrawalState::Submitted);
    assert_eq!(world.payment_of("k127").outputs.len(), 4);
    assert_eq!(world.withdrawal("k127").reason, None);
    let confirmed = world.withdrawal("k5");
    assert_eq!((confirmed.state, confirmed.milestone.is_some()), (WithdrawalState::Confirmed, true));
    use WithdrawalState::{Confirmed, Requested, Signed};
    assert_eq!(world.told_withdrawal("k5"), [Requested, Signed, Confirmed]);
}

#[test]
fn a_request_that_cannot_be_taken_leaves_the_others_alone() {
    let world = World::with(&[20 * M]);
    let requests = vec![
        request("good", M),
        request("", M),
        request(&"k".repeat(257), M),
        crate::payments::WithdrawalRequest { address: "rms1nonsense".to_owned(), ..request("address", M) },
        request("dust", 1),
        request("nothing", 0),
        request("supply", u64::MAX),
        request("good", M),
        request("good", 2 * M),
        request("also good", M),
    ];
    let answers = world.wallet.payments.withdraw(0, requests).unwrap();
    use ErrorKind::{AddressInvalid, AmountInvalid, IdempotencyConflict, IdempotencyKeyInvalid, StorageDepositTooLow};
    let expected = [
        None,
        Some(IdempotencyKeyInvalid),
        Some(IdempotencyKeyInvalid),
        Some(AddressInvalid),
        Some(StorageDepositTooLow),
        Some(AmountInvalid),
        Some(AmountInvalid),
        None,
        Some(IdempotencyConflict),
        None,
    ];
    assert_eq!(kinds(&answers), expected);
    world.await_withdrawal("also good", WithdrawalState::Submitted);
    assert_eq!(world.wallet.payments.withdrawals(Some(0), None, 10).unwrap().len(), 2);
    // a refused key was not used
    assert_eq!(kinds(&world.withdraw(&[("dust", M)])), [None]);
    for (account, requests, expected) in [
        (0, vec![], ErrorKind::InvalidArgument),
        (0, vec![request("x", M); 1_001], ErrorKind::InvalidArgument),
        (7, vec![request("x", M)], ErrorKind::AccountNotFound),
    ] {
        assert_eq!(world.wallet.payments.withdraw(account, requests).unwrap_err().kind(), expected);
    }
}

#[test]
fn invariant_7_payments_and_withdrawals_share_one_space_of_keys() {
    let world = World::with(&[20 * M]);
    world.send(with_key(M, "paid")).unwrap();
    assert_eq!(kinds(&world.withdraw(&[("paid", M)])), [Some(ErrorKind::IdempotencyConflict)]);
    world.withdraw(&[("withdrawn", M)]);
    assert_eq!(world.send(with_key(M, "withdrawn")).unwrap_err().kind(), ErrorKind::IdempotencyConflict);
}

#[test]
fn invariant_7_one_key_from_many_threads_is_one_withdrawal() {
    let world = World::with(&[20 * M]);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| world.withdraw(&[("k", M)]).remove(0).unwrap())).collect();
        calls.into_iter().map(|call| call.join().unwrap().position).collect()
    });
    assert!(answers.iter().all(|position| *position == answers[0]));
    world.await_withdrawal("k", WithdrawalState::Submitted);
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 1);
}

#[test]
fn one_that_the_funds_do_not_cover_does_not_hold_up_the_others() {
    let world = World::with(&[5 * M]);
    world.withdraw(&[("large", 50 * M), ("small", M)]);
    world.await_withdrawal("small", WithdrawalState::Submitted);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while world.withdrawal("large").reason.is_none() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let large = world.withdrawal("large");
    assert_eq!(large.state, WithdrawalState::Requested);
    assert!(large.reason.unwrap().contains("base units are needed"));
    world.fund(0, 60 * M);
    world.milestone(vec![], vec![]);
    assert_eq!(world.await_withdrawal("large", WithdrawalState::Submitted).reason, None);
}

#[test]
fn requests_survive_a_restart_before_and_after_their_transaction() {
    let world = World::stopped(&[9 * M]);
    world.withdraw(&[("a", M)]);
    let world = world.restarted();
    world.await_withdrawal("a", WithdrawalState::Submitted);
    let id = world.withdrawal("a").transaction_id;
    let world = world.restarted();
    world.withdraw(&[("a", M)]);
    world.milestone(vec![], vec![]);
    assert_eq!(
        (world.withdrawal("a").transaction_id, world.wallet.payments.page(None, None, 9).unwrap().len()),
        (id, 1)
    );
}

#[test]
fn a_withdrawal_that_is_cancelled_while_its_batch_is_signed_is_not_in_it() {
    let world = World::stopped(&[9 * M]);
    let world = world.reopened_with(|ports| {
        let store = std::sync::Arc::clone(&ports.store);
        ports.bus.subscribe(Box::new(move |notice| {
            if matches!(&**notice, Notice::Progress(progress) if progress.stage == ProgressStage::Signing) {
                let cancel = |tx: &rusqlite::Transaction<'_>| {
                    let row = crate::store::withdrawal::by_key(tx, "a")?.unwrap();
                    crate::store::withdrawal::cancel_waiting(tx, row.row)
                };
                store.writer().commit(cancel).unwrap();
            }
        }));
    });
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("b", WithdrawalState::Submitted);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Cancelled);
    assert_eq!(world.payment_of("b").outputs.len(), 2);
    assert_eq!(world.wallet.payments.page(None, None, 9).unwrap().len(), 1, "the batch with both was never stored");
}

#[test]
fn another_signer_stops_withdrawals_and_kills_theirs() {
    let world = World::with(&[9 * M]);
    world.withdraw(&[("a", M)]);
    world.await_withdrawal("a", WithdrawalState::Submitted);
    let batch = world.payment_of("a");
    world.milestone(vec![], vec![(batch.inputs[0].output_id, transaction(0xfe))]);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Dead);
    assert_eq!(kinds(&world.withdraw(&[("b", M), ("a", M)])), [Some(ErrorKind::ForeignSigner), None]);
}

#[derive(Clone, Debug)]
enum Op {
    Withdraw(u8, u64),
    Cancel(u8),
    /// The payment of this key is applied, or the contest of it.
    Confirm(u8, bool),
    Fund(u64),
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u8..6, 1u64..4).prop_map(|(key, amount)| Op::Withdraw(key, amount)),
        2 => (0u8..6).prop_map(Op::Cancel),
        4 => (0u8..6, any::<bool>()).prop_map(|(key, payment)| Op::Confirm(key, payment)),
        1 => (3u64..9).prop_map(Op::Fund),
        1 => Just(Op::Restart),
    ]
}

/// Each key was paid by as many applied transactions as its state says: one when it is confirmed, else none.
fn check(world: &World) {
    let all = world.wallet.payments.page(None, None, 1_000).unwrap();
    for withdrawal in world.wallet.payments.withdrawals(None, None, 1_000).unwrap() {
        let paid = all.iter().filter(|payment| payment.state == PaymentState::Confirmed && payment.contests.is_none());
        let with_it = paid.filter(|payment| Some(payment.transaction_id) == withdrawal.transaction_id).count();
        assert_eq!(with_it, usize::from(withdrawal.state == WithdrawalState::Confirmed), "{withdrawal:?}");
        let told = world.told_withdrawal(&withdrawal.idempotency_key);
        let ends = told.iter().filter(|state| state.is_final()).count();
        assert_eq!(ends, usize::from(withdrawal.state.is_final()), "{told:?}");
    }
    let paid: u64 = all
        .iter()
        .filter(|payment| payment.state == PaymentState::Confirmed && payment.contests.is_none())
        .map(|payment| payment.inputs.iter().map(|input| input.amount.units()).sum::<u64>() - payment.remainder.units())
        .sum();
    let confirmed = world.wallet.payments.withdrawals(None, None, 1_000).unwrap();
    let confirmed = confirmed.iter().filter(|withdrawal| withdrawal.state == WithdrawalState::Confirmed);
    assert_eq!(paid, confirmed.map(|withdrawal| withdrawal.amount.units()).sum::<u64>(), "nobody is paid twice");
}

fn apply(world: World, op: Op) -> World {
    match op {
        Op::Withdraw(key, amount) => drop(world.withdraw(&[(&format!("k{key}"), amount * M)])),
        Op::Cancel(key) => drop(world.wallet.payments.cancel_withdrawal(&format!("k{key}"))),
        Op::Confirm(key, payment) => {
            let Ok(withdrawal) = world.wallet.payments.withdrawal(&format!("k{key}")) else { return world };
            let open = matches!(
                withdrawal.state,
                WithdrawalState::Signed | WithdrawalState::Submitted | WithdrawalState::Cancelling
            );
            if !open {
                return world;
            }
            let batch = world.payment_of(&format!("k{key}"));
            let contested = batch.state == PaymentState::Cancelling;
            if batch.state.is_open() {
                world.confirm(&if contested && !payment { world.contest_of(&batch) } else { batch });
            }
        }
        Op::Fund(amount) => {
            world.fund(0, amount * M);
            world.milestone(vec![], vec![]);
        }
        Op::Restart => return world.restarted(),
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_history_pays_a_key_twice(history in prop::collection::vec(op(), 1..24)) {
        let mut world = World::with(&[6 * M, 6 * M]);
        for op in history {
            world = apply(world, op);
            check(&world);
        }
        // at the end everything that was begun is decided, and nothing is left locked; no more is begun meanwhile
        world.wallet.payments.close();
        for _ in 0..40 {
            let all = world.wallet.payments.page(None, None, 1_000).unwrap();
            let Some(open) = all.iter().find(|payment| payment.state.is_open()) else { break };
            world.confirm(open);
        }
        check(&world);
        let all = world.wallet.payments.page(None, None, 1_000).unwrap();
        prop_assert!(all.iter().all(|payment| !payment.state.is_open()));
        prop_assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
        prop_assert_eq!(world.wallet.holdings(0).incoming, Amount::ZERO);
    }
}

#[test]
fn one_that_would_leave_dust_does_not_hold_up_the_others() {
    let world = World::stopped(&[M]);
    world.withdraw(&[("dust", 990_000), ("fits", 300_000)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("fits", WithdrawalState::Submitted);
    assert_eq!(world.payment_of("fits").outputs.len(), 2);
    assert_eq!(world.withdrawal("dust").state, WithdrawalState::Requested);
}

#[test]
fn a_thousand_that_cannot_be_paid_do_not_hold_up_one_that_can() {
    let world = World::stopped(&[10 * M]);
    let keys: Vec<String> = (0..1_000).map(|number| format!("k{number}")).collect();
    world.withdraw(&keys.iter().map(|key| (&**key, 900 * M)).collect::<Vec<_>>());
    world.withdraw(&[("last", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("last", WithdrawalState::Submitted);
}

fn reason(world: &World, key: &str) -> String {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        if let Some(reason) = world.withdrawal(key).reason {
            return reason;
        }
        assert!(std::time::Instant::now() < deadline, "{key} has no reason");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn no_company_at_all_is_enough_company_once() {
    let world = World::stopped(&[9 * M]);
    let batches = BatchPolicy { count: 0, ..BatchPolicy::default() };
    let world = world.reopened_by(PaymentPolicy { batches, ..PaymentPolicy::default() }, |_| {});
    assert_eq!(world.wallet.payments.batches.policy.count, 1, "0 requests are never enough");
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("a", WithdrawalState::Submitted);
    assert_eq!(world.payment_of("a").outputs.len(), 2);
}

#[test]
fn what_is_behind_as_many_as_one_transaction_pays_is_looked_at_when_those_cannot_be_paid() {
    let world = World::stopped(&[500 * M]);
    let batches = BatchPolicy { count: 1, ..BatchPolicy::default() };
    let world = world.reopened_by(PaymentPolicy { batches, ..PaymentPolicy::default() }, |_| {});
    world.withdraw(&[("a", M), ("b", M), ("c", M), ("behind", 400 * M)]);
    grow_deposit(&world);
    world.wallet.payments.pay_now();
    assert_eq!(world.withdrawal("behind").state, WithdrawalState::Signed);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Requested);
    // nor do some that fit alone and not together hold up what fits beside the first
    let world = World::stopped(&[100 * M]);
    world.withdraw(&[("large", 60 * M), ("larger", 70 * M), ("small", 30 * M)]);
    world.wallet.payments.pay_now();
    let state = |key| world.withdrawal(key).state;
    use WithdrawalState::{Requested, Signed};
    assert_eq!([state("large"), state("larger"), state("small")], [Signed, Requested, Signed]);
}

/// Has the wallet's network ask for a hundred times as much.
fn grow_deposit(world: &World) {
    let mut network = super::world::testnet();
    network.deposit.v_byte_cost *= 100;
    world.wallet.store.writer().commit(move |tx| crate::store::meta::put_network(tx, &network)).unwrap();
}

#[test]
fn why_requests_wait_is_written_once() {
    let world = World::stopped(&[5 * M]);
    world.withdraw(&[("misfit", M), ("large", 50 * M)]);
    grow_deposit(&world);
    world.wallet.payments.pay_now();
    let (misfit, large) = (reason(&world, "misfit"), reason(&world, "large"));
    assert!(misfit.contains("storage deposit"), "{misfit}");
    assert!(large.contains("are available"), "{large}");
    let commits = world.wallet.store.pulse().version();
    world.wallet.payments.pay_now();
    assert_eq!((reason(&world, "misfit"), reason(&world, "large")), (misfit, large));
    assert_eq!(world.wallet.store.pulse().version(), commits, "nothing is written twice");
}

#[test]
fn nothing_is_begun_with_a_vault_that_is_about_to_lock() {
    let world = World::with(&[9 * M]);
    world.wallet.lock(true);
    world.withdraw(&[("a", M)]);
    assert!(reason(&world, "a").contains("the vault could not sign"));
    world.wallet.lock(false);
    world.milestone(vec![], vec![]);
    world.await_withdrawal("a", WithdrawalState::Submitted);
    // nor is it contested
    world.wallet.lock(true);
    assert_eq!(world.wallet.payments.cancel_withdrawal("a").unwrap_err().kind(), ErrorKind::VaultLocked);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Submitted);
}

#[test]
fn nothing_is_taken_or_signed_before_the_release_of_a_search() {
    let world = World::stopped(&[9 * M]);
    assert_eq!(kinds(&world.withdraw(&[("before", M)])), [None]);
    world.searched(false);
    // what is known is answered
    let frozen = Some(ErrorKind::IssuingFrozen);
    assert_eq!(kinds(&world.withdraw(&[("before", M), ("new", M)])), [None, frozen]);
    world.wallet.payments.pay_now();
    let before = world.withdrawal("before");
    assert_eq!(before.state, WithdrawalState::Requested);
    assert!(before.reason.unwrap().contains("the seed was searched"));
    assert_eq!(world.send(with_key(M, "sent")).unwrap_err().kind(), ErrorKind::IssuingFrozen);
    assert!(world.wallet.signed().is_empty());
    world.searched(true);
    assert_eq!(kinds(&world.withdraw(&[("new", M)])), [None]);
    world.wallet.payments.pay_now();
    for key in ["before", "new"] {
        let paid = world.withdrawal(key);
        assert_eq!((paid.state, paid.reason), (WithdrawalState::Signed, None), "{key}");
    }
}

#[test]
fn before_a_gap_one_that_waits_is_cancelled_and_one_that_is_signed_is_not() {
    let world = World::with(&[9 * M]);
    world.withdraw(&[("signed", M), ("waits", 50 * M)]);
    world.await_withdrawal("signed", WithdrawalState::Submitted);
    let gap = Gap { cursor: MilestoneIndex(1), pruned_to: MilestoneIndex(9) };
    world.wallet.store.writer().commit(move |tx| crate::store::gap::begin(tx, &gap)).unwrap();
    let cancel = |key: &str| world.wallet.payments.cancel_withdrawal(key);
    assert_eq!(cancel("waits").unwrap().state, WithdrawalState::Cancelled);
    assert_eq!(cancel("signed").unwrap_err().kind(), ErrorKind::Gap);
    assert_eq!(world.withdrawal("signed").state, WithdrawalState::Submitted);
}

fn micro(key: &str, amount: u64, expires_after: u32) -> WithdrawalRequest {
    WithdrawalRequest { micro_amount: Some(MicroAmount { expires_after }), ..request(key, amount) }
}

#[test]
fn an_amount_below_the_storage_deposit_is_paid_with_one_that_comes_back() {
    let world = World::stopped(&[9 * M]);
    let give = |requests| world.wallet.payments.withdraw(0, requests).unwrap();
    let answers = give(vec![
        micro("small", 7, 3_600),
        micro("large", M, 3_600),
        request("plain", M),
        micro("soon", 7, 3_599),
        request("dust", 7),
        micro("nothing", 0, 3_600),
    ]);
    use ErrorKind::{AmountInvalid, InvalidArgument, StorageDepositTooLow};
    let expected = [None, None, None, Some(InvalidArgument), Some(StorageDepositTooLow), Some(AmountInvalid)];
    assert_eq!(kinds(&answers), expected);
    // the terms are part of what was asked for
    let again =
        give(vec![micro("small", 7, 3_600), micro("small", 7, 7_200), request("large", M), micro("plain", M, 3_600)]);
    let conflict = Some(ErrorKind::IdempotencyConflict);
    assert_eq!(kinds(&again), [None, conflict, conflict, conflict]);
    let world = world.restarted();
    world.await_withdrawal("plain", WithdrawalState::Submitted);
    let batch = world.payment_of("small");
    assert_eq!(batch.outputs.len(), 4, "all three and the remainder");
    let change = batch.outputs[3].address;
    let small = &batch.outputs[0];
    let deposit = small.deposit_return.unwrap();
    assert_eq!(small.amount, deposit.checked_add(Amount::new(7)).unwrap());
    let raw = world.wallet.read(|conn| payment::payload(conn, batch.position));
    assert!(
        raw.windows(33).filter(|window| *window == change.as_slice()).count() >= 3,
        "it goes back to the change address"
    );
    assert_eq!(small.expiration, Some(UnixTime(1_700_000_001 + 3_600)));
    for other in &batch.outputs[1..3] {
        assert_eq!((other.amount, other.deposit_return, other.expiration), (Amount::new(M), None, None));
    }
    world.confirm(&batch);
    assert_eq!(world.withdrawal("small").state, WithdrawalState::Confirmed);
}

#[test]
fn what_is_lent_counts_as_what_is_needed() {
    let world = World::stopped(&[50_000]);
    let answers = world.wallet.payments.withdraw(0, vec![micro("small", 7, 3_600)]).unwrap();
    assert_eq!(kinds(&answers), [None]);
    world.wallet.payments.pay_now();
    assert!(reason(&world, "small").contains("50000 are available"));
    world.fund(0, 9 * M);
    world.wallet.payments.pay_now();
    assert_eq!(world.withdrawal("small").state, WithdrawalState::Signed);
}

/// As much as fits no block: 127 inputs, each on an address of its own, and 127 recipients, each of an amount that is lent more.
fn crowded() -> (World, Vec<WithdrawalRequest>) {
    let world = World::stopped(&[]);
    world.scatter(160, 255_000);
    let requests = (0..127).map(|number| micro(&format!("k{number}"), 7, 3_600)).collect();
    (world, requests)
}

#[test]
fn a_batch_that_fits_no_block_has_fewer_recipients() {
    let (world, requests) = crowded();
    world.wallet.payments.withdraw(0, requests).unwrap();
    world.wallet.payments.pay_now();
    for number in 0..127 {
        let withdrawal = world.withdrawal(&format!("k{number}"));
        assert_eq!((withdrawal.state, withdrawal.reason), (WithdrawalState::Signed, None), "k{number}");
    }
}

#[test]
fn a_payment_that_fits_no_block_says_so_and_not_that_its_data_is_wrong() {
    let (world, requests) = crowded();
    let payees: Vec<_> = requests.into_iter().map(|request| (request.address, request.amount)).collect();
    let micro_amount = Some(MicroAmount::default());
    let plain = SendOptions { micro_amount, ..SendOptions::default() };
    let keyed = SendOptions { idempotency_key: Some("k".to_owned()), ..plain.clone() };
    for options in [plain.clone(), keyed] {
        let request = SendRequest { account: 0, payees: payees.clone(), options };
        let prepared = world.wallet.payments.prepare(request.clone(), 60_000).unwrap_err();
        assert!(matches!(prepared, PaymentError::TooLarge { .. }), "{prepared}");
        let error = world.send(request).unwrap_err();
        assert!(matches!(error, PaymentError::TooLarge { size, limit: 32_498 } if size > 32_498), "{error}");
        assert_eq!(error.kind(), ErrorKind::TooManyInputs);
    }
    let tagged_data = Some(TaggedData { tag: vec![1], data: vec![2; 9] });
    let carrying = SendRequest { account: 0, payees, options: SendOptions { tagged_data, ..plain } };
    assert_eq!(world.send(carrying).unwrap_err().kind(), ErrorKind::TaggedDataInvalid);
    world.assert_untouched();
}

#[test]
fn what_is_left_behind_a_full_transaction_waits_for_company() {
    let world = World::stopped(&[50 * M, 50 * M, 50 * M, 50 * M]);
    let batches = BatchPolicy { delay: std::time::Duration::from_secs(3_600), count: 10 };
    let world = world.reopened_by(PaymentPolicy { batches, ..PaymentPolicy::default() }, |_| {});
    let keys: Vec<String> = (0..21).map(|number| format!("k{number}")).collect();
    world.withdraw(&keys.iter().map(|key| (&**key, M)).collect::<Vec<_>>());
    world.wallet.payments.pay_now();
    let waiting = || -> Vec<&String> {
        let waits = |key: &&String| world.withdrawal(key).state == WithdrawalState::Requested;
        keys.iter().filter(waits).collect()
    };
    assert_eq!(waiting(), [&keys[20]]);
    assert_eq!(world.withdrawal("k20").reason, None, "it waits for nothing else");
    assert_eq!(world.wallet.payments.page(None, None, 100).unwrap().len(), 2);
    // what is looked at later has waited
    world.wallet.payments.pay_now();
    assert!(waiting().is_empty());
    // without a delay nothing waits
    let batches = BatchPolicy { count: 10, ..BatchPolicy::default() };
    let world = World::stopped(&[50 * M, 50 * M]);
    let world = world.reopened_by(PaymentPolicy { batches, ..PaymentPolicy::default() }, |_| {});
    world.withdraw(&keys[..11].iter().map(|key| (&**key, M)).collect::<Vec<_>>());
    world.wallet.payments.pay_now();
    assert_eq!(world.withdrawal("k10").state, WithdrawalState::Signed);
}

#[test]
fn an_account_with_many_requests_does_not_keep_the_others_waiting_for_all_of_them() {
    let world = World::stopped(&[]);
    let batches = BatchPolicy { count: 1, ..BatchPolicy::default() };
    let world = world.reopened_by(PaymentPolicy { batches, fold: 0, ..PaymentPolicy::default() }, |_| {});
    world.flood(0, 70, M);
    world.fund(1, M);
    let keys: Vec<String> = (0..70).map(|number| format!("busy{number}")).collect();
    world.withdraw(&keys.iter().map(|key| (&**key, M)).collect::<Vec<_>>());
    world.wallet.payments.withdraw(1, vec![request("quiet", M)]).unwrap().remove(0).unwrap();
    world.wallet.payments.pay_now();
    let order = world.wallet.payments.page(None, None, 100).unwrap();
    let quiet = order.iter().position(|payment| payment.account == 1).unwrap();
    assert!(quiet < 70, "{quiet} transactions of the other account were made first");
    assert_eq!(order.len(), 71);
}
