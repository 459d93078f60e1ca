//! The node client against nodes: scripted ones that do everything wrong, and a devnet.
#![expect(clippy::unwrap_used, reason = "tests")]

mod failover;
mod faults;
mod feed;
mod inx;
mod inx_lies;
mod lookup;
mod network;
mod output_state;
mod signatures;
mod submit;
mod support;
mod witness;
