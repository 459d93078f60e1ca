//! Where outputs come from, as the wallet's own payments and the spenders of its outputs show it.

use super::*;
use crate::{
    events::Origin,
    ledger::Address,
    manager::AccountRef,
    payments::{Payment, RemainderStrategy, SendOptions},
    store::payment::OutputRole,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

const M: u64 = 1_000_000;

struct World {
    directory: tempfile::TempDir,
    node: ScriptedFeed,
    wallet: TestWallet,
    accounts: [AccountRef; 2],
    ours: [Address; 2],
    transactions: u32,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let wallet = TestWallet::start(directory.path(), &node);
        let accounts = ["alice", "bob"].map(|alias| wallet.account(alias));
        let ours = accounts.each_ref().map(|account| wallet.address(account));
        Self { directory, node, wallet, accounts, ours, transactions: 0 }
    }

    /// Alice gets coins from outside.
    fn fund(&mut self, amount: u64) -> LedgerOutput {
        self.transactions += 1;
        let output = OutputBuilder::plain(self.transactions, self.ours[0], amount).build();
        self.node.ledger().milestone(vec![output.clone()], vec![]);
        self.wallet.sync();
        output
    }

    /// Alice pays, and the next milestone applies it.
    fn pay(&self, to: &Address, amount: u64, remainder: RemainderStrategy) -> Payment {
        let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, to, "rms");
        let options = SendOptions { remainder, ..SendOptions::default() };
        let payment =
            self.wallet.manager.send_amount(&self.accounts[0], vec![(text, Amount::new(amount))], options).unwrap();
        self.include(&payment);
        payment
    }

    fn include(&self, payment: &Payment) {
        let outputs = payment.outputs.iter().map(|output| {
            let built = OutputBuilder::plain(0, output.address, output.amount.units());
            built.id(payment.transaction_id, output.output_id).build()
        });
        let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
        self.node.ledger().milestone(outputs.collect(), spent);
        self.wallet.sync();
    }

    /// Origin, creditable amount and account of each new output, and the deposits' amounts.
    fn arrived(&self) -> (Vec<(u32, Origin, u64)>, Vec<u64>) {
        let events = self.wallet.events();
        let arrived = events.iter().filter_map(|event| match event {
            LedgerEvent::NewOutput(event) => Some((event.own.account, event.origin, event.creditable.units())),
            _ => None,
        });
        let deposits = events.iter().filter_map(|event| match event {
            LedgerEvent::Deposit(event) => Some(event.amount.units()),
            _ => None,
        });
        (arrived.collect(), deposits.collect())
    }
}

#[test]
fn what_is_left_of_a_payment_is_change_wherever_it_goes() {
    for remainder in [RemainderStrategy::ChangeAddress, RemainderStrategy::ReuseAddress] {
        let mut world = World::new();
        world.fund(10 * M);
        let payment = world.pay(&address(9), 3 * M, remainder.clone());
        let change = payment.outputs.last().unwrap();
        assert_eq!(change.role, OutputRole::Remainder);
        assert_eq!(change.address == world.ours[0], remainder == RemainderStrategy::ReuseAddress);
        let (arrived, deposits) = world.arrived();
        assert_eq!(arrived, [(0, Origin::External, 10 * M), (0, Origin::Change, 0)]);
        assert_eq!(deposits, [10 * M]);
        // what was change stays change when it is spent and its rest comes back
        world.pay(&address(9), 2 * M, remainder);
        let (arrived, deposits) = world.arrived();
        assert_eq!(arrived[2..], [(0, Origin::Change, 0)]);
        assert_eq!(deposits.len(), 1);
    }
}

#[test]
fn a_withdrawal_to_another_customers_address_is_a_deposit() {
    for remainder in [RemainderStrategy::ChangeAddress, RemainderStrategy::ReuseAddress] {
        let mut world = World::new();
        world.fund(10 * M);
        world.pay(&world.ours[1].clone(), 4 * M, remainder.clone());
        // to an address of the paying account itself, which another customer may have
        world.pay(&world.ours[0].clone(), M, remainder);
        let (mut arrived, deposits) = world.arrived();
        arrived.sort_by_key(|(account, origin, amount)| (*account, origin.name(), *amount));
        let expected = [
            (0, Origin::Change, 0),
            (0, Origin::Change, 0),
            (0, Origin::External, 10 * M),
            (0, Origin::PaymentRecipient, M),
            (1, Origin::PaymentRecipient, 4 * M),
        ];
        assert_eq!(arrived, expected);
        assert_eq!(deposits, [10 * M, 4 * M, M]);
    }
}

