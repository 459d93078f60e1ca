//! An open wallet as the C ABI sees it: messages in, messages out.
//!
//! ```text
//! wallet_send ─▶ inbox ─▶ dispatcher thread ─┬─ quick methods ──────────────────▶ outbox ─▶ wallet_receive
//!                                            ├─ pools of threads: work, node ──▶
//!                                            └─ parking: watched by one thread ▶
//! ```
//!
//! - **`wallet_send` never waits.** It copies the message into a bounded queue or refuses it.
//! - **Every message that was taken is answered exactly once**, whatever happens: an open request has a [`Ticket`], and
//!   who answers takes it off the list.
//! - **No call holds up another.** Only look-ups run on the dispatcher; what waits has no thread.
//! - **A panic ends a request, not a thread.**

mod catch_up;
mod closing;
mod dispatch;
mod inbox;
mod keys;
pub(crate) mod live;
mod outbox;
mod parking;
mod pool;
pub(crate) mod secrets;
mod statements;

use std::{
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use zeroize::Zeroizing;

use self::{catch_up::CatchUp, inbox::Inbox, parking::Parking, pool::Pool};
pub(crate) use self::{
    catch_up::CaughtUp,
    keys::Keys,
    live::Live,
    outbox::{Outbox, Received},
    parking::Parked,
    secrets::Secrets,
    statements::Statements,
};
use crate::{
    config::Config,
    engine::Core,
    error::{Fault, Outcome},
    logs,
    message::{self, RequestId},
};

/// A message has at most so many bytes.
pub(crate) const MESSAGE_BYTES: usize = 1 << 20;
/// So many requests may be open: taken in, and their answers not read.
const OPEN_REQUESTS: usize = 16_384;
/// No request is taken in while so many bytes of answers lie unread.
const UNREAD_BYTES: usize = 64 << 20;

/// A message or a secret was not taken; the number is what the C ABI answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A queue is full; nothing was started.
    Busy = -1,
    /// The wallet is closed.
    Closed = -2,
    /// More bytes than are taken.
    TooLarge = -4,
}

/// A request that is not answered yet.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    number: u64,
}

struct Open {
    id: RequestId,
    waits: bool,
}

/// An open wallet.
pub(crate) struct Session {
    handle: u64,
    /// The engine and the node client.
    pub(crate) core: Core,
    /// One-time secrets.
    pub(crate) secrets: Secrets,
    /// Counts that are stated in parts.
    pub(crate) statements: Statements,
    /// The idempotency keys of requests that are not answered yet.
    pub(crate) keys: Arc<Keys>,
    /// Live subscriptions.
    pub(crate) live: Live,
    pub(crate) outbox: Arc<Outbox>,
    inbox: Inbox,
    parking: Parking,
    work: Arc<Pool>,
    node: Arc<Pool>,
    catching_up: CatchUp,
    threads: Mutex<Vec<JoinHandle<()>>>,
    tickets: Mutex<HashMap<u64, Open>>,
    next_ticket: AtomicU64,
    open_requests: AtomicUsize,
    closing: AtomicBool,
}

impl Session {
    /// Opens a wallet and starts the threads of its message interface. The engine's own threads start with `wallet.start`.
    ///
    /// # Errors
    /// Those of the engine and the client, and `INTERNAL` when the system gives no threads.
    pub(crate) fn open(handle: u64, config: &Config) -> Outcome<Arc<Self>> {
        let outbox = Arc::new(Outbox::default());
        logs::attach(handle, config.log_level, &outbox);
        let span = logs::span(handle);
        let core = span.in_scope(|| Core::open(config)).inspect_err(|_| logs::detach(handle))?;
        let session = Arc::new(Self {
            handle,
            core,
            secrets: Secrets::default(),
            statements: Statements::default(),
            keys: Arc::default(),
            live: Live::default(),
            outbox,
            inbox: Inbox::default(),
            parking: Parking::default(),
            work: Pool::new("wallet-work", handle),
            node: Pool::new("wallet-node", handle),
            catching_up: CatchUp::default(),
            threads: Mutex::default(),
            tickets: Mutex::default(),
            next_ticket: AtomicU64::new(1),
            open_requests: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        });
        session.listen();
        session.start_threads().map_err(|error| {
            session.close();
            Fault::of(stardust_wallet::error::ErrorKind::Internal, &error)
        })?;
        Ok(session)
    }

    fn start_threads(self: &Arc<Self>) -> io::Result<()> {
        self.spawn("wallet-requests", dispatch::run)?;
        self.spawn("wallet-watch", |session| parking::watch(session))?;
        self.spawn("wallet-pulse", |session| {
            session.core.pulse(|changed| {
                if changed {
                    session.parking.wake();
                }
                !session.is_closing()
            });
        })
    }

    /// Starts a thread that is joined at closing.
    fn spawn(self: &Arc<Self>, name: &str, run: impl FnOnce(&Arc<Self>) + Send + 'static) -> io::Result<()> {
        let thread = self.spawn_last(name, run)?;
        lock(&self.threads).push(thread);
        Ok(())
    }

    /// Starts a thread whose log records are this wallet's.
    fn spawn_last(
        self: &Arc<Self>,
        name: &str,
        run: impl FnOnce(&Arc<Self>) + Send + 'static,
    ) -> io::Result<JoinHandle<()>> {
        let session = Arc::clone(self);
        let body = move || logs::span(session.handle).in_scope(|| run(&session));
        thread::Builder::new().name(name.to_owned()).spawn(body)
    }

