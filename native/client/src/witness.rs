//! A second, independently configured node, which what the first one says is compared with.
//!
//! It is asked for what a milestone is and did, and for the block that carries a transaction. Ids are computed from
//! bytes wherever they can be, so that the two nodes are compared and not what they say about themselves.

use std::sync::Arc;

use iota_sdk::{
    packable::PackableExt,
    types::block::{
        Block,
        payload::{
            Payload,
            transaction::{TransactionEssence, TransactionPayload},
        },
    },
};
use stardust_wallet::{
    ledger::{Done, LedgerOutput, MilestoneIndex, NodeError, OutputId, TransactionId, Witness, WitnessedMilestone},
    stardust,
};

use crate::{
    NodeClient,
    api::Api,
    block,
    counters::Route,
    fault::Fault,
    node::Info,
    wire::{BlockMetadataBody, InclusionState},
};

/// Implements [`Witness`] over the core API of the node that is configured as such. Clones share the client.
#[derive(Clone, Debug)]
pub struct RestWitness {
    client: NodeClient,
}

impl RestWitness {
    pub(crate) fn new(client: NodeClient) -> Self {
        Self { client }
    }

    fn ask<T, F, Fut>(&self, done: Done<Result<Option<T>, NodeError>>, question: F)
    where
        T: Send + 'static,
        F: Fn(Api, Arc<Info>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<T>, Fault>> + Send + 'static,
    {
        let Some(core) = self.client.witness_core().cloned() else { return done(Ok(None)) };
        let task = async move { core.on_any(core.config.retries, question).await.map_err(NodeError::from) };
        self.client.start(done, |fault| Err(fault.into()), task);
    }
}

impl Witness for RestWitness {
    fn milestone(&self, index: MilestoneIndex, done: Done<Result<Option<WitnessedMilestone>, NodeError>>) {
        self.ask(done, move |api, info| async move { milestone(&api, &info, index).await });
    }

    fn output(&self, id: OutputId, done: Done<Result<Option<LedgerOutput>, NodeError>>) {
        self.ask(done, move |api, info| async move { output(&api, &info, &id).await });
    }
}

/// A milestone; none when the node does not have it, for one of the two reasons that there are.
async fn milestone(api: &Api, info: &Info, index: MilestoneIndex) -> Result<Option<WitnessedMilestone>, Fault> {
    let Some((milestone, changes)) = api.milestone_changes(index, info).await? else {
        let info = api.info().await?;
        // pruned, not confirmed yet, or confirmed since
        if index <= info.pruned_to || index.0 >= info.confirmed.index {
            return Ok(None);
        }
        let message = format!("has confirmed {} and does not have milestone {index}", info.confirmed.index);
        return Err(api.fault(Route::UtxoChanges, Fault::invalid(message)));
    };
    let sorted = |mut ids: Vec<OutputId>| {
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            let message = format!("lists an output twice in milestone {index}");
            return Err(api.fault(Route::UtxoChanges, Fault::invalid(message)));
        }
        Ok(ids)
    };
    Ok(Some(WitnessedMilestone {
        id: milestone.position.id,
        created: sorted(changes.created_outputs)?,
        consumed: sorted(changes.consumed_outputs)?,
    }))
}

/// An output from the bytes of the block that carries its transaction, once the node says that this very block was
/// included.
async fn output(api: &Api, info: &Info, id: &OutputId) -> Result<Option<LedgerOutput>, Fault> {
    let invalid = |route, message: String| api.fault(route, Fault::invalid(message));
    let transaction = transaction_of(id).map_err(|message| invalid(Route::IncludedBlock, message))?;
    let Some(bytes) = api.included_block(&transaction).await? else { return Ok(None) };
    let output = read(&bytes, info, &transaction, id)
        .map_err(|message| invalid(Route::IncludedBlock, format!("block of transaction {transaction}: {message}")))?;
    let block = block::id(&bytes);
    let Some(metadata) = api.block_metadata(&block).await? else {
        return Err(invalid(Route::BlockMetadata, format!("gives block {block} and does not know its id")));
    };
    if !is_included(&metadata) {
        return Err(invalid(Route::BlockMetadata, format!("gives block {block} as included and says that it is not")));
    }
    Ok(Some(output))
}

fn is_included(metadata: &BlockMetadataBody) -> bool {
    metadata.ledger_inclusion_state == Some(InclusionState::Included)
        && metadata.referenced_by_milestone_index.is_some()
}

/// The transaction's part of an output id (TIP-20).
fn transaction_of(id: &OutputId) -> Result<TransactionId, String> {
    id.as_slice()
        .get(..32)
        .and_then(|bytes| TransactionId::from_slice(bytes).ok())
        .ok_or_else(|| format!("{id} is no id of an output"))
}

/// The output in the bytes of a block. The transaction's id is computed from them.
pub(crate) fn read(
    bytes: &[u8],
    info: &Info,
    transaction: &TransactionId,
    id: &OutputId,
) -> Result<LedgerOutput, String> {
    let block = Block::unpack_strict(bytes, &info.parameters).map_err(|error| format!("not understood: {error}"))?;
    let Some(Payload::Transaction(payload)) = block.payload() else { return Err("carries no transaction".into()) };
    if payload.id().as_ref() != transaction.as_slice() {
        return Err(format!("carries transaction {}", payload.id()));
    }
    let bytes = output_bytes(payload, id).ok_or("its transaction has no such output")?;
    stardust::decode_output(id, &bytes, &info.network).map_err(|error| error.to_string())
}

/// The id of the transaction that a block carries.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn transaction_in(bytes: &[u8], info: &Info) -> Option<TransactionId> {
    let block = Block::unpack_strict(bytes, &info.parameters).ok()?;
    let Some(Payload::Transaction(payload)) = block.payload() else { return None };
    TransactionId::from_slice(payload.id().as_ref()).ok()
}

fn output_bytes(payload: &TransactionPayload, id: &OutputId) -> Option<Vec<u8>> {
    let TransactionEssence::Regular(essence) = payload.essence();
    let index = id.as_slice().get(32..)?.try_into().ok().map(u16::from_le_bytes)?;
    essence.outputs().get(usize::from(index)).map(PackableExt::pack_to_vec)
}
