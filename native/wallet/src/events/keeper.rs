//! Keeps the log and its consumers in shape, on a thread of its own: takes consumers past what their filters hold back,
//! and prunes what all of them are done with.
//!
//! Both in small transactions, so that a milestone never waits for long. Nothing here is needed for right answers: a
//! crash at any point leaves a log that is longer than it need be.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::{Connection, Transaction};

use super::{
    EventError,
    consumer::{WINDOW, move_to},
    log,
    position::last_where,
};
use crate::{
    ledger::UnixTime,
    store::{ConsumerRow, Store, StoreError, Worker, event, meta},
};

/// A consumer is taken past no fewer events than these, so that few commits are for this alone.
const STRIDE: u64 = 1_000;
/// Events that one transaction prunes.
const SLICE: u64 = 2_000;
/// The log is looked at no more often than this.
const REST: Duration = Duration::from_secs(1);
const SECONDS_A_DAY: u32 = 86_400;

/// What is kept of the log although all consumers are past it: an event is pruned only when it is outside of all three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest events.
    pub events: u64,
    /// The events of the newest applied milestones.
    pub milestones: u32,
    /// The events of the days before the last applied milestone.
    pub days: u32,
}

/// The thread.
pub struct Keeper {
    store: Arc<Store>,
    keep: Option<Retention>,
    stop: Arc<AtomicBool>,
    thread: Worker,
}

impl Keeper {
    /// A keeper that is not started yet; without `keep` it prunes nothing.
    #[must_use]
    pub fn new(store: Arc<Store>, keep: Option<Retention>) -> Self {
        Self { store, keep, stop: Arc::default(), thread: Worker::default() }
    }

    /// Starts the thread. Idempotent.
    ///
    /// # Errors
    /// When the operating system starts no thread.
    pub fn start(&self) -> std::io::Result<()> {
        if self.stop.load(Ordering::Acquire) {
            return Ok(());
        }
        let (store, keep, stop) = (Arc::clone(&self.store), self.keep, Arc::clone(&self.stop));
        self.thread.start("log-keeper", Arc::clone(self.store.halt()), move || run(&store, keep, &stop))
    }

    /// Stops the thread and joins it. Idempotent.
    pub fn close(&self) {
        self.stop.store(true, Ordering::Release);
        self.store.pulse().beat();
        self.thread.join();
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(store: &Store, keep: Option<Retention>, stop: &AtomicBool) {
    let stopped = || stop.load(Ordering::Acquire) || store.halt().reason().is_some();
    let mut failed = false;
    while !stopped() {
        let seen = store.pulse().version();
        match tend(store, keep) {
            // something was done, so there may be more to do
            Ok(true) => failed = false,
            Ok(false) => {
                failed = false;
                rest(store, stop, Some(seen));
            }
            Err(EventError::Store(StoreError::Closed | StoreError::Halted { .. })) => return,
            Err(error) => {
                if !failed {
                    // a full disk, for example: said once, tried again
                    tracing::warn!(error = &error as &dyn std::error::Error, "the log cannot be pruned now");
                }
                failed = true;
                rest(store, stop, None);
            }
        }
    }
}

/// Waits for a second at least, then for a change after `seen`.
fn rest(store: &Store, stop: &AtomicBool, seen: Option<u64>) {
    let mut version = store.pulse().version();
    let until = std::time::Instant::now() + REST;
    while !stop.load(Ordering::Acquire) {
        let left = until.saturating_duration_since(std::time::Instant::now());
        if left.is_zero() {
            break;
        }
        version = store.pulse().wait(version, left);
    }
    while let Some(seen) = seen
        && version <= seen
        && !stop.load(Ordering::Acquire)
    {
        version = store.pulse().wait(version, Duration::from_secs(60));
    }
}

/// Does one piece of work; whether there was any.
///
/// # Errors
/// [`EventError::Store`].
pub fn tend(store: &Store, keep: Option<Retention>) -> Result<bool, EventError> {
    let (lagging, due) = store.readers().read(|conn| {
        let lagging = lagging(conn)?;
        Ok::<_, EventError>((lagging, keep.map(|keep| prunable(conn, keep)).transpose()?.flatten()))
    })?;
    let worked = !lagging.is_empty() || due.is_some();
    if !lagging.is_empty() {
        store.writer().commit(move |tx| lagging.into_iter().try_for_each(|(row, to)| pass(tx, row, to)))?;
    }
    if let (Some(_), Some(keep)) = (due, keep) {
        store.writer().commit(move |tx| {
            // anew: a consumer may have been opened or sent back meanwhile
            match prunable(tx, keep)? {
                Some(through) => Ok(event::prune(tx, through)?),
                None => Ok::<_, EventError>(()),
            }
        })?;
    }
    Ok(worked)
}

/// Consumers before which lie many events that their filters hold back, and how far they can be taken now.
fn lagging(conn: &Connection) -> Result<Vec<(ConsumerRow, u64)>, EventError> {
    let (last, log_id) = (event::last(conn)?, log::raw_log_id(conn)?);
    let mut found = Vec::new();
    for row in event::consumers(conn)? {
        if row.filter.is_open() || row.log_id != log_id || last.saturating_sub(row.acknowledged) < STRIDE {
            continue;
        }
        let until = last.min(row.acknowledged.saturating_add(WINDOW));
        let wanted = event::passing(conn, &row.filter, row.acknowledged, until, 1)?;
        let to = wanted.first().map_or(until, |wanted| wanted - 1);
        if to - row.acknowledged >= STRIDE {
            found.push((row, to));
        }
    }
    Ok(found)
}

fn pass(tx: &Transaction<'_>, row: ConsumerRow, to: u64) -> Result<(), EventError> {
    let now = event::consumer(tx, &row.name)?;
    // acknowledged, sent elsewhere, or under another filter meanwhile: the next look sees it
    if now.as_ref() == Some(&row) {
        let mut row = row;
        move_to(tx, &mut row, to)?;
    }
    Ok(())
}

/// The last event of the next slice that may go, if any may.
fn prunable(conn: &Connection, keep: Retention) -> Result<Option<u64>, EventError> {
    let (bounds, log_id) = (event::bounds(conn)?, log::raw_log_id(conn)?);
    let Some(cursor) = meta::cursor(conn)? else { return Ok(None) };
    let mut through = bounds.last.saturating_sub(keep.events);
    for row in event::consumers(conn)? {
        // a position in a replaced log says nothing about this one: nothing goes before it is settled
        through = through.min(if row.log_id == log_id { row.acknowledged } else { 0 });
    }
    if through <= bounds.pruned {
        return Ok(None);
    }
    let oldest = cursor.position.index.0.saturating_sub(keep.milestones);
    let since = UnixTime(cursor.position.time.0.saturating_sub(keep.days.saturating_mul(SECONDS_A_DAY)));
    let old = last_where(conn, bounds, |milestone, time| {
        (keep.milestones == 0 || milestone.0 <= oldest) && (keep.days == 0 || time < since)
    })?;
    let through = through.min(old).min(bounds.pruned + SLICE);
    Ok((through > bounds.pruned).then_some(through))
}
