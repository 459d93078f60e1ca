//! The table from the engine's and the client's errors to what callers are told: the kind, the text with all its causes,
//! and the figures that belong to the kind.

use stardust_client::{ConfigError, OpenError as ClientError};
use stardust_wallet::{
    accounts::AccountError,
    events::EventError,
    keys::KeyError,
    ledger::{AddressError, NodeError},
    manager::WalletError,
    payments::PaymentError,
    store::StoreError,
    sync::SyncError,
};

use super::Fault;

macro_rules! plain {
    ($($error:ty),+) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::of(error.kind(), &error)
            }
        })+
    };
}
plain!(StoreError, KeyError, ConfigError, ClientError);

impl From<NodeError> for Fault {
    fn from(error: NodeError) -> Self {
        Self::of(error.kind, &error)
    }
}

impl From<AccountError> for Fault {
    fn from(error: AccountError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            AccountError::AliasTaken { alias, account } => fault.detail("alias", alias).detail("account", account),
            AccountError::Address(error) => fault.with_address(error),
            AccountError::Count { got, limit } => fault.detail("got", got).detail("limit", limit),
            _ => fault,
        }
    }
}

impl From<PaymentError> for Fault {
    fn from(error: PaymentError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            PaymentError::InsufficientFunds { needed, available } => {
                fault.detail("needed", needed).detail("available", available)
            }
            PaymentError::StorageDeposit { index, needed, given } => {
                fault.detail("needed", needed).detail("given", given).detail("output", index)
            }
            PaymentError::OutputCount { got, limit } => fault.detail("got", got).detail("limit", limit),
            PaymentError::TooManyInputs { limit } => fault.detail("limit", limit),
            PaymentError::Amount { given, supply } => fault.detail("given", given).detail("supply", supply),
            PaymentError::IdempotencyConflict { used, given } => {
                fault.detail("existing", used).detail("requested", given)
            }
            PaymentError::Address { index, source } => fault.with_address(source).detail("output", index),
            PaymentError::InputUnknown(id)
            | PaymentError::InputSpent(id)
            | PaymentError::InputLocked(id)
            | PaymentError::InputNotOurs(id)
            | PaymentError::InputNotPlain(id)
            | PaymentError::InputRepeated(id) => fault.detail("outputId", id),
            _ => fault,
        }
    }
}

impl From<EventError> for Fault {
    fn from(error: EventError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            EventError::ConsumerNotFound { name } => fault.detail("name", name),
            EventError::PositionInvalid { sequence, last } => fault.detail("given", sequence).detail("latest", last),
            EventError::LogReplaced { given, current } => fault.detail("given", given).detail("current", current),
            _ => fault,
        }
    }
}

impl From<SyncError> for Fault {
    fn from(error: SyncError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            SyncError::Gap { cursor, pruned_to } => fault.detail("cursor", cursor).detail("prunedTo", pruned_to),
            _ => fault,
        }
    }
}

impl From<WalletError> for Fault {
    fn from(error: WalletError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match error {
            WalletError::Store(error) => error.into(),
            WalletError::Account(error) => error.into(),
            WalletError::Event(error) => error.into(),
            WalletError::Payment(error) => error.into(),
            WalletError::Sync(error) => error.into(),
            WalletError::Key(error) => error.into(),
            WalletError::Mismatch { what, found, given } => {
                fault.detail("what", what).detail("found", found).detail("given", given)
            }
            _ => fault,
        }
    }
}

impl Fault {
    fn with_address(self, error: &AddressError) -> Self {
        match error {
            AddressError::WrongNetwork { expected, got } => self.detail("expected", expected).detail("got", got),
            AddressError::Unsupported(kind) => self.detail("addressKind", kind),
            AddressError::Invalid => self,
        }
    }
}
