//! Rows of `imported_note`.

use rusqlite::{Connection, Row, Transaction, params};

use super::StoreError;
use crate::ledger::TransactionId;

/// A note to a transaction of the wallet that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedNote {
    /// Order of accounts and ids; the key of pages.
    pub row: i64,
    /// The account whose transaction it was.
    pub account: u32,
    /// Which.
    pub transaction_id: TransactionId,
    /// What was written.
    pub note: String,
}

fn imported(row: &Row<'_>) -> rusqlite::Result<ImportedNote> {
    Ok(ImportedNote { row: row.get(0)?, account: row.get(1)?, transaction_id: row.get(2)?, note: row.get(3)? })
}

/// Keeps a note.
///
/// # Errors
/// [`StoreError`]; also when the account's transaction has one.
pub fn insert(tx: &Transaction<'_>, account: u32, id: &TransactionId, note: &str) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO imported_note (account, transaction_id, note) VALUES (?1, ?2, ?3)")?
        .execute(params![account, id, note])?;
    Ok(())
}

/// Up to `limit` notes after row `after`.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, after: i64, limit: u32) -> Result<Vec<ImportedNote>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT id, account, transaction_id, note FROM imported_note WHERE id > ?1 ORDER BY id LIMIT ?2",
    )?;
    Ok(statement.query_map(params![after, limit], imported)?.collect::<Result<_, _>>()?)
}
