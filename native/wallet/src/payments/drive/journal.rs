//! Into the key journal, before anything is submitted.

use std::collections::HashSet;

use super::Driver;
use crate::{
    error::chain,
    payments::{PaymentError, PaymentState},
    store::{
        payment::{self, PaymentRow},
        recovered, restore,
    },
};

/// Which open payments are in the journal, as far as this thread has put them there or found them there.
#[derive(Default)]
pub(super) struct Journaled {
    rows: HashSet<i64>,
    /// Those that are not, and say why.
    refused: HashSet<i64>,
    /// The newest row of what was found on the ledger that it has; none: it was not looked at since this thread was started.
    complete: Option<i64>,
}

impl Journaled {
    pub(super) fn has(&self, row: i64) -> bool {
        self.rows.contains(&row)
    }
}

impl Driver {
    /// Writes what is new into the journal, with one sync for all of it. What is not in it is not submitted and has the
    /// reason for it; it is tried again with the next look.
    pub(super) fn journal(&mut self) -> Result<(), PaymentError> {
        self.write_signed()?;
        if !self.stale {
            return Ok(());
        }
        // payments that a restored wallet finds are written by milestones, also once payments are free
        let found = self.ports.store.readers().read(recovered::last)?;
        if self.journaled.complete.is_none_or(|before| before < found) {
            if self.ports.store.readers().read(restore::present)?.is_some() {
                self.ports.journal.complete()?;
            }
            self.journaled.complete = Some(found);
        }
        if let Err(error) = self.ports.journal.seen() {
            // nothing depends on it but how far a later restore has to ask a person
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "the milestone could not be noted in the key journal"
            );
        }
        Ok(())
    }

    fn write_signed(&mut self) -> Result<(), PaymentError> {
        let (stale, signed) = (self.stale, &self.signed);
        // also those that are cancelled already: what contests them comes after them
        let mut rows: Vec<PaymentRow> = self.ports.store.readers().read(|conn| {
            if stale {
                return payment::open(conn);
            }
            let rows = signed.iter().map(|row| payment::by_row(conn, *row)).collect::<Result<Vec<_>, _>>()?;
            Ok(rows.into_iter().flatten().filter(|row| row.state.is_open()).collect())
        })?;
        if stale {
            let open: HashSet<i64> = rows.iter().map(|row| row.row).collect();
            self.journaled.rows.retain(|row| open.contains(row));
        }
        rows.retain(|row| !self.journaled.has(row.row));
        if rows.is_empty() {
            return Ok(());
        }
        rows.sort_by_key(|row| row.row);
        let new = rows.iter().map(|row| row.row);
        if let Err(error) = self.ports.journal.write(&rows) {
            let fresh: Vec<i64> = new.filter(|row| !self.journaled.refused.contains(row)).collect();
            self.explain(fresh.clone(), Some(format!("it waits for the key journal: {}", chain(&error))))?;
            self.journaled.refused.extend(fresh);
            return Err(error.into());
        }
        self.journaled.rows.extend(new);
        let told: Vec<i64> = self.journaled.refused.iter().copied().collect();
        self.explain(told, None)?;
        self.journaled.refused.clear();
        Ok(())
    }

    /// Says why payments are not submitted, or that nothing holds them up any more.
    pub(super) fn explain(&self, rows: Vec<i64>, reason: Option<String>) -> Result<(), PaymentError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.ports.store.writer().commit(move |tx| {
            for row in rows {
                if payment::by_row(tx, row)?.is_some_and(|row| row.state == PaymentState::Signed) {
                    payment::set_open_state(tx, row, PaymentState::Signed, reason.as_deref())?;
                }
            }
            Ok(())
        })
    }
}
