//! Methods `account.*`, but for payments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use stardust_wallet::manager::OutputFilter;

use super::{
    Call, Lane, Params, page, read_row,
    types::{AccountAddress, AccountInfo, AccountRef, Balance, Output, Page},
};
use crate::{
    error::{Fault, Outcome},
    session::Session,
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

impl Params for Create {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.create";
}

impl Call for Create {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().create_account(&self.alias)?.into())
    }
}

/// An account.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Get {
    /// Which.
    pub(crate) account: AccountRef,
}

impl Params for Get {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.get";
}

impl Call for Get {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().account(&(&self.account).into())?.into())
    }
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

impl Params for List {
    type Answer = Page<AccountInfo, u32>;
    const NAME: &'static str = "account.list";
}

impl Call for List {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let page = session.core.manager().accounts(self.after, page(self.limit, "limit")?)?;
        Ok(Page { items: page.items.into_iter().map(AccountInfo::from).collect(), next: page.next })
    }
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

impl Params for Rename {
    type Answer = AccountInfo;
    const NAME: &'static str = "account.rename";
}

impl Call for Rename {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().rename_account(&(&self.account).into(), &self.alias)?.into())
    }
}

/// What an account holds.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GetBalance {
    /// Which.
    pub(crate) account: AccountRef,
}

impl Params for GetBalance {
    type Answer = Balance;
    const NAME: &'static str = "account.balance";
}

impl Call for GetBalance {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        Ok(session.core.manager().balance(&(&self.account).into())?.into())
    }
}

/// Issues the next addresses of a chain: all of them, or none. They are on disk and watched when this answers. What the
/// account's pool has in advance takes no unlocked vault; `POOL_EMPTY` when it is locked and the pool has too few.
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

impl Params for GenerateAddresses {
    type Answer = GeneratedAddresses;
    const NAME: &'static str = "account.generateAddresses";
}

impl Call for GenerateAddresses {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let (manager, account) = (session.core.manager(), (&self.account).into());
        let addresses = manager.generate_addresses(&account, self.count, self.internal, self.label.as_deref())?;
        Ok(GeneratedAddresses { addresses: addresses.into_iter().map(AccountAddress::from).collect() })
    }
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

impl Params for Addresses {
    type Answer = Page<AccountAddress>;
    const NAME: &'static str = "account.addresses";
}

impl Call for Addresses {
    const LANE: Lane = Lane::Quick;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_place).transpose()?;
        let (manager, account) = (session.core.manager(), (&self.account).into());
        let page = manager.addresses(&account, self.internal, after, page(self.limit, "limit")?)?;
        let items = page.items.into_iter().map(AccountAddress::from).collect();
        Ok(Page { items, next: page.next.map(write_place) })
    }
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

impl Params for Outputs {
    type Answer = Page<Output>;
    const NAME: &'static str = "account.outputs";
}

impl Call for Outputs {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_row).transpose()?;
        let filter = if self.include_spent { OutputFilter::All } else { OutputFilter::Unspent };
        let (manager, account) = (session.core.manager(), (&self.account).into());
        let page = manager.outputs(&account, filter, after, page(self.limit, "limit")?)?;
        let names = session.core.names();
        Ok(Page::of_rows(page, |output| names.own_output(&output)))
    }
}

/// A place in the list of addresses, for `after`.
fn write_place((internal, index): (bool, u32)) -> String {
    format!("{}:{index}", if internal { "internal" } else { "public" })
}

fn read_place(text: &str) -> Outcome<(bool, u32)> {
    let place = text.split_once(':').and_then(|(chain, index)| {
        let internal = match chain {
            "public" => false,
            "internal" => true,
            _ => return None,
        };
        Some((internal, index.parse().ok()?))
    });
    place.ok_or_else(|| Fault::argument("after is not the next of an earlier answer"))
}
