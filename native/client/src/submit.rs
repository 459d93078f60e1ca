//! Putting signed payloads into blocks. Answers are hints; only the feed decides.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{BlockId, Done, NodeError, Rejection, Submit, SubmitError, SubmitRequest, SubmitStage, Submitted},
};

use crate::{
    NodeClient,
    api::{Api, Posted},
    block::Block,
    config::ProofOfWork,
    counters::Route,
    fault::Fault,
    node::Info,
    pow::Proof,
};

/// Tips are this fresh when a proof of work ends; a longer proof is begun again on newer tips, which costs
/// nothing, because a proof has no memory.
const TIPS_FRESH_FOR: Duration = Duration::from_secs(5);
/// A block whose sending failed is sent to other nodes this long, before a new one is made.
const BLOCK_FRESH_FOR: Duration = Duration::from_secs(10);

/// Words about what this side puts around the payload: version, parents and nonce (Hornet's, of checking and
/// attaching a block). Parents that one node knows may be "not solid" at another.
const OF_THE_BLOCK: [&str; 7] =
    ["parent", "nonce", "PoW", "protocolVersion", "protocol version", "not solid", "below max depth"];

impl Submit for NodeClient {
    fn submit(&self, request: SubmitRequest, done: Done<Result<Submitted, SubmitError>>) {
        let core = self.core().clone();
        let task = async move {
            let attempt = Arc::new(Attempt::of(request));
            let operation = |api: Api, info: Arc<Info>| {
                let attempt = attempt.clone();
                async move { attempt.on(&api, &info).await }
            };
            let answer = core.on_any(core.config.retries, operation).await;
            match answer {
                Ok(block) => Ok(Submitted { block, alone: attempt.is_alone(block) }),
                Err(fault) => Err(match attempt.rejection() {
                    Some(rejection) => SubmitError::Rejected(rejection),
                    None => SubmitError::Unavailable(fault.into()),
                }),
            }
        };
        self.start(done, |fault| Err(SubmitError::Unavailable(NodeError::from(fault))), task);
    }
}

/// One submission, over all its nodes.
struct Attempt {
    request: SubmitRequest,
    /// The block as it was made for the first node that took part.
    made: Mutex<Option<(Instant, Block)>>,
    /// The first node's no to the payload. It counts when no other node takes it: one node may be wrong.
    refused: Mutex<Option<Rejection>>,
    /// Blocks of which nobody knows whether they went out, as no node said anything sensible of them. None: not even the id is known.
    lost: Mutex<Vec<Option<BlockId>>>,
}

impl Attempt {
    fn of(request: SubmitRequest) -> Self {
        Self { request, made: Mutex::default(), refused: Mutex::default(), lost: Mutex::default() }
    }

    /// Whether no other block than this one can have gone out.
    fn is_alone(&self, block: BlockId) -> bool {
        self.lost.lock().expect("nothing panics while it is held").iter().all(|lost| *lost == Some(block))
    }

    fn lose(&self, block: Option<BlockId>) {
        self.lost.lock().expect("nothing panics while it is held").push(block);
    }

    async fn on(&self, api: &Api, info: &Info) -> Result<BlockId, Fault> {
        let by_node = api.core.config.proof_of_work == ProofOfWork::Node && info.network.min_pow_score > 0;
        if by_node {
            return self.let_the_node_prove(api, info).await;
        }
        if let Some(block) = self.fresh() {
            match self.post(api, &block).await? {
                // made for another node, whose tips this one need not know
                Posted::Refused(reason) if is_of_the_block(&reason) => {}
                posted => return self.read(api, Some(&block), posted),
            }
        }
        let block = self.make(api, info).await?;
        let posted = self.post(api, &block).await?;
        self.read(api, Some(&block), posted)
    }

