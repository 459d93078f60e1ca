//! What can be wrong with a file of another wallet.

use std::{io, path::PathBuf};

use crate::{
    accounts::AccountError,
    error::ErrorKind,
    keys::{CoinType, KeyError},
    ledger::AddressError,
    store::StoreError,
};

/// An import failed. No account and no address of the file is in the wallet then; the file is never written to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The database.
    #[error("the accounts could not be stored")]
    Store(#[from] StoreError),
    /// The snapshot of the other wallet, or the wallet's own vault.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// An alias that no account of ours can have, or the wallet's seed.
    #[error("account {account} of the file")]
    Account {
        /// Its index there.
        account: u32,
        /// What is wrong with it.
        #[source]
        source: AccountError,
    },
    /// The wallet's seed is not the one that it had.
    #[error(transparent)]
    Accounts(AccountError),
    /// The export could not be read.
    #[error("could not read {}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: io::Error,
    },
    /// The file opens, and what is in it is not what iota-sdk, wallet.rs or the export program writes.
    #[error("{} is no backup or export of a wallet: {what}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What doesn't fit.
        what: String,
    },
    /// The accounts' indexes have a hole: addresses of the missing account would be forgotten.
    #[error("account {missing} is missing in the file, which goes on to account {last}")]
    Incomplete {
        /// The first index that is missing.
        missing: u32,
        /// The highest that is there.
        last: u32,
    },
    /// Two accounts of the file have the same alias.
    #[error("the accounts {} and {} of the file have both the alias {alias:?}", .accounts.0, .accounts.1)]
    AliasTwice {
        /// The alias.
        alias: String,
        /// Whose it is.
        accounts: (u32, u32),
    },
    /// It may be no backup, but the vault that its wallet worked with, where the accounts of an old backup may be.
    #[error(
        "the file has the name of the vault that its wallet worked with, where the accounts may be those of an old backup: \
         have that wallet make a backup now, under another name; if this is one, rename the copy; or skip as many addresses \
         as may have been issued since"
    )]
    LiveVault,
    /// The file belongs to another coin type than the wallet.
    #[error("the file has coin type {found}, the wallet {}", .wallet.get())]
    CoinType {
        /// In the file.
        found: u32,
        /// The wallet's.
        wallet: CoinType,
    },
    /// An address of the file is none of this network.
    #[error("address {key_index} of account {account} of the file can't be used")]
    Address {
        /// The account.
        account: u32,
        /// Its key index.
        key_index: u32,
        /// Why.
        #[source]
        source: AddressError,
    },
    /// The seed doesn't give the address that the file says.
    #[error("the seed gives another {} address {key_index} of account {account} than the file", if *.internal { "internal" } else { "public" })]
    SeedMismatch {
        /// The account.
        account: u32,
        /// Whether it is on the change chain.
        internal: bool,
        /// Its key index.
        key_index: u32,
    },
    /// The file's addresses and the skipped ones are too many.
    #[error("an import takes at most {limit} addresses, skipped ones included")]
    TooMany {
        /// The most.
        limit: u64,
    },
    /// The wallet has accounts already.
    #[error("the wallet has accounts already: an import wants a new one")]
    NotEmpty,
}

impl ImportError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Keys(error) => error.kind(),
            Self::Account { source, .. } | Self::Accounts(source) => source.kind(),
            Self::Io { .. } => ErrorKind::ImportIo,
            Self::Invalid { .. } | Self::LiveVault => ErrorKind::ImportInvalid,
            Self::Incomplete { .. } => ErrorKind::ImportIncomplete,
            Self::TooMany { .. } => ErrorKind::InvalidArgument,
            Self::AliasTwice { .. } => ErrorKind::AliasTaken,
            Self::CoinType { .. } => ErrorKind::ImportCoinType,
            Self::Address { source: AddressError::Invalid, .. } => ErrorKind::AddressInvalid,
            Self::Address { source: AddressError::WrongNetwork { .. }, .. } => ErrorKind::AddressWrongNetwork,
            Self::Address { source: AddressError::Unsupported(_), .. } => ErrorKind::AddressUnsupported,
            Self::SeedMismatch { .. } => ErrorKind::SeedMismatch,
            Self::NotEmpty => ErrorKind::WalletNotEmpty,
        }
    }
}

impl From<AccountError> for ImportError {
    fn from(error: AccountError) -> Self {
        Self::Accounts(error)
    }
}
