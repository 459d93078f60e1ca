//! Accounts, aliases and addresses.
//!
//! **An account** has the next free index and a unique alias; an alias is never taken for an index. **An address is
//! durable and watched before anybody sees it,** and is never issued twice ([`Accounts::issue`]). What the scan probes is
//! in memory ([`WatchSet`]); nothing here is O(all addresses) but its load at start.

mod counts;
mod error;
mod issue;
mod pool;
mod release;
mod watch;

use std::sync::{Arc, atomic::AtomicU64};

use rusqlite::Transaction;

pub(crate) use self::counts::found_alias;
pub use self::{
    error::AccountError,
    issue::{ISSUE_LIMIT, KEY_INDICES, LABEL_LIMIT},
    pool::{POOL_BATCH, pool_target},
    release::{IssuedAccount, IssuedBefore, RELEASE_LIMIT, Released},
    watch::{Look, WatchSet},
};
use crate::{
    audit,
    clock::Clock,
    keys::SecretManager,
    ledger::{Address, AddressCodec},
    store::{AccountRow, AddressKey, AddressRow, Holdings, Store, StoreError, account, address, meta, restore},
};

/// Greatest length of an alias, in bytes.
pub const ALIAS_LIMIT: usize = 256;
/// Most rows of a page.
pub const PAGE_LIMIT: u32 = 1_000;

/// The accounts of a wallet. Safe to use from any thread.
pub struct Accounts {
    store: Arc<Store>,
    secrets: Arc<dyn SecretManager>,
    codec: Arc<dyn AddressCodec>,
    clock: Arc<dyn Clock>,
    watch: Arc<WatchSet>,
    /// The generation of the secret manager whose seed was checked, plus one.
    seed_checked: AtomicU64,
}

impl Accounts {
    /// The accounts in `store`; reads all addresses into memory.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn load(
        store: Arc<Store>,
        secrets: Arc<dyn SecretManager>,
        codec: Arc<dyn AddressCodec>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AccountError> {
        let watch = Arc::new(store.readers().read(WatchSet::load)?);
        Ok(Self { store, secrets, codec, clock, watch, seed_checked: AtomicU64::new(0) })
    }

    /// What the scan probes.
    #[must_use]
    pub fn watch(&self) -> &Arc<WatchSet> {
        &self.watch
    }

    /// Creates the account with the next index. Durable when it returns.
    ///
    /// # Errors
    /// [`AccountError::AliasTaken`], [`AccountError::AliasInvalid`], [`AccountError::Store`].
    pub fn create(&self, alias: &str) -> Result<AccountRow, AccountError> {
        self.create_with(alias, |_| Ok(()))
    }

