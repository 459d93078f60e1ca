//! Methods `wallet.*`: the wallet as a whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane,
    scalar::Hex,
    types::{AccountRef, Balance, Network, Nothing, SyncStatus},
};

/// What this wallet is. Answered from memory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Info {}

/// What a wallet is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WalletInfo {
    /// Version of the core.
    pub(crate) version: String,
    /// Version of the C ABI.
    pub(crate) abi_version: u32,
    /// The coin type of its key paths (SLIP-44): 4218 IOTA, 4219 Shimmer.
    pub(crate) coin_type: u32,
    /// How it keeps its secret.
    pub(crate) secret_manager: SecretManagerKind,
    /// Its event log.
    pub(crate) log_id: Hex,
    /// Its network; absent before the first contact with a node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) network: Option<Network>,
    /// Its directory.
    pub(crate) storage_path: String,
}

/// How a wallet keeps its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SecretManagerKind {
    /// In an encrypted Stronghold snapshot.
    Stronghold,
    /// In memory only.
    Mnemonic,
}

impl Call for Info {
    type Answer = WalletInfo;
    const NAME: &'static str = "wallet.info";
    const LANE: Lane = Lane::Quick;
}

/// Starts the threads: from now on the wallet follows the ledger. Before it, set node credentials and password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {}

impl Call for Start {
    type Answer = Nothing;
    const NAME: &'static str = "wallet.start";
    const LANE: Lane = Lane::Work;
}

/// How the wallet's view of the ledger stands.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Status {}

impl Call for Status {
    type Answer = SyncStatus;
    const NAME: &'static str = "wallet.status";
    const LANE: Lane = Lane::Quick;
}

/// Waits until the wallet has applied what the node has confirmed now, and answers the balance after that.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sync {
    /// How long to wait: 1 to 86,400,000.
    #[serde(default = "Sync::default_timeout")]
    pub(crate) timeout_ms: u64,
    /// Answer the balance of this account, not of the whole wallet.
    pub(crate) account: Option<AccountRef>,
}

impl Sync {
    fn default_timeout() -> u64 {
        60_000
    }
}

/// The wallet has caught up.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Synced {
    /// The milestone that is applied.
    pub(crate) milestone_index: u32,
    /// The balance after it or a later one.
    pub(crate) balance: Balance,
}

impl Call for Sync {
    type Answer = Synced;
    const NAME: &'static str = "wallet.sync";
    const LANE: Lane = Lane::Parked;
}

/// The balance over all accounts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotalBalance {}

impl Call for TotalBalance {
    type Answer = Balance;
    const NAME: &'static str = "wallet.balance";
    const LANE: Lane = Lane::Quick;
}
