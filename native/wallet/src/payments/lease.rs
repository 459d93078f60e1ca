//! Outputs that a payment in the making has chosen, before its locks are on disk.
//!
//! Leases live in memory: after a crash there are none, and nothing was signed that is not on disk.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    PaymentError,
    select::{Candidate, Selection},
};
use crate::ledger::{Amount, OutputId};

/// What is leased: the account and amount of each output.
pub(super) type Leased = HashMap<OutputId, (u32, Amount)>;

/// All leases of a wallet.
#[derive(Clone, Debug, Default)]
pub(super) struct Leases(Arc<Mutex<Leased>>);

/// The outputs of one selection; they are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    leases: Leases,
    selection: Selection,
}

impl Leases {
    /// Runs `choose` with what is leased now, and leases what it chooses before anybody else can choose.
    ///
    /// # Errors
    /// Those of `choose`.
    pub(super) fn choose(
        &self,
        choose: impl FnOnce(&Leased) -> Result<Selection, PaymentError>,
    ) -> Result<Lease, PaymentError> {
        let mut leased = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let selection = choose(&leased)?;
        leased.extend(selection.inputs.iter().map(|input| (input.id, (input.key.account, input.amount))));
        drop(leased);
        Ok(Lease { leases: self.clone(), selection })
    }
}

impl Leases {
    /// Runs `look` with what is leased now.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Leased) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Lease {
    /// What was chosen.
    pub(super) fn inputs(&self) -> &[Candidate] {
        &self.selection.inputs
    }

    /// What remains of it.
    pub(super) fn remainder(&self) -> Amount {
        self.selection.remainder
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut leased = self.leases.0.lock().unwrap_or_else(PoisonError::into_inner);
        for input in &self.selection.inputs {
            leased.remove(&input.id);
        }
    }
}
