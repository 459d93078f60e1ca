//! Accounts, addresses, outputs and balances.

use std::{sync::Arc, time::Duration};

use super::{
    AccountAddress, AccountInfo, AccountManager, AccountRef, Balance, OutputFilter, OutputInfo, Page, WalletError,
    unlocked::AtWork,
};
use crate::{
    accounts::{AccountError, PAGE_LIMIT},
    error::ErrorKind,
    ledger::{Address, Network},
    store::{AccountRow, AddressRow, OutputRow, StoreError, address, output, restore},
};

/// How long what needs the network waits for the first contact with a node.
const FIRST_CONTACT: Duration = Duration::from_secs(10);

impl AccountManager {
    /// Creates the account with the next index. Durable when it returns.
    ///
    /// # Errors
    /// [`AccountError::AliasTaken`], [`AccountError::AliasInvalid`], [`AccountError::Store`]; those of
    /// [`Payments::recover_waiting`](crate::payments::Payments::recover_waiting). There is no account then.
    pub fn create_account(&self, alias: &str) -> Result<AccountInfo, WalletError> {
        // after a restore that skipped ahead it may be one that has paid: the key journal has it
        let waiting = self.payments.waiting_taker();
        let created = self.accounts.create_with(alias, move |tx| Ok::<_, WalletError>(waiting(tx)?))?;
        self.payments.taken_over();
        self.pool.touch(created.account, false);
        Ok(created.into())
    }

    /// One account.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`AccountError::Store`].
    pub fn account(&self, which: &AccountRef) -> Result<AccountInfo, WalletError> {
        Ok(self.row(which)?.into())
    }

