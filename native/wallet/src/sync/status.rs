//! Where the loop stands, and who waits for it.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crossbeam_channel::{Sender, bounded};

use super::{Located, SyncError};
use crate::{
    error::ErrorKind,
    events::{Bus, Notice, SyncStatus},
    ledger::{MilestoneIndex, NodeError, NodeStatus},
    store::Pulse,
};

/// The loop's status; every change is told to live listeners.
pub(super) struct StatusBoard {
    status: Mutex<SyncStatus>,
    bus: Arc<Bus>,
    pulse: Arc<Pulse>,
}

impl StatusBoard {
    pub(super) fn new(bus: Arc<Bus>, pulse: Arc<Pulse>, cursor: Option<MilestoneIndex>) -> Self {
        Self { status: Mutex::new(SyncStatus { cursor, ..SyncStatus::default() }), bus, pulse }
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
    waiting: Vec<Waiting>,
    located: Vec<Located>,
    curious: Vec<Curious>,
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
        (std::mem::take(&mut mail.waiting), std::mem::take(&mut mail.located), std::mem::take(&mut mail.curious))
    }

    /// Waits for something to arrive, at most for `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let begun = Instant::now();
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        while !mail.stop && mail.waiting.is_empty() && mail.located.is_empty() && mail.curious.is_empty() {
            let left = patience.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return;
            }
            mail = self.arrived.wait_timeout(mail, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Takes nothing more; who waits learns it by the dropped reply.
    pub(super) fn end(&self) {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        mail.ended = true;
        mail.waiting.clear();
        mail.located.clear();
        mail.curious.clear();
    }
}
