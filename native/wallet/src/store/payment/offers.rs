//! Outputs of payments that are somebody else's only until a time.

use rusqlite::{Connection, params};

use super::{COLUMNS, OPEN, PaymentRow, StoreError, payment};
use crate::ledger::UnixTime;

/// When the first of a payment's offers ends; none: it has none.
///
/// # Errors
/// [`StoreError`].
pub fn first_end(conn: &Connection, row: i64) -> Result<Option<UnixTime>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT min(expiration) FROM payment_output WHERE payment = ?1")?;
    Ok(statement.query_row([row], |row| row.get(0))?)
}

/// The places of a payment's outputs whose offers have ended by a time.
///
/// # Errors
/// [`StoreError`].
pub fn ended_offers(conn: &Connection, row: i64, by: UnixTime) -> Result<Vec<u32>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT position FROM payment_output WHERE payment = ?1 AND expiration <= ?2 ORDER BY position",
    )?;
    Ok(statement.query_map(params![row, by], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// The payments that are still submitted, and of which an offer ends before a time, in the order of signing: O(open payments).
///
/// # Errors
/// [`StoreError`].
pub fn late(conn: &Connection, before: UnixTime) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM payment WHERE {OPEN} AND payment.state <> 'cancelling' AND payment.held = 0
         AND EXISTS (SELECT 1 FROM payment_output WHERE payment = payment.id AND expiration < ?1) ORDER BY id"
    ))?;
    Ok(statement.query_map([before], payment)?.collect::<Result<_, _>>()?)
}
