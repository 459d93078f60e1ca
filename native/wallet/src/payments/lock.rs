//! Outputs that the user reserves by hand.

use rusqlite::Transaction;

use super::{PaymentError, Payments, settle::reserve};
use crate::{
    audit,
    ledger::OutputId,
    store::{OutputClass, OutputRow, output},
};

impl Payments {
    /// Reserves plain outputs by hand, all or none: no payment spends them until they are freed by
    /// [`unlock_outputs`](Self::unlock_outputs), also after a restart. One that is reserved by hand already stays so.
    ///
    /// # Errors
    /// [`PaymentError::InputUnknown`], [`PaymentError::InputSpent`], [`PaymentError::InputNotPlain`],
    /// [`PaymentError::InputNotOurs`], and [`PaymentError::InputLocked`] when a payment, also a prepared one, reserves it: nothing was
    /// reserved.
    pub fn lock_outputs(&self, ids: Vec<OutputId>) -> Result<(), PaymentError> {
        self.release_expired();
        // nobody can choose them between the look and the commit
        self.leases.look(|leased| {
            if let Some(id) = ids.iter().find(|id| leased.contains_key(id)) {
                return Err(PaymentError::InputLocked(*id));
            }
            self.ports.store.writer().commit(move |tx| {
                ids.iter().try_for_each(|id| lock(tx, id))?;
                Ok(audit::wallet::outputs_locked(tx, &ids)?)
            })
        })
    }

    /// Frees outputs that were reserved by hand, all or none. One that is free stays so.
    ///
    /// # Errors
    /// [`PaymentError::InputUnknown`], and [`PaymentError::InputLocked`] when a payment reserves it: nothing was freed.
    pub fn unlock_outputs(&self, ids: Vec<OutputId>) -> Result<(), PaymentError> {
        self.ports.store.writer().commit(move |tx| {
            ids.iter().try_for_each(|id| {
                let row = known(tx, id)?;
                if row.locked_by.is_some_and(|owner| owner != output::BY_USER) {
                    return Err(PaymentError::InputLocked(*id));
                }
                output::unlock(tx, id, output::BY_USER)?;
                Ok::<_, PaymentError>(())
            })?;
            // a payment that the journal knows may spend one of them
            reserve(tx, ids.iter().copied())?;
            Ok::<_, PaymentError>(audit::wallet::outputs_unlocked(tx, &ids)?)
        })?;
        // withdrawals may have waited for them
        self.batches.applied();
        Ok(())
    }
}

fn known(tx: &Transaction<'_>, id: &OutputId) -> Result<OutputRow, PaymentError> {
    output::by_id(tx, id)?.ok_or(PaymentError::InputUnknown(*id))
}

fn lock(tx: &Transaction<'_>, id: &OutputId) -> Result<(), PaymentError> {
    let row = known(tx, id)?;
    if output::lock(tx, id, output::BY_USER)? || row.locked_by == Some(output::BY_USER) {
        return Ok(());
    }
    Err(match row {
        _ if row.spent_index.is_some() => PaymentError::InputSpent(*id),
        _ if row.class == OutputClass::Foreign => PaymentError::InputNotOurs(*id),
        _ if row.class != OutputClass::Plain => PaymentError::InputNotPlain(*id),
        _ => PaymentError::InputLocked(*id),
    })
}
