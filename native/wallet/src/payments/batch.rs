//! The thread `withdrawals`: puts requested withdrawals together into transactions.
//!
//! A batch forms by itself: what is requested while one transaction is made and on its way to a node waits and goes into the
//! next, unless it is enough for a transaction already. A policy can make it wait longer for more company, and so does then what is
//! left behind full transactions. What cannot be paid now (no funds, a locked vault, a gap) stays requested with its
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
/// So long a request waits for the answer to the transaction before it. One that waits has company: without it a caller
/// that asks for one after the other gets a transaction for each, and waits for the commits of all of them.
const PACE: Duration = Duration::from_millis(200);
/// Pause after a failure that the next milestone may not mend.
const PAUSE: Duration = Duration::from_secs(1);

/// How withdrawals are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPolicy {
    /// How long a request waits for company at most; zero, the default: not at all beyond the transaction that is being
    /// made and on its way to a node, and for that a fifth of a second at most.
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
    /// Transactions that no node has answered yet, and when the last of them was made.
    under_way: usize,
    made: Option<Instant>,
}

impl Signal {
    /// How long to wait for company still; none: nothing is there that could have any.
    fn left(&self, policy: BatchPolicy) -> Option<Duration> {
        if self.fresh >= policy.count {
            return Some(Duration::ZERO);
        }
        let company = self.since.map(|since| policy.delay.saturating_sub(since.elapsed()));
        let company = company.or((self.look && self.fresh == 0).then_some(Duration::ZERO))?;
        let pace = self.made.filter(|_| self.under_way > 0).map(|made| PACE.saturating_sub(made.elapsed()));
        Some(company.max(pace.unwrap_or_default()))
    }
}

/// As long as it lives a transaction is on its way to a node for the first time.
struct UnderWay(Shared);

impl UnderWay {
    fn begin(shared: &Shared) -> Self {
        put(shared, |signal| {
            signal.under_way += 1;
            signal.made = Some(Instant::now());
        });
        Self(Arc::clone(shared))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        put(&self.0, |signal| signal.under_way -= 1);
    }
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

/// Leaves so many requests for the delay, as if they were made now. False: others have waited for all of it meanwhile, so these
/// are looked at with them.
fn leave(shared: &Shared, policy: BatchPolicy, count: usize) -> bool {
    put(shared, |signal| {
        let leaves = signal.since.is_none_or(|since| since.elapsed() < policy.delay);
        if leaves {
            signal.fresh += count;
            signal.since.get_or_insert_with(Instant::now);
        }
        leaves
    })
}

/// Waits until there is something to look at. False: the end.
fn wait(shared: &Shared, policy: BatchPolicy) -> bool {
    let (signal, changed) = &**shared;
    let mut signal = signal.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if signal.stopped {
            return false;
        }
        let left = signal.left(policy);
        if !signal.gap && left == Some(Duration::ZERO) {
            *signal = Signal {
                stopped: signal.stopped,
                gap: signal.gap,
                under_way: signal.under_way,
                made: signal.made,
                ..Signal::default()
            };
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
        let shared = Shared::default();
        put(&shared, |signal| signal.look = true);
        while put(&shared, |signal| std::mem::take(&mut signal.look)) {
            self.pay_waiting(&shared, self.batches.policy).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Signal =
        Signal { stopped: false, gap: false, look: false, fresh: 1, since: None, under_way: 0, made: None };

    #[test]
    fn a_request_waits_for_the_answer_to_the_transaction_before_it_and_not_for_ever() {
        let policy = BatchPolicy::default();
        // further ahead than this test takes: no time has passed since then
        let now = Instant::now() + Duration::from_secs(3600);
        let request = || Signal { since: Some(now), ..ONE };
        assert_eq!(request().left(policy), Some(Duration::ZERO), "nothing is under way");
        let paced = Signal { under_way: 1, made: Some(now), ..request() };
        assert_eq!(paced.left(policy), Some(PACE));
        let late = Signal { under_way: 1, made: Instant::now().checked_sub(PACE), ..request() };
        assert_eq!(late.left(policy), Some(Duration::ZERO), "a node that does not answer holds nothing up");
        let full = Signal { fresh: MOST, under_way: 1, made: Some(now), ..request() };
        assert_eq!(full.left(policy), Some(Duration::ZERO), "enough company");
        let look = Signal { look: true, fresh: 0, under_way: 1, made: Some(now), ..ONE };
        assert_eq!(look.left(policy), Some(PACE));
        assert_eq!(Signal { fresh: 0, ..ONE }.left(policy), None, "nothing to do");
    }

    #[test]
    fn what_is_left_waits_for_company_as_long_as_the_delay() {
        let policy = BatchPolicy { delay: PACE, count: 10 };
        let shared = Shared::default();
        assert!(leave(&shared, policy, 3));
        put(&shared, |signal| {
            assert_eq!(signal.fresh, 3);
            // further ahead than this test takes
            signal.since = Some(Instant::now() + Duration::from_secs(3600));
            assert_eq!(signal.left(policy), Some(PACE));
            signal.fresh += 7;
            assert_eq!(signal.left(policy), Some(Duration::ZERO), "company came");
            signal.since = Instant::now().checked_sub(PACE);
        });
        assert!(!leave(&shared, policy, 3), "others have waited long enough");
    }

    #[test]
    fn a_transaction_is_under_way_until_its_waiter_is_dropped() {
        let shared = Shared::default();
        let waiters = [UnderWay::begin(&shared), UnderWay::begin(&shared)];
        assert_eq!(put(&shared, |signal| signal.under_way), 2);
        drop(waiters);
        assert_eq!(put(&shared, |signal| signal.under_way), 0);
    }
}
