//! The node client: implements the engine's ports over nodes' core REST API v2 (TIP-25) and indexer
//! API v1 (TIP-26), and the ledger over INX, an own Hornet node's gRPC interface, where it is configured.
//!
//! [`NodeClient`] is the shared core. It owns a small async runtime, knows several nodes, checks that
//! each of them serves the wallet's network before it is used, and goes on with the next node when one
//! fails. It implements [`Submit`](stardust_wallet::ledger::Submit) and
//! [`Lookup`](stardust_wallet::ledger::Lookup); [`NodeClient::configured_feed`] gives the
//! [`Feed`](stardust_wallet::ledger::Feed), and [`NodeClient::witness`] the
//! [`Witness`](stardust_wallet::ledger::Witness), a second node to compare with, if one is configured.
//!
//! ```
//! use std::sync::Arc;
//! use stardust_client::{ClientConfig, NodeClient};
//! use stardust_wallet::ledger::{Feed, Lookup, Submit};
//!
//! let config = ClientConfig::builder().node("http://localhost:14265").build()?;
//! let client = NodeClient::open(config)?;
//! let feed: Box<dyn Feed> = client.configured_feed();
//! let submit: Arc<dyn Submit> = Arc::new(client.clone());
//! let lookup: Arc<dyn Lookup> = Arc::new(client.clone());
//! client.close();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - **Nothing a node says is believed unseen.** Bodies are limited, ids of milestones and of blocks that are made
//!   here are computed from the bytes, and a diff must link to the wallet's cursor. What an output holds and
//!   what a milestone did cannot be computed from that: a node that is run by somebody else can still lie about it.
//! - **A fault is never an answer.** "Not there" counts only where the protocol says so; everything else
//!   is an error with its kind, and all requests of one milestone go to one node.
//! - **What nodes have pruned a permanode has,** if one is configured: it is asked where no node knows any more.
//! - **Closing answers everything.** Every outstanding answer is given, with an error, and no thread stays.

mod api;
mod block;
mod client;
mod compare;
mod config;
mod counters;
mod credentials;
mod fault;
mod feed;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzz;
mod history;
mod http;
mod inx;
mod keys;
mod lookup;
mod milestone;
mod node;
mod output_state;
mod pow;
mod reply;
mod submit;
mod tls;
mod walk;
mod wire;
mod witness;

pub use client::{NodeClient, OpenError};
pub use config::{ClientConfig, ClientConfigBuilder, ConfigError, ProofOfWork};
pub use counters::{Counters, Route};
pub use credentials::Auth;
pub use feed::RestFeed;
pub use inx::InxFeed;
pub use keys::{KeyRange, MilestoneKeys};
pub use witness::RestWitness;
