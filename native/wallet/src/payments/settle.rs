//! What a milestone did to payments. The only place where a payment ends.

mod dead;
mod ends;

use rusqlite::{Connection, Transaction};

pub use super::{bind::bind_waiting, recovered::adopt};

use self::{
    dead::{bury_one, end_dead},
    ends::{When, confirm},
};
use super::PaymentError;
use crate::{
    audit,
    events::LedgerEvent,
    ledger::{MilestoneIndex, OutputId, Position, TransactionId},
    store::{
        HoldingsChange, MetaKey, account, gap, meta, output,
        payment::{self, PaymentRow},
        recovery, restore,
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
/// on the wallet refuses to pay ([`PaymentError::ForeignSigner`]); unless the input has expired in somebody else's favour,
/// who may well spend it. A payment whose contest is confirmed is cancelled, and a
/// contest whose payment is confirmed dies.
///
/// # Errors
/// [`PaymentError::Store`]; the milestone must not be committed then.
pub fn settle(
    tx: &Transaction<'_>,
    milestone: &Position,
    created: impl IntoIterator<Item = TransactionId>,
    consumed: &[(OutputId, TransactionId)],
) -> Result<Vec<LedgerEvent>, PaymentError> {
    settle_by(tx, (milestone, When::Now), created, consumed)
}

fn settle_by(
    tx: &Transaction<'_>,
    (milestone, when): (&Position, When),
    created: impl IntoIterator<Item = TransactionId>,
    consumed: &[(OutputId, TransactionId)],
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    for transaction in created {
        confirm(tx, (milestone, when), &transaction, &mut events)?;
    }
    for (id, spent_by) in consumed {
        confirm(tx, (milestone, when), spent_by, &mut events)?;
        for dead in payment::open_by_input(tx, id)? {
            kill(tx, milestone, &dead, id, spent_by, &mut events)?;
        }
    }
    Ok(events)
}

/// The same of what was applied by `milestone` at the latest: which milestone did it, and at what time, is not known.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub fn settle_until(
    tx: &Transaction<'_>,
    milestone: &Position,
    created: impl IntoIterator<Item = TransactionId>,
    consumed: &[(OutputId, TransactionId)],
) -> Result<Vec<LedgerEvent>, PaymentError> {
    settle_by(tx, (milestone, When::Unknown), created, consumed)
}

/// Ends the open payments among these transactions as confirmed, of which it is known by other means than a milestone's diff that
/// they were applied, by `milestone` at the latest.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub fn settle_found(
    tx: &Transaction<'_>,
    milestone: &Position,
    found: impl IntoIterator<Item = TransactionId>,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    for id in found {
        let Some(row) = payment::by_transaction(tx, &id)?.filter(|row| row.state.is_open()) else { continue };
        let consumed: Vec<_> = payment::inputs(tx, row.row)?.into_iter().map(|input| (input.output_id, id)).collect();
        events.extend(settle_until(tx, milestone, [id], &consumed)?);
    }
    Ok(events)
}

/// Ends the payments that claim outputs which belong to another address by this milestone: nobody can apply them any more. Called in the
/// milestone's own transaction after [`settle`], with the ids of those outputs.
/// Answers the events that say so.
///
/// # Errors
/// [`PaymentError::Store`]; the milestone must not be committed then.
pub fn expire(
    tx: &Transaction<'_>,
    milestone: &Position,
    expired: impl IntoIterator<Item = OutputId>,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    for id in expired {
        for payment in payment::open_by_input(tx, &id)? {
            let reason = format!("input {id} expired before milestone {} applied the transaction", milestone.index);
            bury_one(tx, milestone, (&payment, false), reason, &mut events)?;
        }
    }
    Ok(events)
}

