//! Rows of `address`.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{StoreError, sql::stored_enum};
use crate::ledger::{Address, Amount, MilestoneIndex};

/// Which address of the wallet: account, chain and index, as in its key's path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AddressKey {
    /// The account.
    pub account: u32,
    /// Whether it is on the change chain.
    pub internal: bool,
    /// The index on its chain.
    pub key_index: u32,
}

/// What is known of an address's time before the wallet watched it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Past {
    /// This wallet issued it: it was watched before anybody knew it.
    New,
    /// It may have been used before, and what it held is not booked yet.
    Unchecked,
    /// What it held is booked.
    Checked,
}
stored_enum!(Past { New = "new", Unchecked = "unchecked", Checked = "checked" });

/// An address of the wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRow {
    /// Which.
    pub key: AddressKey,
    /// The address as on the ledger.
    pub raw: Address,
    /// The user's note.
    pub label: Option<String>,
    /// Whether an output of ours was booked on it.
    pub used: bool,
    /// Amount in its unspent outputs that are ours now.
    pub balance: Amount,
    /// The milestone after which all that happens on it is seen; none: before the first contact with a node.
    pub watched_from: Option<MilestoneIndex>,
    /// What is known of its time before that.
    pub past: Past,
}

const COLUMNS: &str = "account, internal, key_index, raw, label, used, balance, watched_from, past";

fn key(row: &Row<'_>) -> rusqlite::Result<AddressKey> {
    Ok(AddressKey { account: row.get(0)?, internal: row.get(1)?, key_index: row.get(2)? })
}

fn address(row: &Row<'_>) -> rusqlite::Result<AddressRow> {
    Ok(AddressRow {
        key: key(row)?,
        raw: row.get(3)?,
        label: row.get(4)?,
        used: row.get(5)?,
        balance: row.get(6)?,
        watched_from: row.get(7)?,
        past: row.get(8)?,
    })
}

/// Adds an address, watched from after the milestone `watched_from`.
///
/// # Errors
/// [`StoreError`], also when the key or the address is there already: nothing is issued twice.
pub fn insert(
    tx: &Transaction<'_>,
    key: AddressKey,
    raw: &Address,
    label: Option<&str>,
    watched_from: Option<MilestoneIndex>,
    past: Past,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO address (account, internal, key_index, raw, label, watched_from, past)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![key.account, key.internal, key.key_index, raw, label, watched_from, past])?;
    Ok(())
}

/// Up to `limit` addresses whose past is unchecked, of one account or of all, by key.
///
/// # Errors
/// [`StoreError`].
pub fn unchecked(conn: &Connection, account: Option<u32>, limit: usize) -> Result<Vec<AddressRow>, StoreError> {
    let of_account = if account.is_some() { "AND account = ?2" } else { "AND ?2 IS NULL" };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM address INDEXED BY address_unchecked WHERE past = 'unchecked' {of_account}
         ORDER BY account, internal, key_index LIMIT ?1"
    ))?;
    let rows = statement.query_map(params![i64::try_from(limit).unwrap_or(i64::MAX), account], address)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the past of an address is unchecked; a look at an index that is mostly empty.
///
/// # Errors
/// [`StoreError`].
pub fn is_unchecked(conn: &Connection, key: AddressKey) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT 1 FROM address INDEXED BY address_unchecked
         WHERE account = ?1 AND internal = ?2 AND key_index = ?3 AND past = 'unchecked'",
    )?;
    Ok(statement.exists(params![key.account, key.internal, key.key_index])?)
}

/// Notes that what these addresses held before they were watched is booked.
///
/// # Errors
/// [`StoreError`].
pub fn set_checked(tx: &Transaction<'_>, keys: &[AddressKey]) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE address SET past = 'checked'
         WHERE account = ?1 AND internal = ?2 AND key_index = ?3 AND past = 'unchecked'",
    )?;
    for key in keys {
        statement.execute(params![key.account, key.internal, key.key_index])?;
    }
    Ok(())
}

