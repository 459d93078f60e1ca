//! The ledger over REST, milestone by milestone.
//!
//! - **What is confirmed is what `utxo-changes` answers.** A 404 is explained by the node's `info`: pruned,
//!   not confirmed yet, or a fault of the node; never a reason to skip a milestone.
//! - **One milestone, one node.** When a request fails the whole milestone is begun again on another node. What a
//!   milestone did is asked for by its id, so that also nodes behind one address cannot be mixed up.
//! - **The wallet's own interest is asked last,** when the milestone is handed over, and not when it was
//!   fetched ahead: earlier milestones may have changed it.
//! - **Several at once while catching up.** Milestones are fetched ahead, several at the same time, and those that are
//!   there are handed over together.
//! - **What no node has any more comes from the permanode,** if there is one: before a gap is one, it is asked.
//! - At the tip one request is sent for each poll.

mod ahead;
pub(crate) mod fetch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{
        DiffError, Feed, FeedAnswer, FeedError, Interest, LedgerDiff, MilestoneIndex, NodeError, NodeStatus, Position,
        RawDiff, UnixTime,
    },
};

use self::{ahead::Ahead, fetch::Fetched};
use crate::{NodeClient, api::Api, client::Core, counters::Route, fault::Fault, node::Info};

/// When a node's ledger stands still this long, others are asked whether they are further.
const STANDSTILL: Duration = Duration::from_secs(15);
/// The most milestones of one answer.
const MOST_TOGETHER: usize = 256;
/// No further milestone goes into an answer with so many outputs, created and consumed.
const MOST_OUTPUTS_TOGETHER: usize = 4096;

/// Implements [`Feed`] over the core API of the nodes.
pub struct RestFeed {
    client: NodeClient,
    /// The nodes that it asks.
    core: Arc<Core>,
    /// The same over what has everything that these nodes have pruned.
    permanode: Option<Box<RestFeed>>,
    ahead: Ahead,
    /// The milestone that was newest at the last poll, and since when; none: not at the tip.
    tip: Option<(MilestoneIndex, Instant)>,
    /// The newest position whose id was computed here.
    verified: Option<Position>,
}

/// What one node has beyond the cursor.
enum Beyond {
    /// At least one milestone.
    Diffs(Vec<RawDiff>),
    /// Nothing; its newest confirmed milestone.
    Tip(MilestoneIndex),
    Pruned(MilestoneIndex),
}

impl RestFeed {
    pub(crate) fn new(client: NodeClient) -> Self {
        let core = client.core().clone();
        let permanode = Self::of_permanode(&client).map(Box::new);
        Self { client, core, permanode, ahead: Ahead::default(), tip: None, verified: None }
    }

    /// What the permanode has, if there is one.
    pub(crate) fn of_permanode(client: &NodeClient) -> Option<Self> {
        let core = client.permanode_core()?.clone();
        let client = client.clone();
        Some(Self { client, core, permanode: None, ahead: Ahead::default(), tip: None, verified: None })
    }

    /// What to answer when no node has the milestone after the cursor any more.
    ///
    /// # Errors
    /// [`FeedError`]: the permanode cannot be asked, so that nobody knows whether there is a gap.
    pub(crate) async fn look_back(
        permanode: Option<&mut Self>,
        cursor: &Position,
        interest: &dyn Interest,
        pruned_to: MilestoneIndex,
    ) -> Result<FeedAnswer, FeedError> {
        let Some(permanode) = permanode else { return Ok(FeedAnswer::Gap { pruned_to }) };
        match Box::pin(permanode.look(cursor, interest)).await? {
            FeedAnswer::Diffs(diffs) => Ok(FeedAnswer::Diffs(diffs)),
            FeedAnswer::Tip | FeedAnswer::Gap { .. } => Ok(FeedAnswer::Gap { pruned_to }),
        }
    }

