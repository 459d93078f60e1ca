//! Records as they are read.

use rusqlite::Connection;

use super::{AuditFilter, AuditKind};
use crate::{
    ledger::TransactionId,
    store::{
        StoreError,
        audit::{self, AuditRow},
    },
};

/// A record of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its position, from 1 without holes.
    pub sequence: u64,
    /// When it was written, by the machine's clock: milliseconds since 1970.
    pub time_ms: u64,
    /// What was decided.
    pub kind: AuditKind,
    /// The account that it concerns.
    pub account: Option<u32>,
    /// The caller's key that it is about.
    pub key: Option<String>,
    /// The transaction that it is about.
    pub transaction: Option<TransactionId>,
    /// All else: JSON, as it was hashed.
    pub details: String,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Up to `limit` records after a sequence that pass the filter, in order. Whether they are as they were written is
/// [`verify`](super::verify())'s to say.
///
/// # Errors
/// [`StoreError`], also for a record that cannot be read any more.
pub fn list(conn: &Connection, filter: &AuditFilter, after: u64, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
    audit::page(conn, filter, after, limit)?.into_iter().map(read).collect()
}

fn read(row: AuditRow) -> Result<AuditRecord, StoreError> {
    let sequence = row.sequence;
    let record = || {
        Some(AuditRecord {
            sequence,
            time_ms: u64::try_from(row.time_ms).ok()?,
            kind: AuditKind::from_name(std::str::from_utf8(&row.kind).ok()?)?,
            account: row.account.map(u32::try_from).transpose().ok()?,
            key: row.key.map(String::from_utf8).transpose().ok()?,
            transaction: row.transaction.map(|id| TransactionId::from_slice(&id)).transpose().ok()?,
            details: String::from_utf8(row.details).ok()?,
            hash: row.hash.try_into().ok()?,
        })
    };
    record().ok_or_else(|| StoreError::corrupt(format!("record {sequence} of the audit log cannot be read")))
}
