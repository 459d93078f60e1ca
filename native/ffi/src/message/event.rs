//! Events as they are written on the wire, live and out of the durable log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    mirror::mirror,
    scalar::{AmountText, Hex},
    types::{
        AddressPoolEvent, ConsolidationRequiredEvent, Origin, Output, RecoveryProgressEvent, SweepProgressEvent,
        SyncStatus, WithdrawalEvent,
    },
};

/// The types of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EventType {
    /// An output became the wallet's.
    NewOutput,
    /// An output of the wallet was spent.
    SpentOutput,
    /// A condition of an output has ended.
    LapsedOutput,
    /// A deposit that may be credited.
    Deposit,
    /// A payment's inclusion state changed.
    TransactionInclusion,
    /// A withdrawal's state changed.
    Withdrawal,
    /// A person has to look at something.
    Incident,
    /// A payment is being made; live only.
    TransactionProgress,
    /// The state of the sync loop changed; live only.
    SyncStatus,
    /// A pool of addresses runs low, is empty or is filled again; live only.
    AddressPool,
    /// The search of the seed's accounts has come further; live only.
    RecoveryProgress,
    /// An account has too many outputs, or no longer has; live only.
    ConsolidationRequired,
    /// A sweep or a consolidation that was called for has made one more transaction; live only.
    SweepProgress,
}

impl EventType {
    /// Whether such events are never in the log.
    pub(crate) fn is_live_only(self) -> bool {
        matches!(
            self,
            Self::TransactionProgress
                | Self::SyncStatus
                | Self::AddressPool
                | Self::RecoveryProgress
                | Self::ConsolidationRequired
                | Self::SweepProgress
        )
    }
}

/// An event.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum Event {
    /// An output became the wallet's.
    NewOutput(Box<NewOutputEvent>),
    /// An output of the wallet was spent.
    SpentOutput(SpentOutputEvent),
    /// A condition of an output has ended.
    LapsedOutput(LapsedOutputEvent),
    /// A deposit that may be credited.
    Deposit(DepositEvent),
    /// A payment's inclusion state changed.
    TransactionInclusion(TransactionInclusionEvent),
    /// A withdrawal's state changed.
    Withdrawal(WithdrawalEvent),
    /// A person has to look at something.
    Incident(IncidentEvent),
    /// A payment is being made; live only.
    TransactionProgress(TransactionProgressEvent),
    /// The state of the sync loop changed; live only.
    SyncStatus(SyncStatusEvent),
    /// A pool of addresses runs low, is empty or is filled again; live only.
    AddressPool(AddressPoolEvent),
    /// The search of the seed's accounts has come further; live only.
    RecoveryProgress(RecoveryProgressEvent),
    /// An account has too many outputs, or no longer has; live only.
    ConsolidationRequired(ConsolidationRequiredEvent),
    /// A sweep or a consolidation that was called for has made one more transaction; live only.
    SweepProgress(SweepProgressEvent),
}

impl Event {
    /// Its type.
    pub(crate) fn kind(&self) -> EventType {
        match self {
            Self::NewOutput(_) => EventType::NewOutput,
            Self::SpentOutput(_) => EventType::SpentOutput,
            Self::LapsedOutput(_) => EventType::LapsedOutput,
            Self::Deposit(_) => EventType::Deposit,
            Self::TransactionInclusion(_) => EventType::TransactionInclusion,
            Self::Withdrawal(_) => EventType::Withdrawal,
            Self::Incident(_) => EventType::Incident,
            Self::TransactionProgress(_) => EventType::TransactionProgress,
            Self::SyncStatus(_) => EventType::SyncStatus,
            Self::AddressPool(_) => EventType::AddressPool,
            Self::RecoveryProgress(_) => EventType::RecoveryProgress,
            Self::ConsolidationRequired(_) => EventType::ConsolidationRequired,
            Self::SweepProgress(_) => EventType::SweepProgress,
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
    /// Found or inferred when a gap was repaired: the milestone is that of the repair.
    pub(crate) repaired: bool,
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
    /// Found or inferred when a gap was repaired: the milestone is that of the repair.
    pub(crate) repaired: bool,
}

mirror! {
    /// What the end of a condition made of an output.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum LapseChange of stardust_wallet::events::LapseChange {
        /// Its timelock is over: it is plain now.
        Unlocked,
        /// It expired in the wallet's favour: it is the wallet's now, and never a deposit.
        Returned,
        /// It expired against the wallet: it is somebody else's now, or another address's of the wallet.
        Lost,
    }
}

/// At a milestone's time a timelock or an expiration ended, and an output became something else to the wallet.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LapsedOutputEvent {
    /// The same for ever, whichever node told of it.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// Whose it was when it is lost, else whose it is.
    #[serde(flatten)]
    pub(crate) whose: Whose,
    /// What they hold now.
    #[serde(flatten)]
    pub(crate) holdings: Holdings,
    /// The output.
    pub(crate) output_id: Hex,
    /// The transaction that made it.
    pub(crate) transaction_id: Hex,
    /// What changed.
    pub(crate) change: LapseChange,
    /// Its amount.
    pub(crate) amount: AmountText,
    /// How much of it may be credited now; a deposit event says so too.
    pub(crate) creditable: AmountText,
    /// Whether it can be spent like any other coins now.
    pub(crate) plain: bool,
    /// Where it came from.
    pub(crate) origin: Origin,
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
    /// `external`, `paymentRecipient` or `claim`.
    pub(crate) origin: Origin,
    /// Found or inferred when a gap was repaired: the milestone is that of the repair.
    pub(crate) repaired: bool,
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
    /// The transaction that contested it was confirmed.
    Cancelled,
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
    /// Why it is conflicting, rejected or cancelled; or what of a confirmed one nobody got, because the time to claim it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The latest block that carries it; of a `confirmed` one the block by which the milestone included it, if that is known by now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_id: Option<Hex>,
    /// Inferred when a gap was repaired: the milestone is that of the repair.
    pub(crate) repaired: bool,
}

mirror! {
    /// What an incident is about.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum IncidentKind of stardust_wallet::events::IncidentKind {
        /// An output of the wallet was spent by a transaction that is in no record of it, and paid back to it.
        UnknownOwn,
        /// The ledger's unspent outputs of an address are not those that are booked.
        Reconciliation,
        /// The witness node tells another ledger than the node that serves.
        Witness,
        /// The repair of a gap left something that cannot be known any more.
        Repair,
        /// A plain output of the wallet was spent by a transaction that it did not sign: payments halt.
        ForeignSigner,
    }
}

/// Something is not as it should be, and a person has to look at it. Never a reason to book anything.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IncidentEvent {
    /// The same for ever, whichever node told of it.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// What it is about.
    pub(crate) kind: IncidentKind,
    /// The account, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_index: Option<u32>,
    /// The output, if it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_id: Option<Hex>,
    /// What was found, for people.
    pub(crate) text: String,
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
