//! The hot wallet that looks after itself.

use std::sync::{Arc, Mutex};

use proptest::prelude::*;

use super::world::{World, expiring, paying, request, returning};
use crate::{
    error::ErrorKind,
    events::{ConsolidationStatus, Notice, SyncState, SyncStatus},
    ledger::{Amount, MilestoneIndex},
    payments::{
        ClaimPolicy, ConsolidationPolicy, HotWalletPolicy, Payment, PaymentPolicy, PaymentRules, PaymentState,
        SendRequest, SweepPolicy, SweepSource, WithdrawalState,
    },
    store::{Gap, OutputClass, gap, hot, output, payment::OutputRole},
};

const M: u64 = 1_000_000;
/// The ledger's time when a wallet begins.
const NOW: u32 = 1_700_000_001;

fn policy(hot_wallet: HotWalletPolicy) -> PaymentPolicy {
    PaymentPolicy { hot_wallet, fold: 0, ..PaymentPolicy::default() }
}

fn sweeping(sweep: SweepPolicy) -> PaymentPolicy {
    policy(HotWalletPolicy { sweep: Some(sweep), ..HotWalletPolicy::default() })
}

fn consolidating(above: usize) -> PaymentPolicy {
    let consolidation = Some(ConsolidationPolicy { account: None, above });
    policy(HotWalletPolicy { consolidation, ..HotWalletPolicy::default() })
}

/// What expires within so many seconds is claimed; everything goes to account 0, and above 16 outputs are put together.
fn claiming(within: u32) -> PaymentPolicy {
    let claim = Some(ClaimPolicy { within: Some(within), least: Amount::ZERO });
    policy(HotWalletPolicy { claim, sweep: Some(SweepPolicy::into(0)), ..consolidating(16).hot_wallet })
}

type Told = Arc<Mutex<Vec<ConsolidationStatus>>>;

/// A wallet of this policy whose threads do not run, and what it tells of crowds.
fn world(policy: PaymentPolicy, amounts: &[u64]) -> (World, Told) {
    let told = Told::default();
    let heard = Arc::clone(&told);
    let world = World::stopped(amounts).reopened_by(policy, |ports| {
        ports.bus.subscribe(Box::new(move |notice| {
            if let Notice::Consolidation(status) = &**notice {
                heard.lock().unwrap().push(status.clone());
            }
        }));
    });
    (world, told)
}

impl World {
    fn tend(&self) {
        self.wallet.payments.tend().unwrap();
    }

    fn open(&self) -> Vec<Payment> {
        let all = self.wallet.payments.page(None, None, 1_000).unwrap();
        all.into_iter().filter(|payment| payment.state.is_open()).collect()
    }

    /// What it made and is not confirmed, and how many inputs each has.
    fn made(&self) -> Vec<(u32, OutputRole, usize)> {
        let of = |payment: &Payment| (payment.account, payment.outputs[0].role, payment.inputs.len());
        self.open().iter().map(of).collect()
    }

    /// The accounts with a transaction of a role, by index.
    fn accounts_with(&self, role: OutputRole) -> Vec<u32> {
        let mut accounts: Vec<u32> =
            self.made().into_iter().filter(|made| made.1 == role).map(|(account, ..)| account).collect();
        accounts.sort_unstable();
        accounts
    }

    /// Twelve accounts in all.
    fn open_twelve(&self) {
        for alias in ["c", "d", "e", "f", "g", "h", "i", "j", "k", "l"] {
            self.open_account(alias);
        }
    }

    /// What an account can claim until a time.
    fn offer(&self, account: u32, amount: u64, end: u32) {
        self.book(account, expiring(&self.address(account), amount, end), OutputClass::Held);
    }

    fn confirm_all(&self) {
        for payment in self.open() {
            self.confirm(&payment);
        }
    }

    fn reason(&self) -> Option<String> {
        self.wallet.payments.hot_health().reason
    }
}

#[test]
fn what_customers_pay_in_goes_to_the_hot_account_by_itself() {
    let (world, _) = world(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), &[5 * M]);
    for amount in [2, 1, 3] {
        world.fund(1, amount * M);
    }
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Sweep, 2)], "the largest first, as many as allowed");
    assert_eq!(world.open()[0].outputs[0].amount, Amount::new(5 * M));
    // one at a time
    world.tend();
    assert_eq!(world.made().len(), 1);
    world.confirm_all();
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Sweep, 1)]);
    world.confirm_all();
    world.tend();
    assert_eq!((world.made().len(), world.wallet.holdings(0).plain), (0, Amount::new(11 * M)));
}

