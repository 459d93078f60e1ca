//! The requests to nodes; each answer goes into the inbox.

use std::sync::Arc;

use super::{Tracked, inbox::Inbox};
use crate::{
    events::ProgressStage,
    ledger::{BlockId, SubmitError, SubmitRequest, SubmitStage, Submitted, TransactionId},
    payments::{PaymentPorts, state::Fact},
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
    let mut alone = true;
    ports.submit.submit(
        request,
        Box::new(move |answer: Result<Submitted, SubmitError>| {
            let fact = match answer {
                Ok(submitted) => {
                    alone = submitted.alone;
                    Fact::Attached(submitted.block)
                }
                Err(SubmitError::Unavailable(error)) => {
                    tracing::debug!(payment = %transaction_id, %error, "a payment could not be submitted");
                    Fact::Unavailable
                }
                Err(SubmitError::Rejected(rejection)) => {
                    tracing::warn!(payment = %transaction_id, reason = rejection.reason, "a node refused a payment");
                    Fact::Refused { reason: rejection.reason }
                }
            };
            inbox.put(|mail| {
                mail.answers.push((row, fact));
                mail.doubtful.extend((!alone).then_some(row));
            });
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

/// Asks by which block a milestone applied a payment.
pub(super) fn seek(ports: &PaymentPorts, inbox: &Arc<Inbox>, row: i64, transaction: TransactionId) {
    let inbox = Arc::clone(inbox);
    ports.lookup.included_block(
        transaction,
        Box::new(move |answer| {
            if let Err(error) = &answer {
                tracing::debug!(payment = %transaction, %error, "no node could be asked for the block of a payment");
            }
            inbox.put(|mail| mail.found.push((row, answer)));
        }),
    );
}
