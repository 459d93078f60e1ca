//! What a call to the manager can come to.

use crate::{
    accounts::AccountError,
    backup::BackupError,
    error::ErrorKind,
    events::EventError,
    import::ImportError,
    keys::KeyError,
    payments::{JournalError, PaymentError},
    store::StoreError,
    sync::SyncError,
};

/// A call failed; unless its documentation says otherwise it changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletError {
    /// The wallet directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Accounts and addresses.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The event log.
    #[error(transparent)]
    Event(#[from] EventError),
    /// Payments.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// The key journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Following the ledger.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// Keys and vaults.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Moving in from another wallet.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Backups.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The ledger was not followed to its tip yet since the wallet was restored: there is nothing to release.
    #[error("the ledger was not followed to its newest milestone since the wallet was restored: sync first")]
    Unchecked,
    /// The seed's accounts are being searched by another call.
    #[error("the accounts of the seed are being searched: wait for it, or stop it")]
    Recovering,
    /// A limit of a search is none.
    #[error("{what} is {got}, where 1 to {most} are possible")]
    Limit {
        /// Which.
        what: &'static str,
        /// As given.
        got: u32,
        /// The greatest possible.
        most: u32,
    },
    /// The directory belongs to a wallet of another kind than the configuration says.
    #[error("the wallet directory has {what} {found}, the configuration says {given}")]
    Mismatch {
        /// What differs.
        what: &'static str,
        /// In the directory.
        found: String,
        /// In the configuration.
        given: String,
    },
    /// The operating system starts no further thread.
    #[error("a thread could not be started")]
    Thread(#[source] std::io::Error),
    /// The node pruned what the wallet has not seen: issuing and paying are refused until that is repaired.
    #[error("the node pruned milestones that the wallet has not seen: issuing and paying are refused")]
    Gap,
}

impl WalletError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Account(error) => error.kind(),
            Self::Event(error) => error.kind(),
            Self::Payment(error) => error.kind(),
            Self::Journal(error) => error.kind(),
            Self::Sync(error) => error.kind(),
            Self::Key(error) => error.kind(),
            Self::Import(error) => error.kind(),
            Self::Backup(error) => error.kind(),
            Self::Recovering => ErrorKind::Busy,
            Self::Limit { .. } => ErrorKind::InvalidArgument,
            Self::Unchecked => ErrorKind::PaymentsFrozen,
            Self::Mismatch { .. } => ErrorKind::StorageMismatch,
            Self::Thread(_) => ErrorKind::Internal,
            Self::Gap => ErrorKind::Gap,
        }
    }
}
