//! Payments as callers see them.

use rusqlite::Connection;

use super::{PaymentError, PaymentState};
use crate::{
    ledger::{Amount, BlockId, MilestoneIndex, TaggedData, TransactionId, UnixTime},
    store::payment::{self, PaymentInputRow, PaymentOutputRow, PaymentRow},
};

/// The most payments of a page.
pub const PAGE_LIMIT: u32 = 1_000;

/// A payment with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Order of signing; a page goes on after it.
    pub position: i64,
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub account: u32,
    /// The caller's key.
    pub idempotency_key: Option<String>,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// Where it stands.
    pub state: PaymentState,
    /// Why it is rejected, dead, cancelled or, by the wallet itself, being cancelled; or what of it was confirmed for nothing.
    pub reason: Option<String>,
    /// The tagged data that it carries.
    pub tagged_data: Option<TaggedData>,
    /// The newest block that carried it; once it is confirmed, the block by which the milestone applied it, as soon as that is
    /// known for certain.
    pub block: Option<BlockId>,
    /// How many blocks carried it, as far as nodes said that they took them.
    pub attachments: u32,
    /// The milestone that confirmed it, or spent an input otherwise.
    pub milestone: Option<MilestoneIndex>,
    /// That milestone's time.
    pub milestone_time: Option<UnixTime>,
    /// When it was signed, in milliseconds since 1970 by the wallet's clock.
    pub created_ms: u64,
    /// What it spends, in the order of selection.
    pub inputs: Vec<PaymentInputRow>,
    /// What it creates, in the transaction's order: the payees', then the remainder.
    pub outputs: Vec<PaymentOutputRow>,
    /// What comes back to the account; 0: nothing.
    pub remainder: Amount,
    /// The transaction that it was made to stop; none: it is an ordinary payment.
    pub contests: Option<TransactionId>,
    /// Whether it is a claim that is made again for the rest of its inputs once it is dead.
    pub retry: bool,
    /// The dead claim in whose place it was made.
    pub retries: Option<TransactionId>,
    /// The caller's words; never on the ledger.
    pub note: Option<String>,
}

/// Names a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentRef {
    /// By its transaction.
    Transaction(TransactionId),
    /// By the caller's idempotency key.
    Key(String),
}

/// One payment.
///
/// # Errors
/// [`PaymentError::NotFound`], [`PaymentError::Store`].
pub fn find(conn: &Connection, which: &PaymentRef) -> Result<Payment, PaymentError> {
    let row = match which {
        PaymentRef::Transaction(id) => payment::by_transaction(conn, id)?,
        PaymentRef::Key(key) => payment::by_key(conn, key)?,
    };
    load(conn, row.ok_or(PaymentError::NotFound)?)
}

/// Up to `limit` payments (at most [`PAGE_LIMIT`]) after a position, oldest first; of one account or of all.
///
/// # Errors
/// [`PaymentError::Store`].
pub fn page(
    conn: &Connection,
    account: Option<u32>,
    after: Option<i64>,
    limit: u32,
) -> Result<Vec<Payment>, PaymentError> {
    let rows = payment::page(conn, account, after.unwrap_or(0), limit.min(PAGE_LIMIT))?;
    rows.into_iter().map(|row| load(conn, row)).collect()
}

/// The payment of a row.
pub(super) fn load(conn: &Connection, row: PaymentRow) -> Result<Payment, PaymentError> {
    let (attachments, block) = payment::carrier(conn, &row, row.state == PaymentState::Confirmed)?;
    let named = |other: Option<i64>| match other {
        Some(other) => Ok::<_, PaymentError>(payment::by_row(conn, other)?.map(|other| other.transaction_id)),
        None => Ok(None),
    };
    Ok(Payment {
        position: row.row,
        transaction_id: row.transaction_id,
        account: row.account,
        idempotency_key: row.key,
        digest: row.digest,
        state: row.state,
        reason: row.reason,
        tagged_data: row.tagged_data,
        block,
        attachments,
        milestone: row.milestone_index,
        milestone_time: row.milestone_time,
        created_ms: row.created_ms,
        inputs: payment::inputs(conn, row.row)?,
        outputs: payment::outputs(conn, row.row)?,
        remainder: row.remainder,
        contests: named(row.contests)?,
        retry: row.retry,
        retries: named(row.retries)?,
        note: row.note,
    })
}
