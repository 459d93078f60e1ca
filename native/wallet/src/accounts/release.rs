//! Issuing again after a restore: nothing that the wallet before may have issued since its backup is issued anew.
//!
//! The operator states how far each account had issued, or skips ahead by more than it can have been. The addresses in
//! between are made and watched, and are never issued. They belong to the time after the backup, and the ledger is
//! followed from the backup's milestone on only after this: so what came to them meanwhile comes by milestones, as
//! deposits. Where it is not known what the addresses held before that milestone, what they hold is looked for as that of
//! any address that is watched late, and is booked as discovered: in a wallet that had met no node before its backup, and,
//! with a seed that may have been used elsewhere, in accounts that were not looked for or not there yet.

use std::sync::Arc;

use rusqlite::Transaction;

use super::{AccountError, Accounts, check_alias};
use crate::{
    audit::{self, accounts::Chain},
    ledger::{Address, MilestoneIndex},
    store::{
        AccountRow, AddressKey, MetaKey, Past, StoreError, account, address, meta,
        recovery::{self, Recovery},
        restore::{self, Restore},
    },
};

/// Most addresses that are skipped in one release.
pub const RELEASE_LIMIT: u64 = 2_000_000;
/// Addresses derived at a time.
const BATCH: u32 = 10_000;

/// How far the wallet had issued, that was lost after its backup, or without one. Too much does no harm but for the addresses that stay
/// unused; too little would issue an address twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssuedBefore {
    /// How many addresses each account had issued: all accounts of the backup, and all that were made since, which are
    /// made anew.
    Exact(Vec<IssuedAccount>),
    /// On each chain of each account fewer addresses than this were issued since the backup. Accounts that were made
    /// since are not known: when they are made anew, as many of their addresses are skipped, and what these hold is
    /// booked as discovered, not as deposits. Name such accounts in exact counts instead.
    SkipAhead(u32),
}

/// How many addresses an account had issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedAccount {
    /// Its index.
    pub account: u32,
    /// Its alias; needed for an account that the backup does not have, which is made with it.
    pub alias: Option<String>,
    /// Public addresses: one more than the greatest key index.
    pub public: u32,
    /// Internal (change) addresses: one more than the greatest key index.
    pub internal: u32,
}

/// What a release did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// Addresses that are watched from now on and never issued.
    pub skipped: u64,
    /// Accounts that were made anew.
    pub accounts: u32,
}

/// Addresses of a chain to be skipped.
struct Range {
    account: u32,
    internal: bool,
    from: u32,
    to: u32,
}

#[derive(Default)]
struct Plan {
    ranges: Vec<Range>,
    new: Vec<(u32, String)>,
    skip_ahead: u32,
}

