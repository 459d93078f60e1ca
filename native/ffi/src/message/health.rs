//! Methods `wallet.health` and `wallet.repair`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::ledger;

use super::{
    Call, Lane, Params,
    types::{StatusError, SyncStatus},
};
use crate::{convert, error::Outcome, session::Session};

/// Everything that a watcher over this wallet wants to know. Answered from memory; no node is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetHealth {}

/// The health of a wallet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    /// How its view of the ledger stands.
    pub(crate) status: SyncStatus,
    /// The nodes in the order of preference.
    pub(crate) nodes: Vec<NodeHealth>,
    /// Gaps that were repaired, oldest first.
    pub(crate) repaired_gaps: Vec<RepairedGap>,
    /// How much of the wallet was compared with the ledger.
    pub(crate) reconciliation: Reconciliation,
    /// Whether there are addresses in advance.
    pub(crate) address_pool: AddressPool,
    /// How the part of the wallet is that moves outputs by itself.
    pub(crate) hot_wallet: HotWallet,
}

/// How the part of the wallet is that moves outputs by itself, as of the last applied milestone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HotWallet {
    /// Accounts with so many outputs that their payments may need more inputs than a transaction takes.
    pub(crate) crowded_accounts: u64,
    /// What it waits for; absent: nothing stands in its way, or it has nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// Whether the pools of addresses last. Those that run short are filled when the vault is unlocked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressPool {
    /// How many addresses of each account should be there in advance; 0: none.
    pub(crate) size: u32,
    /// Chains of addresses of which a quarter or less is there.
    pub(crate) low: u64,
    /// Chains of addresses of which nothing is there.
    pub(crate) empty: u64,
}

/// How much of the wallet was compared with the ledger since it was opened. An output about which the two differ is an
/// incident of kind `reconciliation`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reconciliation {
    /// Addresses that were compared in the present round.
    pub(crate) compared: u64,
    /// Addresses of the wallet, all of which a round compares.
    pub(crate) addresses: u64,
    /// Rounds that were finished.
    pub(crate) rounds: u64,
    /// When the last one was, by the wallet's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_ms: Option<u64>,
    /// The last milestone at which addresses were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// Outputs about which wallet and ledger differ, as often as they were found.
    pub(crate) differences: u64,
}

/// What is known of a node.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NodeHealth {
    /// Where it is reached, without credentials.
    pub(crate) url: String,
    /// What it is used for.
    pub(crate) role: NodeRole,
    /// What it was last found to be.
    pub(crate) state: NodeState,
    /// How long it has been in this state.
    pub(crate) since_ms: u64,
    /// The newest milestone that it said it has confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirmed_milestone_index: Option<u32>,
    /// How long ago it said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) heard_ago_ms: Option<u64>,
    /// Requests sent to it, repetitions included.
    pub(crate) requests: u64,
    /// How many of them ended in a fault.
    pub(crate) errors: u64,
    /// The last fault; it stays when the node has recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_error: Option<StatusError>,
    /// How long ago that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_error_ago_ms: Option<u64>,
}

/// What a node is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NodeRole {
    /// The ledger, submissions and look-ups.
    Ledger,
    /// The ledger by a stream of its own.
    Inx,
    /// Only to compare with what the others say.
    Witness,
    /// Only for what the others have pruned.
    Permanode,
}

/// What a node was last found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum NodeState {
    /// It was not asked yet.
    Unasked,
    /// It works, and says that it is healthy.
    Good,
    /// It works, and other nodes are further.
    Behind,
    /// It works, and says that it is not healthy.
    Unhealthy,
    /// It failed when it was last used.
    Failing,
}

/// Milestones that this wallet never saw.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepairedGap {
    /// The first one missed.
    pub(crate) from_index: u32,
    /// The last one missed: what they came to was booked at it.
    pub(crate) to_index: u32,
    /// When, by the wallet's clock.
    pub(crate) repaired_ms: u64,
}

impl From<ledger::NodeHealth> for NodeHealth {
    fn from(node: ledger::NodeHealth) -> Self {
        let millis = |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            url: node.url,
            role: match node.role {
                ledger::NodeRole::Ledger => NodeRole::Ledger,
                ledger::NodeRole::Inx => NodeRole::Inx,
                ledger::NodeRole::Witness => NodeRole::Witness,
                ledger::NodeRole::Permanode => NodeRole::Permanode,
            },
            state: match node.state {
                ledger::NodeState::Unknown => NodeState::Unasked,
                ledger::NodeState::Good => NodeState::Good,
                ledger::NodeState::Behind => NodeState::Behind,
                ledger::NodeState::Unhealthy => NodeState::Unhealthy,
                ledger::NodeState::Failing => NodeState::Failing,
            },
            since_ms: millis(node.since),
            confirmed_milestone_index: node.confirmed.map(|index| index.0),
            heard_ago_ms: node.heard.map(millis),
            requests: node.requests,
            errors: node.errors,
            last_error_ago_ms: node.last_error.as_ref().map(|fault| millis(fault.ago)),
            last_error: node
                .last_error
                .map(|fault| StatusError { kind: fault.kind.name().to_owned(), message: fault.message }),
        }
    }
}

impl Params for GetHealth {
    type Answer = Health;
    const NAME: &'static str = "wallet.health";
}

impl Call for GetHealth {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let health = session.core.manager().health()?;
        let figure = health.reconciliation;
        Ok(Health {
            status: convert::sync_status(&session.core, &health.status),
            nodes: health.nodes.into_iter().map(NodeHealth::from).collect(),
            repaired_gaps: health
                .repaired_gaps
                .into_iter()
                .map(|gap| RepairedGap { from_index: gap.from.0, to_index: gap.to.0, repaired_ms: gap.repaired_ms })
                .collect(),
            reconciliation: Reconciliation {
                compared: figure.compared,
                addresses: figure.addresses,
                rounds: figure.rounds,
                finished_ms: figure.finished_ms,
                milestone_index: figure.at.map(|index| index.0),
                differences: figure.differences,
            },
            address_pool: AddressPool { size: health.pool.size, low: health.pool.low, empty: health.pool.empty },
            hot_wallet: HotWallet { crowded_accounts: health.hot.crowded, reason: health.hot.reason },
        })
    }
}

/// Repairs the gap that the wallet stands before: everything that came and went in it is asked for and booked in one go,
/// with events that say `repaired`. May be repeated when it fails; the gap is as it was then.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Repair {}

/// What a repair came to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RepairReport {
    /// The first milestone that was missed.
    pub(crate) from_index: u32,
    /// The last one: all was booked at it.
    pub(crate) to_index: u32,
    /// Outputs that came in the gap and are unspent.
    pub(crate) found: u32,
    /// Outputs that were spent in the gap.
    pub(crate) spent: u32,
    /// Payments that turned out to be confirmed.
    pub(crate) confirmed: u32,
    /// Payments that can never be confirmed any more.
    pub(crate) conflicting: u32,
    /// What could not be told; each is an incident.
    pub(crate) incidents: u32,
}

/// A repair's report.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Repaired {
    /// Absent: there is no gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) report: Option<RepairReport>,
}

impl Params for Repair {
    type Answer = Repaired;
    const NAME: &'static str = "wallet.repair";
}

impl Call for Repair {
    const LANE: Lane = Lane::Node;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let report = session.core.manager().repair()?.map(|report| RepairReport {
            from_index: report.from.0,
            to_index: report.to.0,
            found: report.found,
            spent: report.spent,
            confirmed: report.confirmed,
            conflicting: report.conflicting,
            incidents: report.incidents,
        });
        Ok(Repaired { report })
    }
}