#[test]
fn nothing_is_done_before_the_release_of_a_search() {
    let (world, _) = world(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), &[]);
    for amount in [2, 1, 3] {
        world.fund(1, amount * M);
    }
    world.searched(false);
    world.tend();
    assert_eq!(world.made(), []);
    assert!(world.reason().unwrap().contains("the seed was searched"));
    world.searched(true);
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Sweep, 2)]);
}

#[test]
fn a_restart_goes_on_and_the_thread_looks_after_milestones() {
    let (world, _) = world(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), &[]);
    for _ in 0..4 {
        world.fund(1, M);
    }
    world.tend();
    let first = world.open().remove(0);
    let world = world.reopened_by(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), |_| {});
    world.wallet.payments.start().unwrap();
    world.await_payment(&first, |payment| payment.state == PaymentState::Submitted);
    assert_eq!(world.open().len(), 1, "it knows of the one that is on its way");
    world.confirm(&first);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while world.open().is_empty() {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let second = world.open().remove(0);
    assert_eq!(second.inputs.len(), 2);
    world.confirm(&second);
    assert_eq!(world.wallet.holdings(0).plain, Amount::new(4 * M));
}

#[test]
fn what_a_sweep_policy_excludes_stays() {
    let nothing = [
        SweepPolicy { least: Amount::new(2 * M), ..SweepPolicy::into(0) },
        SweepPolicy { min_count: 3, ..SweepPolicy::into(0) },
        SweepPolicy { min_age: 2, ..SweepPolicy::into(0) },
        SweepPolicy { min_age_seconds: 2, ..SweepPolicy::into(0) },
        SweepPolicy { from: SweepSource::Accounts(vec![0, 7]), ..SweepPolicy::into(0) },
        SweepPolicy::into(1),
        // an account that does not exist yet
        SweepPolicy::into(9),
    ];
    for sweep in nothing {
        let (world, _) = world(sweeping(sweep.clone()), &[]);
        world.fund(1, M);
        world.milestone(vec![], vec![]);
        world.fund(1, M);
        world.tend();
        assert_eq!(world.made(), [], "{sweep:?}");
        if sweep.min_age + sweep.min_age_seconds > 0 {
            world.milestone(vec![], vec![]);
            world.tend();
            assert_eq!(world.made(), [(0, OutputRole::Sweep, 1)], "the older one");
        }
    }
}

#[test]
fn each_account_has_its_turn() {
    let (world, _) = world(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), &[]);
    let third = world.open_account("carol");
    for account in [1, 1, 1, 1, 1, third, third] {
        world.fund(account, M);
    }
    let from: Vec<u32> = (0..4)
        .map(|_| {
            world.tend();
            let input = world.open()[0].inputs[0].output_id;
            world.confirm_all();
            world.wallet.read(|conn| output::by_id(conn, &input)).unwrap().key.account
        })
        .collect();
    assert_eq!(from, [1, third, 1, 1], "an account that always has more does not keep the others waiting");
    world.tend();
    assert_eq!((world.made(), world.wallet.holdings(0).plain), (vec![], Amount::new(7 * M)));
}

#[test]
fn what_a_payment_has_chosen_is_not_swept_and_does_not_count() {
    let (world, _) = world(sweeping(SweepPolicy { max_count: 2, ..SweepPolicy::into(0) }), &[]);
    for _ in 0..3 {
        world.fund(1, M);
    }
    let taken = SendRequest { account: 1, ..paying(M) };
    let prepared = world.wallet.payments.prepare(taken, 60_000).unwrap();
    world.tend();
    let swept = world.open().remove(0);
    assert_eq!(swept.inputs.len(), 2);
    assert!(!swept.inputs.contains(&prepared.inputs[0]));
}

#[test]
fn nothing_is_swept_from_an_account_whose_withdrawals_wait() {
    let (world, _) = world(sweeping(SweepPolicy::into(0)), &[]);
    world.fund(1, 2 * M);
    let waits = vec![request("waits", 5 * M)];
    world.wallet.payments.withdraw(1, waits).unwrap().remove(0).unwrap();
    world.tend();
    assert_eq!(world.made(), []);
    world.wallet.payments.cancel_withdrawal("waits").unwrap();
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Sweep, 1)]);
}

