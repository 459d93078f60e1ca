//! Issuing again after a restore: nothing that the wallet before may have issued since its backup is issued anew.
//!
//! The operator states how far each account had issued, or skips ahead by more than it can have been. The addresses in
//! between are made and watched, and are never issued. They belong to the time after the backup, and the ledger is
//! followed from the backup's milestone on only after this: so what came to them meanwhile comes by milestones, as
//! deposits. Where it is not known what the addresses held before that milestone, what they hold is looked for as that of
//! any address that is watched late, and is booked as discovered: in a wallet that had met no node before its backup, and,
//! with a seed that may have been used elsewhere, in accounts that were not looked for or not there yet.
//!
//! It is done in steps, each of which is durable, as it may be about millions of addresses. Issuing is free with the last
//! one. Where each account was when the first began is kept until then, so that the same call goes on after an
//! interruption, and what is stated is compared with the backup and not with what was registered since.

use std::sync::Arc;

use rusqlite::{Connection, Transaction};

use super::{
    AccountError, Accounts, KEY_INDICES,
    counts::{check, check_limit, refuse},
};
use crate::{
    audit::{self, accounts::Chain},
    keys::KeyPath,
    ledger::{Address, MilestoneIndex},
    store::{
        AccountRow, AddressKey, MetaKey, Past, StoreError, account, address, meta,
        recovery::{self, Recovery},
        release,
        restore::{self, Restore},
    },
};

/// Most addresses that are registered at the word of an operator, skipped in a release or stated as exact counts: a figure
/// that was mistyped cannot be taken back.
pub const RELEASE_LIMIT: u64 = 5_000_000;
/// Addresses of one step.
const STEP: u32 = 10_000;

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
    /// Its alias; needed for an account that the backup does not have, which is made with it. That of an account which is
    /// there must be its own, unless a search of the seed named it.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Plan {
    fn addresses(&self) -> u64 {
        self.ranges.iter().map(|range| u64::from(range.to - range.from)).sum()
    }
}

impl Accounts {
    /// Ends the freeze of issuing after a restore or a search of the seed. The vault must be unlocked. When it returns, everything that was
    /// stated is on disk and watched. After an error or a crash before, some of it may be: issuing is frozen still, and the
    /// same call goes on. What cannot be is refused before anything is written.
    ///
    /// # Errors
    /// [`AccountError::NotFrozen`], [`AccountError::Statement`] (an account that is missing or has another alias, counts
    /// below those of the backup, or more addresses than [`RELEASE_LIMIT`]), [`AccountError::AliasTaken`],
    /// [`AccountError::Keys`], [`AccountError::SeedMismatch`], [`AccountError::KeyIndexExhausted`],
    /// [`AccountError::Store`]; and those of `also`, which is done in the first step, that makes the accounts.
    pub fn release_issuing<E>(
        &self,
        issued: &IssuedBefore,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), E> + Send + 'static,
    ) -> Result<Released, E>
    where
        E: From<AccountError> + From<StoreError> + Send + 'static,
    {
        let (had, now) = self.store.readers().read(|conn| {
            Frozen::present(conn)?;
            let now = all_accounts(conn)?;
            Ok::<_, AccountError>((begun(conn, &now)?, now))
        })?;
        self.check_seed()?;
        let plan = match issued {
            IssuedBefore::Exact(stated) => exact(&had, &now, stated)?,
            IssuedBefore::SkipAhead(by) => ahead(&had, &now, *by)?,
        };
        check_limit(plan.addresses())?;
        let Plan { ranges, new, skip_ahead } = plan;
        let created_ms = self.clock.now_ms();
        self.store.writer().commit(move |tx| {
            begin(tx, &new, created_ms)?;
            also(tx)
        })?;
        for step in steps(ranges) {
            self.skip(step)?;
        }
        Ok(self.store.writer().commit(move |tx| {
            let released = end(tx, skip_ahead)?;
            fail_point!("restore:released");
            Ok::<_, AccountError>(released)
        })?)
    }

    /// Does one step.
    fn skip(&self, ranges: Vec<Range>) -> Result<(), AccountError> {
        let keys = ranges.iter().flat_map(|range| {
            let Range { account, internal, from, to } = *range;
            (from..to).map(move |key_index| AddressKey { account, internal, key_index })
        });
        let keys: Vec<AddressKey> = keys.collect();
        let paths = keys.iter().map(|key| KeyPath::new(key.account, key.internal, key.key_index));
        let raw = self.derive_paths(&paths.collect::<Result<Vec<_>, _>>()?)?;
        let derived: Vec<(AddressKey, Address)> = keys.into_iter().zip(raw).collect();
        let watch = Arc::clone(&self.watch);
        self.store.writer().commit_then(
            move |tx| {
                register(tx, &ranges, &derived)?;
                Ok::<_, AccountError>(derived)
            },
            move |derived| watch.watch(derived.iter().map(|(key, raw)| (*raw, *key))),
        )?;
        Ok(())
    }
}

/// By what issuing is frozen. Of a backup that was made in the middle of a search it is by both.
struct Frozen {
    restore: Option<Restore>,
    recovery: Option<Recovery>,
}

