//! What fuzzers feed with bytes that a node could send. Each function answers whether it understood them, and panics only
//! when something is wrong with us. Built for tests and with the feature `fuzzing`.

use iota_sdk::types::block::{output::RentStructure, protocol::ProtocolParameters};
use serde::de::DeserializeOwned;
use stardust_wallet::{
    ledger::{MilestoneIndex, OutputId},
    stardust,
};

pub use crate::inx::fuzz::{inx_messages, inx_updates};
use crate::{
    api::read_info,
    keys::{KeyRange, MilestoneKeys},
    lookup::read_state,
    milestone::Milestone,
    node::Info,
    wire::{
        BlockCreatedBody, BlockMetadataBody, ConfirmedMilestone, ErrorBody, IndexBody, InfoBody, OutputMetadataBody,
        TipsBody, UtxoChangesBody,
    },
    witness,
};

/// The parameters of the network that the seeds are of.
pub(crate) fn parameters() -> ProtocolParameters {
    let rent = RentStructure::new(500, 10, 1);
    ProtocolParameters::new(2, "stardust-devnet".into(), "tst", 100, 15, rent, 2_779_530_283_277_761)
        .expect("a network's name and prefix of usual length")
}

fn info() -> Info {
    let parameters = parameters();
    Info {
        network: stardust::network(&parameters).expect("parameters of a real network"),
        parameters,
        healthy: true,
        confirmed: ConfirmedMilestone { index: 0, timestamp: None, milestone_id: None },
        pruned_to: MilestoneIndex(0),
        does_proof_of_work: false,
    }
}

/// The body of any route's JSON answer.
pub fn rest_json(bytes: &[u8]) -> bool {
    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
        serde_json::from_slice(bytes).ok()
    }
    let info = read::<InfoBody>(bytes).is_some_and(|body| read_info(&body).is_ok());
    let block = read::<BlockMetadataBody>(bytes).is_some_and(|body| read_state(&body).is_ok());
    info || block
        || read::<TipsBody>(bytes).is_some()
        || read::<BlockCreatedBody>(bytes).is_some()
        || read::<UtxoChangesBody>(bytes).is_some()
        || read::<OutputMetadataBody>(bytes).is_some()
        || read::<IndexBody>(bytes).is_some()
        || read::<ErrorBody>(bytes).is_some_and(|body| crate::fault::printable(&body.error.message).len() < 1024)
}

/// A milestone's bytes, signed or not.
pub fn milestone(bytes: &[u8]) -> bool {
    let range = |public_key| KeyRange { public_key, first: MilestoneIndex(0), last: None };
    let keys = MilestoneKeys::new(vec![range([1; 32]), range([2; 32])], 2).expect("two keys of which two sign");
    let parameters = parameters();
    let unsigned = Milestone::decode(bytes, &parameters, None);
    let signed = Milestone::decode(bytes, &parameters, Some(&keys));
    assert!(signed.is_err(), "signed by nobody");
    unsigned.is_ok()
}

/// The bytes of the block that carries a transaction.
pub fn included_block(bytes: &[u8]) -> bool {
    let info = info();
    let Some(transaction) = witness::transaction_in(bytes, &info) else { return false };
    let id = OutputId::from_slice(&[transaction.as_slice(), &[0, 0]].concat()).expect("32 bytes and two");
    witness::read(bytes, &info, &transaction, &id).is_ok()
}

#[cfg(test)]
#[path = "../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::replay::replay;

    #[test]
    fn answers_in_json() {
        replay("rest_json", super::rest_json, 1);
    }

    #[test]
    fn milestones() {
        replay("milestone", super::milestone, 1);
    }

    #[test]
    fn blocks() {
        replay("included_block", super::included_block, 1);
    }

    #[test]
    fn messages_of_inx() {
        replay("inx_messages", super::inx_messages, 1);
    }

    #[test]
    fn updates_of_inx() {
        replay("inx_updates", super::inx_updates, 1);
    }
}
