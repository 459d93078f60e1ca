//! Withdrawals, as they are written on the wire.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    error::ErrorObject,
    message::{
        event::Place,
        mirror::mirror,
        scalar::{AmountText, Hex},
    },
};

mirror! {
    /// Where a withdrawal stands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum WithdrawalState of stardust_wallet::payments::WithdrawalState {
        /// On disk; the reviewer has not answered yet.
        AwaitingReview,
        /// On disk; two persons have to approve it.
        AwaitingApproval,
        /// On disk; no transaction pays it yet.
        Requested,
        /// Its transaction is signed and on disk; no node has taken it yet.
        Signed,
        /// A node has taken a block with its transaction.
        Submitted,
        /// The node refuses its transaction, which may still be confirmed.
        Rejected,
        /// Its transaction is contested, and may still be confirmed.
        Cancelling,
        /// A milestone applied its transaction. Final.
        Confirmed,
        /// One of the inputs of its transaction was spent by somebody else. Final.
        Dead,
        /// It is never paid. Final.
        Cancelled,
        /// A rule, the reviewer or a person refused it: it is never paid. Final.
        Refused,
    }
}

/// A person's approval.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Approval {
    /// Who, as the caller named them.
    pub(crate) approver: String,
    /// When, by this machine's clock.
    pub(crate) at_ms: u64,
}

/// A withdrawal: a recipient with a key of its own.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Withdrawal {
    /// The caller's key.
    pub(crate) idempotency_key: String,
    /// The account that pays.
    pub(crate) account_index: u32,
    /// Who gets it (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
    /// Digest of the request's parameters.
    pub(crate) digest: Hex,
    /// Where it stands.
    pub(crate) state: WithdrawalState,
    /// Why it still waits for a transaction, why it is refused, or why its transaction is rejected or dead; or, when it is
    /// confirmed, that nobody got it, because the time to claim it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// Who approved it, each person once; absent: nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) approvals: Vec<Approval>,
    /// The transaction that pays it, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<Hex>,
    /// The output that pays it, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_id: Option<Hex>,
    /// The milestone that decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// The time of that milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_time_ms: Option<u64>,
    /// When it was requested, by this machine's clock.
    pub(crate) created_ms: u64,
}

/// What became of one request: exactly one of both.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct WithdrawalAnswer {
    /// It was taken, now or before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) withdrawal: Option<Withdrawal>,
    /// It was not taken, and its key was not used by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorObject>,
}

/// A withdrawal's state changed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WithdrawalEvent {
    /// The same for ever, whichever node told of it.
    pub(crate) id: String,
    /// Where it stands.
    #[serde(flatten)]
    pub(crate) place: Place,
    /// The caller's key.
    pub(crate) idempotency_key: String,
    /// The account that pays.
    pub(crate) account_index: u32,
    /// The account's alias at that time.
    pub(crate) alias: String,
    /// Who gets it (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
    /// Its state now.
    pub(crate) state: WithdrawalState,
    /// Why, when it is refused, or its transaction rejected or dead; or, when it is confirmed, that nobody got it, because the
    /// time to claim it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The transaction that pays it, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<Hex>,
    /// The output that pays it, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output_id: Option<Hex>,
}
