//! Updates of the ledger, put together to what one milestone did. Pure.

use stardust_inx::{
    LedgerOutput as WireOutput, LedgerSpent, LedgerUpdate,
    ledger_update::{Marker, Op, marker::MarkerType},
};
use stardust_wallet::{
    ledger::{Consumed, LedgerOutput, MilestoneIndex, Network, OutputId, TransactionId},
    stardust,
};

/// Not more is set aside on a node's word for the outputs to come.
const AT_ONCE: usize = 1024;

/// What one milestone did, complete by its own counts.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) index: MilestoneIndex,
    pub(super) created: Vec<LedgerOutput>,
    pub(super) consumed: Vec<Consumed>,
}

/// What an update brought.
pub(super) enum Step {
    /// A milestone begins.
    Begun(MilestoneIndex),
    /// One output more.
    Inside,
    /// A milestone is complete.
    Complete(Batch),
}

/// Takes one update after the other. After an error it is of no more use.
pub(super) struct Assembler {
    next: MilestoneIndex,
    network: Network,
    /// Outputs of one milestone may have so many bytes together.
    most: usize,
    open: Option<Open>,
}

struct Open {
    begin: Marker,
    batch: Batch,
    bytes: usize,
}

impl Assembler {
    /// Expects the milestone `next`, and after it one after the other.
    pub(super) fn new(next: MilestoneIndex, network: Network, most: usize) -> Self {
        Self { next, network, most, open: None }
    }

    /// # Errors
    /// What is wrong, in words: an order other than begin, outputs, end; a milestone that is not the next one; counts
    /// that differ; an output that cannot be decoded or is of another milestone.
    pub(super) fn take(&mut self, update: LedgerUpdate) -> Result<Step, String> {
        match update.op.ok_or("an update without content")? {
            Op::BatchMarker(marker) => match MarkerType::try_from(marker.marker_type) {
                Ok(MarkerType::Begin) => self.begin(marker),
                Ok(MarkerType::End) => self.end(marker),
                Err(_) => Err(format!("a marker of unknown kind {}", marker.marker_type)),
            },
            Op::Created(output) => self.created(&output),
            Op::Consumed(spent) => self.consumed(&spent),
        }
    }

    fn begin(&mut self, begin: Marker) -> Result<Step, String> {
        let index = MilestoneIndex(begin.milestone_index);
        if let Some(open) = &self.open {
            return Err(format!("milestone {index} begins before the end of {}", open.batch.index));
        }
        if index != self.next || index.0 == u32::MAX {
            return Err(format!("milestone {index} where {} is next", self.next));
        }
        let room = |count: u32| usize::try_from(count).unwrap_or(AT_ONCE).min(AT_ONCE);
        let created = Vec::with_capacity(room(begin.created_count));
        let consumed = Vec::with_capacity(room(begin.consumed_count));
        self.open = Some(Open { begin, batch: Batch { index, created, consumed }, bytes: 0 });
        Ok(Step::Begun(index))
    }

    fn end(&mut self, end: Marker) -> Result<Step, String> {
        let Some(Open { begin, batch, .. }) = self.open.take() else {
            return Err(format!("milestone {} ends without a beginning", end.milestone_index));
        };
        let index = batch.index;
        if end.milestone_index != index.0 {
            return Err(format!("milestone {index} ends as {}", end.milestone_index));
        }
        if (begin.created_count, begin.consumed_count) != (end.created_count, end.consumed_count) {
            return Err(format!("milestone {index} begins and ends with different counts"));
        }
        check_count(index, "created", batch.created.len(), end.created_count)?;
        check_count(index, "consumed", batch.consumed.len(), end.consumed_count)?;
        self.next = index.next();
        Ok(Step::Complete(batch))
    }

    fn created(&mut self, output: &WireOutput) -> Result<Step, String> {
        let open = self.open.as_mut().ok_or("an output outside of a milestone")?;
        let index = open.batch.index;
        check_count_so_far(index, "created", open.batch.created.len(), open.begin.created_count)?;
        if output.milestone_index_booked != index.0 {
            return Err(format!("an output of milestone {} in {index}", output.milestone_index_booked));
        }
        let (id, decoded) = decode(output, &self.network)?;
        open.bytes = open.bytes.saturating_add(decoded.raw.len());
        if open.bytes > self.most {
            return Err(format!("milestone {index} creates outputs of more than {} bytes together ({id})", self.most));
        }
        open.batch.created.push(decoded);
        Ok(Step::Inside)
    }

    fn consumed(&mut self, spent: &LedgerSpent) -> Result<Step, String> {
        let open = self.open.as_mut().ok_or("a consumed output outside of a milestone")?;
        let index = open.batch.index;
        check_count_so_far(index, "consumed", open.batch.consumed.len(), open.begin.consumed_count)?;
        if spent.milestone_index_spent != index.0 {
            return Err(format!("an output that milestone {} spent in {index}", spent.milestone_index_spent));
        }
        let id = output_id(spent.output.as_ref().ok_or("a consumed output without output")?)?;
        let spender = spent.transaction_id_spent.as_ref().map_or(&[][..], |id| &id.id);
        let spender: [u8; 32] = spender.try_into().map_err(|_| format!("no transaction that consumed output {id}"))?;
        let spent_by = TransactionId::from_slice(&spender).map_err(|error| error.to_string())?;
        open.batch.consumed.push(Consumed { id, spent_by: Some(spent_by) });
        Ok(Step::Inside)
    }
}

/// An output with its id, from the wire.
pub(super) fn decode(output: &WireOutput, network: &Network) -> Result<(OutputId, LedgerOutput), String> {
    let id = output_id(output)?;
    let bytes = output.output.as_ref().map_or(&[][..], |raw| &raw.data);
    let decoded = stardust::decode_output(&id, bytes, network).map_err(|error| format!("output {id}: {error}"))?;
    Ok((id, decoded))
}

fn output_id(output: &WireOutput) -> Result<OutputId, String> {
    let id = output.output_id.as_ref().map_or(&[][..], |id| &id.id);
    let id: [u8; 34] = id.try_into().map_err(|_| format!("an output id of {} bytes", id.len()))?;
    OutputId::from_slice(&id).map_err(|error| error.to_string())
}

fn check_count(index: MilestoneIndex, what: &str, got: usize, announced: u32) -> Result<(), String> {
    if usize::try_from(announced).is_ok_and(|announced| announced == got) {
        return Ok(());
    }
    Err(format!("milestone {index} has {got} {what} outputs where {announced} were announced"))
}

fn check_count_so_far(index: MilestoneIndex, what: &str, got: usize, announced: u32) -> Result<(), String> {
    if usize::try_from(announced).is_ok_and(|announced| got < announced) {
        return Ok(());
    }
    Err(format!("milestone {index} has more {what} outputs than the {announced} that were announced"))
}
