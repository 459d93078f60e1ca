//! Random histories against a model that works everything out anew from the whole history, at every milestone: balances,
//! classes, origins and events. It knows nothing of batches, feeds or restarts: they must not matter.

mod naive;

use proptest::prelude::*;

use self::naive::{Account, Fact, History};
use super::*;
use crate::{
    events::OutputClass,
    ledger::{Address, AddressCodec, UnixTime},
    manager::{AccountRef, OutputFilter},
    payments::{Payment, RemainderStrategy, SendOptions},
    stardust::Stardust,
    testing::{Fault, OutputBuilder, ScriptedFeed, TestWallet, address},
};

/// Amounts are multiples of this: enough for any plain output's storage deposit.
const M: u64 = 1_000_000;

/// An output to be made. Small ranges, so that the same things meet again and again.
#[derive(Clone, Debug)]
struct Spec {
    /// Whose: one of our accounts, or a stranger; and which of its addresses.
    owner: (u8, u8),
    amount: u8,
    /// Seconds from its milestone; negative ones are over when it arrives.
    timelock: Option<i8>,
    /// The same, and the return address.
    expiration: Option<(i8, (u8, u8))>,
    deposit_return: bool,
    asset: u8,
}

/// A transaction of somebody: which of the unspent outputs it consumes, and what it creates.
#[derive(Clone, Debug)]
struct Move {
    consumes: Vec<u8>,
    creates: Vec<Spec>,
}

/// What can happen.
#[derive(Clone, Debug)]
enum Op {
    /// A milestone some seconds after the one before. It may apply our oldest open payment, too.
    Milestone { seconds: u8, moves: Vec<Move>, include: bool },
    /// The wallet learns of all milestones so far, so many in one answer.
    Apply { batch: u8 },
    /// An address for an account.
    Issue { account: u8, internal: bool },
    /// An account pays an address of ours or a stranger.
    Pay { from: u8, to: (u8, u8), amount: u8, reuse: bool },
    /// The wallet is closed and opened again.
    Restart,
    /// The next milestone is served wrongly first.
    Fault(u8),
}

fn arb_spec() -> impl Strategy<Value = Spec> {
    let timelock = prop::option::weighted(0.3, -2..6_i8);
    let expiration = prop::option::weighted(0.4, (-2..6_i8, (0..3_u8, 0..3_u8)));
    ((0..3_u8, 0..3_u8), 1..5_u8, timelock, expiration, prop::bool::weighted(0.15), 0..12_u8).prop_map(
        |(owner, amount, timelock, expiration, deposit_return, asset)| Spec {
            owner,
            amount,
            timelock,
            expiration,
            deposit_return,
            asset,
        },
    )
}

fn arb_ops() -> impl Strategy<Value = Vec<Op>> {
    let consumes = prop::collection::vec(any::<u8>(), 0..3);
    let one = (consumes, prop::collection::vec(arb_spec(), 0..4));
    let moves = prop::collection::vec(one.prop_map(|(consumes, creates)| Move { consumes, creates }), 0..3);
    let op = prop_oneof![
        10 => (0..4_u8, moves, any::<bool>())
            .prop_map(|(seconds, moves, include)| Op::Milestone { seconds, moves, include }),
        4 => (1..6_u8).prop_map(|batch| Op::Apply { batch }),
        2 => (0..2_u8, any::<bool>()).prop_map(|(account, internal)| Op::Issue { account, internal }),
        2 => (0..2_u8, (0..3_u8, 0..3_u8), 1..4_u8, any::<bool>())
            .prop_map(|(from, to, amount, reuse)| Op::Pay { from, to, amount, reuse }),
        1 => Just(Op::Restart),
        1 => (0..3_u8).prop_map(Op::Fault),
    ];
    prop::collection::vec(op, 1..40)
}

/// The wallet under test, its node, and what has happened.
struct Run {
    directory: tempfile::TempDir,
    node: ScriptedFeed,
    wallet: Option<TestWallet>,
    history: History,
    /// Payments that no milestone has applied.
    open: Vec<Payment>,
    transactions: u32,
}

