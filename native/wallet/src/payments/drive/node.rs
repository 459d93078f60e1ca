//! Requests to nodes; their answers arrive in the inbox.

use std::sync::Arc;

use super::{
    super::{PaymentPorts, state::Fact},
    Tracked,
    inbox::Inbox,
};
use crate::{
    events::ProgressStage,
    ledger::{BlockId, SubmitError, SubmitRequest, SubmitStage},
};

pub(super) fn submit(ports: &PaymentPorts, inbox: &Arc<Inbox>, row: i64, tracked: &Tracked) {
    let (teller, payer, transaction_id) = (ports.clone(), tracked.payer.clone(), tracked.transaction_id);
    let progress = move |stage| {
        let stage = match stage {
            SubmitStage::ProofOfWork => ProgressStage::ProofOfWork,
            SubmitStage::Broadcasting => ProgressStage::Broadcasting,
        };
        teller.tell(&payer, Some(transaction_id), stage);
    };
    let request = SubmitRequest { payload: Arc::clone(&tracked.payload), progress: Arc::new(progress) };
    let inbox = Arc::clone(inbox);
    ports.submit.submit(
        request,
        Box::new(move |answer: Result<BlockId, SubmitError>| {
            let fact = match answer {
                Ok(block) => Fact::Attached(block),
                Err(SubmitError::Unavailable(error)) => {
                    tracing::debug!(payment = %transaction_id, %error, "a payment could not be submitted");
                    Fact::Unavailable
                }
                Err(SubmitError::Rejected(rejection)) => {
                    tracing::warn!(payment = %transaction_id, reason = rejection.reason, "a node refused a payment");
                    Fact::Refused { reason: rejection.reason }
                }
            };
            inbox.put(|mail| mail.answers.push((row, fact)));
        }),
    );
}

pub(super) fn ask(ports: &PaymentPorts, inbox: &Arc<Inbox>, row: i64, block: BlockId) {
    let inbox = Arc::clone(inbox);
    ports.lookup.block_state(
        block,
        Box::new(move |answer| {
            let fact = answer.map_or_else(|_| Fact::NoAnswer, Fact::Block);
            inbox.put(|mail| mail.answers.push((row, fact)));
        }),
    );
}
