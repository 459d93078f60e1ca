//! For benchmarks: parts of the path by themselves.

use super::{SyncError, scan::scan};
use crate::{accounts::WatchSet, ledger::LedgerDiff};

/// Scans a milestone and answers how many outputs of the wallet it creates and consumes.
///
/// # Errors
/// [`SyncError::NoSpender`].
pub fn count_ours(diff: &LedgerDiff, watched: &WatchSet) -> Result<usize, SyncError> {
    let scanned = scan(diff, &watched.look())?;
    Ok(scanned.created.len() + scanned.consumed.len())
}
