//! Nodes that lie, lag, forget and break: whatever they do, the wallet ends with the right books or in a state that says
//! what is wrong, and nothing is booked that did not happen.

#![expect(clippy::unwrap_used, reason = "tests")]

mod requests;
mod sizes;
#[path = "../support/mod.rs"]
mod support;
mod truth;
mod witness;
