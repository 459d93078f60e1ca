//! How a payment ends that was applied, and the one that it contested.

use rusqlite::Transaction;

use super::{
    super::{
        PaymentError, PaymentState,
        inclusion::{self, Inclusion},
    },
    release,
};
use crate::{
    audit,
    events::LedgerEvent,
    ledger::{MilestoneIndex, Position, TransactionId},
    store::{StoreError, payment, withdrawal},
};

/// When a transaction was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// By the milestone itself.
    Now,
    /// By an earlier one, or by it.
    Unknown,
}

/// Ends a payment that was applied, and the one that it contests.
pub(super) fn confirm(
    tx: &Transaction<'_>,
    (milestone, when): (&Position, When),
    transaction: &TransactionId,
    events: &mut Vec<LedgerEvent>,
) -> Result<(), PaymentError> {
    let Some(payment) = payment::by_transaction(tx, transaction)? else { return Ok(()) };
    let ended = match when {
        When::Now => payment::ended_offers(tx, payment.row, milestone.time)?,
        When::Unknown => Vec::new(),
    };
    let reason = (!ended.is_empty()).then(|| why_nothing(&ended, milestone.index));
    if payment::end(tx, payment.row, PaymentState::Confirmed, reason.as_deref(), milestone)? {
        audit::payments::confirmed(tx, &payment, milestone.index)?;
        release(tx, &payment)?;
        for position in ended {
            withdrawal::remark(tx, payment.row, position, &why_nothing(&[position], milestone.index))?;
        }
        let what = Inclusion::Confirmed { milestone: milestone.index, reason };
        events.extend(inclusion::events(tx, &payment, what)?);
        if let Some(contested) = payment.contests {
            cancel(tx, milestone, contested, transaction, events)?;
        }
    }
    Ok(())
}

/// What is to be said of offers that nobody could take up.
fn why_nothing(ended: &[u32], milestone: MilestoneIndex) -> String {
    let ended: Vec<String> = ended.iter().map(u32::to_string).collect();
    format!(
        "the time to claim was over when milestone {milestone} applied it: what it offered stayed the account's (output {})",
        ended.join(", ")
    )
}

/// Ends a payment whose contest was confirmed. The withdrawals in it that were to be cancelled are cancelled; the others are
/// requested again, in this very transaction: from now on nothing else can pay them.
fn cancel(
    tx: &Transaction<'_>,
    milestone: &Position,
    contested: i64,
    by: &TransactionId,
    events: &mut Vec<LedgerEvent>,
) -> Result<(), PaymentError> {
    let mut reason = format!("transaction {by}, which contests it, was confirmed in milestone {}", milestone.index);
    let before = payment::by_row(tx, contested)?.filter(|before| before.state == PaymentState::Cancelling);
    if let Some(why) = before.and_then(|before| before.reason) {
        reason = format!("{why}; {reason}");
    }
    if !payment::end(tx, contested, PaymentState::Cancelled, Some(&reason), milestone)? {
        return Ok(());
    }
    let payment = payment::by_row(tx, contested)?.ok_or_else(|| StoreError::corrupt("a contested payment is gone"))?;
    audit::payments::cancelled(tx, &payment, milestone.index, &reason)?;
    release(tx, &payment)?;
    let freed = set_free(tx, contested)?;
    events.extend(inclusion::events(tx, &payment, Inclusion::Cancelled { milestone: milestone.index, reason })?);
    events.extend(freed);
    Ok(())
}

/// Takes the withdrawals of a payment that can never be applied out of it: those that were to be cancelled are, the others are
/// requested again. Answers the events that say so.
pub(super) fn set_free(tx: &Transaction<'_>, payment: i64) -> Result<Vec<LedgerEvent>, PaymentError> {
    let freed = withdrawal::of_payment(tx, payment)?;
    withdrawal::release(tx, payment)?;
    fail_point!("withdrawal:released");
    let mut events = Vec::with_capacity(freed.len());
    for before in freed {
        if let Some(now) = withdrawal::by_row(tx, before.row)? {
            audit::payments::withdrawal_left(tx, &now)?;
            events.push(inclusion::withdrawal_event(tx, now)?);
        }
    }
    Ok(events)
}
