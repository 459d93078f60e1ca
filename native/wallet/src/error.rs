//! The closed set of error kinds that callers branch on.
//!
//! Every room has its own `thiserror` enum; each of them answers `kind()`. What crosses the
//! library's border is the kind, the text and a few named details, never a secret.

use std::{error::Error, fmt};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, retryable: $retryable:literal;)+) => {
        /// What went wrong, as far as a caller can act on it. The names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorKind { $($(#[$doc])* $variant,)+ }

        impl ErrorKind {
            /// All kinds, in the order of their definition.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$variant,)+];

            /// The stable name that travels in messages, such as `ALIAS_TAKEN`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(ErrorKind::$variant => $name,)+ }
            }

            /// Whether the same call may succeed later without any change by the caller.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(ErrorKind::$variant => $retryable,)+ }
            }
        }
    };
}

kinds! {
    /// The message is not a JSON-RPC 2.0 request, or its parameters do not fit the method.
    InvalidMessage = "INVALID_MESSAGE", retryable: false;
    /// The method does not exist.
    UnknownMethod = "UNKNOWN_METHOD", retryable: false;
    /// The message is larger than the interface takes.
    MessageTooLarge = "MESSAGE_TOO_LARGE", retryable: false;
    /// A bounded queue is full; nothing was started.
    Busy = "BUSY", retryable: true;
    /// The wallet was closed, before or during the call.
    Closed = "CLOSED", retryable: false;
    /// No wallet has this handle.
    UnknownHandle = "UNKNOWN_HANDLE", retryable: false;
    /// A defect of ours: the call ended in a panic that was caught.
    Internal = "INTERNAL", retryable: false;
    /// The wallet stopped itself after a fault; only reading goes on.
    Halted = "HALTED", retryable: false;
    /// The time that the caller gave has passed.
    Timeout = "TIMEOUT", retryable: true;
    /// The configuration given at opening does not hold together.
    InvalidConfiguration = "INVALID_CONFIGURATION", retryable: false;
    /// A parameter is outside its documented range and no other kind is more exact.
    InvalidArgument = "INVALID_ARGUMENT", retryable: false;

    /// Reading or writing the wallet's directory failed (permission, full disk, I/O).
    Storage = "STORAGE", retryable: true;
    /// Another manager, in this process or another, has the wallet directory open.
    StorageLocked = "STORAGE_LOCKED", retryable: true;
    /// The database is damaged; it is refused and left as it is.
    StorageCorrupt = "STORAGE_CORRUPT", retryable: false;
    /// The database was written by a newer version; it is refused and left as it is.
    StorageNewer = "STORAGE_NEWER", retryable: false;
    /// The wallet directory belongs to another network, coin type or secret manager.
    StorageMismatch = "STORAGE_MISMATCH", retryable: false;

    /// The password does not open the vault, or the backup; of a restore, which has both, the detail `which` says which.
    WrongPassword = "WRONG_PASSWORD", retryable: false;
    /// The password is empty or too long: it has 1 to 4,096 bytes in UTF-8.
    InvalidPassword = "INVALID_PASSWORD", retryable: false;
    /// The vault is locked: set the password first.
    VaultLocked = "VAULT_LOCKED", retryable: false;
    /// No mnemonic has been stored yet.
    VaultEmpty = "VAULT_EMPTY", retryable: false;
    /// The vault file is damaged or truncated.
    VaultDamaged = "VAULT_DAMAGED", retryable: false;
    /// The vault file is gone although a mnemonic was stored before.
    VaultMissing = "VAULT_MISSING", retryable: false;
    /// The file is not a Stronghold snapshot.
    VaultForeign = "VAULT_FOREIGN", retryable: false;
    /// The vault file has a snapshot version that is not read as it is.
    VaultVersion = "VAULT_VERSION", retryable: false;
    /// The vault file could not be read or written.
    VaultIo = "VAULT_IO", retryable: true;
    /// All of it was done, and written, but syncing the directory failed: it may be undone if the power fails now.
    NotDurable = "NOT_DURABLE", retryable: false;
    /// The mnemonic has a wrong word, length or checksum.
    MnemonicInvalid = "MNEMONIC_INVALID", retryable: false;
    /// A mnemonic is stored already; it is never replaced.
    MnemonicAlreadyStored = "MNEMONIC_ALREADY_STORED", retryable: false;
    /// The vault holds another seed than the one this wallet's addresses come from.
    SeedMismatch = "SEED_MISMATCH", retryable: false;
    /// The one-time reference to a secret is unknown, used or expired.
    SecretReference = "SECRET_REFERENCE", retryable: false;

    /// The file to import could not be read.
    ImportIo = "IMPORT_IO", retryable: true;
    /// The file to import is not a backup or an export of a wallet, or contradicts itself.
    ImportInvalid = "IMPORT_INVALID", retryable: false;
    /// An account is missing between those of the file to import.
    ImportIncomplete = "IMPORT_INCOMPLETE", retryable: false;
    /// The file to import has another coin type than the wallet.
    ImportCoinType = "IMPORT_COIN_TYPE", retryable: false;
    /// The wallet has accounts already: only an empty one takes over another's.
    WalletNotEmpty = "WALLET_NOT_EMPTY", retryable: false;

    /// The alias belongs to another account.
    AliasTaken = "ALIAS_TAKEN", retryable: false;
    /// The alias is empty, too long or has control characters.
    AliasInvalid = "ALIAS_INVALID", retryable: false;
    /// No account has this index or alias.
    AccountNotFound = "ACCOUNT_NOT_FOUND", retryable: false;
    /// The address is not bech32 or its checksum is wrong.
    AddressInvalid = "ADDRESS_INVALID", retryable: false;
    /// The address belongs to another network.
    AddressWrongNetwork = "ADDRESS_WRONG_NETWORK", retryable: false;
    /// The address is of a type that cannot be used here.
    AddressUnsupported = "ADDRESS_UNSUPPORTED", retryable: false;
    /// The address is valid but not one of this wallet's.
    AddressNotFound = "ADDRESS_NOT_FOUND", retryable: false;
    /// No further key index is left on the chain.
    KeyIndexExhausted = "KEY_INDEX_EXHAUSTED", retryable: false;

    /// The amount is zero, negative, not a number or above the token supply.
    AmountInvalid = "AMOUNT_INVALID", retryable: false;
    /// An output holds less than its storage deposit (TIP-19).
    StorageDepositTooLow = "STORAGE_DEPOSIT_TOO_LOW", retryable: false;
    /// A transaction takes 1 to 128 outputs, 127 beside a remainder.
    OutputCountInvalid = "OUTPUT_COUNT_INVALID", retryable: false;
    /// The account's available funds do not cover the payment.
    InsufficientFunds = "INSUFFICIENT_FUNDS", retryable: false;
    /// The payment needs more than 128 inputs, or together with its recipients more than fits a block: consolidate first.
    TooManyInputs = "TOO_MANY_INPUTS", retryable: false;
    /// A custom input is unknown to the wallet.
    InputUnknown = "INPUT_UNKNOWN", retryable: false;
    /// A custom input is spent.
    InputSpent = "INPUT_SPENT", retryable: false;
    /// A custom input is reserved by another payment.
    InputLocked = "INPUT_LOCKED", retryable: false;
    /// A custom input belongs to another account.
    InputNotOurs = "INPUT_NOT_OURS", retryable: false;
    /// A custom input is under a condition or carries assets.
    InputNotPlain = "INPUT_NOT_PLAIN", retryable: false;
    /// An output cannot be claimed: it needs no claim, is locked, expires too soon, carries assets, or nothing of it is left.
    InputNotClaimable = "INPUT_NOT_CLAIMABLE", retryable: false;
    /// Tag or data of the tagged data payload are too long.
    TaggedDataInvalid = "TAGGED_DATA_INVALID", retryable: false;
    /// The idempotency key is empty, longer than 256 bytes or not UTF-8.
    IdempotencyKeyInvalid = "IDEMPOTENCY_KEY_INVALID", retryable: false;
    /// The idempotency key was used with other parameters.
    IdempotencyConflict = "IDEMPOTENCY_CONFLICT", retryable: false;
    /// No transaction has this id or key.
    TransactionNotFound = "TRANSACTION_NOT_FOUND", retryable: false;
    /// Another signer spends with this seed: payments halt.
    ForeignSigner = "FOREIGN_SIGNER", retryable: false;

    /// No consumer has this name.
    ConsumerNotFound = "CONSUMER_NOT_FOUND", retryable: false;
    /// The consumer's name is empty, too long or has control characters.
    ConsumerNameInvalid = "CONSUMER_NAME_INVALID", retryable: false;
    /// The acknowledged position lies outside what the consumer can have seen.
    PositionInvalid = "POSITION_INVALID", retryable: false;
    /// Events after the position were pruned from the log: what the log still has begins later.
    PositionPruned = "POSITION_PRUNED", retryable: false;
    /// The position belongs to a log that a restore replaced.
    LogReplaced = "LOG_REPLACED", retryable: false;

    /// No node answered.
    NodeUnreachable = "NODE_UNREACHABLE", retryable: true;
    /// The node says of itself that it is not healthy.
    NodeUnhealthy = "NODE_UNHEALTHY", retryable: true;
    /// The node serves another network or protocol version than the wallet's.
    NodeWrongNetwork = "NODE_WRONG_NETWORK", retryable: false;
    /// The node wants credentials or refuses those given.
    NodeUnauthorized = "NODE_UNAUTHORIZED", retryable: false;
    /// The node asks for fewer requests (429).
    NodeRateLimited = "NODE_RATE_LIMITED", retryable: true;
    /// The node answered with a failure (5xx, a redirect, an unexpected status).
    NodeFailure = "NODE_FAILURE", retryable: true;
    /// The node's answer is not what the protocol says (garbage, truncated, endless, contradictory).
    NodeAnswerInvalid = "NODE_ANSWER_INVALID", retryable: true;
    /// The node refuses the signed transaction.
    TransactionRejected = "TRANSACTION_REJECTED", retryable: false;
    /// The node pruned milestones that the wallet has not seen: repair is needed.
    Gap = "GAP", retryable: false;

    /// Several wrong passwords were given: none is tried for a while, and `retryAfterMs` says for how long.
    PasswordThrottled = "PASSWORD_THROTTLED", retryable: true;
    /// The pool of addresses does not hold enough of them, and the vault is locked, so that no others can be made.
    PoolEmpty = "POOL_EMPTY", retryable: false;
    /// The file is not a backup of a wallet.
    BackupForeign = "BACKUP_FOREIGN", retryable: false;
    /// The backup was written by a newer version, whose format is not known here.
    BackupVersion = "BACKUP_VERSION", retryable: false;
    /// The backup is truncated or altered.
    BackupDamaged = "BACKUP_DAMAGED", retryable: false;
    /// The backup's file or place could not be read or written.
    BackupIo = "BACKUP_IO", retryable: true;
    /// There is a file where the backup should be written: nothing is ever overwritten.
    BackupExists = "BACKUP_EXISTS", retryable: false;
    /// The directory to restore into is not empty.
    RestoreTarget = "RESTORE_TARGET", retryable: false;
    /// After a restore, or a search of the seed: nothing is issued, and after a search nothing paid, until it is stated how far
    /// issuing had come.
    IssuingFrozen = "ISSUING_FROZEN", retryable: false;
    /// After a restore: nothing is paid until the ledger was checked, or what was found was looked at by a person.
    PaymentsFrozen = "PAYMENTS_FROZEN", retryable: false;
    /// The file is no key journal, or one of another wallet or network. It is left as it is.
    JournalForeign = "JOURNAL_FOREIGN", retryable: false;
    /// The key journal was written by a newer version, whose format is not known here.
    JournalVersion = "JOURNAL_VERSION", retryable: false;
    /// The key journal was altered. It is left as it is.
    JournalDamaged = "JOURNAL_DAMAGED", retryable: false;
    /// The key journal has payments that the database does not know: the database is an old copy. Restore a backup instead.
    JournalAhead = "JOURNAL_AHEAD", retryable: false;
    /// The key journal could not be read or written (directory, permission, full disk): nothing new is submitted.
    JournalIo = "JOURNAL_IO", retryable: true;
    /// The payment rules, or the reviewer, refuse the payment.
    PolicyRefused = "POLICY_REFUSED", retryable: false;
    /// Two persons have to approve a payment of this size: request it as a withdrawal.
    ApprovalRequired = "APPROVAL_REQUIRED", retryable: false;
    /// The prepared transaction was released, has expired, or was prepared before the wallet was opened.
    PreparedNotFound = "PREPARED_NOT_FOUND", retryable: false;
    /// The network's rules have changed, or an input was spent, since the transaction was prepared: it was released.
    PreparedOutdated = "PREPARED_OUTDATED", retryable: false;
    /// After a restore: a payment of which it is not known what it was made for paid the same recipients the same amounts.
    PossiblyPaid = "POSSIBLY_PAID", retryable: false;
    /// The reviewer has to look at the payment first: ask, and make the call again with the answer. Nothing was signed.
    ReviewRequired = "REVIEW_REQUIRED", retryable: false;
    /// What became of a transaction cannot be told from the ledger any more, so it cannot be cancelled: resolve it by hand.
    TransactionUndecided = "TRANSACTION_UNDECIDED", retryable: false;
    /// The ledger decides what becomes of a transaction, or has decided: it takes no person's word.
    TransactionDecidable = "TRANSACTION_DECIDABLE", retryable: false;

    /// The vault file is larger than is read, or its header demands more memory for the password than may be taken.
    VaultLimit = "VAULT_LIMIT", retryable: false;
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error's text with those of all its causes, outermost first: each `Display` says only its own layer.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::ErrorKind;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
