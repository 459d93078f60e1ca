//! Rows of `withdrawal`.

mod decision;
mod restored;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

pub use self::{
    decision::{Approval, any_waits, approve, decide, ended, in_stage, need},
    restored::{reassign, unpaid},
};
use super::{StoreError, outgoing, payment::PaymentState, sql::stored_enum};
use crate::ledger::{Address, Amount, MilestoneIndex, OutputId, TransactionId, UnixTime};

/// What a withdrawal waits for, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WithdrawalStage {
    /// For the reviewer's answer.
    AwaitingReview,
    /// For two persons who approve it.
    AwaitingApproval,
    /// For a transaction that pays it.
    Requested,
    /// For the payment that it is part of.
    Assigned,
    /// For nothing: it is never paid. Final.
    Cancelled,
    /// For nothing: a rule, the reviewer or a person refused it. Final.
    Refused,
}
stored_enum!(WithdrawalStage {
    AwaitingReview = "awaitingReview",
    AwaitingApproval = "awaitingApproval",
    Requested = "requested",
    Assigned = "assigned",
    Cancelled = "cancelled",
    Refused = "refused",
});

/// The text of the stages in which no transaction pays a withdrawal yet.
const WAITS: &str = "stage IN ('requested', 'awaitingReview', 'awaitingApproval')";

impl WithdrawalStage {
    /// Whether it waits, and no transaction pays it yet.
    #[must_use]
    pub const fn waits(self) -> bool {
        matches!(self, Self::Requested | Self::AwaitingReview | Self::AwaitingApproval)
    }
}

/// Where a withdrawal stands: its own stage, and once it is assigned the state of its payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WithdrawalState {
    /// Durable; the reviewer has not answered yet. Not final.
    AwaitingReview,
    /// Durable; two persons have to approve it. Not final.
    AwaitingApproval,
    /// Durable; no transaction pays it yet. Not final.
    Requested,
    /// Its transaction is signed and on disk; no node has taken it yet.
    Signed,
    /// A node took a block with its transaction.
    Submitted,
    /// Nodes refuse its transaction, which may still be confirmed. Not final.
    Rejected,
    /// Its transaction is contested; it may still be confirmed. Not final.
    Cancelling,
    /// A milestone applied its transaction. Final.
    Confirmed,
    /// Somebody else spent an input of its transaction. Final.
    Dead,
    /// It is never paid. Final.
    Cancelled,
    /// A rule, the reviewer or a person refused it: it is never paid. Final.
    Refused,
}
stored_enum!(WithdrawalState {
    AwaitingReview = "awaitingReview",
    AwaitingApproval = "awaitingApproval",
    Requested = "requested",
    Signed = "signed",
    Submitted = "submitted",
    Rejected = "rejected",
    Cancelling = "cancelling",
    Confirmed = "confirmed",
    Dead = "dead",
    Cancelled = "cancelled",
    Refused = "refused",
});
super::json::named!(WithdrawalState);

impl WithdrawalState {
    /// Whether nothing changes it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Dead | Self::Cancelled | Self::Refused)
    }
}

/// A withdrawal on its way into the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWithdrawalRow {
    /// The caller's key.
    pub key: String,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// Who pays.
    pub account: u32,
    /// Who gets it.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
    /// So long its recipient can claim an amount below the storage deposit, in seconds; none: it is refused.
    pub micro_expiration: Option<u32>,
    /// The storage deposit that leaves with it and comes back, as the network has it now.
    pub lent: Amount,
    /// By the wallet's clock.
    pub created_ms: u64,
}

/// The payment that a withdrawal is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its row.
    pub payment: i64,
    /// Where it stands.
    pub state: PaymentState,
    /// Its transaction.
    pub transaction_id: TransactionId,
    /// The output that pays the withdrawal.
    pub output_id: OutputId,
    /// The milestone that ended it.
    pub milestone_index: Option<MilestoneIndex>,
    /// That milestone's time.
    pub milestone_time: Option<UnixTime>,
}

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalRow {
    /// Order of request; the key of pages.
    pub row: i64,
    /// The caller's key.
    pub key: String,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// Who pays.
    pub account: u32,
    /// Who gets it.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
    /// So long its recipient can claim an amount below the storage deposit, in seconds; none: it is refused.
    pub micro_expiration: Option<u32>,
    /// The storage deposit that leaves with it and comes back, as the network had it when it was requested.
    pub lent: Amount,
    /// What it waits for.
    pub stage: WithdrawalStage,
    /// Why it still waits, why it is refused, what its payment is rejected or dead for, or why it was confirmed for nothing.
    pub reason: Option<String>,
    /// Whether it ends with a payment that is contested.
    pub cancel: bool,
    /// When it was requested, by the wallet's clock.
    pub created_ms: u64,
    /// So many persons have to approve it, by the strictest rules that it met.
    pub persons: usize,
    /// Who approved it, each person once.
    pub approvals: Vec<Approval>,
    /// The payment that it is part of.
    pub assignment: Option<Assignment>,
}

