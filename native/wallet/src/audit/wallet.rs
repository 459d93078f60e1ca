//! Decisions about the wallet as a whole.

use rusqlite::Transaction;
use serde_json::{Value, json};

use super::{
    AuditKind,
    chain::{Subject, append, log_id},
};
use crate::{
    ledger::{Address, Network, OutputId},
    store::{
        Gap, RepairedGap, StoreError,
        restore::{self, Checked, Restore},
    },
};

/// The wallet belongs to a network from now on.
///
/// # Errors
/// [`StoreError`].
pub fn network_met(tx: &Transaction<'_>, network: &Network) -> Result<(), StoreError> {
    let details = json!({ "name": network.name, "id": network.id.to_string(), "hrp": network.hrp });
    append(tx, AuditKind::NetworkMet, Subject::default(), details)
}

/// A seed is going to be put into the vault. Written before: then none is put there without a record.
///
/// # Errors
/// [`StoreError`].
pub fn seed_given(tx: &Transaction<'_>, origin: &[u8]) -> Result<(), StoreError> {
    let details = json!({ "origin": String::from_utf8_lossy(origin) });
    append(tx, AuditKind::SeedGiven, Subject::default(), details)
}

/// The wallet's addresses come from the seed with this first address.
///
/// # Errors
/// [`StoreError`].
pub fn seed_adopted(tx: &Transaction<'_>, first: &Address) -> Result<(), StoreError> {
    append(tx, AuditKind::SeedAdopted, Subject::default(), json!({ "firstAddress": first }))
}

/// The vault's password is going to be changed by who knows it. Written before: then it is not changed without a record.
///
/// # Errors
/// [`StoreError`].
pub fn password_changing(tx: &Transaction<'_>) -> Result<(), StoreError> {
    append(tx, AuditKind::PasswordChanging, Subject::default(), json!({}))
}

/// The vault's password was changed.
///
/// # Errors
/// [`StoreError`].
pub fn password_changed(tx: &Transaction<'_>) -> Result<(), StoreError> {
    append(tx, AuditKind::PasswordChanged, Subject::default(), json!({}))
}

/// These rules and this hot wallet policy are in force from now on.
///
/// # Errors
/// [`StoreError`].
pub fn rules_set(tx: &Transaction<'_>, rules: &Value) -> Result<(), StoreError> {
    append(tx, AuditKind::RulesSet, Subject::default(), rules)
}

/// Accounts of another wallet were taken over; each has records of its own.
///
/// # Errors
/// [`StoreError`].
pub fn imported(tx: &Transaction<'_>, accounts: usize, addresses: usize) -> Result<(), StoreError> {
    let details = json!({ "accounts": accounts, "addresses": addresses });
    append(tx, AuditKind::Imported, Subject::default(), details)
}

/// Outputs were reserved by hand.
///
/// # Errors
/// [`StoreError`].
pub fn outputs_locked(tx: &Transaction<'_>, ids: &[OutputId]) -> Result<(), StoreError> {
    append(tx, AuditKind::OutputsLocked, Subject::default(), json!({ "outputs": ids }))
}

/// Outputs that were reserved by hand were freed.
///
/// # Errors
/// [`StoreError`].
pub fn outputs_unlocked(tx: &Transaction<'_>, ids: &[OutputId]) -> Result<(), StoreError> {
    append(tx, AuditKind::OutputsUnlocked, Subject::default(), json!({ "outputs": ids }))
}

/// Somebody else spends with the seed.
///
/// # Errors
/// [`StoreError`].
pub fn foreign_signer(tx: &Transaction<'_>, evidence: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::ForeignSigner, Subject::default(), json!({ "evidence": evidence }))
}

/// A person said that nobody else spends with the seed any more.
///
/// # Errors
/// [`StoreError`].
pub fn foreign_signer_released(tx: &Transaction<'_>, evidence: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::ForeignSignerReleased, Subject::default(), json!({ "evidence": evidence }))
}

/// The wallet stands before a gap.
///
/// # Errors
/// [`StoreError`].
pub fn gap_entered(tx: &Transaction<'_>, gap: &Gap) -> Result<(), StoreError> {
    let details = json!({ "milestone": gap.cursor, "prunedTo": gap.pruned_to });
    append(tx, AuditKind::GapEntered, Subject::default(), details)
}

/// A gap was repaired.
///
/// # Errors
/// [`StoreError`].
pub fn gap_repaired(tx: &Transaction<'_>, gap: &RepairedGap) -> Result<(), StoreError> {
    append(tx, AuditKind::GapRepaired, Subject::default(), json!({ "from": gap.from, "to": gap.to }))
}

/// The witness contradicted the node that serves.
///
/// # Errors
/// [`StoreError`].
pub fn witness_differed(tx: &Transaction<'_>, text: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::WitnessDiffered, Subject::default(), json!({ "evidence": text }))
}

/// The witness agrees again.
///
/// # Errors
/// [`StoreError`].
pub fn witness_agreed(tx: &Transaction<'_>) -> Result<(), StoreError> {
    append(tx, AuditKind::WitnessAgreed, Subject::default(), json!({}))
}

/// The wallet came out of a backup, with the present event log's name.
///
/// # Errors
/// [`StoreError`].
pub fn restored(tx: &Transaction<'_>, restore: &Restore) -> Result<(), StoreError> {
    let details = json!({
        "logId": log_id(tx)?,
        "logIdBefore": restore.log_id_before,
        "backupMs": restore.backup_ms,
        "restoredMs": restore.restored_ms,
        "milestone": restore.cursor,
    });
    append(tx, AuditKind::Restored, Subject::default(), details)
}

/// Issuing is free again; the skipped addresses and the accounts made anew have records of their own.
///
/// # Errors
/// [`StoreError`].
pub fn issuing_released(tx: &Transaction<'_>, skipped: u64, accounts: u32, ahead: u32) -> Result<(), StoreError> {
    let details = json!({ "skipped": skipped, "accounts": accounts, "skipAhead": ahead });
    append(tx, AuditKind::IssuingReleased, Subject::default(), details)
}

/// Payments are free again, by an operator's hand.
///
/// # Errors
/// [`StoreError`].
pub fn payments_released(tx: &Transaction<'_>) -> Result<(), StoreError> {
    append(tx, AuditKind::PaymentsReleased, Subject::default(), json!({ "byHand": true }))
}

/// Notes that the ledger was followed to its tip, as [`restore::checked`] does; payments that are free again by that are free
/// by no hand.
///
/// # Errors
/// [`StoreError`].
pub fn checked(tx: &Transaction<'_>) -> Result<Checked, StoreError> {
    let checked = restore::checked(tx)?;
    if checked.released {
        append(tx, AuditKind::PaymentsReleased, Subject::default(), json!({ "byHand": false }))?;
    }
    Ok(checked)
}
