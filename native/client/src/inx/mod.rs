//! The ledger over INX, the gRPC interface of an own Hornet node: what milestones do arrives as it happens, whole
//! outputs and spending transactions included, in one stream for past and present.
//!
//! - **One milestone, one stream, nothing skipped.** A stream begins at the milestone after the cursor and must go on one
//!   by one; what a milestone did counts only between its two markers and when their counts are met. Whatever else
//!   comes ends the stream, and the next one begins at the cursor again.
//! - **The milestone itself is read beside it.** Id, time and link to the one before are computed from its bytes.
//! - **Pruned or not yet there** is told apart by the node's status.
//! - **At the tip nothing is asked.** The stream tells of news; see [`Feed::on_news`].

mod batch;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod source;
mod stream;
mod unspent;

use std::{
    cmp::Reverse,
    sync::Arc,
    time::{Duration, Instant},
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{
        DiffError, Feed, FeedAnswer, FeedError, Interest, LedgerDiff, MilestoneIndex, NodeError, NodeStatus, Position,
        RawDiff, Wake,
    },
};
use tokio::time::timeout;

pub(crate) use self::source::Source;
use self::{
    source::{Inx, Standing, silent},
    stream::{Arrived, End, Stream},
};
use crate::{NodeClient, RestFeed, client::Core, compare::is_behind, counters::Route, fault::Fault, node::Rank};

/// A stream that has told of everything before is opened anew when it is silent this long about a milestone that the
/// node has: Hornet forgets what it confirms between history and present until the milestone after it.
const FORGOTTEN: Duration = Duration::from_secs(1);
/// A milestone that goes on coming is waited for as long as so many requests.
const LONGEST: u32 = 30;
/// Milestones of one answer.
const MOST_DIFFS: usize = 128;

/// Implements [`Feed`] over the INX of the configured nodes.
pub struct InxFeed {
    client: NodeClient,
    /// What has everything that the nodes have pruned.
    permanode: Option<RestFeed>,
    stream: Option<Stream>,
    /// How far the ledger of the stream's node is known to be.
    known: MilestoneIndex,
    /// When the ledger last moved.
    moved: Instant,
    wake: Option<Wake>,
}

/// What the nodes of one call said, as far as it is no answer yet.
#[derive(Default)]
struct Round {
    /// A node is at the cursor, or behind it.
    waiting: bool,
    pruned: Option<MilestoneIndex>,
    contradiction: Option<DiffError>,
    faults: Vec<Fault>,
    /// Nodes that say that they are not healthy.
    unhealthy: Vec<(Inx, Standing)>,
}

impl Round {
    fn failed(&mut self, inx: &Inx, fault: Fault) {
        inx.failed(&fault);
        self.faults.push(fault);
    }

    fn answer(self) -> Result<FeedAnswer, FeedError> {
        // a node that lags does not hide that the ledger went on and was pruned
        match (self.pruned, self.contradiction) {
            (Some(pruned_to), _) => Ok(FeedAnswer::Gap { pruned_to }),
            (None, _) if self.waiting => Ok(FeedAnswer::Tip),
            (None, Some(error)) => Err(FeedError::Diff(error)),
            (None, None) => Err(FeedError::Node(Fault::of_all(self.faults).into())),
        }
    }
}

impl InxFeed {
    pub(crate) fn new(client: NodeClient) -> Self {
        let permanode = RestFeed::of_permanode(&client);
        Self { client, permanode, stream: None, known: MilestoneIndex(0), moved: Instant::now(), wake: None }
    }

    /// The stream that is open first, then one node after the other.
    async fn look(&mut self, cursor: &Position) -> Result<FeedAnswer, FeedError> {
        let mut round = Round::default();
        if self.stream.as_ref().is_some_and(|stream| stream.next != cursor.index.next()) {
            self.stream = None;
        }
        if let Some(answer) = self.read(cursor, &mut round).await {
            return Ok(answer);
        }
        for inx in in_turn(self.client.core()) {
            match inx.standing().await {
                Ok(standing) if standing.info.healthy => self.open(inx, standing, cursor, &mut round),
                Ok(standing) => round.unhealthy.push((inx, standing)),
                Err(fault) if fault.kind == ErrorKind::Closed => return Err(FeedError::Node(fault.into())),
                Err(fault) => round.failed(&inx, fault),
            }
            if let Some(answer) = self.read(cursor, &mut round).await {
                return Ok(answer);
            }
        }
        round.unhealthy.sort_by_key(|(_, standing)| Reverse(standing.ledger));
        for (inx, standing) in std::mem::take(&mut round.unhealthy) {
            if round.pruned.is_some() && standing.ledger <= cursor.index {
                // a node that is stuck does not hide that the ledger went on and was pruned
                continue;
            }
            self.open(inx, standing, cursor, &mut round);
            if let Some(answer) = self.read(cursor, &mut round).await {
                return Ok(answer);
            }
        }
        round.answer()
    }

