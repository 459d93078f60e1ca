//! Comparing the wallet with the ledger, in the background and a few addresses at a time.
//!
//! The wallet follows the ledger by diffs alone; this is the check that nothing was missed. What an index says of some
//! addresses is compared with the books at the milestone for which it holds, so that the two must be equal. Each
//! difference is asked about once more, output by output, before it counts: an index may be wrong by itself. What counts
//! is an incident and changes nothing. How much of the wallet was compared is a figure of its health, since a check that
//! does not run finds nothing.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use super::{Core, LedgerSync, Outcome, Purpose, SyncError, Turns, ask, late, no_thread};
use crate::{
    clock::Clock,
    error::chain,
    events::{self, Incident, IncidentKind, SyncState},
    ledger::{Address, Lookup, MilestoneIndex, OutputId, OutputState},
    store::{AddressKey, Past, address},
};

/// How often the thread looks for late addresses, while nothing fails.
const LOOK: Duration = Duration::from_secs(2);
/// The longest pause between attempts that fail.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// How much of the wallet was compared with the ledger, since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Addresses that were compared in the present round.
    pub compared: u64,
    /// Addresses of the wallet, all of which a round compares.
    pub addresses: u64,
    /// Rounds that were finished.
    pub rounds: u64,
    /// When the last one was, in milliseconds since 1970 by the wallet's clock.
    pub finished_ms: Option<u64>,
    /// The last milestone at which addresses were compared.
    pub at: Option<MilestoneIndex>,
    /// Outputs about which wallet and ledger differ, as often as they were found.
    pub differences: u64,
}

/// An output about which the wallet and an index differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// It is unspent on the ledger, and not among the wallet's.
    Missing { account: u32, id: OutputId },
    /// It is among the wallet's, and not unspent on the ledger.
    Gone { account: u32, id: OutputId },
}

impl Difference {
    fn id(self) -> OutputId {
        match self {
            Self::Missing { id, .. } | Self::Gone { id, .. } => id,
        }
    }

    /// Whether a node that was asked about the output itself says the same of the ledger at `height`.
    fn stands(self, state: &OutputState, height: MilestoneIndex) -> bool {
        let unspent_then = match state {
            OutputState::Unspent => true,
            OutputState::Spent { milestone, .. } => *milestone > height,
            OutputState::Unknown => false,
        };
        match self {
            Self::Missing { .. } => unspent_then,
            Self::Gone { .. } => !unspent_then,
        }
    }
}

impl LedgerSync {
    /// Starts the thread that books what late addresses held, and that compares the wallet with the ledger: up to 100
    /// addresses, then a pause of `every`; zero: it compares nothing. Idempotent; does nothing after
    /// [`close`](Self::close).
    ///
    /// # Errors
    /// [`SyncError::Store`] when the operating system starts no thread.
    pub fn reconcile(&self, lookup: Arc<dyn Lookup>, clock: Arc<dyn Clock>, every: Duration) -> Result<(), SyncError> {
        if self.core.inbox.stopped() {
            return Ok(());
        }
        let (core, turns) = (Arc::clone(&self.core), Arc::clone(&self.turns));
        let round = Round { core, turns, lookup, clock, every, after: None };
        let halt = Arc::clone(self.core.store.halt());
        self.reconciler.start("reconcile", halt, move || round.run()).map_err(no_thread("reconcile"))
    }

    /// How much of the wallet was compared with the ledger.
    #[must_use]
    pub fn reconciliation(&self) -> Reconciliation {
        let mut figure = *self.core.coverage();
        figure.addresses = count(self.core.watch.len());
        figure
    }
}

