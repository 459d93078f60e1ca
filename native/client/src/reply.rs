//! An answer that is given exactly once, whatever happens.

use stardust_wallet::ledger::Done;

use crate::fault::Fault;

/// Calls its `Done` when it is used or, with the fallback, when it is dropped: a task that is cancelled by
/// the end of the runtime still answers, and so does one that breaks down.
pub(crate) struct Reply<T> {
    done: Option<Done<T>>,
    fallback: fn(Fault) -> T,
}

impl<T> Reply<T> {
    pub(crate) fn new(done: Done<T>, fallback: fn(Fault) -> T) -> Self {
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
            let fault = if std::thread::panicking() { Fault::defect() } else { Fault::closed() };
            done((self.fallback)(fault));
        }
    }
}