#[test]
fn nor_from_one_whose_withdrawals_wait_for_people() {
    let rules = [
        PaymentRules { review: true, ..PaymentRules::default() },
        PaymentRules { approval_from: Some(Amount::new(M)), ..PaymentRules::default() },
    ];
    for rules in rules {
        let world = World::stopped(&[]).ruled(rules);
        world.fund(1, 7 * M);
        world.wallet.payments.withdraw(1, vec![request("waits", 5 * M)]).unwrap().remove(0).unwrap();
        let world = world.reopened_by(sweeping(SweepPolicy::into(0)), |_| {});
        world.tend();
        assert_eq!(world.made(), [], "{:?}", world.withdrawal("waits").state);
        world.wallet.payments.refuse("waits", "ann", "no").unwrap();
        world.tend();
        assert_eq!(world.made(), [(0, OutputRole::Sweep, 1)]);
    }
}

#[test]
fn one_account_that_cannot_be_helped_does_not_hold_up_the_others() {
    let (world, _) = world(consolidating(16), &[M; 17]);
    for _ in 0..17 {
        world.fund(1, M);
    }
    world.wallet.fail_change(Some(0));
    world.tend();
    assert_eq!(world.made(), [(1, OutputRole::Consolidation, 8)]);
    let reason = world.reason().unwrap();
    assert!(reason.starts_with("account 0: "), "{reason}");
    world.wallet.fail_change(None);
    world.tend();
    assert_eq!((world.made().len(), world.reason()), (2, None));
}

#[test]
fn an_account_with_too_many_outputs_is_consolidated_the_smallest_first_and_never_all_of_it() {
    let (world, _) = world(consolidating(16), &[M; 17]);
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Consolidation, 8)], "at most half of what there is");
    assert_eq!(world.wallet.payments.available(0).unwrap(), Amount::new(9 * M));
    world.tend();
    assert_eq!(world.made().len(), 1, "one at a time");
    // what is left can be paid with meanwhile
    world.send(paying(9 * M)).unwrap();
    world.confirm_all();
    world.tend();
    assert_eq!(world.made(), [], "few enough");
}

#[test]
fn as_many_outputs_as_are_to_be_ready_are_not_too_many() {
    let (world, _) = world(PaymentPolicy { ready_outputs: 30, ..consolidating(16) }, &[M; 40]);
    world.tend();
    assert_eq!(world.made(), []);
    world.fund(0, M);
    for _ in 0..20 {
        world.fund(0, M);
    }
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Consolidation, 30)]);
}

#[test]
fn a_withdrawal_that_can_be_paid_goes_before_a_consolidation() {
    let (world, _) = world(consolidating(16), &[M; 20]);
    world.withdraw(&[("k", 15 * M)]);
    world.tend();
    assert_eq!(world.made(), []);
    world.wallet.payments.pay_now();
    world.confirm_all();
    assert_eq!(world.withdrawal("k").state, WithdrawalState::Confirmed);
    // one that cannot be paid with all there is holds up nothing
    for _ in 0..20 {
        world.fund(0, M);
    }
    world.withdraw(&[("large", 500 * M)]);
    world.tend();
    assert_eq!(world.made()[0].1, OutputRole::Consolidation);
}

#[test]
fn a_payment_that_needs_too_many_inputs_says_so_and_is_made_possible() {
    let (world, told) = world(consolidating(5_000), &[M; 300]);
    assert_eq!(world.send(paying(200 * M)).unwrap_err().kind(), ErrorKind::TooManyInputs);
    world.withdraw(&[("k", 200 * M)]);
    world.wallet.payments.pay_now();
    assert!(world.withdrawal("k").reason.unwrap().contains("consolidate first"));
    world.tend();
    {
        let told = told.lock().unwrap();
        let [status] = &told[..] else { panic!("{told:?}") };
        assert_eq!((status.account, status.required, status.outputs), (0, true, 300));
        assert_eq!((status.available, status.payable), (Amount::new(300 * M), Amount::new(128 * M)));
    }
    assert_eq!(world.wallet.payments.hot_health().crowded, 1);
    assert_eq!(world.made(), [(0, OutputRole::Consolidation, 128)]);
    world.confirm_all();
    world.wallet.payments.pay_now();
    assert_eq!(world.withdrawal("k").state, WithdrawalState::Signed);
    world.confirm_all();
    world.tend();
    let told = told.lock().unwrap();
    assert_eq!((told.len(), told[1].required), (2, false));
    assert_eq!(world.wallet.payments.hot_health().crowded, 0);
}

