//! Payments, as they are written on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::{
    mirror::mirror,
    scalar::{AmountText, Hex},
};

mirror! {
    /// How far a payment has come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum TransactionState of stardust_wallet::payments::PaymentState {
        /// Signed and on disk; no node has taken it yet.
        Signed,
        /// A node has taken a block with it.
        Submitted,
        /// It is sent no more, and contested by another transaction; it may still be confirmed.
        Cancelling,
        /// A milestone applied it. Final.
        Confirmed,
        /// One of its inputs was spent by another transaction, or expired before it was claimed. Final.
        Dead,
        /// The node refuses the signed bytes.
        Rejected,
        /// The transaction that contested it was confirmed. Final.
        Cancelled,
    }
}

/// An output that a payment spends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionInput {
    /// The output.
    pub(crate) output_id: Hex,
    /// Its amount.
    pub(crate) amount: AmountText,
    /// The wallet's address that unlocks it.
    pub(crate) address: String,
}

mirror! {
    /// What an output of a payment is for.
    #[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    pub(crate) enum OutputRole of stardust_wallet::store::payment::OutputRole {
        /// Asked for by the caller.
        Payee,
        /// The rest, back to the account.
        Remainder,
        /// Collected from other addresses of the account.
        Sweep,
        /// Many outputs put into one.
        Consolidation,
        /// One of many that one output was split into.
        FanOut,
        /// The inputs of a cancelled payment, sent back to the account.
        Cancel,
        /// What claimed outputs hold beyond what goes back, for the address that they came to.
        Claim,
        /// The storage deposit that a claim gives back.
        DepositReturn,
        /// Of a payment that was recovered after a restore, to an address of the wallet: what it was for is not known.
        Recovered,
    }
}

/// An output that a payment creates.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionOutput {
    /// The id that it has or will have.
    pub(crate) output_id: Hex,
    /// Who gets it.
    pub(crate) address: String,
    /// How much, with what has to be given back.
    pub(crate) amount: AmountText,
    /// The part of the amount that the recipient gives back: the storage deposit of a small amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deposit_return: Option<AmountText>,
    /// When the output falls back to the account if it was not claimed, by the ledger's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_ms: Option<u64>,
    /// What it is for.
    pub(crate) role: OutputRole,
    /// Whether the address is one of the wallet's.
    pub(crate) own: bool,
}

/// A tagged data payload (TIP-23).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaggedData {
    /// 0 to 64 bytes.
    pub(crate) tag: Hex,
    /// As much as the block can carry.
    pub(crate) data: Hex,
}

/// A payment of this wallet and the transaction that makes it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    /// Its id, known from the moment it was signed.
    pub(crate) transaction_id: Hex,
    /// The account that pays.
    pub(crate) account_index: u32,
    /// The caller's key, if one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    /// Digest of the request's parameters.
    pub(crate) digest: Hex,
    /// How far it has come.
    pub(crate) state: TransactionState,
    /// Why it is dead, rejected or cancelled; or of a confirmed one what nobody got, because the time to claim it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// The latest block that carries it; once it is `confirmed`, the block by which the milestone included it, which may become known a
    /// little later. Nodes call its other blocks `conflicting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) block_id: Option<Hex>,
    /// How many blocks with it nodes took, as far as they said so.
    pub(crate) attachments: u32,
    /// The milestone that confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_index: Option<u32>,
    /// The time of that milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) milestone_time_ms: Option<u64>,
    /// When it was signed, by this machine's clock.
    pub(crate) created_ms: u64,
    /// What it spends.
    pub(crate) inputs: Vec<TransactionInput>,
    /// What it creates: the payees in the order of the request, then the remainder.
    pub(crate) outputs: Vec<TransactionOutput>,
    /// The data that it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tagged_data: Option<TaggedData>,
    /// The caller's words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    /// The transaction that it was made to stop; absent: it is an ordinary payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) contests: Option<Hex>,
    /// The dead claim in whose place the wallet made it; absent: in no other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retries: Option<Hex>,
}
