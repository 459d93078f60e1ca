//! A node that serves a scripted ledger, faults and all.

mod history;
mod lookup;
mod pace;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use super::ledger::{GENESIS, ScriptedLedger};
use crate::{
    error::ErrorKind,
    ledger::{
        Amount, Feed, FeedAnswer, FeedError, Interest, LedgerDiff, MilestoneId, MilestoneIndex, NodeError, NodeStatus,
        OutputId, Position, Wake,
    },
};

/// What a node does wrong when a milestone is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It serves the milestone before once more.
    Repeats,
    /// It serves the milestone after.
    Skips,
    /// The milestone follows another one than ours.
    OtherParent,
    /// The milestone's time lies before that of the one before.
    OlderTime,
    /// It does not answer.
    NoAnswer,
    /// It does not say what consumed an output.
    NoSpender,
    /// It conceals the first created output.
    Conceals,
    /// It says that the first created output holds more than it does.
    Inflates,
    /// The way to it is closed.
    Closed,
    /// The feed itself panics.
    Panics,
}

/// A node. Clones are the same node.
#[derive(Clone)]
pub struct ScriptedFeed {
    ledger: Arc<ScriptedLedger>,
    script: Arc<Mutex<Script>>,
    calls: Arc<Calls>,
    wake: Arc<Mutex<Option<Wake>>>,
}

struct Script {
    faults: HashMap<u32, Fault>,
    pruned_to: u32,
    confirmed: Option<u32>,
    healthy: bool,
    reachable: bool,
    reversed: bool,
    /// Most milestones of one answer.
    batch: usize,
    /// It says of every consumed output what consumed it.
    all_spenders: bool,
    /// Its answer to who has come to the milestone before it, whatever the ledger says.
    answer: Option<Vec<LedgerDiff>>,
    blocks: u64,
    /// Payloads that arrived and no milestone includes.
    submitted: Vec<Vec<u8>>,
    /// It has transactions of pruned milestones too.
    archive: bool,
    /// Questions for transactions that it still answers.
    transaction_answers: Option<u32>,
    /// Questions that the index still answers.
    index_answers: Option<u32>,
    /// Questions about outputs that it still answers.
    state_answers: Option<u32>,
    /// Whether it offers the whole set of unspent outputs.
    whole_set: bool,
    /// Runs between what the index finds and its answer.
    on_index: Option<OnIndex>,
    /// Runs after each of its answers about its own status.
    on_status: Option<OnIndex>,
    /// Outputs that the index has lost.
    concealed: Vec<OutputId>,
}

type OnIndex = Arc<dyn Fn() + Send + Sync>;

/// How often the node was asked.
#[derive(Debug, Default)]
struct Calls {
    status: AtomicU32,
    next: AtomicU32,
    unspent: AtomicU32,
    whole: AtomicU32,
    states: AtomicU32,
}

impl ScriptedFeed {
    /// A healthy node of a ledger.
    #[must_use]
    pub fn of(ledger: Arc<ScriptedLedger>) -> Self {
        let script = Script {
            faults: HashMap::new(),
            pruned_to: 0,
            confirmed: None,
            healthy: true,
            reachable: true,
            reversed: false,
            batch: 1,
            all_spenders: false,
            answer: None,
            blocks: 0,
            submitted: Vec::new(),
            archive: false,
            transaction_answers: None,
            index_answers: None,
            state_answers: None,
            whole_set: false,
            on_index: None,
            on_status: None,
            concealed: Vec::new(),
        };
        Self { ledger, script: Arc::new(Mutex::new(script)), calls: Arc::default(), wake: Arc::default() }
    }

    /// A node of a new ledger with `count` empty milestones.
    #[must_use]
    pub fn with_milestones(count: u32) -> Self {
        let ledger = ScriptedLedger::default();
        ledger.empty_milestones(count);
        Self::of(Arc::new(ledger))
    }

