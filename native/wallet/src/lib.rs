//! The wallet engine: keys, accounts, the durable ledger view, events and payments.
//!
//! The engine has no network, no async runtime and no message format. What it needs from outside
//! comes through the ports in [`ledger`]; [`manager::AccountManager`] is the only door in.
//! Data flows one way: a validated [`ledger::LedgerDiff`] is scanned, applied in one database
//! transaction, and only then announced.

#[macro_use]
pub mod fail;

pub mod accounts;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod error;
pub mod events;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
pub mod import;
pub mod keys;
pub mod ledger;
mod locks;
pub mod manager;
pub mod payments;
#[cfg(test)]
mod rooms;
pub mod stardust;
pub mod store;
pub mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
