//! Threads for what takes a while: made when they are needed, gone when they are not.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::{OPEN_REQUESTS, lock};

/// A pool has at most so many threads. Most of their time they wait for a disk or a node: so many payments are on their way
/// to a far node at the same time.
const THREADS: usize = 128;
/// So many jobs may wait for a thread: all that may be open.
const BACKLOG: usize = OPEN_REQUESTS;
/// A thread without work ends after this time.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

/// A bounded, elastic pool of threads. Jobs catch their own panics.
pub(crate) struct Pool {
    name: &'static str,
    handle: u64,
    state: Mutex<State>,
    changed: Condvar,
}

impl Pool {
    /// A pool without threads.
    pub(crate) fn new(name: &'static str, handle: u64) -> Arc<Self> {
        Arc::new(Self { name, handle, state: Mutex::default(), changed: Condvar::new() })
    }

    /// Runs a job soon; false when too many wait or the pool is closed.
    pub(crate) fn run(self: &Arc<Self>, job: Job) -> bool {
        let mut state = lock(&self.state);
        if state.closed || state.jobs.len() >= BACKLOG {
            return false;
        }
        state.jobs.push_back(job);
        let starved = state.jobs.len() > state.idle && state.threads < THREADS;
        if starved && !self.grow(&mut state) && state.threads == 0 {
            state.jobs.pop_back();
            return false;
        }
        drop(state);
        self.changed.notify_one();
        true
    }

    /// Whether a job would run at once, as a thread has nothing to do or one more can be made.
    pub(crate) fn has_room(&self) -> bool {
        let state = lock(&self.state);
        state.jobs.len() < state.idle || state.threads < THREADS
    }

    /// Drops the jobs that wait and takes no more; those that run go on.
    pub(crate) fn close(&self) {
        let dropped = {
            let mut state = lock(&self.state);
            state.closed = true;
            std::mem::take(&mut state.jobs)
        };
        drop(dropped);
        self.changed.notify_all();
    }

    /// Waits until all threads have ended; false when that was not before `deadline`.
    pub(crate) fn join(&self, deadline: Instant) -> bool {
        let mut state = lock(&self.state);
        while state.threads > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = super::wait(&self.changed, state, Some(left));
        }
        true
    }

    fn grow(self: &Arc<Self>, state: &mut State) -> bool {
        let pool = Arc::clone(self);
        let spawned = thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            let span = crate::logs::span(pool.handle);
            let _entered = span.enter();
            pool.work();
        });
        state.threads += usize::from(spawned.is_ok());
        spawned.is_ok()
    }

    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
        self.changed.notify_all();
    }

    fn next(&self) -> Option<Job> {
        let end = Instant::now() + IDLE;
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            let left = end.saturating_duration_since(Instant::now());
            if state.closed || left.is_zero() {
                state.threads -= 1;
                return None;
            }
            state.idle += 1;
            state = super::wait(&self.changed, state, Some(left));
            state.idle -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn one_slow_job_does_not_hold_up_another() {
        let pool = Pool::new("test", 1);
        let (release, held) = mpsc::channel::<()>();
        let (done, answers) = mpsc::channel();
        assert!(pool.run(Box::new(move || held.recv().unwrap())));
        for number in 0..100 {
            let done = done.clone();
            assert!(pool.run(Box::new(move || done.send(number).unwrap())));
        }
        let mut numbers: Vec<i32> = answers.iter().take(100).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
        release.send(()).unwrap();
        pool.close();
        assert!(pool.join(Instant::now() + Duration::from_secs(10)));
    }

    #[test]
    fn refuses_beyond_its_bounds() {
        let pool = Pool::new("test", 1);
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let job = || -> Job {
            let gate = Arc::clone(&gate);
            Box::new(move || {
                let mut open = gate.0.lock().unwrap();
                while !*open {
                    open = gate.1.wait(open).unwrap();
                }
            })
        };
        let taken = (0..THREADS + BACKLOG + 10).filter(|_| pool.run(job())).count();
        assert!((BACKLOG..=THREADS + BACKLOG).contains(&taken), "{taken}");
        pool.close();
        assert!(!pool.run(Box::new(|| ())));
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        assert!(pool.join(Instant::now() + Duration::from_secs(10)));
    }
}
