//! INX, the gRPC interface that a Hornet node offers to its extensions: messages, and the stubs of client and server.
//!
//! Generated from `proto/inx.proto`, the file of the published Go module `github.com/iotaledger/inx/go` at
//! v1.0.0-rc.2, which is what Hornet 2.0.1 is built with (Apache-2.0). Later heads of that repository are another
//! protocol. Only the methods that are used are here, and the messages that they need; nothing is needed to build it.
//! `native/inx/generate` writes `src/generated.rs` anew:
//!
//! ```text
//! cargo run --manifest-path native/inx/generate/Cargo.toml
//! ```
//!
//! Fields of type `Bytes` share the buffer of the message that they came with.

#[rustfmt::skip]
#[expect(missing_docs, reason = "generated; proto/inx.proto describes them")]
mod generated;

pub use generated::*;
/// How messages are read and written without a call around them.
pub use prost::Message;
