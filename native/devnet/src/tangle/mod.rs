//! The blocks: what is known, what is confirmed, and where new blocks may be attached.

mod cone;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use iota_sdk::types::block::{BlockId, semantic::ConflictReason};

/// Most parents a block may have.
pub(crate) const MAX_PARENTS: usize = 8;

/// What a milestone made of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inclusion {
    NoTransaction,
    Included,
    Conflicting(ConflictReason),
}

/// By which milestone a block was confirmed, and in what place of its white-flag order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Referenced {
    pub(crate) milestone: u32,
    pub(crate) white_flag_index: u32,
    pub(crate) inclusion: Inclusion,
}

/// Oldest and youngest milestone that a block's unconfirmed past cone is rooted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConeRoots {
    pub(crate) oldest: u32,
    pub(crate) youngest: u32,
}

/// A block and what is known about it.
#[derive(Clone, Debug)]
pub(crate) struct BlockRecord {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) parents: Vec<BlockId>,
    /// Index of the milestone this block carries.
    pub(crate) milestone: Option<u32>,
    pub(crate) referenced: Option<Referenced>,
    /// Its transaction is not validated semantically: the devnet mints with it.
    pub(crate) trusted: bool,
    /// Computed at confirmed milestone `.1`; stale afterwards.
    roots: (ConeRoots, u32),
}

/// Why a block cannot be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AttachError {
    #[error("block is not solid")]
    NotSolid,
    #[error("block is below max depth")]
    BelowMaxDepth,
}

/// What kind of block is attached.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attachment {
    pub(crate) milestone: Option<u32>,
    pub(crate) trusted: bool,
    /// The node made it to merge what it accepted before. A block that came while a milestone was being made is one
    /// milestone deeper by then, maybe one too many: that is no reason to stand still.
    pub(crate) own: bool,
    /// Keep it out of the tips, so that no milestone confirms it unless another block refers to it.
    pub(crate) withheld: bool,
}

/// All blocks that are not pruned. Every block in it is solid: its parents were known when it came.
#[derive(Clone, Debug)]
pub(crate) struct Tangle {
    blocks: HashMap<BlockId, BlockRecord>,
    /// Blocks nobody refers to yet, oldest first.
    tips: BTreeMap<u64, BlockId>,
    tip_numbers: HashMap<BlockId, u64>,
    next_tip: u64,
    by_milestone: BTreeMap<u32, Vec<BlockId>>,
    confirmed: u32,
    below_max_depth: u32,
}

impl Tangle {
    /// An empty tangle whose only entry point is the null block id.
    pub(crate) fn new(below_max_depth: u8) -> Self {
        let mut tangle = Self {
            blocks: HashMap::new(),
            tips: BTreeMap::new(),
            tip_numbers: HashMap::new(),
            next_tip: 0,
            by_milestone: BTreeMap::new(),
            confirmed: 0,
            below_max_depth: below_max_depth.into(),
        };
        tangle.add_tip(BlockId::null());
        tangle
    }

    pub(crate) fn get(&self, id: &BlockId) -> Option<&BlockRecord> {
        self.blocks.get(id)
    }

    /// Up to eight blocks to attach to, in the order parents have in a block. All tips are given
    /// while there are no more than eight, so a block attached to them comes after everything that
    /// was attached before it.
    pub(crate) fn select_tips(&self) -> Vec<BlockId> {
        let mut tips: Vec<_> = self.tips.values().take(MAX_PARENTS).copied().collect();
        tips.sort_unstable();
        tips
    }

    pub(crate) fn tip_count(&self) -> usize {
        self.tips.len()
    }

    /// Adds a block; one that is known already is left as it is.
    pub(crate) fn attach(
        &mut self,
        id: BlockId,
        bytes: Arc<[u8]>,
        parents: Vec<BlockId>,
        attachment: Attachment,
    ) -> Result<(), AttachError> {
        let roots = self.roots_of_parents(&parents)?;
        let depth = self.confirmed - roots.oldest.min(self.confirmed);
        if !attachment.own && depth > self.below_max_depth {
            return Err(AttachError::BelowMaxDepth);
        }
        if self.blocks.contains_key(&id) {
            return Ok(());
        }
        if !attachment.withheld {
            self.remove_tips(&parents);
            self.add_tip(id);
        }
        let record = BlockRecord {
            bytes,
            parents,
            milestone: attachment.milestone,
            referenced: None,
            trusted: attachment.trusted,
            roots: (roots, self.confirmed),
        };
        self.blocks.insert(id, record);
        Ok(())
    }

    /// Takes over a block from another node that has confirmed it, whether its parents are known or not.
    pub(crate) fn adopt(&mut self, id: BlockId, record: &BlockRecord) {
        self.remove_tips(&record.parents);
        self.blocks.entry(id).or_insert_with(|| BlockRecord { referenced: None, ..record.clone() });
    }

    /// Confirms the blocks of a milestone, in their white-flag order.
    pub(crate) fn confirm(&mut self, milestone: u32, blocks: Vec<(BlockId, Inclusion)>) {
        for (white_flag_index, (id, inclusion)) in (0u32..).zip(&blocks) {
            if let Some(record) = self.blocks.get_mut(id) {
                record.referenced = Some(Referenced { milestone, white_flag_index, inclusion: *inclusion });
            }
        }
        self.by_milestone.insert(milestone, blocks.into_iter().map(|(id, _)| id).collect());
        self.confirmed = milestone;
    }

    /// Forgets the blocks that milestones up to `target` confirmed.
    pub(crate) fn prune(&mut self, target: u32) {
        let kept = self.by_milestone.split_off(&(target.saturating_add(1)));
        for ids in std::mem::replace(&mut self.by_milestone, kept).into_values() {
            for id in ids {
                self.blocks.remove(&id);
            }
        }
    }

    fn remove_tips(&mut self, parents: &[BlockId]) {
        for parent in parents {
            if let Some(number) = self.tip_numbers.remove(parent) {
                self.tips.remove(&number);
            }
        }
    }

    fn add_tip(&mut self, id: BlockId) {
        self.tips.insert(self.next_tip, id);
        self.tip_numbers.insert(id, self.next_tip);
        self.next_tip += 1;
    }
}

#[cfg(test)]
mod tests;
