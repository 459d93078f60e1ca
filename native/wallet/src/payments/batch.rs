//! The thread `withdrawals`: puts requested withdrawals together into transactions.
//!
//! A batch forms by itself: what is requested while one transaction is made waits and goes into the next. A policy can
//! make it wait longer for more company. What cannot be paid now (no funds, a locked vault, a gap) stays requested with its
//! reason, and is looked at again with each milestone and each request.

mod pay;

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use super::Payments;
use crate::{
    events::{Bus, Notice, SyncState},
    store::Worker,
};

/// Recipients of a transaction; one output is left for the remainder.
const MOST: usize = 127;
/// Pause after a failure that the next milestone may not mend.
const PAUSE: Duration = Duration::from_secs(1);

/// How withdrawals are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPolicy {
    /// How long a request waits for company at most; zero, the default: not at all beyond the transaction that is being
    /// made.
    pub delay: Duration,
    /// Requests that are enough company: 1 to 127.
    pub count: usize,
}

impl Default for BatchPolicy {
    fn default() -> Self {
        Self { delay: Duration::ZERO, count: MOST }
    }
}

#[derive(Default)]
struct Signal {
    stopped: bool,
    /// The wallet stands before a gap: nothing is paid.
    gap: bool,
    /// Something may be payable that was not.
    look: bool,
    /// Requests since the last look, and when the first of them came.
    fresh: usize,
    since: Option<Instant>,
}

type Shared = Arc<(Mutex<Signal>, Condvar)>;

/// The thread and what wakes it.
pub(super) struct Batches {
    pub(super) policy: BatchPolicy,
    shared: Shared,
    thread: Worker,
}

impl Batches {
    pub(super) fn new(policy: BatchPolicy, bus: &Bus) -> Self {
        let shared = Shared::default();
        let heard = Arc::clone(&shared);
        bus.subscribe(Box::new(move |notice| {
            if let Notice::Sync(status) = &**notice {
                let gap = status.gap.is_some() || status.state == SyncState::Gap;
                put(&heard, |signal| {
                    signal.look |= signal.gap && !gap;
                    signal.gap = gap;
                });
            }
        }));
        // with no company at all there would always be enough of it
        let policy = BatchPolicy { count: policy.count.clamp(1, MOST), ..policy };
        Self { policy, shared, thread: Worker::default() }
    }

    pub(super) fn start(&self, payments: &Arc<Payments>) -> Result<(), std::io::Error> {
        if put(&self.shared, |signal| signal.stopped) {
            return Ok(());
        }
        // those that wait since before the start
        put(&self.shared, |signal| signal.look = true);
        let (shared, policy, halt) = (Arc::clone(&self.shared), self.policy, Arc::clone(payments.ports.store.halt()));
        let payments = Arc::downgrade(payments);
        self.thread.start("withdrawals", halt, move || run(&shared, policy, &payments))
    }

    /// Tells that withdrawals are on disk.
    pub(super) fn requested(&self, count: usize) {
        if count > 0 {
            put(&self.shared, |signal| {
                signal.fresh += count;
                signal.since.get_or_insert_with(Instant::now);
            });
        }
    }

    /// Tells that what could not be paid may be payable now.
    pub(super) fn applied(&self) {
        put(&self.shared, |signal| signal.look = true);
    }

    pub(super) fn close(&self) {
        put(&self.shared, |signal| signal.stopped = true);
        self.thread.join();
    }
}

fn put<T>(shared: &Shared, change: impl FnOnce(&mut Signal) -> T) -> T {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    let value = change(&mut signal);
    changed.notify_all();
    value
}

/// Waits until there is something to look at. False: the end.
fn wait(shared: &Shared, policy: BatchPolicy) -> bool {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if signal.stopped {
            return false;
        }
        let left = signal.since.map(|since| policy.delay.saturating_sub(since.elapsed()));
        let enough = signal.fresh >= policy.count || left == Some(Duration::ZERO);
        if !signal.gap && (enough || (signal.look && signal.fresh == 0)) {
            *signal = Signal { stopped: signal.stopped, gap: signal.gap, ..Signal::default() };
            return true;
        }
        signal = match left.filter(|left| !left.is_zero()) {
            Some(left) => changed.wait_timeout(signal, left).unwrap_or_else(PoisonError::into_inner).0,
            None => changed.wait(signal).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

fn run(shared: &Shared, policy: BatchPolicy, payments: &Weak<Payments>) {
    while wait(shared, policy) {
        let Some(payments) = payments.upgrade() else { return };
        if payments.ports.store.halt().reason().is_some() {
            return;
        }
        if let Err(error) = payments.pay_waiting(shared, policy) {
            tracing::warn!(error = &error as &dyn std::error::Error, "withdrawals could not be read or stored");
            drop(payments);
            thread::sleep(PAUSE);
            put(shared, |signal| signal.look = true);
        }
    }
}

#[cfg(test)]
impl Payments {
    /// What the thread does when it is woken.
    pub(super) fn pay_now(&self) {
        self.pay_waiting(&Shared::default(), self.batches.policy).unwrap();
    }
}
