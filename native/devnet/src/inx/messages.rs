//! What the node knows, as INX messages.

use iota_sdk::{
    packable::PackableExt,
    types::block::{output::OutputId, payload::Payload, protocol::ProtocolParameters},
};
use stardust_inx::{
    BlockId, LedgerOutput, LedgerSpent, LedgerUpdate, Milestone, MilestoneId, MilestoneInfo, RawMilestone, RawOutput,
    RawProtocolParameters, TransactionId,
    ledger_update::{Marker, Op, marker::MarkerType},
};

use crate::{
    ledger::{Record, Spent},
    node::MilestoneRecord,
};

pub(super) fn parameters(protocol: &ProtocolParameters) -> RawProtocolParameters {
    RawProtocolParameters {
        protocol_version: u32::from(protocol.protocol_version()),
        params: protocol.pack_to_vec().into(),
    }
}

pub(super) fn milestone(record: &MilestoneRecord) -> Milestone {
    Milestone {
        milestone_info: Some(MilestoneInfo {
            milestone_id: Some(MilestoneId { id: record.id.pack_to_vec().into() }),
            milestone_index: record.at.index,
            milestone_timestamp: record.at.timestamp,
        }),
        milestone: Some(RawMilestone { data: Payload::from(record.payload.clone()).pack_to_vec().into() }),
    }
}

pub(super) fn output(id: &OutputId, record: &Record) -> LedgerOutput {
    LedgerOutput {
        output_id: Some(stardust_inx::OutputId { id: id.pack_to_vec().into() }),
        block_id: Some(BlockId { id: record.block_id.pack_to_vec().into() }),
        milestone_index_booked: record.booked.index,
        milestone_timestamp_booked: record.booked.timestamp,
        output: Some(RawOutput { data: record.output.pack_to_vec().into() }),
    }
}

pub(super) fn spent(id: &OutputId, record: &Record, spent: &Spent) -> LedgerSpent {
    LedgerSpent {
        output: Some(output(id, record)),
        transaction_id_spent: Some(TransactionId { id: spent.transaction_id.pack_to_vec().into() }),
        milestone_index_spent: spent.at.index,
        milestone_timestamp_spent: spent.at.timestamp,
    }
}

/// The beginning or the end of a milestone.
pub(super) fn marker(kind: MarkerType, index: u32, consumed: usize, created: usize) -> LedgerUpdate {
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    LedgerUpdate {
        op: Some(Op::BatchMarker(Marker {
            milestone_index: index,
            marker_type: kind.into(),
            consumed_count: count(consumed),
            created_count: count(created),
        })),
    }
}
