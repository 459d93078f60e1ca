//! The key journal: one small record for each signed transaction, in a file of its own that can lie on other storage.
//!
//! **Before the first byte leaves.** A payment is in the database, then here and synced, then submitted. Those that are ready
//! together share one sync. As long as the journal cannot be written, nothing new is submitted.
//! **Append only.** Nothing of it is ever changed or removed; what a crash left half written at its end is cut off.
//! **All that the wallet has paid.** A journal that is not there is made of the database's payments, and one that lacks any of
//! them gets it when it is opened (`compare`).
//! **Read when a backup is restored** (`recover`): payments that were signed after the backup are in the database again, open,
//! and milestones end them as ever. So a key that was used after the backup answers its payment.
//! **Never behind it.** A database that does not know a payment of the journal is an old copy, and the wallet refuses it.
//! **Never against it.** A payment of which a key was used for another one meanwhile is known, and never submitted (`take`).
//!
//! `format` (bytes), `record` (what is kept), `gather` (from the database), `compare` (with the database), `file`.

mod compare;
mod error;
mod file;
pub(crate) mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod gather;
mod record;
mod recover;
mod take;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

pub(crate) use self::file::try_place;
pub use self::{error::JournalError, recover::recover};
use self::{
    file::Opened,
    record::{Record, Seen},
};
use crate::store::{Store, payment::PaymentRow, withdrawal::WithdrawalRow};

/// Milestones between two notes of how far the ledger was followed: an hour of them.
const SEEN_EVERY: u32 = 720;

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
    /// file, and adds what the database has and it lacks; what cannot be added now is added before anything else is.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn begin(&self) -> Result<(), JournalError> {
        let Some(opened) = self.ready(&mut self.lock())?.map(|opened| opened.complete(&self.store, &self.path)) else {
            return Ok(());
        };
        if let Err(error) = opened {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the key journal lacks records that cannot be added"
            );
        }
        Ok(())
    }

    /// Adds what the database has and the file lacks, also what was written into the database by another hand than payments'
    /// since it was opened. Reads the whole file.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn complete(&self) -> Result<(), JournalError> {
        let mut state = self.lock();
        state.opened = None;
        self.whole(&mut state).map(drop)
    }

    /// Adds payments that are in the database, in the order of signing. They are on disk when this returns.
    ///
    /// # Errors
    /// [`JournalError`]; none of them may be submitted then.
    pub(super) fn write(&self, rows: &[PaymentRow]) -> Result<(), JournalError> {
        let mut state = self.lock();
        let known = &self.whole(&mut state)?.ok_or_else(nameless)?.known;
        let new: Vec<_> = rows.iter().filter(|row| !known.contains(&row.transaction_id)).collect();
        let records = self.store.readers().read(|conn| new.iter().map(|row| gather::signed(conn, row)).collect());
        self.append(&mut state, records?)
    }

    /// Notes how far the ledger was followed, now and then, when all open payments are written: what was paid up to there is here.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn seen(&self) -> Result<(), JournalError> {
        let mut state = self.lock();
        let Some(milestone) = self.store.readers().read(gather::covered)? else { return Ok(()) };
        let Some(opened) = self.whole(&mut state)? else { return Ok(()) };
        if opened.seen.is_some_and(|before| milestone.0 < before.0.saturating_add(SEEN_EVERY)) {
            return Ok(());
        }
        opened.append(&self.path, &[Record::Seen(Seen { milestone })])?;
        opened.seen = Some(milestone);
        Ok(())
    }

    /// Adds that withdrawals are never paid, cancelled or refused, which is in the database. On disk when this returns; after an
    /// error it is written with what is written next, or when the journal is opened again.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn ended(&self, rows: impl IntoIterator<Item = WithdrawalRow>) -> Result<(), JournalError> {
        let mut state = self.lock();
        state.waiting.extend(rows.into_iter().map(gather::ended));
        self.append(&mut state, Vec::new())
    }

    /// Writes what could not be written before, also in an earlier opening of the wallet.
    ///
    /// # Errors
    /// [`JournalError`].
    pub(super) fn flush(&self) -> Result<(), JournalError> {
        let mut state = self.lock();
        self.whole(&mut state)?;
        self.append(&mut state, Vec::new())
    }

    /// Gives the file free. Idempotent.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        (state.opened, state.closed) = (None, true);
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Goes on with this handle of the file.
    #[cfg(test)]
    pub(super) fn replace_file(&self, file: std::fs::File) {
        if let Some(opened) = &mut self.lock().opened {
            opened.replace_file(file);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ready<'a>(&self, state: &'a mut State) -> Result<Option<&'a mut Opened>, JournalError> {
        if state.closed {
            return Err(JournalError::Closed);
        }
        if state.opened.as_ref().is_none_or(|opened| opened.is_gone(&self.path)) {
            // its lock goes first
            state.opened = None;
            state.opened = Opened::of(&self.store, &self.path)?;
        }
        Ok(state.opened.as_mut())
    }

    /// The open file, which lacks nothing.
    fn whole<'a>(&self, state: &'a mut State) -> Result<Option<&'a mut Opened>, JournalError> {
        let anew = state.opened.as_ref().is_none_or(|opened| opened.is_gone(&self.path) || opened.lacks());
        let Some(opened) = self.ready(state)? else { return Ok(None) };
        opened.complete(&self.store, &self.path)?;
        if anew {
            // it was in the database
            state.waiting.clear();
        }
        Ok(state.opened.as_mut())
    }

    fn append(&self, state: &mut State, records: Vec<Record>) -> Result<(), JournalError> {
        if records.is_empty() && state.waiting.is_empty() {
            return Ok(());
        }
        if self.whole(state)?.is_none() {
            // nothing was ever paid: what is to be kept is in the database, of which the journal will be made
            state.waiting.clear();
        }
        let Some(opened) = &mut state.opened else { return Ok(()) };
        // what ended may have been part of what was signed meanwhile: that comes first
        let (signed, mut all) = (records.len(), records);
        all.append(&mut state.waiting);
        let written = opened.append(&self.path, &all);
        if written.is_err() {
            state.waiting = all.split_off(signed);
        }
        written
    }
}

