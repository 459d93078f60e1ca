//! A milestone's payload (TIP-29). Its id is computed here, never taken from a node.

use iota_sdk::{
    packable::PackableExt,
    types::block::{payload::Payload, protocol::ProtocolParameters},
};
use stardust_wallet::ledger::{MilestoneId, MilestoneIndex, Position, UnixTime};

/// Where a milestone stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Milestone {
    pub(crate) position: Position,
    pub(crate) previous_id: MilestoneId,
}

impl Milestone {
    /// Reads a milestone payload. The id is the Blake2b-256 hash of the essence, as TIP-29 says.
    pub(crate) fn decode(bytes: &[u8], parameters: &ProtocolParameters) -> Result<Self, String> {
        let payload = Payload::unpack_verified(bytes, parameters)
            .map_err(|error| format!("a milestone that is not understood: {error}"))?;
        let Payload::Milestone(milestone) = &payload else {
            return Err("another payload than a milestone".into());
        };
        if payload.packed_len() != bytes.len() {
            return Err("bytes behind a milestone".into());
        }
        let id = |bytes: &[u8]| MilestoneId::from_slice(bytes).map_err(|error| error.to_string());
        let essence = milestone.essence();
        Ok(Self {
            position: Position {
                index: MilestoneIndex(*essence.index()),
                id: id(milestone.id().as_ref())?,
                time: UnixTime(essence.timestamp()),
            },
            previous_id: id(essence.previous_milestone_id().as_ref())?,
        })
    }

    pub(crate) fn must_be(&self, index: MilestoneIndex) -> Result<(), String> {
        if self.position.index == index {
            return Ok(());
        }
        Err(format!("milestone {} where {index} was asked for", self.position.index))
    }
}
