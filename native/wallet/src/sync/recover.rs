//! Finding the accounts of a seed of which nothing but the mnemonic is left.
//!
//! Account by account, and of each its public and its change chain: addresses are derived some at a time, an index is
//! asked what they hold, and those up to the last that holds something are registered as issued and watched, like those
//! of a single account that was used before ([`discovery`](super::discovery)). An index knows unspent outputs only, so
//! an address that was emptied is not seen. Therefore **nothing is issued** from the beginning on until it was stated
//! how far issuing had come. Where that is stated at once, the addresses up to there are registered without looking.
//!
//! How far the search has come is written with what it found: after a crash, an error or a word to stop it goes on where it
//! was.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, TryLockError},
};

use rusqlite::Transaction;

use super::{Core, LedgerSync, SyncError, Turns, ask, late};
use crate::{
    accounts::{AccountError, Accounts, IssuedAccount, KEY_INDICES, found_alias},
    audit::{self, accounts::Chain},
    events::RecoveryProgress,
    ledger::{Address, Interest, Lookup, OutputId, UnspentAnswer},
    store::{
        AccountTotal, AddressKey, MetaKey, Past, StoreError, account, address, meta,
        recovery::{self, GapLimits, Recovery},
        release, restore,
    },
};

/// Addresses that are registered in one step without looking.
const STEP: u32 = 10_000;
/// Addresses that are derived between two looks whether to stop.
const DERIVED: u32 = 1_000;

/// What says where a search ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoverBy {
    /// Unused accounts and addresses in a row.
    Gaps(GapLimits),
    /// How many addresses each account had issued: all accounts of the seed.
    Exact(Vec<IssuedAccount>),
}

/// Who looks on while a search runs.
pub struct Watcher<'a> {
    /// Hears of each step.
    pub progress: &'a (dyn Fn(RecoveryProgress) + Sync),
    /// Asked again and again whether to stop.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl LedgerSync {
    /// One search, or statement of how far issuing had come, at a time: none while there is one.
    pub fn recovering(&self) -> Option<MutexGuard<'_, ()>> {
        match self.recovering.try_lock() {
            Ok(turn) => Some(turn),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Searches the seed, or goes on with a search with the same limits that has not come to its end. Answers how far it
    /// has come: not to its end when the watcher said stop. What it has found is there already, durable and watched, and
    /// issuing is frozen; but for exact counts that were registered to the end, which free it.
    ///
    /// # Errors
    /// [`SyncError`]; the next call goes on.
    pub fn recover(
        &self,
        accounts: &Accounts,
        lookup: &dyn Lookup,
        by: &RecoverBy,
        now_ms: u64,
        watcher: &Watcher<'_>,
    ) -> Result<Recovery, SyncError> {
        let (limits, counts) = match by {
            RecoverBy::Gaps(limits) => (Some(*limits), Vec::new()),
            RecoverBy::Exact(stated) => (None, accounts.check_counts(stated)?),
        };
        accounts.check_seed()?;
        let state = begin(&self.core, limits)?;
        fail_point!("recovery:begun");
        let (core, turns, counts) = (&*self.core, &*self.turns, Arc::new(counts));
        let search = Search { core, turns, accounts, lookup, counts, now_ms, watcher };
        match search.run(state) {
            Err(SyncError::Closed) if !self.core.inbox.stopped() && (watcher.stop)() => {
                let state = self.core.store.readers().read(recovery::present)?;
                state.ok_or_else(|| StoreError::corrupt("a search that left no trace").into())
            }
            other => other,
        }
    }
}

/// Notes that a search begins, or finds it noted; from now on nothing is issued.
fn begin(core: &Core, limits: Option<GapLimits>) -> Result<Recovery, SyncError> {
    core.store.writer().commit(move |tx| {
        if restore::present(tx)?.is_some_and(|restore| !restore.issuing_released) {
            return Err(AccountError::IssuingFrozen.into());
        }
        // what a release is about that was interrupted is asked anew when the search has ended
        release::forget(tx)?;
        let before = recovery::present(tx)?;
        // counts may be others than before, and what is registered is passed over quickly
        let same = |state: &&Recovery| limits.is_some() && state.limits == limits;
        if let Some(state) = before.as_ref().filter(|state| !state.complete && !state.issuing_released).filter(same) {
            return Ok(state.clone());
        }
        // accounts that are made later are of a seed that was used, too
        meta::put(tx, MetaKey::SeedOrigin, b"existing")?;
        let state =
            Recovery { limits, skip_ahead: before.map_or(0, |before| before.skip_ahead), ..Recovery::default() };
        recovery::put(tx, &state)?;
        Ok(state)
    })
}

struct Search<'a> {
    core: &'a Core,
    turns: &'a Turns,
    accounts: &'a Accounts,
    lookup: &'a dyn Lookup,
    /// Of each account, when exact counts were stated.
    counts: Arc<Vec<IssuedAccount>>,
    now_ms: u64,
    watcher: &'a Watcher<'a>,
}

