//! Walks through the unconfirmed past of blocks.

use std::collections::HashSet;

use iota_sdk::types::block::BlockId;

use super::{AttachError, BlockRecord, ConeRoots, Tangle};

impl Tangle {
    /// The unconfirmed past cone of `parents` in white-flag order (TIP-2): depth first, parents in
    /// their order, a block after its past. Confirmed, pruned and entry-point blocks end the walk.
    pub(crate) fn past_cone(&self, parents: &[BlockId]) -> Vec<(BlockId, BlockRecord)> {
        let mut order = Vec::new();
        let mut done = HashSet::new();
        let mut stack: Vec<(BlockId, usize)> = Vec::new();
        for parent in parents {
            stack.push((*parent, 0));
            while let Some((id, next)) = stack.pop() {
                if done.contains(&id) {
                    continue;
                }
                let Some(record) = self.blocks.get(&id).filter(|record| record.referenced.is_none()) else {
                    done.insert(id);
                    continue;
                };
                if let Some(child) = record.parents.get(next) {
                    stack.push((id, next + 1));
                    stack.push((*child, 0));
                } else {
                    done.insert(id);
                    order.push((id, record.clone()));
                }
            }
        }
        order
    }

    /// The milestones a known, unconfirmed block is rooted in, as of now.
    pub(crate) fn roots(&self, record: &BlockRecord) -> ConeRoots {
        let (roots, at) = record.roots;
        if at == self.confirmed {
            return roots;
        }
        let mut result = ConeRoots { oldest: u32::MAX, youngest: 0 };
        let mut seen = HashSet::new();
        let mut stack = record.parents.clone();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.blocks.get(&id) {
                None => result.add(self.entry_point(&id)),
                Some(block) => match block.referenced {
                    Some(referenced) => result.add(referenced.milestone),
                    None if block.roots.1 == self.confirmed => {
                        result.add(block.roots.0.oldest);
                        result.add(block.roots.0.youngest);
                    }
                    None => stack.extend(&block.parents),
                },
            }
        }
        result
    }

    /// Whether an unconfirmed block should be promoted, and whether it should be reattached, by the
    /// thresholds of Hornet's tip scores.
    pub(crate) fn advice(&self, record: &BlockRecord) -> (bool, bool) {
        const MAX_YOUNGEST_DELTA: u32 = 8;
        const MAX_OLDEST_DELTA: u32 = 13;
        let roots = self.roots(record);
        let oldest = self.confirmed.saturating_sub(roots.oldest);
        let youngest = self.confirmed.saturating_sub(roots.youngest);
        let reattach = oldest > self.below_max_depth;
        (!reattach && (youngest > MAX_YOUNGEST_DELTA || oldest > MAX_OLDEST_DELTA), reattach)
    }

    pub(super) fn roots_of_parents(&self, parents: &[BlockId]) -> Result<ConeRoots, AttachError> {
        let mut result = ConeRoots { oldest: u32::MAX, youngest: 0 };
        for parent in parents {
            match self.blocks.get(parent) {
                Some(record) => match record.referenced {
                    Some(referenced) => result.add(referenced.milestone),
                    None => {
                        let roots = self.roots(record);
                        result.add(roots.oldest);
                        result.add(roots.youngest);
                    }
                },
                None if parent.is_null() => result.add(0),
                None => return Err(AttachError::NotSolid),
            }
        }
        Ok(result)
    }

    /// A block that is gone was confirmed by a pruned milestone, or is the genesis.
    fn entry_point(&self, id: &BlockId) -> u32 {
        if id.is_null() {
            0
        } else {
            self.by_milestone.first_key_value().map_or(0, |(first, _)| first.saturating_sub(1))
        }
    }
}

impl ConeRoots {
    fn add(&mut self, index: u32) {
        self.oldest = self.oldest.min(index);
        self.youngest = self.youngest.max(index);
    }
}
