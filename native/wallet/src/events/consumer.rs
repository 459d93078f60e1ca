//! Named readers of the log: each sees every event that passes its filter at least once, in order.
//!
//! [`poll`] changes nothing: it starts after what was acknowledged last, or after the place that the reader names. A
//! reader that crashes before [`acknowledge`] sees the same events again; one that acknowledges in the transaction that
//! handles an event, or keys its own record by the event's id, handles it exactly once. What a filter holds back is
//! passed over in bounded steps, on an index, and never comes between a reader and the end of the log.

use super::position;
pub use super::position::Start;
use crate::{
    clock::Clock,
    events::{EventError, LoggedEvent, log},
    ledger::MilestoneIndex,
    store::{ConsumerRow, EventFilter, LogBounds, Store, event, hex},
};

/// Greatest length of a name, in bytes.
const NAME_LIMIT: usize = 128;
/// Most events of one answer.
pub const POLL_LIMIT: u32 = 1_000;
/// Most accounts that a filter names.
pub const ACCOUNTS_LIMIT: usize = 10_000;
/// So much of the log one call looks at: a few milliseconds.
pub const WINDOW: u64 = 20_000;

/// A named reader of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// Its name.
    pub name: String,
    /// The log that its position belongs to.
    pub log_id: String,
    /// It is done with everything up to and with this sequence.
    pub acknowledged: u64,
    /// The milestone of the event there; 0: none.
    pub milestone_index: MilestoneIndex,
    /// Which events it gets.
    pub filter: EventFilter,
    /// The oldest event that the log still has; one more than the newest when it has none.
    pub first: u64,
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
    /// What the consumer had acknowledged.
    pub acknowledged: u64,
    /// Everything up to and with this sequence was looked at: what is not among the events did not pass the filter.
    pub through: u64,
    /// The newest event's sequence: more than `through` means that the log has more to look at.
    pub last: u64,
}

impl Batch {
    /// Whether the log has more to look at.
    #[must_use]
    pub fn more(&self) -> bool {
        self.through < self.last
    }
}

/// Opens a consumer; creates it at `start` when there is none of that name, with `filter` or with none. The filter of
/// one that exists is replaced when another is given: that counts for what comes after its position, and brings nothing
/// back that was acknowledged or passed over before; see [`seek`]. Durable when it returns.
///
/// # Errors
/// [`EventError::ConsumerNameInvalid`], [`EventError::FilterInvalid`], [`EventError::Store`], and for a new one those
/// of [`seek`].
pub fn open(
    store: &Store,
    clock: &dyn Clock,
    name: &str,
    start: Start,
    filter: Option<EventFilter>,
) -> Result<Consumer, EventError> {
    if name.is_empty() || name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(EventError::ConsumerNameInvalid { limit: NAME_LIMIT });
    }
    if let Some(filter) = &filter {
        check(filter)?;
    }
    let (name, created_ms) = (name.to_owned(), clock.now_ms());
    store.writer().commit(move |tx| {
        let row = match event::consumer(tx, &name)? {
            Some(row) => match filter {
                Some(filter) if filter != row.filter => {
                    let row = ConsumerRow { filter, ..row };
                    event::put_consumer(tx, &row)?;
                    row
                }
                _ => row,
            },
            None => {
                let (acknowledged, milestone_index) = position::resolve(tx, &start)?;
                let (log_id, filter) = (log::raw_log_id(tx)?, filter.unwrap_or_default());
                let row = ConsumerRow { name, log_id, acknowledged, milestone_index, filter, created_ms };
                event::put_consumer(tx, &row)?;
                row
            }
        };
        Ok(consumer(row, event::bounds(tx)?))
    })
}

fn check(filter: &EventFilter) -> Result<(), EventError> {
    let empty = |count: Option<usize>| count == Some(0);
    let accounts = filter.accounts.as_ref().map(std::collections::BTreeSet::len);
    if empty(accounts)
        || empty(filter.kinds.as_ref().map(std::collections::BTreeSet::len))
        || empty(filter.origins.as_ref().map(std::collections::BTreeSet::len))
        || accounts.is_some_and(|count| count > ACCOUNTS_LIMIT)
    {
        return Err(EventError::FilterInvalid { limit: ACCOUNTS_LIMIT });
    }
    Ok(())
}

