//! Claims of conditional outputs: who gets what, what is credited, and what becomes of a claim that comes too late.

use super::{
    conditions::{World, stranger},
    *,
};
use crate::{
    ledger::{Address, AddressCodec},
    manager::WalletError,
    payments::{CLAIM_MARGIN, MicroAmount, Payment, PaymentError, PaymentRef, PaymentState, SendOptions, Unclaimable},
    stardust::Stardust,
    store::payment::{OutputRole, PaymentOutputRow},
    testing::{OutputBuilder, address},
};

const M: u64 = 1_000_000;

impl World {
    fn claim(&self, outputs: &[OutputId]) -> Result<Option<Payment>, WalletError> {
        self.wallet.manager.claim(&self.accounts[0], outputs)
    }

    pub(super) fn claimable(&self) -> Vec<OutputId> {
        let page = self.wallet.manager.claimable(&self.accounts[0], None, 1_000).unwrap();
        page.items.into_iter().map(|output| output.output_id).collect()
    }

    /// A milestone that applies the payment.
    pub(super) fn include(&self, seconds: u32, payment: &Payment) {
        let outputs = payment.outputs.iter().map(|output| {
            let built = OutputBuilder::plain(0, output.address, output.amount.units());
            built.id(payment.transaction_id, output.output_id).build()
        });
        let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
        self.milestone(seconds, outputs.collect(), spent);
    }

    pub(super) fn state(&self, payment: &Payment) -> PaymentState {
        self.wallet.manager.payment(&PaymentRef::Transaction(payment.transaction_id)).unwrap().state
    }

    /// What can be paid at all can be paid now.
    fn pay(&self, amount: u64) -> Result<Payment, WalletError> {
        let payees = vec![(Stardust.format(&stranger(), "rms"), Amount::new(amount))];
        self.wallet.manager.send_amount(&self.accounts[0], payees, SendOptions::default())
    }
}

fn amounts(payment: &Payment) -> Vec<(OutputRole, Address, u64)> {
    payment.outputs.iter().map(|output| (output.role, output.address, output.amount.units())).collect()
}

#[test]
fn a_claim_gives_the_storage_deposit_back_and_credits_the_rest_once() {
    let world = World::new();
    let alice = world.ours[0];
    let given = OutputBuilder::plain(1, alice, M).returning(300_000, stranger()).build();
    world.milestone(10, vec![given.clone()], vec![]);
    assert_eq!(
        (world.told(0), world.claimable()),
        (vec![format!("new alice held external 0 {M}/{M}")], vec![given.id])
    );
    let claim = world.claim(&[]).unwrap().unwrap();
    let expected = [(OutputRole::Claim, alice, 700_000), (OutputRole::DepositReturn, stranger(), 300_000)];
    assert_eq!(amounts(&claim), expected);
    assert_eq!(claim.inputs[0].output_id, given.id);
    // reserved, and in no balance that can be spent
    assert!(world.outputs(0)[0].locked);
    assert_eq!((world.balance(0), world.claimable(), world.claim(&[]).unwrap()), ((0, M), vec![], None));
    assert_eq!(kind(world.claim(&[given.id])), ErrorKind::InputLocked);
    assert_eq!(
        kind(world.wallet.manager.cancel(&PaymentRef::Transaction(claim.transaction_id))),
        ErrorKind::InvalidArgument
    );
    let before = world.told(0).len();
    world.include(20, &claim);
    assert_eq!(world.state(&claim), PaymentState::Confirmed);
    let told = [
        "new alice plain claim 700000 700000/700000",
        "spent alice 700000/700000",
        "deposit alice claim 700000",
        "transactionInclusion",
    ];
    assert_eq!(world.told(before), told);
    world.tick(30);
    assert_eq!(world.told(before), told, "once");
    assert_eq!(world.balance(0), (700_000, 0));
    world.pay(700_000).unwrap();
}

#[test]
fn an_expiring_output_is_claimed_until_shortly_before_its_end() {
    let world = World::new();
    let end = CLAIM_MARGIN + 100;
    let offered = OutputBuilder::plain(1, world.ours[0], M).expiring(world.time(end), stranger()).build();
    world.milestone(10, vec![offered.clone()], vec![]);
    world.tick(100);
    let error = world.claim(&[offered.id]).unwrap_err();
    let WalletError::Payment(PaymentError::NotClaimable { reason, .. }) = &error else { panic!("{error}") };
    assert_eq!((error.kind(), *reason), (ErrorKind::InputNotClaimable, Unclaimable::Expiring));
    assert_eq!((world.claimable(), world.claim(&[]).unwrap()), (vec![], None));

    let world = World::new();
    let offered = OutputBuilder::plain(1, world.ours[0], M).expiring(world.time(end), stranger()).build();
    world.milestone(10, vec![offered], vec![]);
    world.tick(99);
    let claim = world.claim(&[]).unwrap().unwrap();
    assert_eq!(amounts(&claim), [(OutputRole::Claim, world.ours[0], M)]);
    world.include(end - 1, &claim);
    for seconds in [end, end + 1] {
        world.tick(seconds);
    }
    assert_eq!((world.state(&claim), world.balance(0)), (PaymentState::Confirmed, (M, 0)));
    let deposits = world.told(0).into_iter().filter(|told| told.starts_with("deposit")).count();
    assert_eq!(deposits, 1);
}

