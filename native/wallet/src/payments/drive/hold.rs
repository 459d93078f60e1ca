//! Nothing is submitted for the first time while another signer is suspected.
//!
//! What a node has may be applied anyhow, and goes on. What contests a payment of ours does too: it pays ourselves, and is the
//! only way to stop the other.

use super::Driver;
use crate::{
    error::chain,
    payments::{PaymentError, settle::refuse_foreign_signer, state::Now},
};

impl Driver {
    /// Holds up the payments that are due and that no node has, with the reason for it, or lets them go. Looked at each time, as
    /// another signer may have been seen since they were signed.
    pub(super) fn hold(&mut self, now: Now) -> Result<(), PaymentError> {
        let mut due = Vec::new();
        for (row, tracked) in &mut self.open {
            if tracked.is_due_first(now) {
                tracked.free = false;
                due.push(*row);
            }
        }
        if due.is_empty() {
            return Ok(());
        }
        let reason = match self.ports.store.readers().read(refuse_foreign_signer) {
            Ok(()) => None,
            Err(error @ PaymentError::ForeignSigner { .. }) => Some(format!("it is not submitted: {}", chain(&error))),
            Err(error) => return Err(error),
        };
        let held = reason.is_some();
        let news = due.iter().filter(|row| self.open.get(row).is_some_and(|tracked| tracked.explained != held));
        self.explain(news.copied().collect(), reason)?;
        for row in due {
            if let Some(tracked) = self.open.get_mut(&row) {
                (tracked.free, tracked.explained) = (!held, held);
                if held {
                    // nobody waits for a node's answer
                    tracked.answered = true;
                    self.waiting.remove(&row);
                }
            }
        }
        Ok(())
    }
}
