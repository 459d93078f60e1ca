//! Rows of `outgoing`, and the sums of `outgoing_minute`: what leaves the wallet in a time.
//!
//! Withdrawals are put in and taken out by triggers, whatever moves them; so are payments that end.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::StoreError;
use crate::ledger::Amount;

/// The length of what is summed together, in milliseconds.
const MINUTE: i64 = 60_000;

/// What leaves the wallet together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// Base units; 2^64 - 1: at least so many.
    pub amount: Amount,
    /// How many recipients get it.
    pub recipients: u64,
}

impl Outgoing {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let amount = self.amount.checked_add(other.amount).unwrap_or(Amount::new(u64::MAX));
        Self { amount, recipients: self.recipients.saturating_add(other.recipients) }
    }
}

/// Sums of `amount / 1000000`, `amount % 1000000` and recipients.
fn sum(row: &Row<'_>) -> rusqlite::Result<Outgoing> {
    let [millions, units] = [row.get::<_, u64>(0)?, row.get::<_, u64>(1)?].map(u128::from);
    let amount = u64::try_from(millions * 1_000_000 + units).unwrap_or(u64::MAX);
    Ok(Outgoing { amount: Amount::new(amount), recipients: row.get(2)? })
}

/// What waits for a transaction: it was asked for, and is neither signed nor refused nor cancelled.
///
/// # Errors
/// [`StoreError`].
pub fn waiting(conn: &Connection) -> Result<Outgoing, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT millions, units, recipients FROM outgoing_minute WHERE minute = -1")?;
    Ok(statement.query_row([], sum)?)
}

/// What was signed in the `length_ms` milliseconds before `now_ms`, and what has a later time. Reads a row for each minute,
/// and the payments of one.
///
/// # Errors
/// [`StoreError`].
pub fn signed_within(conn: &Connection, now_ms: u64, length_ms: u64) -> Result<Outgoing, StoreError> {
    let [now, length] = [now_ms, length_ms].map(|ms| i64::try_from(ms).unwrap_or(i64::MAX));
    // what is as old as that no longer counts; before 1970 there is nothing
    let after = (now - length).max(-1);
    let minute = after.div_euclid(MINUTE);
    let mut whole = conn.prepare_cached(
        "SELECT coalesce(sum(millions), 0), coalesce(sum(units), 0), coalesce(sum(recipients), 0)
         FROM outgoing_minute WHERE minute > ?1 AND minute >= 0",
    )?;
    let mut first = conn.prepare_cached(
        "SELECT coalesce(sum(amount / 1000000), 0), coalesce(sum(amount % 1000000), 0), coalesce(sum(recipients), 0)
         FROM outgoing WHERE signed_ms > ?1 AND signed_ms < ?2",
    )?;
    let first = first.query_row(params![after, (minute + 1) * MINUTE], sum)?;
    Ok(whole.query_row([minute], sum)?.and(first))
}

/// Takes a withdrawal that counts by itself out of the payment that was counted as a whole before it was known to pay it. It is
/// part of that payment already.
///
/// # Errors
/// [`StoreError`].
pub fn split(tx: &Transaction<'_>, payment: i64, withdrawal: i64) -> Result<(), StoreError> {
    // all that its output holds, as that was counted: with what is lent
    let own: Option<Amount> = tx
        .prepare_cached("SELECT amount FROM outgoing WHERE withdrawal = ?1")?
        .query_row([withdrawal], |row| row.get(0))
        .optional()?;
    let Some(own) = own else { return Ok(()) };
    let whole = tx
        .prepare_cached(
            "DELETE FROM outgoing WHERE payment = ?1 AND withdrawal IS NULL RETURNING signed_ms, recipients, amount",
        )?
        .query_row([payment], |row| Ok((row.get(0)?, row.get::<_, u64>(1)?, row.get::<_, Amount>(2)?)));
    let Some((signed_ms, recipients, whole)) = whole.optional()? else { return Ok(()) };
    match (recipients.checked_sub(1), whole.checked_sub(own)) {
        (Some(recipients), Some(amount)) if recipients > 0 => {
            insert(tx, payment, signed_ms, Outgoing { amount, recipients })
        }
        _ => Ok(()),
    }
}

/// Counts a withdrawal that waits again: with a payment that is dead those in it count no longer. Does nothing with one that counts.
///
/// # Errors
/// [`StoreError`].
pub fn count_again(tx: &Transaction<'_>, withdrawal: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount)
         SELECT id, NULL, NULL, 1, amount + lent FROM withdrawal w WHERE id = ?1 AND stage = 'requested'
             AND NOT EXISTS (SELECT 1 FROM outgoing WHERE withdrawal = w.id)
             AND NOT EXISTS (SELECT 1 FROM address WHERE raw = w.address)",
    )?
    .execute([withdrawal])?;
    Ok(())
}

/// Adds a payment of its own.
///
/// # Errors
/// [`StoreError`].
pub fn insert(tx: &Transaction<'_>, payment: i64, signed_ms: u64, what: Outgoing) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO outgoing (withdrawal, payment, signed_ms, recipients, amount) VALUES (NULL, ?1, ?2, ?3, ?4)",
    )?
    .execute(params![payment, signed_ms, what.recipients, what.amount])?;
    Ok(())
}
