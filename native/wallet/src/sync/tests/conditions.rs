//! What timelocks and expirations make of outputs, by milestone time only.

use super::*;
use crate::{
    events::{LapseChange, OutputClass},
    ledger::{Address, UnixTime},
    manager::{AccountRef, OutputFilter, OutputInfo},
    payments::{PaymentPolicy, SendOptions},
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

/// Two accounts with an address each, and a ledger whose times the test sets.
pub(super) struct World {
    pub(super) node: ScriptedFeed,
    pub(super) wallet: TestWallet,
    directory: tempfile::TempDir,
    pub(super) accounts: [AccountRef; 2],
    pub(super) ours: [Address; 2],
    /// The time from which tests count.
    zero: u32,
}

pub(super) fn stranger() -> Address {
    address(1)
}

impl World {
    pub(super) fn new() -> Self {
        Self::paying(PaymentPolicy::default())
    }

    /// A wallet that pays, and looks after itself, by this policy.
    pub(super) fn paying(policy: PaymentPolicy) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let wallet = TestWallet::open_paying(directory.path(), &node, policy).unwrap();
        wallet.run(crate::manager::SeedOrigin::New);
        let accounts = ["alice", "bob"].map(|alias| wallet.account(alias));
        let ours = accounts.each_ref().map(|account| wallet.address(account));
        let zero = node.ledger().position().time.0;
        Self { node, wallet, directory, accounts, ours, zero }
    }

    /// Closed and opened again with this policy.
    pub(super) fn restarted(mut self, policy: PaymentPolicy) -> Self {
        self.wallet.manager.close();
        self.wallet = TestWallet::open_paying(self.directory.path(), &self.node, policy).unwrap();
        self.wallet.run(crate::manager::SeedOrigin::New);
        self.wallet.sync();
        self
    }

    pub(super) fn time(&self, seconds: u32) -> UnixTime {
        UnixTime(self.zero + seconds)
    }

    /// A milestone `seconds` after the beginning, applied.
    pub(super) fn milestone(&self, seconds: u32, created: Vec<LedgerOutput>, consumed: Vec<(OutputId, TransactionId)>) {
        self.node.ledger().milestone_at(self.time(seconds), created, consumed);
        self.wallet.sync();
    }

    /// An empty one.
    pub(super) fn tick(&self, seconds: u32) {
        self.milestone(seconds, vec![], vec![]);
    }

    /// What an account has available, and under conditions or with assets.
    pub(super) fn balance(&self, account: usize) -> (u64, u64) {
        let balance = self.wallet.manager.balance(&self.accounts[account]).unwrap();
        let on_addresses: u64 = self
            .wallet
            .manager
            .addresses(&self.accounts[account], None, None, 1_000)
            .unwrap()
            .items
            .iter()
            .map(|address| address.balance.units())
            .sum();
        assert_eq!(on_addresses, balance.total.units());
        let other = balance.total.units() - balance.available.units();
        let listed = self.outputs(account);
        assert_eq!(balance.output_count, u64::try_from(listed.len()).unwrap());
        (balance.available.units(), other)
    }

    /// The account's unspent outputs that are its own now.
    pub(super) fn outputs(&self, account: usize) -> Vec<OutputInfo> {
        let all = self.wallet.manager.outputs(&self.accounts[account], OutputFilter::Unspent, None, 1_000).unwrap();
        all.items.into_iter().filter(|output| output.class != OutputClass::Foreign).collect()
    }

    /// All events after the first `skip`, in words: kind, account, and what is said of the output.
    pub(super) fn told(&self, skip: usize) -> Vec<String> {
        self.wallet.events().iter().skip(skip).map(in_words).collect()
    }
}

fn in_words(event: &LedgerEvent) -> String {
    let balances = |own: &crate::events::OwnAddress| format!("{}/{}", own.address_balance, own.account_balance);
    match event {
        LedgerEvent::NewOutput(event) => format!(
            "new {} {} {} {} {}",
            event.own.alias,
            event.class.name(),
            event.origin.name(),
            event.creditable,
            balances(&event.own)
        ),
        LedgerEvent::SpentOutput(event) => format!("spent {} {}", event.own.alias, balances(&event.own)),
        LedgerEvent::OutputLapsed(event) => format!(
            "{} {} {} {} {} {}",
            event.change.name(),
            event.own.alias,
            event.class.name(),
            event.origin.name(),
            event.creditable,
            balances(&event.own)
        ),
        LedgerEvent::Deposit(event) => format!("deposit {} {} {}", event.own.alias, event.origin.name(), event.amount),
        other => other.kind().to_owned(),
    }
}