#[test]
fn every_stored_role_gives_its_origin_and_only_payees_and_claims_are_deposits() {
    let mut world = World::new();
    let roles = [
        (OutputRole::Payee, Origin::PaymentRecipient),
        (OutputRole::Remainder, Origin::Change),
        (OutputRole::Sweep, Origin::Sweep),
        (OutputRole::Consolidation, Origin::Consolidation),
        (OutputRole::FanOut, Origin::FanOut),
        (OutputRole::Cancel, Origin::Cancel),
        (OutputRole::Claim, Origin::Claim),
        (OutputRole::DepositReturn, Origin::OwnReturn),
    ];
    let count = u64::try_from(roles.len()).unwrap();
    let funds = world.fund(count * M);
    // a payment with an output of each role in the journal, as features that make them write it
    world.transactions += 1;
    let transaction = transaction_id(world.transactions);
    let outputs: Vec<_> = (0..)
        .zip(roles)
        .map(|(index, (role, _))| {
            (OutputBuilder::plain(world.transactions, world.ours[0], M).index(index).build(), role)
        })
        .collect();
    let rows = outputs.iter().map(|(output, role)| crate::store::payment::PaymentOutputRow {
        output_id: output.id,
        address: output.owner,
        amount: output.amount,
        role: *role,
        ours: Some(0),
        deposit_return: None,
        expiration: None,
    });
    let new = crate::store::payment::NewPaymentRow {
        transaction_id: transaction,
        account: 0,
        key: None,
        digest: [0; 32],
        payload: vec![1],
        tagged_data: None,
        remainder: Amount::ZERO,
        contests: None,
        retry: false,
        retries: None,
        note: None,
        created_ms: 0,
        inputs: Vec::new(),
        outputs: rows.collect(),
    };
    let World { directory, node, wallet, .. } = world;
    drop(wallet);
    let store = crate::store::Store::open(directory.path()).unwrap();
    store.writer().commit(move |tx| crate::store::payment::insert(tx, &new).map(|_| ())).unwrap();
    store.close();
    node.ledger().milestone(outputs.iter().map(|(output, _)| output.clone()).collect(), vec![(funds.id, transaction)]);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    let events = wallet.events();
    let arrived: Vec<_> = events
        .iter()
        .skip(2)
        .filter_map(|event| match event {
            LedgerEvent::NewOutput(event) => Some((event.origin, event.creditable.units())),
            _ => None,
        })
        .collect();
    let deposit = |role| matches!(role, OutputRole::Payee | OutputRole::Claim);
    let expected = roles.map(|(role, origin)| (origin, if deposit(role) { M } else { 0 }));
    assert_eq!(arrived, expected);
    assert_eq!(events.iter().filter(|event| matches!(event, LedgerEvent::Deposit(_))).count(), 3);
}

#[test]
fn a_payment_that_is_received_and_spent_in_one_milestone_tells_both() {
    let mut world = World::new();
    let funds = world.fund(10 * M);
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &world.ours[1], "rms");
    let payees = vec![(text, Amount::new(4 * M))];
    let payment = world.wallet.manager.send_amount(&world.accounts[0], payees, SendOptions::default()).unwrap();
    let outputs: Vec<_> = payment
        .outputs
        .iter()
        .map(|output| {
            let built = OutputBuilder::plain(0, output.address, output.amount.units());
            built.id(payment.transaction_id, output.output_id).build()
        })
        .collect();
    // another signer of bob's key sends what he got on at once, and back to alice
    world.transactions += 1;
    let onward = OutputBuilder::plain(world.transactions, world.ours[0], 4 * M).build();
    let spent = vec![(funds.id, payment.transaction_id), by(&outputs[0], world.transactions)];
    world.node.ledger().milestone([outputs, vec![onward]].concat(), spent);
    world.wallet.sync();
    let (mut arrived, deposits) = world.arrived();
    arrived.sort_by_key(|(account, origin, amount)| (*account, origin.name(), *amount));
    let expected = [
        (0, Origin::Change, 0),
        (0, Origin::External, 10 * M),
        (0, Origin::UnknownOwn, 0),
        (1, Origin::PaymentRecipient, 4 * M),
    ];
    assert_eq!(arrived, expected);
    assert_eq!(deposits, [10 * M, 4 * M]);
    let kinds: Vec<_> = short(&world.wallet.events()).into_iter().skip(3).map(|(kind, _)| kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "spentOutput").count(), 2);
    assert_eq!(world.wallet.manager.balance(&world.accounts[1]).unwrap(), Balance::default());
}
