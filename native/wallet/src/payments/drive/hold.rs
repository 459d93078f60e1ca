//! What is due and is not submitted: for the first time nothing while another signer is suspected, and never more what leaves its
//! recipient no time to claim.
//!
//! What a node has may be applied anyhow, and goes on. What contests a payment of ours does too: it pays ourselves, and is the
//! only way to stop the other.

use super::Driver;
use crate::{
    error::chain,
    payments::{PaymentError, settle::refuse_foreign_signer, state::Now},
};

/// Why a late payment that nobody has is not submitted.
const LATE: &str = "it is submitted no more: the time to claim what it offers is nearly over. It is taken back, for which the vault \
    has to be unlocked";

impl Driver {
    /// Holds up the payments that are due and that no node has, with the reason for it, or lets them go. Looked at each time, as
    /// another signer may have been seen since they were signed.
    pub(super) fn hold(&mut self, now: Now) -> Result<(), PaymentError> {
        let time = self.ledger_time(now);
        let (mut due, mut late) = (Vec::new(), Vec::new());
        for (row, tracked) in &mut self.open {
            if tracked.is_late(time) {
                if !tracked.told_late {
                    late.push(*row);
                }
            } else if tracked.is_due_first(now) {
                tracked.free = false;
                due.push(*row);
            }
        }
        self.tell_late(late)?;
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

    /// Says of payments that they are taken back, and lets those go who wait for a node.
    fn tell_late(&mut self, late: Vec<i64>) -> Result<(), PaymentError> {
        self.explain(late.clone(), Some(LATE.to_owned()))?;
        for row in late {
            if let Some(tracked) = self.open.get_mut(&row) {
                tracked.told_late = true;
            }
            self.waiting.remove(&row);
        }
        Ok(())
    }
}
