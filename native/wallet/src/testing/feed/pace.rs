//! How much a node tells at a time, and how far.

use super::ScriptedFeed;
use crate::ledger::LedgerDiff;

impl ScriptedFeed {
    /// Answers with up to `count` milestones at once.
    pub fn set_batch(&self, count: usize) {
        self.lock().batch = count;
    }

    /// Says of every consumed output what consumed it, asked or not, as feeds with whole outputs do.
    pub fn set_all_spenders(&self, all: bool) {
        self.lock().all_spenders = all;
    }

    /// Answers with these milestones, whatever the ledger says, each time it is asked for what follows the one before them.
    pub fn set_answer(&self, diffs: Vec<LedgerDiff>) {
        self.lock().answer = Some(diffs);
    }

    /// Confirms no more milestones from now on, until [`release`](Self::release) or [`heal`](Self::heal).
    pub fn hold(&self) {
        let newest = self.ledger.position().index.0;
        self.lock().confirmed = Some(newest);
    }

    /// Confirms all milestones again.
    pub fn release(&self) {
        self.lock().confirmed = None;
    }
}
