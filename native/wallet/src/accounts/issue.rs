//! Issuing addresses: derive, make durable, watch, and only then show.
//!
//! Keys are derived outside of the transaction, for the key indices that seem to be next. The transaction issues from
//! the index that is next then, if the derived ones cover it; else the caller derives again, a little further. So two
//! callers never get the same address, and no lock is held while the secret manager works.

use std::sync::atomic::Ordering;

use rusqlite::Transaction;

use super::{AccountError, Accounts};
use crate::{
    audit::{self, accounts::Chain},
    keys::KeyPath,
    ledger::{Address, Amount},
    store::{AddressKey, AddressRow, MetaKey, Past, StoreError, account, address, meta, restore},
};

/// Most addresses of one call.
pub const ISSUE_LIMIT: u32 = 10_000;
/// Greatest length of a label, in bytes.
pub const LABEL_LIMIT: usize = 256;
/// Key indices are hardened, so the last bit is taken.
pub const KEY_INDICES: u32 = 1 << 31;
const ATTEMPTS: u32 = 64;
const FURTHEST: u32 = 512;

/// Why a job issued nothing.
enum Refused {
    /// The derived range does not cover what is next now.
    Moved {
        next: u32,
    },
    Other(AccountError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl Accounts {
    /// Issues the next `count` addresses of a chain. When it returns they are on disk and watched; after a crash
    /// before that some of them may be issued without anybody having seen them, and they are never issued again.
    ///
    /// # Errors
    /// [`AccountError`]; nothing was issued then.
    pub fn issue(
        &self,
        account: u32,
        internal: bool,
        count: u32,
        label: Option<&str>,
    ) -> Result<Vec<AddressRow>, AccountError> {
        check(count, label)?;
        let row = self.by_index(account)?;
        let mut next = if internal { row.internal_next } else { row.public_next };
        let mut further = 0;
        for _ in 0..ATTEMPTS {
            let last = next.checked_add(count).filter(|last| *last <= KEY_INDICES);
            let end = last.ok_or(AccountError::KeyIndexExhausted)?.saturating_add(further).min(KEY_INDICES);
            let derived = self.derive(account, internal, next, end)?;
            fail_point!("issue:derived");
            match self.store_issued(account, internal, count, label, next, derived) {
                Ok(issued) => {
                    fail_point!("issue:durable");
                    return Ok(issued);
                }
                Err(Refused::Other(error)) => return Err(error),
                Err(Refused::Moved { next: now }) => {
                    further = now.saturating_sub(next).saturating_mul(2).clamp(count, FURTHEST.max(count));
                    next = now;
                }
            }
        }
        Err(AccountError::Contention)
    }

    /// The addresses of a range of key indices. They come from the wallet's seed: a vault with another one may be
    /// opened at any time, so it is checked that nobody did while they were derived.
    ///
    /// # Errors
    /// [`AccountError::SeedMismatch`], [`AccountError::Keys`], [`AccountError::Store`].
    pub fn derive(&self, account: u32, internal: bool, from: u32, to: u32) -> Result<Vec<Address>, AccountError> {
        let paths = (from..to).map(|index| KeyPath::new(account, internal, index)).collect::<Result<Vec<_>, _>>()?;
        self.derive_paths(&paths)
    }

    /// The same of any paths, in their order.
    pub(super) fn derive_paths(&self, paths: &[KeyPath]) -> Result<Vec<Address>, AccountError> {
        for _ in 0..ATTEMPTS {
            let generation = self.checked_generation()?;
            let derived = self.derive_unchecked(paths)?;
            if self.secrets.generation() == generation {
                return Ok(derived);
            }
        }
        Err(AccountError::Contention)
    }

    fn derive_unchecked(&self, paths: &[KeyPath]) -> Result<Vec<Address>, AccountError> {
        let keys = self.secrets.public_keys(paths)?;
        Ok(keys.iter().map(|key| self.codec.of_public_key(key)).collect())
    }

    /// Checks that the secret manager's seed is the one that the wallet's addresses come from; the first seed that is
    /// seen is recorded. Costs nothing after the first time, until another vault is opened.
    ///
    /// # Errors
    /// [`AccountError::SeedMismatch`], [`AccountError::Keys`], [`AccountError::Store`].
    pub fn check_seed(&self) -> Result<(), AccountError> {
        self.checked_generation().map(drop)
    }

    /// As [`check_seed`](Self::check_seed); answers for which generation of the secret manager it holds.
    fn checked_generation(&self) -> Result<u64, AccountError> {
        // read first: what is derived belongs to this generation or to a later one, which is checked by itself
        let generation = self.secrets.generation();
        let mark = generation.wrapping_add(1); // 0 is for never
        if self.seed_checked.load(Ordering::Acquire) == mark {
            return Ok(generation);
        }
        let derived = self.derive_unchecked(&[KeyPath::new(0, false, 0)?])?;
        let first = *derived.first().expect("one path gives one key");
        self.store.writer().commit(move |tx| match meta::get(tx, MetaKey::SeedAddress)? {
            None => {
                meta::put(tx, MetaKey::SeedAddress, first.as_slice())?;
                Ok(audit::wallet::seed_adopted(tx, &first)?)
            }
            Some(known) if known == first.as_slice() => Ok(()),
            Some(_) => Err(AccountError::SeedMismatch),
        })?;
        self.seed_checked.store(mark, Ordering::Release);
        Ok(generation)
    }

    fn store_issued(
        &self,
        account: u32,
        internal: bool,
        count: u32,
        label: Option<&str>,
        from: u32,
        derived: Vec<Address>,
    ) -> Result<Vec<AddressRow>, Refused> {
        let label = label.map(str::to_owned);
        let watch = std::sync::Arc::clone(&self.watch);
        self.store.writer().commit_then(
            move |tx| {
                let row = account::by_index(tx, account)?.ok_or(Refused::Other(AccountError::NoIndex(account)))?;
                if restore::issuing_frozen(tx)? {
                    return Err(Refused::Other(AccountError::IssuingFrozen));
                }
                if row.discovery {
                    return Err(Refused::Other(AccountError::Undiscovered(account)));
                }
                let next = if internal { row.internal_next } else { row.public_next };
                let skip = next.checked_sub(from).and_then(|skip| usize::try_from(skip).ok());
                let issued = skip.and_then(|skip| derived.get(skip..)).unwrap_or_default();
                let count = usize::try_from(count).expect("at most ten thousand");
                let Some(issued) = issued.get(..count) else { return Err(Refused::Moved { next }) };
                insert(tx, account, internal, next, issued, label.as_deref()).map_err(Refused::Other)
            },
            move |issued| watch.watch(issued.iter().map(|row| (row.raw, row.key))),
        )
    }
}

/// Checks what an issue is asked for.
pub(super) fn check(count: u32, label: Option<&str>) -> Result<(), AccountError> {
    if count == 0 || count > ISSUE_LIMIT {
        return Err(AccountError::Count { got: count, limit: ISSUE_LIMIT });
    }
    if label.is_some_and(|label| label.len() > LABEL_LIMIT || label.chars().any(char::is_control)) {
        return Err(AccountError::LabelInvalid { limit: LABEL_LIMIT });
    }
    Ok(())
}

pub(super) fn insert(
    tx: &Transaction<'_>,
    account: u32,
    internal: bool,
    next: u32,
    issued: &[Address],
    label: Option<&str>,
) -> Result<Vec<AddressRow>, AccountError> {
    let cursor = meta::cursor(tx)?.ok_or(AccountError::NetworkUnknown)?;
    let mut rows = Vec::with_capacity(issued.len());
    let mut key_index = next;
    for raw in issued {
        let key = AddressKey { account, internal, key_index };
        let watched_from = Some(cursor.position.index);
        address::insert(tx, key, raw, label, watched_from, Past::New)?;
        let label = label.map(str::to_owned);
        rows.push(AddressRow {
            key,
            raw: *raw,
            label,
            used: false,
            balance: Amount::ZERO,
            watched_from,
            past: Past::New,
        });
        key_index += 1;
    }
    account::set_next(tx, account, internal, key_index)?;
    audit::accounts::issued(tx, Chain { account, internal, from: next, to: key_index })?;
    fail_point!("issue:written");
    Ok(rows)
}
