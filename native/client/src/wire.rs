//! The JSON of the APIs, as far as it is used (TIP-25, TIP-26).

use iota_sdk::types::block::protocol::ProtocolParameters;
use serde::{Deserialize, Deserializer, de::Error as _};
use stardust_wallet::ledger::{BlockId, MilestoneId, OutputId, TransactionId};

/// `GET info`.
#[derive(Debug, Deserialize)]
pub(crate) struct InfoBody {
    pub(crate) status: StatusBody,
    /// Read by itself: another protocol version may have other fields.
    pub(crate) protocol: serde_json::Value,
    #[serde(default)]
    pub(crate) features: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusBody {
    pub(crate) is_healthy: bool,
    pub(crate) confirmed_milestone: ConfirmedMilestone,
    pub(crate) pruning_index: u32,
}

/// The newest confirmed milestone. A node that has just started from a snapshot knows the index only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmedMilestone {
    pub(crate) index: u32,
    #[serde(default)]
    pub(crate) timestamp: Option<u32>,
    #[serde(default, deserialize_with = "optional_milestone_id")]
    pub(crate) milestone_id: Option<MilestoneId>,
}

/// The version alone: enough to refuse a network whose other parameters cannot be read.
#[derive(Debug, Deserialize)]
pub(crate) struct VersionBody {
    pub(crate) version: u8,
}

impl InfoBody {
    pub(crate) fn version(&self) -> Result<u8, serde_json::Error> {
        VersionBody::deserialize(&self.protocol).map(|body| body.version)
    }

    pub(crate) fn parameters(&self) -> Result<ProtocolParameters, serde_json::Error> {
        ProtocolParameters::deserialize(&self.protocol)
    }
}

/// `GET tips`.
#[derive(Debug, Deserialize)]
pub(crate) struct TipsBody {
    #[serde(deserialize_with = "ids")]
    pub(crate) tips: Vec<[u8; 32]>,
}

/// `POST blocks`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockCreatedBody {
    #[serde(deserialize_with = "block_id")]
    pub(crate) block_id: BlockId,
}

/// `GET milestones/{milestoneId}/utxo-changes`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UtxoChangesBody {
    pub(crate) index: u32,
    #[serde(deserialize_with = "output_ids")]
    pub(crate) created_outputs: Vec<OutputId>,
    #[serde(deserialize_with = "output_ids")]
    pub(crate) consumed_outputs: Vec<OutputId>,
}

/// `GET outputs/{id}/metadata`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutputMetadataBody {
    /// The ledger's height when it was asked.
    pub(crate) ledger_index: u32,
    pub(crate) is_spent: bool,
    #[serde(default)]
    pub(crate) milestone_index_spent: Option<u32>,
    #[serde(default, deserialize_with = "optional_transaction_id")]
    pub(crate) transaction_id_spent: Option<TransactionId>,
}

/// `GET blocks/{id}/metadata`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockMetadataBody {
    #[serde(deserialize_with = "block_id")]
    pub(crate) block_id: BlockId,
    #[serde(default)]
    pub(crate) referenced_by_milestone_index: Option<u32>,
    #[serde(default)]
    pub(crate) ledger_inclusion_state: Option<InclusionState>,
    #[serde(default)]
    pub(crate) conflict_reason: Option<u8>,
    #[serde(default)]
    pub(crate) should_reattach: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum InclusionState {
    Included,
    Conflicting,
    NoTransaction,
}

/// The indexer's `GET outputs`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IndexBody {
    pub(crate) ledger_index: u32,
    #[serde(default)]
    pub(crate) cursor: Option<String>,
    #[serde(deserialize_with = "output_ids")]
    pub(crate) items: Vec<OutputId>,
}

/// Every error answer.
#[derive(Debug, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) error: ErrorText,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ErrorText {
    pub(crate) message: String,
}

macro_rules! exact_id {
    ($name:ident, $id:ident, $length:literal) => {
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$id, D::Error> {
            let text = String::deserialize(deserializer)?;
            let id = $id::from_hex(&text).map_err(D::Error::custom)?;
            if id.as_slice().len() != $length {
                return Err(D::Error::custom("an id of the wrong length"));
            }
            Ok(id)
        }
    };
}
macro_rules! optional_id {
    ($name:ident, $with:literal, $id:ident) => {
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$id>, D::Error> {
            #[derive(Deserialize)]
            struct Exact(#[serde(deserialize_with = $with)] $id);
            Ok(Option::<Exact>::deserialize(deserializer)?.map(|id| id.0))
        }
    };
}

exact_id!(block_id, BlockId, 32);
exact_id!(transaction_id, TransactionId, 32);
exact_id!(milestone_id, MilestoneId, 32);
exact_id!(output_id, OutputId, 34);
optional_id!(optional_milestone_id, "milestone_id", MilestoneId);
optional_id!(optional_transaction_id, "transaction_id", TransactionId);

fn output_ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OutputId>, D::Error> {
    #[derive(Deserialize)]
    struct Exact(#[serde(deserialize_with = "output_id")] OutputId);
    Ok(Vec::<Exact>::deserialize(deserializer)?.into_iter().map(|id| id.0).collect())
}

fn ids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<[u8; 32]>, D::Error> {
    #[derive(Deserialize)]
    struct Exact(#[serde(deserialize_with = "block_id")] BlockId);
    let ids = Vec::<Exact>::deserialize(deserializer)?;
    ids.iter().map(|id| id.0.as_slice().try_into().map_err(D::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_their_exact_length() {
        let body = |id: &str| format!(r#"{{"blockId":"{id}"}}"#);
        let read = |id: &str| serde_json::from_str::<BlockCreatedBody>(&body(id));
        assert!(read(&format!("0x{}", "ab".repeat(32))).is_ok());
        for id in [format!("0x{}", "ab".repeat(31)), "ab".repeat(32), String::new(), format!("0x{}", "zz".repeat(32))] {
            assert!(read(&id).is_err(), "{id}");
        }
    }

    #[test]
    fn absent_fields_are_none() {
        let body: OutputMetadataBody = serde_json::from_str(r#"{"isSpent":false,"ledgerIndex":1}"#).unwrap();
        assert!(!body.is_spent && body.milestone_index_spent.is_none() && body.transaction_id_spent.is_none());
        let milestone: ConfirmedMilestone = serde_json::from_str(r#"{"index":7}"#).unwrap();
        assert_eq!(milestone, ConfirmedMilestone { index: 7, timestamp: None, milestone_id: None });
    }
}
