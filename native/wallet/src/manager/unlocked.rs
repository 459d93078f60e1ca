//! How long the vault stays unlocked.
//!
//! A password may come with a time after which the vault locks by itself. Whoever uses keys over more than one call of the
//! secret manager is [at work](AtWork) meanwhile: when the time is over, nobody begins to work any more, those who have
//! begun come to their end, and then the vault is locked. So no operation is cut in two, and none keeps it open for others.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    keys::{KeyError, Password, SecretManager, VaultStatus},
    store::{Store, panic_text},
};

#[derive(Default)]
struct Times {
    /// The generation of the secret manager that `until` is about.
    generation: u64,
    until: Option<Instant>,
    at_work: u64,
    closed: bool,
}

impl Times {
    fn is_due(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

/// The secret manager with its time.
pub(super) struct Unlocked {
    secrets: Arc<dyn SecretManager>,
    store: Arc<Store>,
    times: Mutex<Times>,
    changed: Condvar,
    /// Held while a vault is opened, so that its generation and its time are noted together.
    opening: Mutex<()>,
    /// How often it was locked by hand.
    locks: AtomicU64,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Unlocked {
    pub(super) fn new(secrets: Arc<dyn SecretManager>, store: Arc<Store>) -> Arc<Self> {
        let (times, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self {
            secrets,
            store,
            times,
            changed,
            opening: Mutex::new(()),
            locks: AtomicU64::new(0),
            thread: Mutex::new(None),
        })
    }

    /// Opens the vault, for a time or until it is locked. The new time replaces the one before.
    ///
    /// # Errors
    /// Those of [`SecretManager::set_password`]; the time before stays then. [`KeyError::Vault`] when no thread can be
    /// started that would lock it.
    pub(super) fn open(self: &Arc<Self>, password: &Password, time: Option<Duration>) -> Result<(), KeyError> {
        // before waiting for others: who locks from now on means this call too
        let locks = self.locks.load(Ordering::SeqCst);
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if self.locks.load(Ordering::SeqCst) != locks {
            return Err(KeyError::Locked);
        }
        if time.is_some() {
            self.start().map_err(|_| KeyError::Vault { what: "starting the thread that locks it" })?;
        }
        self.secrets.set_password(password)?;
        let mut times = self.times();
        times.generation = self.secrets.generation();
        // a time too long for the clock is no limit
        times.until = time.and_then(|time| Instant::now().checked_add(time));
        drop(times);
        self.changed.notify_all();
        self.store.pulse().beat();
        Ok(())
    }

    /// Locks the vault; every opening that has begun fails.
    ///
    /// # Errors
    /// Those of [`SecretManager::lock`].
    pub(super) fn lock(&self) -> Result<(), KeyError> {
        self.locks.fetch_add(1, Ordering::SeqCst);
        self.secrets.lock()
    }

    /// Lets a vault be filled, which keeps its time.
    ///
    /// # Errors
    /// Those of `fill`.
    pub(super) fn fill<E>(&self, fill: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        let _opening = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = fill();
        self.times().generation = self.secrets.generation();
        filled
    }

    /// Whether keys can be used by who begins now.
    pub(super) fn status(&self) -> VaultStatus {
        match self.secrets.status() {
            VaultStatus::Unlocked if self.is_over() => VaultStatus::Locked,
            status => status,
        }
    }

    /// Begins to work with the keys. That says nothing about whether there are any.
    ///
    /// # Errors
    /// [`KeyError::Locked`] when the time is over.
    pub(super) fn work(self: &Arc<Self>) -> Result<AtWork, KeyError> {
        let mut times = self.times();
        if times.is_due() && times.generation == self.secrets.generation() {
            return Err(KeyError::Locked);
        }
        times.at_work += 1;
        Ok(AtWork(Arc::clone(self)))
    }

    fn is_over(&self) -> bool {
        let times = self.times();
        times.is_due() && times.generation == self.secrets.generation()
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks the vault if its time is over and nobody is at work.
    fn lock_when_over(&self) {
        let mut times = self.times();
        if !times.is_due() || times.at_work > 0 {
            return;
        }
        times.until = None;
        // under the lock: nobody begins in between. Another vault that was opened meanwhile is left alone
        let locked = self.secrets.lock_generation(times.generation);
        drop(times);
        if let Err(error) = locked {
            tracing::error!(error = &error as &dyn std::error::Error, "the vault does not lock by itself");
        }
        self.store.pulse().beat();
    }

    fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() && !self.times().closed {
            let (this, span) = (Arc::clone(self), tracing::Span::current());
            *thread = Some(thread::Builder::new().name("vault-timer".to_owned()).spawn(move || {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| span.in_scope(|| this.run()))) {
                    let reason = format!("the vault's timer panicked: {}", panic_text(panic.as_ref()));
                    this.store.halt().halt(reason);
                }
            })?);
        }
        Ok(())
    }

    fn run(&self) {
        let mut times = self.times();
        while !times.closed {
            times = match times.until {
                Some(until) if times.at_work == 0 => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        drop(times);
                        self.lock_when_over();
                        self.times()
                    } else {
                        self.changed.wait_timeout(times, left).unwrap_or_else(PoisonError::into_inner).0
                    }
                }
                // who is at work looks at the time when the work is done
                _ => self.changed.wait(times).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Stops the thread and joins it. Idempotent.
    pub(super) fn close(&self) {
        self.times().closed = true;
        self.changed.notify_all();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // a panic in it is caught there
            drop(thread.join());
        }
    }
}

/// Somebody uses the keys: as long as it is there, the vault does not lock by itself.
pub(super) struct AtWork(Arc<Unlocked>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.times().at_work -= 1;
        self.0.lock_when_over();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
