//! What is remembered of each node.

mod record;
mod tips;

use std::{
    sync::{Arc, Mutex, MutexGuard, RwLock},
    time::Duration,
};

use iota_sdk::types::block::protocol::ProtocolParameters;
use reqwest::Url;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{MilestoneIndex, Network, NodeHealth, NodeRole, NodeState},
};
use tokio::time::Instant;

use self::{record::Record, tips::SharedTips};
use crate::{credentials::Auth, fault::Fault, wire::ConfirmedMilestone};

/// A node's word on itself and its network is believed this long.
const TRUSTED_FOR: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// What a node said of itself, checked.
#[derive(Clone, Debug)]
pub(crate) struct Info {
    pub(crate) network: Network,
    pub(crate) parameters: ProtocolParameters,
    pub(crate) healthy: bool,
    pub(crate) confirmed: ConfirmedMilestone,
    pub(crate) pruned_to: MilestoneIndex,
    pub(crate) does_proof_of_work: bool,
}

/// A configured node.
pub(crate) struct Node {
    /// Ends in `/`.
    pub(crate) url: Url,
    /// The address for messages and logs.
    pub(crate) name: String,
    role: NodeRole,
    auth: RwLock<Option<Auth>>,
    state: Mutex<State>,
    record: Record,
}

#[derive(Default)]
struct State {
    failures: u32,
    aside_until: Option<Instant>,
    limited_until: Option<Instant>,
    behind: bool,
    info: Option<(Instant, Arc<Info>)>,
    tips: Option<SharedTips>,
}

/// How good a choice a node is at the moment, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// It works and says that it is healthy, or nothing is known yet.
    Good,
    /// It works, and other nodes are further.
    Behind,
    /// It works, and says that it is not healthy.
    Unhealthy,
    /// It failed a short while ago.
    Aside,
}

impl Node {
    pub(crate) fn new(url: Url, role: NodeRole) -> Self {
        let name = url.as_str().trim_end_matches('/').to_owned();
        Self { url, name, role, auth: RwLock::default(), state: Mutex::default(), record: Record::default() }
    }

    pub(crate) fn auth(&self) -> Option<Auth> {
        self.auth.read().expect("nothing panics while it is held").clone()
    }

    /// Other credentials may open another door: the node is looked at anew.
    pub(crate) fn set_auth(&self, auth: Option<Auth>) {
        *self.auth.write().expect("nothing panics while it is held") = auth;
        *self.state() = State::default();
    }

    /// What it said of itself, if that is recent and it has not failed since.
    pub(crate) fn info(&self) -> Option<Arc<Info>> {
        let state = self.state();
        let (at, info) = state.info.as_ref()?;
        (at.elapsed() < TRUSTED_FOR).then(|| info.clone())
    }

    /// What it said of itself is checked and holds.
    pub(crate) fn learned(&self, info: Arc<Info>) {
        let mut state = self.state();
        self.record.confirmed(MilestoneIndex(info.confirmed.index));
        state.info = Some((Instant::now(), info));
        // one that failed a short while ago has to do what is asked of it, not only to say that all is well
        if !state.is_aside(Instant::now()) {
            self.record.found(state.found());
        }
    }

    /// Nothing is known of it: its network has to be checked again before it is used.
    pub(crate) fn forget(&self) {
        let mut state = self.state();
        state.info = None;
        state.tips = None;
    }

    /// Tips that it gave a short while ago, for another block.
    pub(crate) fn tips(&self) -> Option<Vec<[u8; 32]>> {
        self.state().tips.as_mut()?.take(Instant::now())
    }

    /// It gave these tips, and a block is built on them.
    pub(crate) fn gave_tips(&self, tips: &[[u8; 32]]) {
        self.state().tips = Some(SharedTips::new(Instant::now(), tips));
    }

    /// A block on the tips that it gave was refused.
    pub(crate) fn forget_tips(&self) {
        self.state().tips = None;
    }

    /// How long it still wants to be left alone (429).
    pub(crate) fn limited_for(&self) -> Option<Duration> {
        let until = self.state().limited_until?;
        until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }

    pub(crate) fn rank(&self) -> Rank {
        let state = self.state();
        if state.is_aside(Instant::now()) {
            return Rank::Aside;
        }
        match &state.info {
            Some((at, info)) if !info.healthy && at.elapsed() < TRUSTED_FOR => Rank::Unhealthy,
            _ if state.behind => Rank::Behind,
            _ => Rank::Good,
        }
    }

    /// Compared with the other nodes at one time, it is or is not behind.
    pub(crate) fn compared(&self, behind: bool) {
        let mut state = self.state();
        if state.behind != behind {
            tracing::info!(node = self.name, behind, "compared with the other nodes");
        }
        state.behind = behind;
        match self.record.state() {
            NodeState::Good if behind => self.record.found(NodeState::Behind),
            NodeState::Behind if !behind => self.record.found(NodeState::Good),
            _ => {}
        }
    }

