//! The engine and the node client on a network. The same tests run on a development node, which each of them starts, and
//! on the network that the environment names:
//!
//! | variable | |
//! |---|---|
//! | `STARDUST_NODE`, `STARDUST_FAUCET` | a node and a faucet |
//! | `STARDUST_INX` | the node's INX |
//! | `STARDUST_NODE_2` | a second node of the same network |
//! | `STARDUST_NODE_2_CONTROL` | a command that stops and starts that node: `stop` or `start` is appended |
//!
//! With `STARDUST_FEED=inx` the wallets of all tests that need the one node only read the ledger over INX.
//!
//! The node has the control routes that a network for tests has (`/api/devnet/v1`). `ci/hornet env` prints these
//! settings for a network of Hornet nodes, and `ci/hornet test` runs the tests on one.
#![expect(clippy::unwrap_used, reason = "tests")]

mod claims;
mod conflicts;
mod follow;
mod gaps;
mod inx;
mod nodes;
mod outputs;
mod payments;
mod permanode;
mod proof;
mod reattachment;
mod restored;
mod support;
