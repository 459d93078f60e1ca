//! What is known of the nodes, for whoever watches over the wallet.

use std::time::Duration;

use super::MilestoneIndex;
use crate::error::ErrorKind;

/// What a node is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeRole {
    /// The ledger, submissions and look-ups.
    Ledger,
    /// The ledger over INX, and nothing else.
    Inx,
    /// Only to compare with what the others say.
    Witness,
    /// Only for what the others have pruned.
    Permanode,
}

/// What a node was last found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeState {
    /// It was not asked yet.
    Unknown,
    /// It works, and says that it is healthy.
    Good,
    /// It works, and other nodes are further.
    Behind,
    /// It works, and says that it is not healthy.
    Unhealthy,
    /// It failed when it was last used.
    Failing,
}

/// A fault of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFault {
    /// One of the `Node…` kinds.
    pub kind: ErrorKind,
    /// What happened; no credentials, no body.
    pub message: String,
    /// How long ago.
    pub ago: Duration,
}

/// A node as the client has come to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeHealth {
    /// Where it is reached, without credentials.
    pub url: String,
    /// What it is used for.
    pub role: NodeRole,
    /// What it was last found to be.
    pub state: NodeState,
    /// How long it has been in this state.
    pub since: Duration,
    /// The newest milestone that it said it has confirmed.
    pub confirmed: Option<MilestoneIndex>,
    /// How long ago it said so.
    pub heard: Option<Duration>,
    /// Requests sent to it, repetitions included.
    pub requests: u64,
    /// How many of its answers, or missing ones, were faults. Not an answer that is only a no.
    pub errors: u64,
    /// The last of these faults; it stays when the node has recovered.
    pub last_error: Option<NodeFault>,
}
