//! What all of a wallet's threads watch: that something changed, and that the wallet halted.

use std::{
    any::Any,
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A counter that grows with every change that somebody may be waiting for.
#[derive(Debug, Default)]
pub struct Pulse {
    version: Mutex<u64>,
    changed: Condvar,
}

impl Pulse {
    /// Tells all who wait to look again. Called after the change is visible, never before.
    pub fn beat(&self) {
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        *version += 1;
        self.changed.notify_all();
    }

    /// The counter. Read it before looking at the state, then [`wait`](Self::wait) with it: no change is missed.
    #[must_use]
    pub fn version(&self) -> u64 {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the counter is beyond `seen`, at most for `timeout`; answers the counter.
    pub fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        let begun = Instant::now();
        let mut version = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        while *version <= seen {
            // any timeout is possible, where an instant so far ahead is not
            let left = timeout.saturating_sub(begun.elapsed());
            if left.is_zero() {
                break;
            }
            version = self.changed.wait_timeout(version, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        *version
    }
}

/// Whether the wallet stopped itself. Once halted it stays so until it is opened anew.
#[derive(Debug, Default)]
pub struct Halt(Mutex<Option<String>>);

impl Halt {
    /// Halts the wallet; the first reason is kept.
    pub fn halt(&self, reason: impl Into<String>) {
        let reason = reason.into();
        tracing::error!(reason, "the wallet halts");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
    }

    /// Why it halted, if it did.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The text of a caught panic.
#[must_use]
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without text")
}
