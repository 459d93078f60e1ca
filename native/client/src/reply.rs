//! An answer that is given exactly once, whatever happens.

use stardust_wallet::ledger::Done;

/// Calls its `Done` when it is used or, with the fallback, when it is dropped: a task that is cancelled by
/// the end of the runtime still answers.
pub(crate) struct Reply<T> {
    done: Option<Done<T>>,
    fallback: fn() -> T,
}

impl<T> Reply<T> {
    pub(crate) fn new(done: Done<T>, fallback: fn() -> T) -> Self {
        Self { done: Some(done), fallback }
    }

    pub(crate) fn give(mut self, answer: T) {
        if let Some(done) = self.done.take() {
            done(answer);
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        if let Some(done) = self.done.take() {
            done((self.fallback)());
        }
    }
}
