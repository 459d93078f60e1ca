//! A local IOTA Stardust node for development and tests.
//!
//! A [`Devnet`] is a network of one node with its ledger in memory, a milestone issuer and a
//! faucet. It speaks the core REST API v2 (TIP-25) and the indexer API v1 (TIP-26) as Hornet 2.0
//! and inx-indexer 1.0 do, validates transactions by the protocol's rules, and has control routes
//! below `/api/devnet/v1` to bring about what tests need: milestones on request, pruned history,
//! arbitrary outputs, failing requests. INX, Hornet's gRPC interface, serves the ledger beside them. `README.md` beside this crate lists the routes and where
//! the answers differ from Hornet's on purpose.
//!
//! ```
//! use stardust_devnet::Devnet;
//!
//! let devnet = Devnet::builder().start()?;
//! assert_eq!(devnet.issue_milestones(1)?, 2); // milestone 1 is there from the start
//! println!("node at {}, faucet at {}", devnet.node_url(), devnet.faucet_url());
//! # Ok::<(), stardust_devnet::DevnetError>(())
//! ```

mod config;
mod devnet;
mod http;
mod inx;
mod ledger;
mod milestone;
mod node;
mod tangle;
#[cfg(test)]
mod testing;

pub use self::{
    config::GENESIS_MNEMONIC,
    devnet::{Devnet, DevnetBuilder, DevnetError, Follower},
    node::Lag,
};
