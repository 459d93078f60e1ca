//! Keeps the pools of addresses filled, on a thread of its own, while the vault is unlocked.
//!
//! It looks at all accounts once after the start and once after each unlocking, then only at chains from which addresses
//! were taken. A chain is filled, in batches, when half of its pool is gone. What runs low because the vault is locked, or
//! because filling fails, is told to live listeners and counted for [`health`](super::AccountManager::health).

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{types::PoolHealth, unlocked::Unlocked};
use crate::{
    accounts::{AccountError, Accounts, pool_target},
    error::ErrorKind,
    events::{Bus, Notice, PoolState, PoolStatus},
    keys::VaultStatus,
    store::{PoolLevel, Store, Worker},
};

/// Accounts that are looked at together; in between come the chains from which addresses were taken.
const PAGE: u32 = 200;
/// After a failure all is looked at again after so long.
const RETRY: Duration = Duration::from_secs(30);

/// A chain of an account.
type Chain = (u32, bool);

#[derive(Default)]
struct Work {
    touched: BTreeSet<Chain>,
    /// All accounts are to be looked at.
    scan: bool,
    closed: bool,
}

/// The thread, and what it knows.
pub(super) struct Pool {
    size: u32,
    store: Arc<Store>,
    accounts: Arc<Accounts>,
    unlocked: Arc<Unlocked>,
    bus: Arc<Bus>,
    work: Mutex<Work>,
    changed: Condvar,
    /// The chains that have too few, and how many they have.
    short: Mutex<BTreeMap<Chain, PoolState>>,
    thread: Worker,
}

impl Pool {
    /// Pools of `size` addresses; 0: none, and nothing runs.
    pub(super) fn new(
        size: u32,
        store: Arc<Store>,
        accounts: Arc<Accounts>,
        unlocked: Arc<Unlocked>,
        bus: Arc<Bus>,
    ) -> Arc<Self> {
        Arc::new(Self {
            size,
            store,
            accounts,
            unlocked,
            bus,
            work: Mutex::default(),
            changed: Condvar::new(),
            short: Mutex::default(),
            thread: Worker::default(),
        })
    }

    pub(super) fn size(&self) -> u32 {
        self.size
    }

    /// Addresses of a chain were issued, or it is new.
    pub(super) fn touch(&self, account: u32, internal: bool) {
        if self.size > 0 {
            self.work().touched.insert((account, internal));
            self.changed.notify_all();
        }
    }

    /// All accounts may need addresses: keys can be used now, for example.
    pub(super) fn scan(&self) {
        if self.size > 0 {
            self.work().scan = true;
            self.changed.notify_all();
        }
    }

    pub(super) fn health(&self) -> PoolHealth {
        let short = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        let count =
            |wanted| u64::try_from(short.values().filter(|state| **state == wanted).count()).unwrap_or(u64::MAX);
        PoolHealth { size: self.size, low: count(PoolState::Low), empty: count(PoolState::Empty) }
    }

    /// Starts the thread. Idempotent.
    ///
    /// # Errors
    /// When the operating system starts no thread.
    pub(super) fn start(self: &Arc<Self>) -> std::io::Result<()> {
        if self.size == 0 || self.thread.is_started() || self.work().closed {
            return Ok(());
        }
        self.scan();
        let this = Arc::clone(self);
        self.thread.start("address-pool", Arc::clone(self.store.halt()), move || this.run())
    }

    /// Stops the thread and joins it. Idempotent.
    pub(super) fn close(&self) {
        self.work().closed = true;
        self.changed.notify_all();
        self.thread.join();
    }

    fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.work().closed || self.store.halt().reason().is_some()
    }

    fn run(&self) {
        let mut failed = false;
        while let Some(scan) = self.next(failed) {
            match self.look(scan) {
                Ok(()) => failed = false,
                Err(error) if matches!(error.kind(), ErrorKind::Closed | ErrorKind::Halted) => return,
                Err(error) => {
                    if !failed {
                        // a full disk or another seed, for example: said once, tried again
                        tracing::warn!(error = &error as &dyn Error, "the address pool cannot be filled now");
                    }
                    failed = true;
                }
            }
        }
    }

    /// Waits for work; whether it is to look at all accounts. None: the end.
    fn next(&self, failed: bool) -> Option<bool> {
        let retry = Instant::now() + RETRY;
        let mut work = self.work();
        loop {
            if work.closed || self.store.halt().reason().is_some() {
                return None;
            }
            if std::mem::take(&mut work.scan) {
                return Some(true);
            }
            if failed {
                let left = retry.saturating_duration_since(Instant::now());
                work = self.changed.wait_timeout(work, left).unwrap_or_else(PoisonError::into_inner).0;
                work.scan |= Instant::now() >= retry;
            } else if work.touched.is_empty() {
                work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
            } else {
                return Some(false);
            }
        }
    }

    fn look(&self, scan: bool) -> Result<(), AccountError> {
        self.look_at_touched()?;
        if !scan {
            return Ok(());
        }
        for internal in [false, true] {
            let mut after = None;
            loop {
                let levels = self.accounts.pool_levels(internal, after, PAGE)?;
                let Some(last) = levels.last() else { break };
                after = Some(last.account);
                for level in levels {
                    self.tend(level, 0)?;
                }
                self.look_at_touched()?;
            }
        }
        Ok(())
    }

    fn look_at_touched(&self) -> Result<(), AccountError> {
        let touched = std::mem::take(&mut self.work().touched);
        for (account, internal) in touched {
            // half a pool is filled at a time, not an address after each that was issued
            self.tend(self.accounts.pool_level(account, internal)?, self.size / 2)?;
        }
        Ok(())
    }

    /// Fills a chain's pool if it may miss more than `spare` addresses, as far as keys can be used, and tells what it holds.
    fn tend(&self, mut level: PoolLevel, spare: u32) -> Result<(), AccountError> {
        let mut filled = Ok(());
        if pool_target(&level, self.size) > level.ready.saturating_add(spare) {
            while pool_target(&level, self.size) > level.ready && !self.is_stopped() {
                if self.unlocked.status() != VaultStatus::Unlocked {
                    break;
                }
                let Ok(_at_work) = self.unlocked.work() else { break };
                match self.accounts.fill_pool(level.account, level.internal, self.size) {
                    Ok(now) => level = now,
                    Err(error) if matches!(error.kind(), ErrorKind::VaultLocked | ErrorKind::VaultEmpty) => break,
                    Err(error) => {
                        filled = Err(error);
                        break;
                    }
                }
            }
        }
        self.tell(level);
        filled
    }

    /// Notes what a chain holds, and tells listeners when that is another state than before.
    fn tell(&self, level: PoolLevel) {
        let target = pool_target(&level, self.size);
        let state = match level.ready {
            _ if target == 0 => PoolState::Good,
            0 => PoolState::Empty,
            ready if u64::from(ready) * 4 <= u64::from(target) => PoolState::Low,
            _ => PoolState::Good,
        };
        let chain = (level.account, level.internal);
        let mut short = self.short.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match state {
            PoolState::Good => short.remove(&chain),
            _ => short.insert(chain, state),
        };
        drop(short);
        if before.unwrap_or(PoolState::Good) != state {
            let PoolLevel { account, alias, internal, ready, .. } = level;
            self.bus.publish(Notice::Pool(PoolStatus { account, alias, internal, ready, size: self.size, state }));
            // those who wait for the wallet's health look again
            self.store.pulse().beat();
        }
    }
}

#[cfg(test)]
mod tests;
