//! What arrived at a scripted node, and what it remembers.

use super::ScriptedFeed;

impl ScriptedFeed {
    /// It answers so many more questions for transactions, and then none.
    pub fn set_transaction_answers(&self, count: u32) {
        self.lock().transaction_answers = Some(count);
    }

    /// It has transactions of pruned milestones too, and says what spent an output, as one with a permanode does.
    pub fn set_archive(&self, archive: bool) {
        self.lock().archive = archive;
    }

    /// A milestone applies all payloads that have arrived; answers how many.
    pub fn include(&self) -> usize {
        let submitted = std::mem::take(&mut self.lock().submitted);
        self.ledger.include(&submitted);
        submitted.len()
    }

    /// Payloads that have arrived get into no milestone; answers them.
    pub fn take_submitted(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.lock().submitted)
    }

    /// How many payloads have arrived that no milestone includes.
    #[must_use]
    pub fn submitted(&self) -> usize {
        self.lock().submitted.len()
    }
}