/// Reserves outputs that were booked, or have become spendable, or are free again, for the open payments that spend them: after a
/// restore the key journal knows payments of outputs which came after the backup, or which others have reserved since. Called in
/// the transaction that books or frees them; when it books them, before [`settle`]. Does nothing in a wallet that was never restored.
///
/// # Errors
/// [`PaymentError::Store`]; the transaction must not be committed then.
pub fn reserve(tx: &Transaction<'_>, booked: impl IntoIterator<Item = OutputId>) -> Result<(), PaymentError> {
    if restore::present(tx)?.is_none() {
        return Ok(());
    }
    for id in booked {
        // what a contest spends belongs to the payment that it contests
        if let Some(payment) = payment::open_by_input(tx, &id)?.first()
            && !output::lock(tx, &id, payment.row)?
        {
            output::lock_held(tx, &id, payment.row)?;
        }
    }
    Ok(())
}

/// The transactions of all open payments: what `scan` has to watch for.
///
/// # Errors
/// [`PaymentError::Store`].
pub fn pending(conn: &Connection) -> Result<Vec<TransactionId>, PaymentError> {
    Ok(payment::open(conn)?.into_iter().map(|payment| payment.transaction_id).collect())
}

/// Which of our outputs another signer has spent, if one was seen.
pub(super) fn foreign_signer(conn: &Connection) -> Result<Option<String>, PaymentError> {
    let evidence = meta::get(conn, MetaKey::ForeignSigner)?;
    Ok(evidence.map(|evidence| String::from_utf8_lossy(&evidence).into_owned()))
}

/// Refuses to sign while anything stands in the way of every payment: another signer, a restore that has payments frozen, a gap,
/// a search of the seed before its release.
///
/// # Errors
/// [`PaymentError::ForeignSigner`], [`PaymentError::Frozen`], [`PaymentError::Gap`], [`PaymentError::IssuingFrozen`],
/// [`PaymentError::Store`].
pub(super) fn refuse_to_pay(conn: &Connection) -> Result<(), PaymentError> {
    refuse_foreign_signer(conn)?;
    refuse_to_stop(conn)?;
    if recovery::frozen(conn)?.is_some() { Err(PaymentError::IssuingFrozen) } else { Ok(()) }
}

/// The same for what stops a payment of ours: it pays only ourselves, so another signer is no reason against it.
pub(super) fn refuse_to_stop(conn: &Connection) -> Result<(), PaymentError> {
    refuse_frozen(conn)?;
    refuse_gap(conn)
}

/// Refuses to go on when another signer was seen.
pub(super) fn refuse_foreign_signer(conn: &Connection) -> Result<(), PaymentError> {
    foreign_signer(conn)?.map_or(Ok(()), |evidence| Err(PaymentError::ForeignSigner { evidence }))
}

/// Refuses to pay while the wallet stands before a gap.
fn refuse_gap(conn: &Connection) -> Result<(), PaymentError> {
    if gap::present(conn)?.is_some() { Err(PaymentError::Gap) } else { Ok(()) }
}

/// Refuses to pay when a restore has payments frozen.
///
/// # Errors
/// [`PaymentError::Frozen`], [`PaymentError::Store`].
pub fn refuse_frozen(conn: &Connection) -> Result<(), PaymentError> {
    refuse_while(conn, |_, _| true)
}

/// Refuses to say of a payment that it is never made, as long as the wallet before a restore may have made it and the ledger can
/// still show it.
///
/// # Errors
/// [`PaymentError::Frozen`], [`PaymentError::Store`].
pub(super) fn refuse_unsettled(conn: &Connection) -> Result<(), PaymentError> {
    refuse_while(conn, |restored, cursor| !restored.checked || !restored.is_settled(cursor))
}

/// The same also as long as something was paid of which nobody will ever know any more what it was: that takes a person's word.
///
/// # Errors
/// [`PaymentError::Frozen`], [`PaymentError::Store`].
pub(super) fn refuse_unknown(conn: &Connection) -> Result<(), PaymentError> {
    refuse_unsettled(conn)?;
    refuse_while(conn, |restored, _| restored.unknown_own.is_some() || !restored.windows.is_empty())
}

fn refuse_while(
    conn: &Connection,
    reason: impl FnOnce(&restore::Restore, Option<MilestoneIndex>) -> bool,
) -> Result<(), PaymentError> {
    let Some(restored) = restore::payments_frozen(conn)? else { return Ok(()) };
    let cursor = meta::cursor(conn)?.map(|cursor| cursor.position.index);
    if reason(&restored, cursor) { Err(PaymentError::Frozen { reason: why_frozen(&restored, cursor) }) } else { Ok(()) }
}

