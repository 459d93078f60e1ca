//! A whole wallet in one file, and back.
//!
//! **A backup is one commit.** The database is copied as of one commit while the wallet goes on, with SQLite's online
//! backup; then the vault file is read, which changes only with its password. Both go into one file, encrypted and
//! authenticated under a password of its own; the vault inside stays encrypted under the vault's password.
//! **Old or new.** A backup appears under its name when it is complete and on disk, and never in another file's place. A
//! directory becomes a wallet when all of a restore is in it; one that was interrupted is refused until it is repeated.
//! **A restored wallet knows that it is old.** It has a new log id, issues nothing and follows nothing until it is stated
//! how far issuing had come ([`Accounts::release_issuing`](crate::accounts::Accounts::release_issuing)), then follows
//! the ledger from the backup's milestone, so that whatever came since is booked as if it had never been away; and it
//! pays nothing before it has seen what was paid since ([`store::restore`](crate::store::restore)).
//!
//! The file: `format` (header and manifest), `stream` (the encrypted content), [`write()`], [`restore()`].

mod error;
mod format;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod remnants;
mod restore;
mod stream;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use self::restore::lies_in;
pub use self::{
    error::BackupError,
    format::{BackupInfo, FORMAT_VERSION},
    restore::{Target, restore},
    write::{Source, write},
};
