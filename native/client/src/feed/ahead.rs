//! Milestones that are fetched before they are asked for, while the wallet catches up.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use stardust_wallet::ledger::MilestoneIndex;
use tokio::task::JoinHandle;

use super::fetch::{self, Fetched};
use crate::{
    NodeClient,
    api::Api,
    fault::Fault,
    node::{Info, Node},
};

/// Milestones that are fetched at the same time.
const DEPTH: u32 = 8;
/// Nothing is fetched ahead beyond so many outputs, created and consumed, of all these milestones together.
const MOST_OUTPUTS: usize = 20_000;

/// The milestones under way, in order and without a hole.
#[derive(Default)]
pub(super) struct Ahead {
    fetching: VecDeque<Fetching>,
    pub(super) held: Held,
}

struct Fetching {
    index: MilestoneIndex,
    node: Arc<Node>,
    task: JoinHandle<Result<Option<Fetched>, Fault>>,
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Ahead {
    /// The milestone, when it was fetched ahead from this node and without a fault. Anything that does not
    /// fit is thrown away: fetching again is always right.
    pub(super) async fn take(&mut self, node: &Arc<Node>, index: MilestoneIndex) -> Option<Option<Fetched>> {
        let fits = |first: &Fetching| first.index == index && Arc::ptr_eq(&first.node, node);
        if !self.fetching.front().is_some_and(fits) {
            self.fetching.clear();
            return None;
        }
        let mut first = self.fetching.pop_front()?;
        match (&mut first.task).await {
            Ok(Ok(Some(fetched))) => Some(Some(fetched)),
            // also for "not there": what was so then may have changed
            Ok(Ok(None) | Err(_)) | Err(_) => {
                self.fetching.clear();
                None
            }
        }
    }

    /// Begins to fetch what follows `last`, as far as the node has confirmed and the bounds allow.
    pub(super) fn extend(&mut self, client: &NodeClient, api: &Api, info: &Arc<Info>, last: MilestoneIndex) {
        let end = last.0.saturating_add(DEPTH).min(info.confirmed.index);
        let begun = self.fetching.back().map_or(last, |fetching| fetching.index);
        for index in begun.0.saturating_add(1)..=end {
            if self.held.count() > MOST_OUTPUTS {
                return;
            }
            let (api, info, held) = (api.clone(), info.clone(), self.held.clone());
            let (node, index) = (api.node.clone(), MilestoneIndex(index));
            let task = client.spawn(async move { fetch::milestone(&api, &info, index, &held, MOST_OUTPUTS).await });
            self.fetching.push_back(Fetching { index, node, task });
        }
    }
}

/// How many outputs the fetched milestones have together.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<AtomicUsize>);

/// Some of them, until dropped.
pub(super) struct Hold(Held, usize);

impl Held {
    pub(super) fn hold(&self, outputs: usize) -> Hold {
        self.0.fetch_add(outputs, Ordering::Relaxed);
        Hold(self.clone(), outputs)
    }

    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.0.fetch_sub(self.1, Ordering::Relaxed);
    }
}
