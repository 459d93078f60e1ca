//! The message interface of the wallet engine and the C ABI that carries it.
//!
//! Requests, answers, events and log records are JSON-RPC 2.0 messages; [`abi`] moves them across the border as byte
//! buffers. `README.md` beside this crate describes both for authors of bindings; the schema of every message is
//! `schema/stardust-wallet.openrpc.json`.
//!
//! Memory that Rust code of this library frees is wiped before. Secrets are wiped where they are used, too; this is for the
//! copies that libraries make on their way, as that of the seed when Stronghold decrypts it.

pub mod abi;

mod config;
mod convert;
mod core_dumps;
mod engine;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
mod handles;
mod logs;
mod message;
#[cfg(test)]
mod schema;
mod session;

#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);
