//! What the loop watches over: a witness that must agree, and nodes that stand still.

use super::Run;
use crate::{
    audit,
    error::ErrorKind,
    events::SyncState,
    ledger::{LedgerDiff, MilestoneIndex},
    store::{MetaKey, meta},
    sync::{SyncError, witness},
};

impl Run {
    /// The first of `diffs` that the witness confirms. A difference is written down before the wallet halts.
    pub(super) fn witnessed(&mut self, diffs: Vec<LedgerDiff>) -> Result<Vec<LedgerDiff>, SyncError> {
        let confirmed = witness::confirmed(&self.core, diffs);
        if let Err(error @ SyncError::WitnessDiffers { .. }) = &confirmed {
            let written = witness::denounce(&self.core, error);
            self.core.store.halt().halt(error.to_string());
            written?;
        }
        let confirmed = confirmed?;
        if self.contradicted {
            self.core.store.writer().commit(|tx| {
                meta::remove(tx, MetaKey::WitnessDiffers)?;
                audit::wallet::witness_agreed(tx)
            })?;
            self.contradicted = false;
        }
        Ok(confirmed)
    }

    /// The status when the nodes have nothing beyond the cursor; one change, so that listeners hear of real changes only.
    pub(super) fn rest(&self, cursor: MilestoneIndex) {
        let standstill = self.standstill();
        self.core.board.change(|status| {
            let behind = status.node_milestone.filter(|node| *node < cursor).map(|node| {
                format!("the node stands at milestone {node}, behind the wallet's {cursor}: waiting for it")
            });
            let ahead = status.node_milestone.is_some_and(|node| node > cursor);
            status.error = standstill.or(behind).map(|text| (ErrorKind::NodeUnhealthy, text));
            status.state = match &status.error {
                Some(_) => SyncState::Stalled,
                // one node knows of more, and none has given it yet
                None if ahead => SyncState::CatchingUp,
                None => SyncState::Synced,
            };
        });
    }

    /// That no node has had a new milestone for too long. The text stays the same while the nodes stand still.
    fn standstill(&self) -> Option<String> {
        let limit = self.core.standstill;
        let (newest, _) = self.moved.filter(|(_, since)| !limit.is_zero() && since.elapsed() > limit)?;
        Some(format!("no node has a milestone after {newest} for more than {} seconds", limit.as_secs()))
    }
}
