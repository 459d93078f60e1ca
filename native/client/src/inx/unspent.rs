//! The whole set of unspent outputs at one milestone, read once.

use std::{sync::Arc, time::Duration};

use stardust_inx::UnspentOutput;
use stardust_wallet::{
    error::ErrorKind,
    ledger::{Done, Interest, LedgerOutput, LookupError, MilestoneIndex, UnspentAnswer},
};
use tokio::time::{Instant, sleep, timeout};
use tonic::Streaming;

use super::{
    batch::decode,
    in_turn,
    source::{Inx, Standing, silent},
};
use crate::{NodeClient, client::Core, counters::Route, fault::Fault, feed::fetch::MOST_BODIES};

/// A node that is behind is asked again after this pause, until a request's time is over.
const LAG_PAUSE: Duration = Duration::from_millis(200);

impl NodeClient {
    /// Answers with all unspent outputs that name an address which `interest` watches, at `at_least` or later, from the
    /// whole set of a node with INX; none: no such node is configured. The ledger of that node stands still meanwhile.
    pub fn unspent_all(
        &self,
        interest: Arc<dyn Interest + Send + Sync>,
        at_least: MilestoneIndex,
        done: Done<Result<Option<UnspentAnswer>, LookupError>>,
    ) {
        let core = self.core().clone();
        let task = async move { unspent_all(&core, &*interest, at_least).await.map_err(LookupError::from) };
        self.start(done, |fault| Err(fault.into()), task);
    }
}

/// What of the ledger's unspent outputs is of interest, at `at_least` or later; none: no node is configured whose whole
/// set can be read. The outputs of others are dropped as they come. The ledger of the node stands still while it sends.
pub(crate) async fn unspent_all(
    core: &Arc<Core>,
    interest: &(dyn Interest + Send + Sync),
    at_least: MilestoneIndex,
) -> Result<Option<UnspentAnswer>, Fault> {
    if core.inx.is_empty() {
        return Ok(None);
    }
    let mut faults = Vec::new();
    for inx in in_turn(core) {
        match read(&inx, interest, at_least).await {
            Ok(answer) => {
                inx.source.node.succeeded();
                return Ok(Some(answer));
            }
            Err(fault) => {
                inx.failed(&fault);
                faults.push(fault);
            }
        }
    }
    Err(Fault::of_all(faults))
}

async fn read(
    inx: &Inx,
    interest: &(dyn Interest + Send + Sync),
    at_least: MilestoneIndex,
) -> Result<UnspentAnswer, Fault> {
    let before = far_enough(inx, at_least).await?;
    let mut collector = Collector {
        ledger_index: None,
        outputs: Vec::new(),
        bytes: 0,
        most: inx.core.config.max_body.saturating_mul(MOST_BODIES),
        before: &before,
        interest,
    };
    let invalid = |reason: String| inx.fault(Route::InxUnspentOutputs, Fault::invalid(reason));
    let mut stream = inx.unspent().await?;
    while let Some(output) = message(inx, &mut stream).await? {
        collector.take(&output).map_err(invalid)?;
    }
    // without any output the node does not say of which milestone that is
    let ledger_index = match collector.ledger_index {
        Some(index) => index,
        None if inx.standing().await?.ledger == before.ledger => before.ledger,
        None => return Err(invalid("has no unspent outputs, and its ledger moves on".to_owned())),
    };
    let mut outputs = collector.outputs;
    outputs.sort_unstable_by_key(|output| output.id);
    match outputs.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(invalid(format!("lists output {} twice", pair[0].id))),
        None => Ok(UnspentAnswer { ledger_index, outputs }),
    }
}

/// Waits for a node that is behind, within a request's time.
async fn far_enough(inx: &Inx, at_least: MilestoneIndex) -> Result<Standing, Fault> {
    let deadline = Instant::now() + inx.core.config.request_timeout;
    loop {
        let standing = inx.standing().await?;
        if standing.ledger >= at_least {
            return Ok(standing);
        }
        if Instant::now() >= deadline {
            let message = format!("its ledger is at {} and does not reach {at_least}", standing.ledger);
            let fault = Fault::not_offered(ErrorKind::NodeUnhealthy, message);
            return Err(inx.fault(Route::InxStatus, fault));
        }
        sleep(LAG_PAUSE).await;
    }
}

async fn message(inx: &Inx, stream: &mut Streaming<UnspentOutput>) -> Result<Option<UnspentOutput>, Fault> {
    let most = inx.core.config.request_timeout;
    match timeout(most, stream.message()).await {
        Ok(Ok(message)) => Ok(message),
        // also when the set breaks off: without the node's word on the end it is not whole
        Ok(Err(status)) => Err(inx.failure(Route::InxUnspentOutputs, &status)),
        Err(_) => Err(inx.fault(Route::InxUnspentOutputs, silent(most))),
    }
}

struct Collector<'a> {
    ledger_index: Option<MilestoneIndex>,
    outputs: Vec<LedgerOutput>,
    bytes: usize,
    most: usize,
    before: &'a Standing,
    interest: &'a (dyn Interest + Send + Sync),
}

impl Collector<'_> {
    fn take(&mut self, output: &UnspentOutput) -> Result<(), String> {
        let index = MilestoneIndex(output.ledger_index);
        let first = *self.ledger_index.get_or_insert(index);
        if first != index {
            return Err(format!("lists outputs at milestone {index} among those at {first}"));
        }
        if index < self.before.ledger {
            return Err(format!("lists outputs at milestone {index}, after having been at {}", self.before.ledger));
        }
        let output = output.output.as_ref().ok_or("an unspent output without content")?;
        let (_, decoded) = decode(output, &self.before.info.network)?;
        if !decoded.addresses().any(|address| self.interest.watches(address)) {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(decoded.raw.len());
        if self.bytes > self.most {
            return Err(format!("lists outputs of the wallet of more than {} bytes together", self.most));
        }
        self.outputs.push(decoded);
        Ok(())
    }
}