impl WithdrawalRow {
    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> WithdrawalState {
        match (self.stage, &self.assignment) {
            (WithdrawalStage::AwaitingReview, _) => WithdrawalState::AwaitingReview,
            (WithdrawalStage::AwaitingApproval, _) => WithdrawalState::AwaitingApproval,
            (WithdrawalStage::Cancelled, _) => WithdrawalState::Cancelled,
            (WithdrawalStage::Refused, _) => WithdrawalState::Refused,
            (WithdrawalStage::Requested, _) | (WithdrawalStage::Assigned, None) => WithdrawalState::Requested,
            (WithdrawalStage::Assigned, Some(assignment)) => match assignment.state {
                PaymentState::Signed => WithdrawalState::Signed,
                PaymentState::Submitted => WithdrawalState::Submitted,
                PaymentState::Rejected => WithdrawalState::Rejected,
                PaymentState::Cancelling => WithdrawalState::Cancelling,
                PaymentState::Confirmed => WithdrawalState::Confirmed,
                PaymentState::Dead => WithdrawalState::Dead,
                PaymentState::Cancelled => WithdrawalState::Cancelled,
            },
        }
    }
}

const SELECT: &str = "SELECT w.id, w.idempotency_key, w.digest, w.account, w.address, w.amount, w.stage,
     iif(p.state = 'confirmed', w.reason, coalesce(p.reason, w.reason)), w.cancel, w.created_ms,
     p.id, p.state, p.transaction_id, o.output_id, p.milestone_index, p.milestone_time, w.approvals, w.micro_expiration,
     w.persons, w.lent
     FROM withdrawal w LEFT JOIN payment p ON p.id = w.payment
     LEFT JOIN payment_output o ON o.payment = w.payment AND o.position = w.position";

fn withdrawal(row: &Row<'_>) -> rusqlite::Result<WithdrawalRow> {
    let assignment = match row.get::<_, Option<i64>>(10)? {
        None => None,
        Some(payment) => Some(Assignment {
            payment,
            state: row.get(11)?,
            transaction_id: row.get(12)?,
            output_id: row.get(13)?,
            milestone_index: row.get(14)?,
            milestone_time: row.get(15)?,
        }),
    };
    Ok(WithdrawalRow {
        row: row.get(0)?,
        key: row.get(1)?,
        digest: row.get(2)?,
        account: row.get(3)?,
        address: row.get(4)?,
        amount: row.get(5)?,
        micro_expiration: row.get(17)?,
        lent: row.get(19)?,
        stage: row.get(6)?,
        reason: row.get(7)?,
        cancel: row.get(8)?,
        created_ms: row.get(9)?,
        persons: row.get(18)?,
        approvals: decision::read_approvals(row.get(16)?)?,
        assignment,
    })
}

/// Adds a withdrawal in its first stage, with the reason of a refused one, and answers its row.
///
/// # Errors
/// [`StoreError`]; a used key must be asked for before, in the same transaction.
pub fn insert(
    tx: &Transaction<'_>,
    new: &NewWithdrawalRow,
    stage: WithdrawalStage,
    reason: Option<&str>,
) -> Result<i64, StoreError> {
    tx.prepare_cached(
        "INSERT INTO withdrawal (idempotency_key, digest, account, address, amount, stage, created_ms, reason,
             micro_expiration, lent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        new.key,
        new.digest,
        new.account,
        new.address,
        new.amount,
        stage,
        new.created_ms,
        reason,
        new.micro_expiration,
        new.lent
    ])?;
    Ok(tx.last_insert_rowid())
}

/// The withdrawal of a row.
///
/// # Errors
/// [`StoreError`].
pub fn by_row(conn: &Connection, row: i64) -> Result<Option<WithdrawalRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE w.id = ?1"))?;
    Ok(statement.query_row([row], withdrawal).optional()?)
}

/// The withdrawal with this key.
///
/// # Errors
/// [`StoreError`].
pub fn by_key(conn: &Connection, key: &str) -> Result<Option<WithdrawalRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE w.idempotency_key = ?1"))?;
    Ok(statement.query_row([key], withdrawal).optional()?)
}

