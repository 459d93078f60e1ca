//! Putting signed payloads into blocks. Answers are hints; only the feed decides.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use stardust_wallet::{
    error::ErrorKind,
    ledger::{BlockId, Done, NodeError, Rejection, Submit, SubmitError, SubmitRequest, SubmitStage},
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

type Outcome = Result<BlockId, Rejection>;

impl Submit for NodeClient {
    fn submit(&self, request: SubmitRequest, done: Done<Result<BlockId, SubmitError>>) {
        let core = self.core().clone();
        let task = async move {
            let attempt = Arc::new(Attempt { request, made: Mutex::new(None) });
            let operation = |api: Api, info: Arc<Info>| {
                let attempt = attempt.clone();
                async move { attempt.on(&api, &info).await }
            };
            match core.on_any(core.config.retries, operation).await {
                Ok(Ok(block)) => Ok(block),
                Ok(Err(rejection)) => Err(SubmitError::Rejected(rejection)),
                Err(fault) => Err(SubmitError::Unavailable(fault.into())),
            }
        };
        self.start(done, || Err(SubmitError::Unavailable(NodeError::from(Fault::closed()))), task);
    }
}

/// One submission, over all its nodes.
struct Attempt {
    request: SubmitRequest,
    /// The block as it was made for the first node that took part.
    made: Mutex<Option<(Instant, Block)>>,
}

impl Attempt {
    async fn on(&self, api: &Api, info: &Info) -> Result<Outcome, Fault> {
        let by_node = api.core.config.proof_of_work == ProofOfWork::Node && info.network.min_pow_score > 0;
        if by_node {
            return self.let_the_node_prove(api, info).await;
        }
        let block = match self.fresh() {
            Some(block) => block,
            None => self.make(api, info).await?,
        };
        (self.request.progress)(SubmitStage::Broadcasting);
        match self.post(api, &block).await? {
            Posted::Accepted(said) if said == block.id() => Ok(Ok(said)),
            Posted::Accepted(_) => {
                Err(api.fault(Route::SubmitBlock, Fault::invalid("gives the block another id than its bytes have")))
            }
            Posted::Refused(reason) => self.refused(api, reason),
        }
    }

    /// A block without parents and nonce: the node chooses and proves, and only it knows the id.
    async fn let_the_node_prove(&self, api: &Api, info: &Info) -> Result<Outcome, Fault> {
        if !info.does_proof_of_work {
            return Err(
                api.fault(Route::SubmitBlock, Fault::not_offered(ErrorKind::NodeFailure, "does no proof of work"))
            );
        }
        let block = self.block(info, Vec::new())?;
        (self.request.progress)(SubmitStage::ProofOfWork);
        match self.post(api, &block).await? {
            Posted::Accepted(id) => Ok(Ok(id)),
            Posted::Refused(reason) => self.refused(api, reason),
        }
    }

    async fn post(&self, api: &Api, block: &Block) -> Result<Posted, Fault> {
        api.post_block(block.bytes().to_vec()).await
    }

    /// Only words about the payload reject it. Parents, nonce and version are this side's doing, and a mistake
    /// with them says nothing about the payment.
    fn refused(&self, api: &Api, reason: String) -> Result<Outcome, Fault> {
        let of_the_block = ["no parents", "parents", "nonce", "PoW", "protocolVersion"];
        if of_the_block.iter().any(|word| reason.contains(word)) {
            *self.made.lock().expect("nothing panics while it is held") = None;
            let fault = Fault::new(ErrorKind::NodeFailure, format!("refused the block: {reason}"));
            return Err(api.fault(Route::SubmitBlock, fault));
        }
        Ok(Err(Rejection { reason }))
    }

    async fn make(&self, api: &Api, info: &Info) -> Result<Block, Fault> {
        let score = info.network.min_pow_score;
        if score > 0 {
            (self.request.progress)(SubmitStage::ProofOfWork);
        }
        loop {
            let block = self.block(info, api.tips().await?)?;
            let block = if score == 0 {
                block
            } else {
                match api.core.miner.prove(block.to_prove().to_vec(), score, TIPS_FRESH_FOR).await? {
                    Proof::Nonce(nonce) => block.with_nonce(nonce),
                    Proof::OutOfTime => continue,
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