#[test]
fn a_claim_that_comes_too_late_dies_and_nobody_is_suspected() {
    for spent in [false, true] {
        let world = World::new();
        let (alice, end) = (world.ours[0], CLAIM_MARGIN + 100);
        let offered = OutputBuilder::plain(1, alice, M).expiring(world.time(end), stranger()).build();
        let given = OutputBuilder::plain(2, alice, M).returning(300_000, address(5)).build();
        let plain = OutputBuilder::plain(3, alice, M).build();
        world.milestone(10, vec![offered.clone(), given.clone(), plain], vec![]);
        let claim = world.claim(&[]).unwrap().unwrap();
        assert_eq!(claim.inputs.len(), 2);
        world.tick(end - 1);
        assert!(world.state(&claim).is_open());
        // at its end it is the sender's again, who may take it in this very milestone
        world.milestone(end, vec![], if spent { vec![by(&offered, 9)] } else { vec![] });
        assert_eq!(world.state(&claim), PaymentState::Dead);
        assert_eq!(world.balance(0), (M, M));
        world.tick(end + 1);
        world.pay(M).unwrap();
        // what the claim held besides is free again
        assert_eq!(world.claimable(), [given.id]);
        let again = world.claim(&[]).unwrap().unwrap();
        world.include(end + 2, &again);
        assert_eq!(world.state(&again), PaymentState::Confirmed);
        assert_eq!(world.told(0).iter().filter(|told| told.starts_with("deposit")).count(), 2);
    }
}

#[test]
fn before_its_end_only_our_key_spends_what_we_claim() {
    let world = World::new();
    let offered = OutputBuilder::plain(1, world.ours[0], M).expiring(world.time(5_000), stranger()).build();
    let plain = OutputBuilder::plain(3, world.ours[0], M).build();
    world.milestone(10, vec![offered.clone(), plain], vec![]);
    let claim = world.claim(&[]).unwrap().unwrap();
    world.milestone(4_999, vec![], vec![by(&offered, 9)]);
    assert_eq!(world.state(&claim), PaymentState::Dead);
    assert_eq!(kind(world.pay(M)), ErrorKind::ForeignSigner);
}

#[test]
fn a_claimed_output_that_expires_to_another_account_is_free_there() {
    let world = World::new();
    let [alice, bob] = world.ours;
    let offered = OutputBuilder::plain(1, alice, M).expiring(world.time(5_000), bob).build();
    world.milestone(10, vec![offered], vec![]);
    let claim = world.claim(&[]).unwrap().unwrap();
    world.tick(5_000);
    assert_eq!((world.state(&claim), world.balance(0), world.balance(1)), (PaymentState::Dead, (0, 0), (M, 0)));
    assert!(!world.outputs(1)[0].locked);
    let payees = vec![(Stardust.format(&stranger(), "rms"), Amount::new(M))];
    world.wallet.manager.send_amount(&world.accounts[1], payees, SendOptions::default()).unwrap();
}

#[test]
fn one_output_for_an_address_and_one_for_each_who_gets_something_back() {
    let world = World::new();
    let alice = world.ours[0];
    let second = world.wallet.address(&world.accounts[0]);
    let give = |number, owner, amount, back, to| {
        OutputBuilder::plain(number, owner, amount).returning(back, address(to)).build()
    };
    let created = vec![
        give(1, alice, M, 300_000, 50),
        give(2, alice, 400_000, 300_000, 50),
        give(3, second, M, 300_000, 50),
        give(4, second, M, 250_000, 51),
        // less than an output must hold is left until more comes
        give(5, world.ours[1], 300_001, 300_000, 51),
    ];
    world.milestone(10, created, vec![]);
    let claim = world.claim(&[]).unwrap().unwrap();
    let expected = [
        (OutputRole::Claim, alice, 800_000),
        (OutputRole::Claim, second, 1_450_000),
        (OutputRole::DepositReturn, address(50), 900_000),
        (OutputRole::DepositReturn, address(51), 250_000),
    ];
    let mut made = amounts(&claim);
    made[..2].sort_by_key(|(.., amount)| *amount);
    made[2..].sort_by_key(|(.., amount)| std::cmp::Reverse(*amount));
    assert_eq!(made, expected);
    assert_eq!(world.wallet.manager.claim(&world.accounts[1], &[]).unwrap(), None);
    let small = world.outputs(1)[0].output_id;
    assert_eq!(kind(world.wallet.manager.claim(&world.accounts[1], &[small])), ErrorKind::StorageDepositTooLow);
    assert_eq!(kind(world.claim(&[small])), ErrorKind::InputNotOurs);
}

