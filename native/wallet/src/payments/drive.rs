//! The thread `payments`: does what [`state`](super::state) says, and stores what came of it.
//!
//! It knows all open payments from the database and submits the stored bytes, so it does not matter who signed a
//! payment or when. At most [`IN_FLIGHT`] requests are on their way at a time. What it learns is stored in groups; a
//! group that could not be stored is kept and tried again, and a crash before loses hints only.

mod hold;
mod inbox;
mod journal;
mod node;
mod tracked;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, bounded};
use rusqlite::Transaction;

use self::{
    inbox::{Inbox, Mail, Waiter},
    journal::Journaled,
    node::{ask, submit},
    tracked::Tracked,
};
use super::{
    PaymentError, PaymentPorts, PaymentState,
    inclusion::{self, Inclusion},
    state::{Fact, Now, Record, Step},
};
use crate::{
    audit,
    events::{self, LedgerEvent},
    ledger::MilestoneIndex,
    store::{
        meta, panic_text,
        payment::{self, AttachmentRow},
    },
};

/// Requests on their way at a time.
const IN_FLIGHT: usize = 64;
/// Pause after the database failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// The thread and its inbox.
#[derive(Default)]
pub(super) struct Drive {
    inbox: Arc<Inbox>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Drive {
    pub(super) fn start(&self, ports: &PaymentPorts) -> Result<(), std::io::Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_some() || self.inbox.put(|mail| mail.stopped) {
            return Ok(());
        }
        let (ports, inbox) = (ports.clone(), Arc::clone(&self.inbox));
        inbox.put(|mail| mail.running = true);
        let span = tracing::Span::current();
        let spawned = thread::Builder::new().name("payments".to_owned()).spawn(move || {
            let halt = Arc::clone(ports.store.halt());
            let driver = Driver::new(ports, Arc::clone(&inbox));
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| span.in_scope(|| driver.run()))) {
                halt.halt(format!("the payments thread panicked: {}", panic_text(panic.as_ref())));
            }
            inbox.put(Mail::end);
        });
        match spawned {
            Ok(handle) => *thread = Some(handle),
            Err(error) => {
                self.inbox.put(|mail| mail.running = false);
                return Err(error);
            }
        }
        Ok(())
    }

    pub(super) fn applied(&self, milestone: MilestoneIndex) {
        self.inbox.put(|mail| mail.milestone = mail.milestone.max(Some(milestone)));
    }

    /// Tells of a payment that is on disk, and waits for nothing. `until_answered` is dropped as soon as a node has answered
    /// for the first time, or never will.
    pub(super) fn add(&self, row: i64, until_answered: Waiter) {
        // dropped after the mail is put: who hears of it may look into the inbox
        let _unheard = self.inbox.put(|mail| {
            if mail.running {
                mail.new.push((row, until_answered));
                return None;
            }
            Some(until_answered)
        });
    }

    /// Tells that another hand than a milestone changed what is to be submitted.
    pub(super) fn changed(&self) {
        self.inbox.put(|mail| mail.changed = mail.running);
    }

    /// Tells that a payment is to be submitted again at once, if nodes have refused it.
    pub(super) fn want(&self, row: i64) {
        self.inbox.put(|mail| {
            if mail.running {
                mail.wanted.push(row);
            }
        });
    }

    /// Tells of a payment that is on disk, and waits for the first answer of a node.
    pub(super) fn begin(&self, row: i64, patience: Duration) {
        let (waiter, answered) = bounded::<()>(1);
        let running = self.inbox.put(|mail| {
            if mail.running {
                mail.new.push((row, Box::new(waiter)));
            }
            mail.running
        });
        if running {
            // an answer and the end of the thread both drop the sender; the payment is read anew in every case
            if answered.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                tracing::info!(row, "no node has answered yet; the payment goes on by itself");
            }
        }
    }

    pub(super) fn close(&self) {
        self.inbox.put(|mail| mail.stopped = true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // a panic in it is caught there
            drop(thread.join());
        }
    }
}

