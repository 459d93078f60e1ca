//! Live listeners.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{LoggedEvent, SyncStatus, TransactionProgress};

/// Something that live listeners are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Events of one commit, in order; they are in the log already.
    Events(Vec<LoggedEvent>),
    /// A payment reached a stage.
    Progress(TransactionProgress),
    /// The sync loop's state changed.
    Sync(SyncStatus),
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
