//! The configuration that `wallet_open` takes. It holds no secret.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::message::event::LogLevel;

/// How to open a wallet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    /// The wallet's directory, absolute; made when it does not exist.
    pub(crate) storage_path: String,
    /// The coin type of the key paths (SLIP-44): 4218 IOTA, 4219 Shimmer.
    pub(crate) coin_type: u32,
    /// How the secret is kept.
    pub(crate) secret_manager: SecretManagerConfig,
    /// The nodes.
    pub(crate) client: ClientConfig,
    /// Which log records come as notifications `log`.
    #[serde(default = "Config::default_log_level")]
    pub(crate) log_level: LogLevel,
}

impl Config {
    fn default_log_level() -> LogLevel {
        LogLevel::Warn
    }
}

/// How the secret is kept.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum SecretManagerConfig {
    /// In an encrypted Stronghold snapshot.
    #[serde(rename_all = "camelCase")]
    Stronghold {
        /// The snapshot file, absolute.
        snapshot_path: String,
    },
    /// In memory only: the mnemonic is given anew after each start.
    Mnemonic {},
}

/// The nodes and how to talk to them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// At least one; the first that works is used.
    pub(crate) nodes: Vec<NodeConfig>,
    /// For a whole request.
    pub(crate) request_timeout_ms: Option<u64>,
    /// For making a connection.
    pub(crate) connect_timeout_ms: Option<u64>,
    /// How many requests may be on their way at once.
    pub(crate) max_requests_in_flight: Option<u32>,
    /// At most so many requests in a second; absent: no limit.
    pub(crate) requests_per_second: Option<u32>,
    /// How often to ask for a new milestone once all are applied.
    pub(crate) poll_interval_ms: Option<u64>,
    /// Where proof of work is done, on networks that want it.
    pub(crate) proof_of_work: Option<ProofOfWorkConfig>,
}

/// A node.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeConfig {
    /// Its address, `http` or `https`, without credentials.
    pub(crate) url: String,
}

/// Where proof of work is done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum ProofOfWorkConfig {
    /// Here.
    Local {
        /// On so many threads; absent: one for each core.
        threads: Option<u32>,
    },
    /// By the node.
    Node {},
}