fn why_frozen(restored: &restore::Restore, cursor: Option<MilestoneIndex>) -> String {
    let mut reasons = Vec::new();
    if !restored.checked {
        reasons.push("the ledger has to be followed to its newest milestone first".to_owned());
    }
    if let Some(from) = restored.free_from.filter(|from| cursor.is_none_or(|cursor| cursor < *from)) {
        let old = restored.journal_found && restored.journal_lacks;
        let why = if old { "the key journal is an old copy, and" } else { "without the key journal," };
        reasons.push(format!(
            "{why} what the lost wallet had sent may still be applied before milestone {from}: wait for it, or release \
             payments by hand"
        ));
    }
    if let Some(evidence) = &restored.unknown_own {
        reasons.push(format!(
            "something was paid after the backup, and nobody knows any more what it was made for; release payments by \
             hand: {evidence}"
        ));
    }
    if restored.journal_waiting > 0 {
        reasons.push(format!(
            "the key journal has {} records of accounts that are not there; make them again, or release payments by hand",
            restored.journal_waiting
        ));
    }
    for id in &restored.disputed {
        reasons.push(format!(
            "the key journal has transaction {id}, and a key of it was used for another payment; release payments by hand"
        ));
    }
    for window in &restored.windows {
        reasons.push(format!("nobody knows any more what was paid in {window}; release payments by hand"));
    }
    if reasons.is_empty() {
        reasons.push(
            "after skipping ahead, or when withdrawals wait since before the backup, release payments by hand"
                .to_owned(),
        );
    }
    reasons.join("; ")
}

/// Ends a payment of which one input was spent and another was not, when a gap is repaired at `milestone`: its own
/// transaction would have spent both. Nobody knows any more what did spend it.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub fn bury(
    tx: &Transaction<'_>,
    milestone: &Position,
    payment: &PaymentRow,
    input: &OutputId,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    let reason = format!(
        "input {input} was spent by another transaction before milestone {}, and is pruned with it",
        milestone.index
    );
    end_dead(tx, milestone, payment, (input, None), reason, &mut events)?;
    Ok(events)
}

/// Ends a payment as dead by a person's word, who has looked for what spent its inputs.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub(super) fn bury_resolved(
    tx: &Transaction<'_>,
    milestone: &Position,
    payment: &PaymentRow,
    reason: &str,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let mut events = Vec::new();
    // a word on the payment is none on what else may have paid its withdrawals
    let may_be_paid = restore::payments_frozen(tx)?.is_some();
    bury_one(tx, milestone, (payment, may_be_paid), format!("resolved by hand: {reason}"), &mut events)?;
    Ok(events)
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
    end_dead(tx, milestone, payment, (input, Some(spent_by)), reason, events)
}

/// Halts payments because somebody else spends with the seed. The first evidence stays.
///
/// # Errors
/// [`PaymentError::Store`].
pub fn denounce(tx: &Transaction<'_>, evidence: &str) -> Result<(), PaymentError> {
    if meta::get(tx, MetaKey::ForeignSigner)?.is_none() {
        tracing::error!(evidence, "another signer spends with this seed");
        meta::put(tx, MetaKey::ForeignSigner, evidence.as_bytes())?;
        audit::wallet::foreign_signer(tx, evidence)?;
    }
    Ok(())
}

/// Frees what an ended payment reserved and no longer counts what it would have brought back.
fn release(tx: &Transaction<'_>, payment: &PaymentRow) -> Result<(), PaymentError> {
    let inputs = payment::inputs(tx, payment.row)?;
    for input in &inputs {
        output::unlock(tx, &input.output_id, payment.row)?;
    }
    // another payment that the journal knows may spend one of them
    reserve(tx, inputs.into_iter().map(|input| input.output_id))?;
    let remainder = i64::try_from(payment.remainder.units()).expect("the column is a signed integer");
    account::change(tx, payment.account, &HoldingsChange { incoming: -remainder, ..HoldingsChange::default() })?;
    fail_point!("payment:ended");
    Ok(())
}
