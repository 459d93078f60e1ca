//! How far the search of a seed of which only the mnemonic is left has come.

use rusqlite::{Connection, Transaction};
use serde::{Deserialize, Serialize};

use super::{MetaKey, StoreError, meta};
use crate::ledger::Amount;

/// When a search ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapLimits {
    /// After so many unused accounts in a row, none is looked for any more.
    pub accounts: u32,
    /// After so many unused addresses in a row, a chain is not followed any more.
    pub addresses: u32,
}

/// A search of the seed's accounts: where it is, and what it has found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// When it ends; none: how far issuing had come was stated.
    pub limits: Option<GapLimits>,
    /// The account that it is at.
    pub account: u32,
    /// Whether it is at that account's change chain.
    pub internal: bool,
    /// Key index up to which it has looked at that chain.
    pub searched: u32,
    /// Unused accounts in a row before that account.
    pub unused: u32,
    /// Whether it has come to its end.
    pub complete: bool,
    /// Whether addresses may be issued: it was stated how far issuing had come.
    pub issuing_released: bool,
    /// How far each chain was skipped ahead; 0: exact counts were given, or nothing yet.
    pub skip_ahead: u32,
    /// Addresses that it has looked at.
    pub looked_at: u64,
    /// Addresses that it has found or was told of, with those before them: they count as issued.
    pub addresses: u64,
    /// Accounts that are there, of those that it is done with.
    pub accounts: u32,
    /// What these accounts held when it was done with them.
    pub amount: Amount,
}

/// The last search; none: there was none.
///
/// # Errors
/// [`StoreError`].
pub fn present(conn: &Connection) -> Result<Option<Recovery>, StoreError> {
    let Some(bytes) = meta::get(conn, MetaKey::Recovery)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::corrupt(format!("stored recovery: {error}")))
}

/// Writes it, replacing what was there.
///
/// # Errors
/// [`StoreError`].
pub fn put(tx: &Transaction<'_>, recovery: &Recovery) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(recovery).expect("plain fields always become JSON");
    meta::put(tx, MetaKey::Recovery, &bytes)
}

/// The search by which nothing may be issued, if there is one.
///
/// # Errors
/// [`StoreError`].
pub fn frozen(conn: &Connection) -> Result<Option<Recovery>, StoreError> {
    Ok(present(conn)?.filter(|recovery| !recovery.issuing_released))
}
