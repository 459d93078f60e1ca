//! Facts about the wallet's ledger, and who is told.
//!
//! **A ledger event is a fact with a position.** It is written in the transaction that makes it true, with the next
//! sequence number of the log ([`append`]). **Named consumers** read from where they acknowledged last and see each
//! event that passes their filter at least once ([`consumer`]). **Live listeners** ([`Bus`]) hear of events after their
//! commit, and of progress and sync status, which are not in the log.

mod bus;
pub mod consumer;
mod error;
pub mod keeper;
mod live;
mod log;
mod position;

use serde::{Deserialize, Serialize};

pub use self::{
    bus::{Bus, Listener, Notice, Subscription, announce},
    error::EventError,
    keeper::{Keeper, Retention},
    live::{
        ConsolidationStatus, PoolState, PoolStatus, ProgressStage, RecoveryProgress, SweepProgress, SyncState,
        SyncStatus, TransactionProgress,
    },
    log::{LoggedEvent, append, ensure_log_id, log_id, raise, read},
    position::Start,
};
pub use crate::store::{EventFilter, Origin, OutputClass, OutputDetails, withdrawal::WithdrawalState};
use crate::{
    ledger::{Address, Amount, BlockId, MilestoneIndex, Network, OutputId, OutputKind, TransactionId},
    store::sql::stored_enum,
};

/// An address of the wallet, as events name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnAddress {
    /// Index of the account.
    pub account: u32,
    /// The account's alias when it happened.
    pub alias: String,
    /// The address as people write it (bech32).
    pub address: String,
    /// The address as on the ledger.
    pub raw: Address,
    /// Whether it is on the change chain.
    pub internal: bool,
    /// Its index on its chain.
    pub key_index: u32,
    /// What its unspent outputs hold after the milestone.
    pub address_balance: Amount,
    /// What the account holds after the milestone, all kinds of outputs together.
    pub account_balance: Amount,
}

/// An output was booked on one of the wallet's addresses.
///
/// At least once for each consumer, across restarts; key: network and output id. Not a reason to credit: see
/// [`Deposit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOutput {
    /// Where.
    pub own: OwnAddress,
    /// The output.
    pub output_id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// The ledger's kind.
    pub kind: OutputKind,
    /// What it is to the wallet.
    pub class: OutputClass,
    /// Its base coins, storage deposit included.
    pub amount: Amount,
    /// How much of it may be credited to a customer now.
    pub creditable: Amount,
    /// Where it came from.
    pub origin: Origin,
    /// Conditions, assets, features.
    pub details: OutputDetails,
    /// Found or inferred when a gap was repaired, and not read from the milestone that did it: `milestone_index` is that of
    /// the repair. Absent in logs of earlier versions.
    #[serde(default)]
    pub repaired: bool,
}

/// An output of the wallet was spent.
///
/// At least once for each consumer, across restarts; key: network and output id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpentOutput {
    /// Where it was.
    pub own: OwnAddress,
    /// The output.
    pub output_id: OutputId,
    /// Its base coins.
    pub amount: Amount,
    /// The transaction that spent it, if the node still knew.
    pub spent_by: Option<TransactionId>,
    /// Found or inferred when a gap was repaired, and not read from the milestone that did it: `milestone_index` is that of
    /// the repair. Absent in logs of earlier versions.
    #[serde(default)]
    pub repaired: bool,
}

/// Base coins arrived that may be credited to a customer.
///
/// At least once for each consumer, across restarts. `id` is the same on every node and after every replay: credit each
/// id once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// `<network id in hexadecimal>:<output id>:deposit`.
    pub id: String,
    /// Where.
    pub own: OwnAddress,
    /// The output.
    pub output_id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// What to credit.
    pub amount: Amount,
    /// [`Origin::External`], [`Origin::PaymentRecipient`] or [`Origin::Claim`].
    pub origin: Origin,
    /// Tag, metadata and sender, if any.
    pub details: OutputDetails,
    /// Found or inferred when a gap was repaired, and not read from the milestone that did it: `milestone_index` is that of
    /// the repair. Absent in logs of earlier versions.
    #[serde(default)]
    pub repaired: bool,
}

