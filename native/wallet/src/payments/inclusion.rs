//! The durable event that says where a payment stands.

use rusqlite::Connection;

use super::PaymentError;
use crate::{
    events::{InclusionState, LedgerEvent, TransactionInclusion},
    ledger::MilestoneIndex,
    store::{
        account,
        payment::{self, PaymentRow},
    },
};

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inclusion {
    /// It is signed, or carried by a block again after it was rejected.
    Pending,
    /// A milestone applied it.
    Confirmed(MilestoneIndex),
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
}

/// The event for a payment, with the newest block that carried it.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn event(conn: &Connection, payment: &PaymentRow, what: Inclusion) -> Result<LedgerEvent, PaymentError> {
    let block_id = payment::attachments(conn, payment.row)?.1.map(|newest| newest.block_id);
    let alias = account::by_index(conn, payment.account)?.map_or_else(String::new, |account| account.alias);
    let (state, milestone, reason) = match what {
        Inclusion::Pending => (InclusionState::Pending, None, None),
        Inclusion::Confirmed(milestone) => (InclusionState::Confirmed, Some(milestone), None),
        Inclusion::Conflicting { milestone, reason } => (InclusionState::Conflicting, Some(milestone), Some(reason)),
        Inclusion::Rejected { reason } => (InclusionState::Rejected, None, Some(reason)),
    };
    Ok(LedgerEvent::TransactionInclusion(TransactionInclusion {
        transaction_id: payment.transaction_id,
        idempotency_key: payment.key.clone(),
        account: payment.account,
        alias,
        state,
        reason,
        block_id,
        milestone,
    }))
}