/// The withdrawals that a payment pays, in the order of its outputs.
///
/// # Errors
/// [`StoreError`].
pub fn of_payment(conn: &Connection, payment: i64) -> Result<Vec<WithdrawalRow>, StoreError> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} WHERE w.payment = ?1 ORDER BY w.position"))?;
    Ok(statement.query_map([payment], withdrawal)?.collect::<Result<_, _>>()?)
}

/// Up to `limit` withdrawals after row `after`, in the order of request; of one account or of all.
///
/// # Errors
/// [`StoreError`].
pub fn page(conn: &Connection, account: Option<u32>, after: i64, limit: u32) -> Result<Vec<WithdrawalRow>, StoreError> {
    let of_account = if account.is_some() { "w.account = ?3 AND" } else { "?3 IS NULL AND" };
    let mut statement =
        conn.prepare_cached(&format!("{SELECT} WHERE {of_account} w.id > ?1 ORDER BY w.id LIMIT ?2"))?;
    Ok(statement.query_map(params![after, limit, account], withdrawal)?.collect::<Result<_, _>>()?)
}

/// The accounts that have withdrawals which wait for a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn accounts_waiting(conn: &Connection) -> Result<Vec<u32>, StoreError> {
    let mut statement =
        conn.prepare_cached("SELECT DISTINCT account FROM withdrawal WHERE stage = 'requested' ORDER BY account")?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Up to `limit` withdrawals of an account that wait for a transaction and are of at most `most`, in the order of request.
///
/// # Errors
/// [`StoreError`].
pub fn waiting(conn: &Connection, account: u32, most: Amount, limit: u32) -> Result<Vec<WithdrawalRow>, StoreError> {
    // the index is named, or all that were ever requested of the account are looked at
    let mut statement = conn.prepare_cached(&format!(
        "{SELECT} WHERE w.id IN (
             SELECT id FROM withdrawal INDEXED BY withdrawal_requested
             WHERE account = ?1 AND stage = 'requested' AND amount <= ?2 ORDER BY id LIMIT ?3)
         ORDER BY w.id"
    ))?;
    Ok(statement.query_map(params![account, most, limit], withdrawal)?.collect::<Result<_, _>>()?)
}

/// Makes a waiting withdrawal part of a payment. False: it does not wait any more, and nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn assign(tx: &Transaction<'_>, row: i64, payment: i64, position: u32) -> Result<bool, StoreError> {
    let assigned = tx
        .prepare_cached(
            "UPDATE withdrawal SET stage = 'assigned', payment = ?2, position = ?3, reason = NULL
             WHERE id = ?1 AND stage = 'requested'",
        )?
        .execute(params![row, payment, position])?;
    Ok(assigned == 1)
}

/// Says why a withdrawal still waits.
///
/// # Errors
/// [`StoreError`].
pub fn explain(tx: &Transaction<'_>, row: i64, reason: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE withdrawal SET reason = ?2 WHERE id = ?1 AND stage = 'requested'")?
        .execute(params![row, reason])?;
    Ok(())
}

/// Says what is to be said of the withdrawal that one output of a payment pays.
///
/// # Errors
/// [`StoreError`].
pub fn remark(tx: &Transaction<'_>, payment: i64, position: u32, reason: &str) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE withdrawal SET reason = ?3 WHERE payment = ?1 AND position = ?2")?
        .execute(params![payment, position, reason])?;
    Ok(())
}

/// Ends a waiting withdrawal. False: it does not wait any more, and nothing changed.
///
/// # Errors
/// [`StoreError`].
pub fn cancel_waiting(tx: &Transaction<'_>, row: i64) -> Result<bool, StoreError> {
    let cancelled = tx
        .prepare_cached(&format!(
            "UPDATE withdrawal SET stage = 'cancelled', cancel = 1, reason = NULL WHERE id = ?1 AND {WAITS}"
        ))?
        .execute([row])?;
    Ok(cancelled == 1)
}

/// Decides that a withdrawal ends when the payment that it is part of does not win against its contest.
///
/// # Errors
/// [`StoreError`].
pub fn mark_cancel(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE withdrawal SET cancel = 1 WHERE id = ?1")?.execute([row])?;
    Ok(())
}

/// Takes the withdrawals of a payment that can never be applied out of it: those to be cancelled end, the others wait for a
/// transaction again.
///
/// # Errors
/// [`StoreError`].
pub fn release(tx: &Transaction<'_>, payment: i64) -> Result<(), StoreError> {
    let mut freed = tx.prepare_cached(
        "UPDATE withdrawal SET stage = iif(cancel = 1, 'cancelled', 'requested'), payment = NULL, position = NULL
         WHERE payment = ?1 RETURNING id",
    )?;
    let freed = freed.query_map([payment], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
    freed.into_iter().try_for_each(|row| outgoing::count_again(tx, row))
}
