//! A wallet's threads: named, in the log's span of who starts them, and never dying in silence.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use super::{Halt, panic_text};

/// One thread of a wallet, or none yet. A panic in it halts the wallet.
#[derive(Debug, Default)]
pub struct Worker(Mutex<Option<JoinHandle<()>>>);

impl Worker {
    /// Runs `job` on a thread of this name. Nothing happens when it was started before and not joined since.
    ///
    /// # Errors
    /// The operating system's, when it starts no thread.
    pub fn start(&self, name: &str, halt: Arc<Halt>, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut thread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_some() {
            return Ok(());
        }
        let (title, span) = (name.to_owned(), tracing::Span::current());
        let run = move || {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| span.in_scope(job))) {
                halt.halt(format!("the {title} thread panicked: {}", panic_text(panic.as_ref())));
            }
        };
        *thread = Some(thread::Builder::new().name(name.to_owned()).spawn(run)?);
        Ok(())
    }

    /// Waits for the end of the thread, which whoever calls this has told to end; the thread itself does not wait.
    /// Idempotent.
    pub fn join(&self) {
        let thread = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // the last owner of what the thread works with may be the thread itself
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // a panic in it was caught there
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_halts_the_wallet_and_is_told_with_the_name() {
        let (worker, halt) = (Worker::default(), Arc::<Halt>::default());
        worker.start("test", Arc::clone(&halt), || panic!("on purpose")).unwrap();
        worker.join();
        assert_eq!(halt.reason().unwrap(), "the test thread panicked: on purpose");
    }

    #[test]
    fn it_runs_once_until_it_is_joined_and_may_join_itself() {
        let (worker, halt) = (Arc::<Worker>::default(), Arc::<Halt>::default());
        let (tell, told) = crossbeam_channel::unbounded();
        for _ in 0..2 {
            let (tell, own) = (tell.clone(), Arc::clone(&worker));
            let job = move || {
                own.join();
                tell.send(thread::current().name().map(str::to_owned)).unwrap();
            };
            worker.start("test", Arc::clone(&halt), job).unwrap();
            worker.join();
        }
        drop(tell);
        assert!(told.iter().all(|name| name.as_deref() == Some("test")));
        assert_eq!(halt.reason(), None);
    }
}
