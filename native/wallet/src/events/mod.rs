//! Facts about the wallet's ledger, and who is told.
//!
//! **A ledger event is a fact with a position.** It is written in the transaction that makes it true, with the next
//! sequence number of the log ([`append`]). **Named consumers** read from where they acknowledged last and see each
//! event at least once ([`consumer`]). **Live listeners** ([`Bus`]) hear of events after their commit, and of progress
//! and sync status, which are not in the log.

mod bus;
pub mod consumer;
mod error;
mod live;
mod log;

use serde::{Deserialize, Serialize};

pub use self::{
    bus::{Bus, Listener, Notice, Subscription, announce},
    error::EventError,
    live::{ProgressStage, SyncState, SyncStatus, TransactionProgress},
    log::{LoggedEvent, append, ensure_log_id, log_id, read},
};
pub use crate::store::{Origin, OutputClass, OutputDetails};
use crate::{
    ledger::{Address, Amount, BlockId, MilestoneIndex, OutputId, OutputKind, TransactionId},
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
    /// [`Origin::External`] or [`Origin::PaymentRecipient`].
    pub origin: Origin,
    /// Tag, metadata and sender, if any.
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
}
stored_enum!(InclusionState {
    Pending = "pending",
    Confirmed = "confirmed",
    Conflicting = "conflicting",
    Rejected = "rejected",
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
    /// Why, when it is conflicting or rejected.
    pub reason: Option<String>,
    /// The block that carried it last, if known.
    pub block_id: Option<BlockId>,
    /// The milestone that decided it, when it is confirmed or conflicting.
    pub milestone: Option<MilestoneIndex>,
}

/// A fact of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LedgerEvent {
    /// An output was booked.
    NewOutput(NewOutput),
    /// An output was spent.
    SpentOutput(SpentOutput),
    /// Creditable coins arrived.
    Deposit(Deposit),
    /// A transaction has a new state.
    TransactionInclusion(TransactionInclusion),
}

impl LedgerEvent {
    /// The stable name of its kind, as stored and as it travels in messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NewOutput(_) => "newOutput",
            Self::SpentOutput(_) => "spentOutput",
            Self::Deposit(_) => "deposit",
            Self::TransactionInclusion(_) => "transactionInclusion",
        }
    }

    /// The account it concerns.
    #[must_use]
    pub const fn account(&self) -> u32 {
        match self {
            Self::NewOutput(event) => event.own.account,
            Self::SpentOutput(event) => event.own.account,
            Self::Deposit(event) => event.own.account,
            Self::TransactionInclusion(event) => event.account,
        }
    }
}

#[cfg(test)]
mod tests;