    /// Opens the stream of a node that has what the cursor needs, or is where the cursor is.
    fn open(&mut self, inx: Inx, standing: Standing, cursor: &Position, round: &mut Round) {
        let next = cursor.index.next();
        if next <= standing.info.pruned_to {
            inx.source.node.succeeded();
            round.pruned =
                Some(round.pruned.map_or(standing.info.pruned_to, |other| other.min(standing.info.pruned_to)));
        } else if standing.ledger < cursor.index {
            inx.source.node.succeeded();
            round.waiting = true;
        } else {
            self.known = standing.ledger;
            self.moved = Instant::now();
            self.stream = Some(Stream::open(&self.client, inx, standing, next, self.wake.clone()));
        }
    }

    /// What the open stream has beyond the cursor; none: there is no stream, or not any more.
    async fn read(&mut self, cursor: &Position, round: &mut Round) -> Option<FeedAnswer> {
        let begun = Instant::now();
        loop {
            if !self.stream.as_mut()?.has_news() && self.known <= cursor.index {
                if self.others_are_further(cursor, round).await {
                    return None;
                }
                return Some(FeedAnswer::Tip);
            }
            let stream = self.stream.as_mut()?;
            let most = self.client.core().config.request_timeout;
            let patience = if stream.spoken { FORGOTTEN.min(most) } else { most };
            let heard = stream.heard();
            match timeout(patience, stream.receive()).await {
                Ok(Ok(arrived)) => return self.collect(*arrived, cursor, round).await.map(FeedAnswer::Diffs),
                // it comes, and takes its time
                Err(_) if stream.heard() != heard && begun.elapsed() < most.saturating_mul(LONGEST) => {}
                Ok(Err(End::Slow)) => self.reopen(cursor),
                Err(_) if stream.spoken => self.reopen(cursor),
                Ok(Err(End::Refused(fault))) => {
                    self.refused(fault, cursor, round).await;
                    return None;
                }
                Ok(Err(End::Fault(fault))) => {
                    self.failed(fault, round);
                    return None;
                }
                Err(_) => {
                    let fault = stream.inx.fault(Route::InxLedgerUpdates, silent(patience));
                    self.failed(fault, round);
                    return None;
                }
            }
        }
    }

    /// The milestones that are there, each checked to follow the one before; none: not even the first can be used.
    async fn collect(&mut self, first: Arrived, cursor: &Position, round: &mut Round) -> Option<Vec<LedgerDiff>> {
        let (mut at, mut diffs, mut next) = (*cursor, Vec::new(), Some(first));
        while let Some(arrived) = next.take() {
            match validated(arrived, &at).await {
                Ok(diff) => {
                    at = *diff.position();
                    diffs.push(diff);
                }
                // what came before is good; the same is asked for again, and seen to be wrong, after it
                Err(_) if !diffs.is_empty() => {
                    self.stream = None;
                    return Some(diffs);
                }
                Err(Unusable::Fault(fault)) => {
                    self.failed(fault, round);
                    return None;
                }
                Err(Unusable::Diff(error)) => {
                    let stream = self.stream.as_ref()?;
                    let fault = stream.inx.fault(Route::InxLedgerUpdates, Fault::invalid(error.to_string()));
                    self.failed(fault, round);
                    round.contradiction.get_or_insert(error);
                    return None;
                }
            }
            let stream = self.stream.as_mut()?;
            stream.next = at.index.next();
            if diffs.len() < MOST_DIFFS && stream.has_complete() {
                next = stream.receive().await.ok().map(|arrived| *arrived);
            }
        }
        self.known = self.known.max(at.index);
        self.moved = Instant::now();
        if let Some(stream) = &self.stream {
            stream.inx.source.node.succeeded();
        }
        Some(diffs)
    }

    /// The same node once more, from the cursor on.
    fn reopen(&mut self, cursor: &Position) {
        let Some(stream) = self.stream.take() else { return };
        tracing::debug!(node = stream.inx.source.node.name, "the stream is opened again");
        let (inx, standing) = (stream.inx.clone(), stream.opened_at.clone());
        drop(stream);
        self.stream = Some(Stream::open(&self.client, inx, standing, cursor.index.next(), self.wake.clone()));
    }

    /// The node refused what comes after the cursor: pruned, or its fault.
    async fn refused(&mut self, fault: Fault, cursor: &Position, round: &mut Round) {
        let Some(stream) = self.stream.take() else { return };
        match stream.inx.standing().await {
            Ok(standing) if cursor.index.next() <= standing.info.pruned_to => {
                round.pruned = Some(standing.info.pruned_to);
            }
            Ok(_) => round.failed(&stream.inx, fault),
            Err(unknown) => {
                round.faults.push(fault);
                round.failed(&stream.inx, unknown);
            }
        }
    }

    fn failed(&mut self, fault: Fault, round: &mut Round) {
        if let Some(stream) = self.stream.take() {
            round.failed(&stream.inx, fault);
        }
    }