struct Driver {
    ports: PaymentPorts,
    inbox: Arc<Inbox>,
    open: BTreeMap<i64, Tracked>,
    in_flight: usize,
    milestone: MilestoneIndex,
    /// Learnt and not stored yet.
    unsaved: Vec<(i64, Record)>,
    /// Callers that wait for the first answer to their payment; dropping the sender lets them go on.
    waiting: HashMap<i64, Waiter>,
    /// The open payments are to be read from the database.
    stale: bool,
    /// Payments that were signed since they were read.
    signed: Vec<i64>,
    journaled: Journaled,
}

impl Driver {
    fn new(ports: PaymentPorts, inbox: Arc<Inbox>) -> Self {
        Self {
            ports,
            inbox,
            open: BTreeMap::new(),
            in_flight: 0,
            milestone: MilestoneIndex(0),
            unsaved: Vec::new(),
            waiting: HashMap::new(),
            stale: true,
            signed: Vec::new(),
            journaled: Journaled::default(),
        }
    }

    fn run(mut self) {
        loop {
            let refreshed = self.refresh();
            let stored = self.save().and(refreshed);
            if let Err(error) = &stored {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "open payments could not be read, written into the key journal or stored"
                );
            }
            let now = self.now();
            let held = self.hold(now);
            if let Err(error) = &held {
                tracing::warn!(error = error as &dyn std::error::Error, "whether another signer was seen is not known");
            }
            let stored = stored.and(held);
            let pause = self.act(now);
            let patience = if stored.is_ok() { pause } else { Some(STORE_PAUSE) };
            let mail = self.inbox.take(patience);
            if mail.stopped || self.ports.store.halt().reason().is_some() {
                return;
            }
            self.read(mail);
        }
    }

    fn now(&self) -> Now {
        Now { ms: self.ports.clock.now_ms(), milestone: self.milestone }
    }

    fn read(&mut self, mail: Mail) {
        if let Some(milestone) = mail.milestone {
            self.milestone = self.milestone.max(milestone);
            self.stale = true;
        }
        self.stale |= mail.changed;
        self.signed.extend(mail.new.iter().map(|(row, _)| *row));
        self.waiting.extend(mail.new);
        let now = self.now();
        for row in mail.wanted {
            if let Some(tracked) = self.open.get_mut(&row) {
                tracked.track.learn(Fact::Wanted, now);
            }
        }
        for (row, fact) in mail.answers {
            fail_point!("payment:answered");
            self.in_flight = self.in_flight.saturating_sub(1);
            let Some(tracked) = self.open.get_mut(&row) else { continue };
            let unavailable = matches!(fact, Fact::Unavailable);
            tracked.sent |= matches!(fact, Fact::Attached(_));
            if let Some(record) = tracked.track.learn(fact, now) {
                self.unsaved.push((row, record));
            } else if unavailable {
                tracked.answered = true;
                self.waiting.remove(&row);
            }
        }
    }

    /// Makes the set of open payments that of the database: takes up those it does not know, lets those go that a
    /// milestone has ended. All are read after a milestone, else only what was signed since.
    fn refresh(&mut self) -> Result<(), PaymentError> {
        if !self.stale && self.signed.is_empty() {
            return Ok(());
        }
        let journaled = self.journal();
        let (known, stale, signed, written) = (&self.open, self.stale, &self.signed, &self.journaled);
        let mut now = self.now();
        let (now, rows, found) = self.ports.store.readers().read(|conn| {
            if let Some(cursor) = meta::cursor(conn)? {
                now.milestone = now.milestone.max(cursor.position.index);
            }
            let mut rows = if stale {
                payment::open(conn)?
            } else {
                let rows = signed.iter().map(|row| payment::by_row(conn, *row)).collect::<Result<Vec<_>, _>>()?;
                rows.into_iter().flatten().collect()
            };
            rows.retain(|row| row.is_driven() && written.has(row.row));
            let mut found = Vec::new();
            for row in rows.iter().filter(|row| !known.contains_key(&row.row)) {
                found.push((row.row, Tracked::read(conn, row, now)?));
            }
            Ok::<_, PaymentError>((now, rows, found))
        })?;
        self.milestone = now.milestone;
        if stale {
            let still: HashSet<i64> = rows.iter().map(|row| row.row).collect();
            // callers tell of a payment after its commit, so the read has seen all that are known here
            self.open.retain(|row, _| still.contains(row));
        }
        self.open.extend(found);
        // an ended payment has no answer to wait for
        let open = &self.open;
        self.waiting.retain(|row, _| open.get(row).is_some_and(|tracked| !tracked.answered));
        // what is not in the journal is looked at again
        self.stale = journaled.is_err();
        self.signed.clear();
        journaled
    }

    /// Stores what was learnt, and tells who waits for it.
    fn save(&mut self) -> Result<(), PaymentError> {
        if self.unsaved.is_empty() {
            return Ok(());
        }
        let records = self.unsaved.clone();
        let now_ms = self.ports.clock.now_ms();
        self.ports.store.writer().commit(move |tx| {
            let mut events = Vec::new();
            for (row, record) in &records {
                events.extend(write(tx, *row, record, now_ms)?);
            }
            events::append(tx, events)?;
            fail_point!("payment:learnt");
            Ok::<_, PaymentError>(())
        })?;
        fail_point!("payment:recorded");
        for (row, _) in self.unsaved.drain(..) {
            if let Some(tracked) = self.open.get_mut(&row) {
                tracked.answered = true;
            }
            self.waiting.remove(&row);
        }
        Ok(())
    }

    /// Does what can be done now, and answers how long nothing else is to be done.
    fn act(&mut self, now: Now) -> Option<Duration> {
        let mut next: Option<u64> = None;
        for (row, tracked) in &mut self.open {
            let step = tracked.track.step(now);
            match step {
                Step::Wait => {}
                Step::Pause { until_ms } => next = Some(next.map_or(until_ms, |next| next.min(until_ms))),
                // the answer that makes room wakes the thread
                Step::Submit | Step::Ask(_) if self.in_flight >= IN_FLIGHT => {}
                // what lets it go wakes the thread
                Step::Submit if tracked.can_wait() && !tracked.free => {}
                Step::Submit => {
                    tracked.track.learn(Fact::Submitting, now);
                    self.in_flight += 1;
                    fail_point!("payment:submitting");
                    submit(&self.ports, &self.inbox, *row, tracked);
                }
                Step::Ask(block) => {
                    tracked.track.learn(Fact::Asking, now);
                    self.in_flight += 1;
                    ask(&self.ports, &self.inbox, *row, block);
                }
            }
        }
        next.map(|at| Duration::from_millis(at.saturating_sub(now.ms).max(1)))
    }
}

pub(super) fn write(
    tx: &Transaction<'_>,
    row: i64,
    record: &Record,
    now_ms: u64,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let Some(before) = payment::by_row(tx, row)? else { return Ok(Vec::new()) };
    let event = match record {
        Record::Attachment(block) => {
            payment::attach(tx, row, &AttachmentRow { block_id: *block, attached_ms: now_ms })?;
            audit::payments::submitted(tx, &before, *block)?;
            let moved = payment::set_open_state(tx, row, PaymentState::Submitted, None)?;
            (moved && before.state == PaymentState::Rejected).then_some(Inclusion::Pending)
        }
        Record::Rejection { reason } => {
            payment::set_open_state(tx, row, PaymentState::Rejected, Some(reason))?;
            let new = matches!(before.state, PaymentState::Signed | PaymentState::Submitted);
            if new {
                audit::payments::rejected(tx, &before, reason)?;
            }
            new.then(|| Inclusion::Rejected { reason: reason.clone() })
        }
    };
    event.map_or(Ok(Vec::new()), |event| inclusion::events(tx, &before, event))
}
