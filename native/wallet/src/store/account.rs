//! Rows of `account` and `total`.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::StoreError;
use crate::ledger::Amount;

/// What an account, or all of them, hold. All of it is counted where it changes, never summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Amount in unspent plain outputs, reserved ones included.
    pub plain: Amount,
    /// Amount in unspent outputs under conditions that are ours now.
    pub held: Amount,
    /// Amount in unspent outputs with native tokens, NFTs, aliases, foundries.
    pub assets: Amount,
    /// Amount of the plain outputs that open payments reserve.
    pub locked: Amount,
    /// Own remainders in signed, unconfirmed payments.
    pub incoming: Amount,
    /// The least amount that all these outputs must hold (TIP-19).
    pub required_deposit: Amount,
    /// How many unspent outputs.
    pub output_count: u64,
}

/// A change of [`Holdings`], in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HoldingsChange {
    /// Of [`Holdings::plain`].
    pub plain: i64,
    /// Of [`Holdings::held`].
    pub held: i64,
    /// Of [`Holdings::assets`].
    pub assets: i64,
    /// Of [`Holdings::locked`].
    pub locked: i64,
    /// Of [`Holdings::incoming`].
    pub incoming: i64,
    /// Of [`Holdings::required_deposit`].
    pub required_deposit: i64,
    /// Of [`Holdings::output_count`].
    pub output_count: i64,
}

impl HoldingsChange {
    /// Both changes. Each part is below the token supply, far from the limits of its type.
    fn plus(self, other: &Self) -> Self {
        Self {
            plain: self.plain.saturating_add(other.plain),
            held: self.held.saturating_add(other.held),
            assets: self.assets.saturating_add(other.assets),
            locked: self.locked.saturating_add(other.locked),
            incoming: self.incoming.saturating_add(other.incoming),
            required_deposit: self.required_deposit.saturating_add(other.required_deposit),
            output_count: self.output_count.saturating_add(other.output_count),
        }
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its index.
    pub account: u32,
    /// Its name.
    pub alias: String,
    /// Key index that the next public address gets.
    pub public_next: u32,
    /// Key index that the next internal address gets.
    pub internal_next: u32,
    /// What the seed's addresses hold was not looked for yet.
    pub discovery: bool,
    /// When it was created, by the wallet's clock.
    pub created_ms: u64,
    /// What it holds.
    pub holdings: Holdings,
}

/// An account's name and what it holds, all kinds of outputs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTotal {
    /// Its name.
    pub alias: String,
    /// What it holds.
    pub total: Amount,
}

impl AccountTotal {
    /// The total of an account's row.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is more than there can be.
    pub fn of(row: AccountRow) -> Result<Self, StoreError> {
        let Holdings { plain, held, assets, .. } = row.holdings;
        let total = Amount::checked_sum([plain, held, assets]);
        let total = total.ok_or_else(|| StoreError::corrupt("an account holds more than there is"))?;
        Ok(Self { alias: row.alias, total })
    }
}

const SET: &str = "SET plain = plain + ?2, held = held + ?3, assets = assets + ?4, locked = locked + ?5, \
     incoming = incoming + ?6, required_deposit = required_deposit + ?7, output_count = output_count + ?8";
const COLUMNS: &str = "account, alias, public_next, internal_next, discovery, created_ms, \
     plain, held, assets, locked, incoming, required_deposit, output_count";

fn account(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    Ok(AccountRow {
        account: row.get(0)?,
        alias: row.get(1)?,
        public_next: row.get(2)?,
        internal_next: row.get(3)?,
        discovery: row.get(4)?,
        created_ms: row.get(5)?,
        holdings: holdings(row, 6)?,
    })
}

fn holdings(row: &Row<'_>, first: usize) -> rusqlite::Result<Holdings> {
    Ok(Holdings {
        plain: row.get(first)?,
        held: row.get(first + 1)?,
        assets: row.get(first + 2)?,
        locked: row.get(first + 3)?,
        incoming: row.get(first + 4)?,
        required_deposit: row.get(first + 5)?,
        output_count: row.get(first + 6)?,
    })
}

/// Adds an account with the next index.
///
/// # Errors
/// [`StoreError`]; a taken alias must be asked for before, in the same transaction.
pub fn insert(tx: &Transaction<'_>, alias: &str, discovery: bool, created_ms: u64) -> Result<AccountRow, StoreError> {
    let account: u32 = tx.query_row("SELECT coalesce(max(account) + 1, 0) FROM account", [], |row| row.get(0))?;
    tx.execute(
        "INSERT INTO account (account, alias, discovery, created_ms) VALUES (?1, ?2, ?3, ?4)",
        params![account, alias, discovery, created_ms],
    )?;
    by_index(tx, account)?.ok_or_else(|| StoreError::corrupt("an account just written is not there"))
}

/// The account with this index.
///
/// # Errors
/// [`StoreError`].
pub fn by_index(conn: &Connection, index: u32) -> Result<Option<AccountRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE account = ?1"))?;
    Ok(statement.query_row([index], account).optional()?)
}

