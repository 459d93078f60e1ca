//! Live subscriptions: who wants which events as they happen.

use std::{
    collections::{BTreeMap, HashSet, VecDeque},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use stardust_wallet::events::Notice;

use super::{Session, lock};
use crate::{
    convert,
    message::{
        self,
        event::{Event, EventType},
        notifications::EventNotification,
    },
};

/// A handle has at most so many subscriptions.
const SUBSCRIPTIONS: usize = 1024;

#[derive(Default)]
struct Table {
    last: u64,
    /// The types that each subscription wants; none: all.
    wants: BTreeMap<u64, Option<HashSet<EventType>>>,
}

/// The live subscriptions of one handle.
#[derive(Default)]
pub(crate) struct Live {
    table: Mutex<Table>,
    any: AtomicBool,
}

impl Live {
    /// Adds a subscription; none when there are too many. Its number is never used again.
    pub(crate) fn add(&self, types: Option<HashSet<EventType>>) -> Option<u64> {
        let mut table = lock(&self.table);
        if table.wants.len() >= SUBSCRIPTIONS {
            return None;
        }
        table.last += 1;
        let subscription = table.last;
        table.wants.insert(subscription, types);
        self.any.store(true, Ordering::Release);
        Some(subscription)
    }

    /// Ends a subscription; one that does not exist is none any more.
    pub(crate) fn remove(&self, session: &Session, subscription: u64) {
        let mut table = lock(&self.table);
        table.wants.remove(&subscription);
        self.any.store(!table.wants.is_empty(), Ordering::Release);
        // under the lock, so that nothing is delivered after it
        session.outbox.forget(subscription);
    }

    /// Whether anybody listens at all.
    pub(crate) fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Puts the events of some notices into the mailbox, for each subscription that wants them.
    pub(crate) fn deliver(&self, session: &Session, notices: &VecDeque<Arc<Notice>>, lost: u64) {
        if lost > 0 {
            let table = lock(&self.table);
            table.wants.keys().for_each(|subscription| session.outbox.lost(*subscription, lost));
        }
        for notice in notices.iter().filter(|_| self.any()) {
            for event in convert::events_of(session, notice) {
                self.send(session, &event);
            }
        }
    }

    fn send(&self, session: &Session, event: &Event) {
        let table = lock(&self.table);
        let kind = event.kind();
        let wants = |types: &Option<HashSet<EventType>>| types.as_ref().is_none_or(|types| types.contains(&kind));
        for (subscription, _) in table.wants.iter().filter(|(_, types)| wants(types)) {
            let params = EventNotification { subscription: *subscription, event };
            session.outbox.event(*subscription, message::notification("event", &params));
        }
    }
}

/// How many events a notice has.
pub(crate) fn count(notice: &Notice) -> u64 {
    match notice {
        Notice::Events(events) => u64::try_from(events.len()).unwrap_or(u64::MAX),
        Notice::Progress(_)
        | Notice::Sync(_)
        | Notice::Pool(_)
        | Notice::Recovery(_)
        | Notice::Consolidation(_)
        | Notice::Sweep(_) => 1,
    }
}
