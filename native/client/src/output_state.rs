//! What became of an output. An absence is believed only after everything else that it could mean is ruled out.

use std::sync::Arc;

use stardust_wallet::{
    error::ErrorKind,
    ledger::{MilestoneIndex, OutputAnswer, OutputId, OutputState},
};

use crate::{api::Api, counters::Route, fault::Fault, node::Info, wire::OutputMetadataBody};

/// Asks a node whose ledger stands at `at_least` or later. `known` is what it said of itself a short while ago.
///
/// What the node has it tells with its height, in one request. What it does not have (404) it did not have at a height
/// that it had before, as long as it is still the same node afterwards: healthy, of the same network, and no
/// ledger that went back, as after a start from an old snapshot. Nor may it have forgotten anything after `at_least`:
/// else the output may have been spent later than that, by what is pruned.
pub(crate) async fn output_state(
    api: &Api,
    known: Arc<Info>,
    id: &OutputId,
    at_least: MilestoneIndex,
) -> Result<OutputAnswer, Fault> {
    let known = if check(api, &known, at_least).is_ok() { known } else { api.info().await? };
    check(api, &known, at_least)?;
    if let Some(metadata) = api.output_metadata(id).await? {
        let ledger_index = MilestoneIndex(metadata.ledger_index);
        if ledger_index < at_least {
            return Err(behind(api, ledger_index, at_least));
        }
        return Ok(OutputAnswer { ledger_index, state: read(api, id, &metadata)? });
    }
    let ledger_index = MilestoneIndex(known.confirmed.index);
    let now = api.info().await?;
    check(api, &now, ledger_index)?;
    if now.pruned_to > at_least {
        let message = format!("has pruned milestones up to {}, after {at_least}", now.pruned_to);
        return Err(api.fault(Route::OutputMetadata, Fault::not_offered(ErrorKind::NodeUnhealthy, message)));
    }
    Ok(OutputAnswer { ledger_index, state: OutputState::Unknown })
}

fn check(api: &Api, info: &Info, at_least: MilestoneIndex) -> Result<(), Fault> {
    if !info.healthy {
        let fault = Fault::not_offered(ErrorKind::NodeUnhealthy, "says of itself that it is not healthy");
        return Err(api.fault(Route::Info, fault));
    }
    let confirmed = MilestoneIndex(info.confirmed.index);
    if confirmed < at_least { Err(behind(api, confirmed, at_least)) } else { Ok(()) }
}

/// It works, and is of no use for this question now.
fn behind(api: &Api, height: MilestoneIndex, at_least: MilestoneIndex) -> Fault {
    let message = format!("stands at milestone {height}, behind {at_least}");
    api.fault(Route::OutputMetadata, Fault::not_offered(ErrorKind::NodeUnhealthy, message))
}

pub(crate) fn read(api: &Api, id: &OutputId, metadata: &OutputMetadataBody) -> Result<OutputState, Fault> {
    match (metadata.is_spent, metadata.milestone_index_spent, metadata.transaction_id_spent) {
        (false, None, None) => Ok(OutputState::Unspent),
        (true, Some(milestone), Some(transaction)) if milestone <= metadata.ledger_index => {
            Ok(OutputState::Spent { milestone: MilestoneIndex(milestone), transaction })
        }
        _ => {
            let message = format!("contradicts itself about whether, when and by what output {id} was spent");
            Err(api.fault(Route::OutputMetadata, Fault::invalid(message)))
        }
    }
}
