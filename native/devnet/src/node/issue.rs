//! Milestones: merging tips, white-flag confirmation, the signed payload and its block.

use std::{
    sync::{Arc, MutexGuard},
    time::{SystemTime, UNIX_EPOCH},
};

use iota_sdk::{
    packable::PackableExt,
    types::block::{
        Block, BlockBuilder, BlockId, Error,
        parent::Parents,
        payload::{Payload, milestone::MilestoneId, tagged_data::TaggedDataPayload},
        semantic::ConflictReason,
    },
};

use super::{MilestoneRecord, Node, State, follow::Applied, lock};
use crate::{
    ledger::{Moment, Mutations},
    milestone,
    tangle::{Attachment, BlockRecord, Inclusion, MAX_PARENTS},
};

impl Node {
    /// Issues `count` milestones and returns the index of the last one.
    ///
    /// # Errors
    /// When a block cannot be built, which is a fault of this program.
    pub(crate) fn issue_milestones(&self, count: u32) -> Result<u32, Error> {
        if let Some(leader) = self.leader() {
            return leader.issue_milestones(count);
        }
        let mut index = self.read().ledger.index();
        for _ in 0..count {
            index = self.issue_milestone()?;
        }
        Ok(index)
    }

    /// Confirms everything that is attached and not withheld, pays the faucet's waiting requests
    /// within it, and returns the milestone's index. Blocks submitted while it works belong to the
    /// next milestone.
    ///
    /// # Errors
    /// When a block cannot be built, which is a fault of this program.
    pub(crate) fn issue_milestone(&self) -> Result<u32, Error> {
        let issuing = lock(&self.issuing);
        self.issue(&issuing)
    }

    /// The same for the timer: nothing while it is paused, which cannot change meanwhile.
    ///
    /// # Errors
    /// When a block cannot be built, which is a fault of this program.
    pub(crate) fn issue_unless_paused(&self) -> Result<Option<u32>, Error> {
        let issuing = lock(&self.issuing);
        if self.is_paused() { Ok(None) } else { self.issue(&issuing).map(Some) }
    }

    /// Its caller holds `issuing`.
    fn issue(&self, _issuing: &MutexGuard<'_, ()>) -> Result<u32, Error> {
        self.pay_waiting();
        let (at, previous, parents, cone) = self.close_cone()?;
        let mut mutations = Mutations::new(at);
        let mut inclusions = Vec::with_capacity(cone.len());
        for (id, record) in &cone {
            inclusions.push((*id, self.include(&mut mutations, *id, record)?));
        }
        let referenced: Vec<BlockId> = inclusions.iter().map(|(id, _)| *id).collect();
        let included = inclusions.iter().filter(|(_, inclusion)| *inclusion == Inclusion::Included);
        let applied: Vec<BlockId> = included.map(|(id, _)| *id).collect();
        let payload = milestone::sign(at, previous, parents.clone(), &referenced, &applied)?;
        let block = BlockBuilder::new(parents.clone()).with_payload(Payload::from(payload.clone())).finish()?;

        let record = Arc::new(MilestoneRecord { at, id: payload.id(), payload });
        let block = (block.id(), Arc::from(block.pack_to_vec()), parents.to_vec());
        let handed_over = self.has_followers().then(|| {
            let (mutations, inclusions) = (mutations.clone(), inclusions.clone());
            Arc::new(Applied { mutations, cone, inclusions, block: block.clone(), record: record.clone() })
        });
        {
            let mut state = self.write();
            state.measure(at, inclusions.len());
            state.conclude(mutations, inclusions, block, &record);
        }
        self.confirmed.send_replace(at.index);
        self.prune_old(at.index);
        if let Some(applied) = handed_over {
            self.hand_over(&applied);
        }
        tracing::debug!(index = at.index, blocks = referenced.len(), transactions = applied.len(), "milestone");
        Ok(at.index)
    }