#[test]
fn a_timelock_ends_at_its_time_and_makes_a_deposit_once() {
    let world = World::new();
    let output = OutputBuilder::plain(1, world.ours[0], 100).locked_until(world.time(50)).build();
    world.milestone(10, vec![output.clone()], vec![]);
    assert_eq!(world.told(0), ["new alice held external 0 100/100"]);
    world.tick(49);
    assert_eq!((world.balance(0), world.told(1).len()), ((0, 100), 0));
    world.tick(50);
    assert_eq!(world.balance(0), (100, 0));
    let told = ["unlocked alice plain external 100 100/100", "deposit alice external 100"];
    assert_eq!(world.told(1), told);
    world.tick(51);
    assert_eq!(world.told(1), told, "once");
    // the deposit's key is the one that it would have had at once
    let log = world.wallet.log();
    let LedgerEvent::Deposit(deposit) = &log[2].event else { panic!("{log:?}") };
    assert_eq!(deposit.id, format!("73c83a0def445cfb:{}:deposit", output.id));
    assert_eq!(log[2].milestone_time, world.time(50));
    assert_eq!(world.outputs(0)[0].class, OutputClass::Plain);
}

#[test]
fn a_time_between_two_milestones_counts_at_the_later_one() {
    let world = World::new();
    let output = OutputBuilder::plain(1, world.ours[0], 100).locked_until(world.time(50)).build();
    let offered = OutputBuilder::plain(2, world.ours[0], 7).expiring(world.time(55), stranger()).build();
    world.milestone(10, vec![output, offered], vec![]);
    world.tick(40);
    assert_eq!(world.balance(0), (0, 107));
    world.tick(60);
    assert_eq!(world.balance(0), (100, 0));
    // the order of ids, whichever came first
    let told = ["unlocked alice plain external 100 100/100", "lost alice foreign external 0 100/100"];
    assert_eq!(world.told(2), [&told[..], &["deposit alice external 100"]].concat());
}

#[test]
fn what_is_unlocked_can_be_paid_with() {
    let world = World::new();
    let amount = 1_000_000;
    let output = OutputBuilder::plain(1, world.ours[0], amount).locked_until(world.time(50)).build();
    world.milestone(10, vec![output], vec![]);
    let to = world.wallet.manager.addresses(&world.accounts[1], None, None, 1).unwrap().items[0].address.clone();
    let pay = || {
        let payees = vec![(to.clone(), Amount::new(amount))];
        world.wallet.manager.send_amount(&world.accounts[0], payees, SendOptions::default())
    };
    assert_eq!(kind(pay()), ErrorKind::InsufficientFunds);
    world.tick(49);
    assert_eq!(kind(pay()), ErrorKind::InsufficientFunds);
    world.tick(50);
    let payment = pay().unwrap();
    assert_eq!(payment.inputs.len(), 1);
}

#[test]
fn what_others_let_expire_is_ours_and_never_a_deposit() {
    let world = World::new();
    let amount = 1_000_000;
    let output = OutputBuilder::plain(1, stranger(), amount).expiring(world.time(50), world.ours[0]).build();
    world.milestone(10, vec![output], vec![]);
    world.tick(49);
    assert_eq!((world.balance(0), world.told(0).len()), ((0, 0), 0));
    world.tick(50);
    assert_eq!(world.balance(0), (amount, 0));
    let told = [format!("returned alice plain ownReturn 0 {amount}/{amount}")];
    assert_eq!(world.told(0), told);
    world.tick(51);
    assert_eq!(world.told(0), told);
    assert!(world.wallet.manager.addresses(&world.accounts[0], None, None, 1).unwrap().items[0].used);
    // it can be spent, with the key of the return address
    let to = world.wallet.manager.addresses(&world.accounts[1], None, None, 1).unwrap().items[0].address.clone();
    let payees = vec![(to, Amount::new(amount))];
    let payment = world.wallet.manager.send_amount(&world.accounts[0], payees, SendOptions::default()).unwrap();
    assert_eq!(payment.inputs[0].address, world.ours[0]);
}