#[test]
fn a_claim_takes_127_outputs_and_the_largest_of_an_address() {
    let world = World::new();
    let given = |number: u32| {
        let amount = if number > 120 { M } else { 300_100 };
        OutputBuilder::plain(number, world.ours[0], amount).returning(300_000, stranger()).build()
    };
    let created: Vec<_> = (1..=200).map(given).collect();
    world.milestone(10, created.clone(), vec![]);
    let all: Vec<_> = created.iter().map(|output| output.id).collect();
    assert_eq!(kind(world.claim(&all[..128])), ErrorKind::TooManyInputs);
    assert_eq!(kind(world.claim(&[all[0], all[0]])), ErrorKind::InvalidArgument);
    let claim = world.claim(&[]).unwrap().unwrap();
    assert_eq!(claim.inputs.len(), 127);
    assert_eq!(claim.outputs[0].amount, Amount::new(80 * 700_000 + 47 * 100));
    // 73 small ones are left, which make no output yet
    assert_eq!((world.claimable().len(), world.claim(&[]).unwrap()), (73, None));
}

#[test]
fn what_is_not_ours_carries_assets_or_is_locked_is_not_claimed() {
    let world = World::new();
    let alice = world.ours[0];
    let created = vec![
        OutputBuilder::plain(1, stranger(), M).expiring(world.time(5_000), alice).build(),
        OutputBuilder::plain(2, alice, M).with_token().expiring(world.time(5_000), stranger()).build(),
        OutputBuilder::plain(3, alice, M).returning(300_000, stranger()).locked_until(world.time(50)).build(),
        OutputBuilder::plain(4, alice, M).build(),
        OutputBuilder::plain(5, alice, M).returning(M, stranger()).build(),
    ];
    world.milestone(10, created.clone(), vec![]);
    let told = |index: usize| kind(world.claim(&[created[index].id]));
    assert_eq!(told(0), ErrorKind::InputNotOurs);
    assert_eq!([1, 2, 3, 4].map(told), [ErrorKind::InputNotClaimable; 4]);
    assert_eq!((world.claimable(), world.claim(&[]).unwrap()), (vec![], None));
    world.tick(49);
    assert_eq!(world.claimable(), []);
    world.tick(50);
    assert_eq!(world.claimable(), [created[2].id]);
    let unknown = crate::testing::output_id(transaction_id(77), 0);
    assert_eq!(kind(world.claim(&[unknown])), ErrorKind::InputUnknown);
}

#[test]
fn what_was_no_deposit_when_it_came_becomes_none() {
    let node = crate::testing::ScriptedFeed::with_milestones(1);
    let directory = tempfile::tempdir().unwrap();
    let wallet = crate::testing::TestWallet::start(directory.path(), &node);
    let account = wallet.account("alice");
    let alice = wallet.address(&account);
    let own = OutputBuilder::plain(1, alice, M).build();
    node.ledger().milestone(vec![own.clone()], vec![]);
    wallet.sync();
    // another signer of the seed: an incident, not a deposit
    let given = OutputBuilder::plain(2, alice, M).returning(300_000, stranger()).build();
    node.ledger().milestone(vec![given.clone()], vec![by(&own, 2)]);
    wallet.sync();
    assert_eq!(kind(wallet.manager.claim(&account, &[given.id])), ErrorKind::ForeignSigner);
    forgive(&wallet);
    let claim = wallet.manager.claim(&account, &[given.id]).unwrap().unwrap();
    assert_eq!(claim.outputs[0].role, OutputRole::Consolidation);
}

