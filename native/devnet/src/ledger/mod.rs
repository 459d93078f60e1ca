//! The set of outputs, spent and unspent, and what each milestone did to it.

mod index;
mod mutations;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use iota_sdk::types::block::{
    BlockId,
    output::{Output, OutputId},
    payload::transaction::TransactionId,
};

pub(crate) use self::{
    index::{Position, Role, UnspentIndex, kind_of},
    mutations::Mutations,
};

/// A milestone as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) index: u32,
    /// Seconds since 1970.
    pub(crate) timestamp: u32,
}

/// When and by what an output was consumed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    pub(crate) at: Moment,
    pub(crate) transaction_id: TransactionId,
}

/// An output with its history.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) output: Arc<Output>,
    pub(crate) block_id: BlockId,
    pub(crate) booked: Moment,
    pub(crate) spent: Option<Spent>,
}

/// What one milestone created and consumed, ordered by output id. An output that was created and
/// consumed within the milestone is in both lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diff {
    pub(crate) created: Vec<OutputId>,
    pub(crate) consumed: Vec<OutputId>,
}

/// The ledger at the confirmed milestone. Work per milestone depends on what changed, never on the
/// size of the ledger.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    index: u32,
    pruned: u32,
    outputs: HashMap<OutputId, Record>,
    diffs: BTreeMap<u32, Diff>,
    unspent: UnspentIndex,
}

impl Ledger {
    /// A ledger that holds the genesis outputs, at milestone 0.
    pub(crate) fn genesis(outputs: impl IntoIterator<Item = (OutputId, Output)>) -> Self {
        let mut ledger = Self::default();
        let at = Moment { index: 0, timestamp: 0 };
        for (id, output) in outputs {
            let record = Record { output: Arc::new(output), block_id: BlockId::null(), booked: at, spent: None };
            ledger.insert(id, record);
        }
        ledger
    }

    /// Index of the milestone this state belongs to.
    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// Milestones up to this one are forgotten.
    pub(crate) fn pruned(&self) -> u32 {
        self.pruned
    }

    pub(crate) fn get(&self, id: &OutputId) -> Option<&Record> {
        self.outputs.get(id)
    }

    /// The changes of a milestone; `None` when it is pruned, in the future or the genesis.
    pub(crate) fn diff(&self, index: u32) -> Option<&Diff> {
        self.diffs.get(&index)
    }

    /// All unspent outputs, in no order.
    pub(crate) fn all_unspent(&self) -> impl Iterator<Item = (&OutputId, &Record)> {
        self.outputs.iter().filter(|(_, record)| record.spent.is_none())
    }

    pub(crate) fn unspent(&self) -> &UnspentIndex {
        &self.unspent
    }

    /// Applies what a milestone did. The milestone must be the one after [`Self::index`].
    pub(crate) fn commit(&mut self, mutations: Mutations) {
        let (at, created, consumed) = mutations.into_parts();
        debug_assert_eq!(at.index, self.index + 1, "milestones are applied in order");
        let mut diff =
            Diff { created: created.keys().copied().collect(), consumed: consumed.keys().copied().collect() };
        diff.created.sort_unstable();
        diff.consumed.sort_unstable();
        for (id, (block_id, output)) in created {
            // consumed within the same milestone: never unspent, so never in the index
            let spent = consumed.get(&id).map(|transaction_id| Spent { at, transaction_id: *transaction_id });
            self.insert(id, Record { output, block_id, booked: at, spent });
        }
        for (id, transaction_id) in consumed {
            if let Some(record) = self.outputs.get_mut(&id).filter(|record| record.spent.is_none()) {
                record.spent = Some(Spent { at, transaction_id });
                self.unspent.remove(&id, &record.output, record.booked);
            }
        }
        self.diffs.insert(at.index, diff);
        self.index = at.index;
    }

    /// Forgets the changes of all milestones up to `target` and the outputs they consumed.
    pub(crate) fn prune(&mut self, target: u32) {
        let kept = self.diffs.split_off(&(target.saturating_add(1)));
        for diff in std::mem::replace(&mut self.diffs, kept).into_values() {
            for id in diff.consumed {
                self.outputs.remove(&id);
            }
        }
        self.pruned = self.pruned.max(target);
    }

    fn insert(&mut self, id: OutputId, record: Record) {
        if record.spent.is_none() {
            self.unspent.insert(id, &record.output, record.booked);
        }
        self.outputs.insert(id, record);
    }
}

#[cfg(test)]
mod tests;