impl Accounts {
    /// Ends the freeze of issuing after a restore or a search of the seed. The vault must be unlocked. When it returns, everything that was
    /// stated is on disk and watched; after an error or a crash before, nothing of it is, and issuing is frozen still.
    ///
    /// # Errors
    /// [`AccountError::NotFrozen`], [`AccountError::Statement`] (an account that is missing, or counts below those of
    /// the backup), [`AccountError::AliasTaken`], [`AccountError::Keys`], [`AccountError::SeedMismatch`],
    /// [`AccountError::KeyIndexExhausted`], [`AccountError::Store`]; and those of `also`, which is done in the same transaction.
    pub fn release_issuing<E>(
        &self,
        issued: &IssuedBefore,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), E> + Send + 'static,
    ) -> Result<Released, E>
    where
        E: From<AccountError> + From<StoreError> + Send + 'static,
    {
        let rows = self.store.readers().read(|conn| {
            Frozen::present(conn)?;
            Ok::<_, AccountError>(all_accounts(conn)?)
        })?;
        self.check_seed()?;
        let plan = match issued {
            IssuedBefore::Exact(stated) => exact(&rows, stated)?,
            IssuedBefore::SkipAhead(by) => ahead(&rows, *by)?,
        };
        let skipped: u64 = plan.ranges.iter().map(|range| u64::from(range.to - range.from)).sum();
        if skipped > RELEASE_LIMIT {
            return Err(AccountError::Statement(format!(
                "{skipped} addresses would be skipped, where up to {RELEASE_LIMIT} are possible"
            ))
            .into());
        }
        let derived = self.derive_all(&plan.ranges)?;
        let (watch, created_ms) = (Arc::clone(&self.watch), self.clock.now_ms());
        let accounts = u32::try_from(plan.new.len()).expect("checked when they were planned");
        self.store.writer().commit_then(
            move |tx| {
                release(tx, &plan, &derived, created_ms)?;
                also(tx)?;
                fail_point!("restore:released");
                Ok::<_, E>(derived)
            },
            move |derived| watch.watch(derived.iter().map(|(key, raw)| (*raw, *key))),
        )?;
        Ok(Released { skipped, accounts })
    }

    fn derive_all(&self, ranges: &[Range]) -> Result<Vec<(AddressKey, Address)>, AccountError> {
        let mut derived = Vec::new();
        for Range { account, internal, from, to } in ranges {
            let mut next = *from;
            while next < *to {
                let end = next.saturating_add(BATCH).min(*to);
                let raw = self.derive(*account, *internal, next, end)?;
                let key = |key_index| AddressKey { account: *account, internal: *internal, key_index };
                derived.extend((next..end).map(key).zip(raw));
                next = end;
            }
        }
        Ok(derived)
    }
}

/// By what issuing is frozen. Of a backup that was made in the middle of a search it is by both.
struct Frozen {
    restore: Option<Restore>,
    recovery: Option<Recovery>,
}

impl Frozen {
    fn present(conn: &rusqlite::Connection) -> Result<Self, AccountError> {
        let restore = restore::present(conn)?.filter(|restore| !restore.issuing_released);
        let recovery = recovery::frozen(conn)?;
        if restore.is_none() && recovery.is_none() {
            return Err(AccountError::NotFrozen);
        }
        Ok(Self { restore, recovery })
    }

    fn release(self, tx: &Transaction<'_>, skip_ahead: u32) -> Result<(), StoreError> {
        if let Some(mut restore) = self.restore {
            restore.issuing_released = true;
            // that of an earlier restore is about accounts which may still be made anew
            restore.skip_ahead = restore.skip_ahead.max(skip_ahead);
            restore::put(tx, &restore)?;
        }
        if let Some(mut recovery) = self.recovery {
            recovery.issuing_released = true;
            recovery.skip_ahead = recovery.skip_ahead.max(skip_ahead);
            recovery::put(tx, &recovery)?;
        }
        Ok(())
    }
}

pub(super) fn all_accounts(conn: &rusqlite::Connection) -> Result<Vec<AccountRow>, StoreError> {
    let mut rows: Vec<AccountRow> = Vec::new();
    loop {
        let page = account::page(conn, rows.last().map(|row| row.account), super::PAGE_LIMIT)?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page);
    }
}

fn ahead(rows: &[AccountRow], by: u32) -> Result<Plan, AccountError> {
    if by == 0 {
        return Err(AccountError::Statement("skip ahead by at least 1, or give exact counts".to_owned()));
    }
    // also when there is no account yet: it is about those that come
    if u64::from(by) > RELEASE_LIMIT {
        return Err(AccountError::Statement(format!("skip ahead by up to {RELEASE_LIMIT}")));
    }
    let mut plan = Plan { skip_ahead: by, ..Plan::default() };
    for row in rows {
        for (internal, from) in [(false, row.public_next), (true, row.internal_next)] {
            let to = from.checked_add(by).filter(|to| *to <= super::issue::KEY_INDICES);
            let to = to.ok_or(AccountError::KeyIndexExhausted)?;
            plan.ranges.push(Range { account: row.account, internal, from, to });
        }
    }
    Ok(plan)
}

