//! Which kind each fault is.

use super::PaymentError;
use crate::{error::ErrorKind, ledger::AddressError};

impl PaymentError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::AccountNotFound(_) => ErrorKind::AccountNotFound,
            Self::OutputCount { .. } => ErrorKind::OutputCountInvalid,
            Self::Address { source, .. } | Self::RemainderAddress(source) => match source {
                AddressError::Invalid => ErrorKind::AddressInvalid,
                AddressError::WrongNetwork { .. } => ErrorKind::AddressWrongNetwork,
                AddressError::Unsupported(_) => ErrorKind::AddressUnsupported,
            },
            Self::Amount { .. } => ErrorKind::AmountInvalid,
            Self::StorageDeposit { .. } | Self::ClaimTooSmall { .. } => ErrorKind::StorageDepositTooLow,
            Self::NotClaimable { .. } => ErrorKind::InputNotClaimable,
            Self::InsufficientFunds { .. } => ErrorKind::InsufficientFunds,
            Self::TooManyInputs { .. } | Self::TooLarge { .. } => ErrorKind::TooManyInputs,
            Self::InputUnknown(_) => ErrorKind::InputUnknown,
            Self::InputSpent(_) => ErrorKind::InputSpent,
            Self::InputLocked(_) => ErrorKind::InputLocked,
            Self::InputNotOurs(_) => ErrorKind::InputNotOurs,
            Self::InputNotPlain(_) => ErrorKind::InputNotPlain,
            Self::InputRepeated(_)
            | Self::SweepCount { .. }
            | Self::WithdrawalCount { .. }
            | Self::Batch
            | Self::Contest
            | Self::Claim
            | Self::Evidence
            | Self::NoteLength { .. }
            | Self::Words { .. }
            | Self::Name
            | Self::PreparedExpiry { .. }
            | Self::MicroExpiration { .. } => ErrorKind::InvalidArgument,
            Self::Refused(_) => ErrorKind::PolicyRefused,
            Self::ApprovalRequired { .. } => ErrorKind::ApprovalRequired,
            Self::ReviewRequired => ErrorKind::ReviewRequired,
            Self::RulesNetwork { .. } => ErrorKind::InvalidConfiguration,
            Self::PreparedNotFound(_) => ErrorKind::PreparedNotFound,
            Self::PreparedOutdated { .. } => ErrorKind::PreparedOutdated,
            Self::TaggedData { .. } | Self::ReservedTag => ErrorKind::TaggedDataInvalid,
            Self::KeyLength { .. } => ErrorKind::IdempotencyKeyInvalid,
            Self::IdempotencyConflict { .. } | Self::KeyTaken { .. } => ErrorKind::IdempotencyConflict,
            Self::Undecided(_) => ErrorKind::TransactionUndecided,
            Self::Decidable { .. } => ErrorKind::TransactionDecidable,
            Self::NotFound => ErrorKind::TransactionNotFound,
            Self::Gap => ErrorKind::Gap,
            Self::Frozen { .. } => ErrorKind::PaymentsFrozen,
            Self::IssuingFrozen => ErrorKind::IssuingFrozen,
            Self::PossiblyPaid { .. } | Self::Recovered { .. } => ErrorKind::PossiblyPaid,
            Self::ForeignSigner { .. } => ErrorKind::ForeignSigner,
            Self::NetworkUnknown => ErrorKind::NodeUnreachable,
            Self::SeedMismatch => ErrorKind::SeedMismatch,
            Self::Undiscovered | Self::Contention | Self::PreparedLimit { .. } => ErrorKind::Busy,
            Self::ChangeAddress { kind, .. } => *kind,
            Self::Keys(error) => error.kind(),
            Self::Event(error) => error.kind(),
            Self::Draft(_) => ErrorKind::Internal,
            Self::Journal(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}
