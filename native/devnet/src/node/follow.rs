//! Nodes that follow another one: they have the same ledger, as late as they are told to.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use iota_sdk::types::block::BlockId;
use tokio::sync::watch;

use super::{MilestoneRecord, Node, State, lock};
use crate::{
    ledger::{Moment, Mutations},
    tangle::{Attachment, BlockRecord, Inclusion},
};

/// How far behind the network a node is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lag {
    /// So many milestones behind; 0: not at all.
    Behind(u32),
    /// At a milestone, until it is told otherwise.
    At(u32),
}

impl Lag {
    /// The last milestone it lets a node confirm when the network is at `latest`.
    fn limit(self, latest: u32) -> u32 {
        match self {
            Self::Behind(count) => latest.saturating_sub(count),
            Self::At(index) => index,
        }
    }
}

/// What one milestone did, for the nodes that have not confirmed it yet.
#[derive(Debug)]
pub(super) struct Applied {
    pub(super) mutations: Mutations,
    pub(super) cone: Vec<(BlockId, BlockRecord)>,
    pub(super) inclusions: Vec<(BlockId, Inclusion)>,
    /// The block that carries the milestone.
    pub(super) block: (BlockId, Arc<[u8]>, Vec<BlockId>),
    pub(super) record: Arc<MilestoneRecord>,
}

/// The part of a node that follows another one.
#[derive(Debug)]
pub(super) struct Following {
    pub(super) leader: Arc<Node>,
    behind: Mutex<Behind>,
}

#[derive(Debug)]
struct Behind {
    lag: Lag,
    /// The network's milestone; what waits is all up to it.
    latest: u32,
    waiting: VecDeque<Arc<Applied>>,
}

impl Node {
    /// One more node of this network. It begins at the network's present milestone, so one that is
    /// to lag stands still at first.
    pub(crate) fn follow(self: &Arc<Self>, lag: Lag) -> Arc<Self> {
        let leader = self.leader().unwrap_or(self).clone();
        // no milestone between the copy and the first one that is handed over
        let issuing = lock(&leader.issuing);
        let state = leader.read().clone();
        let index = state.ledger.index();
        let behind = Behind { lag, latest: index, waiting: VecDeque::new() };
        let follower = Arc::new(Self {
            config: leader.config.clone(),
            protocol: leader.protocol.clone(),
            state: RwLock::new(state),
            issuing: Mutex::new(()),
            faucet: Mutex::new(lock(&leader.faucet).clone()),
            paused: AtomicBool::new(false),
            withhold: AtomicU32::new(0),
            confirmed: watch::Sender::new(index),
            keep: AtomicU32::new(leader.keep.load(Ordering::Relaxed)),
            followers: Mutex::new(Vec::new()),
            following: Some(Following { leader: leader.clone(), behind: Mutex::new(behind) }),
        });
        lock(&leader.followers).push(Arc::downgrade(&follower));
        drop(issuing);
        follower
    }

    /// The node whose ledger this one follows; `None` for one that makes its own.
    pub(crate) fn leader(&self) -> Option<&Arc<Node>> {
        self.following.as_ref().map(|following| &following.leader)
    }

    /// Holds a following node back, or lets it catch up. Returns the milestone it is at then, or
    /// `None` for a node that makes the milestones itself.
    pub(crate) fn set_lag(&self, lag: Lag) -> Option<u32> {
        let following = self.following.as_ref()?;
        let mut behind = lock(&following.behind);
        behind.lag = lag;
        self.catch_up(&mut behind);
        Some(self.read().ledger.index())
    }

    /// How far behind this node is held; `None` for a node that makes the milestones itself.
    pub(crate) fn lag(&self) -> Option<Lag> {
        Some(lock(&self.following.as_ref()?.behind).lag)
    }

    pub(super) fn has_followers(&self) -> bool {
        let mut followers = lock(&self.followers);
        followers.retain(|follower| follower.strong_count() > 0);
        !followers.is_empty()
    }

    /// Tells the nodes that follow this one what a milestone did.
    pub(super) fn hand_over(&self, applied: &Arc<Applied>) {
        let followers: Vec<_> = lock(&self.followers).iter().filter_map(std::sync::Weak::upgrade).collect();
        for follower in followers {
            if let Some(following) = &follower.following {
                let mut behind = lock(&following.behind);
                behind.latest = applied.record.at.index;
                behind.waiting.push_back(applied.clone());
                follower.catch_up(&mut behind);
            }
        }
    }

    /// Knows a block that was submitted here and that the network has taken, if its parents are known.
    pub(super) fn learn(&self, id: &BlockId, from: &Node) {
        let Some(record) = from.read().tangle.get(id).cloned() else {
            return;
        };
        let attachment = Attachment { withheld: true, ..Attachment::default() };
        if let Err(error) = self.write().tangle.attach(*id, record.bytes, record.parents, attachment) {
            tracing::debug!(%id, %error, "a block that this node cannot attach yet");
        }
    }

    fn catch_up(&self, behind: &mut Behind) {
        let limit = behind.lag.limit(behind.latest);
        while behind.waiting.front().is_some_and(|applied| applied.record.at.index <= limit) {
            let Some(applied) = behind.waiting.pop_front() else {
                break;
            };
            let at: Moment = applied.record.at;
            self.write().replay(&applied);
            self.confirmed.send_replace(at.index);
            self.prune_old(at.index);
        }
    }
}

impl State {
    fn replay(&mut self, applied: &Applied) {
        for (id, record) in &applied.cone {
            self.tangle.adopt(*id, record);
        }
        self.measure(applied.record.at, applied.inclusions.len());
        self.conclude(applied.mutations.clone(), applied.inclusions.clone(), applied.block.clone(), &applied.record);
    }
}