#[test]
fn a_policy_with_a_time_claims_what_would_soon_be_lost_and_leaves_alone_what_does_not_expire() {
    let claim = Some(ClaimPolicy { within: Some(1_000), least: Amount::new(M / 2) });
    let (world, _) = world(policy(HotWalletPolicy { claim, ..HotWalletPolicy::default() }), &[]);
    let alice = world.address(0);
    let end = 1_700_000_001 + 1_001;
    let soon = world.book(0, expiring(&alice, M, end), OutputClass::Held);
    world.book(0, expiring(&alice, M / 2 - 1, end), OutputClass::Held);
    world.book(1, expiring(&world.address(1), M, end + 1), OutputClass::Held);
    world.book(0, returning(&alice, M, M / 4), OutputClass::Held);
    world.tend();
    assert_eq!(world.made(), [], "there is time");
    world.milestone(vec![], vec![]);
    world.tend();
    world.tend();
    assert_eq!(world.made(), [(0, OutputRole::Claim, 1)]);
    assert_eq!(world.open()[0].inputs[0].output_id, soon);
}

#[test]
fn claims_of_many_accounts_leave_a_slot_for_a_sweep_and_one_for_a_consolidation() {
    let all = HotWalletPolicy { claim: Some(ClaimPolicy::default()), ..claiming(0).hot_wallet };
    let (world, _) = world(policy(all), &[]);
    world.open_twelve();
    for account in 0..12 {
        world.book(account, returning(&world.address(account), M, M / 4), OutputClass::Held);
    }
    world.flood(1, 17, M);
    let kinds = [OutputRole::Claim, OutputRole::Consolidation, OutputRole::Sweep];
    let mut looks = Vec::new();
    for _ in 0..4 {
        world.tend();
        looks.push(kinds.map(|kind| world.accounts_with(kind)));
        world.confirm_all();
    }
    let (first, second) = (vec![0, 1, 2, 3, 4, 5], vec![6, 7, 8, 9, 10, 11]);
    let expected: [[Vec<u32>; 3]; 4] =
        [[first, vec![1], vec![0]], [second, vec![], vec![0]], [vec![], vec![], vec![0]], [vec![], vec![], vec![]]];
    assert_eq!(looks, expected);
    assert_eq!(world.wallet.holdings(0).plain, Amount::new(17 * M + 12 * (M - M / 4)));
}

#[test]
fn what_comes_to_an_account_for_ever_keeps_it_neither_from_a_sweep_nor_from_a_consolidation() {
    let (world, _) = world(claiming(50_000), &[M; 17]);
    world.fund(1, M);
    let looks = [(); 3].map(|()| {
        world.offer(0, M, NOW + 40_000);
        world.tend();
        let mut roles: Vec<OutputRole> = world.made().iter().map(|made| made.1).collect();
        roles.sort_unstable();
        world.confirm_all();
        roles
    });
    let [first, second, third] = looks;
    assert_eq!(first, [OutputRole::Consolidation, OutputRole::Claim]);
    assert_eq!(second, [OutputRole::Sweep, OutputRole::Claim]);
    assert_eq!(third, [OutputRole::Claim]);
}

#[test]
fn what_would_be_lost_first_is_claimed_first() {
    for within in [Some(1_000), None] {
        let claim = Some(ClaimPolicy { within, least: Amount::ZERO });
        let (world, _) = world(policy(HotWalletPolicy { claim, ..HotWalletPolicy::default() }), &[]);
        world.open_twelve();
        for account in 0..12 {
            world.offer(account, M, NOW + 900 - 10 * account);
        }
        world.tend();
        assert_eq!(world.accounts_with(OutputRole::Claim), [6, 7, 8, 9, 10, 11], "{within:?}");
    }
}