impl Core {
    fn coverage(&self) -> std::sync::MutexGuard<'_, Reconciliation> {
        self.reconciliation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the thread `reconcile` does: late addresses, and the comparison.
struct Round {
    core: Arc<Core>,
    turns: Arc<Turns>,
    lookup: Arc<dyn Lookup>,
    clock: Arc<dyn Clock>,
    every: Duration,
    /// The last address that was compared; none: a round begins.
    after: Option<AddressKey>,
}

impl Round {
    fn run(mut self) {
        let mut compared = Instant::now();
        let mut failures: u32 = 0;
        loop {
            let due = if self.every.is_zero() { LOOK } else { self.every.saturating_sub(compared.elapsed()) };
            let pause = match failures {
                0 => due.min(LOOK),
                _ => LOOK.saturating_mul(1 << failures.min(8)).min(LONGEST_PAUSE),
            };
            if self.core.inbox.rest(pause) || self.core.store.halt().reason().is_some() {
                return;
            }
            let mut done = self.check_late();
            if done.is_ok() && !self.every.is_zero() && compared.elapsed() >= self.every {
                compared = Instant::now();
                done = self.compare_some();
            }
            match done {
                Ok(()) => failures = 0,
                Err(error) => {
                    tracing::debug!(error = chain(&error), "the wallet could not be compared with the ledger");
                    failures = failures.saturating_add(1);
                }
            }
        }
    }

    fn check_late(&self) -> Result<(), SyncError> {
        if self.core.restored.refuse_held().is_err() {
            return Ok(());
        }
        let status = self.core.board.get();
        let unchecked = self.core.store.readers().read(|conn| address::unchecked(conn, None, 1))?;
        if unchecked.is_empty() || status.cursor.is_none() || status.gap.is_some() {
            return Ok(());
        }
        let turn = self.turns.take();
        let checked = late::check(&self.core, &*self.lookup, None, &|| self.core.inbox.stopped());
        drop(turn);
        checked
    }

    /// Compares the next addresses. Those that an answer came too late for are compared the next time.
    fn compare_some(&mut self) -> Result<(), SyncError> {
        if self.core.board.get().state != SyncState::Synced {
            return Ok(());
        }
        let rows = self.core.store.readers().read(|conn| address::following(conn, self.after, ask::BATCH))?;
        let Some(last) = rows.last().map(|row| row.key) else {
            self.end_round();
            return Ok(());
        };
        // what unchecked ones held is not booked yet
        let known = rows.iter().filter(|row| row.past != Past::Unchecked);
        let (keys, addresses): (Vec<AddressKey>, Vec<Address>) = known.map(|row| (row.key, row.raw)).unzip();
        let compared = count(keys.len());
        let answer = late::unspent(&self.core, &*self.lookup, addresses, late::cursor(&self.core)?)?;
        let height = answer.ledger_index;
        let Outcome::Compared(differences) = late::at_height(&self.core, answer, Purpose::Compare(keys))? else {
            return Ok(());
        };
        for difference in differences {
            self.judge(difference, height)?;
        }
        {
            let mut coverage = self.core.coverage();
            coverage.compared += compared;
            coverage.at = Some(height);
        }
        self.after = Some(last);
        if rows.len() < ask::BATCH {
            self.end_round();
        }
        Ok(())
    }

    fn end_round(&mut self) {
        self.after = None;
        let mut coverage = self.core.coverage();
        if coverage.compared > 0 {
            coverage.rounds += 1;
            coverage.finished_ms = Some(self.clock.now_ms());
            coverage.compared = 0;
        }
    }

    /// Raises an incident if a node that is asked about the output itself says so too.
    fn judge(&self, difference: Difference, height: MilestoneIndex) -> Result<(), SyncError> {
        let id = difference.id();
        let answer = ask::one(&|| self.core.inbox.stopped(), |done| self.lookup.output_state(id, height, done))?;
        if !difference.stands(&answer.state, height) {
            tracing::debug!(output = %id, "an index differs from its node; the wallet is right");
            return Ok(());
        }
        self.core.coverage().differences += 1;
        let (account, text) = match difference {
            Difference::Missing { account, id } => (
                account,
                format!(
                    "output {id} is unspent on the ledger at milestone {height} and not among this wallet's outputs"
                ),
            ),
            Difference::Gone { account, id } => (
                account,
                format!("output {id} is unspent by this wallet's books and not on the ledger at milestone {height}"),
            ),
        };
        tracing::warn!(output = %id, text, "wallet and ledger differ");
        let incident = Incident::of_output(&*self.core.network()?, IncidentKind::Reconciliation, account, id, text);
        let now_ms = self.clock.now_ms();
        self.core.store.writer().commit(move |tx| Ok(events::raise(tx, incident, now_ms)?))
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
