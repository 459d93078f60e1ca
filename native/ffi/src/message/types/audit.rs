//! The audit log, as it is written on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::{mirror::mirror, scalar::Hex};

mirror! {
    /// What a record of the audit log says was decided.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum AuditKind of stardust_wallet::audit::AuditKind {
        /// The log begins: of a new wallet, or of one that is older than the log.
        Begun,
        /// The wallet belongs to a network.
        NetworkMet,
        /// A seed was given to be put into the vault. That it came to it is said by `seedAdopted` the first time.
        SeedGiven,
        /// The wallet's addresses come from the seed with this first address.
        SeedAdopted,
        /// The vault's password is going to be changed. Without `passwordChanged` after it, it may have been or not.
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
}

/// Where the audit log ends, or ended once.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditHead {
    /// The newest record's position, from 1.
    pub(crate) sequence: u64,
    /// Its hash, 32 bytes.
    pub(crate) hash: Hex,
}

/// A record of the audit log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditRecord {
    /// Its position, from 1 without holes.
    pub(crate) sequence: u64,
    /// When it was written, by the machine's clock.
    pub(crate) time_ms: u64,
    /// What was decided.
    pub(crate) kind: AuditKind,
    /// The account that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_index: Option<u32>,
    /// The caller's key of the payment or withdrawal that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// The transaction that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<Hex>,
    /// All else: JSON text, exactly as it was hashed.
    pub(crate) details: String,
    /// Its hash, 32 bytes.
    pub(crate) hash: Hex,
}

mirror! {
    /// What is wrong with an audit log.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum AuditBreak of stardust_wallet::audit::BreakKind {
        /// A record is missing, or is where none can be.
        Gap,
        /// A record is not what its hash says, or not what followed the record before it.
        Altered,
        /// The newest record is not the one that the log's end names: records at the end are missing, or were added or made anew.
        End,
        /// The log is of another wallet than the database.
        Foreign,
        /// The head that was expected is not in the log.
        Expected,
    }
}

/// The first thing that is wrong with an audit log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditProblem {
    /// The record that shows it.
    pub(crate) sequence: u64,
    /// What it is.
    pub(crate) kind: AuditBreak,
    /// The same for people.
    pub(crate) message: String,
}

/// What a verification of the audit log came to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditVerdict {
    /// Records that are right, from the first one on.
    pub(crate) records: u64,
    /// Where the log ended when the verification was begun.
    pub(crate) head: AuditHead,
    /// The newest record, among those that are right, that says that the wallet came out of a backup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restored_at: Option<u64>,
    /// What is wrong; absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<AuditProblem>,
}