#[test]
fn what_we_let_expire_is_lost_and_never_spent() {
    let world = World::new();
    let amount = 1_000_000;
    let offered = OutputBuilder::plain(1, world.ours[0], amount).expiring(world.time(50), stranger()).build();
    let own = OutputBuilder::plain(2, world.ours[0], amount).build();
    world.milestone(10, vec![offered.clone(), own.clone()], vec![]);
    world.tick(49);
    assert_eq!((world.balance(0), world.told(0).len()), ((amount, amount), 3));
    world.tick(50);
    assert_eq!(world.balance(0), (amount, 0));
    assert_eq!(world.told(3), [format!("lost alice foreign external 0 {amount}/{amount}")]);
    // no selection finds it, and naming it does not help
    let to = crate::stardust::Stardust;
    let to = crate::ledger::AddressCodec::format(&to, &stranger(), "rms");
    let pay = |units, custom_inputs| {
        let options = SendOptions { custom_inputs, ..SendOptions::default() };
        world.wallet.manager.send_amount(&world.accounts[0], vec![(to.clone(), Amount::new(units))], options)
    };
    assert_eq!(kind(pay(2 * amount, vec![])), ErrorKind::InsufficientFunds);
    assert!(pay(amount, vec![offered.id]).is_err());
    assert_eq!(pay(amount, vec![]).unwrap().inputs[0].output_id, own.id);
    // its sender takes it back and pays us with the same transaction: a deposit
    let events = world.wallet.events().len();
    let deposit = OutputBuilder::plain(3, world.ours[0], 5).build();
    world.milestone(60, vec![deposit], vec![by(&offered, 3)]);
    let now = amount + 5;
    assert_eq!(
        world.told(events),
        [format!("new alice plain external 5 {now}/{now}"), "deposit alice external 5".into()]
    );
    // nobody waits for it any more, after a restart neither
    let World { wallet, node, directory, .. } = world;
    drop(wallet);
    let wallet = TestWallet::start(directory.path(), &node);
    let known = wallet.manager.outputs(&AccountRef::Index(0), OutputFilter::Unspent, None, 10).unwrap().items;
    assert!(known.iter().all(|output| output.output_id != offered.id));
}

#[test]
fn an_expiration_between_two_of_ours_moves_it() {
    let world = World::new();
    let [alice, bob] = world.ours;
    let apart = OutputBuilder::plain(1, alice, 10).expiring(world.time(50), bob).build();
    let same = OutputBuilder::plain(2, alice, 20).expiring(world.time(50), alice).build();
    world.milestone(10, vec![apart, same], vec![]);
    world.tick(49);
    assert_eq!((world.balance(0), world.balance(1)), ((0, 30), (0, 0)));
    world.tick(50);
    assert_eq!((world.balance(0), world.balance(1)), ((20, 0), (10, 0)));
    let told = [
        "lost alice foreign external 0 20/20",
        "returned bob plain ownReturn 0 10/10",
        "returned alice plain ownReturn 0 20/20",
    ];
    assert_eq!(world.told(2), told);
}

#[test]
fn the_strictest_condition_wins() {
    let world = World::new();
    let [alice, bob] = world.ours;
    let output = |number, lock: u32, end: u32, owner, back| {
        let built = OutputBuilder::plain(number, owner, 10u64.pow(number));
        built.locked_until(world.time(lock)).expiring(world.time(end), back).build()
    };
    let created = vec![
        // locked, then offered, then lost: never creditable
        output(1, 30, 50, alice, stranger()),
        // still locked when it is lost
        output(2, 50, 30, alice, stranger()),
        // ours at 30, and free at 50
        output(3, 50, 30, stranger(), bob),
        // a storage deposit return is the claimer's business, never creditable
        OutputBuilder::plain(4, alice, 10_000).returning(4_000, stranger()).locked_until(world.time(30)).build(),
        // which ends with the expiration
        OutputBuilder::plain(5, stranger(), 100_000).returning(4, stranger()).expiring(world.time(40), bob).build(),
    ];
    world.milestone(10, created, vec![]);
    assert_eq!((world.balance(0), world.balance(1)), ((0, 10_110), (0, 0)));
    world.tick(29);
    assert_eq!(world.told(3), Vec::<String>::new());
    world.tick(30);
    assert_eq!((world.balance(0), world.balance(1)), ((0, 10_010), (0, 1_000)));
    let at_30 = ["lost alice foreign external 0 10010/10010", "returned bob held ownReturn 0 1000/1000"];
    assert_eq!(world.told(3), at_30);
    world.tick(49);
    let at_49 = ["returned bob plain ownReturn 0 101000/101000"];
    assert_eq!((world.told(5), world.balance(1)), (at_49.map(str::to_owned).to_vec(), (100_000, 1_000)));
    world.tick(50);
    let at_50 = ["lost alice foreign external 0 10000/10000", "unlocked bob plain ownReturn 0 101000/101000"];
    assert_eq!(world.told(6), at_50);
    assert_eq!((world.balance(0), world.balance(1)), ((0, 10_000), (101_000, 0)));
}

