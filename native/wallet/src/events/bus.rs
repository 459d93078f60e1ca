//! Live listeners.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{
    ConsolidationStatus, EventError, LoggedEvent, PoolStatus, RecoveryProgress, SweepProgress, SyncStatus,
    TransactionProgress, log,
};
use crate::store::{Store, event};

/// Events that are read at a time.
const BATCH: u32 = 256;

/// Something that live listeners are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Events of one commit, in order; they are in the log already.
    Events(Vec<LoggedEvent>),
    /// A payment reached a stage.
    Progress(TransactionProgress),
    /// The sync loop's state changed.
    Sync(SyncStatus),
    /// A pool of addresses came into another state.
    Pool(PoolStatus),
    /// The search of the seed's accounts has come further.
    Recovery(RecoveryProgress),
    /// An account has too many outputs, or no longer has.
    Consolidation(ConsolidationStatus),
    /// A sweep has made one more transaction.
    Sweep(SweepProgress),
}

/// Makes the store tell `bus` of every event that is committed from now on, in the order of the log.
///
/// # Errors
/// [`EventError::Store`].
pub fn announce(store: &Store, bus: &Arc<Bus>) -> Result<(), EventError> {
    let told = AtomicU64::new(store.readers().read(event::last)?);
    let bus = Arc::clone(bus);
    store.writer().on_commit(Box::new(move |conn| {
        // the hook runs on one thread, so nothing moves `told` meanwhile
        let mut after = told.load(Ordering::Acquire);
        while bus.has_listeners() {
            match log::read(conn, after, BATCH) {
                Ok(events) => {
                    let Some(last) = events.last() else { break };
                    after = last.sequence;
                    bus.publish(Notice::Events(events));
                }
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "new events could not be announced");
                    break;
                }
            }
        }
        if let Ok(last) = event::last(conn) {
            told.store(last, Ordering::Release);
        }
    }));
    Ok(())
}

/// Called on the engine's own threads, so it must not block nor call the engine: it hands the notice on.
pub type Listener = Box<dyn Fn(&Arc<Notice>) + Send + Sync>;

/// Names a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription(u64);

/// The live listeners of a wallet.
#[derive(Default)]
pub struct Bus {
    listeners: RwLock<Vec<(Subscription, Arc<Listener>)>>,
    next: AtomicU64,
}

impl Bus {
    /// Adds a listener; it hears of everything from now on.
    pub fn subscribe(&self, listener: Listener) -> Subscription {
        let subscription = Subscription(self.next.fetch_add(1, Ordering::Relaxed));
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.push((subscription, Arc::new(listener)));
        subscription
    }

    /// Removes a listener. A call that is under way ends by itself.
    pub fn unsubscribe(&self, subscription: Subscription) {
        let mut listeners = self.listeners.write().unwrap_or_else(PoisonError::into_inner);
        listeners.retain(|(other, _)| *other != subscription);
    }

    fn has_listeners(&self) -> bool {
        !self.listeners.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Tells all listeners. No lock is held while they are called, and one that panics does not disturb the others.
    pub fn publish(&self, notice: Notice) {
        if matches!(&notice, Notice::Events(events) if events.is_empty()) {
            return;
        }
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        let notice = Arc::new(notice);
        for (_, listener) in listeners {
            if catch_unwind(AssertUnwindSafe(|| listener(&notice))).is_err() {
                tracing::error!("a listener panicked");
            }
        }
    }
}
