//! Milestones that are fetched before they are asked for, while the wallet catches up.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use stardust_wallet::ledger::MilestoneIndex;
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
};
use tracing::Instrument;

use super::fetch::{self, Fetched};
use crate::{
    NodeClient,
    api::Api,
    fault::Fault,
    node::{Info, Node},
};

/// Milestones that are fetched at the same time.
const AT_ONCE: usize = 32;
/// Milestones that are fetched and wait to be asked for.
const READY: usize = 256;
/// Nothing is fetched ahead beyond so many outputs, created and consumed, of all these milestones together.
pub(super) const MOST_OUTPUTS: usize = 20_000;

/// The milestones under way, in order and without a hole.
#[derive(Default)]
pub(super) struct Ahead {
    fetching: Option<Fetching>,
    pub(super) held: Held,
}

/// A task that fetches one milestone after the other from one node.
struct Fetching {
    node: Arc<Node>,
    /// The one that comes next.
    next: MilestoneIndex,
    ready: mpsc::Receiver<Fetched>,
    task: JoinHandle<()>,
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ahead {
    /// The milestone, when it was fetched ahead from this node and without a fault; it may still be on its way.
    /// Anything that does not fit is thrown away: fetching again is always right.
    pub(super) async fn take(&mut self, node: &Arc<Node>, index: MilestoneIndex) -> Option<Fetched> {
        let fits = |fetching: &&mut Fetching| fetching.next == index && Arc::ptr_eq(&fetching.node, node);
        let taken = match self.fetching.as_mut().filter(fits) {
            Some(fetching) => fetching.ready.recv().await,
            None => None,
        };
        self.took(taken)
    }

    /// The milestone after the one that was taken last, when it is there already.
    pub(super) fn take_ready(&mut self) -> Option<Fetched> {
        let fetched = self.fetching.as_mut()?.ready.try_recv().ok()?;
        self.took(Some(fetched))
    }

    fn took(&mut self, taken: Option<Fetched>) -> Option<Fetched> {
        match (&taken, &mut self.fetching) {
            (Some(_), Some(fetching)) => fetching.next = fetching.next.next(),
            // at its end or at a fault: what it means is found out by asking directly
            _ => self.fetching = None,
        }
        taken
    }

    /// Throws away what was fetched.
    pub(super) fn clear(&mut self) {
        self.fetching = None;
    }

    /// Begins to fetch what follows `last` as far as the node has confirmed, unless that is under way.
    pub(super) fn extend(&mut self, client: &NodeClient, api: &Api, info: &Arc<Info>, last: MilestoneIndex) {
        if self.fetching.is_some() || info.confirmed.index <= last.0 {
            return;
        }
        let (sender, ready) = mpsc::channel(READY);
        let next = last.next();
        let run = Run { api: api.clone(), info: info.clone(), held: self.held.clone(), next: next.0 };
        let task = client.spawn(run.run_through(sender));
        self.fetching = Some(Fetching { node: api.node.clone(), next, ready, task });
    }
}

struct Run {
    api: Api,
    info: Arc<Info>,
    held: Held,
    next: u32,
}

impl Run {
    /// Fetches several milestones at the same time and hands them over in their order; ends at the newest, at the
    /// first fault, and when nobody takes them any more.
    async fn run_through(mut self, ready: mpsc::Sender<Fetched>) {
        let mut under_way: VecDeque<UnderWay> = VecDeque::new();
        loop {
            while under_way.len() < AT_ONCE && self.next <= self.info.confirmed.index && !self.held.is_full() {
                under_way.push_back(self.begin());
            }
            let Some(mut first) = under_way.pop_front() else {
                if self.next > self.info.confirmed.index {
                    return;
                }
                self.held.room().await;
                continue;
            };
            let Ok(Ok(Some(fetched))) = (&mut first.0).await else { return };
            if ready.send(fetched).await.is_err() {
                return;
            }
        }
    }

    fn begin(&mut self) -> UnderWay {
        let index = MilestoneIndex(self.next);
        self.next = self.next.saturating_add(1);
        let (api, info, held) = (self.api.clone(), self.info.clone(), self.held.clone());
        let task = async move { fetch::confirmed(&api, &info, index, &held).await };
        UnderWay(tokio::spawn(task.in_current_span()))
    }
}

/// A milestone that is being fetched; the task ends with it.
struct UnderWay(JoinHandle<Result<Option<Fetched>, Fault>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How many outputs the fetched milestones have together.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Outputs>);

#[derive(Default)]
struct Outputs {
    count: AtomicUsize,
    freed: Notify,
}

/// Some of them, until dropped.
pub(super) struct Hold(Held, usize);

impl Held {
    pub(super) fn hold(&self, outputs: usize) -> Hold {
        self.0.count.fetch_add(outputs, Ordering::Relaxed);
        Hold(self.clone(), outputs)
    }

    pub(super) fn count(&self) -> usize {
        self.0.count.load(Ordering::Relaxed)
    }

    /// Half of what may be held: the other half is for milestones that turn out to be large.
    fn is_full(&self) -> bool {
        self.count() > MOST_OUTPUTS / 2
    }

    /// Returns when something was let go.
    async fn room(&self) {
        loop {
            let freed = self.0.freed.notified();
            if !self.is_full() {
                return;
            }
            freed.await;
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.0.count.fetch_sub(self.1, Ordering::Relaxed);
        self.0.0.freed.notify_waiters();
    }
}
