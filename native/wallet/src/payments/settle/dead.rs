//! How a payment ends that can never be applied.

use rusqlite::Transaction;

use super::{
    super::{
        PaymentError, PaymentState,
        bind::bind_waiting,
        inclusion::{self, Inclusion},
    },
    denounce,
    ends::set_free,
    release,
};
use crate::{
    audit,
    events::LedgerEvent,
    ledger::{OutputId, Position, TransactionId},
    store::{
        StoreError, output,
        payment::{self, PaymentRow},
        restore,
    },
};

/// Ends a payment of which an input was spent by another transaction; none: nobody knows which one did it. That was another signer,
/// unless it is one of ours or may be the wallet's before a restore.
pub(super) fn end_dead(
    tx: &Transaction<'_>,
    milestone: &Position,
    payment: &PaymentRow,
    (input, spent_by): (&OutputId, Option<&TransactionId>),
    reason: String,
    events: &mut Vec<LedgerEvent>,
) -> Result<(), PaymentError> {
    // when nobody knows what spent an input, a contest of ours that spends it is the likely one
    let contested = match payment::open_contest(tx, payment.row)? {
        Some(contest) => payment::inputs(tx, contest.row)?.iter().any(|spent| spent.output_id == *input),
        None => false,
    };
    // who hears that one is dead gives the money back: as long as payments are frozen, what it was to pay may have been paid otherwise
    let may_be_paid = restore::payments_frozen(tx)?.is_some();
    if !bury_one(tx, milestone, (payment, may_be_paid), reason.clone(), events)? {
        return Ok(());
    }
    // an output is in one open payment and its contest at most: what spent it and is not known is none of ours
    let ours = match spent_by {
        Some(spent_by) => payment::by_transaction(tx, spent_by)?.is_some(),
        None => contested,
    };
    // after a restore it may be our own, made after the backup, of which nobody has the bytes; payments stay frozen then
    if !ours && !is_others(tx, input, milestone)? && !restore::note_unknown(tx, &reason)? {
        denounce(tx, &reason)?;
    }
    Ok(())
}

/// Ends one payment as dead, with its event. Its withdrawals are dead with it, or wait again when they `may_be_paid` by another one,
/// which is still to be seen. False: it had ended.
pub(super) fn bury_one(
    tx: &Transaction<'_>,
    milestone: &Position,
    (payment, may_be_paid): (&PaymentRow, bool),
    reason: String,
    events: &mut Vec<LedgerEvent>,
) -> Result<bool, PaymentError> {
    if !payment::end(tx, payment.row, PaymentState::Dead, Some(&reason), milestone)? {
        return Ok(false);
    }
    audit::payments::dead(tx, payment, milestone.index, &reason)?;
    release(tx, payment)?;
    // what its contest spends stays reserved as long as that may be applied
    if let Some(contest) = payment::open_contest(tx, payment.row)? {
        for input in payment::inputs(tx, contest.row)? {
            if !output::lock(tx, &input.output_id, contest.row)? {
                output::lock_held(tx, &input.output_id, contest.row)?;
            }
        }
    }
    // what was paid by one that was found on the ledger is told as that only
    bind_waiting(tx)?;
    let freed = if may_be_paid { set_free(tx, payment.row)? } else { Vec::new() };
    let payment = payment::by_row(tx, payment.row)?
        .ok_or_else(|| StoreError::corrupt("a payment that has just ended is gone"))?;
    events.extend(inclusion::events(tx, &payment, Inclusion::Conflicting { milestone: milestone.index, reason })?);
    events.extend(freed);
    Ok(true)
}

/// Whether an output that a payment of ours claims belongs to somebody else by this milestone's time.
fn is_others(tx: &Transaction<'_>, input: &OutputId, milestone: &Position) -> Result<bool, PaymentError> {
    let Some(row) = output::by_id(tx, input)? else { return Ok(false) };
    let heir = row.details.conditions.heir_at(milestone.time);
    Ok(match heir {
        Some(heir) => payment::address_key(tx, heir)?.is_none(),
        None => false,
    })
}