    /// Another node of the same ledger.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self::of(Arc::clone(&self.ledger))
    }

    /// The ledger that it serves.
    #[must_use]
    pub fn ledger(&self) -> &Arc<ScriptedLedger> {
        &self.ledger
    }

    /// Milestones up to and with this one are gone.
    #[must_use]
    pub fn pruned_to(self, index: u32) -> Self {
        self.set_pruned(index);
        self
    }

    /// It has confirmed milestones up to this one only.
    #[must_use]
    pub fn confirmed_to(self, index: u32) -> Self {
        self.lock().confirmed = Some(index);
        self
    }

    /// It does this wrong when this milestone is asked for, until [`heal`](Self::heal).
    #[must_use]
    pub fn with_fault(self, index: u32, fault: Fault) -> Self {
        self.set_fault(index, fault);
        self
    }

    /// It lists outputs in the opposite order.
    #[must_use]
    pub fn reversed(self) -> Self {
        self.lock().reversed = true;
        self
    }

    /// Does something wrong from now on.
    pub fn set_fault(&self, index: u32, fault: Fault) {
        self.lock().faults.insert(index, fault);
    }

    /// Prunes.
    pub fn set_pruned(&self, index: u32) {
        self.lock().pruned_to = index;
    }

    /// Falls back to this milestone, until [`heal`](Self::heal).
    pub fn confirm_to(&self, index: u32) {
        self.lock().confirmed = Some(index);
    }

    /// Says whether it is healthy.
    pub fn set_healthy(&self, healthy: bool) {
        self.lock().healthy = healthy;
    }

    /// Goes away or comes back.
    pub fn set_reachable(&self, reachable: bool) {
        self.lock().reachable = reachable;
    }

    /// Its index answers so many more questions, and then none.
    pub fn set_index_answers(&self, count: u32) {
        self.lock().index_answers = Some(count);
    }

    /// It answers so many more questions about outputs, and then none.
    pub fn set_state_answers(&self, count: u32) {
        self.lock().state_answers = Some(count);
    }

    /// It offers the whole set of unspent outputs.
    #[must_use]
    pub fn with_whole_set(self) -> Self {
        self.lock().whole_set = true;
        self
    }

    /// Runs `hook` each time between what the index finds and its answer.
    pub fn on_index(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.lock().on_index = Some(Arc::new(hook));
    }

    /// Runs `hook` after each of its answers about its own status.
    pub fn on_status(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.lock().on_status = Some(Arc::new(hook));
    }

    /// Its index loses an output, and the node has it still.
    pub fn conceal(&self, id: OutputId) {
        self.lock().concealed.push(id);
    }

    /// Does nothing wrong any more.
    pub fn heal(&self) {
        let mut script = self.lock();
        script.faults.clear();
        script.pruned_to = 0;
        script.healthy = true;
        script.reachable = true;
        script.confirmed = None;
        script.index_answers = None;
        script.state_answers = None;
        script.transaction_answers = None;
    }

    /// Tells the wallet of news.
    pub fn tell(&self) {
        let wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(wake) = wake {
            wake();
        }
    }

    /// How often its status, a milestone, and an index were asked for.
    #[must_use]
    pub fn calls(&self) -> (u32, u32, u32) {
        let Calls { status, next, unspent, .. } = &*self.calls;
        (status.load(Ordering::SeqCst), next.load(Ordering::SeqCst), unspent.load(Ordering::SeqCst))
    }

    /// How often the whole set, and an output's state were asked for.
    #[must_use]
    pub fn output_calls(&self) -> (u32, u32) {
        let Calls { whole, states, .. } = &*self.calls;
        (whole.load(Ordering::SeqCst), states.load(Ordering::SeqCst))
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn confirmed(&self) -> Position {
        let state = self.ledger.lock();
        let newest = state.position();
        let Some(confirmed) = self.lock().confirmed else { return newest };
        let at = |diff: &&crate::ledger::RawDiff| diff.position.index.0 == confirmed;
        state.milestones.iter().find(at).map_or(newest, |diff| diff.position)
    }

    fn unreachable(&self) -> Result<(), NodeError> {
        if self.lock().reachable { Ok(()) } else { Self::nobody() }
    }

    fn index(&self) -> Result<(), NodeError> {
        self.unreachable()?;
        Self::count_down(&mut self.lock().index_answers)
    }

    fn count_down(left: &mut Option<u32>) -> Result<(), NodeError> {
        match left {
            None => Ok(()),
            Some(0) => Self::nobody(),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }

    fn nobody() -> Result<(), NodeError> {
        Err(NodeError { kind: ErrorKind::NodeUnreachable, message: "nobody there".to_owned() })
    }

    fn diff(&self, cursor: &Position, interest: &dyn Interest) -> Result<LedgerDiff, FeedError> {
        let wanted = cursor.index.next().0;
        let fault = self.lock().faults.get(&wanted).copied();
        let state = self.ledger.lock();
        let place = |index: u32| usize::try_from(index - GENESIS - 1).expect("a small number");
        let served = match fault {
            Some(Fault::Repeats) => wanted - 1,
            Some(Fault::Skips) => wanted + 1,
            Some(Fault::NoAnswer) => {
                let message = "no answer".to_owned();
                return Err(NodeError { kind: ErrorKind::NodeFailure, message }.into());
            }
            Some(Fault::Closed) => {
                let message = "closed".to_owned();
                return Err(NodeError { kind: ErrorKind::Closed, message }.into());
            }
            Some(Fault::Panics) => panic!("the feed panics on purpose"),
            Some(Fault::OtherParent | Fault::OlderTime | Fault::NoSpender | Fault::Conceals | Fault::Inflates)
            | None => wanted,
        };
        let mut raw = state.milestones[place(served)].clone();
        match fault {
            Some(Fault::OtherParent) => raw.previous_id = MilestoneId::from_slice(&[0xbb; 32]).expect("32 bytes"),
            Some(Fault::OlderTime) => raw.position.time.0 = cursor.time.0 - 1,
            Some(Fault::Conceals) => drop(raw.created.remove(0)),
            Some(Fault::Inflates) => raw.created[0].amount = Amount::new(raw.created[0].amount.units() + 1),
            _ => {}
        }
        for consumed in &mut raw.consumed {
            let created_here = raw.created.iter().find(|output| output.id == consumed.id);
            let watched = created_here.is_some_and(|output| output.addresses().any(|one| interest.watches(one)));
            let asked = self.lock().all_spenders || interest.holds(&consumed.id) || watched;
            if !asked || fault == Some(Fault::NoSpender) {
                consumed.spent_by = None;
            }
        }
        if self.lock().reversed {
            raw.created.reverse();
            raw.consumed.reverse();
        }
        Ok(LedgerDiff::validate(cursor, raw)?)
    }
}

impl Feed for ScriptedFeed {
    fn status(&mut self) -> Result<NodeStatus, NodeError> {
        self.calls.status.fetch_add(1, Ordering::SeqCst);
        self.unreachable()?;
        let confirmed = self.confirmed();
        let (healthy, pruned_to) = {
            let script = self.lock();
            (script.healthy, MilestoneIndex(script.pruned_to))
        };
        let url = "http://scripted".to_owned();
        let hook = self.lock().on_status.clone();
        if let Some(hook) = hook {
            hook();
        }
        Ok(NodeStatus { url, healthy, network: self.ledger.network(), confirmed, pruned_to })
    }

    fn next(&mut self, cursor: &Position, interest: &dyn Interest) -> Result<FeedAnswer, FeedError> {
        self.calls.next.fetch_add(1, Ordering::SeqCst);
        self.unreachable()?;
        let pruned_to = self.lock().pruned_to;
        if cursor.index.0 < pruned_to {
            return Ok(FeedAnswer::Gap { pruned_to: MilestoneIndex(pruned_to) });
        }
        if cursor.index >= self.confirmed().index {
            return Ok(FeedAnswer::Tip);
        }
        let follows = |diffs: &&Vec<LedgerDiff>| diffs[0].position().index.0 == cursor.index.0 + 1;
        if let Some(diffs) = self.lock().answer.as_ref().filter(follows) {
            return Ok(FeedAnswer::Diffs(diffs.clone()));
        }
        let mut diffs = vec![self.diff(cursor, interest)?];
        let (confirmed, batch) = (self.confirmed().index, self.lock().batch);
        while let Some(before) = diffs.last().map(|diff| *diff.position())
            && diffs.len() < batch
            && before.index < confirmed
            && let Ok(next) = self.diff(&before, interest)
        {
            diffs.push(next);
        }
        Ok(FeedAnswer::Diffs(diffs))
    }

    fn on_news(&mut self, wake: Wake) {
        *self.wake.lock().unwrap_or_else(PoisonError::into_inner) = Some(wake);
    }
}
