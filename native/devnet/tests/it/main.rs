//! The devnet from outside: over HTTP, and as a program.

#![expect(clippy::unwrap_used, reason = "tests")]

mod client;
mod control;
mod falsehoods;
mod load;
mod network;
mod program;
mod routes;
