//! Rows of `payment`, `payment_input`, `payment_output` and `attachment`.

mod attachment;
mod offers;
mod row;
mod state;

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

pub use self::{
    attachment::{attach, attachments, carrier, found, last, mark_open_unsure, mark_unsure, sought},
    offers::{ended_offers, first_end, late},
    row::{AttachmentRow, NewPaymentRow, OutputRole, PaymentInputRow, PaymentOutputRow, PaymentRow},
    state::PaymentState,
};
use super::{AddressKey, OutputRow, StoreError, output};
use crate::ledger::{Address, Amount, OutputId, Position, TaggedData, TransactionId};

const COLUMNS: &str = "payment.id, payment.transaction_id, payment.account, payment.idempotency_key, payment.digest, \
     payment.state, payment.reason, payment.remainder, payment.created_ms, payment.milestone_index, \
     payment.milestone_time, payment.tag, payment.data, payment.contests, payment.note, payment.retry, \
     payment.retries, payment.held, payment.unsure, payment.included";
/// The text of the partial index's condition, so that SQLite uses it.
const OPEN: &str = "payment.state IN ('signed', 'submitted', 'rejected', 'cancelling')";

fn payment(row: &Row<'_>) -> rusqlite::Result<PaymentRow> {
    Ok(PaymentRow {
        row: row.get(0)?,
        transaction_id: row.get(1)?,
        account: row.get(2)?,
        key: row.get(3)?,
        digest: row.get(4)?,
        state: row.get(5)?,
        reason: row.get(6)?,
        remainder: row.get(7)?,
        created_ms: row.get(8)?,
        milestone_index: row.get(9)?,
        milestone_time: row.get(10)?,
        tagged_data: row.get::<_, Option<_>>(11)?.zip(row.get(12)?).map(|(tag, data)| TaggedData { tag, data }),
        contests: row.get(13)?,
        note: row.get(14)?,
        retry: row.get(15)?,
        retries: row.get(16)?,
        held: row.get(17)?,
        unsure: row.get(18)?,
        included: row.get(19)?,
    })
}

/// Adds a signed payment with its inputs and outputs, and answers its row. It locks nothing and counts nothing.
///
/// # Errors
/// [`StoreError`]; a used key must be asked for before, in the same transaction.
pub fn insert(tx: &Transaction<'_>, new: &NewPaymentRow) -> Result<i64, StoreError> {
    tx.prepare_cached(
        "INSERT INTO payment (transaction_id, account, idempotency_key, digest, state, payload, remainder, created_ms,
             tag, data, contests, note, retry, retries)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(params![
        new.transaction_id,
        new.account,
        new.key,
        new.digest,
        PaymentState::Signed,
        new.payload,
        new.remainder,
        new.created_ms,
        new.tagged_data.as_ref().map(|carried| &carried.tag),
        new.tagged_data.as_ref().map(|carried| &carried.data),
        new.contests,
        new.note,
        new.retry,
        new.retries,
    ])?;
    let row = tx.last_insert_rowid();
    let mut statement = tx.prepare_cached(
        "INSERT INTO payment_input (payment, position, output_id, address, amount) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (position, input) in (0u32..).zip(&new.inputs) {
        statement.execute(params![row, position, input.output_id, input.address, input.amount])?;
    }
    let mut statement = tx.prepare_cached(
        "INSERT INTO payment_output (payment, position, output_id, address, amount, role, ours, deposit_return, expiration)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for (position, output) in (0u32..).zip(&new.outputs) {
        let PaymentOutputRow { output_id, address, amount, role, ours, deposit_return, expiration } = output;
        let ends = expiration.as_ref();
        statement.execute(params![row, position, output_id, address, amount, role, ours, deposit_return, ends])?;
    }
    Ok(row)
}

fn one(conn: &Connection, filter: &str, by: impl rusqlite::ToSql) -> Result<Option<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM payment WHERE {filter}"))?;
    Ok(statement.query_row([by], payment).optional()?)
}

/// The payment of a row.
///
/// # Errors
/// [`StoreError`].
pub fn by_row(conn: &Connection, row: i64) -> Result<Option<PaymentRow>, StoreError> {
    one(conn, "id = ?1", row)
}

/// The payment with this transaction.
///
/// # Errors
/// [`StoreError`].
pub fn by_transaction(conn: &Connection, id: &TransactionId) -> Result<Option<PaymentRow>, StoreError> {
    one(conn, "transaction_id = ?1", id)
}

/// The payment with this idempotency key.
///
/// # Errors
/// [`StoreError`].
pub fn by_key(conn: &Connection, key: &str) -> Result<Option<PaymentRow>, StoreError> {
    one(conn, "idempotency_key = ?1", key)
}

