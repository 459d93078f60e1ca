//! Accepting blocks from clients, by the rules of Hornet's block attacher.

use std::{sync::Arc, sync::atomic::Ordering};

use iota_sdk::{
    packable::{
        PackableExt,
        error::{UnexpectedEOF, UnpackError},
    },
    pow::{miner::MinerBuilder, score::PowScorer},
    types::block::{Block, BlockId, Error, parent::Parents, payload::Payload},
};

use super::Node;
use crate::tangle::Attachment;

const NONCE_LENGTH: usize = 8;

/// Why a block was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SubmitError {
    /// The bytes are not a block at all.
    #[error("invalid block, error: {0}")]
    Malformed(String),
    /// A block, but not one that may be attached.
    #[error("failed to attach block: {0}: invalid block")]
    Invalid(String),
    #[error("failed to attach block: proof of work is not available on this node")]
    NoPow,
}

impl Node {
    /// Attaches a serialized block and returns its id. Without parents the node chooses them, and
    /// without enough proof of work the node does it, if it is set to.
    ///
    /// # Errors
    /// See [`SubmitError`]. A refused block leaves no trace.
    pub(crate) fn submit(&self, mut bytes: Vec<u8>) -> Result<BlockId, SubmitError> {
        if let Some(leader) = self.leader() {
            let id = leader.submit(bytes)?;
            self.learn(&id, leader);
            return Ok(id);
        }
        let [version, parents, ..] = *bytes.as_slice() else {
            return Err(SubmitError::Malformed("unexpected end of the block".into()));
        };
        if version != self.protocol.protocol_version() {
            return Err(SubmitError::Invalid(format!("protocolVersion invalid: {version}")));
        }
        if bytes.len() < Block::LENGTH_MIN - 32 || bytes.len() > Block::LENGTH_MAX {
            return Err(SubmitError::Malformed(format!("invalid length {}", bytes.len())));
        }
        let target = self.protocol.min_pow_score();
        if parents == 0 {
            self.insert_parents(&mut bytes)?;
        }
        let mut block = Block::unpack_strict(&bytes, &self.protocol).map_err(refusal)?;
        let is_milestone = matches!(block.payload(), Some(Payload::Milestone(_)));
        if is_milestone && block.nonce() != 0 {
            bytes.truncate(bytes.len() - NONCE_LENGTH);
            bytes.extend([0; NONCE_LENGTH]);
        } else if !is_milestone && target != 0 {
            self.check_pow(&mut bytes, block.nonce(), target)?;
        }
        block = Block::unpack_unverified(&bytes).map_err(|error| SubmitError::Malformed(format!("{error:?}")))?;
        self.attach(&block, bytes.into(), self.take_withheld())
    }

    pub(super) fn attach(
        &self,
        block: &Block,
        bytes: Arc<[u8]>,
        attachment: Attachment,
    ) -> Result<BlockId, SubmitError> {
        let id = block.id();
        let mut state = self.write();
        state
            .tangle
            .attach(id, bytes, block.parents().to_vec(), attachment)
            .map_err(|error| SubmitError::Invalid(error.to_string()))?;
        state.metrics.new_blocks += 1;
        Ok(id)
    }

    fn insert_parents(&self, bytes: &mut Vec<u8>) -> Result<(), SubmitError> {
        if bytes.iter().rev().take(NONCE_LENGTH).any(|byte| *byte != 0) {
            return Err(SubmitError::Invalid("no parents were given but nonce was != 0".into()));
        }
        if !self.config.node_pow && self.protocol.min_pow_score() != 0 {
            return Err(SubmitError::Invalid("no parents given and node PoW is disabled".into()));
        }
        let tips = self.read().tangle.select_tips();
        let parents = Parents::from_vec(tips).expect("there is always a tip, and at most eight are selected");
        bytes.splice(1..2, parents.pack_to_vec());
        Ok(())
    }

    fn check_pow(&self, bytes: &mut Vec<u8>, nonce: u64, target: u32) -> Result<(), SubmitError> {
        let score = PowScorer::new().score(bytes);
        if score >= f64::from(target) {
            return Ok(());
        }
        if nonce != 0 {
            return Err(SubmitError::Invalid(format!("block has insufficient PoW score {score:.2}")));
        }
        if !self.config.node_pow {
            return Err(SubmitError::NoPow);
        }
        bytes.truncate(bytes.len() - NONCE_LENGTH);
        let nonce = MinerBuilder::new().with_num_workers(1).finish().nonce(bytes, target);
        let nonce = nonce.ok_or_else(|| SubmitError::Invalid("no nonce found".into()))?;
        bytes.extend(nonce.to_le_bytes());
        Ok(())
    }

    fn take_withheld(&self) -> Attachment {
        let one_less = |count: u32| count.checked_sub(1);
        let withheld = self.withhold.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        Attachment { withheld, ..Attachment::default() }
    }
}

/// Hornet reads a block without validating it and validates it when it attaches it.
fn refusal(error: UnpackError<Error, UnexpectedEOF>) -> SubmitError {
    match error {
        UnpackError::Packable(Error::NetworkIdMismatch { actual, .. }) => {
            SubmitError::Invalid(format!("invalid payload, error: wrong networkID: {actual}"))
        }
        UnpackError::Packable(error @ Error::RemainingBytesAfterBlock) => SubmitError::Malformed(error.to_string()),
        UnpackError::Packable(error) => SubmitError::Invalid(error.to_string()),
        UnpackError::Unpacker(_) => SubmitError::Malformed("unexpected end of the block".into()),
    }
}