/// The account with this alias.
///
/// # Errors
/// [`StoreError`].
pub fn by_alias(conn: &Connection, alias: &str) -> Result<Option<AccountRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE alias = ?1"))?;
    Ok(statement.query_row([alias], account).optional()?)
}

/// Up to `limit` accounts with an index above `after`, by index.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, after: Option<u32>, limit: u32) -> Result<Vec<AccountRow>, StoreError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE account > ?1 ORDER BY account LIMIT ?2"))?;
    let rows = statement.query_map(params![after.map_or(-1, i64::from), limit], account)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Accounts whose addresses were not looked for yet, by index.
///
/// # Errors
/// [`StoreError`].
pub fn undiscovered(conn: &Connection) -> Result<Vec<AccountRow>, StoreError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM account WHERE discovery = 1 ORDER BY account"))?;
    Ok(statement.query_map([], account)?.collect::<Result<_, _>>()?)
}

/// Whether what the addresses of an account hold was not looked for yet.
///
/// # Errors
/// [`StoreError`].
pub fn is_undiscovered(conn: &Connection, index: u32) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM account WHERE account = ?1 AND discovery = 1")?;
    Ok(statement.exists([index])?)
}

/// How many accounts there are.
///
/// # Errors
/// [`StoreError`].
pub fn count(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM account", [], |row| row.get(0))?)
}

/// Marks an account as looked for.
///
/// # Errors
/// [`StoreError`].
pub fn set_discovered(tx: &Transaction<'_>, index: u32) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET discovery = 0 WHERE account = ?1", [index])?;
    Ok(())
}

/// Says of all accounts whether their addresses are to be looked for; only before a seed's first address is issued.
///
/// # Errors
/// [`StoreError`].
pub fn set_all_undiscovered(tx: &Transaction<'_>, undiscovered: bool) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET discovery = ?1", [undiscovered])?;
    Ok(())
}

/// Gives an account another alias.
///
/// # Errors
/// [`StoreError`]; a taken alias must be asked for before, in the same transaction.
pub fn rename(tx: &Transaction<'_>, index: u32, alias: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET alias = ?2 WHERE account = ?1", params![index, alias])?;
    Ok(())
}

/// Moves a chain's next key index.
///
/// # Errors
/// [`StoreError`].
pub fn set_next(tx: &Transaction<'_>, index: u32, internal: bool, next: u32) -> Result<(), StoreError> {
    let sql = if internal {
        "UPDATE account SET internal_next = ?2 WHERE account = ?1"
    } else {
        "UPDATE account SET public_next = ?2 WHERE account = ?1"
    };
    tx.prepare_cached(sql)?.execute([index, next])?;
    Ok(())
}

/// Changes what an account holds, and the total with it.
///
/// # Errors
/// [`StoreError`], also when a counter would fall below zero, which the schema refuses.
pub fn change(tx: &Transaction<'_>, index: u32, by: &HoldingsChange) -> Result<(), StoreError> {
    if *by == HoldingsChange::default() {
        return Ok(());
    }
    let values = |scope: u32| params_from(scope, by);
    tx.prepare_cached(&format!("UPDATE account {SET} WHERE account = ?1"))?.execute(values(index))?;
    tx.prepare_cached(&format!("UPDATE total {SET} WHERE one = ?1"))?.execute(values(1))?;
    Ok(())
}

/// Changes what accounts hold, and the total with them in one write. Answers those accounts as they are now.
///
/// # Errors
/// As [`change`].
pub fn change_all(
    tx: &Transaction<'_>,
    changes: &HashMap<u32, HoldingsChange>,
) -> Result<HashMap<u32, AccountTotal>, StoreError> {
    let mut totals = HashMap::with_capacity(changes.len());
    let mut all = HoldingsChange::default();
    let mut statement = tx.prepare_cached(&format!("UPDATE account {SET} WHERE account = ?1 RETURNING {COLUMNS}"))?;
    for (index, by) in changes {
        let row = statement.query_row(params_from(*index, by), account)?;
        totals.insert(*index, AccountTotal::of(row)?);
        all = all.plus(by);
    }
    if all != HoldingsChange::default() {
        tx.prepare_cached(&format!("UPDATE total {SET} WHERE one = ?1"))?.execute(params_from(1, &all))?;
    }
    Ok(totals)
}

fn params_from(scope: u32, by: &HoldingsChange) -> [i64; 8] {
    let HoldingsChange { plain, held, assets, locked, incoming, required_deposit, output_count } = *by;
    [i64::from(scope), plain, held, assets, locked, incoming, required_deposit, output_count]
}

/// What all accounts hold together.
///
/// # Errors
/// [`StoreError`].
pub fn total(conn: &Connection) -> Result<Holdings, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT plain, held, assets, locked, incoming, required_deposit, output_count FROM total")?;
    Ok(statement.query_row([], |row| holdings(row, 0))?)
}
