//! Following the ledger.
//!
//! **One milestone, one transaction** (`apply`): outputs, holdings, payments, events and the cursor commit together.
//! **No milestone is skipped or guessed:** the next diff is the one after the cursor and links to its id, or it is an
//! error that is tried again. **Nothing is inferred from absence:** only a diff spends an output. **A gap is a state:**
//! when a node has pruned what the cursor needs, the wallet says so and waits.
//!
//! In the order of the path: the loop (`run`), several milestones in a commit (`batch`), `scan` (pure), `apply` (the
//! transaction of one milestone, with `lapse` for outputs whose time has come and `tell` for the events), then memory.
//! Beside it `discovery` for accounts of a seed that was used before, `recover` for such a seed as a whole, `late` for
//! addresses that were used, `repair` for gaps, `restored` for wallets that came out of a backup, `stranger` for who spends with our keys
//! besides us, and `reconcile`, which checks that nothing was missed. This room meets payments at [`crate::payments::settle`] only.

mod apply;
mod ask;
mod batch;
mod discovery;
mod error;
mod lapse;
mod late;
#[cfg(feature = "testing")]
pub mod measure;
mod mend;
mod reconcile;
mod recover;
mod repair;
mod restored;
mod run;
mod scan;
mod status;
mod stranger;
mod tell;
#[cfg(test)]
pub(crate) mod tests;
mod witness;

use std::{
    io,
    sync::{Arc, Condvar, Mutex, PoisonError, RwLock},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender};

pub use self::{
    discovery::GAP as DISCOVERY_GAP,
    error::SyncError,
    reconcile::Reconciliation,
    recover::{RecoverBy, Watcher},
    repair::RepairReport,
    witness::Witnessing,
};
use self::{
    reconcile::Difference,
    restored::Restored,
    run::Run,
    status::{Inbox, StatusBoard},
};
use crate::{
    accounts::WatchSet,
    events::{Bus, SyncState, SyncStatus},
    ledger::{AddressCodec, Feed, LedgerOutput, Lookup, MilestoneIndex, Network, NodeStatus},
    store::{AddressKey, MetaKey, Store, StoreError, Worker, gap, meta, restore},
};

/// How often who waits for a turn looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(200);
/// Shorter intervals would only heat the machine.
const SHORTEST_POLL: Duration = Duration::from_millis(1);

/// Called on the sync thread after each applied milestone; must not block.
pub type OnApplied = Box<dyn Fn(MilestoneIndex) + Send + Sync>;
/// Called on the sync thread when payments may be made again after a restore; must not block.
pub type OnReleased = Box<dyn Fn() + Send + Sync>;

/// Outputs that an index reported for a height, at which they are dealt with.
struct Located {
    height: MilestoneIndex,
    outputs: Vec<LedgerOutput>,
    purpose: Purpose,
    reply: Sender<Result<Outcome, SyncError>>,
}

/// What an index was asked for.
enum Purpose {
    /// To book what these addresses held before they were watched.
    Book(Vec<AddressKey>),
    /// To compare what these addresses hold with the books.
    Compare(Vec<AddressKey>),
}

/// What was done with an index's answer.
#[derive(Debug)]
enum Outcome {
    /// Nothing: the cursor is beyond its height.
    TooLate,
    Booked,
    Compared(Vec<Difference>),
}

/// What the loop shares with other threads.
struct Core {
    store: Arc<Store>,
    watch: Arc<WatchSet>,
    codec: Arc<dyn AddressCodec>,
    poll_interval: Duration,
    on_applied: OnApplied,
    network: RwLock<Option<Arc<Network>>>,
    witness: Option<Witnessing>,
    lookup: Arc<dyn Lookup>,
    standstill: Duration,
    board: StatusBoard,
    inbox: Inbox,
    restored: Restored,
    reconciliation: Mutex<Reconciliation>,
}

/// What the loop works with.
pub struct SyncPorts {
    /// The database.
    pub store: Arc<Store>,
    /// What the scan probes.
    pub watch: Arc<WatchSet>,
    /// Writes addresses.
    pub codec: Arc<dyn AddressCodec>,
    /// Hears of the status.
    pub bus: Arc<Bus>,
    /// Pause between questions when nothing is new.
    pub poll_interval: Duration,
    /// Hears of applied milestones.
    pub on_applied: OnApplied,
    /// Hears that payments may be made again.
    pub on_released: OnReleased,
    /// Asks for single transactions after a restore.
    pub lookup: Arc<dyn Lookup>,
    /// A second node that has to agree.
    pub witness: Option<Witnessing>,
    /// Nodes without a new milestone for so long stand still; zero: that is never said.
    pub standstill: Duration,
}

/// Follows the ledger on a thread of its own. Safe to use from any thread.
pub struct LedgerSync {
    core: Arc<Core>,
    thread: Worker,
    reconciler: Worker,
    turns: Arc<Turns>,
    /// Held while the seed's accounts are searched.
    recovering: Mutex<()>,
}

