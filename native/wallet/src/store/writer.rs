//! The one thread that writes.
//!
//! **Group commit.** The thread drains its queue into one transaction, so that jobs that wait together share one
//! fsync. **A savepoint per job.** A job that fails is undone alone; the others commit. **Nothing is said before it is
//! durable.** A job's memory update runs after COMMIT, in the order of the jobs, and only then its caller hears of it;
//! a crash between leaves the database ahead of a memory that is gone anyway. **A panic halts.** The job is undone, its
//! caller gets [`StoreError::Panicked`], and every later job [`StoreError::Halted`].

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, bounded};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{Halt, Pulse, StoreError, pulse::panic_text};

/// Looks at the database after each commit, on the writer thread.
pub type CommitHook = Box<dyn Fn(&Connection) + Send + Sync>;

/// Jobs that may wait; a full queue makes callers wait, then answers [`StoreError::Busy`].
const QUEUE: usize = 1024;
/// Jobs in one transaction.
const BATCH: usize = 256;
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs jobs in write transactions, from any thread.
pub struct Writer {
    queue: RwLock<Option<Sender<Box<dyn Task>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    halt: Arc<Halt>,
    hook: Arc<OnceLock<CommitHook>>,
}

impl Writer {
    pub(super) fn start(conn: Connection, halt: Arc<Halt>, pulse: Arc<Pulse>) -> Result<Self, std::io::Error> {
        let (sender, receiver) = bounded(QUEUE);
        let halted = Arc::clone(&halt);
        let hook = Arc::<OnceLock<CommitHook>>::default();
        let hooked = Arc::clone(&hook);
        let span = tracing::Span::current();
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || span.in_scope(|| run(conn, &receiver, &halted, &pulse, &hooked)))?;
        Ok(Self { queue: RwLock::new(Some(sender)), thread: Mutex::new(Some(thread)), halt, hook })
    }

    /// Has `hook` look at the database after each commit, once memory has followed and before the callers are told that
    /// it is done. It must not block nor write. Only the first hook counts.
    pub fn on_commit(&self, hook: CommitHook) {
        drop(self.hook.set(hook));
    }

    /// Runs `job` in a transaction and returns when it is on disk. See [`commit_then`](Self::commit_then).
    ///
    /// # Errors
    /// Those of `job`, which is undone then, and [`StoreError`].
    pub fn commit<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    {
        self.commit_then(job, |_| {})
    }

    /// Runs `job` in a transaction; when that is on disk runs `after` with the job's value, and returns the value.
    ///
    /// All of the job's writes are durable or none. `after` updates memory: it runs on the writer thread, after every
    /// earlier job's, not at all when the job failed, and must not block nor call [`Writer`]. After an error nothing of
    /// the job is in the database; with [`StoreError::Sqlite`] it may be tried again.
    ///
    /// # Errors
    /// Those of `job`, which is undone then, and [`StoreError`].
    pub fn commit_then<T, E, F, A>(&self, job: F, after: A) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        self.submit(job, after, false)
    }

    /// As [`commit_then`](Self::commit_then), for a job that looks at memory: it begins a transaction of its own, so that
    /// the `after` of every earlier job has run when it runs.
    ///
    /// # Errors
    /// Those of `job`, which is undone then, and [`StoreError`].
    pub fn commit_afresh<T, E, F, A>(&self, job: F, after: A) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        self.submit(job, after, true)
    }

    fn submit<T, E, F, A>(&self, job: F, after: A, afresh: bool) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = bounded(1);
        let task = Job { job: Some(job), after: Some(after), afresh, result: None, reply };
        self.enqueue(Box::new(task)).map_err(E::from)?;
        // no answer: the thread has ended, by being closed or by a panic, which it tells before it lets go of its jobs
        answer.recv().unwrap_or_else(|_| {
            Err(E::from(match self.halt.reason() {
                Some(reason) => StoreError::Halted { reason },
                None => StoreError::Closed,
            }))
        })
    }

    fn enqueue(&self, task: Box<dyn Task>) -> Result<(), StoreError> {
        if let Some(reason) = self.halt.reason() {
            return Err(StoreError::Halted { reason });
        }
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner).clone();
        match queue.ok_or(StoreError::Closed)?.send_timeout(task, PATIENCE) {
            Ok(()) => Ok(()),
            Err(SendTimeoutError::Timeout(_)) => Err(StoreError::Busy),
            Err(SendTimeoutError::Disconnected(_)) => Err(StoreError::Closed),
        }
    }

    /// How many jobs wait for a transaction of theirs.
    #[cfg(test)]
    pub(crate) fn queued(&self) -> usize {
        self.queue.read().unwrap_or_else(PoisonError::into_inner).as_ref().map_or(0, Sender::len)
    }

    /// Takes no more jobs, finishes those that wait and joins the thread.
    pub(super) fn close(&self) {
        self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            self.halt.halt("the writer thread panicked");
        }
    }
}

