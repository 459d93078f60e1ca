//! Named readers of the log: each sees every event at least once, in order.
//!
//! [`poll`] changes nothing: it always starts after what was acknowledged last. A reader that crashes before
//! [`acknowledge`] sees the same events again; one that acknowledges in the transaction that handles an event, or keys
//! its own record by the event's id, handles it exactly once.

use crate::{
    clock::Clock,
    events::{EventError, LoggedEvent, log},
    store::{ConsumerRow, Store, event},
};

/// Greatest length of a name, in bytes.
const NAME_LIMIT: usize = 128;
/// Most events of one answer.
pub const POLL_LIMIT: u32 = 1_000;

/// Where a new consumer starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the first event of the log.
    #[default]
    First,
    /// After the newest event.
    Next,
}

/// A named reader of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// The log that its position belongs to.
    pub log_id: String,
    /// It is done with everything up to and with this sequence.
    pub acknowledged: u64,
    /// The newest event's sequence.
    pub last: u64,
    /// When it was opened first, by the wallet's clock.
    pub created_ms: u64,
}

/// Events after a consumer's position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The log that their sequences belong to.
    pub log_id: String,
    /// The events, in order.
    pub events: Vec<LoggedEvent>,
    /// The newest event's sequence: more than the last one's here means that there are more.
    pub last: u64,
}

/// Opens a consumer; creates it at `start` when there is none of that name. Durable when it returns.
///
/// # Errors
/// [`EventError::ConsumerNameInvalid`], [`EventError::Store`].
pub fn open(store: &Store, clock: &dyn Clock, name: &str, start: Start) -> Result<Consumer, EventError> {
    if name.is_empty() || name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(EventError::ConsumerNameInvalid { limit: NAME_LIMIT });
    }
    let (name, created_ms) = (name.to_owned(), clock.now_ms());
    store.writer().commit(move |tx| {
        let last = event::last(tx)?;
        let row = match event::consumer(tx, &name)? {
            Some(row) => row,
            None => {
                let acknowledged = match start {
                    Start::First => 0,
                    Start::Next => last,
                };
                let row = ConsumerRow { name, acknowledged, created_ms };
                event::insert_consumer(tx, &row)?;
                row
            }
        };
        Ok(consumer(row, log::log_id(tx)?, last))
    })
}

/// Up to `max` events (at most [`POLL_LIMIT`]) after what `name` acknowledged last. Does not wait.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::Store`].
pub fn poll(store: &Store, name: &str, max: u32) -> Result<Batch, EventError> {
    store.readers().read(|conn| {
        let row = event::consumer(conn, name)?;
        let row = row.ok_or_else(|| EventError::ConsumerNotFound { name: name.to_owned() })?;
        let events = log::read(conn, row.acknowledged, max.min(POLL_LIMIT))?;
        Ok(Batch { log_id: log::log_id(conn)?, events, last: event::last(conn)? })
    })
}

/// Records that `name` is done with everything up to and with `sequence`. Durable when it returns; after a crash before
/// that the same events come again. A sequence at or before the present one changes nothing.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::LogReplaced`] for a position of another log,
/// [`EventError::PositionInvalid`] beyond the newest event, [`EventError::Store`].
pub fn acknowledge(store: &Store, name: &str, log_id: &str, sequence: u64) -> Result<(), EventError> {
    let (name, given) = (name.to_owned(), log_id.to_owned());
    store.writer().commit(move |tx| {
        let row = event::consumer(tx, &name)?.ok_or_else(|| EventError::ConsumerNotFound { name: name.clone() })?;
        let current = log::log_id(tx)?;
        if given != current {
            return Err(EventError::LogReplaced { given, current });
        }
        let last = event::last(tx)?;
        if sequence > last {
            return Err(EventError::PositionInvalid { sequence, last });
        }
        if sequence > row.acknowledged {
            event::set_acknowledged(tx, &name, sequence)?;
        }
        Ok(())
    })
}

/// All consumers, by name.
///
/// # Errors
/// [`EventError::Store`].
pub fn list(store: &Store) -> Result<Vec<Consumer>, EventError> {
    store.readers().read(|conn| {
        let (log_id, last) = (log::log_id(conn)?, event::last(conn)?);
        Ok(event::consumers(conn)?.into_iter().map(|row| consumer(row, log_id.clone(), last)).collect())
    })
}

/// Forgets a consumer and its position.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::Store`].
pub fn remove(store: &Store, name: &str) -> Result<(), EventError> {
    let name = name.to_owned();
    store.writer().commit(move |tx| {
        if event::remove_consumer(tx, &name)? { Ok(()) } else { Err(EventError::ConsumerNotFound { name }) }
    })
}

fn consumer(row: ConsumerRow, log_id: String, last: u64) -> Consumer {
    let ConsumerRow { name, acknowledged, created_ms } = row;
    Consumer { name, log_id, acknowledged, last, created_ms }
}
