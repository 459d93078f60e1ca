//! What can go wrong with the journal.

use std::{io, path::PathBuf};

use super::format;
use crate::{error::ErrorKind, ledger::TransactionId, store::StoreError};

/// The key journal cannot be read or written. No payment is submitted that is not in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file that is no journal, or one of another wallet or network. It is left as it is.
    #[error("{} is not this wallet's key journal: {what}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What shows it.
        what: &'static str,
    },
    /// A later version of this library wrote it.
    #[error("the key journal {} has version {found}; this library knows version {}", .path.display(), format::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u16,
    },
    /// It was changed after it was written. It is left as it is.
    #[error("the key journal {} is damaged at byte {at}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the first record begins that is not as it was written.
        at: u64,
    },
    /// It has payments that the database does not know: the database is older than the journal.
    #[error(
        "the key journal {} has transaction {transaction}, which the database does not know: the database is an old copy; \
         restore a backup together with this journal",
        .path.display()
    )]
    Ahead {
        /// The file.
        path: PathBuf,
        /// Its last payment.
        transaction: TransactionId,
    },
    /// Another manager, in this process or another, has it open.
    #[error("the key journal {} is in use by another wallet manager", .path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed: missing directory, permission, full disk.
    #[error("could not {what} the key journal {}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
    /// The wallet was closed.
    #[error("the wallet is closed")]
    Closed,
    /// The wallet's database could not be read for it.
    #[error("the wallet's database failed")]
    Store(#[from] StoreError),
}

impl JournalError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Foreign { .. } => ErrorKind::JournalForeign,
            Self::Version { .. } => ErrorKind::JournalVersion,
            Self::Damaged { .. } => ErrorKind::JournalDamaged,
            Self::Ahead { .. } => ErrorKind::JournalAhead,
            Self::Locked { .. } => ErrorKind::StorageLocked,
            Self::Io { .. } => ErrorKind::JournalIo,
            Self::Closed => ErrorKind::Closed,
            Self::Store(error) => error.kind(),
        }
    }
}
