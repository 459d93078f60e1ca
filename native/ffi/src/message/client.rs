//! Methods `client.*`: the nodes.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_client::Auth;

use super::{
    Call, Lane, Params,
    types::{Network, Nothing, Position},
};
use crate::{
    convert,
    error::{Fault, Outcome},
    session::Session,
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

impl NodeAuth {
    /// With the secrets that it names.
    fn read(self, session: &Session) -> Outcome<Auth> {
        let text = |reference| -> Outcome<String> {
            let bytes = session.secret(reference)?;
            let text = std::str::from_utf8(&bytes).map_err(|_| Fault::argument("the credentials are not UTF-8"))?;
            Ok(text.to_owned())
        };
        Ok(match self {
            Self::Basic { username, password } => Auth::basic(username, text(password)?),
            Self::Bearer { token } => Auth::bearer(text(token)?),
        })
    }
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

impl Params for SetNodeAuth {
    type Answer = Nothing;
    const NAME: &'static str = "client.setNodeAuth";
}

impl Call for SetNodeAuth {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        session.core.client().set_auth(&self.url, Some(self.auth.read(session)?))?;
        Ok(Nothing {})
    }
}

/// How long a node is asked.
const ASKING: Duration = Duration::from_secs(30);

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

impl Params for GetNodeStatus {
    type Answer = NodeStatus;
    const NAME: &'static str = "client.nodeStatus";
}

impl Call for GetNodeStatus {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let status = session.core.manager().node_status(ASKING)?;
        Ok(NodeStatus {
            url: status.url,
            healthy: status.healthy,
            network: convert::network(&status.network),
            confirmed: convert::position(&status.confirmed),
            pruned_to: status.pruned_to.0,
        })
    }
}
