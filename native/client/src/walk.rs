//! Which node is asked, and which one after it.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    api::Api,
    client::Core,
    fault::Fault,
    node::{Info, Rank},
};

/// Goes over the nodes, best first: healthy ones in the order of the configuration, then those that say
/// that they are not healthy, then those that failed a short while ago. No node is given out whose network
/// was not checked.
pub(crate) struct Walk {
    unseen: VecDeque<Api>,
    unhealthy: VecDeque<(Api, Arc<Info>)>,
    aside: VecDeque<Api>,
    faults: Vec<Fault>,
}

impl Walk {
    pub(crate) fn new(core: &Arc<Core>) -> Self {
        let mut ranked: Vec<_> =
            core.nodes.iter().map(|node| (node.rank(), Api { core: core.clone(), node: node.clone() })).collect();
        ranked.sort_by_key(|(rank, _)| *rank);
        let (aside, unseen): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|(rank, _)| *rank == Rank::Aside);
        let apis = |ranked: Vec<(Rank, Api)>| ranked.into_iter().map(|(_, api)| api).collect();
        Self { unseen: apis(unseen), unhealthy: VecDeque::new(), aside: apis(aside), faults: Vec::new() }
    }

    /// The next node that can be used.
    pub(crate) async fn next(&mut self) -> Option<(Api, Arc<Info>)> {
        while let Some(api) = self.unseen.pop_front() {
            match api.checked().await {
                Ok(info) if info.healthy => return Some((api, info)),
                Ok(info) => self.unhealthy.push_back((api, info)),
                Err(fault) => self.failed(&api, fault),
            }
        }
        if let Some(next) = self.unhealthy.pop_front() {
            return Some(next);
        }
        while let Some(api) = self.aside.pop_front() {
            match api.checked().await {
                Ok(info) => return Some((api, info)),
                Err(fault) => self.failed(&api, fault),
            }
        }
        None
    }

    /// A node did not do what was asked: it is put aside for a while, unless it only does not offer that.
    pub(crate) fn failed(&mut self, api: &Api, fault: Fault) {
        tracing::debug!(kind = %fault.kind, message = %fault.message, "a request to a node failed");
        if !fault.not_offered {
            api.node.failed(&fault);
        }
        self.faults.push(fault);
    }

    pub(crate) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}
