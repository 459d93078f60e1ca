//! The audit log: what the wallet decided, for people who check it afterwards.
//!
//! **Each decision, once.** A record is appended in the very transaction that makes the decision true: both are durable or
//! neither is. **A chain.** Each record's hash covers the record and the hash before it ([`chain`]), so nothing in the middle
//! can be changed, removed or put in without changing all that follows. **Only the end can be compared:** who can write the
//! database can also make the whole chain anew. So keep a [`AuditHead`] elsewhere from time to time, and have [`verify()`]
//! compare it. **Append-only.** Triggers refuse everything else, so that a slip in our own code is an error.
//!
//! What is decided is in [`kind`]; the functions that write it down are in [`wallet`], [`accounts`] and [`payments`], one for
//! each kind, and take no more than the rows that the caller has. Appending costs the same however long the log is.

pub mod accounts;
pub mod chain;
pub mod kind;
mod list;
pub mod payments;
#[cfg(test)]
mod tests;
mod verify;
pub mod wallet;

pub use self::{
    kind::AuditKind,
    list::{AuditRecord, list},
    verify::{Break, BreakKind, Verdict, verify},
};
pub use crate::store::audit::{AuditFilter, AuditHead};
