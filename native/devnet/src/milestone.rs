//! Signed milestone payloads (TIP-8) and their Merkle roots (TIP-4).

use iota_sdk::{
    crypto::{
        hashes::{Digest, blake2b::Blake2b256},
        signatures::ed25519::SecretKey,
    },
    types::block::{
        BlockId, Error,
        parent::Parents,
        payload::milestone::{
            MerkleRoot, MilestoneEssence, MilestoneId, MilestoneIndex, MilestoneOptions, MilestonePayload,
        },
        signature::{Ed25519Signature, Signature},
    },
};

use crate::{config::MILESTONE_SEEDS, ledger::Moment};

/// Builds a milestone and signs it with both milestone keys.
pub(crate) fn sign(
    at: Moment,
    previous: MilestoneId,
    parents: Parents,
    referenced: &[BlockId],
    applied: &[BlockId],
) -> Result<MilestonePayload, Error> {
    let essence = MilestoneEssence::new(
        MilestoneIndex(at.index),
        at.timestamp,
        2,
        previous,
        parents,
        MerkleRoot::new(merkle_root(referenced)),
        MerkleRoot::new(merkle_root(applied)),
        Vec::new(),
        MilestoneOptions::try_from(Vec::new())?,
    )?;
    let hash = essence.hash();
    let signatures: Vec<Signature> = MILESTONE_SEEDS
        .iter()
        .map(|seed| {
            let key = SecretKey::from_bytes(seed);
            Ed25519Signature::new(key.public_key(), key.sign(&hash)).into()
        })
        .collect();
    MilestonePayload::new(essence, signatures)
}

/// The public keys that milestones are signed with.
pub(crate) fn public_keys() -> Vec<[u8; 32]> {
    MILESTONE_SEEDS.iter().map(|seed| SecretKey::from_bytes(seed).public_key().to_bytes()).collect()
}

/// Root of the Merkle tree over block ids in the given order.
fn merkle_root(ids: &[BlockId]) -> [u8; 32] {
    match ids {
        [] => Blake2b256::digest([]).into(),
        [id] => Blake2b256::new().chain_update([0]).chain_update(id).finalize().into(),
        _ => {
            // the largest power of two below the length
            let (left, right) = ids.split_at(ids.len().next_power_of_two() / 2);
            Blake2b256::new()
                .chain_update([1])
                .chain_update(merkle_root(left))
                .chain_update(merkle_root(right))
                .finalize()
                .into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of TIP-4 (also in iota.go's Merkle hasher test).
    #[test]
    fn merkle_root_of_the_specification() {
        let ids: Vec<BlockId> = [
            "0x52fdfc072182654f163f5f0f9a621d729566c74d10037c4d7bbb0407d1e2c649",
            "0x81855ad8681d0d86d1e91e00167939cb6694d2c422acd208a0072939487f6999",
            "0xeb9d18a44784045d87f3c67cf22746e995af5a25367951baa2ff6cd471c483f1",
            "0x5fb90badb37c5821b6d95526a41a9504680b4e7c8b763a1b1d49d4955c848621",
            "0x6325253fec738dd7a9e28bf921119c160f0702448615bbda08313f6a8eb668d2",
            "0x0bf5059875921e668a5bdf2c7fc4844592d2572bcd0668d2d6c52f5054e2d083",
            "0x6bf84c7174cb7476364cc3dbd968b0f7172ed85794bb358b0c3b525da1786f9f",
        ]
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
        let expected: BlockId = "0xbf67ce7ba23e8c0951b5abaec4f5524360d2c26d971ff226d3359fa70cdb0beb".parse().unwrap();
        assert_eq!(BlockId::new(merkle_root(&ids)), expected);
    }

    #[test]
    fn signatures_are_valid() {
        let parents = Parents::from_vec(vec![BlockId::null()]).unwrap();
        let at = Moment { index: 1, timestamp: 1_700_000_000 };
        let payload = sign(at, MilestoneId::null(), parents, &[], &[]).unwrap();
        let keys = [
            "ed3c3f1a319ff4e909cf2771d79fece0ac9bd9fd2ee49ea6c0885c9cb3b1248c".to_owned(),
            "f6752f5f46a53364e2ee9c4d662d762a81efd51010282a75cd6bd03f28ef349c".to_owned(),
        ];
        payload.validate(&keys, 2).unwrap();
    }
}