    /// Hears of what happens in the engine. The engine's thread only puts the notice down.
    fn listen(self: &Arc<Self>) {
        let session = Arc::downgrade(self);
        self.core.subscribe(Box::new(move |notice| {
            if let Some(session) = session.upgrade().filter(|session| session.live.any()) {
                session.parking.notice(notice);
            }
        }));
    }

    /// Its handle.
    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    /// Whether it is closed or being closed.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Why a request cannot be taken on.
    pub(crate) fn overload(&self) -> Fault {
        if self.is_closing() { Fault::closed() } else { Fault::busy() }
    }

    /// Runs something on the pool for what waits for a node; false when it is full.
    pub(crate) fn on_node_pool(&self, job: impl FnOnce() + Send + 'static) -> bool {
        self.node.run(Box::new(job))
    }

    /// Has all waiting requests looked at soon.
    pub(crate) fn wake(&self) {
        self.parking.wake();
    }

    /// Takes a message in; does not wait.
    pub(crate) fn send(&self, message: &[u8]) -> Result<(), Refused> {
        if message.len() > MESSAGE_BYTES {
            return Err(Refused::TooLarge);
        }
        if self.is_closing() {
            return Err(Refused::Closed);
        }
        if self.outbox.unread_answers() > UNREAD_BYTES {
            return Err(Refused::Busy);
        }
        if self.open_requests.fetch_add(1, Ordering::AcqRel) >= OPEN_REQUESTS {
            self.open_requests.fetch_sub(1, Ordering::AcqRel);
            return Err(Refused::Busy);
        }
        self.inbox.put(message.to_vec()).map_err(|refused| {
            self.open_requests.fetch_sub(1, Ordering::AcqRel);
            match refused {
                inbox::Refused::Full => Refused::Busy,
                inbox::Refused::Closed => Refused::Closed,
            }
        })
    }

    /// Takes a secret in; answers the number to name it by.
    pub(crate) fn put_secret(&self, bytes: &[u8]) -> Result<i32, Refused> {
        let reference = self.secrets.put(bytes, Instant::now())?;
        // so that it is wiped when its time is up, used or not
        self.parking.wake();
        Ok(reference)
    }

    /// The secret that a message names; it is gone afterwards.
    ///
    /// # Errors
    /// `SECRET_REFERENCE` when it is unknown, used or expired.
    pub(crate) fn secret(&self, reference: i32) -> Outcome<Zeroizing<Vec<u8>>> {
        self.secrets.take(reference, Instant::now())
    }

    /// Takes messages out, waiting for them at most for `timeout`.
    pub(crate) fn receive(&self, timeout: Duration) -> Received {
        let received = self.outbox.receive(timeout);
        if let Received::Batch { answers, .. } = &received {
            self.open_requests.fetch_sub(*answers, Ordering::AcqRel);
        }
        received
    }

    /// Opens a ticket for a request. `waits`: it may be cancelled.
    pub(crate) fn ticket(&self, id: RequestId, waits: bool) -> Ticket {
        let number = self.next_ticket.fetch_add(1, Ordering::Relaxed);
        lock(&self.tickets).insert(number, Open { id, waits });
        Ticket { number }
    }

    /// Answers a request, unless somebody did already.
    pub(crate) fn answer(&self, ticket: &Ticket, outcome: Outcome<String>) {
        if let Some(open) = lock(&self.tickets).remove(&ticket.number) {
            self.outbox.answers([message::answer(Some(&open.id), outcome)]);
        }
    }

    /// Ends the waiting of all requests with this id; whether there was one.
    pub(crate) fn cancel(&self, id: &RequestId) -> bool {
        let numbers: Vec<u64> = {
            let tickets = lock(&self.tickets);
            tickets.iter().filter(|(_, open)| open.waits && open.id == *id).map(|(number, _)| *number).collect()
        };
        for number in &numbers {
            let fault = Fault::new(stardust_wallet::error::ErrorKind::Timeout, "cancelled");
            self.answer(&Ticket { number: *number }, Err(fault));
        }
        if !numbers.is_empty() {
            self.parking.wake();
        }
        !numbers.is_empty()
    }

    /// Lets a request wait until it can be answered.
    pub(crate) fn park(&self, parked: Parked) {
        if let Err(parked) = self.parking.park(parked) {
            self.answer(&parked.ticket, Err(self.overload()));
        }
    }

    /// Looks at a waiting request; whether it needs no further look.
    fn look(&self, parked: &mut Parked, up: bool) -> bool {
        if !lock(&self.tickets).contains_key(&parked.ticket.number) {
            return true;
        }
        let outcome = guard(|| (parked.look)(self, up));
        let outcome = match outcome {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) if up => Err(Fault::timeout()),
            Ok(None) => return false,
            Err(fault) => Err(fault),
        };
        self.answer(&parked.ticket, outcome);
        true
    }
}

/// Runs a part of a request; a panic becomes an error of it.
pub(crate) fn guard<T>(run: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic");
        Err(Fault::internal())
    })
}

/// Locks; what a panicking thread left behind is whole, as nothing here panics half way through a change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits to be woken, at most for `timeout` if there is one.
fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, timeout: Option<Duration>) -> MutexGuard<'a, T> {
    match timeout {
        None => condition.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(timeout) => condition.wait_timeout(guard, timeout).unwrap_or_else(PoisonError::into_inner).0,
    }
}
