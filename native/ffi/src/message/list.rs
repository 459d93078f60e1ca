//! Lists that are answered in parts, of which the last row says where the next part begins.

use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stardust_wallet::manager::{self, AccountManager, WalletError};

use super::{
    Call, Lane, Params,
    account::default_limit,
    page, read_row,
    types::{AccountRef, Page},
};
use crate::{convert::Names, error::Outcome, session::Session};

/// What accounts have a list of, in the order in which it was written.
pub(crate) trait Listed: Serialize + JsonSchema + Send + Sized + 'static {
    /// The engine's row.
    type Row;
    /// The method that answers the list.
    const METHOD: &'static str;
    /// What the list is.
    const ABOUT: &'static str;

    /// The engine's part of the list.
    ///
    /// # Errors
    /// What the caller is told.
    fn rows(
        manager: &AccountManager,
        account: Option<&manager::AccountRef>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<manager::Page<Self::Row, i64>, WalletError>;

    /// A row as it is written on the wire.
    fn of(row: &Self::Row, names: &Names) -> Self;
}

/// Part of a list, of one account or of all.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(description = T::ABOUT)]
#[serde(deny_unknown_fields)]
pub(crate) struct List<T: Listed> {
    /// Of this account only.
    pub(crate) account: Option<AccountRef>,
    /// Those after the `next` of an earlier answer.
    pub(crate) after: Option<String>,
    /// At most so many: 1 to 1000.
    #[serde(default = "default_limit")]
    pub(crate) limit: u32,
    #[serde(skip)]
    of: PhantomData<T>,
}

impl<T: Listed> Params for List<T> {
    type Answer = Page<T>;
    const NAME: &'static str = T::METHOD;
}

impl<T: Listed> Call for List<T> {
    const LANE: Lane = Lane::Work;

    fn call(self, session: &Session) -> Outcome<Self::Answer> {
        let after = self.after.as_deref().map(read_row).transpose()?;
        let account = self.account.as_ref().map(manager::AccountRef::from);
        let page = T::rows(session.core.manager(), account.as_ref(), after, page(self.limit, "limit")?)?;
        let names = session.core.names();
        Ok(Page::of_rows(page, |row| T::of(&row, &names)))
    }
}