/// The payments that are open and spend this output, in the order of signing: none, one, or one and its contest.
///
/// # Errors
/// [`StoreError`].
pub fn open_by_input(conn: &Connection, id: &OutputId) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM payment_input JOIN payment ON payment.id = payment_input.payment
         WHERE payment_input.output_id = ?1 AND {OPEN} ORDER BY payment.id"
    ))?;
    Ok(statement.query_map([id], payment)?.collect::<Result<_, _>>()?)
}

/// The open payment that contests this one.
///
/// # Errors
/// [`StoreError`].
pub fn open_contest(conn: &Connection, row: i64) -> Result<Option<PaymentRow>, StoreError> {
    one(conn, &format!("contests = ?1 AND {OPEN}"), row)
}

/// Up to `limit` payments signed after row `after`, in the order of signing; of one account or of all.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, account: Option<u32>, after: i64, limit: u32) -> Result<Vec<PaymentRow>, StoreError> {
    let of_account = if account.is_some() { "account = ?3 AND" } else { "?3 IS NULL AND" };
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM payment WHERE {of_account} id > ?1 ORDER BY id LIMIT ?2"))?;
    let rows = statement.query_map(params![after, limit, account], payment)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All open payments, in the order of signing: O(open payments).
///
/// # Errors
/// [`StoreError`].
pub fn open(conn: &Connection) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM payment WHERE {OPEN} ORDER BY id"))?;
    Ok(statement.query_map([], payment)?.collect::<Result<_, _>>()?)
}

/// The signed bytes of a payment.
///
/// # Errors
/// [`StoreError`], also when there is no such payment.
pub fn payload(conn: &Connection, row: i64) -> Result<Vec<u8>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT payload FROM payment WHERE id = ?1")?;
    Ok(statement.query_row([row], |row| row.get(0))?)
}

/// What a payment spends, in the order of selection.
///
/// # Errors
/// [`StoreError`].
pub fn inputs(conn: &Connection, row: i64) -> Result<Vec<PaymentInputRow>, StoreError> {
    let mut statement = conn
        .prepare_cached("SELECT output_id, address, amount FROM payment_input WHERE payment = ?1 ORDER BY position")?;
    let rows = statement.query_map([row], |row| {
        Ok(PaymentInputRow { output_id: row.get(0)?, address: row.get(1)?, amount: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn payment_output(row: &Row<'_>) -> rusqlite::Result<PaymentOutputRow> {
    Ok(PaymentOutputRow {
        output_id: row.get(0)?,
        address: row.get(1)?,
        amount: row.get(2)?,
        role: row.get(3)?,
        ours: row.get(4)?,
        deposit_return: row.get(5)?,
        expiration: row.get(6)?,
    })
}

/// Whether a payment spends this output: it was booked then, so the transaction that created it was applied.
///
/// # Errors
/// [`StoreError`].
pub fn spends(conn: &Connection, id: &OutputId) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM payment_input WHERE output_id = ?1)")?;
    Ok(statement.query_row([id], |row| row.get(0))?)
}

/// What a payment creates, in the transaction's order.
///
/// # Errors
/// [`StoreError`].
pub fn outputs(conn: &Connection, row: i64) -> Result<Vec<PaymentOutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT output_id, address, amount, role, ours, deposit_return, expiration FROM payment_output
         WHERE payment = ?1 ORDER BY position",
    )?;
    Ok(statement.query_map([row], payment_output)?.collect::<Result<_, _>>()?)
}

/// What an output is to the payment that creates it; none when no payment of ours does.
///
/// # Errors
/// [`StoreError`].
pub fn output_role(conn: &Connection, id: &OutputId) -> Result<Option<OutputRole>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT role FROM payment_output WHERE output_id = ?1")?;
    Ok(statement.query_row([id], |row| row.get(0)).optional()?)
}

/// Gives a recovered payment the key that it was made for. False: it has one.
///
/// # Errors
/// [`StoreError`].
pub fn name(
    tx: &Transaction<'_>,
    row: i64,
    key: &str,
    digest: &[u8; 32],
    note: Option<&str>,
) -> Result<bool, StoreError> {
    let named = tx
        .prepare_cached(
            "UPDATE payment SET idempotency_key = ?2, digest = ?3, note = ?4 WHERE id = ?1 AND idempotency_key IS NULL",
        )?
        .execute(params![row, key, digest, note])?;
    Ok(named == 1)
}

