//! Random histories against a wallet that anybody can check by eye: a map of outputs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    ledger::{Address, UnixTime},
    manager::{AccountRef, OutputFilter},
    testing::{Fault, OutputBuilder, ScriptedFeed, TestWallet, address},
};

/// What can happen. Small ranges, so that the same things meet again and again.
#[derive(Clone, Debug)]
enum Op {
    /// A milestone: outputs (whose: account and address or a stranger; amount; how), and which of those there to spend.
    Milestone { created: Vec<(u8, u8, u8, u8)>, consumed: Vec<u8> },
    /// An address for an account.
    Issue { account: u8, internal: bool },
    /// The wallet is closed and opened again.
    Restart,
    /// The next milestone is served wrongly first.
    Fault(u8),
}

fn arb_ops() -> impl Strategy<Value = Vec<Op>> {
    let created = prop::collection::vec((0..3_u8, 0..4_u8, 1..5_u8, 0..5_u8), 0..5);
    let consumed = prop::collection::vec(any::<u8>(), 0..4);
    let op = prop_oneof![
        6 => (created, consumed).prop_map(|(created, consumed)| Op::Milestone { created, consumed }),
        2 => (0..2_u8, any::<bool>()).prop_map(|(account, internal)| Op::Issue { account, internal }),
        1 => Just(Op::Restart),
        1 => (0..3_u8).prop_map(Op::Fault),
    ];
    prop::collection::vec(op, 1..25)
}

/// An output of the model: the account that owns it, amount, whether it is plain.
type Known = (usize, u64, bool);

#[derive(Default)]
struct Model {
    addresses: [Vec<Address>; 2],
    /// All outputs of the ledger that are not spent, with whose they are to the wallet.
    ledger: Vec<(LedgerOutput, Option<Known>)>,
    events: usize,
    transactions: u32,
}

impl Model {
    fn milestone(&mut self, node: &ScriptedFeed, created: &[(u8, u8, u8, u8)], consumed: &[u8]) {
        let time = node.ledger().position().time.0 + 10;
        let mut outputs = Vec::new();
        for (who, which, amount, how) in created {
            self.transactions += 1;
            let (who, amount) = (usize::from(*who), u64::from(*amount));
            let issued = self.addresses.get(who).map_or(&[][..], Vec::as_slice);
            let owner = issued.get(usize::from(*which)).copied();
            let build = OutputBuilder::plain(self.transactions, owner.unwrap_or(address(7)), amount);
            let (build, plain) = match how {
                0 => (build.locked_until(UnixTime(time + 1)), false),
                1 => (build.expiring(UnixTime(time + 1), address(8)), false),
                // already another's
                2 => (build.expiring(UnixTime(time), address(8)), false),
                _ => (build, true),
            };
            let ours = (*how != 2 && owner.is_some()).then_some((who, amount, plain));
            // one event for the output, one for the deposit
            self.events += usize::from(ours.is_some()) + usize::from(ours.is_some() && plain);
            outputs.push(build.clone().build());
            self.ledger.push((build.build(), ours));
        }
        let mut spent = Vec::new();
        for choice in consumed {
            if self.ledger.is_empty() {
                break;
            }
            let (output, ours) = self.ledger.remove(usize::from(*choice) % self.ledger.len());
            self.transactions += 1;
            self.events += usize::from(ours.is_some());
            spent.push(by(&output, self.transactions));
        }
        node.ledger().milestone(outputs, spent);
    }

    fn compare(&self, wallet: &TestWallet) {
        for account in 0..2 {
            let mine: BTreeMap<_, _> = self
                .ledger
                .iter()
                .filter_map(|(output, known)| known.filter(|known| known.0 == account).map(|known| (output.id, known)))
                .collect();
            let sum = |plain| mine.values().filter(|known| known.2 == plain).map(|known| known.1).sum::<u64>();
            let which = AccountRef::Index(u32::try_from(account).unwrap());
            let balance = wallet.manager.balance(&which).unwrap();
            assert_eq!((balance.available.units(), balance.held.units()), (sum(true), sum(false)));
            assert_eq!(balance.output_count, u64::try_from(mine.len()).unwrap());
            let listed = wallet.manager.outputs(&which, OutputFilter::Unspent, None, 1_000).unwrap().items;
            let owned = listed.iter().filter(|output| mine.contains_key(&output.output_id)).count();
            assert_eq!(owned, mine.len());
            let addresses = wallet.manager.addresses(&which, None, None, 1_000).unwrap().items;
            let on_addresses: u64 = addresses.iter().map(|address| address.balance.units()).sum();
            assert_eq!(on_addresses, balance.total.units());
        }
        let log = wallet.log();
        assert_eq!(log.len(), self.events);
        assert!((1..).zip(&log).all(|(sequence, logged)| logged.sequence == sequence));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_what_the_model_says(ops in arb_ops()) {
        let directory = tempfile::tempdir().unwrap();
        let node = ScriptedFeed::with_milestones(1);
        let mut wallet = TestWallet::start(directory.path(), &node);
        let accounts = [wallet.account("alice"), wallet.account("bob")];
        let mut model = Model::default();
        wallet.sync();
        for op in ops {
            match op {
                Op::Milestone { created, consumed } => model.milestone(&node, &created, &consumed),
                Op::Issue { account, internal } => {
                    // an address is watched from the tip at which it is issued
                    wallet.sync();
                    let account = usize::from(account);
                    let issued = wallet.manager.generate_addresses(&accounts[account], 1, internal, None).unwrap();
                    prop_assert!(!model.addresses.iter().flatten().any(|known| *known == issued[0].raw));
                    model.addresses[account].push(issued[0].raw);
                }
                Op::Restart => {
                    drop(wallet);
                    wallet = TestWallet::start(directory.path(), &node);
                }
                Op::Fault(which) => {
                    wallet.sync();
                    let next = node.ledger().position().index.0 + 1;
                    node.set_fault(next, [Fault::Repeats, Fault::OtherParent, Fault::NoAnswer][usize::from(which)]);
                    model.milestone(&node, &[(0, 0, 1, 4)], &[0]);
                    prop_assert!(wallet.manager.sync(SOON).is_err());
                    node.heal();
                }
            }
            wallet.sync();
            model.compare(&wallet);
        }
    }
}
