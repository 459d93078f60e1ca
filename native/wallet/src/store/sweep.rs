//! What can be swept together, from many accounts.

use rusqlite::{Connection, params};

use super::{OutputRow, StoreError, output, sql::numbers};
use crate::ledger::{Amount, MilestoneIndex};

/// Which outputs to sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepFilter {
    /// Of these accounts; none: of all but `except`.
    pub accounts: Option<Vec<u32>>,
    /// Not of this account, unless it is named in `accounts`.
    pub except: u32,
    /// That hold at least this.
    pub least: Amount,
    /// And at most this.
    pub most: Amount,
    /// Booked by this milestone or before.
    pub until: MilestoneIndex,
}

/// A place in the order of [`sweepable`]: account, amount, row.
pub type SweepPlace = (u32, Amount, i64);

const SWEEPABLE: &str = "output INDEXED BY output_spendable
    WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
    AND (account, amount, id) > (?1, ?2, ?3) AND amount BETWEEN ?4 AND ?5 AND milestone_index <= ?6
    AND iif(?8 IS NULL, account <> ?7, account IN (SELECT value FROM json_each(?8)))";

/// Up to `limit` free, unspent, plain outputs after a place, by account and amount, the smallest first. One index, read from
/// the place on.
///
/// # Errors
/// [`StoreError`].
pub fn sweepable(
    conn: &Connection,
    filter: &SweepFilter,
    after: SweepPlace,
    limit: u32,
) -> Result<Vec<OutputRow>, StoreError> {
    let accounts = filter.accounts.as_deref().map(numbers);
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM {SWEEPABLE} ORDER BY account, amount, id LIMIT ?9",
        output::COLUMNS
    ))?;
    // beyond what a column can hold is as much as it can hold
    let most = filter.most.min(Amount::new(i64::MAX as u64));
    let rows = statement.query_map(
        params![after.0, after.1, after.2, filter.least, most, filter.until, filter.except, accounts, limit],
        output::output,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many there are, counted up to `most`.
///
/// # Errors
/// [`StoreError`].
pub fn count(conn: &Connection, filter: &SweepFilter, most: u64) -> Result<u64, StoreError> {
    let accounts = filter.accounts.as_deref().map(numbers);
    let mut statement = conn.prepare_cached(&format!("SELECT count(*) FROM (SELECT 1 FROM {SWEEPABLE} LIMIT ?9)"))?;
    let (first, held) = ((0, Amount::ZERO, 0), filter.most.min(Amount::new(i64::MAX as u64)));
    let values = params![first.0, first.1, first.2, filter.least, held, filter.until, filter.except, accounts, most];
    Ok(statement.query_row(values, |row| row.get(0))?)
}