#[test]
fn the_deposit_of_a_small_amount_comes_back_as_ours_and_never_as_a_deposit() {
    for claimed in [true, false] {
        let world = World::new();
        let funds = OutputBuilder::plain(1, world.ours[0], 5 * M).build();
        world.milestone(10, vec![funds], vec![]);
        let options = SendOptions { micro_amount: Some(MicroAmount::default()), ..SendOptions::default() };
        let payees = vec![(Stardust.format(&address(60), "rms"), Amount::new(10))];
        let payment = world.wallet.manager.send_amount(&world.accounts[0], payees, options).unwrap();
        let [given, rest] = &payment.outputs[..] else { panic!("{payment:?}") };
        let (back, end) = (given.deposit_return.unwrap().units(), given.expiration.unwrap());
        let built = |output: &PaymentOutputRow| {
            OutputBuilder::plain(0, output.address, output.amount.units()).id(payment.transaction_id, output.output_id)
        };
        let offer = built(given).returning(back, rest.address).expiring(end, rest.address).build();
        let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
        world.milestone(20, vec![offer.clone(), built(rest).build()], spent);
        let left = rest.amount.units();
        assert_eq!(world.balance(0), (left, 0));
        let before = world.told(0).len();
        let all = left + if claimed { back } else { back + 10 };
        if claimed {
            // with something for a customer's address in the same transaction, which is a deposit
            let returned = OutputBuilder::plain(70, rest.address, back).build();
            let deposit = OutputBuilder::plain(70, world.ours[1], M).index(1).build();
            world.milestone(30, vec![returned, deposit], vec![by(&offer, 70)]);
            let told = [
                format!("new alice plain ownReturn 0 {all}/{all}"),
                format!("new bob plain external {M} {M}/{M}"),
                format!("deposit bob external {M}"),
            ];
            assert_eq!(world.told(before), told);
        } else {
            world.tick(end.0 - world.time(0).0 - 1);
            assert_eq!((world.balance(0), world.told(before).len()), ((left, 0), 0));
            world.tick(end.0 - world.time(0).0);
            assert_eq!(world.told(before), [format!("returned alice plain ownReturn 0 {all}/{all}")]);
        }
        assert_eq!(world.balance(0), (all, 0));
    }
}

#[test]
fn a_small_amount_to_another_customer_is_credited_when_it_is_claimed() {
    let world = World::new();
    let [alice, bob] = world.ours;
    world.milestone(10, vec![OutputBuilder::plain(1, alice, 5 * M).build()], vec![]);
    let options = SendOptions { micro_amount: Some(MicroAmount::default()), ..SendOptions::default() };
    let text = Stardust.format(&bob, "rms");
    // together they are enough for an output
    let payees = (0..6).map(|_| (text.clone(), Amount::new(40_000))).collect();
    let payment = world.wallet.manager.send_amount(&world.accounts[0], payees, options).unwrap();
    let rest = payment.outputs.last().unwrap();
    let created = payment.outputs.iter().map(|output| {
        let built = OutputBuilder::plain(0, output.address, output.amount.units());
        let built = built.id(payment.transaction_id, output.output_id);
        match (output.deposit_return, output.expiration) {
            (Some(back), Some(end)) => built.returning(back.units(), rest.address).expiring(end, rest.address).build(),
            _ => built.build(),
        }
    });
    let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
    world.milestone(20, created.collect(), spent);
    let back = 6 * payment.outputs[0].deposit_return.unwrap().units();
    assert_eq!(world.balance(1), (0, back + 240_000));
    let claim = world.wallet.manager.claim(&world.accounts[1], &[]).unwrap().unwrap();
    let expected = [(OutputRole::Claim, bob, 240_000), (OutputRole::DepositReturn, rest.address, back)];
    assert_eq!(amounts(&claim), expected);
    world.include(30, &claim);
    assert_eq!((world.balance(0), world.balance(1)), ((5 * M - 240_000, 0), (240_000, 0)));
    let deposits: Vec<_> = world.told(0).into_iter().filter(|told| told.starts_with("deposit")).collect();
    assert_eq!(deposits, [format!("deposit alice external {}", 5 * M), "deposit bob claim 240000".to_owned()]);
}

#[test]
fn what_expires_in_favour_of_its_own_address_stays_claimed() {
    let world = World::new();
    let alice = world.ours[0];
    world.milestone(10, vec![OutputBuilder::plain(1, alice, M).expiring(world.time(5_000), alice).build()], vec![]);
    let claim = world.claim(&[]).unwrap().unwrap();
    world.tick(5_000);
    // ours and plain, and reserved by what the ledger can still apply
    assert!(world.state(&claim).is_open());
    assert_eq!(kind(world.pay(M)), ErrorKind::InsufficientFunds);
    world.include(5_001, &claim);
    assert_eq!((world.state(&claim), world.balance(0)), (PaymentState::Confirmed, (M, 0)));
    let deposits = world.told(0).into_iter().filter(|told| told.starts_with("deposit")).count();
    assert_eq!(deposits, 1);
}
