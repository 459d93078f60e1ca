//! Rows of `audit` and of `audit_head`.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params, types::ValueRef};

use super::StoreError;
use crate::ledger::TransactionId;

/// Where the audit log ends, or ended once: the newest record's position and hash. Who keeps it elsewhere can tell later that
/// nothing up to it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The record's position; 0: before the first.
    pub sequence: u64,
    /// The record's hash.
    pub hash: [u8; 32],
}

/// A record on its way into the log.
#[derive(Clone, Copy, Debug)]
pub struct NewAuditRow<'a> {
    /// One more than the newest record's.
    pub sequence: u64,
    /// By the machine's clock.
    pub time_ms: u64,
    /// Its kind's stable name.
    pub kind: &'a str,
    /// The account that it concerns.
    pub account: Option<u32>,
    /// The key that it is about.
    pub key: Option<&'a str>,
    /// The transaction that it is about.
    pub transaction: Option<&'a TransactionId>,
    /// All else, JSON.
    pub details: &'a str,
    /// Its hash.
    pub hash: [u8; 32],
}

/// A record as its columns are, whatever somebody made of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its position.
    pub sequence: u64,
    /// By the machine's clock.
    pub time_ms: i64,
    /// Its kind's stable name.
    pub kind: Vec<u8>,
    /// The account that it concerns.
    pub account: Option<i64>,
    /// The key that it is about.
    pub key: Option<Vec<u8>>,
    /// The transaction that it is about.
    pub transaction: Option<Vec<u8>>,
    /// All else, JSON.
    pub details: Vec<u8>,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// Which records are asked for: those that each given part names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Records that concern this account.
    pub account: Option<u32>,
    /// Records about the payment or withdrawal of this key.
    pub key: Option<String>,
    /// Records about this transaction.
    pub transaction: Option<TransactionId>,
}

/// Where the log ends; at sequence 0 when there is no record yet.
///
/// # Errors
/// [`StoreError`].
pub fn head(conn: &Connection) -> Result<AuditHead, StoreError> {
    Ok(end(conn)?.0)
}

/// Where the log ends, and the machine's time in milliseconds since 1970.
///
/// # Errors
/// [`StoreError`].
pub fn end(conn: &Connection) -> Result<(AuditHead, u64), StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT sequence, hash, CAST(unixepoch('subsec') * 1000 AS INTEGER) FROM audit_head")?;
    let end = statement
        .query_row([], |row| Ok((AuditHead { sequence: row.get(0)?, hash: row.get(1)? }, row.get(2)?)))
        .optional()?;
    end.ok_or_else(|| StoreError::corrupt("the audit log has no end"))
}

/// Appends a record, which is the newest from then on.
///
/// # Errors
/// [`StoreError`], also when it does not follow the newest.
pub fn append(tx: &Transaction<'_>, row: &NewAuditRow<'_>) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO audit (sequence, time_ms, kind, account, idempotency_key, transaction_id, details, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        row.sequence,
        row.time_ms,
        row.kind,
        row.account,
        row.key,
        row.transaction,
        row.details,
        row.hash
    ])?;
    // named by its key, or SQLite keeps a copy of each page that the statement changes
    tx.prepare_cached("UPDATE audit_head SET sequence = ?1, hash = ?2 WHERE one = 1")?
        .execute(params![row.sequence, row.hash])?;
    Ok(())
}

/// The greatest sequence that any record has, wherever the log's end is said to be.
///
/// # Errors
/// [`StoreError`].
pub fn last(conn: &Connection) -> Result<u64, StoreError> {
    Ok(conn.query_row("SELECT coalesce(max(sequence), 0) FROM audit", [], |row| row.get(0))?)
}

/// Up to `limit` records after a sequence that pass the filter, in order.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, filter: &AuditFilter, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    // named one by one, so that each has its index
    let of_account = if filter.account.is_some() { "account = ?3" } else { "?3 IS NULL" };
    let of_key = if filter.key.is_some() { "idempotency_key = ?4" } else { "?4 IS NULL" };
    let of_transaction = if filter.transaction.is_some() { "transaction_id = ?5" } else { "?5 IS NULL" };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT sequence, time_ms, kind, account, idempotency_key, transaction_id, details, hash FROM audit
         WHERE {of_account} AND {of_key} AND {of_transaction} AND sequence > ?1 ORDER BY sequence LIMIT ?2"
    ))?;
    let given = params![after, limit, filter.account, filter.key, filter.transaction];
    let rows = statement.query_map(given, audit_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    // not as text: a byte that somebody changed may be none
    let bytes = |column: usize| {
        Ok::<_, rusqlite::Error>(match row.get_ref(column)? {
            ValueRef::Null => None,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(bytes.to_vec()),
            ValueRef::Integer(number) => Some(number.to_string().into_bytes()),
            ValueRef::Real(number) => Some(number.to_string().into_bytes()),
        })
    };
    // of another type than the column's no number of ours is the least
    let number = |column: usize| {
        Ok::<_, rusqlite::Error>(match row.get_ref(column)? {
            ValueRef::Null => None,
            other => Some(other.as_i64().unwrap_or(i64::MIN)),
        })
    };
    Ok(AuditRow {
        sequence: row.get(0)?,
        time_ms: number(1)?.unwrap_or(i64::MIN),
        kind: bytes(2)?.unwrap_or_default(),
        account: number(3)?,
        key: bytes(4)?,
        transaction: bytes(5)?,
        details: bytes(6)?.unwrap_or_default(),
        hash: bytes(7)?.unwrap_or_default(),
    })
}
