//! The audit log, for people who check the wallet.

use rusqlite::Transaction;

use super::{AccountManager, Page, WalletError};
pub use crate::audit::{AuditFilter, AuditHead, AuditRecord, Break, BreakKind, Verdict};
use crate::{
    accounts::PAGE_LIMIT,
    audit,
    events::{EventError, ensure_log_id},
    store,
};

impl AccountManager {
    /// Verifies the audit log as it was when this was called, and with `expected` that this head, noted earlier, is in it. Takes
    /// a few microseconds for each record and little memory; nothing waits for it, and closing the wallet ends it.
    ///
    /// # Errors
    /// [`WalletError::Store`]: it could not be read to its end. That a log is wrong is in the answer.
    pub fn verify_audit(&self, expected: Option<AuditHead>) -> Result<Verdict, WalletError> {
        let verdict = audit::verify(&self.store, expected)?;
        if let Some(broken) = &verdict.broken {
            tracing::error!(
                sequence = broken.sequence,
                kind = broken.kind.name(),
                broken.text,
                "the audit log is wrong"
            );
        }
        Ok(verdict)
    }

    /// Where the audit log ends. Keep it elsewhere: see [`verify_audit`](Self::verify_audit).
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn audit_head(&self) -> Result<AuditHead, WalletError> {
        Ok(self.store.readers().read(store::audit::head)?)
    }

    /// Up to `limit` (1 to 1,000) records after a sequence that pass the filter, in order.
    ///
    /// # Errors
    /// [`WalletError::Store`], also for a record that cannot be read any more.
    pub fn audit_records(
        &self,
        filter: &AuditFilter,
        after: u64,
        limit: u32,
    ) -> Result<Page<AuditRecord, u64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let records = self.store.readers().read(|conn| audit::list(conn, filter, after, limit))?;
        Ok(Page::of(records, limit, |record| record.sequence))
    }
}

/// Gives the event log its name, and has the audit log begin with it.
pub(super) fn begin(tx: &Transaction<'_>) -> Result<(), EventError> {
    ensure_log_id(tx)?;
    Ok(audit::chain::begin(tx)?)
}
