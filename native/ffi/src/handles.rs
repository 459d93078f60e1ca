//! The table of open wallets. Callers hold numbers, never pointers: a wrong or old number is an error, not a crash.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::session::Session;

static NEXT: AtomicU64 = AtomicU64::new(1);
static OPEN: LazyLock<RwLock<HashMap<u64, Arc<Session>>>> = LazyLock::new(RwLock::default);

/// A handle that no wallet had before or gets again.
pub(crate) fn next() -> u64 {
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Puts an open wallet into the table.
pub(crate) fn insert(session: Arc<Session>) {
    OPEN.write().unwrap_or_else(PoisonError::into_inner).insert(session.handle(), session);
}

/// The wallet of a handle.
pub(crate) fn get(handle: u64) -> Option<Arc<Session>> {
    OPEN.read().unwrap_or_else(PoisonError::into_inner).get(&handle).cloned()
}

/// Forgets a wallet that is closed and read to its end.
pub(crate) fn remove(handle: u64) {
    let session = OPEN.write().unwrap_or_else(PoisonError::into_inner).remove(&handle);
    drop(session);
}
