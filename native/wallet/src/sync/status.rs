//! Where the loop stands, and who waits for it.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};

use super::{Located, SyncError, repair::Repair};
use crate::{
    error::ErrorKind,
    events::{Bus, Notice, SyncState, SyncStatus},
    ledger::{MilestoneIndex, NodeError, NodeStatus, Position},
    store::{Gap, Pulse},
};

/// The loop's status; every change is told to live listeners.
pub(super) struct StatusBoard {
    status: Mutex<SyncStatus>,
    bus: Arc<Bus>,
    pulse: Arc<Pulse>,
}

impl StatusBoard {
    /// A gap that was there is there still.
    pub(super) fn new(bus: Arc<Bus>, pulse: Arc<Pulse>, cursor: Option<Position>, gap: Option<Gap>) -> Self {
        let mut status = SyncStatus { gap, ..SyncStatus::default() };
        if let Some(position) = cursor {
            status.cursor = Some(position.index);
            status.cursor_time = Some(position.time);
        }
        if gap.is_some() {
            status.state = SyncState::Gap;
        }
        Self { status: Mutex::new(status), bus, pulse }
    }

    pub(super) fn get(&self) -> SyncStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut SyncStatus)) {
        let changed = {
            let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
            let before = status.clone();
            change(&mut status);
            (*status != before).then(|| status.clone())
        };
        if let Some(status) = changed {
            self.bus.publish(Notice::Sync(status));
            self.pulse.beat();
        }
    }
}

/// The answer to a waiting [`sync`](super::LedgerSync::sync).
pub(super) type Caught = Result<MilestoneIndex, (ErrorKind, String)>;

/// Somebody waits until the cursor reaches what the node had confirmed at the time of asking.
pub(super) struct Waiting {
    /// Unknown until the node was asked.
    pub(super) target: Option<MilestoneIndex>,
    pub(super) reply: Sender<Caught>,
}

/// What the loop is told by other threads.
#[derive(Default)]
pub(super) struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

#[derive(Default)]
struct Mail {
    stop: bool,
    ended: bool,
    news: bool,
    waiting: Vec<Waiting>,
    located: Vec<Located>,
    curious: Vec<Curious>,
    repairs: Vec<Repair>,
}

/// Somebody waits for the node's own status.
pub(super) type Curious = Sender<Result<NodeStatus, NodeError>>;

impl Inbox {
    /// Asks the loop to catch up.
    pub(super) fn ask(&self) -> Result<crossbeam_channel::Receiver<Caught>, SyncError> {
        let (reply, answer) = bounded(1);
        self.put(|mail| mail.waiting.push(Waiting { target: None, reply }))?;
        Ok(answer)
    }

    /// Asks the loop for the node's own status.
    pub(super) fn ask_node(&self) -> Result<crossbeam_channel::Receiver<Result<NodeStatus, NodeError>>, SyncError> {
        let (reply, answer) = bounded(1);
        self.put(|mail| mail.curious.push(reply))?;
        Ok(answer)
    }

    /// Hands outputs over that are to be booked at one height.
    pub(super) fn book(&self, located: Located) -> Result<(), SyncError> {
        self.put(|mail| mail.located.push(located))
    }

    /// Hands over what a repair found.
    pub(super) fn repair(&self, repair: Repair) -> Result<(), SyncError> {
        self.put(|mail| mail.repairs.push(repair))
    }

    /// The repairs that have arrived since the last time.
    pub(super) fn take_repairs(&self) -> Vec<Repair> {
        std::mem::take(&mut self.mail.lock().unwrap_or_else(PoisonError::into_inner).repairs)
    }

    /// Something new may lie beyond the cursor.
    pub(super) fn news(&self) {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).news = true;
        self.arrived.notify_all();
    }

    fn put(&self, change: impl FnOnce(&mut Mail)) -> Result<(), SyncError> {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if mail.stop || mail.ended {
            return Err(SyncError::Closed);
        }
        change(&mut mail);
        self.arrived.notify_all();
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.arrived.notify_all();
    }

    pub(super) fn stopped(&self) -> bool {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).stop
    }

    /// What has arrived since the last time.
    pub(super) fn take(&self) -> (Vec<Waiting>, Vec<Located>, Vec<Curious>) {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        let mail = &mut *mail;
        // what the feed has now is looked at next
        mail.news = false;
        (std::mem::take(&mut mail.waiting), std::mem::take(&mut mail.located), std::mem::take(&mut mail.curious))
    }

    /// Waits for something to arrive, at most for `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let begun = Instant::now();
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        while !mail.stop && !mail.news && mail.is_empty() {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return;
            }
            mail = self.arrived.wait_timeout(mail, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the time given, or for the end; whether it is the end.
    pub(super) fn rest(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = patience.saturating_sub(begun.elapsed());
            if mail.stop || mail.ended || left.is_zero() {
                return mail.stop || mail.ended;
            }
            mail = self.arrived.wait_timeout(mail, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes nothing more; who waits learns it by the dropped reply.
    pub(super) fn end(&self) {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.ended = true;
        self.arrived.notify_all();
        mail.waiting.clear();
        mail.located.clear();
        mail.curious.clear();
        mail.repairs.clear();
    }
}

impl Mail {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.located.is_empty() && self.curious.is_empty() && self.repairs.is_empty()
    }
}
