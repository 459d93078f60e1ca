//! The durable events that say where a payment and the withdrawals in it stand.

use rusqlite::Connection;

use super::PaymentError;
use crate::{
    events::{InclusionState, LedgerEvent, TransactionInclusion, WithdrawalChanged},
    ledger::MilestoneIndex,
    store::{
        account,
        payment::{self, PaymentRow},
        withdrawal::{self, WithdrawalRow},
    },
};

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inclusion {
    /// It is signed, or carried by a block again after it was rejected.
    Pending,
    /// A milestone applied it.
    Confirmed {
        /// Which.
        milestone: MilestoneIndex,
        /// What of it nobody gets.
        reason: Option<String>,
    },
    /// Another transaction spent an input.
    Conflicting {
        /// In this milestone.
        milestone: MilestoneIndex,
        /// Which input and by what.
        reason: String,
    },
    /// Nodes refuse it.
    Rejected {
        /// A node's words.
        reason: String,
    },
    /// Its contest was applied.
    Cancelled {
        /// By this milestone.
        milestone: MilestoneIndex,
        /// Which transaction contested it.
        reason: String,
    },
}

/// The event for a payment, with the newest block that carried it, or the one that confirmed it if that is certain by now, and one
/// for each withdrawal that is in it.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn events(
    conn: &Connection,
    payment: &PaymentRow,
    what: Inclusion,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let alias = alias(conn, payment.account)?;
    let mut events = vec![LedgerEvent::TransactionInclusion(inclusion(conn, payment, &alias, what)?)];
    for row in withdrawal::of_payment(conn, payment.row)? {
        events.push(changed(row, &alias));
    }
    Ok(events)
}

/// The event for a withdrawal, as it stands.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn withdrawal_event(conn: &Connection, row: WithdrawalRow) -> Result<LedgerEvent, PaymentError> {
    let alias = alias(conn, row.account)?;
    Ok(changed(row, &alias))
}

fn alias(conn: &Connection, account: u32) -> Result<String, PaymentError> {
    Ok(account::by_index(conn, account)?.map_or_else(String::new, |account| account.alias))
}

fn changed(row: WithdrawalRow, alias: &str) -> LedgerEvent {
    let state = row.state();
    LedgerEvent::Withdrawal(WithdrawalChanged {
        idempotency_key: row.key,
        account: row.account,
        alias: alias.to_owned(),
        address: row.address,
        amount: row.amount,
        state,
        reason: row.reason,
        transaction_id: row.assignment.map(|assignment| assignment.transaction_id),
        output_id: row.assignment.map(|assignment| assignment.output_id),
        milestone: row.assignment.and_then(|assignment| assignment.milestone_index),
    })
}

fn inclusion(
    conn: &Connection,
    payment: &PaymentRow,
    alias: &str,
    what: Inclusion,
) -> Result<TransactionInclusion, PaymentError> {
    let block_id = payment::carrier(conn, payment, matches!(what, Inclusion::Confirmed { .. }))?.1;
    let (state, milestone, reason) = match what {
        Inclusion::Pending => (InclusionState::Pending, None, None),
        Inclusion::Confirmed { milestone, reason } => (InclusionState::Confirmed, Some(milestone), reason),
        Inclusion::Conflicting { milestone, reason } => (InclusionState::Conflicting, Some(milestone), Some(reason)),
        Inclusion::Rejected { reason } => (InclusionState::Rejected, None, Some(reason)),
        Inclusion::Cancelled { milestone, reason } => (InclusionState::Cancelled, Some(milestone), Some(reason)),
    };
    Ok(TransactionInclusion {
        transaction_id: payment.transaction_id,
        idempotency_key: payment.key.clone(),
        account: payment.account,
        alias: alias.to_owned(),
        state,
        reason,
        block_id,
        milestone,
        repaired: false,
    })
}
