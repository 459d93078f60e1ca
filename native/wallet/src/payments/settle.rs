//! What a milestone did to payments. The only place where a payment ends.

use rusqlite::{Connection, Transaction};

use super::{
    PaymentError, PaymentState,
    inclusion::{self, Inclusion},
};
use crate::{
    events::LedgerEvent,
    ledger::{OutputId, Position, TransactionId},
    store::{
        HoldingsChange, MetaKey,
        account::{self},
        meta, output,
        payment::{self, PaymentRow},
    },
};

/// Ends the payments that a milestone confirmed or killed, and answers the events that say so.
///
/// `created` names the transactions that created outputs in this milestone, as far as they may be payments of ours;
/// `consumed` the outputs of ours that it consumed, each with the transaction that did. Called in the milestone's own
/// transaction, once, before or after the outputs are marked as spent. All of a payment's inputs that are not spent are
/// free again, and its remainder is no longer incoming. A payment that ended before is left alone, so a transaction
/// that was included through a second block changes nothing.
///
/// A payment dies when somebody else's transaction consumes an input: only this wallet's key can do that, so from then
/// on the wallet refuses to pay ([`PaymentError::ForeignSigner`]).
///
/// # Errors
/// [`PaymentError::Store`]; the milestone must not be committed then.
pub fn settle(
    tx: &Transaction<'_>,
    milestone: &Position,
    created: impl IntoIterator<Item = TransactionId>,
    consumed: &[(OutputId, TransactionId)],
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    for transaction in created {
        confirm(tx, milestone, &transaction, &mut events)?;
    }
    for (id, spent_by) in consumed {
        confirm(tx, milestone, spent_by, &mut events)?;
        if let Some(dead) = payment::open_by_input(tx, id)? {
            kill(tx, milestone, &dead, id, spent_by, &mut events)?;
        }
    }
    Ok(events)
}

/// The transactions of all open payments: what `scan` has to watch for.
///
/// # Errors
/// [`PaymentError::Store`].
pub fn pending(conn: &Connection) -> Result<Vec<TransactionId>, PaymentError> {
    Ok(payment::open(conn)?.into_iter().map(|payment| payment.transaction_id).collect())
}

/// Refuses to go on when another signer was seen.
pub(super) fn refuse_foreign_signer(conn: &Connection) -> Result<(), PaymentError> {
    match meta::get(conn, MetaKey::ForeignSigner)? {
        None => Ok(()),
        Some(evidence) => {
            Err(PaymentError::ForeignSigner { evidence: String::from_utf8_lossy(&evidence).into_owned() })
        }
    }
}

fn confirm(
    tx: &Transaction<'_>,
    milestone: &Position,
    transaction: &TransactionId,
    events: &mut Vec<LedgerEvent>,
) -> Result<(), PaymentError> {
    let Some(payment) = payment::by_transaction(tx, transaction)? else { return Ok(()) };
    if payment::end(tx, payment.row, PaymentState::Confirmed, None, milestone)? {
        release(tx, &payment)?;
        events.push(inclusion::event(tx, &payment, Inclusion::Confirmed(milestone.index))?);
    }
    Ok(())
}

fn kill(
    tx: &Transaction<'_>,
    milestone: &Position,
    payment: &PaymentRow,
    input: &OutputId,
    spent_by: &TransactionId,
    events: &mut Vec<LedgerEvent>,
) -> Result<(), PaymentError> {
    let reason = format!("input {input} was spent by transaction {spent_by} in milestone {}", milestone.index);
    if !payment::end(tx, payment.row, PaymentState::Dead, Some(&reason), milestone)? {
        return Ok(());
    }
    release(tx, payment)?;
    if payment::by_transaction(tx, spent_by)?.is_none() && meta::get(tx, MetaKey::ForeignSigner)?.is_none() {
        tracing::error!(payment = %payment.transaction_id, reason, "another signer spends with this seed");
        meta::put(tx, MetaKey::ForeignSigner, reason.as_bytes())?;
    }
    events.push(inclusion::event(tx, payment, Inclusion::Conflicting { milestone: milestone.index, reason })?);
    Ok(())
}

/// Frees what an ended payment reserved and no longer counts what it would have brought back.
fn release(tx: &Transaction<'_>, payment: &PaymentRow) -> Result<(), PaymentError> {
    for input in payment::inputs(tx, payment.row)? {
        output::unlock(tx, &input.output_id, payment.row)?;
    }
    let remainder = i64::try_from(payment.remainder.units()).expect("the column is a signed integer");
    account::change(tx, payment.account, &HoldingsChange { incoming: -remainder, ..HoldingsChange::default() })?;
    Ok(())
}
