//! Methods `client.*`: the nodes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane,
    types::{Network, Nothing, Position},
};

/// Credentials for a node.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum NodeAuth {
    /// HTTP basic authentication.
    Basic {
        /// The user's name.
        username: String,
        /// Reference of the password.
        password: i32,
    },
    /// A bearer token.
    Bearer {
        /// Reference of the token.
        token: i32,
    },
}

/// Sets the credentials of one of the configured nodes.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetNodeAuth {
    /// The node as the configuration names it.
    pub(crate) url: String,
    /// The credentials.
    pub(crate) auth: NodeAuth,
}

impl Call for SetNodeAuth {
    type Answer = Nothing;
    const NAME: &'static str = "client.setNodeAuth";
    const LANE: Lane = Lane::Work;
}

/// Asks the node now.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetNodeStatus {}

/// What a node says of itself.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeStatus {
    /// Where it was reached, without credentials.
    pub(crate) url: String,
    /// Its own word on its health.
    pub(crate) healthy: bool,
    /// The network that it serves.
    pub(crate) network: Network,
    /// The newest milestone that it has confirmed.
    pub(crate) confirmed: Position,
    /// Milestones up to and with this one are pruned.
    pub(crate) pruned_to: u32,
}

impl Call for GetNodeStatus {
    type Answer = NodeStatus;
    const NAME: &'static str = "client.nodeStatus";
    const LANE: Lane = Lane::Node;
}
