//! Single questions: the state of a block, the unspent outputs of addresses.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use iota_sdk::types::block::semantic::ConflictReason;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{
        Address, AddressCodec as _, BlockId, BlockState, Done, Interest, LedgerOutput, LedgerTransaction, Lookup,
        LookupError, MilestoneIndex, NodeHealth, OutputAnswer, OutputId, TransactionId, UnspentAnswer,
    },
    stardust::Stardust,
};
use tokio::time::{Instant, sleep};

use crate::{
    NodeClient,
    api::{Api, PAGE},
    client::Core,
    counters::Route,
    fault::{Fault, printable},
    feed::fetch::{concurrently, outputs},
    history::{spent_before, transaction},
    node::Info,
    output_state::output_state,
    wire::{BlockMetadataBody, InclusionState},
};

/// An index that lags is asked again after this pause, until a request's time is over.
const LAG_PAUSE: Duration = Duration::from_millis(200);
/// How often answers of different heights are asked for again.
const SAME_HEIGHT: u32 = 16;
/// No index has more pages of one address; a cursor that never ends is a fault.
const MOST_PAGES: u32 = 10_000;
/// Outputs that one look-up takes, over all its addresses.
const MOST_OUTPUTS: usize = 1_000_000;

impl Lookup for NodeClient {
    fn block_state(&self, block: BlockId, done: Done<Result<BlockState, LookupError>>) {
        let core = self.core().clone();
        let task = async move { block_state(&core, block).await.map_err(LookupError::from) };
        self.start(done, |fault| Err(fault.into()), task);
    }

    fn unspent(
        &self,
        addresses: Vec<Address>,
        at_least: MilestoneIndex,
        done: Done<Result<UnspentAnswer, LookupError>>,
    ) {
        let core = self.core().clone();
        let task = async move {
            let addresses = Arc::new(addresses);
            let operation = |api: Api, info: Arc<Info>| {
                let addresses = addresses.clone();
                async move { unspent(&api, &info, &addresses, at_least).await }
            };
            core.on_any(core.config.retries, operation).await.map_err(LookupError::from)
        };
        self.start(done, |fault| Err(fault.into()), task);
    }

    /// Over INX; none when no node offers it.
    fn unspent_all(
        &self,
        interest: Arc<dyn Interest + Send + Sync>,
        at_least: MilestoneIndex,
        done: Done<Result<Option<UnspentAnswer>, LookupError>>,
    ) {
        Self::unspent_all(self, interest, at_least, done);
    }

    fn output_state(&self, id: OutputId, at_least: MilestoneIndex, done: Done<Result<OutputAnswer, LookupError>>) {
        let (core, permanode) = (self.core().clone(), self.permanode_core().cloned());
        let task = async move {
            let operation = |api: Api, info| async move { output_state(&api, info, &id, at_least).await };
            let answer = core.on_any(core.config.retries, operation).await?;
            match permanode {
                Some(permanode) => spent_before(&permanode, &id, answer).await.map_err(LookupError::from),
                None => Ok(answer),
            }
        };
        self.start(done, |fault| Err(fault.into()), task);
    }

    fn transaction(&self, id: TransactionId, done: Done<Result<Option<LedgerTransaction>, LookupError>>) {
        let (core, permanode) = (self.core().clone(), self.permanode_core().cloned());
        let task = async move {
            let found = transaction(&core, permanode.as_ref(), &id).await.map_err(LookupError::from)?;
            Ok(found.map(|included| included.transaction))
        };
        self.start(done, |fault| Err(fault.into()), task);
    }

    fn included_block(&self, id: TransactionId, done: Done<Result<Option<BlockId>, LookupError>>) {
        let (core, permanode) = (self.core().clone(), self.permanode_core().cloned());
        let task = async move {
            let found = transaction(&core, permanode.as_ref(), &id).await.map_err(LookupError::from)?;
            Ok(found.map(|included| included.block))
        };
        self.start(done, |fault| Err(fault.into()), task);
    }

    fn nodes(&self) -> Vec<NodeHealth> {
        self.health()
    }
}

/// Asks further nodes when one does not know the block: they may have heard of it.
async fn block_state(core: &Arc<Core>, block: BlockId) -> Result<BlockState, Fault> {
    let mut walk = core.walk();
    let mut unknown = false;
    while let Some((api, _)) = walk.next().await {
        let state = match api.block_metadata(&block).await {
            Ok(Some(metadata)) => read_state(&metadata).map_err(|fault| api.fault(Route::BlockMetadata, fault)),
            Ok(None) => {
                api.node.succeeded();
                unknown = true;
                continue;
            }
            Err(fault) => Err(fault),
        };
        match state {
            Ok(state) => {
                api.node.succeeded();
                return Ok(state);
            }
            Err(fault) => walk.failed(&api, fault),
        }
    }
    if unknown { Ok(BlockState::Unknown) } else { Err(Fault::of_all(walk.into_faults())) }
}

