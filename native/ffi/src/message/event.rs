//! Events as they are written on the wire, live and out of the durable log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    scalar::{AmountText, Hex},
    types::{Origin, Output, SyncStatus},
};

/// The types of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventType {
    /// An output became the wallet's.
    NewOutput,
    /// An output of the wallet was spent.
    SpentOutput,
    /// A deposit that may be credited.
    Deposit,
    /// A payment's inclusion state changed.
    TransactionInclusion,
    /// A payment is being made; live only.
    TransactionProgress,
    /// The state of the sync loop changed; live only.
    SyncStatus,
}

/// An event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Event {
    /// An output became the wallet's.
    NewOutput(Box<NewOutputEvent>),
    /// An output of the wallet was spent.
    SpentOutput(SpentOutputEvent),
    /// A deposit that may be credited.
    Deposit(DepositEvent),
    /// A payment's inclusion state changed.
    TransactionInclusion(TransactionInclusionEvent),
    /// A payment is being made; live only.
    TransactionProgress(TransactionProgressEvent),
    /// The state of the sync loop changed; live only.
    SyncStatus(SyncStatusEvent),
}

impl Event {
    /// Its type.
    pub(crate) fn kind(&self) -> EventType {
        match self {
            Self::NewOutput(_) => EventType::NewOutput,
            Self::SpentOutput(_) => EventType::SpentOutput,
            Self::Deposit(_) => EventType::Deposit,
            Self::TransactionInclusion(_) => EventType::TransactionInclusion,
            Self::TransactionProgress(_) => EventType::TransactionProgress,
            Self::SyncStatus(_) => EventType::SyncStatus,
        }
    }
}

/// Where an event stands in the log and in the ledger.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    /// The log that it is in.
    pub(crate) log_id: Hex,
    /// Its number in that log, from 1 and without gaps.
    pub(crate) sequence: u64,
    /// The milestone that made it true; absent when no milestone did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// The time of that milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_time_ms: Option<u64>,
}

/// The address that an event is about, with what it and its account hold after the event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Whose {
    /// The account.
    pub(crate) account_index: u32,
    /// The account's alias at that time.
    pub(crate) alias: String,
    /// The address (bech32).
    pub(crate) address: String,
    /// The address as the ledger writes it.
    pub(crate) address_raw: Hex,
    /// Its index on its chain.
    pub(crate) key_index: u32,
    /// Whether it is on the chain of change addresses.
    pub(crate) internal: bool,
}

/// What the address and its account hold once the milestone is applied.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Holdings {
    /// The unspent amount on the address.
    pub(crate) address_balance: AmountText,
    /// The unspent amount of the account.
    pub(crate) account_balance: AmountText,
}

/// An output became the wallet's.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewOutputEvent {
    /// The same for ever, whichever node told of it: the key for doing something exactly once.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Whose it is.
    #[serde(flatten)]
    pub(crate) whose: Whose,
    /// What they hold now.
    #[serde(flatten)]
    pub(crate) holdings: Holdings,
    /// The output.
    pub(crate) output: Output,
}

/// An output of the wallet was spent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpentOutputEvent {
    /// The same for ever, whichever node told of it.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Whose it was.
    #[serde(flatten)]
    pub(crate) whose: Whose,
    /// What they hold now.
    #[serde(flatten)]
    pub(crate) holdings: Holdings,
    /// The output.
    pub(crate) output_id: Hex,
    /// Its amount.
    pub(crate) amount: AmountText,
    /// The transaction that spent it, as far as it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spent_by: Option<Hex>,
}

/// A deposit that may be credited: a plain output from outside, or from a payment between two addresses of the wallet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DepositEvent {
    /// The same for ever, whichever node told of it: the key for crediting exactly once.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Whose it is.
    #[serde(flatten)]
    pub(crate) whose: Whose,
    /// The address's label as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// The output that carries it.
    pub(crate) output_id: Hex,
    /// The transaction that made it.
    pub(crate) transaction_id: Hex,
    /// How much to credit.
    pub(crate) amount: AmountText,
    /// `external` or `paymentRecipient`.
    pub(crate) origin: Origin,
}

/// The inclusion state of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum InclusionState {
    /// A node has taken it; no milestone has applied it yet.
    Pending,
    /// A milestone applied it.
    Confirmed,
    /// One of its inputs was spent by another transaction.
    Conflicting,
    /// The node refuses it.
    Rejected,
}

/// A payment's inclusion state changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionInclusionEvent {
    /// The same for ever, whichever node told of it.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// The transaction.
    pub(crate) transaction_id: Hex,
    /// The account that pays.
    pub(crate) account_index: u32,
    /// The caller's key, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// Its state now.
    pub(crate) state: InclusionState,
    /// Why it is conflicting or rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// A block that carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_id: Option<Hex>,
}

/// What is being done for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ProgressStage {
    /// Choosing the outputs to spend.
    SelectingInputs,
    /// The transaction is drafted.
    PreparedTransaction,
    /// Being signed.
    Signing,
    /// Proof of work is being done, here or by the node.
    PerformingProofOfWork,
    /// The block is on its way to a node.
    Broadcasting,
}

/// A payment is being made. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionProgressEvent {
    /// The account that pays.
    pub(crate) account_index: u32,
    /// The transaction, once it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<Hex>,
    /// The caller's key, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// What is being done.
    pub(crate) stage: ProgressStage,
}

/// The state of the sync loop changed. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct SyncStatusEvent {
    /// How it stands now.
    pub(crate) status: SyncStatus,
}

/// Notification `event`: an event for a live subscription.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventNotification<'a> {
    /// The subscription that it is for.
    pub(crate) subscription: u64,
    /// The event.
    pub(crate) event: &'a Event,
}

/// Notification `eventsDropped`: a live subscription was not read fast enough. Durable consumers lose nothing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct EventsDroppedNotification {
    /// The subscription that missed them.
    pub(crate) subscription: u64,
    /// How many since the last such notification.
    pub(crate) count: u64,
}

/// How grave a log record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum LogLevel {
    /// Nothing is logged.
    Off,
    /// Defects.
    Error,
    /// Something that the operator should look at.
    Warn,
    /// Rare and of interest.
    Info,
    /// For finding faults.
    Debug,
    /// Everything.
    Trace,
}

/// Notification `log`: a log record of the core.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LogNotification {
    /// How grave.
    pub(crate) level: LogLevel,
    /// The part of the core that speaks.
    pub(crate) target: String,
    /// What it says; never a secret.
    pub(crate) message: String,
    /// When, by this machine's clock.
    pub(crate) time_ms: u64,
}
