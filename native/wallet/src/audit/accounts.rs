//! Decisions about accounts and addresses.

use rusqlite::Transaction;
use serde_json::json;

use super::{
    AuditKind,
    chain::{Subject, append},
};
use crate::store::{AccountRow, StoreError};

/// Addresses of a chain by their key indices: all in `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whose.
    pub account: u32,
    /// Whether of the change chain.
    pub internal: bool,
    /// The first.
    pub from: u32,
    /// After the last.
    pub to: u32,
}

/// An account was made.
///
/// # Errors
/// [`StoreError`].
pub fn created(tx: &Transaction<'_>, row: &AccountRow) -> Result<(), StoreError> {
    let details = json!({ "alias": row.alias, "undiscovered": row.discovery });
    append(tx, AuditKind::AccountCreated, Subject::account(row.account), details)
}

/// An account got another alias.
///
/// # Errors
/// [`StoreError`].
pub fn renamed(tx: &Transaction<'_>, account: u32, alias: &str) -> Result<(), StoreError> {
    append(tx, AuditKind::AccountRenamed, Subject::account(account), json!({ "alias": alias }))
}

/// Addresses were issued to who asked for them: one record a call.
///
/// # Errors
/// [`StoreError`].
pub fn issued(tx: &Transaction<'_>, chain: Chain) -> Result<(), StoreError> {
    addresses(tx, AuditKind::AddressesIssued, chain)
}

/// Addresses were used before, as the ledger or another wallet's file shows, and count as issued.
///
/// # Errors
/// [`StoreError`].
pub fn taken(tx: &Transaction<'_>, chain: Chain) -> Result<(), StoreError> {
    addresses(tx, AuditKind::AddressesTaken, chain)
}

/// Addresses may have been issued by the wallet before a restore, and are never issued.
///
/// # Errors
/// [`StoreError`].
pub fn skipped(tx: &Transaction<'_>, chain: Chain) -> Result<(), StoreError> {
    addresses(tx, AuditKind::AddressesSkipped, chain)
}

fn addresses(tx: &Transaction<'_>, kind: AuditKind, chain: Chain) -> Result<(), StoreError> {
    let Chain { account, internal, from, to } = chain;
    if from >= to {
        return Ok(());
    }
    let details = json!({ "internal": internal, "first": from, "last": to - 1 });
    append(tx, kind, Subject::account(account), details)
}
