//! The key journal: one small record for each signed transaction, in a file of its own that can lie on other storage.
//!
//! **Before the first byte leaves.** A payment is in the database, then here and synced, then submitted. Those that are ready
//! together share one sync. As long as the journal cannot be written, nothing new is submitted.
//! **Append only.** Nothing of it is ever changed or removed; what a crash left half written at its end is cut off.
//! **All that the wallet has paid.** A journal that is not there is made of the database's payments.
//! **Read when a backup is restored** (`recover`): payments that were signed after the backup are in the database again, open,
//! and milestones end them as ever. So a key that was used after the backup answers its payment.
//! **Never behind it.** A database that does not know the journal's last payment is an old copy, and the wallet refuses it.
//!
//! `format` (bytes), `record` (what is kept), `gather` (from the database), `file`.

mod error;
mod file;
pub(crate) mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod gather;
mod record;
mod recover;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub use self::{error::JournalError, recover::recover};
use self::{file::Opened, record::Record};
use crate::store::{Store, payment::PaymentRow, withdrawal::WithdrawalRow};

/// A wallet's key journal. Safe to use from any thread; never waits for the database's writer.
pub struct Journal {
    path: PathBuf,
    store: Arc<Store>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    opened: Option<Opened>,
    closed: bool,
    /// What is in the database and could not be written here yet.
    waiting: Vec<Record>,
}

impl Journal {
    /// The journal of a wallet at this path. Opens nothing.
    #[must_use]
    pub fn new(path: PathBuf, store: Arc<Store>) -> Self {
        Self { path, store, state: Mutex::default() }
    }

    /// Opens it, or makes it, when the wallet knows its network and seed; else it is made with the first payment. Reads the whole
    /// file.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin(&self) -> Result<(), JournalError> {
        self.ready(&mut self.lock()).map(drop)
    }

    /// Adds payments that are in the database, in the order of signing. They are on disk when this returns.
    ///
    /// # Errors
    /// [`JournalError`]; none of them may be submitted then.
    pub(super) fn write(&self, rows: &[PaymentRow]) -> Result<(), JournalError> {
        let mut state = self.lock();
        let known = &self.ready(&mut state)?.ok_or_else(nameless)?.known;
        let new: Vec<_> = rows.iter().filter(|row| !known.contains(&row.transaction_id)).collect();
        let records = self.store.readers().read(|conn| new.iter().map(|row| gather::signed(conn, row)).collect());
        self.append(&mut state, records?)
    }

    /// Adds that a withdrawal is cancelled, which is in the database. On disk when this returns; after an error it is
    /// written with what is written next.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn cancelled(&self, row: WithdrawalRow) -> Result<(), JournalError> {
        let mut state = self.lock();
        state.waiting.push(gather::cancelled(row));
        self.append(&mut state, Vec::new())
    }

    /// Writes what could not be written before.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn flush(&self) -> Result<(), JournalError> {
        self.append(&mut self.lock(), Vec::new())
    }

    /// Gives the file free. Idempotent.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        (state.opened, state.closed) = (None, true);
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready<'a>(&self, state: &'a mut State) -> Result<Option<&'a mut Opened>, JournalError> {
        if state.closed {
            return Err(JournalError::Closed);
        }
        if state.opened.as_ref().is_none_or(Opened::is_gone) {
            // its lock goes first
            state.opened = None;
            state.opened = Opened::of(&self.store, &self.path)?;
        }
        Ok(state.opened.as_mut())
    }

    fn append(&self, state: &mut State, records: Vec<Record>) -> Result<(), JournalError> {
        let mut all = std::mem::take(&mut state.waiting);
        let before = all.len();
        all.extend(records);
        if all.is_empty() {
            return Ok(());
        }
        let written = match self.ready(state) {
            Ok(Some(opened)) => opened.append(&self.path, &all),
            // nothing was ever paid: what is to be kept is in the database, of which the journal will be made
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if written.is_err() {
            all.truncate(before);
            state.waiting = all;
        }
        written
    }
}

fn nameless() -> JournalError {
    crate::store::StoreError::corrupt("a payment without network or seed").into()
}

/// The transactions of a journal, in its order.
#[cfg(test)]
pub(super) fn transactions(path: &Path) -> Vec<crate::ledger::TransactionId> {
    let file = file::open_file(path, false).unwrap().unwrap();
    let mut reader = file::read(&file, path).unwrap();
    let mut ids = Vec::new();
    while let Some(content) = reader.next().unwrap() {
        ids.extend(record::transaction(&content));
    }
    ids
}