/// A job in the queue, its types erased.
trait Task: Send {
    /// Whether the job begins a transaction.
    fn afresh(&self) -> bool;
    /// Runs the job; false: undo it.
    fn run(&mut self, tx: &Transaction<'_>, halt: &Halt) -> bool;
    /// Updates memory, when the transaction's end is known.
    fn finish(&mut self, committed: Result<(), StoreError>, halt: &Halt);
    /// Answers the caller.
    fn reply(self: Box<Self>);
}

struct Job<F, A, T, E> {
    job: Option<F>,
    after: Option<A>,
    afresh: bool,
    result: Option<Result<T, E>>,
    reply: Sender<Result<T, E>>,
}

impl<F, A, T, E> Task for Job<F, A, T, E>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnOnce(&Transaction<'_>) -> Result<T, E> + Send,
    A: FnOnce(&T) + Send,
{
    fn afresh(&self) -> bool {
        self.afresh
    }

    fn run(&mut self, tx: &Transaction<'_>, halt: &Halt) -> bool {
        let job = self.job.take().expect("each job runs once");
        let result = match halt.reason() {
            Some(reason) => Err(E::from(StoreError::Halted { reason })),
            None => catch_unwind(AssertUnwindSafe(|| job(tx))).unwrap_or_else(|panic| {
                halt.halt(format!("a write panicked: {}", panic_text(panic.as_ref())));
                Err(E::from(StoreError::Panicked))
            }),
        };
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn finish(&mut self, committed: Result<(), StoreError>, halt: &Halt) {
        // A job's own error is not told when the transaction failed: it may rest on writes that are undone.
        let mut result = match (committed, self.result.take()) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(E::from(StoreError::Closed)),
            (Err(error), _) => Err(E::from(error)),
        };
        if let (Ok(value), Some(after)) = (&result, self.after.take())
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| after(value)))
        {
            halt.halt(format!("memory could not follow a commit: {}", panic_text(panic.as_ref())));
            result = Err(E::from(StoreError::Panicked));
        }
        self.result = Some(result);
    }

    fn reply(mut self: Box<Self>) {
        let result = self.result.take().unwrap_or_else(|| Err(E::from(StoreError::Closed)));
        // a caller that is gone needs no answer
        drop(self.reply.send(result));
    }
}

fn run(mut conn: Connection, queue: &Receiver<Box<dyn Task>>, halt: &Halt, pulse: &Pulse, hook: &OnceLock<CommitHook>) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| queue.recv().ok()) {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(task) = queue.try_recv()
        {
            if task.afresh() {
                next = Some(task);
                break;
            }
            batch.push(task);
        }
        let _guard = HaltOnPanic { halt, pulse };
        let committed = commit(&mut conn, &mut batch, halt);
        if let Err(error) = &committed {
            tracing::error!(error = error as &dyn std::error::Error, "a write transaction failed");
        }
        for task in &mut batch {
            task.finish(committed.as_ref().copied().map_err(repeat), halt);
        }
        fail_point!("commit:memory");
        if let (Ok(()), Some(hook)) = (&committed, hook.get())
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| hook(&conn)))
        {
            halt.halt(format!("a commit could not be announced: {}", panic_text(panic.as_ref())));
        }
        // before the callers go on: what changed can be seen, and a caller that reads the counter finds this beat in it
        pulse.beat();
        for task in batch {
            task.reply();
        }
        fail_point!("commit:told");
    }
}

/// Halts the wallet when the thread panics outside of a job. Declared after the batch, so that it is dropped before the
/// batch is: whoever waits for one of its jobs finds the reason.
struct HaltOnPanic<'a> {
    halt: &'a Halt,
    pulse: &'a Pulse,
}

impl Drop for HaltOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.halt.halt("the writer thread panicked");
            self.pulse.beat();
        }
    }
}

fn commit(conn: &mut Connection, batch: &mut [Box<dyn Task>], halt: &Halt) -> Result<(), StoreError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for task in batch {
        tx.execute_batch("SAVEPOINT job")?;
        let keep = task.run(&tx, halt);
        if tx.is_autocommit() {
            // on a full disk or an I/O error SQLite may undo the whole transaction by itself
            return Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT_ROLLBACK),
                Some("the transaction was undone by a failed write (disk full or I/O error)".to_owned()),
            )));
        }
        tx.execute_batch(if keep { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    fail_point!("commit:before");
    tx.commit()?;
    fail_point!("commit:after");
    Ok(())
}

/// The same error for another caller: SQLite's can't be cloned.
fn repeat(error: &StoreError) -> StoreError {
    match error {
        StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
        StoreError::Sqlite(rusqlite::Error::SqliteFailure(code, text)) => {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(*code, text.clone()))
        }
        other => StoreError::Sqlite(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR),
            Some(other.to_string()),
        )),
    }
}
