//! Rows of `release`: where a release of issuing that is under way began.

use rusqlite::{Connection, Transaction, params};

use super::StoreError;

/// How far an account had issued when the release began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Its index.
    pub account: u32,
    /// Key index that its next public address had.
    pub public_from: u32,
    /// The same of the change chain.
    pub internal_from: u32,
}

/// Notes of all accounts how far they had issued, unless that was done.
///
/// # Errors
/// [`StoreError`].
pub fn begin(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT OR IGNORE INTO release (account, public_from, internal_from, made)
         SELECT account, public_next, internal_next, 0 FROM account",
        [],
    )?;
    Ok(())
}

/// Notes that the release made an account.
///
/// # Errors
/// [`StoreError`].
pub fn made(tx: &Transaction<'_>, account: u32) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO release (account, public_from, internal_from, made) VALUES (?1, 0, 0, 1)")?
        .execute(params![account])?;
    Ok(())
}

/// Whether the release that is under way made an account.
///
/// # Errors
/// [`StoreError`].
pub fn has_made(conn: &Connection, account: u32) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM release WHERE account = ?1 AND made = 1")?;
    Ok(statement.exists([account])?)
}

/// Where the release that is under way began, by account; nothing: none is.
///
/// # Errors
/// [`StoreError`].
pub fn all(conn: &Connection) -> Result<Vec<ReleaseRow>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT account, public_from, internal_from FROM release ORDER BY account")?;
    let rows = statement.query_map([], |row| {
        Ok(ReleaseRow { account: row.get(0)?, public_from: row.get(1)?, internal_from: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Addresses that were registered since the release began, and accounts that it made.
///
/// # Errors
/// [`StoreError`].
pub fn sums(conn: &Connection) -> Result<(u64, u32), StoreError> {
    Ok(conn.query_row(
        "SELECT coalesce(sum(public_next - public_from + internal_next - internal_from), 0), coalesce(sum(made), 0)
         FROM release JOIN account USING (account)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// Forgets where it began: it is over, or how far had been issued is asked anew.
///
/// # Errors
/// [`StoreError`].
pub fn forget(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("DELETE FROM release", [])?;
    Ok(())
}