fn exact(rows: &[AccountRow], stated: &[IssuedAccount]) -> Result<Plan, AccountError> {
    let refuse = |text: String| Err(AccountError::Statement(text));
    let mut sorted: Vec<&IssuedAccount> = stated.iter().collect();
    sorted.sort_by_key(|one| one.account);
    let mut plan = Plan::default();
    for (index, one) in (0_u32..).zip(&sorted) {
        if one.account != index {
            return refuse(format!("account {index} is not stated, or account {} is twice", one.account));
        }
        let row = usize::try_from(index).ok().and_then(|index| rows.get(index));
        let (public, internal) = row.map_or((0, 0), |row| (row.public_next, row.internal_next));
        if row.is_none() {
            let Some(alias) = &one.alias else {
                return refuse(format!("account {index} is not in the backup: its alias is needed"));
            };
            check_alias(alias)?;
            plan.new.push((index, alias.clone()));
        }
        for (internal, from, to) in [(false, public, one.public), (true, internal, one.internal)] {
            if to < from {
                return refuse(format!("account {index} had issued {from} addresses of a chain already, not {to}"));
            }
            if to > super::issue::KEY_INDICES {
                return Err(AccountError::KeyIndexExhausted);
            }
            plan.ranges.push(Range { account: index, internal, from, to });
        }
    }
    if sorted.len() < rows.len() {
        return refuse(format!("account {} is not stated", sorted.len()));
    }
    Ok(plan)
}

fn release(
    tx: &Transaction<'_>,
    plan: &Plan,
    derived: &[(AddressKey, Address)],
    created_ms: u64,
) -> Result<(), AccountError> {
    // nothing else changes accounts while issuing is frozen and nothing is searched, so only a second release could have
    // come between
    let frozen = Frozen::present(tx)?;
    let seed_is_new = meta::get(tx, MetaKey::SeedOrigin)?.is_some_and(|origin| origin == b"new");
    for (index, alias) in &plan.new {
        if let Some(other) = account::by_alias(tx, alias)? {
            return Err(AccountError::AliasTaken { alias: alias.clone(), account: other.account });
        }
        let made = account::insert(tx, alias, false, created_ms)?;
        if made.account != *index {
            return Err(StoreError::corrupt("an account has another index than the next").into());
        }
        audit::accounts::created(tx, &made)?;
    }
    let cursor: Option<MilestoneIndex> = meta::cursor(tx)?.map(|cursor| cursor.position.index);
    // what an account held before the backup is not known where it was not looked for, as in one that is not in it
    let known = |account: u32| {
        let is_new = plan.new.iter().any(|(index, _)| *index == account);
        let looked_for = if is_new { seed_is_new } else { !account::is_undiscovered(tx, account)? };
        // a search begins at the newest milestone, and not where somebody else had begun to issue
        Ok::<_, StoreError>(looked_for && cursor.is_some() && frozen.recovery.is_none())
    };
    let mut present = None;
    for (key, raw) in derived {
        let past = match present {
            Some((account, past)) if account == key.account => past,
            _ if known(key.account)? => Past::New,
            _ => Past::Unchecked,
        };
        present = Some((key.account, past));
        address::insert(tx, *key, raw, None, cursor, past)?;
    }
    for Range { account, internal, from, to } in &plan.ranges {
        account::set_next(tx, *account, *internal, *to)?;
        audit::accounts::skipped(tx, Chain { account: *account, internal: *internal, from: *from, to: *to })?;
    }
    if plan.skip_ahead > 0 {
        // accounts that are made from now on may be older than they look
        meta::put(tx, MetaKey::SeedOrigin, b"existing")?;
    }
    frozen.release(tx, plan.skip_ahead)?;
    Ok(audit::wallet::issuing_released(tx, derived.len(), plan.new.len(), plan.skip_ahead)?)
}
