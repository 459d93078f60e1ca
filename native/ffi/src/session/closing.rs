//! Closing a wallet, without holding up the caller.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use super::{Session, guard, lock};
use crate::{error::Fault, logs, message};

/// Calls that are running get so long to come to their own end once the engine is closed.
const GRACE: Duration = Duration::from_secs(5);

impl Session {
    /// Closes the wallet: no message is taken in any more, waiting requests are answered with `CLOSED`, running ones
    /// with their result or `CLOSED`, and readers get what is left and then the end. Returns at once; may be repeated.
    pub(crate) fn close(self: &Arc<Self>) {
        if self.closing.swap(true, Ordering::AcqRel) {
            return;
        }
        self.inbox.close();
        self.parking.close();
        self.secrets.close();
        self.work.close();
        self.node.close();
        self.answer_open(true);
        if self.spawn_last("wallet-close", finish).is_err() {
            // no thread to be had: better slow than not at all
            finish(self);
        }
    }

    /// Answers open requests with `CLOSED`: those that wait, or all.
    fn answer_open(&self, waiting_only: bool) {
        let open: Vec<_> = {
            let mut tickets = lock(&self.tickets);
            let chosen = tickets.iter().filter(|(_, open)| open.waits || !waiting_only);
            let numbers: Vec<u64> = chosen.map(|(number, _)| *number).collect();
            numbers.iter().filter_map(|number| tickets.remove(number)).collect()
        };
        self.outbox.answers(open.iter().map(|open| message::answer(Some(&open.id), Err(Fault::closed()))));
    }
}

fn finish(session: &Arc<Session>) {
    // a panic here must not keep readers from their end
    let closed = guard(|| {
        session.core.close();
        Ok(())
    });
    if closed.is_err() {
        tracing::error!("the engine did not close as it should");
    }
    let deadline = Instant::now() + GRACE;
    for thread in std::mem::take(&mut *lock(&session.threads)) {
        if thread.join().is_err() {
            tracing::error!("a thread of the message interface had panicked");
        }
    }
    let ended = session.work.join(deadline) && session.node.join(deadline);
    if !ended {
        tracing::warn!("calls are still running in a closed wallet; they are answered with CLOSED");
    }
    session.answer_open(false);
    logs::detach(session.handle);
    session.outbox.end();
}
