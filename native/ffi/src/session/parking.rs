//! Requests that wait for something to become true, without a thread for each: one thread looks at all of them
//! whenever something has changed, and when the time of one is up. It also hands live events on, before it looks, so that
//! an answer never overtakes the events that led to it.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex},
    time::Instant,
};

use stardust_wallet::events::Notice;

use super::{OPEN_REQUESTS, Session, Ticket, guard, lock};
use crate::error::Outcome;

/// So many notices may lie here; live subscriptions are told how many were lost beyond that.
const NOTICES: usize = 4096;
/// After looking at all requests for some time, no look at all of them for this many times as long.
const REST: u32 = 4;

/// Looks whether a request can be answered: its answer, or none to be asked again. The flag says that its time is up.
pub(crate) type Look = Box<dyn FnMut(&Session, bool) -> Outcome<Option<String>> + Send>;

/// A request that waits.
pub(crate) struct Parked {
    /// Whose answer it is.
    pub(crate) ticket: Ticket,
    /// When its time is up.
    pub(crate) until: Instant,
    /// Looks whether it can be answered.
    pub(crate) look: Look,
}

#[derive(Default)]
struct Lot {
    /// Put here since the last look.
    new: Vec<Parked>,
    notices: VecDeque<Arc<Notice>>,
    lost: u64,
    /// How many requests wait, new ones included.
    count: usize,
    changed: bool,
    closed: bool,
}

/// The waiting requests of one handle.
#[derive(Default)]
pub(crate) struct Parking {
    lot: Mutex<Lot>,
    changed: Condvar,
}

impl Parking {
    /// Lets a request wait; gives it back when too many do.
    pub(crate) fn park(&self, parked: Parked) -> Result<(), Parked> {
        let mut lot = lock(&self.lot);
        if lot.closed || lot.count >= OPEN_REQUESTS {
            return Err(parked);
        }
        lot.count += 1;
        lot.new.push(parked);
        drop(lot);
        self.changed.notify_all();
        Ok(())
    }

    /// Has all requests looked at soon.
    pub(crate) fn wake(&self) {
        let mut lot = lock(&self.lot);
        let wake = !std::mem::replace(&mut lot.changed, true);
        drop(lot);
        if wake {
            self.changed.notify_all();
        }
    }

    /// Hands a notice on to the live subscriptions; does not wait.
    pub(crate) fn notice(&self, notice: &Arc<Notice>) {
        let mut lot = lock(&self.lot);
        if lot.notices.len() >= NOTICES {
            lot.lost += super::live::count(notice);
        } else {
            lot.notices.push_back(Arc::clone(notice));
        }
        drop(lot);
        self.changed.notify_all();
    }

    /// Lets no request wait any more; [`watch`] ends.
    pub(crate) fn close(&self) {
        lock(&self.lot).closed = true;
        self.changed.notify_all();
    }
}

/// Looks after the waiting requests until the parking is closed; then those that still wait stay without an answer
/// here: their tickets are open, and closing answers them.
pub(crate) fn watch(session: &Session) {
    let parking = &session.parking;
    let mut waiting: Vec<Parked> = Vec::new();
    let mut rest = Instant::now();
    loop {
        let next = [waiting.iter().map(|parked| parked.until).min(), session.secrets.expire(Instant::now())];
        let Some(work) = parking.work(next.into_iter().flatten().min(), rest) else { return };
        let delivered = guard(|| {
            session.live.deliver(session, &work.notices, work.lost);
            Ok(())
        });
        if delivered.is_err() {
            tracing::error!("live events were lost; the log has them");
        }
        let now = Instant::now();
        waiting.retain_mut(|parked| {
            let up = parked.until <= now;
            !(up || work.changed) || !session.look(parked, up)
        });
        waiting.extend(work.new.into_iter().filter_map(|mut parked| {
            let up = parked.until <= now;
            (!session.look(&mut parked, up)).then_some(parked)
        }));
        if work.changed {
            // where many wait and much happens, looking must not take all of the time
            let ended = Instant::now();
            rest = ended + (ended - now).saturating_mul(REST);
        }
        let mut lot = lock(&parking.lot);
        lot.count = waiting.len() + lot.new.len();
    }
}

struct Work {
    new: Vec<Parked>,
    notices: VecDeque<Arc<Notice>>,
    lost: u64,
    changed: bool,
}

impl Parking {
    /// Waits for something to do, at most until `until`. Changes count from `rest` on only.
    fn work(&self, until: Option<Instant>, rest: Instant) -> Option<Work> {
        let mut lot = lock(&self.lot);
        loop {
            if lot.closed {
                return None;
            }
            let now = Instant::now();
            let rested = rest <= now;
            let urgent =
                !lot.new.is_empty() || !lot.notices.is_empty() || lot.lost > 0 || until.is_some_and(|at| at <= now);
            if urgent || (lot.changed && rested) {
                let changed = rested && std::mem::take(&mut lot.changed);
                return Some(Work {
                    new: std::mem::take(&mut lot.new),
                    notices: std::mem::take(&mut lot.notices),
                    lost: std::mem::take(&mut lot.lost),
                    changed,
                });
            }
            let again = [until, lot.changed.then_some(rest)].into_iter().flatten().min();
            let left = again.map(|again| again.saturating_duration_since(now));
            lot = super::wait(&self.changed, lot, left);
        }
    }
}
