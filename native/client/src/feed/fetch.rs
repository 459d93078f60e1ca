//! A milestone's diff from one node.

use std::{
    collections::{HashMap, HashSet},
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

use super::ahead::{Held, Hold, MOST_OUTPUTS};
use crate::{api::Api, counters::Route, fault::Fault, milestone::Milestone, node::Info};

/// Outputs of one milestone that are asked for at the same time.
const CONCURRENT: usize = 32;
/// The outputs of one answer may have so many times the bytes that an answer may have.
pub(crate) const MOST_BODIES: usize = 16;
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

/// Everything about the milestone that may be the next one, as far as it does not depend on the wallet; none: the
/// node does not have it.
pub(super) async fn next(
    api: &Api,
    info: &Arc<Info>,
    index: MilestoneIndex,
    held: &Held,
) -> Result<Option<Fetched>, Fault> {
    fetch(api, info, index, held, usize::MAX).await
}

/// The same of a milestone that the node said it has confirmed; none also: it is too large beside what is held.
pub(super) async fn confirmed(
    api: &Api,
    info: &Arc<Info>,
    index: MilestoneIndex,
    held: &Held,
) -> Result<Option<Fetched>, Fault> {
    fetch(api, info, index, held, MOST_OUTPUTS).await
}

/// None also: it is there, and with it more than `most` outputs would be held.
async fn fetch(
    api: &Api,
    info: &Arc<Info>,
    index: MilestoneIndex,
    held: &Held,
    most: usize,
) -> Result<Option<Fetched>, Fault> {
    let Some((milestone, changes)) = api.milestone_changes(index, info).await? else { return Ok(None) };
    let hold = held.hold(changes.created_outputs.len() + changes.consumed_outputs.len());
    if held.count() > most {
        return Ok(None);
    }
    let created = outputs(api, &info.network, changes.created_outputs).await?;
    Ok(Some(Fetched { milestone, created, consumed: changes.consumed_outputs, _hold: hold }))
}

impl Fetched {
    /// How many outputs it created and consumed.
    pub(super) fn outputs(&self) -> usize {
        self.created.len() + self.consumed.len()
    }
}

/// Adds the transactions that spent outputs of the wallet to milestones that follow each other; also of those that an
/// earlier one of them created. When that fails at one, those before it are the answer, if there are any.
pub(super) async fn complete(batch: Vec<Fetched>, api: &Api, interest: &dyn Interest) -> Result<Vec<RawDiff>, Fault> {
    let mut ours_and_new: HashSet<OutputId> = HashSet::new();
    let mut questions = Vec::new();
    for (place, fetched) in batch.iter().enumerate() {
        let watched = |output: &&LedgerOutput| output.addresses().any(|address| interest.watches(address));
        ours_and_new.extend(fetched.created.iter().filter(watched).map(|output| output.id));
        let index = fetched.milestone.position.index;
        let ours = fetched.consumed.iter().filter(|id| interest.holds(id) || ours_and_new.contains(id));
        questions.extend(ours.map(|id| Question { place, index, id: *id }));
    }
    let (spenders, fault) = ask(api, &questions).await;
    let unanswered = questions.iter().filter(|question| !spenders.contains_key(&(question.index, question.id)));
    let complete = unanswered.map(|question| question.place).min().unwrap_or(batch.len());
    if let (0, Some(fault)) = (complete, fault) {
        return Err(fault);
    }
    Ok(batch.into_iter().take(complete).map(|fetched| fetched.with(&spenders)).collect())
}

impl Fetched {
    fn with(self, spenders: &Spenders) -> RawDiff {
        let Milestone { position, previous_id } = self.milestone;
        let spent_by = |id| spenders.get(&(position.index, id)).copied();
        let consumed = self.consumed.into_iter().map(|id| Consumed { id, spent_by: spent_by(id) });
        RawDiff { position, previous_id, created: self.created, consumed: consumed.collect() }
    }
}

/// What spent an output in a milestone.
type Spenders = HashMap<(MilestoneIndex, OutputId), TransactionId>;

/// What spent `id` in the milestone `index`, the one at `place` of several?
#[derive(Clone, Copy)]
struct Question {
    place: usize,
    index: MilestoneIndex,
    id: OutputId,
}

/// The answers. After a fault nothing more is asked; what was asked before is waited for.
async fn ask(api: &Api, questions: &[Question]) -> (Spenders, Option<Fault>) {
    let mut spenders = HashMap::with_capacity(questions.len());
    let mut running = JoinSet::new();
    let mut waiting = questions.iter();
    let mut fault = None;
    loop {
        while fault.is_none()
            && running.len() < CONCURRENT
            && let Some(question) = waiting.next()
        {
            let (api, Question { index, id, .. }) = (api.clone(), *question);
            running.spawn(async move { spender(&api, &id, index).await.map(|by| ((index, id), by)) }.in_current_span());
        }
        match joined(running.join_next().await) {
            Ok(Some((at, by))) => drop(spenders.insert(at, by)),
            Ok(None) => return (spenders, fault),
            Err(one) => drop(fault.get_or_insert(one)),
        }
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
