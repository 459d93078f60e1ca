//! The loop on the thread `sync`: ask for the next milestone, scan, commit, let memory follow, wake.

mod gap;
mod located;
mod watch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Core, Located, SyncError,
    batch::{self, Committed},
    repair::Repair,
    status::Waiting,
};
use crate::{
    audit,
    error::{ErrorKind, chain},
    events::SyncState,
    ledger::{Feed, FeedAnswer, LedgerDiff, MilestoneIndex, Network, NodeStatus, Position},
    store::{
        Gap, MetaKey, StoreError, meta,
        restore::{self, Window},
    },
};

/// Longest pause between attempts that fail.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How often the node is asked for its tip while catching up, for the status.
const TIP_INTERVAL: Duration = Duration::from_secs(5);

/// What the thread owns.
pub(super) struct Run {
    core: Arc<Core>,
    feed: Box<dyn Feed>,
    cursor: Option<Position>,
    waiting: Vec<Waiting>,
    located: Vec<Located>,
    failures: u32,
    tip_asked: Option<Instant>,
    /// The node's newest milestone, and since when it is that.
    moved: Option<(MilestoneIndex, Instant)>,
    /// Whether a witness has contradicted the milestone after the cursor.
    contradicted: bool,
}

/// What a step of the loop came to.
enum Step {
    /// Go on at once.
    Again,
    /// Nothing to do for the poll interval.
    Idle,
}

impl Run {
    pub(super) fn new(core: Arc<Core>, mut feed: Box<dyn Feed>) -> Result<Self, SyncError> {
        // a feed may outlive the wallet by what it has under way
        let told = Arc::downgrade(&core);
        feed.on_news(Arc::new(move || {
            if let Some(core) = told.upgrade() {
                core.inbox.news();
            }
        }));
        let (cursor, contradicted) = core.store.readers().read(|conn| {
            Ok::<_, StoreError>((meta::cursor(conn)?, meta::get(conn, MetaKey::WitnessDiffers)?.is_some()))
        })?;
        let cursor = cursor.map(|cursor| cursor.position);
        let (waiting, located) = (Vec::new(), Vec::new());
        Ok(Self { core, feed, cursor, waiting, located, failures: 0, tip_asked: None, moved: None, contradicted })
    }

    /// Runs until the inbox is stopped or the wallet halts.
    pub(super) fn run(mut self) {
        while !self.core.inbox.stopped() {
            let (waiting, located, curious) = self.core.inbox.take();
            if !curious.is_empty() {
                let status = self.feed.status();
                for reply in curious {
                    // whoever asked may be gone
                    drop(reply.send(status.clone()));
                }
            }
            self.waiting.extend(waiting);
            self.located.extend(located);
            for Repair { findings, reply } in self.core.inbox.take_repairs() {
                // whoever asked may be gone
                drop(reply.send(self.repair(findings)));
            }
            let pause = match self.step() {
                Ok(Step::Again) => {
                    self.failures = 0;
                    continue;
                }
                Ok(Step::Idle) => {
                    self.failures = 0;
                    self.core.poll_interval
                }
                Err(error) => self.fail(&error),
            };
            if self.core.store.halt().reason().is_some() {
                break;
            }
            self.core.inbox.wait(pause);
        }
    }

    fn step(&mut self) -> Result<Step, SyncError> {
        self.core.restored.refuse_held()?;
        let Some(cursor) = self.cursor else {
            self.contact()?;
            return Ok(Step::Again);
        };
        if self.tip_asked.is_none() || self.waiting.iter().any(|waiting| waiting.target.is_none()) {
            self.ask_tip()?;
        }
        let gap = self.core.board.get().gap;
        if let Some(Gap { cursor, pruned_to }) = gap {
            for Located { reply, .. } in self.located.drain(..) {
                // whoever asked may be gone
                drop(reply.send(Err(SyncError::Gap { cursor, pruned_to })));
            }
        } else {
            self.deal(&cursor)?;
            if !self.core.restored.looks_at_tip(cursor.index) {
                self.answer(cursor.index);
            }
        }
        match self.feed.next(&cursor, &*self.core.watch)? {
            FeedAnswer::Diffs(diffs) => {
                let diffs = self.witnessed(diffs)?;
                self.follow(cursor, diffs)?;
                if self.tip_asked.is_none_or(|at| at.elapsed() > TIP_INTERVAL) {
                    self.ask_tip()?;
                }
                Ok(Step::Again)
            }
            FeedAnswer::Tip => {
                if let Some(Gap { cursor, pruned_to }) = gap {
                    // a node that has nothing beyond the cursor has not what is missing
                    return Err(SyncError::Gap { cursor, pruned_to });
                }
                if self.tip_asked.is_none_or(|at| at.elapsed() > TIP_INTERVAL) {
                    self.ask_tip()?;
                }
                self.rest(cursor.index);
                self.core.note_tip(cursor.index)?;
                // who waited for a restored wallet finds it looked at
                self.answer(cursor.index);
                Ok(Step::Idle)
            }
            FeedAnswer::Gap { pruned_to } => {
                if gap.is_none() {
                    self.enter_gap(Gap { cursor: cursor.index, pruned_to })?;
                }
                Err(SyncError::Gap { cursor: cursor.index, pruned_to })
            }
        }
    }