#[test]
fn nothing_is_lost_since_outputs_that_expire_sooner_come_to_other_accounts_for_ever() {
    let (world, _) = world(claiming(3_000), &[]);
    world.open_twelve();
    world.offer(11, M, NOW + 2_900);
    let claimed = (0..4).any(|_| {
        for account in 0..11 {
            world.offer(account, M, NOW + 1_000);
        }
        world.tend();
        let claimed = world.accounts_with(OutputRole::Claim).contains(&11);
        world.confirm_all();
        claimed
    });
    assert!(claimed);
}

#[test]
fn sweeps_into_an_account_and_its_consolidations_take_turns() {
    let (world, _) = world(claiming(0), &[M; 60]);
    world.fund(1, M);
    let looks = [(); 3].map(|()| {
        world.tend();
        let made = world.made();
        world.confirm_all();
        made
    });
    let consolidated = vec![(0, OutputRole::Consolidation, 30)];
    assert_eq!(looks, [consolidated.clone(), vec![(0, OutputRole::Sweep, 1)], consolidated]);
}

#[test]
fn accounts_that_have_too_many_outputs_for_long_do_not_keep_others_waiting() {
    let (world, _) = world(consolidating(16), &[]);
    world.open_twelve();
    for account in 0..10 {
        world.flood(account, 40, M);
    }
    let looks = [(); 2].map(|()| {
        world.tend();
        let accounts = world.accounts_with(OutputRole::Consolidation);
        world.confirm_all();
        accounts
    });
    assert_eq!(looks, [vec![0, 1, 2, 3, 4, 5], vec![0, 1, 6, 7, 8, 9]]);
}

#[test]
fn a_wallet_without_a_policy_tells_of_crowds_and_moves_nothing() {
    let hot = HotWalletPolicy { crowded: 130, ..HotWalletPolicy::default() };
    let (world, told) = world(policy(hot), &[M; 130]);
    world.tend();
    assert_eq!(told.lock().unwrap().len(), 0);
    world.fund(0, M);
    for _ in 0..3 {
        world.tend();
    }
    assert_eq!((told.lock().unwrap().len(), world.made()), (1, vec![]));
    assert_eq!(world.reason(), None);
}

#[test]
fn nothing_is_done_while_something_stands_in_the_way_and_health_says_what() {
    let (world, _) = world(sweeping(SweepPolicy::into(0)), &[]);
    world.fund(1, M);
    let waits = |part: &str| {
        world.tend();
        let reason = world.reason().unwrap();
        assert!(reason.contains(part), "{reason}");
        assert_eq!(world.made(), []);
    };
    let bus = &world.wallet.payments.ports.bus;
    let status = |state| bus.publish(Notice::Sync(SyncStatus { state, ..SyncStatus::default() }));
    status(SyncState::CatchingUp);
    waits("catches up");
    status(SyncState::Gap);
    waits("gap");
    status(SyncState::Synced);
    let before = Gap { cursor: MilestoneIndex(1), pruned_to: MilestoneIndex(9) };
    world.wallet.store.writer().commit(move |tx| gap::begin(tx, &before)).unwrap();
    waits("repair first");
    world.wallet.store.writer().commit(|tx| crate::store::meta::remove(tx, crate::store::MetaKey::Gap)).unwrap();
    // a vault whose time is over
    world.wallet.lock(true);
    world.tend();
    assert_eq!(world.made(), []);
    world.wallet.lock(false);
    world.tend();
    assert_eq!((world.reason(), world.made()), (None, vec![(0, OutputRole::Sweep, 1)]));
}

#[test]
fn a_flood_of_ten_thousand_outputs_does_not_stop_withdrawals() {
    let (world, told) = world(consolidating(1_000), &[500 * M, 500 * M]);
    world.flood(0, 10_000, 50_000);
    for round in 0..3 {
        let key = format!("k{round}");
        world.withdraw(&[(&key, M)]);
        world.wallet.payments.pay_now();
        let batch = world.payment_of(&key);
        assert!(batch.inputs.len() <= 2, "{} inputs", batch.inputs.len());
        world.tend();
        assert!(world.made().contains(&(0, OutputRole::Consolidation, 128)), "{:?}", world.made());
        world.confirm_all();
    }
    assert_eq!(world.wallet.holdings(0).output_count, 10_002 - 3 * 127);
    assert_eq!(told.lock().unwrap().len(), 1);
}

