//! A milestone's diff from one node.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use stardust_wallet::{
    ledger::{Consumed, Interest, LedgerOutput, MilestoneIndex, Network, OutputId, RawDiff, TransactionId},
    stardust,
};
use tokio::{task::JoinSet, time::sleep};
use tracing::Instrument;

use super::ahead::{Held, Hold};
use crate::{api::Api, counters::Route, fault::Fault, milestone::Milestone, node::Info};

/// Outputs of one milestone that are asked for at the same time.
const CONCURRENT: usize = 32;
/// The outputs of one answer may have so many times the bytes that an answer may have.
const MOST_BODIES: usize = 16;
/// An output that is listed and not there yet is asked for again after these pauses.
const PATIENCE: [Duration; 4] =
    [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(300), Duration::from_millis(500)];

/// What a milestone did, but for the spending transactions.
pub(super) struct Fetched {
    milestone: Milestone,
    created: Vec<LedgerOutput>,
    consumed: Vec<OutputId>,
    _hold: Hold,
}

/// Everything about a milestone that does not depend on the wallet; none: the node does not have it, or it
/// is too large beside what is held already.
pub(super) async fn milestone(
    api: &Api,
    info: &Arc<Info>,
    index: MilestoneIndex,
    held: &Held,
    most_held: usize,
) -> Result<Option<Fetched>, Fault> {
    let Some(changes) = api.utxo_changes(index).await? else { return Ok(None) };
    let hold = held.hold(changes.created_outputs.len() + changes.consumed_outputs.len());
    if held.count() > most_held {
        return Ok(None);
    }
    let Some(milestone) = api.milestone(index, info).await? else {
        let message = format!("knows what milestone {index} did and not the milestone");
        return Err(api.fault(Route::Milestone, Fault::invalid(message)));
    };
    let created = outputs(api, &info.network, changes.created_outputs).await?;
    Ok(Some(Fetched { milestone, created, consumed: changes.consumed_outputs, _hold: hold }))
}

impl Fetched {
    /// Adds the transactions that spent outputs of the wallet.
    pub(super) async fn complete(self, api: &Api, interest: &dyn Interest) -> Result<RawDiff, Fault> {
        let index = self.milestone.position.index;
        let ours_and_new: HashSet<OutputId> = self
            .created
            .iter()
            .filter(|output| output.addresses().any(|address| interest.watches(address)))
            .map(|output| output.id)
            .collect();
        let mut consumed: Vec<_> = self.consumed.iter().map(|id| Consumed { id: *id, spent_by: None }).collect();
        let ours = |spent: &Consumed| interest.holds(&spent.id) || ours_and_new.contains(&spent.id);
        let wanted: Vec<usize> = (0..consumed.len()).filter(|at| ours(&consumed[*at])).collect();
        let asked = wanted.iter().map(|at| (*at, consumed[*at].id)).collect();
        let spenders = concurrently(asked, |(at, id)| {
            let api = api.clone();
            async move { spender(&api, &id, index).await.map(|spender| (at, spender)) }
        })
        .await?;
        for (at, spender) in spenders {
            consumed[at].spent_by = Some(spender);
        }
        let Milestone { position, previous_id } = self.milestone;
        Ok(RawDiff { position, previous_id, created: self.created, consumed })
    }
}

/// The transaction that spent an output in this milestone.
async fn spender(api: &Api, id: &OutputId, index: MilestoneIndex) -> Result<TransactionId, Fault> {
    let fault = |message| api.fault(Route::OutputMetadata, Fault::invalid(message));
    let metadata = patiently(|| api.output_metadata(id)).await?;
    let Some(metadata) = metadata else { return Err(fault(format!("does not know output {id} that {index} spent"))) };
    match (metadata.is_spent, metadata.milestone_index_spent, metadata.transaction_id_spent) {
        (true, Some(spent), Some(transaction)) if spent == index.0 => Ok(transaction),
        _ => Err(fault(format!("says otherwise than that milestone {index} spent output {id}"))),
    }
}

/// Fetches and decodes outputs. All of them, or a fault.
pub(crate) async fn outputs(api: &Api, network: &Network, ids: Vec<OutputId>) -> Result<Vec<LedgerOutput>, Fault> {
    let (network, read) = (Arc::new(network.clone()), Arc::new(AtomicUsize::new(0)));
    let most = api.core.config.max_body.saturating_mul(MOST_BODIES);
    concurrently(ids, |id| {
        let (api, network, read) = (api.clone(), network.clone(), read.clone());
        async move {
            let fault = |message| api.fault(Route::Output, Fault::invalid(message));
            let Some(bytes) = patiently(|| api.output(&id)).await? else {
                return Err(fault(format!("lists output {id} and does not have it")));
            };
            if read.fetch_add(bytes.len(), Ordering::Relaxed).saturating_add(bytes.len()) > most {
                return Err(fault(format!("gives outputs of more than {most} bytes together")));
            }
            stardust::decode_output(&id, &bytes, &network).map_err(|error| fault(format!("output {id}: {error}")))
        }
    })
    .await
}

/// Asks again for what should be there, a few times.
async fn patiently<T, Fut>(ask: impl Fn() -> Fut) -> Result<Option<T>, Fault>
where
    Fut: Future<Output = Result<Option<T>, Fault>>,
{
    for pause in PATIENCE {
        if let Some(found) = ask().await? {
            return Ok(Some(found));
        }
        sleep(pause).await;
    }
    ask().await
}

/// Runs a task for each item, a bounded number at once; the first fault ends all.
pub(crate) async fn concurrently<I, T, F, Fut>(items: Vec<I>, start: F) -> Result<Vec<T>, Fault>
where
    T: Send + 'static,
    F: Fn(I) -> Fut,
    Fut: Future<Output = Result<T, Fault>> + Send + 'static,
{
    let mut results = Vec::with_capacity(items.len());
    let mut running = JoinSet::new();
    for item in items {
        if running.len() >= CONCURRENT {
            results.extend(joined(running.join_next().await)?);
        }
        running.spawn(start(item).in_current_span());
    }
    while let Some(result) = joined(running.join_next().await)? {
        results.push(result);
    }
    Ok(results)
}

fn joined<T>(result: Option<Result<Result<T, Fault>, tokio::task::JoinError>>) -> Result<Option<T>, Fault> {
    match result {
        Some(Ok(result)) => result.map(Some),
        Some(Err(error)) if error.is_panic() => Err(Fault::defect()),
        // the runtime is going down
        Some(Err(_)) => Err(Fault::closed()),
        None => Ok(None),
    }
}
