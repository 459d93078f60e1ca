//! The durable log.

use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use super::{EventError, Incident, LedgerEvent};
use crate::{
    ledger::{MilestoneIndex, UnixTime},
    store::{self, EventRow, MetaKey, NewEventRow, StoreError, gap, meta},
};

/// Version of the stored encoding.
const VERSION: u32 = 1;

/// An event with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedEvent {
    /// Its position in the log, from 1, without holes.
    pub sequence: u64,
    /// The last applied milestone when it became true.
    pub milestone_index: MilestoneIndex,
    /// That milestone's time.
    pub milestone_time: UnixTime,
    /// The fact.
    pub event: LedgerEvent,
}

#[derive(Serialize, Deserialize)]
struct Stored<E> {
    v: u32,
    event: E,
}

/// Appends events in the given order, at the cursor as `tx` sees it, and answers them with their positions. They are
/// facts when `tx` commits, and live listeners hear of them then.
///
/// # Errors
/// [`EventError::Store`].
pub fn append(tx: &Transaction<'_>, events: Vec<LedgerEvent>) -> Result<Vec<LoggedEvent>, EventError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let cursor = meta::cursor(tx)?.map(|cursor| cursor.position);
    let milestone_index = cursor.map_or(MilestoneIndex(0), |position| position.index);
    let milestone_time = cursor.map_or(UnixTime(0), |position| position.time);
    let rows = events.iter().map(|event| {
        let payload = serde_json::to_string(&Stored { v: VERSION, event })
            .map_err(|error| StoreError::corrupt(format!("an event that is no JSON: {error}")))?;
        let (kind, account, origin) = (event.kind(), event.account(), event.origin());
        Ok(NewEventRow { milestone_index, milestone_time, kind, account, origin, payload })
    });
    let first = store::event::append(tx, &rows.collect::<Result<Vec<_>, StoreError>>()?)?;
    let logged = (first..).zip(events);
    Ok(logged.map(|(sequence, event)| LoggedEvent { sequence, milestone_index, milestone_time, event }).collect())
}

/// Appends an incident, if this finding was not told before.
///
/// # Errors
/// [`EventError::Store`].
pub fn raise(tx: &Transaction<'_>, incident: Incident, now_ms: u64) -> Result<(), EventError> {
    if gap::raise(tx, &incident.id, now_ms)? {
        append(tx, vec![LedgerEvent::Incident(incident)])?;
    }
    Ok(())
}

/// Up to `limit` events after a sequence.
///
/// # Errors
/// [`EventError::Store`].
pub fn read(conn: &Connection, after: u64, limit: u32) -> Result<Vec<LoggedEvent>, EventError> {
    store::event::read(conn, after, limit)?.into_iter().map(decode).collect()
}

pub(super) fn decode(row: EventRow) -> Result<LoggedEvent, EventError> {
    let EventRow { sequence, milestone_index, milestone_time, payload } = row;
    let stored: Stored<LedgerEvent> = serde_json::from_str(&payload)
        .map_err(|error| StoreError::corrupt(format!("event {sequence} cannot be read: {error}")))?;
    if stored.v != VERSION {
        return Err(StoreError::corrupt(format!("event {sequence} has encoding {}", stored.v)).into());
    }
    Ok(LoggedEvent { sequence, milestone_index, milestone_time, event: stored.event })
}

/// Gives the log its name, once: random bytes, so that no other log has the same.
///
/// # Errors
/// [`EventError::Store`].
pub fn ensure_log_id(tx: &Transaction<'_>) -> Result<(), EventError> {
    if meta::get(tx, MetaKey::LogId)?.is_none() {
        let id = meta::random(tx)?;
        meta::put(tx, MetaKey::LogId, &id)?;
    }
    Ok(())
}

/// The log's name, hexadecimal. A position is a pair of it and a sequence.
///
/// # Errors
/// [`EventError::Store`].
pub fn log_id(conn: &Connection) -> Result<String, EventError> {
    Ok(store::hex(&raw_log_id(conn)?))
}

pub(super) fn raw_log_id(conn: &Connection) -> Result<Vec<u8>, EventError> {
    Ok(meta::get(conn, MetaKey::LogId)?.ok_or_else(|| StoreError::corrupt("the log has no name"))?)
}
