//! The thread `payments`: does what [`state`](super::state) says, and stores what came of it.
//!
//! It knows all open payments from the database and submits the stored bytes, so it does not matter who signed a
//! payment or when. At most [`IN_FLIGHT`] requests are on their way at a time. What it learns is stored in groups; a
//! group that could not be stored is kept and tried again, and a crash before loses hints only. A block that a node took is
//! recorded also when a milestone has ended its payment before the answer came.

mod hold;
mod inbox;
mod journal;
mod record;
mod requests;
mod seek;
mod tracked;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

pub(super) use self::record::write;
use self::{
    inbox::{Inbox, Mail, Waiter},
    journal::Journaled,
    requests::{ask, submit},
    seek::Seeking,
    tracked::Tracked,
};
use super::{
    PaymentError, PaymentPorts,
    state::{Fact, Now, Record, Step},
};
use crate::{
    events,
    ledger::{MilestoneIndex, UnixTime},
    store::{meta, panic_text, payment},
};
use crossbeam_channel::{RecvTimeoutError, bounded};

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
        let before = ports.store.readers().read(payment::last).map_err(std::io::Error::other)?;
        let (ports, inbox) = (ports.clone(), Arc::clone(&self.inbox));
        inbox.put(|mail| mail.running = true);
        let span = tracing::Span::current();
        let spawned = thread::Builder::new().name("payments".to_owned()).spawn(move || {
            let halt = Arc::clone(ports.store.halt());
            let driver = Driver::new(ports, Arc::clone(&inbox), before);
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
    /// The time of the newest milestone that was read.
    time: UnixTime,
    /// Learnt and not stored yet.
    unsaved: Vec<(i64, Record)>,
    /// Callers that wait for the first answer to their payment; dropping the sender lets them go on.
    waiting: HashMap<i64, Waiter>,
    /// The open payments are to be read from the database.
    stale: bool,
    /// Payments that were signed since they were read.
    signed: Vec<i64>,
    journaled: Journaled,
    /// The newest payment at the start: later ones nobody else can have submitted.
    before: i64,
    /// Payments that a submission may have put into another block beside the one that is known.
    doubtful: HashSet<i64>,
    seeking: Seeking,
}

impl Driver {
    fn new(ports: PaymentPorts, inbox: Arc<Inbox>, before: i64) -> Self {
        Self {
            ports,
            inbox,
            before,
            open: BTreeMap::new(),
            in_flight: 0,
            milestone: MilestoneIndex(0),
            time: UnixTime(0),
            unsaved: Vec::new(),
            waiting: HashMap::new(),
            stale: true,
            signed: Vec::new(),
            journaled: Journaled::default(),
            doubtful: HashSet::new(),
            seeking: Seeking::default(),
        }
    }

    fn run(mut self) {
        loop {
            let refreshed = self.refresh();
            let now = self.now();
            let held = self.hold(now);
            let stored = self.save(now).and(refreshed).and_then(|()| self.find_blocks());
            if let Err(error) = &stored {
                tracing::warn!(
                    error = error as &dyn std::error::Error,
                    "open payments could not be read, written into the key journal or stored"
                );
            }
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

    /// As late as it may be by the ledger.
    fn ledger_time(&self, now: Now) -> UnixTime {
        self.time.max(UnixTime(u32::try_from(now.ms / 1_000).unwrap_or(u32::MAX)))
    }

    fn read(&mut self, mail: Mail) {
        if let Some(milestone) = mail.milestone {
            self.milestone = self.milestone.max(milestone);
            self.stale = true;
        }
        self.stale |= mail.changed;
        self.signed.extend(mail.new.iter().map(|(row, _)| *row));
        self.waiting.extend(mail.new);
        self.doubtful.extend(mail.doubtful);
        let now = self.now();
        self.seeking.heard(mail.found);
        for row in mail.wanted {
            if let Some(tracked) = self.open.get_mut(&row) {
                tracked.track.learn(Fact::Wanted, now);
            }
        }
        for (row, fact) in mail.answers {
            fail_point!("payment:answered");
            self.in_flight = self.in_flight.saturating_sub(1);
            let Some(tracked) = self.open.get_mut(&row) else {
                // a milestone was faster than the answer: the block is on record all the same
                if let Fact::Attached(block) = fact {
                    self.unsaved.push((row, Record::Attachment(block)));
                }
                continue;
            };
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
        let (mut now, mut time, before) = (self.now(), self.time, self.before);
        let (now, time, rows, found) = self.ports.store.readers().read(|conn| {
            if let Some(cursor) = meta::cursor(conn)? {
                now.milestone = now.milestone.max(cursor.position.index);
                time = time.max(cursor.position.time);
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
                found.push((row.row, Tracked::read(conn, row, now, before)?));
            }
            Ok::<_, PaymentError>((now, time, rows, found))
        })?;
        (self.milestone, self.time) = (now.milestone, time);
        self.seeking.look |= stale;
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

    /// Stores what was learnt, and what is submitted once more, and tells who waits for it.
    fn save(&mut self, now: Now) -> Result<(), PaymentError> {
        let time = self.ledger_time(now);
        let due = |one: &Tracked| one.track.step(now) == Step::Submit && !one.is_held(time);
        let again = self.open.iter().filter(|(_, one)| !one.may_submit() && due(one));
        let unsure: HashSet<i64> = again.map(|(row, _)| *row).chain(self.doubtful.iter().copied()).collect();
        if self.unsaved.is_empty() && unsure.is_empty() {
            return Ok(());
        }
        let (records, marked) = (self.unsaved.clone(), unsure.clone());
        self.ports.store.writer().commit(move |tx| {
            for row in marked {
                payment::mark_unsure(tx, row)?;
            }
            let mut events = Vec::new();
            for (row, record) in &records {
                events.extend(write(tx, *row, record, now.ms)?);
            }
            events::append(tx, events)?;
            fail_point!("payment:learnt");
            Ok::<_, PaymentError>(())
        })?;
        fail_point!("payment:recorded");
        self.doubtful.clear();
        for row in unsure {
            if let Some(tracked) = self.open.get_mut(&row) {
                tracked.unsure = true;
            }
        }
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
        let time = self.ledger_time(now);
        let mut next: Option<u64> = None;
        for (row, tracked) in &mut self.open {
            let step = tracked.track.step(now);
            match step {
                Step::Wait => {}
                Step::Pause { until_ms } => next = Some(next.map_or(until_ms, |next| next.min(until_ms))),
                // what lets it go wakes the thread
                Step::Submit if tracked.is_held(time) => {}
                // it came due since that was stored
                Step::Submit if !tracked.may_submit() => next = Some(now.ms),
                // the answer that makes room wakes the thread
                Step::Submit | Step::Ask(_) if self.in_flight >= IN_FLIGHT => {}
                Step::Submit => {
                    tracked.begun = true;
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
        self.ask_for_blocks();
        next.map(|at| Duration::from_millis(at.saturating_sub(now.ms).max(1)))
    }
}
