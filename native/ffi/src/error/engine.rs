//! The table from the engine's and the client's errors to what callers are told: the kind, the text with all its causes,
//! and the figures that belong to the kind.

use stardust_client::{ConfigError, OpenError as ClientError};
use stardust_wallet::{
    accounts::AccountError,
    backup::BackupError,
    events::EventError,
    import::ImportError,
    keys::KeyError,
    ledger::{AddressError, NodeError},
    manager::WalletError,
    payments::{JournalError, PaymentError},
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
plain!(StoreError, ConfigError, ClientError);

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self::of(error.kind(), &error).with_key(&error)
    }
}

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
            PaymentError::Journal(error) => fault.with_journal(error),
            PaymentError::InsufficientFunds { needed, available } => {
                fault.detail("needed", needed).detail("available", available)
            }
            PaymentError::StorageDeposit { index, needed, given } => {
                fault.detail("needed", needed).detail("given", given).detail("output", index)
            }
            PaymentError::ClaimTooSmall { needed, given } => fault.detail("needed", needed).detail("given", given),
            PaymentError::NotClaimable { id, .. } => fault.detail("outputId", id),
            PaymentError::OutputCount { got, limit } => fault.detail("got", got).detail("limit", limit),
            PaymentError::TooManyInputs { limit } => fault.detail("limit", limit),
            PaymentError::TooLarge { size, limit } => fault.detail("size", size).detail("limit", limit),
            PaymentError::Amount { given, supply } => fault.detail("given", given).detail("supply", supply),
            PaymentError::PossiblyPaid { transaction_id, milestone }
            | PaymentError::Recovered { transaction_id, milestone } => {
                let fault = fault.detail("transactionId", transaction_id);
                match milestone {
                    Some(milestone) => fault.detail("milestone", milestone),
                    None => fault,
                }
            }
            PaymentError::IdempotencyConflict { used, given } => {
                fault.detail("existing", used).detail("requested", given)
            }
            PaymentError::ForeignSigner { evidence } => fault.detail("evidence", evidence),
            PaymentError::Undecided(id) => fault.detail("transactionId", id),
            PaymentError::KeyTaken { by: Some(id) } => fault.detail("transactionId", id),
            PaymentError::Refused(refusal) => fault.detail("rule", refusal.rule()),
            PaymentError::ApprovalRequired { given, from } => fault.detail("given", given).detail("from", from),
            PaymentError::RulesNetwork { listed, network } => fault.detail("listed", listed).detail("network", network),
            PaymentError::PreparedLimit { limit } => fault.detail("limit", limit),
            PaymentError::Address { index, source } => fault.with_address(source).detail("output", index),
            PaymentError::RemainderAddress(source) => fault.with_address(source),
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

impl From<JournalError> for Fault {
    fn from(error: JournalError) -> Self {
        Self::of(error.kind(), &error).with_journal(&error)
    }
}

impl From<EventError> for Fault {
    fn from(error: EventError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            EventError::ConsumerNotFound { name } => fault.detail("name", name),
            EventError::PositionInvalid { sequence, last } => fault.detail("given", sequence).detail("latest", last),
            EventError::MilestoneInvalid { index, cursor } => fault.detail("milestone", index).detail("cursor", cursor),
            EventError::PositionPruned { first, milestone } => {
                fault.detail("oldest", first).detail("milestone", milestone)
            }
            EventError::LogReplaced { given, current, milestone } => {
                fault.detail("given", given).detail("current", current).detail("milestone", milestone)
            }
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

impl From<ImportError> for Fault {
    fn from(error: ImportError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            ImportError::Incomplete { missing, last } => fault.detail("missing", missing).detail("last", last),
            ImportError::AliasTwice { alias, accounts } => {
                fault.detail("alias", alias).detail("account", accounts.0).detail("other", accounts.1)
            }
            ImportError::CoinType { found, wallet } => fault.detail("found", found).detail("given", wallet.get()),
            ImportError::Address { account, key_index, source } => {
                fault.with_address(source).detail("account", account).detail("keyIndex", key_index)
            }
            ImportError::SeedMismatch { account, internal, key_index } => {
                fault.detail("account", account).detail("internal", internal).detail("keyIndex", key_index)
            }
            ImportError::Keys(error) => fault.with_key(error),
            ImportError::Account { account, .. } => fault.detail("account", account),
            _ => fault,
        }
    }
}

impl From<BackupError> for Fault {
    fn from(error: BackupError) -> Self {
        let fault = Self::of(error.kind(), &error);
        match &error {
            BackupError::Version { found, known } => fault.detail("found", found).detail("known", known),
            BackupError::Mismatch { what, found, given } => {
                fault.detail("what", what).detail("found", found).detail("given", given)
            }
            // of the two that a restore is given
            BackupError::WrongPassword => fault.detail("which", "backup"),
            BackupError::Vault(KeyError::WrongPassword) => fault.detail("which", "vault"),
            BackupError::Vault(error) | BackupError::Keys(error) => fault.with_key(error),
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
            WalletError::Journal(error) => error.into(),
            WalletError::Sync(error) => error.into(),
            WalletError::Key(error) => error.into(),
            WalletError::Import(error) => error.into(),
            WalletError::Backup(error) => error.into(),
            WalletError::Mismatch { what, found, given } => {
                fault.detail("what", what).detail("found", found).detail("given", given)
            }
            _ => fault,
        }
    }
}

impl Fault {
    fn with_key(self, error: &KeyError) -> Self {
        match error {
            KeyError::TooManyAttempts { retry_after } => self.detail("retryAfterMs", retry_after.as_millis().max(1)),
            _ => self,
        }
    }

    fn with_journal(self, error: &JournalError) -> Self {
        match error {
            JournalError::Version { found, .. } => self.detail("found", found),
            JournalError::Damaged { at, .. } => self.detail("byte", at),
            JournalError::Ahead { transaction, .. } => self.detail("transactionId", transaction),
            _ => self,
        }
    }

    fn with_address(self, error: &AddressError) -> Self {
        match error {
            AddressError::WrongNetwork { expected, got } => self.detail("expected", expected).detail("got", got),
            AddressError::Unsupported(kind) => self.detail("addressKind", kind),
            AddressError::Invalid => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Whatever the password was for.
    #[test]
    fn who_has_to_wait_is_told_how_long() {
        let throttled = || KeyError::TooManyAttempts { retry_after: Duration::from_secs(3) };
        let faults: [Fault; 4] = [
            throttled().into(),
            WalletError::from(throttled()).into(),
            ImportError::from(throttled()).into(),
            BackupError::from(throttled()).into(),
        ];
        for fault in faults {
            assert_eq!(fault.kind.name(), "PASSWORD_THROTTLED");
            assert_eq!(fault.details.get("retryAfterMs").map(String::as_str), Some("3000"));
        }
    }
}