    /// Whether the stream was left because its node stands still while another one is further.
    async fn others_are_further(&mut self, cursor: &Position, round: &mut Round) -> bool {
        let core = self.client.core().clone();
        let Some(stream) =
            self.stream.as_ref().filter(|_| core.inx.len() > 1 && self.moved.elapsed() > core.config.compare_interval)
        else {
            return false;
        };
        self.moved = Instant::now();
        let here = stream.inx.source.clone();
        for inx in in_turn(&core).into_iter().filter(|inx| !Arc::ptr_eq(&inx.source, &here)) {
            match inx.standing().await {
                Ok(standing) if standing.info.healthy && is_behind(cursor.index.0, standing.ledger.0) => {
                    let message =
                        format!("stands at milestone {} while others are at {}", cursor.index, standing.ledger);
                    self.failed(Fault::new(ErrorKind::NodeUnhealthy, message), round);
                    return true;
                }
                Ok(_) => {}
                Err(fault) => inx.failed(&fault),
            }
        }
        false
    }

    async fn ask_status(&mut self) -> Result<NodeStatus, Fault> {
        let mut nodes = in_turn(self.client.core());
        if let Some(serving) = self.stream.as_ref().map(|stream| stream.inx.clone()) {
            nodes.retain(|inx| !Arc::ptr_eq(&inx.source, &serving.source));
            nodes.insert(0, serving);
        }
        let mut best: Option<NodeStatus> = None;
        let mut faults = Vec::new();
        for inx in nodes {
            match inx.standing().await.and_then(|standing| status_of(&inx, &standing).map(|status| (status, standing)))
            {
                Ok((status, standing)) => {
                    self.heard(&inx, &standing);
                    if status.healthy {
                        return Ok(status);
                    }
                    if best.as_ref().is_none_or(|best| best.confirmed.index < status.confirmed.index) {
                        best = Some(status);
                    }
                }
                Err(fault) => {
                    // a connection that is dead does not show it while nothing is sent
                    if self.stream.as_ref().is_some_and(|stream| Arc::ptr_eq(&stream.inx.source, &inx.source)) {
                        self.stream = None;
                    }
                    inx.failed(&fault);
                    faults.push(fault);
                }
            }
        }
        best.ok_or_else(|| Fault::of_all(faults))
    }

    /// A node said where it stands: what is known of the stream's node, and by which rules its outputs are read.
    fn heard(&mut self, inx: &Inx, standing: &Standing) {
        inx.source.node.succeeded();
        let Some(stream) = self.stream.as_ref().filter(|stream| Arc::ptr_eq(&stream.inx.source, &inx.source)) else {
            return;
        };
        self.known = self.known.max(standing.ledger);
        if stream.opened_at.info.network != standing.info.network {
            self.stream = None;
        }
    }
}

/// The nodes, those that failed a short while ago last.
fn in_turn(core: &Arc<Core>) -> Vec<Inx> {
    let mut nodes: Vec<Inx> =
        core.inx.iter().map(|source| Inx { core: core.clone(), source: source.clone() }).collect();
    nodes.sort_by_key(|inx| inx.source.node.rank() == Rank::Aside);
    nodes
}

enum Unusable {
    Fault(Fault),
    Diff(DiffError),
}

async fn validated(arrived: Arrived, cursor: &Position) -> Result<LedgerDiff, Unusable> {
    let (milestone, batch) = arrived.complete().await.map_err(Unusable::Fault)?;
    let raw = RawDiff {
        position: milestone.position,
        previous_id: milestone.previous_id,
        created: batch.created,
        consumed: batch.consumed,
    };
    LedgerDiff::validate(cursor, raw).map_err(Unusable::Diff)
}

fn status_of(inx: &Inx, standing: &Standing) -> Result<NodeStatus, Fault> {
    let Some(confirmed) = standing.confirmed else {
        let fault = Fault::new(ErrorKind::NodeUnhealthy, "knows no confirmed milestone yet");
        return Err(inx.fault(Route::InxStatus, fault));
    };
    Ok(NodeStatus {
        url: inx.source.node.name.clone(),
        healthy: standing.info.healthy,
        network: standing.info.network.clone(),
        confirmed: confirmed.position,
        pruned_to: standing.info.pruned_to,
    })
}

impl Feed for InxFeed {
    fn status(&mut self) -> Result<NodeStatus, NodeError> {
        let client = self.client.clone();
        client.wait(self.ask_status()).map_err(NodeError::from)
    }

    fn next(&mut self, cursor: &Position, interest: &dyn Interest) -> Result<FeedAnswer, FeedError> {
        let client = self.client.clone();
        let answer = client.wait(async {
            match self.look(cursor).await {
                Ok(FeedAnswer::Gap { pruned_to }) => {
                    Ok(RestFeed::look_back(self.permanode.as_mut(), cursor, interest, pruned_to).await)
                }
                answer => Ok(answer),
            }
        });
        answer.unwrap_or_else(|fault| Err(FeedError::Node(fault.into())))
    }

    fn on_news(&mut self, wake: Wake) {
        self.wake = Some(wake);
        // a stream that is open wakes nobody
        self.stream = None;
    }
}
