//! Rows of `recovered`, `recovered_key` and `recovered_output`.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{StoreError, payment::PaymentOutputRow, sql::stored_enum};
use crate::ledger::{Address, Amount, MilestoneIndex, Position, TransactionId, UnixTime};

/// The length of a marker.
pub const MARKER: usize = 16;

/// What is known of a transaction of ours that no record had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecoveredState {
    /// It says itself which keys it was made for.
    Marked,
    /// It does not: a request for the same may be the one that it was made for.
    Unmarked,
    /// A person said that it is none of what will be asked for.
    Dismissed,
    /// Nobody has its bytes any more.
    Unverifiable,
}
stored_enum!(RecoveredState {
    Marked = "marked",
    Unmarked = "unmarked",
    Dismissed = "dismissed",
    Unverifiable = "unverifiable",
});

/// A transaction of ours that no record had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredRow {
    /// Order of finding; the key of pages.
    pub row: i64,
    /// Which.
    pub transaction_id: TransactionId,
    /// The milestone that applied it.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// What is known of it.
    pub state: RecoveredState,
    /// The payment that its bytes say; none: nobody has them.
    pub payment: Option<i64>,
    /// Keys that it is known to have and that nobody has asked for again.
    pub keys: u32,
}

const SELECT: &str = "SELECT id, transaction_id, milestone_index, milestone_time, state, payment,
     (SELECT count(*) FROM recovered_key WHERE recovered_key.payment = recovered.payment) FROM recovered";

fn recovered(row: &Row<'_>) -> rusqlite::Result<RecoveredRow> {
    Ok(RecoveredRow {
        row: row.get(0)?,
        transaction_id: row.get(1)?,
        milestone_index: row.get(2)?,
        milestone_time: row.get(3)?,
        state: row.get(4)?,
        payment: row.get(5)?,
        keys: row.get(6)?,
    })
}

/// Notes a transaction. One that is there already stays as it is.
///
/// # Errors
/// [`StoreError`].
pub fn insert(
    tx: &Transaction<'_>,
    id: &TransactionId,
    at: &Position,
    state: RecoveredState,
    payment: Option<i64>,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO recovered (transaction_id, milestone_index, milestone_time, state, payment)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (transaction_id) DO NOTHING",
    )?
    .execute(params![id, at.index, at.time, state, payment])?;
    Ok(())
}

/// The transaction with this id.
///
/// # Errors
/// [`StoreError`].
pub fn by_transaction(conn: &Connection, id: &TransactionId) -> Result<Option<RecoveredRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE transaction_id = ?1"))?;
    Ok(statement.query_row([id], recovered).optional()?)
}

/// Up to `limit` transactions found after row `after`, in the order of finding.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, after: i64, limit: u32) -> Result<Vec<RecoveredRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE id > ?1 ORDER BY id LIMIT ?2"))?;
    Ok(statement.query_map(params![after, limit], recovered)?.collect::<Result<_, _>>()?)
}

/// Says of an unmarked one that it is none of what will be asked for. False: it is not unmarked.
///
/// # Errors
/// [`StoreError`].
pub fn dismiss(tx: &Transaction<'_>, row: &RecoveredRow) -> Result<bool, StoreError> {
    let dismissed = tx
        .prepare_cached("UPDATE recovered SET state = ?2 WHERE id = ?1 AND state = ?3")?
        .execute(params![row.row, RecoveredState::Dismissed, RecoveredState::Unmarked])?;
    tx.prepare_cached("DELETE FROM recovered_output WHERE payment = ?1")?.execute([row.payment])?;
    Ok(dismissed == 1)
}

/// A key of a recovered payment that nobody has asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveredKey {
    /// The payment.
    pub payment: i64,
    /// The output of the withdrawal; none: the whole payment, or any output of it when it was named.
    pub position: Option<u32>,
    /// Whether a person said so.
    pub named: bool,
}

/// Adds a key. False: it is there already, and stays as it is.
///
/// # Errors
/// [`StoreError`].
pub fn insert_key(tx: &Transaction<'_>, marker: &[u8; MARKER], key: &RecoveredKey) -> Result<bool, StoreError> {
    let added = tx
        .prepare_cached(
            "INSERT INTO recovered_key (marker, payment, position, named) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (marker) DO NOTHING",
        )?
        .execute(params![marker, key.payment, key.position, key.named])?;
    Ok(added == 1)
}

/// The key with this marker.
///
/// # Errors
/// [`StoreError`].
pub fn key(conn: &Connection, marker: &[u8; MARKER]) -> Result<Option<RecoveredKey>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT payment, position, named FROM recovered_key WHERE marker = ?1")?;
    let key = statement.query_row([marker], |row| {
        Ok(RecoveredKey { payment: row.get(0)?, position: row.get(1)?, named: row.get(2)? })
    });
    Ok(key.optional()?)
}

/// Whether there is any such key.
///
/// # Errors
/// [`StoreError`].
pub fn has_keys(conn: &Connection) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM recovered_key)")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The newest row of what was found; 0: nothing was.
///
/// # Errors
/// [`StoreError`].
pub fn last(conn: &Connection) -> Result<i64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT coalesce(max(id), 0) FROM recovered")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Takes a key away: from now on its payment or withdrawal has it.
///
/// # Errors
/// [`StoreError`].
pub fn remove_key(tx: &Transaction<'_>, marker: &[u8; MARKER]) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM recovered_key WHERE marker = ?1")?.execute([marker])?;
    Ok(())
}

/// What an output of a recovered payment is worth to who got it: without the part that goes back.
#[must_use]
pub fn worth(output: &PaymentOutputRow) -> Amount {
    let back = output.deposit_return.map_or(0, Amount::units);
    Amount::new(output.amount.units().saturating_sub(back))
}

/// Notes what an unmarked payment pays.
///
/// # Errors
/// [`StoreError`].
pub fn insert_outputs(tx: &Transaction<'_>, payment: i64, outputs: &[PaymentOutputRow]) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO recovered_output (address, amount, payment, position) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?;
    for (position, output) in (0u32..).zip(outputs) {
        statement.execute(params![output.address, worth(output), payment, position])?;
    }
    Ok(())
}

/// The unmarked payments that pay just this, in the order of signing.
///
/// # Errors
/// [`StoreError`].
pub fn paying(conn: &Connection, address: &Address, amount: Amount) -> Result<Vec<i64>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT payment FROM recovered_output WHERE address = ?1 AND amount = ?2 ORDER BY 1",
    )?;
    Ok(statement.query_map(params![address, amount], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
