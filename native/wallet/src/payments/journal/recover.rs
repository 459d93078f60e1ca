//! What the journal knows and a restored database does not.
//!
//! Records are taken in the order of signing (`take`). Payments of an account that the backup does not have wait until the account
//! is made again, and are taken in the transaction that makes it: no account can pay before its payments are known.

use std::{path::Path, sync::Arc};

use rusqlite::Transaction;

use super::{
    JournalError,
    file::{check_identity, flawed, locked, missing, open_file, read},
    format::Identity,
    record::{Record, Seen},
    take::Taken,
};
use crate::{
    locks::patiently,
    payments::{PaymentError, Payments},
    store::{MetaKey, meta, restore},
};

/// Takes over what the journal at `path` knows and the database does not, in the transaction of a restore, and notes in
/// its state what was found.
///
/// # Errors
/// [`PaymentError::Journal`] when there is a file that is not this wallet's journal, or is damaged, or in use, or could not be gone
/// on with: nothing must be committed then.
pub fn recover(tx: &Transaction<'_>, path: &Path) -> Result<(), PaymentError> {
    let Some(file) = open_file(path, true)? else { return Ok(()) };
    // the wallet that was lost may not be so lost
    locked(path, patiently(|| file.try_lock_shared()))?;
    let taken = take_all(tx, path, &file)?;
    let Some(mut state) = restore::present(tx)? else { return Ok(()) };
    state.journal_found = true;
    state.journal_covers = taken.covers;
    state.journal_lacks |= taken.lacks;
    note(tx, state, taken)
}

impl Payments {
    /// Takes over the payments of accounts that a restored wallet has again.
    ///
    /// # Errors
    /// [`PaymentError::Journal`], [`PaymentError::Store`]; nothing was taken over then.
    pub fn recover_waiting(&self) -> Result<(), PaymentError> {
        if self.ports.store.readers().read(restore::present)?.is_none_or(|state| state.journal_waiting == 0) {
            return Ok(());
        }
        self.ports.store.writer().commit(self.waiting_taker())?;
        self.taken_over();
        Ok(())
    }

    /// The same for the transaction that makes accounts; [`taken_over`](Self::taken_over) is called after its commit. When it
    /// fails, that transaction must not be committed: the accounts could pay what they have paid.
    pub fn waiting_taker(&self) -> impl FnOnce(&Transaction<'_>) -> Result<(), PaymentError> + Send + use<> {
        let (journal, host) = (Arc::clone(&self.ports.journal), Arc::clone(&self.ports.host));
        move |tx| {
            let Some(state) = restore::present(tx)?.filter(|state| state.journal_waiting > 0) else { return Ok(()) };
            let file = open_file(journal.path(), false)?.ok_or_else(|| missing(journal.path()))?;
            let taken = take_all(tx, journal.path(), &file)?;
            // watched before a milestone is applied after the commit; without one it does no harm
            taken.payments.iter().for_each(|id| host.signed(id));
            // another file than that which they wait in knows nothing of them
            if taken.is_nothing() { Ok(()) } else { note(tx, state, taken) }
        }
    }

    /// Tells that [`waiting_taker`](Self::waiting_taker) is committed. Does not block.
    pub fn taken_over(&self) {
        self.drive.changed();
    }
}

fn note(tx: &Transaction<'_>, mut state: restore::Restore, taken: Taken) -> Result<(), PaymentError> {
    state.journal_payments += u32::try_from(taken.payments.len()).unwrap_or(u32::MAX);
    state.journal_waiting = taken.waiting;
    state.disputed.extend(taken.disputed);
    Ok(restore::put(tx, &state)?)
}

fn take_all(tx: &Transaction<'_>, path: &Path, file: &std::fs::File) -> Result<Taken, PaymentError> {
    let mut reader = read(file, path)?;
    let network = meta::network(tx)?.map(|network| network.id);
    let wallet = meta::get(tx, MetaKey::SeedAddress)?.map(|seed| Identity::new(0, &seed).wallet);
    check_identity(path, &reader.identity(), network, wallet)?;
    let mut taken = Taken::default();
    loop {
        let at = reader.end().at;
        let Some(content) = reader.next().map_err(|flaw| flawed(path, flaw))? else { break };
        let damaged = || JournalError::Damaged { path: path.to_owned(), at };
        match Record::decode(&content).ok_or_else(damaged)? {
            Record::Signed(signed) => taken.payment(tx, *signed)?,
            Record::Ended(withdrawal) => taken.ended(tx, &withdrawal)?,
            Record::Seen(Seen::NOTHING) => taken.lacks = true,
            Record::Seen(seen) => {
                // noted again when all that was on its way could have come
                taken.lacks = false;
                taken.covers = taken.covers.max(Some(seen.milestone));
            }
        }
    }
    // what is cut off at its end may have been whole and submitted, and cut by who copied the file
    taken.lacks |= reader.is_torn();
    Ok(taken)
}
