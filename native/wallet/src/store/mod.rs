//! The wallet's directory and database: the one place with SQL.
//!
//! Plain data in, typed rows out. **One writer.** A lock file keeps other managers out; one thread owns the write
//! connection ([`Writer`]). **Readers never wait** for it ([`Readers`]). **Every write helper takes the caller's
//! transaction**, so that what belongs together commits together. **Nothing is deleted or downgraded:** a damaged or
//! newer database is refused as it is.
//!
//! The schema, table by table and column by column, is in `schema/*.sql`.

pub mod account;
pub mod address;
pub mod audit;
pub mod copy;
mod details;
mod error;
pub mod event;
pub mod gap;
pub mod hot;
pub mod imported;
pub(crate) mod json;
pub mod meta;
mod migrations;
mod open;
mod origin;
pub mod outgoing;
pub mod output;
pub mod payment;
pub mod pool;
mod pulse;
mod readers;
pub mod recovered;
pub mod recovery;
pub mod release;
pub mod restore;
pub(crate) mod sql;
pub mod sweep;
mod tally;
pub mod withdrawal;
mod worker;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

pub use self::{
    account::{AccountRow, AccountTotal, Holdings, HoldingsChange},
    address::{AddressKey, AddressRow, Past},
    details::{OutputDetails, hex, unhex},
    error::StoreError,
    event::{ConsumerRow, EventFilter, EventRow, LogBounds, NewEventRow},
    gap::{Gap, RepairedGap},
    imported::ImportedNote,
    meta::{Cursor, MetaKey},
    origin::{Origin, OutputClass},
    output::{NewOutputRow, OutputRow, Standing},
    pool::PoolLevel,
    pulse::{Halt, Pulse, panic_text},
    readers::Readers,
    tally::{Balances, Tally},
    worker::Worker,
    writer::{CommitHook, Writer},
};

/// An open wallet directory.
pub struct Store {
    writer: Writer,
    readers: Readers,
    halt: Arc<Halt>,
    pulse: Arc<Pulse>,
    lock: Mutex<Option<open::DirectoryLock>>,
}

impl Store {
    /// Opens the wallet directory, which is created if it is not there, and brings its database up to date.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another manager has it open, [`StoreError::Corrupt`] and [`StoreError::Newer`] for
    /// a database that is refused, [`StoreError::Io`] and [`StoreError::Sqlite`] when reading or writing fails.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = open::lock(directory)?;
        let conn = open::writer(directory)?;
        let halt = Arc::<Halt>::default();
        let pulse = Arc::<Pulse>::default();
        let writer = Writer::start(conn, Arc::clone(&halt), Arc::clone(&pulse)).map_err(|source| StoreError::Io {
            what: "start the writer of",
            path: directory.to_owned(),
            source,
        })?;
        Ok(Self { writer, readers: Readers::new(directory), halt, pulse, lock: Mutex::new(Some(lock)) })
    }

    /// Writes.
    #[must_use]
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Reads.
    #[must_use]
    pub fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Whether the wallet stopped itself, and the way to stop it.
    #[must_use]
    pub fn halt(&self) -> &Arc<Halt> {
        &self.halt
    }

    /// Beats after every commit.
    #[must_use]
    pub fn pulse(&self) -> &Arc<Pulse> {
        &self.pulse
    }

    /// Finishes the writes that wait, closes all connections and gives the directory free. Idempotent; later reads and
    /// writes answer [`StoreError::Closed`].
    pub fn close(&self) {
        self.readers.close();
        self.writer.close();
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.pulse.beat();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests;
