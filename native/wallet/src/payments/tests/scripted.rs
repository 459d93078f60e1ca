//! A node and a clock that do what the test says.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    clock::Clock,
    error::ErrorKind,
    ledger::{
        Address, BlockId, BlockState, Done, Interest, Lookup, LookupError, MilestoneIndex, NodeError, OutputAnswer,
        OutputId, Rejection, Submit, SubmitError, SubmitRequest, SubmitStage, Submitted, TransactionId, UnspentAnswer,
    },
};

type OnArrival = Box<dyn Fn(&[u8]) + Send>;
type Answer = Result<Submitted, SubmitError>;
type Held = (Vec<u8>, Done<Answer>, Answer);

/// A node that does what the test says.
#[derive(Default)]
pub(super) struct Node {
    pub(super) script: Mutex<Script>,
    /// Every payload that arrived, in order.
    pub(super) arrived: Mutex<Vec<Vec<u8>>>,
    /// Blocks that were asked about.
    pub(super) asked: Mutex<Vec<BlockId>>,
    /// What was taken, with its block.
    pub(super) taken: Mutex<Vec<(Vec<u8>, BlockId)>>,
    /// Answers that are held back, each with the payload.
    held: Mutex<Vec<Held>>,
    /// By which block the ledger applied a transaction.
    pub(super) included: Mutex<HashMap<TransactionId, BlockId>>,
    /// Transactions whose block was asked for.
    pub(super) sought: Mutex<Vec<TransactionId>>,
    /// Runs when a payload arrives.
    pub(super) on_arrival: Mutex<Option<OnArrival>>,
}

/// What the node does with submissions and questions.
#[derive(Clone, Default)]
pub(super) struct Script {
    pub(super) refuse: Option<String>,
    pub(super) unavailable: bool,
    /// It takes blocks and says so only when it is let.
    pub(super) hold: bool,
    /// Other nodes may have taken blocks too.
    pub(super) accompanied: bool,
    pub(super) states: HashMap<BlockId, BlockState>,
    pub(super) default_state: Option<BlockState>,
}

pub(super) fn block(number: usize) -> BlockId {
    BlockId::from_slice(&u64::try_from(number).unwrap().to_be_bytes()).unwrap()
}

impl Node {
    pub(super) fn set(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// Gives the answers that were held back.
    pub(super) fn let_go(&self) {
        let held = std::mem::take(&mut *self.held.lock().unwrap());
        held.into_iter().for_each(|(_, done, answer)| done(answer));
    }

    /// Whether it took this payload and has not said so yet.
    pub(super) fn holds(&self, payload: &[u8]) -> bool {
        self.held.lock().unwrap().iter().any(|(held, ..)| held == payload)
    }

    pub(super) fn arrived(&self) -> Vec<Vec<u8>> {
        self.arrived.lock().unwrap().clone()
    }
}

fn unreachable_node() -> NodeError {
    NodeError { kind: ErrorKind::NodeUnreachable, message: "nobody there".to_owned() }
}

impl Submit for Node {
    fn submit(&self, request: SubmitRequest, done: Done<Answer>) {
        (request.progress)(SubmitStage::ProofOfWork);
        let script = self.script.lock().unwrap().clone();
        if script.unavailable {
            return done(Err(unreachable_node().into()));
        }
        (request.progress)(SubmitStage::Broadcasting);
        if let Some(on_arrival) = &*self.on_arrival.lock().unwrap() {
            on_arrival(&request.payload);
        }
        let mut arrived = self.arrived.lock().unwrap();
        arrived.push(request.payload.to_vec());
        let block = block(arrived.len());
        drop(arrived);
        if let Some(reason) = script.refuse {
            return done(Err(SubmitError::Rejected(Rejection { reason })));
        }
        self.taken.lock().unwrap().push((request.payload.to_vec(), block));
        let answer = Ok(Submitted { block, alone: !script.accompanied });
        if script.hold {
            self.held.lock().unwrap().push((request.payload.to_vec(), done, answer));
        } else {
            done(answer);
        }
    }
}

impl Lookup for Node {
    fn block_state(&self, block: BlockId, done: Done<Result<BlockState, LookupError>>) {
        self.asked.lock().unwrap().push(block);
        let script = self.script.lock().unwrap().clone();
        if script.unavailable {
            return done(Err(unreachable_node()));
        }
        let state = script.states.get(&block).cloned().or(script.default_state);
        done(Ok(state.unwrap_or(BlockState::Pending { should_reattach: false })));
    }

    fn included_block(&self, id: TransactionId, done: Done<Result<Option<BlockId>, LookupError>>) {
        // looked up first: a test that sees the question may go on to change the answer
        let block = self.included.lock().unwrap().get(&id).copied();
        self.sought.lock().unwrap().push(id);
        done(Ok(block));
    }

    fn unspent(&self, _: Vec<Address>, _: MilestoneIndex, _: Done<Result<UnspentAnswer, LookupError>>) {
        unreachable!("payments never ask for outputs")
    }

    fn unspent_all(
        &self,
        _: Arc<dyn Interest + Send + Sync>,
        _: MilestoneIndex,
        _: Done<Result<Option<UnspentAnswer>, LookupError>>,
    ) {
        unreachable!("payments never ask for outputs")
    }

    fn output_state(&self, _: OutputId, _: MilestoneIndex, _: Done<Result<OutputAnswer, LookupError>>) {
        unreachable!("payments never ask for outputs")
    }
}

/// A clock that stands still until it is moved.
#[derive(Default)]
pub(super) struct TestClock(pub(super) AtomicU64);

impl Clock for TestClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
