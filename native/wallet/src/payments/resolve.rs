//! What a person decides where the ledger does not tell it any more.
//!
//! **Never against the ledger.** A payment is resolved by hand only when no input of it can still be seen to be spent: each is spent
//! by nobody knows what, as after the repair of a gap, or was never seen and never will be, as when the key journal is newer than
//! what the nodes still have. **On the record:** with a reason, in the audit log.

use rusqlite::{Connection, Transaction};

use super::{
    PaymentError, PaymentRef, Payments,
    query::Payment,
    settle::{bury_resolved, foreign_signer, settle_found},
};
use crate::{
    audit, events,
    ledger::TransactionId,
    store::{
        MetaKey, StoreError, account, address, gap, meta, output,
        payment::{self, PaymentRow},
        restore,
    },
};

/// The most bytes of an evidence or a reason.
pub const EVIDENCE_LIMIT: usize = 1_024;

/// What became of a payment, by a person's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was applied: its recipients have the money.
    Confirmed,
    /// It was not and never will be: others took its inputs.
    Dead,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Dead => "dead",
        }
    }
}

impl Payments {
    /// Takes a person's word on what became of a payment that the ledger does not decide any more, and answers it as it is then.
    /// `reason` says how the person knows: for the audit log, 1 to [`EVIDENCE_LIMIT`] bytes. What follows from it is as if a
    /// milestone had shown it, but that a dead one is not taken for a sign of another signer. One that has ended with this outcome
    /// is answered as it is. Durable when it returns.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`]; [`PaymentError::Decidable`] when the ledger decides it or has decided otherwise;
    /// [`PaymentError::Words`], [`PaymentError::Store`]. Nothing was changed then.
    pub fn resolve(&self, id: &TransactionId, outcome: Outcome, reason: &str) -> Result<Payment, PaymentError> {
        let length = reason.len();
        if !(1..=EVIDENCE_LIMIT).contains(&length) {
            return Err(PaymentError::Words { what: "a reason", length, limit: EVIDENCE_LIMIT });
        }
        let (of, reason) = (*id, reason.to_owned());
        self.ports.store.writer().commit(move |tx| resolve(tx, &of, outcome, &reason))?;
        // it is submitted no more
        self.drive.changed();
        self.find(&PaymentRef::Transaction(*id))
    }

    /// Lets the wallet pay again after another signer was seen, on the word of a person who repeats the evidence. Does nothing when
    /// there is none. What is seen later halts payments again. Durable when it returns.
    ///
    /// # Errors
    /// [`PaymentError::Evidence`] when it is another one; [`PaymentError::Store`].
    pub fn release_foreign_signer(&self, evidence: &str) -> Result<(), PaymentError> {
        let given = evidence.to_owned();
        self.ports.store.writer().commit(move |tx| match foreign_signer(tx)? {
            None => Ok(()),
            Some(present) if present == given => {
                meta::remove(tx, MetaKey::ForeignSigner)?;
                Ok(audit::wallet::foreign_signer_released(tx, &present)?)
            }
            Some(_) => Err(PaymentError::Evidence),
        })?;
        self.unlocked();
        // what was held up
        self.drive.changed();
        Ok(())
    }
}

fn resolve(tx: &Transaction<'_>, id: &TransactionId, outcome: Outcome, reason: &str) -> Result<(), PaymentError> {
    let row = payment::by_transaction(tx, id)?.ok_or(PaymentError::NotFound)?;
    if row.state.name() == outcome.name() {
        return Ok(());
    }
    let cursor = meta::cursor(tx)?.ok_or(PaymentError::NetworkUnknown)?;
    if let Some(why) = decidable(tx, &row)? {
        return Err(PaymentError::Decidable { why });
    }
    if outcome == Outcome::Dead && is_seen(tx, &row)? {
        return Err(PaymentError::Decidable { why: "an output of it was seen" });
    }
    audit::payments::resolved(tx, &row, outcome.name(), reason)?;
    let told = match outcome {
        Outcome::Confirmed => settle_found(tx, &cursor.position, [*id])?,
        Outcome::Dead => bury_resolved(tx, &cursor.position, &row, reason)?,
    };
    events::append(tx, told)?;
    Ok(())
}

/// Why the ledger decides a payment; none: it cannot any more.
fn decidable(conn: &Connection, row: &PaymentRow) -> Result<Option<&'static str>, PaymentError> {
    if !row.state.is_open() {
        return Ok(Some("it has ended"));
    }
    if gap::present(conn)?.is_some() {
        return Ok(Some("the wallet stands before a gap, and its repair may show it"));
    }
    if restore::present(conn)?.is_some_and(|restore| !restore.checked) {
        return Ok(Some("the ledger was not followed to its newest milestone since the wallet was restored"));
    }
    for input in payment::inputs(conn, row.row)? {
        if let Some(why) = input_decides(conn, &input)? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// Whether an output of the payment was booked: then it was applied.
fn is_seen(conn: &Connection, row: &PaymentRow) -> Result<bool, PaymentError> {
    for created in payment::outputs(conn, row.row)? {
        if output::by_id(conn, &created.output_id)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why an input still shows what becomes of the payment that spends it.
fn input_decides(conn: &Connection, input: &payment::PaymentInputRow) -> Result<Option<&'static str>, PaymentError> {
    if let Some(held) = output::by_id(conn, &input.output_id)? {
        return Ok(match (held.spent_index, held.spent_by) {
            _ if held.lost_index.is_some() => None,
            (None, _) => Some("an input of it is unspent"),
            (Some(_), Some(_)) => Some("it is known what spent an input of it"),
            (Some(_), None) => None,
        });
    }
    // what comes to an address whose past is not known yet is still to be looked for
    let Some(key) = payment::address_key(conn, &input.address)? else { return Ok(None) };
    let late = account::is_undiscovered(conn, key.account)? || address::is_unchecked(conn, key)?;
    Ok(late.then_some("what an address of it holds was not looked for yet"))
}

/// Whether it takes a person's word to end an open payment.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn is_undecidable(conn: &Connection, row: i64) -> Result<bool, PaymentError> {
    let row = payment::by_row(conn, row)?.ok_or_else(|| StoreError::corrupt("a payment is gone"))?;
    Ok(decidable(conn, &row)?.is_none())
}