/// The dead payments that have a key, in the order of signing. O(all payments): for a restored wallet only.
///
/// # Errors
/// [`StoreError`].
pub fn dead_with_key(conn: &Connection) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM payment
         WHERE payment.state = 'dead' AND payment.idempotency_key IS NOT NULL ORDER BY payment.id"
    ))?;
    Ok(statement.query_map([], payment)?.collect::<Result<_, _>>()?)
}

/// Takes the key of a dead payment away, for the one that paid instead.
///
/// # Errors
/// [`StoreError`].
pub fn unname(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE payment SET idempotency_key = NULL WHERE id = ?1 AND state = 'dead'")?.execute([row])?;
    Ok(())
}

/// Moves an open payment to another open state. One that is being cancelled stays so until a milestone decides: what a node
/// says late of a block with it changes nothing. False: nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn set_open_state(
    tx: &Transaction<'_>,
    row: i64,
    state: PaymentState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let moved = tx
        .prepare_cached(
            "UPDATE payment SET state = ?2, reason = ?3 WHERE id = ?1 AND state IN ('signed', 'submitted', 'rejected')",
        )?
        .execute(params![row, state, reason])?;
    Ok(moved == 1)
}

/// Holds an open payment back: it is not submitted any more, and says why.
///
/// # Errors
/// [`StoreError`].
pub fn hold(tx: &Transaction<'_>, row: i64, reason: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE payment SET held = 1, reason = ?2 WHERE id = ?1")?.execute(params![row, reason])?;
    Ok(())
}

/// The transactions of all payments with their rows, from an index.
///
/// # Errors
/// [`StoreError`].
pub fn transactions(conn: &Connection) -> Result<HashMap<TransactionId, i64>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT transaction_id, id FROM payment ORDER BY transaction_id")?;
    Ok(statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?)
}

/// Ends an open payment at a milestone. False: it was not open, and nothing changed. Of one that is confirmed by a block that is
/// not known for certain, nodes are asked for it.
///
/// # Errors
/// [`StoreError`].
pub fn end(
    tx: &Transaction<'_>,
    row: i64,
    state: PaymentState,
    reason: Option<&str>,
    at: &Position,
) -> Result<bool, StoreError> {
    let ended = tx
        .prepare_cached(&format!(
            "UPDATE payment SET state = ?2, reason = ?3, milestone_index = ?4, milestone_time = ?5,
                 retry = iif(?2 = 'dead', retry, 0),
                 sought = (?2 = 'confirmed' AND included IS NULL
                     AND (unsure = 1 OR (SELECT count(*) FROM attachment WHERE payment = ?1) <> 1))
             WHERE id = ?1 AND {OPEN}"
        ))?
        .execute(params![row, state, reason, at.index, at.time])?;
    Ok(ended == 1)
}

/// Up to `limit` claims that are dead and are to be made again, in the order of signing.
///
/// # Errors
/// [`StoreError`].
pub fn to_retry(conn: &Connection, limit: u32) -> Result<Vec<PaymentRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM payment WHERE payment.retry = 1 AND payment.state = 'dead' ORDER BY payment.id LIMIT ?1"
    ))?;
    Ok(statement.query_map([limit], payment)?.collect::<Result<_, _>>()?)
}

/// A dead claim is made again by now, or nothing is left of it. False: it was before, and nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn end_retry(tx: &Transaction<'_>, row: i64) -> Result<bool, StoreError> {
    let ended = tx.prepare_cached("UPDATE payment SET retry = 0 WHERE id = ?1 AND retry = 1")?.execute([row])?;
    Ok(ended == 1)
}

/// The smallest free, unspent, plain outputs of an account that hold at least `amount`, smallest first.
///
/// # Errors
/// [`StoreError`].
pub fn spendable_from(
    conn: &Connection,
    account: u32,
    amount: Amount,
    limit: u32,
) -> Result<Vec<OutputRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {} FROM output
         WHERE account = ?1 AND amount >= ?2 AND class = 'plain' AND spent_index IS NULL AND locked_by IS NULL
         ORDER BY amount, id LIMIT ?3",
        output::COLUMNS
    ))?;
    Ok(statement.query_map(params![account, amount, limit], output::output)?.collect::<Result<_, _>>()?)
}

/// The address of ours with these bytes.
///
/// # Errors
/// [`StoreError`].
pub fn address_key(conn: &Connection, raw: &Address) -> Result<Option<AddressKey>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT account, internal, key_index FROM address WHERE raw = ?1")?;
    let key = statement
        .query_row([raw], |row| Ok(AddressKey { account: row.get(0)?, internal: row.get(1)?, key_index: row.get(2)? }));
    Ok(key.optional()?)
}
