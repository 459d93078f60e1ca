//! Gaps: milestones that this wallet did not see and that no node had any more.

use rusqlite::{Connection, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{MetaKey, StoreError, meta};
use crate::ledger::MilestoneIndex;

/// The gap that the wallet stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The last applied milestone.
    pub cursor: MilestoneIndex,
    /// The last one that nodes have pruned, as first heard.
    pub pruned_to: MilestoneIndex,
}

/// Milestones that were never seen; what they came to was booked at the last of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairedGap {
    /// The first one missed.
    pub from: MilestoneIndex,
    /// The last one missed.
    pub to: MilestoneIndex,
    /// When it was repaired, by the wallet's clock.
    pub repaired_ms: u64,
}

/// The present gap, if there is one.
///
/// # Errors
/// [`StoreError`].
pub fn present(conn: &Connection) -> Result<Option<Gap>, StoreError> {
    let Some(bytes) = meta::get(conn, MetaKey::Gap)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::corrupt(format!("stored gap: {error}")))
}

/// Writes down that the wallet stands before a gap.
///
/// # Errors
/// [`StoreError`].
pub fn begin(tx: &Transaction<'_>, gap: &Gap) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(gap).expect("plain fields always become JSON");
    meta::put(tx, MetaKey::Gap, &bytes)
}

/// Writes down that the gap was repaired, and that there is none any more.
///
/// # Errors
/// [`StoreError`].
pub fn repaired(tx: &Transaction<'_>, gap: &RepairedGap) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO gap (from_index, to_index, repaired_ms) VALUES (?1, ?2, ?3)",
        params![gap.from, gap.to, gap.repaired_ms],
    )?;
    meta::remove(tx, MetaKey::Gap)
}

/// The gaps that were repaired, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn all_repaired(conn: &Connection) -> Result<Vec<RepairedGap>, StoreError> {
    let mut statement = conn.prepare("SELECT from_index, to_index, repaired_ms FROM gap ORDER BY from_index")?;
    let rows = statement
        .query_map([], |row| Ok(RepairedGap { from: row.get(0)?, to: row.get(1)?, repaired_ms: row.get(2)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Notes a finding. False: it was told before.
///
/// # Errors
/// [`StoreError`].
pub fn raise(tx: &Transaction<'_>, id: &str, raised_ms: u64) -> Result<bool, StoreError> {
    let mut statement =
        tx.prepare_cached("INSERT INTO incident (id, raised_ms) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING")?;
    Ok(statement.execute(params![id, raised_ms])? == 1)
}
