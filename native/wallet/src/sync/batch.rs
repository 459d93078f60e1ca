//! Several milestones in one commit, while catching up: one fsync for many.
//!
//! **Nothing depends on the grouping.** Each milestone is scanned with what the earlier ones of its commit change, is
//! applied with its own cursor and events, and sees the database as they left it. **All or nothing:** a crash leaves the
//! cursor before the first or at the last of them.

use std::sync::Arc;

use super::{
    Core, SyncError, apply,
    apply::Applied,
    restored::{self, Recovered},
    scan::{Ahead, Known, ScannedMilestone, scan},
};
use crate::{
    ledger::{LedgerDiff, Position},
    payments::settle,
    store::recovered as found,
};

/// Most milestones of one commit.
const MOST_MILESTONES: usize = 256;
/// So many outputs of ours are enough for one commit: it holds up other writers for a fraction of a second.
const ENOUGH_OUTPUTS: usize = 4_096;

/// What a commit came to.
#[derive(Debug)]
pub(super) struct Committed {
    /// The cursor now.
    pub(super) cursor: Position,
    /// Milestones that follow it and are not applied yet.
    pub(super) rest: Vec<LedgerDiff>,
}

/// Applies the first of `diffs` that follow `cursor` in one transaction: at least one, at most up to `until`.
///
/// The scan runs before the transaction; if an address was issued or a payment signed meanwhile, the transaction scans
/// again, so that what is committed rests on what is watched at that moment. It begins afresh, so that memory knows of
/// every earlier commit; memory follows after it.
///
/// # Errors
/// [`SyncError`]; nothing is applied then. Nothing is applied either, and the cursor stays, when the transaction scans again
/// and finds something that was not asked for.
pub(super) fn commit(
    core: &Arc<Core>,
    cursor: &Position,
    mut diffs: Vec<LedgerDiff>,
    until: usize,
) -> Result<Committed, SyncError> {
    let network = core.network()?;
    let generation = core.watch.generation();
    let first = diffs.get(..until.max(1)).unwrap_or(&diffs);
    let scanned = scan_some(cursor, first, &core.watch.look())?;
    let mut rest = diffs.split_off(scanned.len());
    let asked = scanned.len();
    let recovered = restored::look_up(core, &scanned)?;
    let looked_up = !recovered.is_empty();
    let (core_then, memory, cursor) = (Arc::clone(core), Arc::clone(&core.watch), *cursor);
    fail_point!("apply:scanned");
    let applied = core.store.writer().commit_afresh(
        move |tx| {
            fail_point!("apply:begun");
            let core = core_then;
            let scanned = if core.watch.generation() == generation {
                scanned
            } else {
                scan_some(&cursor, &diffs, &core.watch.look())?
            };
            apply_all(tx, &core, &network, &scanned, &recovered)
        },
        move |applied: &BatchApplied| {
            let Applied { booked, gone, decided } = &applied.changes;
            memory.settle(booked, gone, decided);
            fail_point!("apply:memory");
        },
    );
    if let Err(SyncError::Unasked(_)) = applied {
        return Ok(Committed { cursor, rest: Vec::new() });
    }
    let applied = applied?;
    fail_point!("apply:done");
    if looked_up {
        core.restored.look_again(&applied.cursor);
    }
    if applied.count < asked {
        // the rest does not follow the cursor any more: the feed gives it again
        rest.clear();
    }
    Ok(Committed { cursor: applied.cursor, rest })
}

struct BatchApplied {
    count: usize,
    cursor: Position,
    changes: Applied,
}

fn apply_all(
    tx: &rusqlite::Transaction<'_>,
    core: &Core,
    network: &crate::ledger::Network,
    scanned: &[ScannedMilestone],
    recovered: &Recovered,
) -> Result<BatchApplied, SyncError> {
    let mut changes = Applied::default();
    let before = if recovered.is_empty() { 0 } else { found::last(tx)? };
    for milestone in scanned {
        changes.append(apply::apply(tx, &*core.codec, network, milestone, recovered)?);
        fail_point!("apply:milestone");
    }
    // looks at all withdrawals: only when something was found, and not whenever a stranger spends what names us
    if !recovered.is_empty() && found::last(tx)? > before {
        settle::bind_waiting(tx)?;
    }
    let last = scanned.last().map(|milestone| milestone.position).ok_or(SyncError::NoMilestone)?;
    Ok(BatchApplied { count: scanned.len(), cursor: last, changes })
}

/// Scans milestones that follow each other, as many as one commit takes: at least one.
///
/// # Errors
/// [`SyncError::Diff`] when one does not follow the one before. [`SyncError::NoSpender`] for the first one only: a later
/// one of which the feed could not know what concerns us yet ends the batch, and is asked for again.
fn scan_some(cursor: &Position, diffs: &[LedgerDiff], known: &impl Known) -> Result<Vec<ScannedMilestone>, SyncError> {
    let mut ahead = Ahead::of(known);
    let mut scanned = Vec::with_capacity(diffs.len().min(MOST_MILESTONES));
    let (mut before, mut outputs) = (cursor, 0);
    for diff in diffs.iter().take(MOST_MILESTONES) {
        diff.check_follows(before)?;
        let milestone = match scan(diff, &ahead) {
            Err(SyncError::NoSpender { .. }) if !scanned.is_empty() => break,
            milestone => milestone?,
        };
        ahead.follow(&milestone);
        outputs += milestone.created.len() + milestone.consumed.len();
        scanned.push(milestone);
        if outputs >= ENOUGH_OUTPUTS {
            break;
        }
        before = diff.position();
    }
    Ok(scanned)
}