/// Up to `max` events (at most [`POLL_LIMIT`]) after `after`, or after what `name` acknowledged last when there is none:
/// of several readers of one name, none misses what another has acknowledged. Looks at [`WINDOW`] events at most, so
/// there may be none here and [`Batch::more`]: go on after [`Batch::through`]. Does not wait and changes nothing.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::LogReplaced`] when its position is one of another log,
/// [`EventError::PositionPruned`], [`EventError::PositionInvalid`] for an `after` beyond the newest event,
/// [`EventError::Store`].
pub fn poll(store: &Store, name: &str, after: Option<u64>, max: u32) -> Result<Batch, EventError> {
    let max = max.min(POLL_LIMIT);
    store.readers().read(|conn| {
        let row = found(event::consumer(conn, name)?, name)?;
        position::check_log(conn, &row)?;
        let bounds = event::bounds(conn)?;
        let after = after.unwrap_or(row.acknowledged);
        position::check_within(conn, after, bounds)?;
        let until = bounds.last.min(after.saturating_add(WINDOW));
        let rows = if row.filter.is_open() {
            event::read(conn, after, max)?
        } else {
            event::read_passing(conn, &row.filter, after, until, max)?
        };
        let events = rows.into_iter().map(log::decode).collect::<Result<Vec<_>, _>>()?;
        let full = u32::try_from(events.len()).is_ok_and(|count| count >= max);
        let through = match events.last() {
            Some(last) if full || row.filter.is_open() => last.sequence,
            _ => until,
        };
        Ok(Batch { log_id: log::log_id(conn)?, events, acknowledged: row.acknowledged, through, last: bounds.last })
    })
}

/// Records that `name` is done with everything up to and with `sequence`. Durable when it returns; after a crash before
/// that the same events come again. A sequence at or before the present one changes nothing.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::LogReplaced`] for a position of another log,
/// [`EventError::PositionInvalid`] beyond the newest event, [`EventError::Store`].
pub fn acknowledge(store: &Store, name: &str, log_id: &str, sequence: u64) -> Result<Consumer, EventError> {
    let (name, given) = (name.to_owned(), log_id.to_owned());
    fail_point!("acknowledge:begun");
    let acknowledged = store.writer().commit(move |tx| {
        let mut row = found(event::consumer(tx, &name)?, &name)?;
        position::check_log(tx, &row)?;
        position::check_given(tx, &given, Some(&row))?;
        let bounds = event::bounds(tx)?;
        if sequence > bounds.last {
            return Err(EventError::PositionInvalid { sequence, last: bounds.last });
        }
        if sequence > row.acknowledged {
            move_to(tx, &mut row, sequence)?;
        }
        fail_point!("acknowledge:written");
        Ok::<_, EventError>(consumer(row, bounds))
    })?;
    fail_point!("acknowledge:durable");
    Ok(acknowledged)
}

/// Moves `name` forward or back: it is done with everything before the new place, and gets everything after it that
/// passes its filter, again if it had it before. The position of a replaced log becomes one of this log. Durable when it
/// returns.
///
/// # Errors
/// [`EventError::ConsumerNotFound`], [`EventError::LogReplaced`] for a place in another log,
/// [`EventError::PositionPruned`] when events after the place are gone, [`EventError::PositionInvalid`] beyond the end of
/// the log, [`EventError::Store`].
pub fn seek(store: &Store, name: &str, to: Start) -> Result<Consumer, EventError> {
    let name = name.to_owned();
    store.writer().commit(move |tx| {
        let mut row = found(event::consumer(tx, &name)?, &name)?;
        if let Start::After { log_id, .. } = &to {
            position::check_given(tx, log_id, Some(&row))?;
        }
        (row.acknowledged, row.milestone_index) = position::resolve(tx, &to)?;
        row.log_id = log::raw_log_id(tx)?;
        event::put_consumer(tx, &row)?;
        Ok(consumer(row, event::bounds(tx)?))
    })
}

pub(super) fn move_to(tx: &rusqlite::Transaction<'_>, row: &mut ConsumerRow, sequence: u64) -> Result<(), EventError> {
    row.acknowledged = sequence;
    if let Some((index, _)) = event::milestone(tx, sequence)? {
        row.milestone_index = index;
    }
    Ok(event::put_consumer(tx, row)?)
}

/// All consumers, by name.
///
/// # Errors
/// [`EventError::Store`].
pub fn list(store: &Store) -> Result<Vec<Consumer>, EventError> {
    store.readers().read(|conn| {
        let bounds = event::bounds(conn)?;
        Ok(event::consumers(conn)?.into_iter().map(|row| consumer(row, bounds)).collect())
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

fn found(row: Option<ConsumerRow>, name: &str) -> Result<ConsumerRow, EventError> {
    row.ok_or_else(|| EventError::ConsumerNotFound { name: name.to_owned() })
}

fn consumer(row: ConsumerRow, bounds: LogBounds) -> Consumer {
    Consumer {
        log_id: hex(&row.log_id),
        name: row.name,
        acknowledged: row.acknowledged,
        milestone_index: row.milestone_index,
        filter: row.filter,
        first: bounds.pruned + 1,
        last: bounds.last,
        created_ms: row.created_ms,
    }
}