/// What of a chain is known after a step.
struct Step {
    account: u32,
    internal: bool,
    searched: u32,
    looked_at: u64,
    /// Its key indices that count as issued now; empty: no more than before.
    from: u32,
    raw: Vec<Address>,
}

impl Search<'_> {
    fn run(&self, mut state: Recovery) -> Result<Recovery, SyncError> {
        while self.goes_on(&state) {
            let index = state.account;
            if !state.internal {
                state = self.chain(state, index, false)?;
            }
            self.chain(state, index, true)?;
            self.book(index)?;
            fail_point!("recovery:booked");
            state = self.next_account(index)?;
            self.tell(&state);
        }
        let ended = self.core.store.writer().commit(|tx| {
            let mut state = open(tx)?;
            state.complete = true;
            state.issuing_released = state.limits.is_none();
            recovery::put(tx, &state)?;
            Ok::<_, SyncError>(state)
        })?;
        fail_point!("recovery:ended");
        Ok(ended)
    }

    fn goes_on(&self, state: &Recovery) -> bool {
        match state.limits {
            Some(limits) => state.unused < limits.accounts && state.account < KEY_INDICES,
            None => usize::try_from(state.account).is_ok_and(|index| index < self.counts.len()),
        }
    }

    fn stopped(&self) -> bool {
        self.core.inbox.stopped() || (self.watcher.stop)()
    }

    fn tell(&self, state: &Recovery) {
        let Recovery { account, internal, searched, looked_at, addresses, accounts, amount, .. } = *state;
        let told = RecoveryProgress { account, internal, searched, looked_at, addresses, accounts, amount };
        (self.watcher.progress)(told);
    }

    /// Follows one chain to its end.
    fn chain(&self, mut state: Recovery, index: u32, internal: bool) -> Result<Recovery, SyncError> {
        loop {
            let row = self.core.store.readers().read(|conn| account::by_index(conn, index))?;
            let next = row.map_or(0, |row| if internal { row.internal_next } else { row.public_next });
            let step = match state.limits {
                Some(limits) => self.look(&state, (index, internal), next, limits.addresses)?,
                None => self.count(index, internal, next)?,
            };
            let Some(step) = step else { return Ok(state) };
            fail_point!("recovery:asked");
            state = match self.store(step) {
                // a search of this account alone that had begun before has gone on meanwhile
                Err(SyncError::Accounts(AccountError::Contention)) => continue,
                stored => stored?,
            };
            fail_point!("recovery:durable");
            self.tell(&state);
        }
    }

    /// Looks at the next addresses of a chain of which `next` are issued; none: so many were looked at that it ends.
    fn look(
        &self,
        state: &Recovery,
        (index, internal): (u32, bool),
        next: u32,
        gap: u32,
    ) -> Result<Option<Step>, SyncError> {
        let searched = if state.internal == internal { state.searched } else { 0 };
        let from = searched.max(next);
        let to = next.saturating_add(gap).min(KEY_INDICES);
        if from >= to {
            return Ok(None);
        }
        let derived = self.derive(index, internal, from, to)?;
        let used = self.used(&derived)?.map_or(next, |place| from + place + 1);
        let raw = match used.checked_sub(from) {
            // what lies between was looked at in steps before
            Some(count) if next < from => {
                let mut raw = self.derive(index, internal, next, from)?;
                raw.extend(derived.iter().take(usize::try_from(count).unwrap_or(usize::MAX)));
                raw
            }
            Some(count) => derived.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)).collect(),
            None => Vec::new(),
        };
        let looked_at = u64::from(to - from);
        Ok(Some(Step { account: index, internal, searched: to, looked_at, from: next, raw }))
    }

    /// The next addresses of a chain of which it is stated how many were issued; none: no more.
    fn count(&self, index: u32, internal: bool, next: u32) -> Result<Option<Step>, SyncError> {
        let stated = usize::try_from(index).ok().and_then(|index| self.counts.get(index));
        let count = stated.map_or(0, |stated| if internal { stated.internal } else { stated.public });
        let to = count.min(next.saturating_add(STEP));
        if next >= to {
            return Ok(None);
        }
        let raw = self.derive(index, internal, next, to)?;
        Ok(Some(Step { account: index, internal, searched: to, looked_at: 0, from: next, raw }))
    }

    fn derive(&self, index: u32, internal: bool, from: u32, to: u32) -> Result<Vec<Address>, SyncError> {
        let mut derived = Vec::new();
        let mut begin = from;
        while begin < to {
            if self.stopped() {
                return Err(SyncError::Closed);
            }
            let end = to.min(begin.saturating_add(DERIVED));
            derived.extend(self.accounts.derive(index, internal, begin, end)?);
            begin = end;
        }
        Ok(derived)
    }

    /// The place of the last of these addresses that holds something.
    fn used(&self, addresses: &[Address]) -> Result<Option<u32>, SyncError> {
        let places: HashMap<Address, u32> = addresses.iter().copied().zip(0_u32..).collect();
        let interest = Arc::new(Asked(places));
        let at_least = late::cursor(self.core)?;
        let answers = ask::unspent(self.lookup, addresses, Arc::clone(&interest) as _, at_least, &|| self.stopped())?;
        let outputs = answers.iter().flat_map(|UnspentAnswer { outputs, .. }| outputs);
        Ok(outputs.flat_map(|output| output.addresses()).filter_map(|raw| interest.0.get(raw).copied()).max())
    }

    /// Writes what a step has found and that it was made.
    fn store(&self, step: Step) -> Result<Recovery, SyncError> {
        let (now_ms, counts) = (self.now_ms, Arc::clone(&self.counts));
        let watch = Arc::clone(self.accounts.watch());
        let (state, _) = self.core.store.writer().commit_then(
            move |tx| {
                let mut state = open(tx)?;
                let watched = register(tx, &counts, &step, now_ms)?;
                let Step { account, internal, searched, looked_at, .. } = step;
                (state.account, state.internal, state.searched) = (account, internal, searched);
                state.looked_at = state.looked_at.saturating_add(looked_at);
                state.addresses = state.addresses.saturating_add(u64::try_from(watched.len()).unwrap_or(u64::MAX));
                recovery::put(tx, &state)?;
                fail_point!("recovery:written");
                Ok::<_, SyncError>((state, watched))
            },
            move |(_, watched)| watch.watch(watched.iter().copied()),
        )?;
        Ok(state)
    }

    /// Books what the addresses of an account hold.
    fn book(&self, index: u32) -> Result<(), SyncError> {
        let turn = self.turns.take_unless(&|| self.stopped()).ok_or(SyncError::Closed)?;
        late::check(self.core, self.lookup, Some(index), &|| self.stopped())?;
        drop(turn);
        Ok(())
    }

    /// Notes that an account is done.
    fn next_account(&self, index: u32) -> Result<Recovery, SyncError> {
        let (now_ms, counts) = (self.now_ms, Arc::clone(&self.counts));
        self.core.store.writer().commit(move |tx| {
            let mut state = open(tx)?;
            if state.limits.is_none() {
                make_up_to(tx, &counts, index, now_ms)?;
            }
            match account::by_index(tx, index)? {
                Some(row) => {
                    account::set_discovered(tx, index)?;
                    state.unused = 0;
                    state.accounts = index + 1;
                    let sum = state.amount.checked_add(AccountTotal::of(row)?.total);
                    state.amount = sum.ok_or_else(|| StoreError::corrupt("accounts hold more than there is"))?;
                }
                None => state.unused += 1,
            }
            (state.account, state.internal, state.searched) = (index + 1, false, 0);
            recovery::put(tx, &state)?;
            Ok(state)
        })
    }
}

