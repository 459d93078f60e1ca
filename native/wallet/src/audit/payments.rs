//! Decisions about payments and withdrawals. A transaction that pays many has one record for each step, and each withdrawal
//! one that says which transaction pays it: what became of that is found by the transaction.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{
    AuditKind,
    chain::{Subject, append},
};
use crate::{
    ledger::{Amount, BlockId, MilestoneIndex, TransactionId},
    store::{
        StoreError, hex,
        payment::{self, NewPaymentRow, OutputRole, PaymentRow},
        withdrawal::{self, NewWithdrawalRow, WithdrawalRow, WithdrawalStage},
    },
};

/// A withdrawal was asked for.
///
/// # Errors
/// [`StoreError`].
pub fn withdrawal_requested(tx: &Transaction<'_>, new: &NewWithdrawalRow) -> Result<(), StoreError> {
    let subject = Subject { account: Some(new.account), key: Some(&new.key), transaction: None };
    let details = json!({ "digest": hex(&new.digest), "address": new.address, "amount": new.amount });
    append(tx, AuditKind::WithdrawalRequested, subject, details)
}

/// Inputs were chosen and a transaction signed, which is in the database, with the withdrawals in it, under `row`: what was
/// asked for, what was chosen, and what each withdrawal is paid by.
///
/// # Errors
/// [`StoreError`].
pub fn signed(tx: &Transaction<'_>, new: &NewPaymentRow, row: i64) -> Result<(), StoreError> {
    let withdrawals = withdrawal::of_payment(tx, row)?;
    let subject =
        Subject { account: Some(new.account), key: new.key.as_deref(), transaction: Some(&new.transaction_id) };
    let asked = new.outputs.iter().filter(|output| output.role == OutputRole::Payee);
    let (recipients, amount) = (asked.clone().count(), sum(asked.map(|output| output.amount)));
    if withdrawals.is_empty() && recipients > 0 {
        let details = json!({ "digest": hex(&new.digest), "recipients": recipients, "amount": amount });
        append(tx, AuditKind::PaymentRequested, subject, details)?;
    }
    let contests = match new.contests {
        Some(row) => payment::by_row(tx, row)?.map(|contested| contested.transaction_id),
        None => None,
    };
    let details = json!({
        "purpose": purpose(new, !withdrawals.is_empty()),
        "digest": hex(&new.digest),
        "inputs": new.inputs.iter().map(|input| input.output_id).collect::<Vec<_>>(),
        "inputAmount": sum(new.inputs.iter().map(|input| input.amount)),
        "outputs": new.outputs.len(),
        "recipients": recipients,
        "amount": amount,
        "remainder": new.remainder,
        "contests": contests,
    });
    append(tx, AuditKind::TransactionSigned, subject, details)?;
    withdrawals.iter().try_for_each(|row| withdrawal_bound(tx, row))
}