impl Frozen {
    fn present(conn: &Connection) -> Result<Self, AccountError> {
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

pub(super) fn all_accounts(conn: &Connection) -> Result<Vec<AccountRow>, StoreError> {
    let mut rows: Vec<AccountRow> = Vec::new();
    loop {
        let page = account::page(conn, rows.last().map(|row| row.account), super::PAGE_LIMIT)?;
        if page.is_empty() {
            return Ok(rows);
        }
        rows.extend(page);
    }
}

/// The accounts as they were when the release began that is under way; as they are: none is.
fn begun(conn: &Connection, now: &[AccountRow]) -> Result<Vec<AccountRow>, StoreError> {
    let mut had = now.to_vec();
    for row in release::all(conn)? {
        let account = usize::try_from(row.account).ok().and_then(|index| had.get_mut(index));
        let account = account.ok_or_else(|| StoreError::corrupt("a release of an account that is not there"))?;
        (account.public_next, account.internal_next) = (row.public_from, row.internal_from);
    }
    Ok(had)
}

fn ahead(had: &[AccountRow], now: &[AccountRow], by: u32) -> Result<Plan, AccountError> {
    if by == 0 {
        return refuse("skip ahead by at least 1, or give exact counts".to_owned());
    }
    // also when there is no account yet: it is about those that come
    check_limit(u64::from(by) * 2)?;
    let mut plan = Plan { skip_ahead: by, ..Plan::default() };
    for (had, now) in had.iter().zip(now) {
        for (internal, had, from) in
            [(false, had.public_next, now.public_next), (true, had.internal_next, now.internal_next)]
        {
            let to = had.checked_add(by).filter(|to| *to <= KEY_INDICES).ok_or(AccountError::KeyIndexExhausted)?;
            plan.ranges.push(Range { account: now.account, internal, from, to: to.max(from) });
        }
    }
    Ok(plan)
}

fn exact(had: &[AccountRow], now: &[AccountRow], stated: &[IssuedAccount]) -> Result<Plan, AccountError> {
    let mut plan = Plan::default();
    let mut rows = now.iter();
    for one in check(had, stated)? {
        let (public, internal) = match rows.next() {
            Some(row) => (row.public_next, row.internal_next),
            None => {
                let Some(alias) = one.alias else {
                    return refuse(format!("account {} is not in the backup: its alias is needed", one.account));
                };
                plan.new.push((one.account, alias));
                (0, 0)
            }
        };
        for (internal, from, to) in [(false, public, one.public), (true, internal, one.internal)] {
            // an interrupted release of more may have come further
            plan.ranges.push(Range { account: one.account, internal, from, to: to.max(from) });
        }
    }
    Ok(plan)
}

/// Ranges in parts of [`STEP`] addresses together.
fn steps(ranges: Vec<Range>) -> Vec<Vec<Range>> {
    let (mut steps, mut step, mut room) = (Vec::new(), Vec::new(), STEP);
    for Range { account, internal, mut from, to } in ranges {
        while from < to {
            let end = to.min(from.saturating_add(room));
            step.push(Range { account, internal, from, to: end });
            room -= end - from;
            from = end;
            if room == 0 {
                steps.push(std::mem::take(&mut step));
                room = STEP;
            }
        }
    }
    if !step.is_empty() {
        steps.push(step);
    }
    steps
}

/// Notes where the release begins, if none is under way, and makes accounts.
fn begin(tx: &Transaction<'_>, new: &[(u32, String)], created_ms: u64) -> Result<(), AccountError> {
    Frozen::present(tx)?;
    release::begin(tx)?;
    for (index, alias) in new {
        if let Some(other) = account::by_alias(tx, alias)? {
            return Err(AccountError::AliasTaken { alias: alias.clone(), account: other.account });
        }
        let made = account::insert(tx, alias, false, created_ms)?;
        if made.account != *index {
            return Err(AccountError::Contention);
        }
        release::made(tx, *index)?;
        audit::accounts::created(tx, &made)?;
    }
    Ok(())
}

/// Registers the addresses of a step.
fn register(tx: &Transaction<'_>, ranges: &[Range], derived: &[(AddressKey, Address)]) -> Result<(), AccountError> {
    let frozen = Frozen::present(tx)?;
    let seed_is_new = meta::seed_is_new(tx)?;
    let cursor: Option<MilestoneIndex> = meta::cursor(tx)?.map(|cursor| cursor.position.index);
    // what an account held before the backup is not known where it was not looked for, as in one that is not in it
    let known = |account: u32| {
        let made = release::has_made(tx, account)?;
        let looked_for = if made { seed_is_new } else { !account::is_undiscovered(tx, account)? };
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
    for Range { account, internal, from, to } in ranges {
        let row = account::by_index(tx, *account)?.ok_or(AccountError::NoIndex(*account))?;
        // nothing else issues while issuing is frozen, so only another release or search could have come between
        if *from != if *internal { row.internal_next } else { row.public_next } {
            return Err(AccountError::Contention);
        }
        account::set_next(tx, *account, *internal, *to)?;
        audit::accounts::skipped(tx, Chain { account: *account, internal: *internal, from: *from, to: *to })?;
    }
    Ok(())
}

/// Frees issuing.
fn end(tx: &Transaction<'_>, skip_ahead: u32) -> Result<Released, AccountError> {
    let frozen = Frozen::present(tx)?;
    let (skipped, accounts) = release::sums(tx)?;
    if skip_ahead > 0 {
        // accounts that are made from now on may be older than they look
        meta::put(tx, MetaKey::SeedOrigin, b"existing")?;
    }
    frozen.release(tx, skip_ahead)?;
    release::forget(tx)?;
    audit::wallet::issuing_released(tx, skipped, accounts, skip_ahead)?;
    Ok(Released { skipped, accounts })
}

#[cfg(test)]
mod tests;