impl Run {
    fn new(all_spenders: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        node.set_all_spenders(all_spenders);
        let wallet = TestWallet::start(directory.path(), &node);
        for alias in ["alice", "bob"] {
            drop(wallet.account(alias));
        }
        wallet.sync();
        node.hold();
        let history = History::beginning_at(node.ledger().position());
        let mut run = Self { directory, node, wallet: Some(wallet), history, open: Vec::new(), transactions: 0 };
        for account in 0..2 {
            run.issue(account, false);
        }
        run
    }

    fn wallet(&self) -> &TestWallet {
        self.wallet.as_ref().expect("it is open but while it restarts")
    }

    fn address(&self, (who, which): (u8, u8)) -> Address {
        let issued: Vec<_> = self.history.addresses_of(u32::from(who)).collect();
        issued.get(usize::from(which) % issued.len().max(1)).copied().unwrap_or(address(u32::from(which)))
    }

    fn output(&self, index: u8, time: u32, spec: &Spec) -> LedgerOutput {
        let at = |offset: i8| UnixTime(time.saturating_add_signed(i32::from(offset)));
        let amount = u64::from(spec.amount) * M;
        let mut built = OutputBuilder::plain(self.transactions, self.address(spec.owner), amount).index(index);
        if let Some(offset) = spec.timelock {
            built = built.locked_until(at(offset));
        }
        if let Some((offset, back)) = spec.expiration {
            built = built.expiring(at(offset), self.address(back));
        }
        if spec.deposit_return {
            built = built.returning(M / 2, address(99));
        }
        match spec.asset {
            0 => built.with_token().build(),
            1 => built.nft().build(),
            _ => built.build(),
        }
    }

