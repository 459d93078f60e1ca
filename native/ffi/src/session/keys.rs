//! The idempotency keys of requests that were taken in and are not answered yet.
//!
//! Pools run their jobs in no certain order: one that cancels a key may run before one that pays with it and was asked for first.
//! Whoever is told then that nothing has the key gives its money back.

use std::{
    collections::HashMap,
    sync::{Arc, Condvar, Mutex},
    time::{Duration, Instant},
};

use super::{lock, wait};
use crate::error::{Fault, Outcome};

/// So long who cancels a key waits for those who pay with it: longer than these wait for a node.
const PATIENCE: Duration = Duration::from_secs(60);
/// Then it looks again: what pays may be on disk long before it is answered.
const LOOK: Duration = Duration::from_millis(50);

/// The keys, each with how many requests have it.
#[derive(Default)]
pub(crate) struct Keys {
    open: Mutex<HashMap<String, usize>>,
    left: Condvar,
}

/// Some keys of a request, until it is answered.
pub(super) struct OpenKeys {
    of: Arc<Keys>,
    keys: Vec<String>,
}

impl Keys {
    /// A request with these keys was taken in.
    pub(super) fn enter(self: &Arc<Self>, keys: Vec<String>) -> OpenKeys {
        if !keys.is_empty() {
            let mut open = lock(&self.open);
            keys.iter().for_each(|key| *open.entry(key.clone()).or_default() += 1);
        }
        OpenKeys { of: Arc::clone(self), keys }
    }

    /// Whether a request that pays with this key is not answered yet.
    pub(crate) fn is_open(&self, key: &str) -> bool {
        lock(&self.open).contains_key(key)
    }

    /// Looks until something is found with the key, or nobody pays with it who came before.
    ///
    /// # Errors
    /// Those of the look, and `BUSY` when a request that pays with the key has no answer for a minute.
    pub(crate) fn look_for<T>(&self, key: &str, look: impl Fn() -> Outcome<Option<T>>) -> Outcome<Option<T>> {
        let end = Instant::now() + PATIENCE;
        loop {
            // before the look: who is gone now left what it did
            let open = self.is_open(key);
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            if !open {
                return Ok(None);
            }
            if Instant::now() >= end {
                return Err(Fault::busy());
            }
            let open = lock(&self.open);
            if open.contains_key(key) {
                drop(wait(&self.left, open, Some(LOOK)));
            }
        }
    }
}

impl Drop for OpenKeys {
    fn drop(&mut self) {
        if self.keys.is_empty() {
            return;
        }
        let mut open = lock(&self.of.open);
        for key in &self.keys {
            if let Some(count) = open.get_mut(key) {
                *count -= 1;
                if *count == 0 {
                    open.remove(key);
                }
            }
        }
        drop(open);
        self.of.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn keys(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_key_is_open_as_long_as_one_request_has_it() {
        let all = Arc::new(Keys::default());
        let (first, second) = (all.enter(keys(&["a", "b"])), all.enter(keys(&["a", "a"])));
        drop(first);
        assert_eq!([all.is_open("a"), all.is_open("b"), all.is_open("c")], [true, false, false]);
        drop(second);
        assert!(!all.is_open("a"));
        assert!(lock(&all.open).is_empty());
    }

    #[test]
    fn nothing_is_found_only_when_nobody_who_came_before_pays() {
        let all = Arc::new(Keys::default());
        assert_eq!(all.look_for("k", || Ok(None::<()>)).unwrap(), None);
        let made = Mutex::new(false);
        let open = all.enter(keys(&["k"]));
        thread::scope(|scope| {
            let looking = scope.spawn(|| all.look_for("k", || Ok(lock(&made).then_some(()))).unwrap());
            thread::sleep(2 * LOOK);
            assert!(!looking.is_finished(), "it may be made still");
            *lock(&made) = true;
            drop(open);
            assert_eq!(looking.join().unwrap(), Some(()));
        });
    }

    #[test]
    fn what_is_on_disk_is_found_before_it_is_answered() {
        let all = Arc::new(Keys::default());
        let _open = all.enter(keys(&["k"]));
        assert_eq!(all.look_for("k", || Ok(Some(1))).unwrap(), Some(1));
    }
}