    /// Decides on the next milestone: its time, its parents and the blocks it will confirm.
    #[expect(clippy::type_complexity, reason = "the parts of one decision, used once")]
    fn close_cone(&self) -> Result<(Moment, MilestoneId, Parents, Vec<(BlockId, BlockRecord)>), Error> {
        let mut state = self.write();
        while state.tangle.tip_count() > MAX_PARENTS {
            state.attach_checkpoint()?;
        }
        let parents = Parents::from_vec(state.tangle.select_tips())?;
        let cone = state.tangle.past_cone(&parents);
        let (previous, earliest) =
            state.latest().map_or((MilestoneId::null(), 0), |latest| (latest.id, latest.at.timestamp + 1));
        let at = Moment { index: state.ledger.index() + 1, timestamp: now().max(earliest) };
        Ok((at, previous, parents, cone))
    }

    fn include(&self, mutations: &mut Mutations, id: BlockId, record: &BlockRecord) -> Result<Inclusion, Error> {
        let block = Block::unpack_unverified(&record.bytes).map_err(|_| Error::RemainingBytesAfterBlock)?;
        let Some(Payload::Transaction(transaction)) = block.payload() else {
            return Ok(Inclusion::NoTransaction);
        };
        let lookup = |output: &_| self.read().ledger.get(output).cloned();
        Ok(match mutations.apply(id, transaction, record.trusted, lookup) {
            ConflictReason::None => Inclusion::Included,
            conflict => Inclusion::Conflicting(conflict),
        })
    }
}

impl State {
    /// Merges eight tips with an empty block, as a coordinator's checkpoints do.
    fn attach_checkpoint(&mut self) -> Result<(), Error> {
        self.attach_tag(b"devnet-checkpoint")
    }

    /// A block that no other ledger has.
    pub(super) fn attach_marker(&mut self) -> Result<(), Error> {
        self.attach_tag(b"devnet-another-ledger")
    }

    fn attach_tag(&mut self, tag: &[u8]) -> Result<(), Error> {
        let parents = Parents::from_vec(self.tangle.select_tips())?;
        let tag = TaggedDataPayload::new(tag, [])?;
        let block = BlockBuilder::new(parents.clone()).with_payload(Payload::from(tag)).finish()?;
        self.tangle
            .attach(
                block.id(),
                block.pack_to_vec().into(),
                parents.to_vec(),
                Attachment { own: true, ..Attachment::default() },
            )
            .expect("tips are known");
        Ok(())
    }

    /// Makes a milestone the confirmed one.
    pub(super) fn conclude(
        &mut self,
        mutations: Mutations,
        inclusions: Vec<(BlockId, Inclusion)>,
        (id, bytes, parents): (BlockId, Arc<[u8]>, Vec<BlockId>),
        record: &Arc<MilestoneRecord>,
    ) {
        let index = record.at.index;
        self.ledger.commit(mutations);
        self.tangle.confirm(index, inclusions);
        let attachment = Attachment { milestone: Some(index), ..Attachment::default() };
        // its parents are known and just confirmed
        self.tangle.attach(id, bytes, parents, attachment).expect("a milestone is attached to known blocks");
        self.milestone_ids.insert(record.id, index);
        self.milestones.insert(index, record.clone());
        self.latest = Some(record.clone());
    }

    pub(super) fn measure(&mut self, at: Moment, referenced: usize) {
        let seconds = self.latest().map_or(1, |latest| at.timestamp - latest.at.timestamp);
        let referenced = f64::from(u32::try_from(referenced).unwrap_or(u32::MAX));
        let new = f64::from(std::mem::take(&mut self.metrics.new_blocks));
        self.metrics.blocks_per_second = new / f64::from(seconds);
        self.metrics.referenced_blocks_per_second = referenced / f64::from(seconds);
        self.metrics.referenced_rate = if new > 0.0 { referenced / new * 100.0 } else { 0.0 };
    }
}

/// Seconds since 1970.
fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}
