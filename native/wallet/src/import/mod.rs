//! Moving in from iota-sdk and wallet.rs.
//!
//! **A file is read, never written.** [`read`] opens a backup (a Stronghold snapshot) or the JSON that the export program
//! makes of a wallet directory, and checks what it says of itself. **Nothing is believed that the seed does not confirm:**
//! [`derive()`] makes every address anew and compares. **All or nothing:** [`write()`] stores accounts and addresses in one
//! transaction, and the notes to the other wallet's transactions with them. **Nothing is issued twice:** a chain goes on after the highest key index that the file names, and key
//! indexes that it leaves out count as issued. What the addresses hold is not taken from the file: they are stored with a
//! past to be checked, and the ledger is asked.

mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod parse;
mod plan;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use self::{
    error::ImportError,
    plan::{Plan, derive},
    source::{ImportSource, read},
    write::write,
};
use crate::{keys::Seed, ledger::TransactionId};

/// Most addresses of one import; one transaction and its memory stay bounded whatever a file says.
pub const ADDRESS_LIMIT: u64 = 5_000_000;

/// Most bytes of a note; a longer one is cut there. The other wallets have no limit.
pub const NOTE_LIMIT: usize = 64 << 10;

/// What a file says, without contradiction.
#[derive(Debug)]
pub struct Contents {
    /// The coin type of its key paths.
    pub coin_type: u32,
    /// All accounts, by index, without holes.
    pub accounts: Vec<FoundAccount>,
    /// The seed, where the file holds it.
    pub seed: Option<Seed>,
    /// Whether it has the name of the vault that its wallet worked with: its accounts may be those of an old backup then.
    pub live: bool,
}

/// An account of the other wallet.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundAccount {
    /// Its alias.
    pub alias: String,
    /// Its public addresses.
    pub public: FoundChain,
    /// Its internal addresses.
    pub internal: FoundChain,
    /// What its user wrote to transactions, by their ids.
    pub notes: Vec<(TransactionId, String)>,
}

/// A chain of an account of the other wallet.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FoundChain {
    /// The key index after the highest that was issued.
    pub next: u32,
    /// What is known of issued ones, by key index.
    pub addresses: Vec<FoundAddress>,
}

/// An address of the other wallet.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundAddress {
    /// Its key index.
    pub key_index: u32,
    /// As people write it.
    pub text: String,
    /// The user's note.
    pub label: Option<String>,
}

/// How much was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Accounts.
    pub accounts: u32,
    /// Public addresses, skipped ones included.
    pub public_addresses: u64,
    /// Internal addresses, skipped ones included.
    pub internal_addresses: u64,
    /// Notes to transactions.
    pub notes: u64,
}