#[test]
fn a_flood_of_ten_thousand_outputs_stops_neither_payments_nor_full_batches() {
    let world = World::stopped(&[500 * M, 500 * M]);
    world.flood(0, 10_000, 50_000);
    let least = |payment: &Payment| payment.inputs.iter().filter(|input| input.amount.units() == 50_000).count();
    for _ in 0..3 {
        let payment = world.send(paying(M)).unwrap();
        assert_eq!((payment.inputs.len(), least(&payment)), (9, 8));
        world.confirm(&payment);
    }
    let keys: Vec<String> = (0..127).map(|number| format!("k{number}")).collect();
    world.withdraw(&keys.iter().map(|key| (&**key, M)).collect::<Vec<_>>());
    world.wallet.payments.pay_now();
    let batch = world.payment_of("k126");
    assert_eq!((batch.inputs.len(), least(&batch)), (9, 8), "one that pays, and eight of the flood");
    assert_eq!(batch.outputs.len(), 128);
}

#[test]
fn every_question_is_answered_from_an_index() {
    let (world, _) = world(PaymentPolicy::default(), &[]);
    let plan = |sql: &str| {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let read = |conn: &rusqlite::Connection| {
            let mut statement = conn.prepare(&explain)?;
            let rows = statement.query_map([], |row| row.get::<_, String>(3))?;
            Ok(rows.collect::<Result<Vec<_>, _>>()?.join("; "))
        };
        world.wallet.read(read)
    };
    let free = "class = 'plain' AND spent_index IS NULL AND locked_by IS NULL";
    let found = plan(&format!(
        "SELECT raw FROM output INDEXED BY output_idle WHERE {free}
         AND account = 1 AND milestone_index <= 3 AND amount >= 5
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = 1 AND stage = 'requested')
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = 1 AND stage = 'awaitingReview')
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = 1 AND stage = 'awaitingApproval')
         ORDER BY milestone_index, amount DESC"
    ));
    assert!(!found.contains("TEMP B-TREE"), "{found}");
    assert!(found.contains("SEARCH output USING INDEX output_idle (account=? AND milestone_index<?)"), "{found}");
    assert!(found.contains("withdrawal_requested"), "{found}");
    assert!(found.contains("withdrawal_review_account") && found.contains("withdrawal_approval_account"), "{found}");
    let found = plan(&format!(
        "SELECT account FROM output INDEXED BY output_idle WHERE {free} AND account > 1 ORDER BY account LIMIT 1"
    ));
    assert!(!found.contains("TEMP B-TREE"), "{found}");
    assert!(found.contains("SEARCH output USING INDEX output_idle (account>?)"), "{found}");
    let found =
        plan("SELECT account FROM account INDEXED BY account_crowded WHERE output_count > 16 AND output_count > 1000");
    assert!(found.contains("account_crowded (output_count>?)"), "{found}");
    // they are asked as they are planned
    world.wallet.read(|conn| hot::crowded(conn, 5));
}

#[derive(Clone, Debug)]
enum Op {
    Fund(u32, u64),
    Offer(u32, u64),
    Withdraw(u64),
    Tend,
    Pay,
    Confirm(prop::sample::Index),
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0u32..2, 1u64..9).prop_map(|(account, amount)| Op::Fund(account, amount * M / 2)),
        2 => (0u32..2, 1u64..9).prop_map(|(account, amount)| Op::Offer(account, amount * M / 2)),
        2 => (1u64..12).prop_map(|amount| Op::Withdraw(amount * M / 2)),
        4 => Just(Op::Tend),
        3 => Just(Op::Pay),
        3 => any::<prop::sample::Index>().prop_map(Op::Confirm),
        1 => Just(Op::Restart),
    ]
}

fn automatic(payment: &Payment) -> bool {
    matches!(payment.outputs[0].role, OutputRole::Sweep | OutputRole::Consolidation | OutputRole::Claim)
}