    /// A milestone with its transactions, one after the other: each may consume what an earlier one created.
    fn milestone(&mut self, seconds: u8, moves: &[Move], include: bool) {
        let time = self.node.ledger().position().time.0 + u32::from(seconds);
        let mut unspent = self.history.unspent();
        // what our payments spend, nobody else can
        unspent.retain(|output| !self.open.iter().any(|payment| spends(payment, output)));
        let (mut created, mut consumed) = (Vec::new(), Vec::new());
        if include && !self.open.is_empty() {
            let payment = self.open.remove(0);
            consumed.extend(payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)));
            let made = payment.outputs.iter().map(|output| {
                let built = OutputBuilder::plain(0, output.address, output.amount.units());
                built.id(payment.transaction_id, output.output_id).build()
            });
            created.extend(made);
            unspent.extend(created.clone());
        }
        for Move { consumes, creates } in moves {
            self.transactions += 1;
            let transaction = transaction_id(self.transactions);
            for choice in consumes {
                if !unspent.is_empty() {
                    let output = unspent.remove(usize::from(*choice) % unspent.len());
                    consumed.push((output.id, transaction));
                }
            }
            for (index, spec) in (0..).zip(creates) {
                let output = self.output(index, time, spec);
                unspent.push(output.clone());
                created.push(output);
            }
        }
        let at = self.node.ledger().milestone_at(UnixTime(time), created.clone(), consumed.clone());
        self.history.milestone(at, created, consumed);
    }

    fn apply(&mut self, batch: u8) {
        self.node.set_batch(usize::from(batch));
        self.node.heal();
        self.wallet().sync();
        self.node.hold();
        self.compare();
    }

    /// An address is watched from the milestone at which it is issued.
    fn issue(&mut self, account: u32, internal: bool) {
        self.apply(3);
        let which = AccountRef::Index(account);
        let issued = self.wallet().manager.generate_addresses(&which, 1, internal, None).unwrap().remove(0);
        assert!(self.history.addresses().all(|known| known != issued.raw), "it was issued before");
        self.history.issue((account, internal, issued.key_index), issued.raw);
    }

    fn pay(&mut self, from: u8, to: (u8, u8), amount: u8, reuse: bool) {
        self.apply(2);
        let available = self.account(u32::from(from)).available();
        let amount = u64::from(amount) * M;
        let remainder = if reuse { RemainderStrategy::ReuseAddress } else { RemainderStrategy::ChangeAddress };
        let payees = vec![(Stardust.format(&self.address(to), "rms"), Amount::new(amount))];
        let options = SendOptions { remainder, ..SendOptions::default() };
        // what the history has of strangers halts payments
        forgive(self.wallet());
        let sent = self.wallet().manager.send_amount(&AccountRef::Index(u32::from(from)), payees, options);
        if available < amount {
            assert_eq!(kind(sent), ErrorKind::InsufficientFunds);
            return;
        }
        let payment = sent.unwrap();
        self.history.sign(&payment);
        if let Some(change) = payment.outputs.last()
            && let Ok(known) = self.wallet().manager.find_address(&Stardust.format(&change.address, "rms"))
            && self.history.addresses().all(|issued| issued != known.raw)
        {
            self.history.issue((known.account, known.internal, known.key_index), known.raw);
        }
        self.open.push(payment);
        self.compare();
    }

    fn restart(&mut self) {
        self.wallet = None;
        self.wallet = Some(TestWallet::start(self.directory.path(), &self.node));
    }

    fn fault(&mut self, which: u8) {
        self.apply(2);
        let fault = [Fault::Repeats, Fault::OtherParent, Fault::NoAnswer][usize::from(which)];
        self.node.set_fault(self.node.ledger().position().index.0 + 1, fault);
        self.milestone(1, &[], true);
        self.node.release();
        assert!(self.wallet().manager.sync(SOON).is_err());
        self.apply(1);
    }

    /// What the model says that an account holds, our open payments counted.
    fn account(&self, index: u32) -> Account {
        let mut account = self.history.now().account(index);
        for payment in self.open.iter().filter(|payment| payment.account == index) {
            account.locked += payment.inputs.iter().map(|input| input.amount.units()).sum::<u64>();
            account.incoming += payment.remainder.units();
        }
        account
    }

    fn compare(&self) {
        let manager = &self.wallet().manager;
        let now = self.history.now();
        let mut total = 0;
        for index in 0..2 {
            let which = AccountRef::Index(index);
            let balance = manager.balance(&which).unwrap();
            let expected = self.account(index);
            assert_eq!(Account::of(&balance), expected, "account {index}");
            total += balance.total.units();
            for listed in manager.addresses(&which, None, None, 1_000).unwrap().items {
                let key = (index, listed.internal, listed.key_index);
                assert_eq!(listed.balance.units(), now.address(key), "address {key:?}");
            }
            let listed = manager.outputs(&which, OutputFilter::Unspent, None, 1_000).unwrap().items;
            let ours = listed.iter().filter(|output| output.class != OutputClass::Foreign);
            let key = |output: &crate::manager::OutputInfo| (output.account, output.internal, output.key_index);
            let mut ours: Vec<_> =
                ours.map(|output| (output.output_id, key(output), output.class.name(), output.origin.name())).collect();
            ours.sort_unstable();
            assert_eq!(ours, now.outputs_of(index));
        }
        assert_eq!(manager.total_balance().unwrap().total.units(), total);
        let log = self.wallet().log();
        assert!((1..).zip(&log).all(|(sequence, logged)| logged.sequence == sequence));
        let facts: Vec<_> = log.iter().filter_map(Fact::of).collect();
        let expected = self.history.facts();
        for (got, expected) in facts.iter().zip(&expected) {
            assert_eq!(got, expected);
        }
        assert_eq!(facts.len(), expected.len(), "{:?}", facts.get(expected.len()));
    }
}

fn spends(payment: &Payment, output: &LedgerOutput) -> bool {
    payment.inputs.iter().any(|input| input.output_id == output.id)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_what_the_model_says(ops in arb_ops(), all_spenders in any::<bool>()) {
        let mut run = Run::new(all_spenders);
        for op in ops {
            match op {
                Op::Milestone { seconds, moves, include } => run.milestone(seconds, &moves, include),
                Op::Apply { batch } => run.apply(batch),
                Op::Issue { account, internal } => run.issue(u32::from(account), internal),
                Op::Pay { from, to, amount, reuse } => run.pay(from, to, amount, reuse),
                Op::Restart => run.restart(),
                Op::Fault(which) => run.fault(which),
            }
        }
        run.apply(100);
    }
}
