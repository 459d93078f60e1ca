//! Random uses of a seed against a model that follows the rule of gaps by itself, with searches that are stopped.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A used address: small ranges, so that limits are met.
fn arb_used() -> impl Strategy<Value = BTreeSet<(u32, bool, u32)>> {
    prop::collection::btree_set((0..7_u32, any::<bool>(), 0..12_u32), 0..12)
}

/// How many addresses of a chain a search with this limit finds.
fn chain(used: &BTreeSet<(u32, bool, u32)>, account: u32, internal: bool, gap: u32) -> u32 {
    let (mut found, mut index) = (0, 0);
    while index < found + gap {
        if used.contains(&(account, internal, index)) {
            found = index + 1;
        }
        index += 1;
    }
    found
}

/// What of each account is found.
fn model(used: &BTreeSet<(u32, bool, u32)>, limits: GapLimits) -> Vec<(u32, u32)> {
    let mut accounts = Vec::new();
    let mut unused = Vec::new();
    let mut index = 0;
    while unused.len() < usize::try_from(limits.accounts).unwrap() {
        let one = (chain(used, index, false, limits.addresses), chain(used, index, true, limits.addresses));
        unused.push(one);
        if one != (0, 0) {
            accounts.append(&mut unused);
        }
        index += 1;
    }
    accounts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_the_rule_says_however_often_it_is_stopped(
        addresses in arb_used(), accounts in 1..4_u32, gap in 1..6_u32, stops in prop::collection::vec(0..6_u32, 0..4)
    ) {
        let all: Vec<_> = addresses.iter().copied().collect();
        let (directory, node) = used(&all);
        let limits = GapLimits { accounts, addresses: gap };
        let by = RecoverBy::Gaps(limits);
        let wallet = start(&directory, &node);
        wallet.sync();
        for after in stops {
            node.set_index_answers(after);
            drop(recover(&wallet.manager, &by));
        }
        node.heal();
        // one that has come to its end begins anew, which finds no more
        let found = recover(&wallet.manager, &by).unwrap();
        let expected = model(&addresses, limits);
        prop_assert_eq!(issued(&wallet.manager), expected.clone());
        prop_assert!(found.complete);
        let holds = |(account, internal, index): &(u32, bool, u32)| {
            let one = usize::try_from(*account).ok().and_then(|account| expected.get(account));
            one.is_some_and(|(public, change)| *index < if *internal { *change } else { *public })
        };
        let held = all.iter().filter(|one| holds(one)).count();
        prop_assert_eq!(wallet.manager.total_balance().unwrap().output_count, u64::try_from(held).unwrap());
        // nothing that was found is issued again
        wallet.manager.release_issuing(&IssuedBefore::SkipAhead(1)).unwrap();
        for (index, (public, internal)) in (0_u32..).zip(&expected) {
            for (chain, count) in [(false, *public), (true, *internal)] {
                let issued = wallet.manager.generate_addresses(&AccountRef::Index(index), 1, chain, None).unwrap();
                prop_assert_eq!(issued[0].key_index, count + 1);
            }
        }
    }
}
