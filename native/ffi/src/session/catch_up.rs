//! Catching up for many callers at once: those who ask while a round is under way share the next one.

use std::{
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use super::{Session, guard, lock};
use crate::error::{Fault, Outcome};

/// So many rounds may be under way: one that takes long does not hold up who came later.
const ROUNDS: usize = 4;

/// What became of catching up: the milestone that is applied, once it is known.
pub(crate) type CaughtUp = Arc<OnceLock<Outcome<u32>>>;

struct Waiting {
    until: Instant,
    outcome: CaughtUp,
}

#[derive(Default)]
struct State {
    waiting: Vec<Waiting>,
    rounds: usize,
}

/// The callers that wait for catching up.
#[derive(Default)]
pub(crate) struct CatchUp(Mutex<State>);

impl Session {
    /// Begins to catch up with what the node has confirmed now. The result appears in what is answered, and then waiting
    /// requests are looked at.
    ///
    /// # Errors
    /// `BUSY` when no thread is to be had for it.
    pub(crate) fn catch_up(self: &Arc<Self>, timeout: Duration) -> Outcome<CaughtUp> {
        let outcome = CaughtUp::default();
        let mut state = lock(&self.catching_up.0);
        state.waiting.push(Waiting { until: Instant::now() + timeout, outcome: Arc::clone(&outcome) });
        if state.rounds < ROUNDS {
            state.rounds += 1;
            let session = Arc::clone(self);
            if !self.on_node_pool(move || rounds(&session)) {
                state.rounds -= 1;
                if state.rounds == 0 {
                    state.waiting.pop();
                    return Err(self.overload());
                }
            }
        }
        Ok(outcome)
    }
}

fn rounds(session: &Session) {
    loop {
        let waiting = {
            let mut state = lock(&session.catching_up.0);
            let waiting = std::mem::take(&mut state.waiting);
            if waiting.is_empty() {
                state.rounds -= 1;
                return;
            }
            waiting
        };
        let now = Instant::now();
        let longest =
            waiting.iter().map(|waiting| waiting.until.saturating_duration_since(now)).max().unwrap_or_default();
        let outcome = guard(|| session.core.manager().sync(longest).map(|index| index.0).map_err(Fault::from));
        for waiting in waiting {
            waiting.outcome.get_or_init(|| outcome.clone());
        }
        session.wake();
    }
}