pub(crate) fn read_state(metadata: &BlockMetadataBody) -> Result<BlockState, Fault> {
    match (metadata.ledger_inclusion_state, metadata.referenced_by_milestone_index) {
        (None, _) => Ok(BlockState::Pending { should_reattach: metadata.should_reattach.unwrap_or(false) }),
        (Some(InclusionState::Included), Some(index)) => Ok(BlockState::Included { milestone: MilestoneIndex(index) }),
        (Some(InclusionState::Conflicting), _) => {
            let code = metadata.conflict_reason.unwrap_or(u8::MAX);
            let reason = ConflictReason::try_from(code)
                .map_or_else(|_| format!("unknown reason {code}"), |reason| reason.to_string());
            Ok(BlockState::Conflicting { code, reason })
        }
        (Some(InclusionState::Included), None) => Err(Fault::invalid("included, and by no milestone")),
        (Some(InclusionState::NoTransaction), _) => Err(Fault::invalid("finds no transaction in the block")),
    }
}

/// The unspent outputs of all addresses at one height of the index.
async fn unspent(
    api: &Api,
    info: &Arc<Info>,
    addresses: &[Address],
    at_least: MilestoneIndex,
) -> Result<UnspentAnswer, Fault> {
    let texts: Vec<String> = addresses.iter().map(|address| Stardust.format(address, &info.network.hrp)).collect();
    if texts.is_empty() {
        return Ok(UnspentAnswer { ledger_index: at_least, outputs: Vec::new() });
    }
    for _ in 0..SAME_HEIGHT {
        let count = Arc::new(AtomicUsize::new(0));
        let lists = concurrently(texts.clone(), |text| {
            let (api, count) = (api.clone(), count.clone());
            async move { listed(&api, &text, at_least, &count).await }
        })
        .await?;
        let ledger_index = lists.iter().map(|list| list.ledger_index).max().unwrap_or_default();
        if lists.iter().any(|list| list.ledger_index != ledger_index) {
            continue;
        }
        let ids: HashSet<OutputId> = lists.into_iter().flat_map(|list| list.ids).collect();
        let outputs = outputs(api, &info.network, ids.into_iter().collect()).await?;
        return checked(api, addresses, ledger_index, outputs);
    }
    let message = "the index moves on faster than it can be read";
    Err(api.fault(Route::Index, Fault::not_offered(ErrorKind::NodeFailure, message)))
}

/// An index that knows the filter answers with nothing else.
fn checked(
    api: &Api,
    addresses: &[Address],
    ledger_index: MilestoneIndex,
    mut outputs: Vec<LedgerOutput>,
) -> Result<UnspentAnswer, Fault> {
    let wanted: HashSet<&Address> = addresses.iter().collect();
    let names_one = |output: &LedgerOutput| {
        let deposit_return = output.conditions.deposit_return.as_ref().map(|condition| &condition.address);
        output.addresses().chain(deposit_return).any(|address| wanted.contains(address))
    };
    if !outputs.iter().all(names_one) {
        return Err(api.fault(Route::Index, Fault::invalid("lists outputs of other addresses")));
    }
    outputs.sort_unstable_by_key(|output| output.id);
    Ok(UnspentAnswer { ledger_index, outputs })
}

/// What the index lists for one address at one height.
struct Listed {
    ledger_index: MilestoneIndex,
    ids: Vec<OutputId>,
}

/// All pages for one address, all of the same height, which is `at_least` or later. `count` counts the outputs
/// of all addresses.
async fn listed(api: &Api, address: &str, at_least: MilestoneIndex, count: &AtomicUsize) -> Result<Listed, Fault> {
    let invalid = |message: String| api.fault(Route::Index, Fault::invalid(message));
    let mut ids = Vec::new();
    let mut cursor: Option<String> = None;
    let mut height = None;
    for _ in 0..MOST_PAGES {
        let page = match &cursor {
            None => first_page(api, address, at_least).await?,
            Some(cursor) => api.index(address, Some(cursor)).await?,
        };
        if *height.get_or_insert(page.ledger_index) != page.ledger_index {
            // the ledger moved between two pages: begin again, within the same bound
            (height, cursor) = (None, None);
            count.fetch_sub(ids.len(), Ordering::Relaxed);
            ids.clear();
            continue;
        }
        if page.items.len() > PAGE {
            return Err(invalid(format!("lists {} outputs where {PAGE} were asked for", page.items.len())));
        }
        if count.fetch_add(page.items.len(), Ordering::Relaxed) + page.items.len() > MOST_OUTPUTS {
            return Err(invalid(format!("lists more than {MOST_OUTPUTS} outputs")));
        }
        ids.extend(page.items);
        let Some(next) = page.cursor else {
            return Ok(Listed { ledger_index: MilestoneIndex(page.ledger_index), ids });
        };
        if !next.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.') {
            return Err(invalid(format!("gives the cursor {:?}", printable(&next))));
        }
        cursor = Some(next);
    }
    Err(invalid("lists without end".into()))
}

/// The first page, once the index is far enough.
async fn first_page(api: &Api, address: &str, at_least: MilestoneIndex) -> Result<crate::wire::IndexBody, Fault> {
    let deadline = Instant::now() + api.core.config.request_timeout;
    loop {
        let page = api.index(address, None).await?;
        if page.ledger_index >= at_least.0 {
            return Ok(page);
        }
        if Instant::now() >= deadline {
            let message = format!("its index is at {} and does not reach {at_least}", page.ledger_index);
            return Err(api.fault(Route::Index, Fault::not_offered(ErrorKind::NodeUnhealthy, message)));
        }
        sleep(LAG_PAUSE).await;
    }
}