/// What an incident is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// An output of ours was spent by a transaction that is in no record of this wallet, and paid back to it; after a
    /// restore also one that did not pay back.
    UnknownOwn,
    /// The ledger's unspent outputs of an address are not those that are booked.
    Reconciliation,
    /// The witness node tells another ledger than the node that serves; nothing was booked of it.
    Witness,
    /// The repair of a gap left something that cannot be known any more.
    Repair,
    /// A plain output of ours was spent by a transaction that this wallet did not sign: payments halt.
    ForeignSigner,
}
stored_enum!(IncidentKind {
    UnknownOwn = "unknownOwn",
    Reconciliation = "reconciliation",
    Witness = "witness",
    Repair = "repair",
    ForeignSigner = "foreignSigner",
});
crate::store::json::named!(IncidentKind);

/// Something is not as it should be, and a person has to look at it. Never a reason to book anything.
///
/// At least once for each consumer, across restarts; key: `id`. A finding that stays is told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// `<network id in hexadecimal>:<subject>:incident:<kind>`; the subject is what it is about, such as an output.
    pub id: String,
    /// What it is about.
    pub kind: IncidentKind,
    /// The account, if it concerns one.
    pub account: Option<u32>,
    /// The output, if it concerns one.
    pub output_id: Option<OutputId>,
    /// What was found, for people.
    pub text: String,
}

impl Incident {
    /// An incident about `subject`, which together with the kind tells it from all others.
    #[must_use]
    pub fn new(network: &Network, kind: IncidentKind, subject: impl std::fmt::Display, text: String) -> Self {
        let id = format!("{:016x}:{subject}:incident:{}", network.id, kind.name());
        Self { id, kind, account: None, output_id: None, text }
    }

    /// An incident about an output of an account.
    #[must_use]
    pub fn of_output(network: &Network, kind: IncidentKind, account: u32, output: OutputId, text: String) -> Self {
        Self { account: Some(account), output_id: Some(output), ..Self::new(network, kind, output, text) }
    }
}

/// What the end of a condition made of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LapseChange {
    /// Its timelock is over: it is plain now.
    Unlocked,
    /// It expired in our favour: it is ours now. Never a deposit.
    Returned,
    /// It expired against us: it is somebody else's now, or another address's of ours.
    Lost,
}
stored_enum!(LapseChange { Unlocked = "unlocked", Returned = "returned", Lost = "lost" });
crate::store::json::named!(LapseChange);

/// At a milestone's time a timelock or an expiration ended, and an output became something else to the wallet.
///
/// At least once for each consumer, across restarts; key: network, output id and change. An output that goes from one of
/// our addresses to another is first lost, then returned. Coins that can be credited from now on come with a
/// [`Deposit`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputLapsed {
    /// Where it was when it is lost, else where it is.
    pub own: OwnAddress,
    /// The output.
    pub output_id: OutputId,
    /// The transaction that created it.
    pub transaction_id: TransactionId,
    /// The ledger's kind.
    pub kind: OutputKind,
    /// What changed.
    pub change: LapseChange,
    /// What it is to the wallet from now on.
    pub class: OutputClass,
    /// Its base coins, storage deposit included.
    pub amount: Amount,
    /// How much of it may be credited to a customer now.
    pub creditable: Amount,
    /// Where it came from.
    pub origin: Origin,
    /// Conditions, assets, features.
    pub details: OutputDetails,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InclusionState {
    /// Signed, on disk, on its way. Not final.
    Pending,
    /// A milestone applied it. Final.
    Confirmed,
    /// Another transaction spent one of its inputs: it can never be applied. Final.
    Conflicting,
    /// Nodes refuse it. It may still be confirmed: not final.
    Rejected,
    /// The transaction that contested it was confirmed: it can never be applied. Final.
    Cancelled,
}
stored_enum!(InclusionState {
    Pending = "pending",
    Confirmed = "confirmed",
    Conflicting = "conflicting",
    Rejected = "rejected",
    Cancelled = "cancelled",
});
crate::store::json::named!(InclusionState);

