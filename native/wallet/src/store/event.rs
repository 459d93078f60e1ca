//! Rows of `event` and `consumer`.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::StoreError;
use crate::ledger::{MilestoneIndex, UnixTime};

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub struct NewEventRow {
    /// The cursor when it became true.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// Its kind's stable name.
    pub kind: &'static str,
    /// The account it concerns.
    pub account: u32,
    /// The event, encoded.
    pub payload: String,
}

/// An event of the log.
#[derive(Clone, Debug)]
pub struct EventRow {
    /// Its position.
    pub sequence: u64,
    /// The cursor when it became true.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// The event, encoded.
    pub payload: String,
}

/// A named reader of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRow {
    /// Its name.
    pub name: String,
    /// It is done with everything up to and with this sequence.
    pub acknowledged: u64,
    /// When it was opened first.
    pub created_ms: u64,
}

/// The sequence of the newest event; 0 when the log is empty.
///
/// # Errors
/// [`StoreError`].
pub fn last(conn: &Connection) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT coalesce(max(sequence), 0) FROM event")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Appends events in the given order and answers the first one's sequence.
///
/// # Errors
/// [`StoreError`].
pub fn append(tx: &Transaction<'_>, rows: &[NewEventRow]) -> Result<u64, StoreError> {
    let first = last(tx)? + 1;
    let mut statement = tx.prepare_cached(
        "INSERT INTO event (sequence, milestone_index, milestone_time, kind, account, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (sequence, row) in (first..).zip(rows) {
        statement.execute(params![
            sequence,
            row.milestone_index,
            row.milestone_time,
            row.kind,
            row.account,
            row.payload
        ])?;
    }
    Ok(first)
}

/// Up to `limit` events after sequence `after`, in order.
///
/// # Errors
/// [`StoreError`].
pub fn read(conn: &Connection, after: u64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT sequence, milestone_index, milestone_time, payload FROM event
         WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, limit], |row| {
        Ok(EventRow {
            sequence: row.get(0)?,
            milestone_index: row.get(1)?,
            milestone_time: row.get(2)?,
            payload: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn consumer_row(row: &Row<'_>) -> rusqlite::Result<ConsumerRow> {
    Ok(ConsumerRow { name: row.get(0)?, acknowledged: row.get(1)?, created_ms: row.get(2)? })
}

/// A consumer by its name.
///
/// # Errors
/// [`StoreError`].
pub fn consumer(conn: &Connection, name: &str) -> Result<Option<ConsumerRow>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT name, acknowledged, created_ms FROM consumer WHERE name = ?1")?;
    Ok(statement.query_row([name], consumer_row).optional()?)
}

/// Adds a consumer.
///
/// # Errors
/// [`StoreError`]; whether it exists must be asked for before, in the same transaction.
pub fn insert_consumer(tx: &Transaction<'_>, row: &ConsumerRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO consumer (name, acknowledged, created_ms) VALUES (?1, ?2, ?3)",
        params![row.name, row.acknowledged, row.created_ms],
    )?;
    Ok(())
}

/// Sets how far a consumer is done.
///
/// # Errors
/// [`StoreError`].
pub fn set_acknowledged(tx: &Transaction<'_>, name: &str, sequence: u64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE consumer SET acknowledged = ?2 WHERE name = ?1")?.execute(params![name, sequence])?;
    Ok(())
}

/// All consumers, by name.
///
/// # Errors
/// [`StoreError`].
pub fn consumers(conn: &Connection) -> Result<Vec<ConsumerRow>, StoreError> {
    let mut statement = conn.prepare("SELECT name, acknowledged, created_ms FROM consumer ORDER BY name")?;
    Ok(statement.query_map([], consumer_row)?.collect::<Result<_, _>>()?)
}

/// Forgets a consumer and its position. False: there was none.
///
/// # Errors
/// [`StoreError`].
pub fn remove_consumer(tx: &Transaction<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM consumer WHERE name = ?1", [name])? == 1)
}
