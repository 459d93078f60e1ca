//! What the payments thread is told.

use std::{
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use super::super::state::Fact;
use crate::ledger::{BlockId, MilestoneIndex, NodeError};

/// Dropped when who waits for a payment's first answer need wait no longer.
pub(in super::super) type Waiter = Box<dyn Send>;

/// What the thread is told, by anybody.
#[derive(Default)]
pub(super) struct Inbox {
    mail: Mutex<Mail>,
    arrived: Condvar,
}

#[derive(Default)]
pub(super) struct Mail {
    pub(super) running: bool,
    pub(super) stopped: bool,
    pub(super) milestone: Option<MilestoneIndex>,
    /// Open payments changed by another hand: they are to be read anew.
    pub(super) changed: bool,
    pub(super) new: Vec<(i64, Waiter)>,
    /// To be submitted again, if nodes have refused them.
    pub(super) wanted: Vec<i64>,
    pub(super) answers: Vec<(i64, Fact)>,
    /// Payments that were perhaps put into another block too.
    pub(super) doubtful: Vec<i64>,
    /// By which block a payment was applied, if a node has it.
    pub(super) found: Vec<(i64, Result<Option<BlockId>, NodeError>)>,
}

impl Mail {
    fn is_empty(&self) -> bool {
        let told = self.stopped || self.changed || self.milestone.is_some();
        let heard = !self.answers.is_empty() || !self.doubtful.is_empty() || !self.found.is_empty();
        !told && !heard && self.new.is_empty() && self.wanted.is_empty()
    }

    /// Forgets all that is waited for; who waits goes on.
    pub(super) fn end(&mut self) {
        *self = Self { stopped: self.stopped, ..Self::default() };
    }
}

impl Inbox {
    pub(super) fn put<T>(&self, change: impl FnOnce(&mut Mail) -> T) -> T {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        let value = change(&mut mail);
        self.arrived.notify_all();
        value
    }

    /// Takes what has arrived; waits for it, at most for `patience`.
    pub(super) fn take(&self, patience: Option<Duration>) -> Mail {
        let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if mail.is_empty() {
            mail = match patience {
                None => self.arrived.wait(mail).unwrap_or_else(PoisonError::into_inner),
                Some(patience) => self.arrived.wait_timeout(mail, patience).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        let (running, stopped) = (mail.running, mail.stopped);
        std::mem::replace(&mut *mail, Mail { running, stopped, ..Mail::default() })
    }
}