    /// The same, with what has to be true of an account from its first moment on: after an error of `also` there is none.
    ///
    /// # Errors
    /// Those of [`create`](Self::create), and those of `also`.
    pub fn create_with<E>(
        &self,
        alias: &str,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), E> + Send + 'static,
    ) -> Result<AccountRow, E>
    where
        E: From<AccountError> + From<StoreError> + Send + 'static,
    {
        check_alias(alias)?;
        let (alias, created_ms) = (alias.to_owned(), self.clock.now_ms());
        let created = self.store.writer().commit(move |tx| {
            if restore::issuing_frozen(tx)? {
                return Err(AccountError::IssuingFrozen.into());
            }
            if let Some(other) = account::by_alias(tx, &alias)? {
                return Err(AccountError::AliasTaken { alias, account: other.account }.into());
            }
            // a seed of unknown origin may have been used elsewhere, as with an old vault and a new directory
            let discovery = !meta::seed_is_new(tx)?;
            let created = account::insert(tx, &alias, discovery, created_ms)?;
            audit::accounts::created(tx, &created)?;
            also(tx)?;
            fail_point!("account:written");
            Ok::<_, E>(created)
        })?;
        fail_point!("account:durable");
        Ok(created)
    }

    /// Gives an account another alias. Durable when it returns.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::AliasTaken`], [`AccountError::AliasInvalid`],
    /// [`AccountError::Store`].
    pub fn rename(&self, index: u32, alias: &str) -> Result<AccountRow, AccountError> {
        check_alias(alias)?;
        let alias = alias.to_owned();
        self.store.writer().commit(move |tx| {
            let mut row = account::by_index(tx, index)?.ok_or(AccountError::NoIndex(index))?;
            match account::by_alias(tx, &alias)? {
                Some(other) if other.account != index => {
                    return Err(AccountError::AliasTaken { alias, account: other.account });
                }
                _ => account::rename(tx, index, &alias)?,
            }
            audit::accounts::renamed(tx, index, &alias)?;
            row.alias = alias;
            Ok(row)
        })
    }

    /// The account with this index.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::Store`].
    pub fn by_index(&self, index: u32) -> Result<AccountRow, AccountError> {
        self.store.readers().read(|conn| account::by_index(conn, index)?.ok_or(AccountError::NoIndex(index)))
    }

    /// The account with this alias; "7" is an alias here, not an index.
    ///
    /// # Errors
    /// [`AccountError::NoAlias`], [`AccountError::Store`].
    pub fn by_alias(&self, alias: &str) -> Result<AccountRow, AccountError> {
        let missing = || AccountError::NoAlias(alias.to_owned());
        self.store.readers().read(|conn| account::by_alias(conn, alias)?.ok_or_else(missing))
    }

    /// Up to `limit` accounts (at most [`PAGE_LIMIT`]) with an index above `after`.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn page(&self, after: Option<u32>, limit: u32) -> Result<Vec<AccountRow>, AccountError> {
        self.store.readers().read(|conn| Ok(account::page(conn, after, limit.min(PAGE_LIMIT))?))
    }

    /// What all accounts hold together.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn total(&self) -> Result<Holdings, AccountError> {
        self.store.readers().read(|conn| Ok(account::total(conn)?))
    }

    /// Up to `limit` addresses (at most [`PAGE_LIMIT`]) of an account after a chain and key index.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::Store`].
    pub fn addresses(
        &self,
        index: u32,
        internal: Option<bool>,
        after: Option<(bool, u32)>,
        limit: u32,
    ) -> Result<Vec<AddressRow>, AccountError> {
        self.store.readers().read(|conn| {
            account::by_index(conn, index)?.ok_or(AccountError::NoIndex(index))?;
            Ok(address::page(conn, index, internal, after, limit.min(PAGE_LIMIT))?)
        })
    }

    /// Which of the wallet's addresses this is; found in memory.
    ///
    /// # Errors
    /// [`AccountError::AddressNotFound`], [`AccountError::Store`].
    pub fn find(&self, raw: &Address) -> Result<AddressRow, AccountError> {
        let missing = || AccountError::AddressNotFound(*raw);
        let key = self.watch.find(raw).ok_or_else(missing)?;
        self.address(key)?.ok_or_else(missing)
    }

    /// The address of a key, if it was issued.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn address(&self, key: AddressKey) -> Result<Option<AddressRow>, AccountError> {
        self.store.readers().read(|conn| Ok(address::by_key(conn, key)?))
    }

    /// Sets or clears the label of an address. Durable when it returns.
    ///
    /// # Errors
    /// [`AccountError::LabelInvalid`], [`AccountError::AddressNotFound`], [`AccountError::Store`].
    pub fn set_label(&self, raw: &Address, label: Option<&str>) -> Result<AddressRow, AccountError> {
        if label.is_some_and(|label| label.len() > LABEL_LIMIT || label.chars().any(char::is_control)) {
            return Err(AccountError::LabelInvalid { limit: LABEL_LIMIT });
        }
        let mut row = self.find(raw)?;
        let (key, label) = (row.key, label.map(str::to_owned));
        row.label.clone_from(&label);
        self.store
            .writer()
            .commit(move |tx| address::set_label(tx, key, label.as_deref()).map_err(AccountError::from))?;
        Ok(row)
    }

    /// The account's one change address: the first of its internal chain, issued on first need.
    ///
    /// # Errors
    /// Those of [`issue`](Self::issue).
    pub fn change_address(&self, index: u32) -> Result<(AddressKey, Address), AccountError> {
        let key = AddressKey { account: index, internal: true, key_index: 0 };
        if let Some(row) = self.address(key)? {
            return Ok((key, row.raw));
        }
        // of two callers one issues index 0 and the other an address that stays unused
        self.issue(index, true, 1, None)?;
        let row = self.address(key)?.ok_or_else(|| StoreError::corrupt("an address just issued is not there"))?;
        Ok((key, row.raw))
    }
}

/// Whether an alias can be one.
///
/// # Errors
/// [`AccountError::AliasInvalid`].
pub(crate) fn check_alias(alias: &str) -> Result<(), AccountError> {
    let invalid =
        alias.is_empty() || alias.len() > ALIAS_LIMIT || alias.trim() != alias || alias.chars().any(char::is_control);
    if invalid { Err(AccountError::AliasInvalid { limit: ALIAS_LIMIT }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
