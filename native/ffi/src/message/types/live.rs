//! Events that only live listeners are told, because they are true for a moment.

use schemars::JsonSchema;
use serde::Serialize;

use crate::message::{
    mirror::mirror,
    scalar::{AmountText, Hex},
};

mirror! {
    /// Whether a pool of addresses lasts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum AddressPoolState of stardust_wallet::events::PoolState {
        /// More than a quarter is there.
        Good,
        /// A quarter or less is there.
        Low,
        /// Nothing is there.
        Empty,
    }
}

/// The pool of addresses of an account came into another state. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressPoolEvent {
    /// The account.
    pub(crate) account_index: u32,
    /// Its alias.
    pub(crate) alias: String,
    /// Whether it is the pool of change addresses.
    pub(crate) internal: bool,
    /// How many addresses are there.
    pub(crate) ready: u32,
    /// How many there should be.
    pub(crate) size: u32,
    /// The state.
    pub(crate) state: AddressPoolState,
}

/// The search of the seed's accounts has come further. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryProgressEvent {
    /// The account that it is at.
    pub(crate) account_index: u32,
    /// Whether it is at that account's chain of change addresses.
    pub(crate) internal: bool,
    /// Key index up to which it has looked at that chain.
    pub(crate) searched: u32,
    /// Addresses that it has looked at, of all accounts.
    pub(crate) looked_at: u64,
    /// Addresses that count as issued by it.
    pub(crate) addresses: u64,
    /// Accounts that are there, of those that it is done with.
    pub(crate) accounts: u32,
    /// What these accounts held when it was done with them.
    pub(crate) amount: AmountText,
}

/// An account has so many outputs that its payments may need more inputs than a transaction takes: consolidate, or let a policy
/// do so. Or it no longer has. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsolidationRequiredEvent {
    /// The account.
    pub(crate) account_index: u32,
    /// Its alias.
    pub(crate) alias: String,
    /// False: no longer.
    pub(crate) required: bool,
    /// How many unspent outputs it has.
    pub(crate) output_count: u64,
    /// What can be paid with now.
    pub(crate) available: AmountText,
    /// What one transaction can pay at most.
    pub(crate) payable: AmountText,
}

/// A sweep or a consolidation that was called for has made one more transaction. Live only: not in the log.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SweepProgressEvent {
    /// The account that gets it.
    pub(crate) account_index: u32,
    /// Its alias.
    pub(crate) alias: String,
    /// The transaction; it is on disk.
    pub(crate) transaction_id: Hex,
    /// How many the call has made so far.
    pub(crate) transaction_count: u64,
    /// How many outputs these spend.
    pub(crate) output_count: u64,
    /// How many of the outputs that were there when it began it has still to look at, as far as its limit reaches.
    pub(crate) outputs_left: u64,
    /// What the outputs hold that it spends so far.
    pub(crate) amount: AmountText,
}