    /// The first contact: the wallet belongs to this node's network from now on, and watching begins at its newest
    /// milestone; both in one commit.
    fn contact(&mut self) -> Result<(), SyncError> {
        let status = self.feed.status()?;
        self.hear(&status);
        if !status.healthy {
            return Err(SyncError::Unhealthy { url: status.url });
        }
        let (network, position) = (status.network.clone(), status.confirmed);
        self.core.store.writer().commit(move |tx| {
            meta::put_network(tx, &network)?;
            audit::wallet::network_met(tx, &network)?;
            meta::begin_cursor(tx, &position)?;
            let (from, to) = (MilestoneIndex(1), position.index);
            restore::note_window(tx, Window { from, to, from_time: None, to_time: position.time })?;
            fail_point!("contact:written");
            Ok::<_, StoreError>(())
        })?;
        fail_point!("contact:durable");
        self.core.enter(status.network);
        self.cursor = Some(position);
        self.tip_asked = Some(Instant::now());
        self.core.board.change(|status| {
            status.cursor = Some(position.index);
            status.cursor_time = Some(position.time);
        });
        self.core.told(position.index);
        Ok(())
    }

    /// Asks the node for its newest milestone: what those who wait now wait for.
    fn ask_tip(&mut self) -> Result<(), SyncError> {
        let status = self.feed.status()?;
        let network = self.core.network()?;
        check_network(&network, &status.network)?;
        if *network != status.network {
            // the same network with other rules, such as another storage deposit
            let changed = status.network.clone();
            self.core.store.writer().commit(move |tx| meta::put_network(tx, &changed))?;
            self.core.enter(status.network.clone());
        }
        self.hear(&status);
        self.tip_asked = Some(Instant::now());
        let unhealthy = SyncError::Unhealthy { url: status.url };
        self.waiting.retain_mut(|waiting| {
            if waiting.target.is_some() {
                return true;
            }
            if status.healthy {
                waiting.target = Some(status.confirmed.index);
                return true;
            }
            drop(waiting.reply.send(Err((unhealthy.kind(), unhealthy.to_string()))));
            false
        });
        Ok(())
    }

    fn hear(&mut self, node: &NodeStatus) {
        if self.moved.is_none_or(|(newest, _)| newest < node.confirmed.index) {
            self.moved = Some((node.confirmed.index, Instant::now()));
        }
        let cursor = self.cursor.map(|cursor| cursor.index);
        self.core.board.change(|status| {
            status.node_milestone = Some(node.confirmed.index);
            status.node_time = Some(node.confirmed.time);
            status.node_url = Some(node.url.clone());
            status.node_healthy = Some(node.healthy);
            // what keeps the wallet from going on is not over because a node answers
            let stopped = status.gap.is_some() || status.error.is_some();
            if cursor.is_none_or(|cursor| cursor < node.confirmed.index) && !stopped {
                status.state = SyncState::CatchingUp;
            }
        });
    }

    /// Applies milestones that follow the cursor, many in one commit. Ends early when the loop is to stop, or when the feed
    /// has to give the rest again: an earlier milestone of the same answer created what it consumes, and now the feed
    /// knows that it is of interest.
    fn follow(&mut self, mut cursor: Position, mut rest: Vec<LedgerDiff>) -> Result<(), SyncError> {
        let begun = cursor.index;
        loop {
            match batch::commit(&self.core, &cursor, rest, self.next_height(cursor.index)) {
                Err(SyncError::NoSpender { .. }) if cursor.index > begun => return Ok(()),
                committed => Committed { cursor, rest } = committed?,
            }
            self.applied(cursor);
            if rest.is_empty() || self.core.inbox.stopped() {
                return Ok(());
            }
            self.deal(&cursor)?;
        }
    }

