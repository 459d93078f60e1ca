//! Methods `account.*`, but for payments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Call, Lane,
    types::{AccountAddress, AccountInfo, AccountRef, Balance, Output, Page},
};

/// How many items a page has when the caller does not say.
pub(super) const DEFAULT_LIMIT: u32 = 100;

/// The default of `limit`, for serde.
pub(super) fn default_limit() -> u32 {
    DEFAULT_LIMIT
}

/// Makes the next account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    /// Its unique name.
    pub(crate) alias: String,
}

impl Call for Create {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.create";
    const LANE: Lane = Lane::Work;
}

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Get {
    /// Which.
    pub(crate) account: AccountRef,
}

impl Call for Get {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.get";
    const LANE: Lane = Lane::Quick;
}

/// The accounts by index.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    /// Those after this index.
    pub(crate) after: Option<u32>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Call for List {
    type Answer = Page<AccountInfo, u32>;
    const NAME: &'static str = "account.list";
    const LANE: Lane = Lane::Quick;
}

/// Gives an account another alias.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rename {
    /// Which.
    pub(crate) account: AccountRef,
    /// Its new unique name.
    pub(crate) alias: String,
}

impl Call for Rename {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.rename";
    const LANE: Lane = Lane::Work;
}

/// What an account holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetBalance {
    /// Which.
    pub(crate) account: AccountRef,
}

impl Call for GetBalance {
    type Answer = Balance;
    const NAME: &'static str = "account.balance";
    const LANE: Lane = Lane::Quick;
}

/// Issues the next addresses of a chain: all of them, or none. They are on disk and watched when this answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateAddresses {
    /// For this account.
    pub(crate) account: AccountRef,
    /// How many: 1 to 10,000.
    pub(crate) count: u32,
    /// On the chain of change addresses.
    #[serde(default)]
    pub(crate) internal: bool,
    /// A text for all of them.
    pub(crate) label: Option<String>,
}

/// The new addresses, in the order of their indexes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct GeneratedAddresses {
    /// The addresses.
    pub(crate) addresses: Vec<AccountAddress>,
}

impl Call for GenerateAddresses {
    type Answer = GeneratedAddresses;
    const NAME: &'static str = "account.generateAddresses";
    const LANE: Lane = Lane::Work;
}

/// The issued addresses of an account: the public ones, then the internal ones, by index.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Addresses {
    /// Which account.
    pub(crate) account: AccountRef,
    /// Only this chain.
    pub(crate) internal: Option<bool>,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Call for Addresses {
    type Answer = Page<AccountAddress>;
    const NAME: &'static str = "account.addresses";
    const LANE: Lane = Lane::Quick;
}

/// The outputs of an account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Outputs {
    /// Which account.
    pub(crate) account: AccountRef,
    /// Also those that were spent.
    #[serde(default)]
    pub(crate) include_spent: bool,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
}

impl Call for Outputs {
    type Answer = Page<Output>;
    const NAME: &'static str = "account.outputs";
    const LANE: Lane = Lane::Work;
}