impl LedgerSync {
    /// A loop that is not started yet.
    ///
    /// # Errors
    /// [`SyncError::Store`].
    pub fn new(ports: SyncPorts) -> Result<Self, SyncError> {
        let SyncPorts { store, watch, codec, bus, poll_interval, on_applied, on_released, lookup, witness, standstill } =
            ports;
        let poll_interval = poll_interval.max(SHORTEST_POLL);
        let (network, cursor, gap, differs, restore) = store.readers().read(|conn| {
            let (differs, restore) = (meta::get(conn, MetaKey::WitnessDiffers)?, restore::present(conn)?);
            let (network, cursor, gap) = (meta::network(conn)?, meta::cursor(conn)?, gap::present(conn)?);
            Ok::<_, StoreError>((network, cursor, gap, differs, restore))
        })?;
        if let (Some(differs), None) = (differs, &witness) {
            // what was contradicted is not booked because nobody contradicts it any more
            let text = String::from_utf8_lossy(&differs);
            store.halt().halt(format!("{text}; configure a witness that agrees to go on"));
        }
        let board = StatusBoard::new(bus, Arc::clone(store.pulse()), cursor.map(|cursor| cursor.position), gap);
        let network = RwLock::new(network.map(Arc::new));
        let inbox = Inbox::default();
        let restored = Restored::new(restore.as_ref(), on_released);
        let core = Core {
            store,
            watch,
            codec,
            poll_interval,
            on_applied,
            network,
            witness,
            lookup,
            standstill,
            board,
            inbox,
            restored,
            reconciliation: Mutex::default(),
        };
        Ok(Self {
            core: Arc::new(core),
            thread: Worker::default(),
            reconciler: Worker::default(),
            turns: Arc::default(),
            recovering: Mutex::default(),
        })
    }

    /// Starts the thread. Idempotent; does nothing after [`close`](Self::close).
    ///
    /// # Errors
    /// [`SyncError::Store`] when the cursor cannot be read or the operating system starts no thread.
    pub fn start(&self, feed: Box<dyn Feed>) -> Result<(), SyncError> {
        if self.thread.is_started() || self.core.inbox.stopped() {
            return Ok(());
        }
        let run = Run::new(Arc::clone(&self.core), feed)?;
        let core = Arc::clone(&self.core);
        let last = move || {
            if core.store.halt().reason().is_some() {
                core.board.change(|status| status.state = SyncState::Halted);
            }
            core.inbox.end();
        };
        let halt = Arc::clone(self.core.store.halt());
        self.thread.start_with_last("sync", halt, move || run.run(), last).map_err(no_thread("sync"))
    }

    /// Waits until everything is applied that the node has confirmed at the time of this call, and answers the cursor.
    ///
    /// # Errors
    /// [`SyncError::Standing`] when no node can be followed, [`SyncError::Timeout`], [`SyncError::Closed`],
    /// [`SyncError::Halted`].
    pub fn sync(&self, timeout: Duration) -> Result<MilestoneIndex, SyncError> {
        if let Some(reason) = self.core.store.halt().reason() {
            return Err(SyncError::Halted(reason));
        }
        if !self.thread.is_started() {
            return Err(SyncError::Closed);
        }
        match self.core.inbox.ask()?.recv_timeout(timeout) {
            Ok(caught) => Ok(caught?),
            Err(RecvTimeoutError::Timeout) => Err(SyncError::Timeout),
            Err(RecvTimeoutError::Disconnected) => match self.core.store.halt().reason() {
                Some(reason) => Err(SyncError::Halted(reason)),
                None => Err(SyncError::Closed),
            },
        }
    }

    /// The serving node's own status, asked for now.
    ///
    /// # Errors
    /// [`SyncError::Node`], [`SyncError::Timeout`], [`SyncError::Closed`].
    pub fn node_status(&self, timeout: Duration) -> Result<NodeStatus, SyncError> {
        if !self.thread.is_started() {
            return Err(SyncError::Closed);
        }
        match self.core.inbox.ask_node()?.recv_timeout(timeout) {
            Ok(status) => Ok(status?),
            Err(RecvTimeoutError::Timeout) => Err(SyncError::Timeout),
            Err(RecvTimeoutError::Disconnected) => Err(SyncError::Closed),
        }
    }

    /// Where the loop stands.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        let mut status = self.core.board.get();
        if self.core.store.halt().reason().is_some() {
            status.state = SyncState::Halted;
        }
        status
    }

    /// The wallet's network; none before the first contact.
    #[must_use]
    pub fn network(&self) -> Option<Arc<Network>> {
        self.core.network.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the threads and joins them. Idempotent. A milestone that is being committed is finished first.
    pub fn close(&self) {
        self.core.inbox.stop();
        self.thread.join();
        self.core.inbox.end();
        self.reconciler.join();
    }
}

impl Drop for LedgerSync {
    fn drop(&mut self) {
        self.close();
    }
}

fn no_thread(name: &'static str) -> impl FnOnce(io::Error) -> SyncError {
    move |source| StoreError::Io { what: "start a thread for", path: name.into(), source }.into()
}

/// One search of an index at a time, without a lock held while it asks nodes.
#[derive(Default)]
struct Turns {
    busy: Mutex<bool>,
    freed: Condvar,
}

struct Turn<'a>(&'a Turns);

impl Turns {
    fn take(&self) -> Turn<'_> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        while *busy {
            busy = self.freed.wait(busy).unwrap_or_else(PoisonError::into_inner);
        }
        *busy = true;
        Turn(self)
    }

    /// As [`take`](Self::take), for one who may be told to stop; none then.
    fn take_unless(&self, stop: &dyn Fn() -> bool) -> Option<Turn<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        while *busy {
            if stop() {
                return None;
            }
            busy = self.freed.wait_timeout(busy, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *busy = true;
        Some(Turn(self))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.busy.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.0.freed.notify_one();
    }
}
