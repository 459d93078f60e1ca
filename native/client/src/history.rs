//! What was: transactions that were applied, and what spent outputs that nodes have forgotten. Nodes are asked first, and then
//! the permanode, if there is one.

use std::{sync::Arc, time::Duration};

use iota_sdk::{
    packable::PackableExt,
    types::block::{Block, payload::Payload},
};
use stardust_wallet::{
    ledger::{BlockId, LedgerTransaction, OutputAnswer, OutputId, OutputState, TransactionId},
    stardust,
};
use tokio::time::sleep;

use crate::{api::Api, block, client::Core, counters::Route, fault::Fault, node::Info, output_state};

/// A node that has just told of a milestone may need a moment to have its blocks: it is asked again after these pauses.
const PATIENCE: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(300), Duration::from_millis(500)];

/// A transaction and the block that carries it.
pub(crate) struct Included {
    pub(crate) transaction: LedgerTransaction,
    pub(crate) block: BlockId,
}

/// An applied transaction; none: neither a node nor the permanode has its block.
///
/// # Errors
/// [`Fault`] when one that may have it could not be asked: that is no absence.
pub(crate) async fn transaction(
    core: &Arc<Core>,
    permanode: Option<&Arc<Core>>,
    id: &TransactionId,
) -> Result<Option<Included>, Fault> {
    let mut pauses = PATIENCE.iter();
    loop {
        let mut answer = on_any(core, id).await;
        if let (Ok(None) | Err(_), Some(permanode)) = (&answer, permanode) {
            answer = match (on_any(permanode, id).await, answer) {
                (Ok(Some(found)), _) => Ok(Some(found)),
                (Err(fault), _) | (Ok(None), Err(fault)) => Err(fault),
                (Ok(None), Ok(_)) => Ok(None),
            };
        }
        match (answer, pauses.next()) {
            (Ok(None), Some(pause)) => sleep(*pause).await,
            (answer, _) => return answer,
        }
    }
}

/// The first node that has it; none when all of them say that they have not.
async fn on_any(core: &Arc<Core>, id: &TransactionId) -> Result<Option<Included>, Fault> {
    let mut walk = core.walk();
    while let Some((api, info)) = walk.next().await {
        match included(&api, &info, id).await {
            Ok(found) => {
                api.node.succeeded();
                if found.is_some() {
                    return Ok(found);
                }
            }
            Err(fault) => walk.failed(&api, fault),
        }
    }
    let faults = walk.into_faults();
    if faults.is_empty() { Ok(None) } else { Err(Fault::of_all(faults)) }
}

/// A transaction from the bytes of the block that carries it, from which both ids are computed.
async fn included(api: &Api, info: &Info, id: &TransactionId) -> Result<Option<Included>, Fault> {
    let Some(bytes) = api.included_block(id).await? else { return Ok(None) };
    let found = read(&bytes, info, id).map(|transaction| Included { transaction, block: block::id(&bytes) });
    found.map(Some).map_err(|message| {
        api.fault(Route::IncludedBlock, Fault::invalid(format!("block of transaction {id}: {message}")))
    })
}

/// The transaction in the bytes of a block.
fn read(bytes: &[u8], info: &Info, id: &TransactionId) -> Result<LedgerTransaction, String> {
    let block = Block::unpack_strict(bytes, &info.parameters).map_err(|error| format!("not understood: {error}"))?;
    let Some(payload @ Payload::Transaction(_)) = block.payload() else { return Err("carries no transaction".into()) };
    stardust::decode_transaction(id, &payload.pack_to_vec(), &info.network).map_err(|error| error.to_string())
}

/// What spent an output that nodes do not have any more, if the permanode knows it.
///
/// # Errors
/// [`Fault`] when it cannot be asked or contradicts itself.
pub(crate) async fn spent_before(
    permanode: &Arc<Core>,
    id: &OutputId,
    answer: OutputAnswer,
) -> Result<OutputAnswer, Fault> {
    if answer.state != OutputState::Unknown {
        return Ok(answer);
    }
    let operation = |api: Api, _| async move {
        let Some(metadata) = api.output_metadata(id).await? else { return Ok(OutputState::Unknown) };
        output_state::read(&api, id, &metadata)
    };
    let state = permanode.on_any(permanode.config.retries, operation).await?;
    Ok(match state {
        OutputState::Spent { milestone, .. } if milestone <= answer.ledger_index => OutputAnswer { state, ..answer },
        // nodes that are further than the permanode say that it is not there
        OutputState::Spent { .. } | OutputState::Unspent | OutputState::Unknown => answer,
    })
}
