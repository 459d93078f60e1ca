//! Payments: `account.sendAmount`, `account.transactions`, `transaction.*`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Call, Lane,
    account::default_limit,
    scalar::{AmountText, Hex},
    types::{AccountRef, Page, TaggedData, Transaction},
};

/// A recipient and what it gets.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Payee {
    /// Recipient (bech32).
    pub(crate) address: String,
    /// How much.
    pub(crate) amount: AmountText,
}

/// Where the rest of a payment goes.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum RemainderValueStrategy {
    /// To the account's change address: one internal address for an account.
    ChangeAddress {},
    /// To the address of the first input.
    ReuseAddress {},
}

/// How to make a payment.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SendOptions {
    /// Where the rest goes; by default to the change address.
    pub(crate) remainder_value_strategy: Option<RemainderValueStrategy>,
    /// Data to carry along, public for ever.
    pub(crate) tagged_data: Option<TaggedData>,
    /// Spend exactly these outputs.
    pub(crate) custom_inputs: Option<Vec<Hex>>,
    /// A key of the caller's: with the same key and the same parameters the same payment is answered,
    /// never a second one made. 1 to 256 bytes.
    pub(crate) idempotency_key: Option<String>,
}

/// Pays. Answers once the signed transaction is on disk and was first sent to a node, or could not be sent
/// yet: it is sent again until a milestone decides.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendAmount {
    /// From this account.
    pub(crate) account: AccountRef,
    /// To these: 1 to 128, 127 beside a remainder.
    pub(crate) outputs: Vec<Payee>,
    /// In this way.
    pub(crate) options: Option<SendOptions>,
}

impl Call for SendAmount {
    type Answer = Transaction;
    const NAME: &'static str = "account.sendAmount";
    const LANE: Lane = Lane::Node;
}

/// The payments, newest first.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Of this account only.
    pub(crate) account: Option<AccountRef>,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Call for List {
    type Answer = Page<Transaction>;
    const NAME: &'static str = "account.transactions";
    const LANE: Lane = Lane::Work;
}

/// A payment, by exactly one of its two names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Get {
    /// Its id.
    pub(crate) transaction_id: Option<Hex>,
    /// The key it was made with.
    pub(crate) idempotency_key: Option<String>,
}

impl Call for Get {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.get";
    const LANE: Lane = Lane::Quick;
}

/// Waits until a payment is confirmed, dead or rejected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AwaitInclusion {
    /// Which.
    pub(crate) transaction_id: Hex,
    /// How long: up to 86,400,000.
    pub(crate) timeout_ms: u64,
}

impl Call for AwaitInclusion {
    type Answer = Transaction;
    const NAME: &'static str = "transaction.awaitInclusion";
    const LANE: Lane = Lane::Parked;
}