    /// How many milestones there are to the next height at which something is to be booked.
    fn next_height(&self, cursor: MilestoneIndex) -> usize {
        let heights = self.located.iter().filter_map(|located| located.height.0.checked_sub(cursor.0));
        heights
            .filter(|ahead| *ahead > 0)
            .min()
            .map_or(usize::MAX, |ahead| usize::try_from(ahead).unwrap_or(usize::MAX))
    }

    /// Follows a commit: the status, and those who wait for it.
    fn applied(&mut self, position: Position) {
        self.moved = Some((position.index, Instant::now()));
        self.cursor = Some(position);
        self.core.board.change(|status| {
            status.cursor = Some(position.index);
            status.cursor_time = Some(position.time);
            status.node_milestone = status.node_milestone.max(Some(position.index));
            status.node_time = status.node_time.max(Some(position.time));
            status.error = None;
            // the milestone after the cursor was to be had after all
            status.gap = None;
            status.state = match status.lag() {
                Some(0) => SyncState::Synced,
                _ => SyncState::CatchingUp,
            };
        });
        self.core.told(position.index);
        // else at the tip, when it was looked at, or by the failure that keeps the loop from it
        if !self.core.restored.looks_at_tip(position.index) {
            self.answer(position.index);
        }
    }

    /// Answers those whose milestone is applied.
    fn answer(&mut self, cursor: MilestoneIndex) {
        self.waiting.retain(|waiting| {
            let reached = waiting.target.is_some_and(|target| target <= cursor);
            if reached {
                // whoever asked may be gone
                drop(waiting.reply.send(Ok(cursor)));
            }
            !reached
        });
    }

    /// Shows the failure, tells all who wait, and answers how long to pause.
    fn fail(&mut self, error: &SyncError) -> Duration {
        let (kind, text) = (error.kind(), chain(error));
        // the ways to the node close before the loop is told to stop: no failure
        let closing = kind == ErrorKind::Closed || self.core.inbox.stopped();
        if self.failures == 0 && !closing {
            tracing::warn!(kind = kind.name(), error = text, "the ledger cannot be followed");
        }
        if !closing {
            self.core.board.change(|status| {
                // a gap stays one until a node has what the cursor needs, or it is repaired
                status.state = if status.gap.is_some() { SyncState::Gap } else { SyncState::Stalled };
                status.error = Some((kind, text.clone()));
            });
        }
        for waiting in self.waiting.drain(..) {
            drop(waiting.reply.send(Err((kind, text.clone()))));
        }
        self.failures = self.failures.saturating_add(1);
        let factor = 1_u32 << self.failures.min(8);
        let pause = self.core.poll_interval.saturating_mul(factor).min(LONGEST_PAUSE);
        // another node may be asked next time, and it may be another one's turn: the tip has to be heard anew
        self.tip_asked = None;
        pause.max(self.core.poll_interval)
    }
}

/// Refuses a node of another network: everything that the wallet signs and shows depends on it.
///
/// # Errors
/// [`SyncError::WrongNetwork`].
pub(super) fn check_network(ours: &Network, nodes: &Network) -> Result<(), SyncError> {
    let same = ours.id == nodes.id
        && ours.name == nodes.name
        && ours.protocol_version == nodes.protocol_version
        && ours.hrp == nodes.hrp
        && ours.token_supply == nodes.token_supply;
    if same {
        return Ok(());
    }
    let show = |network: &Network| format!("{} ({}, version {})", network.name, network.hrp, network.protocol_version);
    Err(SyncError::WrongNetwork { expected: show(ours), got: show(nodes) })
}

impl Core {
    pub(super) fn network(&self) -> Result<Arc<Network>, SyncError> {
        self.network
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
            .ok_or_else(|| StoreError::corrupt("a cursor without network").into())
    }

    fn enter(&self, network: Network) {
        *self.network.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Arc::new(network));
    }

    fn told(&self, milestone: MilestoneIndex) {
        (self.on_applied)(milestone);
    }
}
