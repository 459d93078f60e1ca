//! What can go wrong with a payment, each fault with its own kind.

use crate::{
    error::ErrorKind,
    events::EventError,
    keys::KeyError,
    ledger::{AddressError, Amount, DraftError, OutputId},
    store::StoreError,
};

/// A payment could not be made or read. Unless it says otherwise nothing was signed and nothing is reserved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The account does not exist.
    #[error("there is no account {0}")]
    AccountNotFound(u32),
    /// No output to pay, or more than a transaction takes.
    #[error("{got} outputs, where 1 to {limit} are possible, a remainder included")]
    OutputCount {
        /// As requested, with a remainder if there is one.
        got: usize,
        /// The ledger's limit.
        limit: usize,
    },
    /// A payee's address cannot be used.
    #[error("the address of output {index} cannot be paid")]
    Address {
        /// Which payee, from 0.
        index: usize,
        /// Why.
        #[source]
        source: AddressError,
    },
    /// An amount, or their sum, is 0 or more than there is.
    #[error("an amount of {given} base units, where 1 to {supply} exist")]
    Amount {
        /// The amount; none when the sum does not even fit 64 bits.
        given: AmountGiven,
        /// All base units there are.
        supply: Amount,
    },
    /// A payee would get less than its output must hold (TIP-19).
    #[error("output {index} needs a storage deposit of {needed} base units, {given} are given")]
    StorageDeposit {
        /// Which payee, from 0.
        index: usize,
        /// The least amount.
        needed: Amount,
        /// The amount asked for.
        given: Amount,
    },
    /// What can be spent does not cover the payment, or covers it with a rest too small to be an output.
    #[error("{needed} base units are needed, {available} are available")]
    InsufficientFunds {
        /// Amounts and, where no exact sum is found, the least remainder.
        needed: Amount,
        /// In plain, unspent outputs that no payment reserves.
        available: Amount,
    },
    /// The funds are there, in too many small outputs.
    #[error("the payment needs more than {limit} inputs: consolidate first")]
    TooManyInputs {
        /// The ledger's limit.
        limit: usize,
    },
    /// A custom input is not an output that this wallet knows.
    #[error("input {0} is unknown to this wallet")]
    InputUnknown(OutputId),
    /// A custom input is spent.
    #[error("input {0} is spent")]
    InputSpent(OutputId),
    /// A custom input is reserved by another payment.
    #[error("input {0} is reserved by another payment")]
    InputLocked(OutputId),
    /// A custom input belongs to another account, or to somebody else by now.
    #[error("input {0} does not belong to this account")]
    InputNotOurs(OutputId),
    /// A custom input is under a condition or carries assets.
    #[error("input {0} is under a condition or carries assets")]
    InputNotPlain(OutputId),
    /// A custom input is listed twice.
    #[error("input {0} is listed twice")]
    InputRepeated(OutputId),
    /// The tagged data payload does not fit.
    #[error("a tag of {tag} bytes with {data} bytes of data does not fit")]
    TaggedData {
        /// Length of the tag; at most 64.
        tag: usize,
        /// Length of the data.
        data: usize,
    },
    /// The idempotency key is empty or too long.
    #[error("an idempotency key of {length} bytes, where 1 to {limit} are possible")]
    KeyLength {
        /// Its length.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// The idempotency key was used for other parameters.
    #[error("the idempotency key was used for a payment with digest {used}, this request has {given}")]
    IdempotencyConflict {
        /// Digest of the payment that has the key, hexadecimal.
        used: String,
        /// Digest of this request, hexadecimal.
        given: String,
    },
    /// No payment has this id or key.
    #[error("there is no such payment")]
    NotFound,
    /// Somebody else spends with this seed: nothing is paid any more.
    #[error("another signer spends with this seed: {evidence}")]
    ForeignSigner {
        /// Which of our outputs was spent by what.
        evidence: String,
    },
    /// The wallet has not met its network yet.
    #[error("the wallet has not reached a node yet, so it does not know its network")]
    NetworkUnknown,
    /// The vault's keys are not those of this wallet's addresses.
    #[error("the vault holds another seed than the one this wallet's addresses come from")]
    SeedMismatch,
    /// Other payments took the selected inputs again and again.
    #[error("other payments took the inputs meanwhile: try again")]
    Contention,
    /// The change address could not be had.
    #[error("the change address could not be issued")]
    ChangeAddress {
        /// What stands for it at the border.
        kind: ErrorKind,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The vault could not sign.
    #[error("the vault could not sign")]
    Keys(#[from] KeyError),
    /// The transaction breaks a rule of the ledger; a defect of ours.
    #[error("the transaction could not be made")]
    Draft(#[source] DraftError),
    /// The store failed.
    #[error("the wallet's database failed")]
    Store(#[from] StoreError),
    /// The event log failed.
    #[error("the event log failed")]
    Event(#[from] EventError),
}

/// An amount as given, which may be beyond 64 bits when it is a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountGiven {
    /// This many base units.
    Units(Amount),
    /// A sum that does not fit 64 bits.
    Overflow,
}

impl std::fmt::Display for AmountGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Units(amount) => amount.fmt(f),
            Self::Overflow => f.write_str("more than 2^64"),
        }
    }
}

impl PaymentError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::AccountNotFound(_) => ErrorKind::AccountNotFound,
            Self::OutputCount { .. } => ErrorKind::OutputCountInvalid,
            Self::Address { source: AddressError::Invalid, .. } => ErrorKind::AddressInvalid,
            Self::Address { source: AddressError::WrongNetwork { .. }, .. } => ErrorKind::AddressWrongNetwork,
            Self::Address { source: AddressError::Unsupported(_), .. } => ErrorKind::AddressUnsupported,
            Self::Amount { .. } => ErrorKind::AmountInvalid,
            Self::StorageDeposit { .. } => ErrorKind::StorageDepositTooLow,
            Self::InsufficientFunds { .. } => ErrorKind::InsufficientFunds,
            Self::TooManyInputs { .. } => ErrorKind::TooManyInputs,
            Self::InputUnknown(_) => ErrorKind::InputUnknown,
            Self::InputSpent(_) => ErrorKind::InputSpent,
            Self::InputLocked(_) => ErrorKind::InputLocked,
            Self::InputNotOurs(_) => ErrorKind::InputNotOurs,
            Self::InputNotPlain(_) => ErrorKind::InputNotPlain,
            Self::InputRepeated(_) => ErrorKind::InvalidArgument,
            Self::TaggedData { .. } => ErrorKind::TaggedDataInvalid,
            Self::KeyLength { .. } => ErrorKind::IdempotencyKeyInvalid,
            Self::IdempotencyConflict { .. } => ErrorKind::IdempotencyConflict,
            Self::NotFound => ErrorKind::TransactionNotFound,
            Self::ForeignSigner { .. } => ErrorKind::ForeignSigner,
            Self::NetworkUnknown => ErrorKind::NodeUnreachable,
            Self::SeedMismatch => ErrorKind::SeedMismatch,
            Self::Contention => ErrorKind::Busy,
            Self::ChangeAddress { kind, .. } => *kind,
            Self::Keys(error) => error.kind(),
            Self::Event(error) => error.kind(),
            Self::Draft(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }
}

impl From<DraftError> for PaymentError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::OutputCount { got, limit } => Self::OutputCount { got, limit },
            DraftError::InputCount { limit, .. } => Self::TooManyInputs { limit },
            DraftError::TaggedData { tag, data } => Self::TaggedData { tag, data },
            DraftError::Rule(_) => Self::Draft(error),
        }
    }
}

impl From<rusqlite::Error> for PaymentError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}
