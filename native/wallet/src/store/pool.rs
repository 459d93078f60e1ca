//! Rows of `pool`: addresses that can be issued without keys.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{AddressKey, StoreError};
use crate::ledger::Address;

/// How much of a chain is in the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLevel {
    /// The account.
    pub account: u32,
    /// The account's alias.
    pub alias: String,
    /// Whether it is the change chain.
    pub internal: bool,
    /// Key index that is issued next.
    pub next: u32,
    /// How many addresses from there on are in the pool.
    pub ready: u32,
    /// What the seed's addresses hold was not looked for yet: nothing can be issued.
    pub discovery: bool,
}

const LEVEL: &str = "SELECT account, alias, ?1, CASE ?1 WHEN 0 THEN public_next ELSE internal_next END,
            (SELECT max(key_index) + 1 FROM pool WHERE pool.account = account.account AND internal = ?1), discovery
     FROM account";

fn level(row: &Row<'_>) -> rusqlite::Result<PoolLevel> {
    let (next, end): (u32, Option<u32>) = (row.get(3)?, row.get(4)?);
    Ok(PoolLevel {
        account: row.get(0)?,
        alias: row.get(1)?,
        internal: row.get(2)?,
        next,
        ready: end.unwrap_or(0).saturating_sub(next),
        discovery: row.get(5)?,
    })
}

/// How much of a chain is there; none: no such account.
///
/// # Errors
/// [`StoreError`].
pub fn of_chain(conn: &Connection, account: u32, internal: bool) -> Result<Option<PoolLevel>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{LEVEL} WHERE account = ?2"))?;
    Ok(statement.query_row(params![internal, account], level).optional()?)
}

/// The same chain of up to `limit` accounts with an index above `after`, by index.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, internal: bool, after: Option<u32>, limit: u32) -> Result<Vec<PoolLevel>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{LEVEL} WHERE account > ?2 ORDER BY account LIMIT ?3"))?;
    let rows = statement.query_map(params![internal, after.map_or(-1, i64::from), limit], level)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds an address.
///
/// # Errors
/// [`StoreError`], also when the key is there already.
pub fn insert(tx: &Transaction<'_>, key: AddressKey, raw: &Address) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO pool (account, internal, key_index, raw) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![key.account, key.internal, key.key_index, raw])?;
    Ok(())
}

/// Takes out the next `count` addresses of a chain whose next key index is `next`; none when there are fewer: nothing is
/// taken then.
///
/// # Errors
/// [`StoreError`].
pub fn take(
    tx: &Transaction<'_>,
    account: u32,
    internal: bool,
    next: u32,
    count: u32,
) -> Result<Option<Vec<Address>>, StoreError> {
    let end = i64::from(next) + i64::from(count);
    let mut statement = tx.prepare_cached(
        "SELECT raw FROM pool WHERE account = ?1 AND internal = ?2 AND key_index >= ?3 AND key_index < ?4
         ORDER BY key_index",
    )?;
    let found = statement.query_map(params![account, internal, next, end], |row| row.get(0))?;
    let found: Vec<Address> = found.collect::<Result<_, _>>()?;
    if u32::try_from(found.len()).is_ok_and(|found| found == count) {
        drop_below(tx, account, internal, end)?;
        return Ok(Some(found));
    }
    Ok(None)
}

/// Removes what lies before a key index.
///
/// # Errors
/// [`StoreError`].
pub fn drop_below(tx: &Transaction<'_>, account: u32, internal: bool, index: i64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM pool WHERE account = ?1 AND internal = ?2 AND key_index < ?3")?
        .execute(params![account, internal, index])?;
    Ok(())
}