/// A transaction of the wallet has a new state.
///
/// At least once for each consumer, across restarts; key: transaction id and state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionInclusion {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// The caller's key, if it gave one.
    pub idempotency_key: Option<String>,
    /// Who pays.
    pub account: u32,
    /// The account's alias when it happened.
    pub alias: String,
    /// Its state.
    pub state: InclusionState,
    /// Why, when it is conflicting, rejected or cancelled; or what of a confirmed one nobody got, because the time to claim it was
    /// over.
    pub reason: Option<String>,
    /// The block that carried it last, if known.
    pub block_id: Option<BlockId>,
    /// The milestone that decided it, when it is confirmed, conflicting or cancelled.
    pub milestone: Option<MilestoneIndex>,
    /// Inferred when a gap was repaired: `milestone` is that of the repair. Absent in logs of earlier versions.
    #[serde(default)]
    pub repaired: bool,
}

/// A withdrawal has a new state.
///
/// At least once for each consumer, across restarts; key: idempotency key, state and transaction id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalChanged {
    /// The caller's key.
    pub idempotency_key: String,
    /// Who pays.
    pub account: u32,
    /// The account's alias when it happened.
    pub alias: String,
    /// Who gets it.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
    /// Its state.
    pub state: WithdrawalState,
    /// Why, when it is rejected or dead; or, when it is confirmed, that nobody got it, because the time to claim it was over.
    pub reason: Option<String>,
    /// The transaction that pays it, if there is one.
    pub transaction_id: Option<TransactionId>,
    /// The output that pays it, if there is one.
    pub output_id: Option<OutputId>,
    /// The milestone that decided it, when it is confirmed or dead.
    pub milestone: Option<MilestoneIndex>,
}

/// A fact of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerEvent {
    /// An output was booked.
    NewOutput(NewOutput),
    /// An output was spent.
    SpentOutput(SpentOutput),
    /// A condition of an output has ended.
    OutputLapsed(OutputLapsed),
    /// Creditable coins arrived.
    Deposit(Deposit),
    /// A transaction has a new state.
    TransactionInclusion(TransactionInclusion),
    /// A withdrawal has a new state.
    Withdrawal(WithdrawalChanged),
    /// A person has to look at something.
    Incident(Incident),
}

impl LedgerEvent {
    /// The stable name of its kind, as stored and as it travels in messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NewOutput(_) => "newOutput",
            Self::SpentOutput(_) => "spentOutput",
            Self::OutputLapsed(_) => "lapsedOutput",
            Self::Deposit(_) => "deposit",
            Self::TransactionInclusion(_) => "transactionInclusion",
            Self::Withdrawal(_) => "withdrawal",
            Self::Incident(_) => "incident",
        }
    }

    /// The account it concerns; none when it concerns the wallet as a whole.
    #[must_use]
    pub const fn account(&self) -> Option<u32> {
        match self {
            Self::NewOutput(event) => Some(event.own.account),
            Self::SpentOutput(event) => Some(event.own.account),
            Self::OutputLapsed(event) => Some(event.own.account),
            Self::Deposit(event) => Some(event.own.account),
            Self::TransactionInclusion(event) => Some(event.account),
            Self::Withdrawal(event) => Some(event.account),
            Self::Incident(event) => event.account,
        }
    }

    /// Where its coins came from; none when its kind does not tell.
    #[must_use]
    pub const fn origin(&self) -> Option<Origin> {
        match self {
            Self::NewOutput(event) => Some(event.origin),
            Self::OutputLapsed(event) => Some(event.origin),
            Self::Deposit(event) => Some(event.origin),
            Self::SpentOutput(_) | Self::TransactionInclusion(_) | Self::Withdrawal(_) | Self::Incident(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_consumers;