    /// Up to `limit` accounts (1 to 1,000) with an index above `after`.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn accounts(&self, after: Option<u32>, limit: u32) -> Result<Page<AccountInfo, u32>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let rows = self.accounts.page(after, limit)?;
        Ok(Page::of(rows.into_iter().map(AccountInfo::from).collect(), limit, |info| info.index))
    }

    /// Gives an account another alias. Durable when it returns.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::AliasTaken`], [`AccountError::AliasInvalid`],
    /// [`AccountError::Store`].
    pub fn rename_account(&self, which: &AccountRef, alias: &str) -> Result<AccountInfo, WalletError> {
        let index = self.row(which)?.account;
        Ok(self.accounts.rename(index, alias)?.into())
    }

    /// Issues the next `count` (1 to 10,000) addresses of a chain. When it returns they are on disk and watched; none of
    /// them is ever issued again. The first call on an account of a seed that was used before looks for what its
    /// addresses hold, which takes a node and a while.
    ///
    /// Addresses that the account's pool has take neither keys nor an unlocked vault.
    ///
    /// # Errors
    /// [`WalletError::Gap`], [`AccountError`] ([`PoolEmpty`](AccountError::PoolEmpty) when the vault is locked and the pool
    /// has too few), and those of the vault and of the first contact with a node.
    pub fn generate_addresses(
        &self,
        which: &AccountRef,
        count: u32,
        internal: bool,
        label: Option<&str>,
    ) -> Result<Vec<AccountAddress>, WalletError> {
        let row = self.row(which)?;
        let pooled = self.issue_pooled(&row, internal, count, label)?;
        let issued = match pooled {
            Some(issued) => issued,
            None => self.issue_derived(&row, internal, count, label)?,
        };
        self.pool.touch(row.account, internal);
        Ok(issued.into_iter().map(|row| self.named(row)).collect())
    }

    fn issue_pooled(
        &self,
        row: &AccountRow,
        internal: bool,
        count: u32,
        label: Option<&str>,
    ) -> Result<Option<Vec<AddressRow>>, WalletError> {
        if self.pool.size() == 0 || row.discovery {
            return Ok(None);
        }
        if self.sync.status().gap.is_some() {
            return Err(WalletError::Gap);
        }
        self.met()?;
        Ok(self.accounts.issue_pooled(row.account, internal, count, label)?)
    }

    fn issue_derived(
        &self,
        row: &AccountRow,
        internal: bool,
        count: u32,
        label: Option<&str>,
    ) -> Result<Vec<AddressRow>, WalletError> {
        let issue = || {
            let _at_work = self.ready(row)?;
            Ok(self.accounts.issue(row.account, internal, count, label)?)
        };
        issue().or_else(|error: WalletError| {
            if self.pool.size() == 0 || row.discovery || error.kind() != ErrorKind::VaultLocked {
                return Err(error);
            }
            let ready = self.accounts.pool_level(row.account, internal)?.ready;
            Err(AccountError::PoolEmpty { account: row.account, ready, asked: count }.into())
        })
    }

    /// Up to `limit` addresses (1 to 1,000) of an account: public ones, then internal ones, each by key index.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`AccountError::Store`].
    pub fn addresses(
        &self,
        which: &AccountRef,
        internal: Option<bool>,
        after: Option<(bool, u32)>,
        limit: u32,
    ) -> Result<Page<AccountAddress, (bool, u32)>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let rows = self.accounts.addresses(self.row(which)?.account, internal, after, limit)?;
        let items = rows.into_iter().map(|row| self.named(row)).collect();
        Ok(Page::of(items, limit, |address: &AccountAddress| (address.internal, address.key_index)))
    }

    /// Which of the wallet's addresses this is, in constant time. A wallet that never met a node waits for the first
    /// contact, up to ten seconds: before it, the network's prefix of addresses is not known.
    ///
    /// # Errors
    /// [`AccountError::Address`], [`AccountError::AddressNotFound`], [`AccountError::Store`], and those of the first
    /// contact with a node.
    pub fn find_address(&self, text: &str) -> Result<AccountAddress, WalletError> {
        let row = self.accounts.find(&self.parse(text)?)?;
        Ok(self.named(row))
    }

    /// Sets or clears the label of one of the wallet's addresses. Durable when it returns.
    ///
    /// # Errors
    /// Those of [`find_address`](Self::find_address), [`AccountError::LabelInvalid`].
    pub fn set_address_label(&self, text: &str, label: Option<&str>) -> Result<AccountAddress, WalletError> {
        let row = self.accounts.set_label(&self.parse(text)?, label)?;
        Ok(self.named(row))
    }

    /// What an account holds, as of the last applied milestone. Constant time; asks no node.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`AccountError::Store`].
    pub fn balance(&self, which: &AccountRef) -> Result<Balance, WalletError> {
        Ok(Balance::new(&self.row(which)?.holdings)?)
    }

    /// What all accounts hold together, as of the last applied milestone. Constant time; asks no node.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn total_balance(&self) -> Result<Balance, WalletError> {
        Ok(Balance::new(&self.accounts.total()?)?)
    }

    /// Up to `limit` outputs (1 to 1,000) of an account, in the order of booking.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::NoAlias`], [`AccountError::Store`].
    pub fn outputs(
        &self,
        which: &AccountRef,
        filter: OutputFilter,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Page<OutputInfo, i64>, WalletError> {
        let limit = limit.clamp(1, PAGE_LIMIT);
        let account = self.row(which)?.account;
        let unspent = filter == OutputFilter::Unspent;
        let rows = self.store.readers().read(|conn| output::page(conn, account, unspent, after.unwrap_or(0), limit))?;
        let rows = self.addressed(rows)?;
        Ok(self.output_page(rows, limit))
    }

    /// Each output with the address that it is booked on.
    pub(super) fn addressed(&self, rows: Vec<OutputRow>) -> Result<Vec<(Address, OutputRow)>, StoreError> {
        self.store.readers().read(|conn| {
            let missing = || StoreError::corrupt("an output without address");
            rows.into_iter()
                .map(|row| Ok((address::by_key(conn, row.key)?.ok_or_else(missing)?.raw, row)))
                .collect::<Result<Vec<_>, StoreError>>()
        })
    }

    pub(super) fn output_page(&self, rows: Vec<(Address, OutputRow)>, limit: u32) -> Page<OutputInfo, i64> {
        let Page { items, next } = Page::of(rows, limit, |(_, row)| row.row);
        let items = items.into_iter().map(|(raw, row)| OutputInfo::new(row, self.text(&raw))).collect();
        Page { items, next }
    }

    pub(super) fn row(&self, which: &AccountRef) -> Result<AccountRow, WalletError> {
        Ok(match which {
            AccountRef::Index(index) => self.accounts.by_index(*index)?,
            AccountRef::Alias(alias) => self.accounts.by_alias(alias)?,
        })
    }

    /// Makes sure that an account can issue and pay: the network is known, no gap, and what the seed's addresses hold
    /// was looked for. As long as the answer is kept, the vault does not lock by itself.
    pub(super) fn ready(&self, row: &AccountRow) -> Result<AtWork, WalletError> {
        if self.store.readers().read(restore::issuing_frozen)? {
            return Err(AccountError::IssuingFrozen.into());
        }
        if self.sync.status().gap.is_some() {
            return Err(WalletError::Gap);
        }
        let at_work = self.unlocked.work()?;
        self.accounts.check_seed()?;
        self.met()?;
        if row.discovery {
            self.sync.discover(&self.accounts, &*self.lookup, row.account)?;
        }
        Ok(at_work)
    }

    /// Waits for the first contact with a node, if there was none yet: before it, nobody knows the network.
    pub(super) fn met(&self) -> Result<Arc<Network>, WalletError> {
        if self.sync.network().is_none() {
            self.sync.sync(FIRST_CONTACT)?;
        }
        Ok(self.sync.network().ok_or(AccountError::NetworkUnknown)?)
    }

    fn parse(&self, text: &str) -> Result<Address, WalletError> {
        let network = self.met()?;
        Ok(self.codec.parse(text, &network.hrp).map_err(AccountError::from)?)
    }

    fn named(&self, row: AddressRow) -> AccountAddress {
        let text = self.text(&row.raw);
        AccountAddress::new(row, text)
    }

    /// An address as people write it. Addresses are issued after the network is known only.
    pub(super) fn text(&self, raw: &Address) -> String {
        self.sync.network().map_or_else(|| raw.to_string(), |network| self.codec.format(raw, &network.hrp))
    }
}
