//! Payments that were signed in time and could not be submitted in time.

use super::{
    super::{PaymentError, Payments, micro::LEAST_TO_CLAIM, persist::Cause},
    steps::Troubles,
};
use crate::{
    ledger::UnixTime,
    store::{meta, payment},
};

/// Why such a payment is contested.
const WHY: &str = "too little of the time to claim was left, and it was not applied yet";

impl Payments {
    /// Contests the payments with an offer that leaves too little time to claim. By the ledger's time alone: what it shows was
    /// not applied until then, while a clock that is ahead, or a wallet that was closed for long, knows nothing of it.
    pub(super) fn contest_late(&self, troubles: &mut Troubles) -> Result<(), PaymentError> {
        let late = self.ports.store.readers().read(|conn| {
            let Some(cursor) = meta::cursor(conn)? else { return Ok(Vec::new()) };
            payment::late(conn, UnixTime(cursor.position.time.0.saturating_add(LEAST_TO_CLAIM)))
        })?;
        for row in late {
            match self.contest(&row, Cause::Outdated(WHY.to_owned())) {
                Ok(true) => tracing::warn!(payment = %row.transaction_id, reason = WHY, "a payment is taken back"),
                // a milestone or a person was faster
                Ok(false) => {}
                Err(error) => troubles.note(row.account, error),
            }
        }
        Ok(())
    }
}
