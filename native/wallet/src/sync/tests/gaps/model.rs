//! Gaps in which anything may have happened.

use proptest::prelude::*;

use super::*;
use crate::manager::OutputFilter;

/// A milestone: outputs to us or others with amounts, and which outputs of the ledger are spent.
type Happens = (Vec<(bool, u8)>, Vec<u8>);

fn arb_gap() -> impl Strategy<Value = Vec<Happens>> {
    let created = prop::collection::vec((any::<bool>(), 1..5_u8), 0..4);
    prop::collection::vec((created, prop::collection::vec(any::<u8>(), 0..3)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn after_any_gap_the_wallet_holds_what_the_ledger_says(
        gap in arb_gap(), kept in 0..4_u32, later in arb_gap(), whole_set in any::<bool>()
    ) {
        let (world, before) = World::with(&[1, 2, 3, 4]);
        let mut ledger: Vec<LedgerOutput> = before;
        let mut number = 100;
        let raw = world.raw;
        let mut play = |node: &ScriptedFeed, milestones: &[Happens]| {
            for (created, consumed) in milestones {
                let mut outputs = Vec::new();
                for (ours, amount) in created {
                    number += 1;
                    let owner = if *ours { raw } else { address(9) };
                    outputs.push(OutputBuilder::plain(number, owner, u64::from(*amount)).build());
                }
                ledger.extend(outputs.clone());
                let mut spent = Vec::new();
                for choice in consumed {
                    if ledger.is_empty() {
                        break;
                    }
                    number += 1;
                    spent.push(by(&ledger.remove(usize::from(*choice) % ledger.len()), number));
                }
                node.ledger().milestone(outputs, spent);
            }
        };
        let world = world.miss(|node| play(node, &gap));
        // of what was spent in the gap the node still has the newest
        let pruned = world.node.ledger().position().index.0 - 1 - kept;
        let cursor = world.gap().unwrap().cursor;
        prop_assume!(pruned > cursor.0);
        world.node.set_pruned(pruned);
        let world = if whole_set { World { node: world.node.clone().with_whole_set(), ..world } } else { world };
        world.repair();
        play(&world.node, &later);
        world.wallet.sync();
        let mine: BTreeMap<OutputId, u64> = ledger
            .iter()
            .filter(|output| output.owner == raw)
            .map(|output| (output.id, output.amount.units()))
            .collect();
        let listed = world.wallet.manager.outputs(&world.alice, OutputFilter::Unspent, None, 1_000).unwrap().items;
        let listed: BTreeMap<OutputId, u64> =
            listed.into_iter().map(|output| (output.output_id, output.amount.units())).collect();
        prop_assert_eq!(&listed, &mine);
        prop_assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().total.units(), mine.values().sum::<u64>());
        // the events tell the same, each output once
        let mut told: BTreeMap<OutputId, u64> = BTreeMap::new();
        for event in world.wallet.events() {
            match event {
                LedgerEvent::NewOutput(event) => {
                    prop_assert_eq!(told.insert(event.output_id, event.amount.units()), None);
                }
                LedgerEvent::SpentOutput(event) => prop_assert!(told.remove(&event.output_id).is_some()),
                _ => {}
            }
        }
        prop_assert_eq!(told, mine);
        prop_assert_eq!(world.wallet.manager.status().cursor, Some(world.node.ledger().position().index));
    }
}