/// Up to `limit` addresses of the wallet after `after`, by account, chain and index.
///
/// # Errors
/// [`StoreError`].
pub fn following(conn: &Connection, after: Option<AddressKey>, limit: usize) -> Result<Vec<AddressRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM address WHERE (account, internal, key_index) > (?1, ?2, ?3)
         ORDER BY account, internal, key_index LIMIT ?4"
    ))?;
    let (account, internal, index) =
        after.map_or((-1, false, -1), |key| (i64::from(key.account), key.internal, i64::from(key.key_index)));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(statement.query_map(params![account, internal, index, limit], address)?.collect::<Result<_, _>>()?)
}

/// The address of a key.
///
/// # Errors
/// [`StoreError`].
pub fn by_key(conn: &Connection, key: AddressKey) -> Result<Option<AddressRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM address WHERE account = ?1 AND internal = ?2 AND key_index = ?3"
    ))?;
    Ok(statement.query_row(params![key.account, key.internal, key.key_index], address).optional()?)
}

/// Up to `limit` addresses of an account after `after`: the public chain, then the internal one, by index.
///
/// # Errors
/// [`StoreError`].
pub fn page(
    conn: &Connection,
    account: u32,
    internal: Option<bool>,
    after: Option<(bool, u32)>,
    limit: u32,
) -> Result<Vec<AddressRow>, StoreError> {
    let (chain, index) = after.map_or((internal.unwrap_or(false), -1), |(chain, index)| (chain, i64::from(index)));
    // two statements, so that each is one range of the primary key and a page costs no more than its rows
    let mut statement = conn.prepare_cached(&match internal {
        Some(_) => format!(
            "SELECT {COLUMNS} FROM address WHERE account = ?1 AND internal = ?2 AND key_index > ?3
             ORDER BY key_index LIMIT ?4"
        ),
        None => format!(
            "SELECT {COLUMNS} FROM address WHERE account = ?1 AND (internal, key_index) > (?2, ?3)
             ORDER BY internal, key_index LIMIT ?4"
        ),
    })?;
    let rows = statement.query_map(params![account, chain, index, limit], address)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Sets or clears the user's note.
///
/// # Errors
/// [`StoreError`].
pub fn set_label(tx: &Transaction<'_>, key: AddressKey, label: Option<&str>) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE address SET label = ?4 WHERE account = ?1 AND internal = ?2 AND key_index = ?3",
        params![key.account, key.internal, key.key_index, label],
    )?;
    Ok(())
}

/// Changes the balance of an address, marks it as used, and answers the address with its new balance.
///
/// # Errors
/// [`StoreError`], also when the balance would fall below zero.
pub fn change(tx: &Transaction<'_>, key: AddressKey, by: i64) -> Result<(Address, Amount), StoreError> {
    let mut statement = tx.prepare_cached(
        "UPDATE address SET balance = balance + ?4, used = 1
         WHERE account = ?1 AND internal = ?2 AND key_index = ?3 RETURNING raw, balance",
    )?;
    let changed = statement
        .query_row(params![key.account, key.internal, key.key_index, by], |row| Ok((row.get(0)?, row.get(1)?)));
    Ok(changed?)
}

/// How many addresses there are; O(accounts).
///
/// # Errors
/// [`StoreError`].
pub fn count(conn: &Connection) -> Result<u64, StoreError> {
    Ok(conn.query_row("SELECT coalesce(sum(public_next + internal_next), 0) FROM account", [], |row| row.get(0))?)
}

/// Calls `each` for every address, in one sequential read.
///
/// # Errors
/// [`StoreError`].
pub fn for_each(conn: &Connection, mut each: impl FnMut(Address, AddressKey)) -> Result<(), StoreError> {
    let mut statement = conn.prepare("SELECT account, internal, key_index, raw FROM address")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        each(row.get(3)?, key(row)?);
    }
    Ok(())
}
