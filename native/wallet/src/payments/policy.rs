//! Rules before signing: limits, an allow-list, a reviewer's veto, two persons.
//!
//! `rules` is pure: what a payment is and what has left before, in; a verdict, out. `judge` reads what it needs of the
//! database, in the transaction that stores what was judged: two payments at the same time never pass a limit together.
//! `decide` keeps what people and the reviewer answer to withdrawals that wait; `record` writes into the audit log what is in
//! force.
//!
//! Only what leaves the wallet is limited: not what goes to one of its own addresses, not a claim, not a contest.

mod decide;
mod judge;
mod record;
mod rules;

pub(crate) use self::judge::check_network;
pub(super) use self::{
    decide::words,
    judge::{Judge, admit, check, count},
};
pub use self::{
    decide::{APPROVER_LIMIT, REASON_LIMIT},
    rules::{PaymentRules, Refusal, Window},
};