/// What a hot wallet with everything switched on may never do.
fn check(world: &World) {
    let open = world.open();
    for account in 0..2 {
        let own = open.iter().filter(|payment| payment.account == account && automatic(payment));
        let (claims, moves): (Vec<_>, Vec<_>) = own.partition(|payment| payment.outputs[0].role == OutputRole::Claim);
        assert!(claims.len() <= 1 && moves.len() <= 1, "at a time for account {account}: {claims:?}, {moves:?}");
    }
    for payment in open.iter().filter(|payment| automatic(payment)) {
        assert_eq!((payment.outputs.len(), payment.outputs[0].ours.is_some()), (1, true), "it stays in the wallet");
        let paid: u64 = payment.inputs.iter().map(|input| input.amount.units()).sum();
        assert_eq!(payment.outputs[0].amount, Amount::new(paid));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_history_lets_payments_starve(history in prop::collection::vec(op(), 1..48)) {
        let all = PaymentPolicy {
            hot_wallet: HotWalletPolicy {
                sweep: Some(SweepPolicy { min_count: 2, ..SweepPolicy::into(0) }),
                ..claiming(50_000).hot_wallet
            },
            ..consolidating(0)
        };
        let (mut world, _) = world(all.clone(), &[M; 18]);
        let mut number = 0;
        for op in history {
            match op {
                Op::Fund(account, amount) => {
                    world.fund(account, amount);
                }
                Op::Offer(account, amount) => world.offer(account, amount, NOW + 40_000),
                Op::Withdraw(amount) => {
                    number += 1;
                    world.withdraw(&[(&format!("k{number}"), amount)]);
                }
                Op::Tend => {
                    let free = world.wallet.payments.available(0).unwrap().units();
                    let waits = world.wallet.read(|conn| crate::store::withdrawal::waiting(conn, 0, Amount::new(free), 1));
                    world.tend();
                    let left = world.wallet.payments.available(0).unwrap().units();
                    prop_assert!(left * 2 >= free, "{free} before and {left} after");
                    prop_assert!(waits.is_empty() || left == free, "what a withdrawal needs is left alone");
                }
                Op::Pay => world.wallet.payments.pay_now(),
                Op::Confirm(which) => {
                    let open = world.open();
                    if !open.is_empty() {
                        world.confirm(which.get(&open));
                    }
                }
                Op::Restart => world = world.reopened_by(all.clone(), |_| {}),
            }
            check(&world);
        }
        // every withdrawal that the money allows is paid within a few milestones, however busy the hot wallet is
        for _ in 0..12 {
            world.tend();
            world.wallet.payments.pay_now();
            world.confirm_all();
            check(&world);
        }
        let free = world.wallet.payments.available(0).unwrap();
        for withdrawal in world.wallet.payments.withdrawals(None, None, 1_000).unwrap() {
            let done = withdrawal.state == WithdrawalState::Confirmed;
            prop_assert!(done || withdrawal.amount.units() + M > free.units(), "{withdrawal:?} with {free}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_hot_wallet_that_sweeps_consolidates_and_splits_becomes_quiet(
        history in prop::collection::vec(op(), 1..32),
        ready_outputs in 2usize..12,
        above in 0usize..24,
    ) {
        let all = PaymentPolicy {
            ready_outputs,
            hot_wallet: HotWalletPolicy {
                consolidation: consolidating(above).hot_wallet.consolidation,
                ..claiming(50_000).hot_wallet
            },
            ..consolidating(above)
        };
        let (mut world, _) = world(all.clone(), &[M; 18]);
        // it withdraws
        world.withdraw(&[("first", M)]);
        world.wallet.payments.pay_now();
        for (number, op) in history.into_iter().enumerate() {
            match op {
                Op::Fund(account, amount) => {
                    world.fund(account, 10 * amount);
                }
                Op::Offer(account, amount) => world.offer(account, amount, NOW + 40_000),
                Op::Withdraw(amount) => drop(world.withdraw(&[(&format!("k{number}"), amount)])),
                Op::Tend => world.tend(),
                Op::Pay => world.wallet.payments.pay_now(),
                Op::Confirm(which) => {
                    let open = world.open();
                    if !open.is_empty() {
                        world.confirm(which.get(&open));
                    }
                }
                Op::Restart => world = world.reopened_by(all.clone(), |_| {}),
            }
        }
        let mut rounds = 0;
        loop {
            world.tend();
            world.wallet.payments.pay_now();
            if world.open().is_empty() {
                break;
            }
            world.confirm_all();
            rounds += 1;
            prop_assert!(rounds < 24, "still {:?}", world.made());
        }
        // and what came back in pieces is no crowd
        let limit = u64::try_from(above.max(2 * ready_outputs).max(16)).unwrap();
        prop_assert!(world.wallet.read(|conn| hot::free(conn, 0, 1_000)) <= limit);
    }
}
