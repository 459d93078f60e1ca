//! What a hot wallet that looks after itself asks. Each question is answered from an index that holds what may be due and
//! little else, whatever the number of addresses.

use rusqlite::{Connection, OptionalExtension, params};

use super::{OutputRow, StoreError, output, payment::OutputRole};
use crate::ledger::{Amount, MilestoneIndex, UnixTime};

/// Which outputs lie idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdleFilter {
    /// Those that hold at least this.
    pub least: Amount,
    /// Booked by this milestone or before.
    pub until: MilestoneIndex,
    /// And by this ledger time.
    pub until_time: UnixTime,
}

/// Up to `limit` free, unspent, plain outputs of an account, the oldest first and of those of a milestone the largest; none as long as withdrawals of it wait, for
/// whatever: these come first. Of what is too young it reads the first one that holds enough, if any.
///
/// # Errors
/// [`StoreError`].
pub fn idle(conn: &Connection, account: u32, filter: &IdleFilter, limit: usize) -> Result<Vec<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM output INDEXED BY output_idle
         WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
         AND account = ?1 AND milestone_index <= ?2 AND amount >= ?3
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = ?1 AND stage = 'requested')
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = ?1 AND stage = 'awaitingReview')
         AND NOT EXISTS (SELECT 1 FROM withdrawal WHERE withdrawal.account = ?1 AND stage = 'awaitingApproval')
         ORDER BY milestone_index, amount DESC",
        output::COLUMNS
    ))?;
    // beyond what a column can hold there is nothing
    let least = filter.least.min(Amount::new(i64::MAX as u64));
    let rows = statement.query_map(params![account, filter.until, least], output::output)?;
    // a later milestone has a later time
    let old =
        |row: &rusqlite::Result<OutputRow>| row.as_ref().map_or(true, |row| row.milestone_time <= filter.until_time);
    Ok(rows.take_while(old).take(limit).collect::<Result<_, _>>()?)
}

/// The first account behind another one, or of all, that has free, unspent, plain outputs.
///
/// # Errors
/// [`StoreError`].
pub fn next_holder(conn: &Connection, after: Option<u32>) -> Result<Option<u32>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT account FROM output INDEXED BY output_idle
         WHERE class = 'plain' AND spent_index IS NULL AND locked_by IS NULL AND account > ?1 ORDER BY account LIMIT 1",
    )?;
    Ok(statement.query_row([after.map_or(-1, i64::from)], |row| row.get(0)).optional()?)
}

/// The least threshold of [`crowded`].
pub const LEAST_CROWD: u64 = 16;

/// The accounts with more than `above` unspent outputs, by index; `above` counts as [`LEAST_CROWD`] at least.
///
/// # Errors
/// [`StoreError`].
pub fn crowded(conn: &Connection, above: u64) -> Result<Vec<u32>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT account FROM account INDEXED BY account_crowded
         WHERE output_count > 16 AND output_count > ?1 ORDER BY account",
    )?;
    Ok(statement.query_map([above], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// How many free, unspent, plain outputs an account has, counted up to `most`.
///
/// # Errors
/// [`StoreError`].
pub fn free(conn: &Connection, account: u32, most: u64) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*) FROM (
             SELECT 1 FROM output INDEXED BY output_spendable
             WHERE account = ?1 AND class = 'plain' AND spent_index IS NULL AND locked_by IS NULL LIMIT ?2)",
    )?;
    Ok(statement.query_row(params![account, most], |row| row.get(0))?)
}

/// What the `count` largest free, unspent, plain outputs of an account hold together.
///
/// # Errors
/// [`StoreError`].
pub fn reach(conn: &Connection, account: u32, count: u32) -> Result<Amount, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(sum(amount), 0) FROM (
             SELECT amount FROM output INDEXED BY output_spendable
             WHERE account = ?1 AND class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
             ORDER BY amount DESC LIMIT ?2)",
    )?;
    Ok(statement.query_row(params![account, count], |row| row.get(0))?)
}

/// What the recipients of an account's last batch of withdrawals got together; none: there was none.
///
/// # Errors
/// [`StoreError`].
pub fn last_batch(conn: &Connection, account: u32) -> Result<Option<Amount>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT sum(amount) FROM payment_output WHERE role = 'payee' AND payment = (
             SELECT payment FROM withdrawal INDEXED BY withdrawal_paid
             WHERE account = ?1 AND payment IS NOT NULL ORDER BY id DESC LIMIT 1)",
    )?;
    Ok(statement.query_row([account], |row| row.get(0))?)
}

/// How many outputs of at least `least` the open payments of an account bring back to it, counted up to `most`. Those that nodes
/// refuse or that are being cancelled bring nothing yet. O(open payments).
///
/// # Errors
/// [`StoreError`].
pub fn coming(conn: &Connection, account: u32, least: Amount, most: usize) -> Result<usize, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*) FROM (
             SELECT 1 FROM payment INDEXED BY payment_open
             CROSS JOIN payment_output ON payment_output.payment = payment.id
             WHERE payment.state IN ('signed', 'submitted', 'rejected', 'cancelling')
             AND payment.state IN ('signed', 'submitted') AND payment.account = ?1
             AND payment_output.ours = ?1 AND payment_output.amount >= ?2
             AND payment_output.role IN ('remainder', 'fanOut', 'sweep', 'consolidation') LIMIT ?3)",
    )?;
    let count: u64 =
        statement.query_row(params![account, least, u64::try_from(most).unwrap_or(u64::MAX >> 1)], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(most))
}

/// The accounts whose open payments move outputs within the wallet, or claim some, and which of it; each as often as it has such
/// payments. O(open payments).
///
/// # Errors
/// [`StoreError`].
pub fn moving(conn: &Connection) -> Result<Vec<(u32, OutputRole)>, StoreError> {
    // a claim of what was no deposit brings a consolidation: what it spends tells what it is
    let mut statement = conn.prepare_cached(
        "SELECT payment.account, CASE WHEN output.class = 'held' THEN 'claim' ELSE payment_output.role END
         FROM payment
         JOIN payment_output ON payment_output.payment = payment.id AND payment_output.position = 0
         LEFT JOIN payment_input ON payment_input.payment = payment.id AND payment_input.position = 0
         LEFT JOIN output ON output.output_id = payment_input.output_id
         WHERE payment.state IN ('signed', 'submitted', 'rejected', 'cancelling')
         AND payment_output.role IN ('sweep', 'consolidation', 'claim')",
    )?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// The accounts with free outputs under conditions of which one ends after a time and by another, the first to end first.
///
/// # Errors
/// [`StoreError`].
pub fn expiring(conn: &Connection, after: UnixTime, until: UnixTime) -> Result<Vec<u32>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT account FROM output INDEXED BY output_due
         WHERE next_change_time > ?1 AND next_change_time <= ?2 AND next_change_time IS NOT NULL
         AND class = 'held' AND spent_index IS NULL AND locked_by IS NULL
         GROUP BY account ORDER BY min(next_change_time), account",
    )?;
    Ok(statement.query_map([after, until], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The accounts with outputs under conditions: one read of an index that holds these and no others.
///
/// # Errors
/// [`StoreError`].
pub fn holding(conn: &Connection) -> Result<Vec<u32>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT account FROM output INDEXED BY output_held
         WHERE class = 'held' AND spent_index IS NULL ORDER BY account",
    )?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