fn nameless() -> JournalError {
    crate::store::StoreError::corrupt("a payment without network or seed").into()
}

/// What a journal says of how far the ledger was followed.
#[cfg(test)]
pub(crate) fn covers(path: &Path) -> Option<crate::ledger::MilestoneIndex> {
    let file = file::open_file(path, false).unwrap().unwrap();
    let mut reader = file::read(&file, path).unwrap();
    let mut covers = None;
    while let Some(content) = reader.next().unwrap() {
        if let Some(Record::Seen(seen)) = Record::decode(&content) {
            covers = covers.max(Some(seen.milestone));
        }
    }
    covers
}

/// What the records of a journal are, in its order.
#[cfg(test)]
pub(super) fn kinds(path: &Path) -> Vec<&'static str> {
    let file = file::open_file(path, false).unwrap().unwrap();
    let mut reader = file::read(&file, path).unwrap();
    let mut kinds = Vec::new();
    while let Some(content) = reader.next().unwrap() {
        kinds.push(match Record::decode(&content).unwrap() {
            Record::Signed(_) => "signed",
            Record::Ended(_) => "ended",
            Record::Seen(_) => "seen",
        });
    }
    kinds
}

/// The keys of the withdrawals of which a journal has that they ended.
#[cfg(test)]
pub(super) fn ended(path: &Path) -> Vec<String> {
    let file = file::open_file(path, false).unwrap().unwrap();
    let mut reader = file::read(&file, path).unwrap();
    let mut keys = Vec::new();
    while let Some(content) = reader.next().unwrap() {
        if let Some(Record::Ended(paid)) = Record::decode(&content) {
            keys.push(paid.key);
        }
    }
    // a file that is made between a withdrawal's end and its record has it twice, which is as good as once
    keys.dedup();
    keys
}

/// The transactions of a journal, in its order.
#[cfg(test)]
pub(crate) fn transactions(path: &Path) -> Vec<crate::ledger::TransactionId> {
    let file = file::open_file(path, false).unwrap().unwrap();
    let mut reader = file::read(&file, path).unwrap();
    let mut ids = Vec::new();
    while let Some(content) = reader.next().unwrap() {
        ids.extend(record::transaction(&content));
    }
    ids
}