/// What a transaction is for, by what its outputs are.
fn purpose(new: &NewPaymentRow, pays_withdrawals: bool) -> &'static str {
    let has = |role| new.outputs.iter().any(|output| output.role == role);
    if pays_withdrawals {
        "withdrawals"
    } else if new.contests.is_some() {
        "contest"
    } else if has(OutputRole::Payee) {
        "payment"
    } else if has(OutputRole::Claim) || has(OutputRole::DepositReturn) {
        "claim"
    } else if has(OutputRole::Sweep) {
        "sweep"
    } else {
        "consolidation"
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Option<Amount> {
    Amount::checked_sum(amounts)
}

/// A payment is submitted no more, because the transaction `by` contests it; for the sake of a withdrawal in it, if one is
/// named; and why, when nobody asked for it.
///
/// # Errors
/// [`StoreError`].
pub fn contested(
    tx: &Transaction<'_>,
    contested: i64,
    named: Option<i64>,
    by: &TransactionId,
    why: Option<&str>,
) -> Result<(), StoreError> {
    let row = payment::by_row(tx, contested)?.ok_or_else(|| StoreError::corrupt("a contested payment is gone"))?;
    let mut details = json!({ "by": by });
    if let Some(why) = why {
        details["reason"] = json!(why);
    }
    append(tx, AuditKind::TransactionContested, of_payment(&row), details)?;
    named.map_or(Ok(()), |named| cancel_requested(tx, named))
}

/// A withdrawal that a transaction pays is to be cancelled, if its contest wins.
///
/// # Errors
/// [`StoreError`].
pub fn cancel_requested(tx: &Transaction<'_>, row: i64) -> Result<(), StoreError> {
    let row = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
    append(tx, AuditKind::WithdrawalCancelRequested, of_withdrawal(&row), json!({}))
}

/// A withdrawal is in no transaction any more: it is cancelled, or waits for another one.
///
/// # Errors
/// [`StoreError`].
pub fn withdrawal_left(tx: &Transaction<'_>, row: &WithdrawalRow) -> Result<(), StoreError> {
    let kind = if row.stage == WithdrawalStage::Cancelled {
        AuditKind::WithdrawalCancelled
    } else {
        AuditKind::WithdrawalReleased
    };
    append(tx, kind, of_withdrawal(row), json!({}))
}

/// Rules, the reviewer or a person moved a withdrawal that no transaction pays to the stage in which it is now.
///
/// # Errors
/// [`StoreError`].
pub fn withdrawal_judged(tx: &Transaction<'_>, row: &WithdrawalRow) -> Result<(), StoreError> {
    let kind = match row.stage {
        WithdrawalStage::AwaitingReview | WithdrawalStage::AwaitingApproval => AuditKind::WithdrawalHeld,
        WithdrawalStage::Refused => AuditKind::WithdrawalRefused,
        WithdrawalStage::Requested | WithdrawalStage::Assigned | WithdrawalStage::Cancelled => {
            AuditKind::WithdrawalAllowed
        }
    };
    let mut details = json!({ "stage": row.stage.name(), "reason": row.reason });
    if kind == AuditKind::WithdrawalAllowed {
        details["approvals"] = row.approvals.len().into();
    }
    append(tx, kind, of_withdrawal(row), details)
}

/// The rules refused a payment of its own.
///
/// # Errors
/// [`StoreError`].
pub fn payment_refused(
    tx: &Transaction<'_>,
    account: u32,
    key: Option<&str>,
    digest: &[u8; 32],
    rule: &str,
    reason: &str,
) -> Result<(), StoreError> {
    let subject = Subject { account: Some(account), key, transaction: None };
    append(tx, AuditKind::PaymentRefused, subject, json!({ "digest": hex(digest), "rule": rule, "reason": reason }))
}

/// A person approved a withdrawal, as the `count`th.
///
/// # Errors
/// [`StoreError`].
pub fn withdrawal_approved(
    tx: &Transaction<'_>,
    row: &WithdrawalRow,
    approver: &str,
    count: usize,
) -> Result<(), StoreError> {
    let details = json!({ "approver": approver, "count": count });
    append(tx, AuditKind::WithdrawalApproved, of_withdrawal(row), details)
}

/// A payment that the backup does not know was found: in the key journal or on the ledger.
///
/// # Errors
/// [`StoreError`].
pub fn recovered(tx: &Transaction<'_>, row: &PaymentRow, source: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::TransactionRecovered, of_payment(row), json!({ "source": source }))
}

/// A person said for which key a recovered payment was made.
///
/// # Errors
/// [`StoreError`].
pub fn recovered_named(tx: &Transaction<'_>, row: &PaymentRow, key: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::RecoveredNamed, Subject { key: Some(key), ..of_payment(row) }, json!({}))
}

/// A person said that a recovered payment is none of what will be asked for.
///
/// # Errors
/// [`StoreError`].
pub fn recovered_dismissed(tx: &Transaction<'_>, row: &PaymentRow) -> Result<(), StoreError> {
    append(tx, AuditKind::RecoveredDismissed, of_payment(row), json!({}))
}

/// A recovered payment, which has its key by now, answers it; and no longer the dead one that had the key before.
///
/// # Errors
/// [`StoreError`].
pub fn key_bound(tx: &Transaction<'_>, row: &PaymentRow, instead_of: Option<&TransactionId>) -> Result<(), StoreError> {
    let details = json!({ "digest": hex(&row.digest), "insteadOf": instead_of });
    append(tx, AuditKind::KeyBound, of_payment(row), details)
}

/// A transaction pays a withdrawal, by the output that is named.
///
/// # Errors
/// [`StoreError`].
pub fn withdrawal_bound(tx: &Transaction<'_>, row: &WithdrawalRow) -> Result<(), StoreError> {
    let output = row.assignment.map(|assignment| assignment.output_id);
    append(tx, AuditKind::WithdrawalAssigned, of_withdrawal(row), json!({ "output": output }))
}

/// A person said what became of a payment of which the ledger does not tell it any more. The end has a record of its own.
///
/// # Errors
/// [`StoreError`].
pub fn resolved(tx: &Transaction<'_>, row: &PaymentRow, outcome: &str, reason: &str) -> Result<(), StoreError> {
    let details = json!({ "outcome": outcome, "reason": reason });
    append(tx, AuditKind::TransactionResolved, of_payment(row), details)
}

/// A node took a block with a transaction. Written when the block is in the database.
///
/// # Errors
/// [`StoreError`].
pub fn submitted(tx: &Transaction<'_>, row: &PaymentRow, block: BlockId) -> Result<(), StoreError> {
    let attempt = payment::attachments(tx, row.row)?.0;
    append(tx, AuditKind::TransactionSubmitted, of_payment(row), json!({ "block": block, "attempt": attempt }))
}

/// Nodes refuse a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn rejected(tx: &Transaction<'_>, row: &PaymentRow, reason: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::TransactionRejected, of_payment(row), json!({ "reason": reason }))
}

/// A milestone applied a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn confirmed(tx: &Transaction<'_>, row: &PaymentRow, at: MilestoneIndex) -> Result<(), StoreError> {
    ended(tx, AuditKind::TransactionConfirmed, row, json!({ "milestone": at }))
}

/// A transaction can never be applied.
///
/// # Errors
/// [`StoreError`].
pub fn dead(tx: &Transaction<'_>, row: &PaymentRow, at: MilestoneIndex, reason: &str) -> Result<(), StoreError> {
    ended(tx, AuditKind::TransactionDead, row, json!({ "milestone": at, "reason": reason }))
}

/// The transaction that contested this one was applied.
///
/// # Errors
/// [`StoreError`].
pub fn cancelled(tx: &Transaction<'_>, row: &PaymentRow, at: MilestoneIndex, reason: &str) -> Result<(), StoreError> {
    ended(tx, AuditKind::TransactionCancelled, row, json!({ "milestone": at, "reason": reason }))
}

fn ended(tx: &Transaction<'_>, kind: AuditKind, row: &PaymentRow, details: Value) -> Result<(), StoreError> {
    append(tx, kind, of_payment(row), details)
}

fn of_payment(row: &PaymentRow) -> Subject<'_> {
    Subject { account: Some(row.account), key: row.key.as_deref(), transaction: Some(&row.transaction_id) }
}

fn of_withdrawal(row: &WithdrawalRow) -> Subject<'_> {
    let transaction = row.assignment.as_ref().map(|assignment| &assignment.transaction_id);
    Subject { account: Some(row.account), key: Some(&row.key), transaction }
}