/// The search that is going on.
fn open(tx: &Transaction<'_>) -> Result<Recovery, SyncError> {
    Ok(recovery::frozen(tx)?.filter(|state| !state.complete).ok_or(AccountError::NotFrozen)?)
}

/// Registers addresses of a step as issued, of an account that is made if it is not there.
fn register(
    tx: &Transaction<'_>,
    counts: &[IssuedAccount],
    step: &Step,
    now_ms: u64,
) -> Result<Vec<(Address, AddressKey)>, SyncError> {
    let Step { account, internal, from, raw, .. } = step;
    if raw.is_empty() {
        return Ok(Vec::new());
    }
    make_up_to(tx, counts, *account, now_ms)?;
    let row = account::by_index(tx, *account)?.ok_or(AccountError::NoIndex(*account))?;
    if *from != if *internal { row.internal_next } else { row.public_next } {
        return Err(AccountError::Contention.into());
    }
    let cursor = meta::cursor(tx)?.map(|cursor| cursor.position.index);
    let mut watched = Vec::with_capacity(raw.len());
    let mut key_index = *from;
    for raw in raw {
        let key = AddressKey { account: *account, internal: *internal, key_index };
        address::insert(tx, key, raw, None, cursor, Past::Unchecked)?;
        watched.push((*raw, key));
        key_index += 1;
    }
    account::set_next(tx, *account, *internal, key_index)?;
    audit::accounts::taken(tx, Chain { account: *account, internal: *internal, from: *from, to: key_index })?;
    Ok(watched)
}

/// Makes the account of this index, and those before it that are not there.
fn make_up_to(tx: &Transaction<'_>, counts: &[IssuedAccount], index: u32, now_ms: u64) -> Result<(), SyncError> {
    let mut next = account::count(tx)?;
    while next <= index {
        let stated = usize::try_from(next).ok().and_then(|next| counts.get(next)).and_then(|one| one.alias.clone());
        let alias = stated.map_or_else(|| found_alias(tx, next), Ok)?;
        if let Some(other) = account::by_alias(tx, &alias)? {
            return Err(AccountError::AliasTaken { alias, account: other.account }.into());
        }
        let made = account::insert(tx, &alias, false, now_ms)?;
        audit::accounts::created(tx, &made)?;
        next += 1;
    }
    Ok(())
}

/// The addresses that are asked for, where the whole ledger is.
struct Asked(HashMap<Address, u32>);

impl Interest for Asked {
    fn watches(&self, address: &Address) -> bool {
        self.0.contains_key(address)
    }

    fn holds(&self, _output: &OutputId) -> bool {
        false
    }
}