    /// Asks the nodes in turn; the first usable answer that cannot be bettered by another node counts.
    async fn look(&mut self, cursor: &Position, interest: &dyn Interest) -> Result<FeedAnswer, FeedError> {
        self.client.compare_nodes();
        let mut walk = self.core.walk();
        // at the cursor and healthy; or behind it, or stuck: such a node may have the milestone later
        let (mut tip, mut waiting) = (false, false);
        let mut pruned: Option<MilestoneIndex> = None;
        let mut contradiction = None;
        while let Some((api, info)) = walk.next().await {
            match self.ask(&api, &info, cursor, interest).await {
                Ok(Beyond::Diffs(raw)) => match self.follow(cursor, raw) {
                    Ok((diffs, last)) => {
                        api.node.succeeded();
                        self.found(&api, &last);
                        return Ok(FeedAnswer::Diffs(diffs));
                    }
                    Err(error) => {
                        walk.failed(&api, api.fault(Route::UtxoChanges, Fault::invalid(error.to_string())));
                        contradiction.get_or_insert(error);
                    }
                },
                Ok(Beyond::Tip(confirmed)) => {
                    api.node.succeeded();
                    waiting = true;
                    let healthy = api.node.info().is_some_and(|info| info.healthy);
                    tip |= healthy && confirmed >= cursor.index;
                    if self.is_newest(confirmed, cursor) && healthy {
                        break;
                    }
                }
                Ok(Beyond::Pruned(pruned_to)) => {
                    api.node.succeeded();
                    pruned = Some(pruned.map_or(pruned_to, |other| other.min(pruned_to)));
                }
                Err(fault) if fault.kind == ErrorKind::Closed => return Err(FeedError::Node(fault.into())),
                Err(fault) => walk.failed(&api, fault),
            }
        }
        // a node that lags does not hide that the ledger went on and was pruned
        if tip || (waiting && pruned.is_none()) {
            return Ok(FeedAnswer::Tip);
        }
        self.tip = None;
        if let Some(pruned_to) = pruned {
            return Self::look_back(self.permanode.as_deref_mut(), cursor, interest, pruned_to).await;
        }
        Err(match contradiction {
            Some(error) => FeedError::Diff(error),
            None => FeedError::Node(Fault::of_all(walk.into_faults()).into()),
        })
    }

    /// What one node has beyond the cursor.
    async fn ask(
        &mut self,
        api: &Api,
        info: &Arc<Info>,
        cursor: &Position,
        interest: &dyn Interest,
    ) -> Result<Beyond, Fault> {
        let next = cursor.index.next();
        if self.tip.is_some_and(|(index, _)| index == cursor.index) {
            // at the tip `info` tells in one request whether there is anything to fetch
            let info = api.info().await?;
            if info.confirmed.index <= cursor.index.0 {
                return Ok(Beyond::Tip(MilestoneIndex(info.confirmed.index)));
            }
        }
        let fetched = match self.ahead.take(&api.node, next).await {
            Some(fetched) => Some(fetched),
            None => fetch::next(api, info, next, &self.ahead.held).await?,
        };
        let Some(first) = fetched else { return self.explain(api, cursor).await };
        fetch::complete(self.with_ready(first), api, interest).await.map(Beyond::Diffs)
    }

    /// The milestone and those after it that are there already, as many as go into one answer.
    fn with_ready(&mut self, first: Fetched) -> Vec<Fetched> {
        let mut outputs = first.outputs();
        let mut batch = vec![first];
        while batch.len() < MOST_TOGETHER && outputs < MOST_OUTPUTS_TOGETHER {
            let Some(fetched) = self.ahead.take_ready() else { break };
            outputs += fetched.outputs();
            batch.push(fetched);
        }
        batch
    }

    /// The milestones as far as each follows the one before, and the last position. Where they do not, the next call
    /// asks again for the one that does not follow.
    fn follow(&mut self, cursor: &Position, raw: Vec<RawDiff>) -> Result<(Vec<LedgerDiff>, Position), DiffError> {
        let (mut diffs, mut last) = (Vec::with_capacity(raw.len()), *cursor);
        for raw in raw {
            match LedgerDiff::validate(&last, raw) {
                Ok(diff) => {
                    last = *diff.position();
                    diffs.push(diff);
                }
                Err(error) if diffs.is_empty() => return Err(error),
                Err(_) => {
                    self.ahead.clear();
                    break;
                }
            }
        }
        Ok((diffs, last))
    }

