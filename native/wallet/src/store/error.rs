//! What can go wrong with the wallet's directory and database.

use std::{io, path::PathBuf};

use crate::error::ErrorKind;

/// A failure of the store. Nothing of the job that failed is in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another manager, here or in another process, has the directory open.
    #[error("the wallet directory {} is in use by another manager", .path.display())]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory could not be read, written or created.
    #[error("could not {what} {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On what.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or no database at all. It is left as it is.
    #[error("the database is damaged: {what}")]
    Corrupt {
        /// What shows it.
        what: String,
    },
    /// The database is of a later version of this library. It is left as it is.
    #[error("the database has version {found}; this library knows versions up to {known}")]
    Newer {
        /// Its version.
        found: i64,
        /// The latest known here.
        known: i64,
    },
    /// A statement failed: full disk, I/O, memory.
    #[error("the database could not do its work")]
    Sqlite(#[source] rusqlite::Error),
    /// The queue of writes is full and did not drain in time. Nothing was started.
    #[error("too many writes are waiting")]
    Busy,
    /// The store was closed.
    #[error("the wallet is closed")]
    Closed,
    /// The wallet stopped itself after a panic; nothing is written any more.
    #[error("the wallet stopped itself: {reason}")]
    Halted {
        /// Why.
        reason: String,
    },
    /// The job panicked. It was rolled back and the wallet is halted.
    #[error("a write ended in a panic")]
    Panicked,
}

impl StoreError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked { .. } => ErrorKind::StorageLocked,
            Self::Io { .. } | Self::Sqlite(_) => ErrorKind::Storage,
            Self::Corrupt { .. } => ErrorKind::StorageCorrupt,
            Self::Newer { .. } => ErrorKind::StorageNewer,
            Self::Busy => ErrorKind::Busy,
            Self::Closed => ErrorKind::Closed,
            Self::Halted { .. } => ErrorKind::Halted,
            Self::Panicked => ErrorKind::Internal,
        }
    }

    /// A stored value is not what only this library can have written.
    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase) => Self::corrupt(error.to_string()),
            _ => match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..) => Self::corrupt(error.to_string()),
                other => Self::Sqlite(other),
            },
        }
    }
}
