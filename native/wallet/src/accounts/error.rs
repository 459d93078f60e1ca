//! What can go wrong with accounts and addresses.

use crate::{
    error::ErrorKind,
    keys::KeyError,
    ledger::{Address, AddressError},
    store::StoreError,
};

/// An operation on accounts or addresses failed; it changed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The database.
    #[error("accounts could not be read or written")]
    Store(#[from] StoreError),
    /// The keys.
    #[error("the keys of addresses could not be had")]
    Keys(#[from] KeyError),
    /// The alias belongs to another account.
    #[error("the alias {alias:?} is taken by account {account}")]
    AliasTaken {
        /// The alias.
        alias: String,
        /// Whose it is.
        account: u32,
    },
    /// The alias cannot be one.
    #[error("an alias has 1 to {limit} bytes, no control characters and no space at its ends")]
    AliasInvalid {
        /// The greatest length in bytes.
        limit: usize,
    },
    /// No account has this index.
    #[error("there is no account {0}")]
    NoIndex(u32),
    /// No account has this alias.
    #[error("there is no account with alias {0:?}")]
    NoAlias(String),
    /// Too many or no addresses at once.
    #[error("{got} addresses, where 1 to {limit} are possible at once")]
    Count {
        /// As asked for.
        got: u32,
        /// The most.
        limit: u32,
    },
    /// The label is too long.
    #[error("a label has at most {limit} bytes and no control characters")]
    LabelInvalid {
        /// The greatest length in bytes.
        limit: usize,
    },
    /// The chain has no further key index.
    #[error("no further address is left on this chain")]
    KeyIndexExhausted,
    /// The vault's keys are not those of this wallet's addresses.
    #[error("the vault holds another seed than the one this wallet's addresses come from")]
    SeedMismatch,
    /// The wallet has not met its network yet.
    #[error("the wallet has not reached a node yet, so it does not know its network")]
    NetworkUnknown,
    /// What the seed's addresses hold was not looked for yet.
    #[error("account {0} was not looked for on the ledger yet")]
    Undiscovered(u32),
    /// The wallet was restored, or its seed was searched, and how far issuing had come was not stated yet.
    #[error("the wallet was restored: state how far each account had issued, or skip ahead, before")]
    IssuingFrozen,
    /// Issuing is not frozen: the wallet was not restored, or was released before.
    #[error("issuing is not frozen")]
    NotFrozen,
    /// What was stated about the time after the backup cannot be.
    #[error("{0}")]
    Statement(String),
    /// A text is not an address of this network.
    #[error("the address cannot be read")]
    Address(#[from] AddressError),
    /// An address that is not the wallet's.
    #[error("the address {0} is not one of this wallet's")]
    AddressNotFound(Address),
    /// The vault is locked, so only addresses of the pool can be issued, and these are too few.
    #[error(
        "the vault is locked, and account {account} has {ready} addresses in the pool where {asked} are asked for: \
         unlock the vault"
    )]
    PoolEmpty {
        /// The account.
        account: u32,
        /// What its pool has.
        ready: u32,
        /// What was asked for.
        asked: u32,
    },
    /// Other calls issued addresses of the same chain again and again meanwhile.
    #[error("too many calls issue addresses of the same chain at once")]
    Contention,
}

impl AccountError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Keys(error) => error.kind(),
            Self::AliasTaken { .. } => ErrorKind::AliasTaken,
            Self::AliasInvalid { .. } => ErrorKind::AliasInvalid,
            Self::NoIndex(_) | Self::NoAlias(_) => ErrorKind::AccountNotFound,
            Self::Count { .. } | Self::LabelInvalid { .. } => ErrorKind::InvalidArgument,
            Self::KeyIndexExhausted => ErrorKind::KeyIndexExhausted,
            Self::SeedMismatch => ErrorKind::SeedMismatch,
            Self::PoolEmpty { .. } => ErrorKind::PoolEmpty,
            Self::NetworkUnknown => ErrorKind::NodeUnreachable,
            Self::IssuingFrozen => ErrorKind::IssuingFrozen,
            Self::NotFrozen | Self::Statement(_) => ErrorKind::InvalidArgument,
            Self::Undiscovered(_) | Self::Contention => ErrorKind::Busy,
            Self::Address(AddressError::Invalid) => ErrorKind::AddressInvalid,
            Self::Address(AddressError::WrongNetwork { .. }) => ErrorKind::AddressWrongNetwork,
            Self::Address(AddressError::Unsupported(_)) => ErrorKind::AddressUnsupported,
            Self::AddressNotFound(_) => ErrorKind::AddressNotFound,
        }
    }
}
