//! A wallet's threads: named, in the log's span of who starts them, and never dying in silence.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
        self.start_with_last(name, halt, job, || {})
    }

    /// As [`start`](Self::start); the thread ends with the step `last`, also when `job` panicked: the wallet is halted then.
    ///
    /// # Errors
    /// The operating system's, when it starts no thread.
    pub fn start_with_last(
        &self,
        name: &str,
        halt: Arc<Halt>,
        job: impl FnOnce() + Send + 'static,
        last: impl FnOnce() + Send + 'static,
    ) -> io::Result<()> {
        let mut thread = self.lock();
        if thread.is_some() {
            return Ok(());
        }
        let (title, span) = (name.to_owned(), tracing::Span::current());
        let run = move || {
            span.in_scope(|| {
                guard(&title, &halt, job);
                guard(&title, &halt, last);
            });
        };
        *thread = Some(thread::Builder::new().name(name.to_owned()).spawn(run)?);
        Ok(())
    }

    /// Whether it was started and not joined since.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.lock().is_some()
    }

    /// Waits for the end of the thread, which whoever calls this has told to end; the thread itself does not wait.
    /// Idempotent.
    pub fn join(&self) {
        let thread = self.lock().take();
        // the last owner of what the thread works with may be the thread itself
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // a panic in it was caught there
            drop(thread.join());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<JoinHandle<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn guard(title: &str, halt: &Halt, part: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(part)) {
        halt.halt(format!("the {title} thread panicked: {}", panic_text(panic.as_ref())));
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
    fn the_last_step_comes_after_the_job_and_after_its_panic_has_halted_the_wallet() {
        let halt = Arc::<Halt>::default();
        let worker = Worker::default();
        let (tell, told) = crossbeam_channel::unbounded();
        for panics in [false, true] {
            let (begun, ended, seen) = (tell.clone(), tell.clone(), Arc::clone(&halt));
            let job = move || {
                begun.send("job").unwrap();
                assert!(!panics, "on purpose");
            };
            let last = move || ended.send(if seen.reason().is_some() { "halted" } else { "last" }).unwrap();
            worker.start_with_last("test", Arc::clone(&halt), job, last).unwrap();
            assert!(worker.is_started());
            worker.join();
            assert!(!worker.is_started());
        }
        assert_eq!(told.try_iter().collect::<Vec<_>>(), ["job", "last", "job", "halted"]);
    }

    #[test]
    fn a_panic_in_the_last_step_halts_the_wallet_too() {
        let (worker, halt) = (Worker::default(), Arc::<Halt>::default());
        worker.start_with_last("test", Arc::clone(&halt), || {}, || panic!("at the end")).unwrap();
        worker.join();
        assert_eq!(halt.reason().unwrap(), "the test thread panicked: at the end");
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
