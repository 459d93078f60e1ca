//! The loop before a gap, and over it.

use std::{collections::HashSet, sync::Arc};

use super::Run;
use crate::{
    audit,
    error::ErrorKind,
    events::SyncState,
    ledger::{FeedAnswer, Interest, LedgerOutput, MilestoneIndex, NodeError, OutputId, Position},
    store::{Gap, gap},
    sync::{
        SyncError, apply, mend,
        repair::{Findings, RepairReport},
    },
};

impl Run {
    /// From now on the wallet stands before a gap, also after a restart, until the milestone after the cursor is applied or
    /// the gap is repaired.
    pub(super) fn enter_gap(&self, gap: Gap) -> Result<(), SyncError> {
        self.core.store.writer().commit(move |tx| {
            gap::begin(tx, &gap)?;
            audit::wallet::gap_entered(tx, &gap)
        })?;
        self.core.board.change(|status| {
            status.state = SyncState::Gap;
            status.gap = Some(gap);
        });
        Ok(())
    }

    /// Writes what a repair found, in one transaction, and goes on after its milestone.
    pub(super) fn repair(&mut self, findings: Findings) -> Result<RepairReport, SyncError> {
        if self.core.watch.len() != findings.addresses {
            return Err(SyncError::Moved);
        }
        let later = self.created_after(&findings.at, findings.height)?;
        let (core, at) = (Arc::clone(&self.core), findings.at);
        let network = core.network()?;
        let memory = Arc::clone(&core.watch);
        let mended = self.core.store.writer().commit_afresh(
            move |tx| {
                let mended = mend::mend(tx, &core, &network, &findings, &later)?;
                fail_point!("repair:written");
                Ok::<_, SyncError>(mended)
            },
            move |mended: &mend::Mended| {
                let apply::Applied { booked, gone, decided } = &mended.applied;
                memory.settle(booked, gone, decided);
            },
        )?;
        fail_point!("repair:durable");
        tracing::warn!(from = mended.report.from.0, to = mended.report.to.0, "a gap was repaired");
        self.core.board.change(|status| status.gap = None);
        self.applied(at);
        Ok(mended.report)
    }

    /// The outputs for addresses of ours that the milestones after `at` created, up to `height`.
    fn created_after(&mut self, at: &Position, height: MilestoneIndex) -> Result<HashSet<OutputId>, SyncError> {
        let (mut at, mut created) = (*at, HashSet::new());
        while at.index < height {
            match self.feed.next(&at, &*self.core.watch)? {
                FeedAnswer::Diffs(diffs) => {
                    for diff in diffs {
                        let ours = |output: &&LedgerOutput| output.addresses().any(|one| self.core.watch.watches(one));
                        created.extend(diff.created().iter().filter(ours).map(|output| output.id));
                        at = *diff.position();
                    }
                }
                FeedAnswer::Tip => {
                    let message = format!("the node stands at milestone {}, behind an index at {height}", at.index);
                    return Err(NodeError { kind: ErrorKind::NodeUnhealthy, message }.into());
                }
                FeedAnswer::Gap { pruned_to } => return Err(SyncError::Gap { cursor: at.index, pruned_to }),
            }
        }
        Ok(created)
    }
}
