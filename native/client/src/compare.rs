//! The nodes compared with each other, in the background: one that stands still or falls behind while it says
//! that all is well is noticed, left for the others, and taken again once it has caught up.
//!
//! A comparison only changes the order in which nodes are asked. A node that claims to be further than it is
//! gains nothing: it fails at the first milestone that it does not have.

use std::{sync::Arc, time::Instant};

use tokio::task::JoinSet;

use crate::{
    NodeClient,
    api::Api,
    client::Core,
    node::{Node, Rank},
};

/// Nodes of one network differ by a milestone or two while it is on its way.
const LAG: u32 = 2;

impl NodeClient {
    /// Begins a comparison when one is due. Nothing waits for it.
    pub(crate) fn compare_nodes(&self) {
        let core = self.core();
        if core.nodes.len() < 2 {
            return;
        }
        {
            let mut compared = core.compared.lock().expect("nothing panics while it is held");
            if compared.is_some_and(|at| at.elapsed() < core.config.compare_interval) {
                return;
            }
            *compared = Some(Instant::now());
        }
        drop(self.spawn(compare(core.clone())));
    }
}

async fn compare(core: Arc<Core>) {
    let mut asking = JoinSet::new();
    for node in core.nodes.iter().filter(|node| node.rank() != Rank::Aside) {
        let api = Api { core: core.clone(), node: node.clone() };
        asking.spawn(async move {
            match api.info().await {
                Ok(info) => Some((api.node, info.healthy, info.confirmed.index)),
                Err(fault) => {
                    if fault.is_of_a_node() {
                        api.node.failed(&fault);
                    }
                    None
                }
            }
        });
    }
    let mut heard: Vec<(Arc<Node>, u32)> = Vec::new();
    let mut furthest = 0;
    while let Some(answer) = asking.join_next().await {
        if let Ok(Some((node, healthy, confirmed))) = answer {
            furthest = if healthy { furthest.max(confirmed) } else { furthest };
            heard.push((node, confirmed));
        }
    }
    for (node, confirmed) in heard {
        node.compared(is_behind(confirmed, furthest));
    }
}

/// Whether a node that has confirmed `confirmed` is behind, when the furthest one has confirmed `furthest`.
pub(crate) fn is_behind(confirmed: u32, furthest: u32) -> bool {
    confirmed.saturating_add(LAG) < furthest
}

#[cfg(test)]
mod tests {
    use super::is_behind;

    #[test]
    fn a_milestone_on_its_way_is_no_lag() {
        assert_eq!([5, 6, 7, 8, 9].map(|confirmed| is_behind(confirmed, 8)), [true, false, false, false, false]);
        assert!(!is_behind(u32::MAX, u32::MAX) && is_behind(0, u32::MAX));
    }
}
