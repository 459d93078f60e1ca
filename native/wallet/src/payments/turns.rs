//! One thread at a time for a key: the second one finds what the first one made.

use std::{
    collections::HashSet,
    sync::{Arc, Condvar, Mutex, PoisonError},
};

/// The keys that are being worked on.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<(Mutex<HashSet<String>>, Condvar)>);

/// The right to work on a key, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Turns,
    key: Option<String>,
}

impl Turns {
    /// Waits until nobody works on `key`. Without a key there is nothing to wait for.
    pub(super) fn take(&self, key: Option<&str>) -> Turn {
        let (busy, freed) = &*self.0;
        if let Some(key) = key {
            let mut busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
            while busy.contains(key) {
                busy = freed.wait(busy).unwrap_or_else(PoisonError::into_inner);
            }
            busy.insert(key.to_owned());
        }
        Turn { turns: self.clone(), key: key.map(str::to_owned) }
    }

    /// The same without waiting; none: somebody works on it.
    pub(super) fn try_take(&self, key: &str) -> Option<Turn> {
        let fresh = self.0.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned());
        fresh.then(|| Turn { turns: self.clone(), key: Some(key.to_owned()) })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (busy, freed) = &*self.turns.0;
        if let Some(key) = &self.key {
            busy.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
            freed.notify_all();
        }
    }
}