    /// A block without parents and nonce: the node chooses and proves, and only it knows the id.
    async fn let_the_node_prove(&self, api: &Api, info: &Info) -> Result<BlockId, Fault> {
        if !info.does_proof_of_work {
            return Err(
                api.fault(Route::SubmitBlock, Fault::not_offered(ErrorKind::NodeFailure, "does no proof of work"))
            );
        }
        let block = self.block(info, Vec::new())?;
        (self.request.progress)(SubmitStage::ProofOfWork);
        let posted = api.post_block(block.bytes().to_vec()).await.inspect_err(|_| self.lose(None))?;
        self.read(api, None, posted)
    }

    async fn post(&self, api: &Api, block: &Block) -> Result<Posted, Fault> {
        (self.request.progress)(SubmitStage::Broadcasting);
        api.post_block(block.bytes().to_vec()).await.inspect_err(|_| self.lose(Some(block.id())))
    }

    /// What a node's answer means. Where the block is `ours` to the last byte, its id is known here. Only words
    /// about the payload reject it: a mistake with the block around it says nothing about the payment.
    fn read(&self, api: &Api, ours: Option<&Block>, posted: Posted) -> Result<BlockId, Fault> {
        let fault = match posted {
            Posted::Accepted(said) if ours.is_none_or(|block| block.id() == said) => return Ok(said),
            Posted::Accepted(_) => {
                self.lose(ours.map(Block::id));
                Fault::invalid("gives the block another id than its bytes have")
            }
            Posted::Refused(reason) if is_of_the_block(&reason) => {
                *self.made.lock().expect("nothing panics while it is held") = None;
                api.node.forget_tips();
                Fault::new(ErrorKind::NodeFailure, format!("refused the block: {reason}"))
            }
            Posted::Refused(reason) => {
                let fault = Fault::not_offered(ErrorKind::TransactionRejected, format!("refused: {reason}"));
                self.refused.lock().expect("nothing panics while it is held").get_or_insert(Rejection { reason });
                fault
            }
        };
        Err(api.fault(Route::SubmitBlock, fault))
    }

    fn rejection(&self) -> Option<Rejection> {
        self.refused.lock().expect("nothing panics while it is held").clone()
    }

    async fn make(&self, api: &Api, info: &Info) -> Result<Block, Fault> {
        let score = info.network.min_pow_score;
        if score > 0 {
            (self.request.progress)(SubmitStage::ProofOfWork);
        }
        let mut left = api.core.config.proof_timeout;
        loop {
            let block = self.block(info, api.tips().await?)?;
            let block = if score == 0 {
                block
            } else {
                let time = TIPS_FRESH_FOR.min(left);
                match api.core.miner.prove(block.to_prove().to_vec(), score, time).await? {
                    Proof::Nonce(nonce) => block.with_nonce(nonce),
                    Proof::OutOfTime if left > time => {
                        left -= time;
                        continue;
                    }
                    Proof::OutOfTime => return Err(api.fault(Route::SubmitBlock, too_much_work(score))),
                }
            };
            *self.made.lock().expect("nothing panics while it is held") = Some((Instant::now(), block.clone()));
            return Ok(block);
        }
    }

    fn fresh(&self) -> Option<Block> {
        let made = self.made.lock().expect("nothing panics while it is held");
        made.as_ref().filter(|(at, _)| at.elapsed() < BLOCK_FRESH_FOR).map(|(_, block)| block.clone())
    }

    fn block(&self, info: &Info, parents: Vec<[u8; 32]>) -> Result<Block, Fault> {
        let block = Block::new(info.network.protocol_version, parents, &self.request.payload);
        block.ok_or_else(|| Fault::new(ErrorKind::Internal, "a payload that fits no block"))
    }
}

/// An immediate repetition would find no more.
fn too_much_work(score: u32) -> Fault {
    let message = format!("asks for a proof of work of {score}, which was not found in time");
    Fault { timed_out: true, ..Fault::new(ErrorKind::NodeFailure, message) }
}

fn is_of_the_block(reason: &str) -> bool {
    OF_THE_BLOCK.iter().any(|words| reason.contains(words))
}
