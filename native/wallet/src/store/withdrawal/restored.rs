//! Withdrawals that a restored wallet finds to be paid.

use rusqlite::{Connection, Transaction, params};

use super::{SELECT, WAITS, WithdrawalRow, withdrawal};
use crate::store::StoreError;

/// Makes a withdrawal part of a payment, whatever it was part of before.
///
/// # Errors
/// [`StoreError`].
pub fn reassign(tx: &Transaction<'_>, row: i64, payment: i64, position: u32) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE withdrawal SET stage = 'assigned', payment = ?2, position = ?3, reason = NULL WHERE id = ?1",
    )?
    .execute(params![row, payment, position])?;
    Ok(())
}

/// The withdrawals that nothing paid: those that wait for a transaction, those that ended before there was one, which the wallet
/// before a restore may have paid all the same, and those of a transaction that can never be applied. O(all
/// withdrawals): for a restored wallet only.
///
/// # Errors
/// [`StoreError`].
pub fn unpaid(conn: &Connection) -> Result<Vec<WithdrawalRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "{SELECT} WHERE w.{WAITS} OR (w.stage IN ('cancelled', 'refused') AND w.payment IS NULL)
             OR (w.stage = 'assigned' AND p.state = 'dead')
         ORDER BY w.id"
    ))?;
    Ok(statement.query_map([], withdrawal)?.collect::<Result<_, _>>()?)
}
