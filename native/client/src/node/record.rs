//! What a node has done so far, for whoever watches over it. Nothing here decides anything.

use std::{
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{MilestoneIndex, NodeFault, NodeHealth, NodeRole, NodeState},
};

use crate::fault::Fault;

/// Counts and last things of a node.
pub(super) struct Record {
    requests: AtomicU64,
    errors: AtomicU64,
    last: Mutex<Last>,
}

struct Last {
    state: NodeState,
    since: Instant,
    confirmed: Option<(MilestoneIndex, Instant)>,
    error: Option<(ErrorKind, String, Instant)>,
}

impl Default for Record {
    fn default() -> Self {
        let last = Last { state: NodeState::Unknown, since: Instant::now(), confirmed: None, error: None };
        Self { requests: AtomicU64::default(), errors: AtomicU64::default(), last: Mutex::new(last) }
    }
}

impl Record {
    pub(super) fn asked(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn erred(&self, fault: &Fault) {
        self.errors.fetch_add(1, Ordering::Relaxed);
        self.last().error = Some((fault.kind, fault.message.clone(), Instant::now()));
    }

    pub(super) fn confirmed(&self, index: MilestoneIndex) {
        self.last().confirmed = Some((index, Instant::now()));
    }

    pub(super) fn found(&self, state: NodeState) {
        let mut last = self.last();
        if last.state != state {
            (last.state, last.since) = (state, Instant::now());
        }
    }

    pub(super) fn state(&self) -> NodeState {
        self.last().state
    }

    pub(super) fn health(&self, url: &str, role: NodeRole) -> NodeHealth {
        let last = self.last();
        let fault = |(kind, message, at): &(ErrorKind, String, Instant)| NodeFault {
            kind: *kind,
            message: message.clone(),
            ago: at.elapsed(),
        };
        NodeHealth {
            url: url.to_owned(),
            role,
            state: last.state,
            since: last.since.elapsed(),
            confirmed: last.confirmed.map(|(index, _)| index),
            heard: last.confirmed.map(|(_, at)| at.elapsed()),
            requests: self.requests.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            last_error: last.error.as_ref().map(fault),
        }
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        self.last.lock().expect("nothing panics while it is held")
    }
}
