//! The loop on the thread `sync`: ask for the next milestone, scan, commit, let memory follow, wake.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Core, Located, SyncError, apply,
    scan::{Found, classify, scan},
    status::Waiting,
};
use crate::{
    error::{ErrorKind, chain},
    events::{SyncState, SyncStatus},
    ledger::{Feed, FeedAnswer, LedgerDiff, LedgerOutput, MilestoneIndex, Network, NodeStatus, Position},
    store::{StoreError, meta},
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
}

/// What a step of the loop came to.
enum Step {
    /// Go on at once.
    Again,
    /// Nothing to do for the poll interval.
    Idle,
}

impl Run {
    pub(super) fn new(core: Arc<Core>, feed: Box<dyn Feed>) -> Result<Self, SyncError> {
        let cursor = core.store.readers().read(meta::cursor)?.map(|cursor| cursor.position);
        Ok(Self { core, feed, cursor, waiting: Vec::new(), located: Vec::new(), failures: 0, tip_asked: None })
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
                self.core.board.change(|status| status.state = SyncState::Halted);
                break;
            }
            self.core.inbox.wait(pause);
        }
    }

    fn step(&mut self) -> Result<Step, SyncError> {
        let Some(cursor) = self.cursor else {
            self.contact()?;
            return Ok(Step::Again);
        };
        if self.tip_asked.is_none() || self.waiting.iter().any(|waiting| waiting.target.is_none()) {
            self.ask_tip()?;
        }
        self.book(&cursor)?;
        self.answer(cursor.index);
        match self.feed.next(&cursor, &*self.core.watch)? {
            FeedAnswer::Diff(diff) => {
                self.apply(diff)?;
                self.answer(self.cursor.map_or(cursor.index, |cursor| cursor.index));
                if self.tip_asked.is_none_or(|at| at.elapsed() > TIP_INTERVAL) {
                    self.ask_tip()?;
                }
                Ok(Step::Again)
            }
            FeedAnswer::Tip => {
                if self.tip_asked.is_none_or(|at| at.elapsed() > TIP_INTERVAL) {
                    self.ask_tip()?;
                }
                self.core.board.change(|status| rest(status, cursor.index));
                Ok(Step::Idle)
            }
            FeedAnswer::Gap { pruned_to } => Err(SyncError::Gap { cursor: cursor.index, pruned_to }),
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
            meta::begin_cursor(tx, &position)
        })?;
        self.core.enter(status.network);
        self.cursor = Some(position);
        self.tip_asked = Some(Instant::now());
        self.core.board.change(|status| status.cursor = Some(position.index));
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

    fn hear(&self, node: &NodeStatus) {
        let cursor = self.cursor.map(|cursor| cursor.index);
        self.core.board.change(|status| {
            status.node_milestone = Some(node.confirmed.index);
            status.node_url = Some(node.url.clone());
            status.node_healthy = Some(node.healthy);
            if cursor.is_none_or(|cursor| cursor < node.confirmed.index) && status.state != SyncState::Gap {
                status.state = SyncState::CatchingUp;
            }
        });
    }

    /// One milestone, one transaction. The scan runs before it; if an address was issued or a payment signed meanwhile,
    /// the transaction scans again, so that what is committed rests on what is watched at that moment. It begins afresh, so
    /// that memory knows of every earlier commit.
    fn apply(&mut self, diff: LedgerDiff) -> Result<(), SyncError> {
        let position = *diff.position();
        let core = Arc::clone(&self.core);
        let network = core.network()?;
        let generation = core.watch.generation();
        let scanned = scan(&diff, &*core.watch)?;
        let memory = Arc::clone(&core.watch);
        self.core.store.writer().commit_afresh(
            move |tx| {
                let scanned = if core.watch.generation() == generation { scanned } else { scan(&diff, &*core.watch)? };
                apply::apply(tx, &*core.codec, &network, &scanned)
            },
            move |applied: &apply::Applied| {
                memory.settle(&applied.booked, &applied.spent, &applied.decided);
            },
        )?;
        self.cursor = Some(position);
        self.core.board.change(|status| {
            status.cursor = Some(position.index);
            status.node_milestone = status.node_milestone.max(Some(position.index));
            status.error = None;
            status.state = match status.lag() {
                Some(0) => SyncState::Synced,
                _ => SyncState::CatchingUp,
            };
        });
        self.core.told(position.index);
        Ok(())
    }

    /// Books outputs that an index reported for the height at which the wallet is now; too late for others.
    fn book(&mut self, cursor: &Position) -> Result<(), SyncError> {
        let located = std::mem::take(&mut self.located);
        for Located { height, outputs, reply } in located {
            if height > cursor.index {
                self.located.push(Located { height, outputs, reply });
                continue;
            }
            let booked =
                if height == cursor.index { self.book_now(*cursor, outputs).map(|()| true) } else { Ok(false) };
            // whoever asked may be gone
            drop(reply.send(booked));
        }
        Ok(())
    }

    fn book_now(&self, at: Position, outputs: Vec<LedgerOutput>) -> Result<(), SyncError> {
        let found: Vec<Found> = outputs
            .into_iter()
            .filter_map(|output| {
                let (key, class) = classify(&output, at.time, &*self.core.watch)?;
                Some(Found { output, key, class })
            })
            .collect();
        let core = Arc::clone(&self.core);
        let network = core.network()?;
        let memory = Arc::clone(&core.watch);
        self.core.store.writer().commit_then(
            move |tx| apply::book_discovered(tx, &*core.codec, &network, at, &found),
            move |applied: &apply::Applied| {
                memory.settle(&applied.booked, &[], &[]);
            },
        )?;
        Ok(())
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
                status.state = match (error, status.state) {
                    // a gap stays one until a node has what the cursor needs
                    (SyncError::Gap { .. }, _) | (_, SyncState::Gap) => SyncState::Gap,
                    _ => SyncState::Stalled,
                };
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

/// The status when the node has nothing beyond the cursor: up to date, unless the node is behind the wallet.
fn rest(status: &mut SyncStatus, cursor: MilestoneIndex) {
    let behind = status.node_milestone.filter(|node| *node < cursor);
    status.state = match (behind, status.state) {
        (None, _) => SyncState::Synced,
        (Some(_), SyncState::Gap) => SyncState::Gap,
        (Some(_), _) => SyncState::Stalled,
    };
    status.error = behind.map(|node| {
        let text = format!("the node stands at milestone {node}, behind the wallet's {cursor}: waiting for it");
        (ErrorKind::NodeUnhealthy, text)
    });
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

impl From<(ErrorKind, String)> for SyncError {
    fn from((kind, message): (ErrorKind, String)) -> Self {
        match kind {
            ErrorKind::Closed => Self::Closed,
            ErrorKind::Halted => Self::Halted(message),
            _ => Self::Standing { kind, message },
        }
    }
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