    pub(crate) fn succeeded(&self) {
        let mut state = self.state();
        state.failures = 0;
        state.aside_until = None;
        if self.record.state() == NodeState::Failing {
            self.record.found(state.found());
        }
    }

    /// Puts the node aside, longer with each failure in a row. It may be another node after that: its
    /// network is checked again.
    pub(crate) fn failed(&self, fault: &Fault) {
        let mut state = self.state();
        state.failed(Instant::now(), fault);
        self.record.found(NodeState::Failing);
    }

    /// A request is on its way.
    pub(crate) fn asked(&self) {
        self.record.asked();
    }

    /// It gave no answer, or one that cannot be used.
    pub(crate) fn erred(&self, fault: &Fault) {
        self.record.erred(fault);
    }

    pub(crate) fn health(&self) -> NodeHealth {
        self.record.health(&self.name, self.role)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl State {
    fn is_aside(&self, now: Instant) -> bool {
        self.aside_until.is_some_and(|until| until > now)
    }

    /// How a node is found that does what it is asked.
    fn found(&self) -> NodeState {
        match &self.info {
            Some((_, info)) if !info.healthy => NodeState::Unhealthy,
            _ if self.behind => NodeState::Behind,
            _ => NodeState::Good,
        }
    }

    fn failed(&mut self, now: Instant, fault: &Fault) {
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST_PAUSE);
        let until = now + pause.max(fault.retry_after.unwrap_or_default());
        // requests that fail at the same time are one failure
        if self.aside_until.is_none_or(|aside| aside <= now) {
            self.failures = self.failures.saturating_add(1).min(16);
            self.aside_until = Some(until);
        }
        if let (ErrorKind::NodeRateLimited, Some(wanted)) = (fault.kind, fault.retry_after) {
            self.limited_until = Some(now + wanted);
            self.aside_until = self.aside_until.max(self.limited_until);
        }
        self.info = None;
        self.tips = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_failures_in_a_row_and_not_with_simultaneous_ones() {
        let fault = Fault::new(ErrorKind::NodeFailure, "oops");
        let (mut state, mut now) = (State::default(), Instant::now());
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            for _ in 0..64 {
                state.failed(now, &fault);
            }
            assert_eq!(state.aside_until, Some(now + Duration::from_secs(expected)));
            now += Duration::from_secs(expected);
        }
    }

    #[test]
    fn a_node_is_left_alone_as_long_as_it_asks() {
        let wanted = Duration::from_secs(600);
        let (mut state, now) = (State::default(), Instant::now());
        state.failed(now, &Fault::new(ErrorKind::NodeFailure, "oops"));
        let limited = Fault { retry_after: Some(wanted), ..Fault::new(ErrorKind::NodeRateLimited, "429") };
        state.failed(now, &limited);
        assert_eq!((state.aside_until, state.limited_until), (Some(now + wanted), Some(now + wanted)));
    }

    fn info(healthy: bool) -> Arc<Info> {
        use iota_sdk::types::block::output::RentStructure;
        let rent = RentStructure::new(500, 10, 1);
        let parameters = ProtocolParameters::new(2, "net".into(), "tst", 100, 15, rent, 1_000_000).unwrap();
        Arc::new(Info {
            network: stardust_wallet::stardust::network(&parameters).unwrap(),
            parameters,
            healthy,
            confirmed: ConfirmedMilestone { index: 1, timestamp: None, milestone_id: None },
            pruned_to: MilestoneIndex(0),
            does_proof_of_work: false,
        })
    }

    #[test]
    fn a_node_that_failed_is_failing_until_it_did_what_was_asked_or_its_pause_is_over() {
        let node = Node::new("http://127.0.0.1:1".parse().unwrap(), NodeRole::Ledger);
        node.learned(info(true));
        assert_eq!(node.health().state, NodeState::Good);
        let fault = Fault::new(ErrorKind::NodeAnswerInvalid, "made up");
        node.failed(&fault);
        node.learned(info(true));
        assert_eq!((node.health().state, node.rank()), (NodeState::Failing, Rank::Aside), "it says that all is well");
        node.succeeded();
        assert_eq!((node.health().state, node.rank()), (NodeState::Good, Rank::Good));

        node.failed(&fault);
        node.learned(info(false));
        node.state().aside_until = Some(Instant::now());
        assert_eq!(node.health().state, NodeState::Failing, "nobody has asked since");
        node.learned(info(false));
        assert_eq!((node.health().state, node.rank()), (NodeState::Unhealthy, Rank::Unhealthy));
    }
}
