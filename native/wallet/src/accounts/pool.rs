//! Addresses in advance.
//!
//! Keys are hardened, so addresses can't be derived without the seed. Those of the pool were derived before: they are
//! issued at once, and while the vault is locked. They are nobody's until then: not watched, not listed. An address leaves
//! the pool in the transaction that issues it. Filling derives outside of its transaction, as issuing does, and adds only
//! what follows without a hole on what is there then.

use super::{AccountError, Accounts, issue};
use crate::{
    ledger::Address,
    store::{AddressKey, AddressRow, PoolLevel, account, pool, restore},
};

/// Addresses that one transaction adds: the keys of so many take some ten milliseconds.
pub const POOL_BATCH: u32 = 256;
/// The one change address of an account; more of them are for those who ask for them.
const CHANGE_ADDRESSES: u32 = 1;

/// How many addresses of a chain are kept ready, where each pool has `size` of them: a change chain has one only once it is
/// used for more than the account's change address.
#[must_use]
pub fn pool_target(level: &PoolLevel, size: u32) -> u32 {
    let wanted = !level.discovery && (!level.internal || level.next > CHANGE_ADDRESSES);
    if wanted { size.min(issue::KEY_INDICES.saturating_sub(level.next)) } else { 0 }
}

impl Accounts {
    /// How much of a chain is in the pool.
    ///
    /// # Errors
    /// [`AccountError::NoIndex`], [`AccountError::Store`].
    pub fn pool_level(&self, account: u32, internal: bool) -> Result<PoolLevel, AccountError> {
        let missing = || AccountError::NoIndex(account);
        self.store.readers().read(|conn| pool::of_chain(conn, account, internal)?.ok_or_else(missing))
    }

    /// The same chain of up to `limit` accounts with an index above `after`.
    ///
    /// # Errors
    /// [`AccountError::Store`].
    pub fn pool_levels(&self, internal: bool, after: Option<u32>, limit: u32) -> Result<Vec<PoolLevel>, AccountError> {
        self.store.readers().read(|conn| Ok(pool::page(conn, internal, after, limit)?))
    }

    /// Issues the next `count` addresses of a chain out of the pool, without keys; none when the pool has fewer: nothing
    /// was issued then. Else as [`issue`](Self::issue).
    ///
    /// # Errors
    /// Those of [`issue`](Self::issue), without those of the keys.
    pub fn issue_pooled(
        &self,
        account: u32,
        internal: bool,
        count: u32,
        label: Option<&str>,
    ) -> Result<Option<Vec<AddressRow>>, AccountError> {
        issue::check(count, label)?;
        // looked at first: an empty transaction would wait for its turn for nothing
        if self.pool_level(account, internal)?.ready < count {
            return Ok(None);
        }
        let label = label.map(str::to_owned);
        let watch = std::sync::Arc::clone(&self.watch);
        let issued = self.store.writer().commit_then(
            move |tx| {
                let row = account::by_index(tx, account)?.ok_or(AccountError::NoIndex(account))?;
                if restore::issuing_frozen(tx)? {
                    return Err(AccountError::IssuingFrozen);
                }
                if row.discovery {
                    return Err(AccountError::Undiscovered(account));
                }
                let next = if internal { row.internal_next } else { row.public_next };
                let Some(taken) = pool::take(tx, account, internal, next, count)? else { return Ok(None) };
                fail_point!("pool:taken");
                issue::insert(tx, account, internal, next, &taken, label.as_deref()).map(Some)
            },
            move |issued: &Option<Vec<AddressRow>>| {
                watch.watch(issued.iter().flatten().map(|row| (row.raw, row.key)));
            },
        )?;
        Ok(issued)
    }

    /// Adds one batch to a chain's pool, unless it holds `size` already; answers what it holds then. A crash leaves the pool
    /// with the batch or without it.
    ///
    /// # Errors
    /// [`AccountError`]; nothing was added then.
    pub fn fill_pool(&self, account: u32, internal: bool, size: u32) -> Result<PoolLevel, AccountError> {
        let level = self.pool_level(account, internal)?;
        let target = pool_target(&level, size);
        if level.ready >= target {
            return Ok(level);
        }
        let from = level.next + level.ready;
        let to = (level.next + target).min(from + POOL_BATCH);
        // of the wallet's seed: that is checked there
        let derived = self.derive(account, internal, from, to)?;
        fail_point!("pool:derived");
        let filled = self.store.writer().commit(move |tx| {
            let now = pool::of_chain(tx, account, internal)?.ok_or(AccountError::NoIndex(account))?;
            pool::drop_below(tx, account, internal, i64::from(now.next))?;
            // others may have issued beyond the pool meanwhile
            let begin = now.next + now.ready;
            let new = (from..).zip(derived).filter(|(index, _)| begin >= from && *index >= begin);
            let added = new.map(|(key_index, raw): (u32, Address)| {
                pool::insert(tx, AddressKey { account, internal, key_index }, &raw)
            });
            added.collect::<Result<(), _>>()?;
            fail_point!("pool:written");
            pool::of_chain(tx, account, internal)?.ok_or(AccountError::NoIndex(account))
        })?;
        fail_point!("pool:durable");
        Ok(filled)
    }
}

#[cfg(test)]
mod tests;
