//! Room for the hot wallet's own transactions, and whose turn it is: what comes in masses keeps nothing else from being done.

use std::collections::{BTreeMap, HashSet};

use super::MOST;
use crate::store::payment::OutputRole;

/// What the hot wallet does.
const KINDS: [OutputRole; 3] = [OutputRole::Claim, OutputRole::Consolidation, OutputRole::Sweep];

/// Room for transactions of the wallet's own.
pub(super) struct Room {
    /// Accounts that have a claim on its way.
    claiming: HashSet<u32>,
    /// Accounts that have a sweep or a consolidation on its way: these spend plain outputs and a claim none, so neither waits for
    /// the other.
    moving: HashSet<u32>,
    /// How many are on their way.
    open: BTreeMap<OutputRole, usize>,
}

impl Room {
    pub(super) fn new(open: impl IntoIterator<Item = (u32, OutputRole)>) -> Self {
        let mut room = Self { claiming: HashSet::new(), moving: HashSet::new(), open: BTreeMap::new() };
        for (account, kind) in open {
            room.take(account, kind);
        }
        room
    }

    /// Whether an account may have one more of a kind.
    pub(super) fn is_free(&self, account: u32, kind: OutputRole) -> bool {
        !self.is_busy(account, kind) && self.has_slot(kind)
    }

    /// Whether an account waits for what it has on its way itself.
    pub(super) fn is_busy(&self, account: u32, kind: OutputRole) -> bool {
        let busy = if kind == OutputRole::Claim { &self.claiming } else { &self.moving };
        busy.contains(&account)
    }

    /// Each kind has a slot that no other one takes.
    fn has_slot(&self, kind: OutputRole) -> bool {
        let count = |kind: OutputRole| self.open.get(&kind).copied().unwrap_or(0);
        let kept = KINDS.into_iter().filter(|other| *other != kind && count(*other) == 0).count();
        count(kind) == 0 || self.open.values().sum::<usize>() + kept < MOST
    }

    pub(super) fn take(&mut self, account: u32, kind: OutputRole) {
        let busy = if kind == OutputRole::Claim { &mut self.claiming } else { &mut self.moving };
        busy.insert(account);
        *self.open.entry(kind).or_insert(0) += 1;
    }
}

/// Whose turn it is: each account that is due has one before another has its second, however much comes to some.
#[derive(Debug, Default)]
pub(super) struct Round(HashSet<u32>);

impl Round {
    /// First those that had no turn in this round, each part in the order given. When all had theirs, the next round begins.
    pub(super) fn order(&mut self, due: &[u32]) -> Vec<u32> {
        if due.iter().all(|account| self.0.contains(account)) {
            self.0.clear();
        }
        let (again, mut order): (Vec<u32>, Vec<u32>) =
            due.iter().copied().partition(|account| self.0.contains(account));
        order.extend(again);
        order
    }

    /// It had its turn, whatever came of it.
    pub(super) fn had(&mut self, account: u32) {
        self.0.insert(account);
    }
}

/// One of these and one of those, each account once.
pub(super) fn alternate(these: &[u32], those: &[u32]) -> Vec<u32> {
    let mut seen = HashSet::new();
    let both = these.iter().zip(those).flat_map(|(one, other)| [*one, *other]);
    both.filter(|account| seen.insert(*account)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_claim_does_not_keep_its_account_from_a_sweep_or_a_consolidation() {
        let mut room = Room::new([(0, OutputRole::Claim)]);
        let free = |room: &Room| KINDS.map(|kind| room.is_free(0, kind));
        assert_eq!(free(&room), [false, true, true]);
        room.take(0, OutputRole::Sweep);
        assert_eq!(free(&room), [false, false, false]);
        assert_eq!(free(&Room::new([(0, OutputRole::Consolidation)])), [true, false, false]);
    }

    #[test]
    fn each_account_has_its_turn_before_another_has_its_second() {
        let mut round = Round::default();
        assert_eq!(round.order(&[3, 1, 2]), [3, 1, 2]);
        round.had(3);
        round.had(1);
        assert_eq!(round.order(&[3, 1, 2]), [2, 3, 1]);
        assert_eq!(round.order(&[3, 1]), [3, 1], "all of these had theirs");
        assert_eq!(round.order(&[3, 1, 2]), [3, 1, 2]);
        assert_eq!(alternate(&[2, 3, 1], &[3, 1, 2]), [2, 3, 1]);
        assert_eq!(alternate(&[7, 8, 9, 1], &[1, 7, 8, 9]), [7, 1, 8, 9]);
    }

    proptest! {
        #[test]
        fn each_kind_has_a_slot_at_any_time_and_all_together_no_more_than_the_wallet(
            steps in prop::collection::vec((0usize..4, any::<prop::sample::Index>()), 1..64),
        ) {
            let mut open: Vec<(u32, OutputRole)> = Vec::new();
            for (account, (step, which)) in (0u32..).zip(steps) {
                let room = Room::new(open.clone());
                for kind in KINDS {
                    prop_assert!(open.iter().any(|one| one.1 == kind) || room.is_free(account, kind), "{open:?}");
                }
                match KINDS.get(step) {
                    Some(kind) if room.is_free(account, *kind) => open.push((account, *kind)),
                    None if !open.is_empty() => {
                        open.swap_remove(which.index(open.len()));
                    }
                    _ => {}
                }
                prop_assert!(open.len() <= MOST, "{open:?}");
            }
        }
    }
}
