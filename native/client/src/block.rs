//! Blocks (TIP-24), put together around a payload whose bytes are not touched.

use crypto::hashes::{Digest, blake2b::Blake2b256};
use stardust_wallet::ledger::BlockId;

const NONCE: usize = size_of::<u64>();
/// TIP-24: a block has at most so many parents.
const MOST_PARENTS: usize = 8;
/// TIP-24: a block has at most so many bytes.
pub(crate) const MOST_BYTES: usize = 32_768;

/// A block in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    bytes: Vec<u8>,
}

impl Block {
    /// A block around `payload` with nonce 0; none when it has more bytes than a block can have. Parents are
    /// sorted and unique on the wire; without parents the node that gets it chooses them.
    pub(crate) fn new(protocol_version: u8, mut parents: Vec<[u8; 32]>, payload: &[u8]) -> Option<Self> {
        parents.sort_unstable();
        parents.dedup();
        parents.truncate(MOST_PARENTS);
        let mut bytes = vec![protocol_version, u8::try_from(parents.len()).ok()?];
        bytes.extend(parents.as_flattened());
        bytes.extend(u32::try_from(payload.len()).ok()?.to_le_bytes());
        bytes.extend(payload);
        bytes.extend([0; NONCE]);
        (bytes.len() <= MOST_BYTES).then_some(Self { bytes })
    }

    /// What proof of work is done for: everything but the nonce.
    pub(crate) fn to_prove(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - NONCE]
    }

    pub(crate) fn with_nonce(mut self, nonce: u64) -> Self {
        let at = self.bytes.len() - NONCE;
        self.bytes[at..].copy_from_slice(&nonce.to_le_bytes());
        self
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn id(&self) -> BlockId {
        id(&self.bytes)
    }
}

/// A block's id: Blake2b-256 of all its bytes.
pub(crate) fn id(bytes: &[u8]) -> BlockId {
    BlockId::from_slice(&Blake2b256::digest(bytes)).expect("a hash has the length of an id")
}

#[cfg(test)]
mod tests {
    use iota_sdk::{
        packable::PackableExt,
        types::block::{
            Block as Wire, BlockBuilder, BlockId as WireId,
            parent::Parents,
            payload::{Payload, TaggedDataPayload},
        },
    };

    use super::*;

    fn payload() -> Payload {
        TaggedDataPayload::new(*b"tag", *b"data").unwrap().into()
    }

    #[test]
    fn has_the_bytes_and_id_that_the_reference_types_give() {
        let parents = [[9; 32], [1; 32], [9; 32]];
        let ours = Block::new(2, parents.to_vec(), &payload().pack_to_vec()).unwrap().with_nonce(0x0102_0304_0506_0708);
        let wire: Wire = BlockBuilder::new(Parents::from_vec(parents.map(WireId::new).to_vec()).unwrap())
            .with_payload(payload())
            .with_nonce(0x0102_0304_0506_0708_u64)
            .finish()
            .unwrap();
        assert_eq!(ours.bytes(), wire.pack_to_vec());
        assert_eq!(ours.id().to_string(), wire.id().to_string());
        assert_eq!(ours.to_prove().len() + 8, ours.bytes().len());
    }

    #[test]
    fn refuses_what_is_larger_than_a_block() {
        let empty = Block::new(2, vec![[1; 32]], &[]).unwrap().bytes().len();
        assert!(Block::new(2, vec![[1; 32]], &vec![0; MOST_BYTES - empty]).is_some());
        assert!(Block::new(2, vec![[1; 32]], &vec![0; MOST_BYTES - empty + 1]).is_none());
    }
}
