//! Rows of `event` and of its consumers.

mod consumer;

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

pub use self::consumer::{ConsumerRow, consumer, consumers, put_consumer, remove_consumer};
use super::{Origin, StoreError};
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
    /// The account it concerns, if it is one's.
    pub account: Option<u32>,
    /// Where its coins came from, if its kind tells.
    pub origin: Option<Origin>,
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

/// Which events a consumer gets: those that each given part names. What an event does not have, no part names: one
/// without account passes no list of accounts, one without origin no list of origins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventFilter {
    /// Events of these accounts; none: of all, and those of no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounts: Option<BTreeSet<u32>>,
    /// Events of these kinds, by their stable names; none: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<String>>,
    /// Events of these origins; none: of all, and those that tell none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origins: Option<BTreeSet<Origin>>,
}

impl EventFilter {
    /// Whether every event passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.accounts.is_none() && self.kinds.is_none() && self.origins.is_none()
    }
}

/// Where the log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogBounds {
    /// Everything up to and with this sequence was pruned; 0: nothing.
    pub pruned: u64,
    /// The milestone of the last event that was pruned; 0: none.
    pub pruned_milestone: MilestoneIndex,
    /// The newest event's sequence; 0: there was none yet.
    pub last: u64,
}

/// Where the log begins and ends.
///
/// # Errors
/// [`StoreError`].
pub fn bounds(conn: &Connection) -> Result<LogBounds, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT sequence, milestone_index, max(sequence, coalesce((SELECT max(sequence) FROM event), 0)) FROM pruned",
    )?;
    Ok(statement
        .query_row([], |row| Ok(LogBounds { pruned: row.get(0)?, pruned_milestone: row.get(1)?, last: row.get(2)? }))?)
}

/// The sequence of the newest event; 0 when there was none yet.
///
/// # Errors
/// [`StoreError`].
pub fn last(conn: &Connection) -> Result<u64, StoreError> {
    Ok(bounds(conn)?.last)
}

/// Appends events in the given order and answers the first one's sequence.
///
/// # Errors
/// [`StoreError`].
pub fn append(tx: &Transaction<'_>, rows: &[NewEventRow]) -> Result<u64, StoreError> {
    let first = last(tx)? + 1;
    let mut statement = tx.prepare_cached(
        "INSERT INTO event (sequence, milestone_index, milestone_time, kind, account, origin, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (sequence, row) in (first..).zip(rows) {
        statement.execute(params![
            sequence,
            row.milestone_index,
            row.milestone_time,
            row.kind,
            row.account,
            row.origin,
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
    let rows = statement.query_map(params![after, limit], event_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        sequence: row.get(0)?,
        milestone_index: row.get(1)?,
        milestone_time: row.get(2)?,
        payload: row.get(3)?,
    })
}

/// Up to `limit` events in `(after, until]` that pass `filter`, in order. Looks at all of the range, but not at the
/// payloads of what does not pass.
///
/// # Errors
/// [`StoreError`].
pub fn read_passing(
    conn: &Connection,
    filter: &EventFilter,
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<EventRow>, StoreError> {
    let mut rows = Vec::new();
    let mut statement = conn
        .prepare_cached("SELECT sequence, milestone_index, milestone_time, payload FROM event WHERE sequence = ?1")?;
    for sequence in passing(conn, filter, after, until, limit)? {
        rows.push(statement.query_row([sequence], event_row)?);
    }
    Ok(rows)
}

/// The sequences of up to `limit` events in `(after, until]` that pass `filter`, in order.
///
/// # Errors
/// [`StoreError`].
pub fn passing(
    conn: &Connection,
    filter: &EventFilter,
    after: u64,
    until: u64,
    limit: u32,
) -> Result<Vec<u64>, StoreError> {
    // each list is read into a set once, not once an event
    let mut statement = conn.prepare_cached(
        "SELECT sequence FROM event INDEXED BY event_filter
         WHERE sequence > ?1 AND sequence <= ?2
           AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3)))
           AND (?4 IS NULL OR account IN (SELECT value FROM json_each(?4)))
           AND (?5 IS NULL OR origin IN (SELECT value FROM json_each(?5)))
         ORDER BY sequence LIMIT ?6",
    )?;
    let (kinds, accounts, origins) = (list(&filter.kinds)?, list(&filter.accounts)?, list(&filter.origins)?);
    let found = statement.query_map(params![after, until, kinds, accounts, origins, limit], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn list<T: Serialize>(part: &Option<BTreeSet<T>>) -> Result<Option<String>, StoreError> {
    let text = part.as_ref().map(serde_json::to_string).transpose();
    text.map_err(|error| StoreError::corrupt(format!("a filter: {error}")))
}

/// The milestone of an event: its index and its time; none for a sequence that the log does not have.
///
/// # Errors
/// [`StoreError`].
pub fn milestone(conn: &Connection, sequence: u64) -> Result<Option<(MilestoneIndex, UnixTime)>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT milestone_index, milestone_time FROM event WHERE sequence = ?1")?;
    Ok(statement.query_row([sequence], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Takes the events up to and with `through` out of the log, and remembers that they are gone.
///
/// # Errors
/// [`StoreError`]; `through` must be an event of the log.
pub fn prune(tx: &Transaction<'_>, through: u64) -> Result<(), StoreError> {
    let (index, _) =
        milestone(tx, through)?.ok_or_else(|| StoreError::corrupt("the log lacks an event that is to be pruned"))?;
    tx.execute("DELETE FROM event WHERE sequence <= ?1", [through])?;
    tx.execute("UPDATE pruned SET sequence = ?1, milestone_index = ?2", params![through, index])?;
    Ok(())
}
