//! The node client against nodes: scripted ones that do everything wrong, and a devnet.
#![expect(clippy::unwrap_used, reason = "tests")]

mod faults;
mod feed;
mod lookup;
mod network;
mod submit;
mod support;