    /// Why a node does not have the milestone after the cursor.
    async fn explain(&self, api: &Api, cursor: &Position) -> Result<Beyond, Fault> {
        let next = cursor.index.next();
        let info = api.info().await?;
        if next <= info.pruned_to {
            return Ok(Beyond::Pruned(info.pruned_to));
        }
        if info.confirmed.index < next.0 {
            return Ok(Beyond::Tip(MilestoneIndex(info.confirmed.index)));
        }
        // it may have been confirmed between the two requests
        match api.milestone_changes(next, &info).await? {
            Some(_) => Ok(Beyond::Tip(cursor.index)),
            None => {
                let message =
                    format!("has confirmed {} and does not have {next}, or what it did", info.confirmed.index);
                Err(api.fault(Route::UtxoChanges, Fault::invalid(message)))
            }
        }
    }

    /// Whether no other node needs to be asked: this one is where the wallet is, and has not stood still.
    fn is_newest(&mut self, confirmed: MilestoneIndex, cursor: &Position) -> bool {
        if confirmed < cursor.index {
            self.tip = None;
            return false;
        }
        match self.tip {
            Some((index, since)) if index == cursor.index => {
                let moving = since.elapsed() < STANDSTILL;
                if !moving {
                    self.tip = Some((index, Instant::now()));
                }
                moving
            }
            _ => {
                self.tip = Some((cursor.index, Instant::now()));
                true
            }
        }
    }

    /// A milestone is handed over: more of them are fetched as far as the node is known to have them.
    fn found(&mut self, api: &Api, position: &Position) {
        self.tip = None;
        if let Some(permanode) = &mut self.permanode {
            permanode.ahead.clear();
        }
        self.verified = Some(*position);
        if let Some(info) = api.node.info() {
            if info.confirmed.index <= position.index.0 {
                self.tip = Some((position.index, Instant::now()));
            }
            self.ahead.extend(&self.client, api, &info, position.index);
        }
    }

    async fn ask_status(&mut self) -> Result<NodeStatus, Fault> {
        let mut walk = self.core.walk();
        let mut best: Option<NodeStatus> = None;
        while let Some((api, _)) = walk.next().await {
            match status_of(&api, self.verified).await {
                Ok(status) => {
                    api.node.succeeded();
                    self.verified = Some(status.confirmed);
                    if status.healthy {
                        return Ok(status);
                    }
                    if best.as_ref().is_none_or(|best| best.confirmed.index < status.confirmed.index) {
                        best = Some(status);
                    }
                }
                Err(fault) => walk.failed(&api, fault),
            }
        }
        best.ok_or_else(|| Fault::of_all(walk.into_faults()))
    }
}

/// A node's status. The id of its newest milestone is computed from the milestone itself, unless it is
/// the one that was computed last.
async fn status_of(api: &Api, verified: Option<Position>) -> Result<NodeStatus, Fault> {
    let info = api.info().await?;
    let index = MilestoneIndex(info.confirmed.index);
    let unchanged = |known: &Position| {
        known.index == index
            && Some(known.id) == info.confirmed.milestone_id
            && Some(known.time) == info.confirmed.timestamp.map(UnixTime)
    };
    let confirmed = match verified.filter(unchanged) {
        Some(known) => known,
        None => newest(api, &info, index).await?,
    };
    Ok(NodeStatus {
        url: api.node.name.clone(),
        healthy: info.healthy,
        network: info.network.clone(),
        confirmed,
        pruned_to: info.pruned_to,
    })
}

async fn newest(api: &Api, info: &Info, index: MilestoneIndex) -> Result<Position, Fault> {
    let fault = |fault| api.fault(Route::Info, fault);
    let Some(said) = info.confirmed.milestone_id else {
        return Err(fault(Fault::new(ErrorKind::NodeUnhealthy, "knows no confirmed milestone yet")));
    };
    let Some(milestone) = api.milestone(index, info).await? else {
        return Err(fault(Fault::invalid(format!(
            "does not have milestone {index}, the newest that it has confirmed"
        ))));
    };
    if milestone.position.id != said {
        return Err(fault(Fault::invalid(format!("gives milestone {index} another id than its bytes have"))));
    }
    Ok(milestone.position)
}

impl Feed for RestFeed {
    fn status(&mut self) -> Result<NodeStatus, NodeError> {
        let client = self.client.clone();
        client.wait(self.ask_status()).map_err(NodeError::from)
    }

    fn next(&mut self, cursor: &Position, interest: &dyn Interest) -> Result<FeedAnswer, FeedError> {
        let client = self.client.clone();
        let answer = client.wait(async { Ok(self.look(cursor, interest).await) });
        answer.unwrap_or_else(|fault| Err(FeedError::Node(fault.into())))
    }
}