#[test]
fn assets_are_never_base_coins() {
    let world = World::new();
    let alice = world.ours[0];
    let created = vec![
        OutputBuilder::plain(1, alice, 10).with_token().locked_until(world.time(30)).build(),
        OutputBuilder::plain(2, alice, 20).nft().expiring(world.time(30), stranger()).build(),
        OutputBuilder::plain(3, stranger(), 40).nft().expiring(world.time(30), alice).build(),
    ];
    world.milestone(10, created, vec![]);
    assert_eq!(world.balance(0), (0, 30));
    world.tick(30);
    assert_eq!(world.balance(0), (0, 50));
    let told = ["lost alice foreign external 0 50/50", "returned alice asset ownReturn 0 50/50"];
    assert_eq!(world.told(2), told);
    assert!(world.outputs(0).iter().all(|output| output.class == OutputClass::Asset));
}

#[test]
fn several_lapse_in_one_milestone_in_the_order_of_their_ids() {
    let world = World::new();
    let (alice, until) = (world.ours[0], world.time(50));
    let created = (1..=20).rev().map(|number| OutputBuilder::plain(number, alice, 1).locked_until(until).build());
    world.milestone(10, created.collect(), vec![]);
    world.tick(50);
    let log = world.wallet.events();
    let lapsed: Vec<_> = log
        .iter()
        .filter_map(|event| match event {
            LedgerEvent::OutputLapsed(event) => Some((event.output_id, event.change, event.own.address_balance)),
            _ => None,
        })
        .collect();
    assert_eq!(lapsed.len(), 20);
    assert!(lapsed.is_sorted_by_key(|(id, ..)| *id));
    assert!(lapsed.iter().all(|(_, change, balance)| (*change, balance.units()) == (LapseChange::Unlocked, 20)));
    assert_eq!(log.iter().filter(|event| matches!(event, LedgerEvent::Deposit(_))).count(), 20);
}

#[test]
fn what_is_spent_in_the_milestone_of_its_lapse_was_spent_by_its_owner_then() {
    let world = World::new();
    let alice = world.ours[0];
    let locked = OutputBuilder::plain(1, alice, 10).locked_until(world.time(50)).build();
    let offered = OutputBuilder::plain(2, alice, 20).expiring(world.time(50), stranger()).build();
    let coming = OutputBuilder::plain(3, stranger(), 40).expiring(world.time(50), alice).build();
    world.milestone(10, vec![locked.clone(), offered.clone(), coming.clone()], vec![]);
    let rest = |number, amount| OutputBuilder::plain(number, alice, amount).build();
    let created = vec![rest(11, 100), rest(12, 200), rest(13, 400)];
    world.milestone(50, created, vec![by(&locked, 11), by(&offered, 12), by(&coming, 13)]);
    // the second was the sender's again: what his transaction pays us is a deposit; the others spent ours
    let told = [
        "new alice plain unknownOwn 0 700/700",
        "new alice plain external 200 700/700",
        "new alice plain unknownOwn 0 700/700",
        "spent alice 700/700",
        "spent alice 700/700",
        "unlocked alice plain external 10 700/700",
        "lost alice foreign external 0 700/700",
        "returned alice plain ownReturn 0 700/700",
        "deposit alice external 10",
        "deposit alice external 200",
    ];
    let events = world.told(2);
    assert_eq!(events[..10], told);
    assert_eq!(world.balance(0), (700, 0));
}

#[test]
fn a_condition_that_is_over_when_the_output_arrives_is_none() {
    let world = World::new();
    let alice = world.ours[0];
    let created = vec![
        OutputBuilder::plain(1, alice, 10).locked_until(world.time(10)).build(),
        OutputBuilder::plain(2, alice, 20).expiring(world.time(10), stranger()).build(),
        OutputBuilder::plain(3, stranger(), 40).expiring(world.time(10), alice).build(),
    ];
    world.milestone(10, created, vec![]);
    world.tick(20);
    let told = ["new alice plain external 10 50/50", "new alice plain ownReturn 0 50/50", "deposit alice external 10"];
    assert_eq!(world.told(0), told);
    assert_eq!(world.balance(0), (50, 0));
}
