//! What is decided.

use crate::store::sql::stored_enum;

/// What a record of the audit log says was decided. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// The log begins: of a new wallet, or of one that is older than the log.
    Begun,
    /// The wallet belongs to a network.
    NetworkMet,
    /// A seed was given to be put into the vault. That it came to it is said by [`SeedAdopted`](Self::SeedAdopted) the first time.
    SeedGiven,
    /// The wallet's addresses come from the seed with this first address.
    SeedAdopted,
    /// The vault's password is going to be changed. Without [`PasswordChanged`](Self::PasswordChanged) after it, it may have been or not.
    PasswordChanging,
    /// The vault's password was changed.
    PasswordChanged,
    /// An account was made.
    AccountCreated,
    /// An account got another alias.
    AccountRenamed,
    /// Addresses were issued.
    AddressesIssued,
    /// Addresses count as issued because the ledger, or another wallet's file, shows that they were used.
    AddressesTaken,
    /// Addresses count as issued because the wallet before the restore may have issued them.
    AddressesSkipped,
    /// Accounts of another wallet were taken over.
    Imported,
    /// What may be paid is not what it was: other rules, or another hot wallet policy, are in force from this opening on.
    RulesSet,
    /// A payment was asked for.
    PaymentRequested,
    /// The rules refused a payment of its own: nothing was paid, and its key stays unused.
    PaymentRefused,
    /// A withdrawal was asked for.
    WithdrawalRequested,
    /// A withdrawal waits for the reviewer or for two persons.
    WithdrawalHeld,
    /// A person approved a withdrawal.
    WithdrawalApproved,
    /// A withdrawal may be paid: the reviewer, and the persons that have to approve it, allow it.
    WithdrawalAllowed,
    /// Rules, reviewer or a person refused a withdrawal: it is never paid.
    WithdrawalRefused,
    /// A transaction pays a withdrawal.
    WithdrawalAssigned,
    /// A withdrawal that a transaction pays is to be cancelled, if its contest wins.
    WithdrawalCancelRequested,
    /// A withdrawal is never paid.
    WithdrawalCancelled,
    /// A withdrawal waits for another transaction.
    WithdrawalReleased,
    /// Inputs were chosen and a transaction signed.
    TransactionSigned,
    /// A payment that the backup does not know was taken over after a restore.
    TransactionRecovered,
    /// A node took a block with a transaction.
    TransactionSubmitted,
    /// Nodes refuse a transaction.
    TransactionRejected,
    /// A transaction is submitted no more, and another one is to take its place.
    TransactionContested,
    /// A milestone applied a transaction.
    TransactionConfirmed,
    /// A transaction can never be applied.
    TransactionDead,
    /// The transaction that contested this one was applied.
    TransactionCancelled,
    /// A person said what became of a transaction of which the ledger does not tell it any more.
    TransactionResolved,
    /// A person said for which key a recovered transaction was made.
    RecoveredNamed,
    /// A person said that a recovered transaction is none of what will be asked for.
    RecoveredDismissed,
    /// A recovered transaction answers an idempotency key from now on.
    KeyBound,
    /// Outputs were reserved by hand.
    OutputsLocked,
    /// Outputs that were reserved by hand were freed.
    OutputsUnlocked,
    /// Somebody else spends with the seed: nothing is paid any more.
    ForeignSigner,
    /// A person said that nobody else spends with the seed any more: payments go on.
    ForeignSignerReleased,
    /// The wallet stands before a gap: nothing is issued, credited or paid.
    GapEntered,
    /// The gap was repaired.
    GapRepaired,
    /// The witness contradicted: the wallet halted.
    WitnessDiffered,
    /// The witness agrees again.
    WitnessAgreed,
    /// The wallet came out of a backup: issuing and payments are frozen.
    Restored,
    /// Issuing is free again after a restore.
    IssuingReleased,
    /// Payments are free again after a restore.
    PaymentsReleased,
}
stored_enum!(AuditKind {
    Begun = "begun",
    NetworkMet = "networkMet",
    SeedGiven = "seedGiven",
    SeedAdopted = "seedAdopted",
    PasswordChanging = "passwordChanging",
    PasswordChanged = "passwordChanged",
    AccountCreated = "accountCreated",
    AccountRenamed = "accountRenamed",
    AddressesIssued = "addressesIssued",
    AddressesTaken = "addressesTaken",
    AddressesSkipped = "addressesSkipped",
    Imported = "imported",
    RulesSet = "rulesSet",
    PaymentRequested = "paymentRequested",
    PaymentRefused = "paymentRefused",
    WithdrawalRequested = "withdrawalRequested",
    WithdrawalHeld = "withdrawalHeld",
    WithdrawalApproved = "withdrawalApproved",
    WithdrawalAllowed = "withdrawalAllowed",
    WithdrawalRefused = "withdrawalRefused",
    WithdrawalAssigned = "withdrawalAssigned",
    WithdrawalCancelRequested = "withdrawalCancelRequested",
    WithdrawalCancelled = "withdrawalCancelled",
    WithdrawalReleased = "withdrawalReleased",
    TransactionSigned = "transactionSigned",
    TransactionRecovered = "transactionRecovered",
    TransactionSubmitted = "transactionSubmitted",
    TransactionRejected = "transactionRejected",
    TransactionContested = "transactionContested",
    TransactionConfirmed = "transactionConfirmed",
    TransactionDead = "transactionDead",
    TransactionCancelled = "transactionCancelled",
    TransactionResolved = "transactionResolved",
    RecoveredNamed = "recoveredNamed",
    RecoveredDismissed = "recoveredDismissed",
    KeyBound = "keyBound",
    OutputsLocked = "outputsLocked",
    OutputsUnlocked = "outputsUnlocked",
    ForeignSigner = "foreignSigner",
    ForeignSignerReleased = "foreignSignerReleased",
    GapEntered = "gapEntered",
    GapRepaired = "gapRepaired",
    WitnessDiffered = "witnessDiffered",
    WitnessAgreed = "witnessAgreed",
    Restored = "restored",
    IssuingReleased = "issuingReleased",
    PaymentsReleased = "paymentsReleased",
});
