//! Places in the log: `(log id, sequence)`, milestones, its ends.

use rusqlite::Connection;

use crate::{
    events::{EventError, log},
    ledger::MilestoneIndex,
    store::{ConsumerRow, LogBounds, StoreError, event, hex, meta},
};

/// A place between two events of the log: where a new consumer starts, and where an old one is sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Before the first event that the log ever had; refused when it was pruned.
    #[default]
    First,
    /// Before the oldest event that the log still has.
    Oldest,
    /// After the newest event.
    Next,
    /// Before the first event of a milestone, or of the next one that has any.
    Milestone(MilestoneIndex),
    /// After an event.
    After {
        /// The log that the sequence belongs to.
        log_id: String,
        /// The event's; 0: before the first.
        sequence: u64,
    },
}

/// The sequence of the event before the place, and its milestone.
pub(super) fn resolve(conn: &Connection, place: &Start) -> Result<(u64, MilestoneIndex), EventError> {
    let bounds = event::bounds(conn)?;
    let sequence = match place {
        Start::First => 0,
        Start::Oldest => bounds.pruned,
        Start::Next => bounds.last,
        Start::Milestone(index) => before_milestone(conn, *index, bounds)?,
        Start::After { log_id, sequence } => {
            check_given(conn, log_id, None)?;
            *sequence
        }
    };
    check_within(conn, sequence, bounds)?;
    let milestone = match event::milestone(conn, sequence)? {
        Some((index, _)) => index,
        None if sequence > 0 => bounds.pruned_milestone,
        None => MilestoneIndex(0),
    };
    Ok((sequence, milestone))
}

fn before_milestone(conn: &Connection, index: MilestoneIndex, bounds: LogBounds) -> Result<u64, EventError> {
    let cursor = meta::cursor(conn)?.map_or(MilestoneIndex(0), |cursor| cursor.position.index);
    if index.0 > cursor.0.saturating_add(1) {
        return Err(EventError::MilestoneInvalid { index, cursor });
    }
    if bounds.pruned > 0 && index <= bounds.pruned_milestone {
        return Err(pruned(conn, bounds)?);
    }
    last_where(conn, bounds, |milestone, _| milestone < index)
}

/// The last event for which `holds`, or the one before the log's oldest; `holds` must be true up to some event and false
/// after it. Looks at a few events only: their sequences are contiguous, and their milestones never fall.
pub(super) fn last_where(
    conn: &Connection,
    bounds: LogBounds,
    holds: impl Fn(MilestoneIndex, crate::ledger::UnixTime) -> bool,
) -> Result<u64, EventError> {
    let (mut low, mut high) = (bounds.pruned, bounds.last);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let (milestone, time) =
            event::milestone(conn, middle)?.ok_or_else(|| StoreError::corrupt("the log has a hole"))?;
        if holds(milestone, time) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Ok(low)
}

/// Refuses a sequence that is none of this log any more or not yet.
pub(super) fn check_within(conn: &Connection, sequence: u64, bounds: LogBounds) -> Result<(), EventError> {
    if sequence > bounds.last {
        return Err(EventError::PositionInvalid { sequence, last: bounds.last });
    }
    if sequence < bounds.pruned {
        return Err(pruned(conn, bounds)?);
    }
    Ok(())
}

fn pruned(conn: &Connection, bounds: LogBounds) -> Result<EventError, EventError> {
    let first = bounds.pruned + 1;
    let milestone = match event::milestone(conn, first)? {
        Some((index, _)) => index,
        // the log is empty: the next event is of a later milestone, or of this one
        None => bounds.pruned_milestone,
    };
    Ok(EventError::PositionPruned { first, milestone })
}

/// Refuses a consumer whose position is one of another log.
pub(super) fn check_log(conn: &Connection, row: &ConsumerRow) -> Result<(), EventError> {
    let current = log::raw_log_id(conn)?;
    if row.log_id == current {
        return Ok(());
    }
    let milestone = replay_from(conn, Some(row.milestone_index))?;
    Err(EventError::LogReplaced { given: hex(&row.log_id), current: hex(&current), milestone })
}

/// Refuses a position of another log than this one.
pub(super) fn check_given(conn: &Connection, given: &str, row: Option<&ConsumerRow>) -> Result<(), EventError> {
    let current = log::log_id(conn)?;
    if given.eq_ignore_ascii_case(&current) {
        return Ok(());
    }
    let known = row.filter(|row| hex(&row.log_id).eq_ignore_ascii_case(given)).map(|row| row.milestone_index);
    let milestone = replay_from(conn, known)?;
    Err(EventError::LogReplaced { given: given.to_owned(), current, milestone })
}

/// From which milestone nothing is missed: that of the last event that was done in the replaced log, as others of it may
/// not have been; else that of the oldest event here.
fn replay_from(conn: &Connection, done: Option<MilestoneIndex>) -> Result<MilestoneIndex, EventError> {
    let bounds = event::bounds(conn)?;
    let oldest = event::milestone(conn, bounds.pruned + 1)?.map(|(index, _)| index);
    let cursor = meta::cursor(conn)?;
    let begun = oldest.or(cursor.map(|cursor| cursor.position.index)).unwrap_or(MilestoneIndex(0));
    Ok(match done {
        // a restored log may be behind what the replaced one had reached
        Some(done) if done.0 > 0 => done.min(cursor.map_or(done, |cursor| cursor.position.index)),
        _ => begun,
    })
}
