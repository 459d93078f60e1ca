//! Blocks that carried payments: rows of `attachment`, and by which of them a milestone applied its payment.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{AttachmentRow, OPEN, PaymentRow};
use crate::{
    ledger::{BlockId, TransactionId},
    store::StoreError,
};

/// How many blocks carried a payment, and the newest.
///
/// # Errors
/// [`StoreError`].
pub fn attachments(conn: &Connection, row: i64) -> Result<(u32, Option<AttachmentRow>), StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT number, block_id, attached_ms FROM attachment WHERE payment = ?1 ORDER BY number DESC LIMIT 1",
    )?;
    let newest = statement
        .query_row([row], |row| Ok((row.get(0)?, AttachmentRow { block_id: row.get(1)?, attached_ms: row.get(2)? })));
    Ok(newest.optional()?.map_or((0, None), |(number, newest)| (number, Some(newest))))
}

/// How many blocks carried a payment, and the one to look it up by. Once it is confirmed that is the block by which the milestone
/// applied it, or none while that is not known: nodes call every other block of it a conflict. Before, it is the newest.
///
/// # Errors
/// [`StoreError`].
pub fn carrier(conn: &Connection, payment: &PaymentRow, confirmed: bool) -> Result<(u32, Option<BlockId>), StoreError> {
    let (count, newest) = attachments(conn, payment.row)?;
    let newest = newest.map(|newest| newest.block_id);
    let block = if confirmed { payment.included.or(newest.filter(|_| count == 1 && !payment.unsure)) } else { newest };
    Ok((count, block))
}

/// Adds a block that carries a payment, also one that has ended.
///
/// # Errors
/// [`StoreError`].
pub fn attach(tx: &Transaction<'_>, row: i64, new: &AttachmentRow) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO attachment (payment, number, block_id, attached_ms)
         SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3 FROM attachment WHERE payment = ?1",
    )?
    .execute(params![row, new.block_id, new.attached_ms])?;
    Ok(())
}

/// Blocks that are not on record may carry a payment from now on. If it is confirmed already, its block is to be asked for.
///
/// # Errors
/// [`StoreError`].
pub fn mark_unsure(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE payment SET unsure = 1, sought = (state = 'confirmed' AND included IS NULL) WHERE id = ?1",
    )?
    .execute([row])?;
    Ok(())
}

/// The same of all open payments, in a restored wallet: the lost one may have submitted them again since the backup.
///
/// # Errors
/// [`StoreError`].
pub fn mark_open_unsure(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute(&format!("UPDATE payment SET unsure = 1 WHERE {OPEN}"), [])?;
    Ok(())
}

/// Up to `limit` confirmed payments whose block is to be asked for, in the order of signing.
///
/// # Errors
/// [`StoreError`].
pub fn sought(conn: &Connection, limit: usize) -> Result<Vec<(i64, TransactionId)>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT id, transaction_id FROM payment WHERE sought = 1 ORDER BY id LIMIT ?1")?;
    Ok(statement.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// The block by which a milestone applied a payment; none: nobody can tell, and nobody is asked any more.
///
/// # Errors
/// [`StoreError`].
pub fn found(tx: &Transaction<'_>, row: i64, block: Option<&BlockId>) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE payment SET included = coalesce(?2, included), sought = 0 WHERE id = ?1")?
        .execute(params![row, block])?;
    Ok(())
}

/// The row of the newest payment; 0: there is none.
///
/// # Errors
/// [`StoreError`].
pub fn last(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.prepare_cached("SELECT coalesce(max(id), 0) FROM payment")?.query_row([], |row| row.get(0))?)
}
