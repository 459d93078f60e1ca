//! The streams: what milestones do to the ledger, and the whole set of unspent outputs.

use std::{sync::Arc, time::Duration};

use stardust_inx::{
    LedgerUpdate, UnspentOutput,
    ledger_update::{Op, marker::MarkerType},
};
use tokio::sync::mpsc::Sender;
use tonic::Status;

use super::messages;
use crate::{
    http::Context,
    node::{Node, State},
};

/// How often a stream looks whether its node is still there.
const GONE_PAUSE: Duration = Duration::from_millis(20);

/// Refuses a start whose changes are pruned.
pub(super) fn check_start(state: &State, start: u32) -> Result<(), Status> {
    let pruned = state.ledger.pruned();
    if start == 0 || start > state.ledger.index() || start > pruned {
        return Ok(());
    }
    let message = format!("given startMilestoneIndex {start} is older than the current pruningIndex {pruned}");
    Err(Status::invalid_argument(message))
}

/// Sends the milestones from `start` (0: from the next one) to `end` (0: without end), as they come.
pub(super) async fn send_updates(context: Context, start: u32, end: u32, sender: Sender<Result<LedgerUpdate, Status>>) {
    let node = context.node();
    let mut confirmed = node.confirmed();
    let mut next = start;
    loop {
        let index = *confirmed.borrow_and_update();
        if next == 0 {
            next = index.saturating_add(1);
        }
        while next <= index {
            for update in updates(&node, next) {
                if sender.send(update).await.is_err() {
                    return;
                }
            }
            if next == end {
                return;
            }
            next = next.saturating_add(1);
        }
        tokio::select! {
            changed = confirmed.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
            () = gone(&context, &node) => {
                // whoever listens sees the end of the connection, or of the stream
                sender.send(Err(Status::unavailable("the node is gone"))).await.ok();
                return;
            }
        }
    }
}

/// Until the node's server is closed, or stands before another node.
async fn gone(context: &Context, node: &Arc<Node>) {
    while context.is_open() && Arc::ptr_eq(&context.node(), node) {
        tokio::time::sleep(GONE_PAUSE).await;
    }
}

/// Begin, consumed outputs, created outputs, end.
fn updates(node: &Node, index: u32) -> Vec<Result<LedgerUpdate, Status>> {
    let state = node.read();
    let Some(diff) = state.ledger.diff(index) else {
        return vec![Err(Status::not_found(format!("ledger update for milestoneIndex {index} not found")))];
    };
    let mark = |kind| messages::marker(kind, index, diff.consumed.len(), diff.created.len());
    let update = |op| Ok(LedgerUpdate { op: Some(op) });
    let missing = || Err(Status::internal("an output of a milestone is missing"));
    let mut updates = Vec::with_capacity(diff.consumed.len() + diff.created.len() + 2);
    updates.push(Ok(mark(MarkerType::Begin)));
    updates.extend(diff.consumed.iter().map(|id| {
        let record = state.ledger.get(id).and_then(|record| Some((record, record.spent.as_ref()?)));
        record.map_or_else(missing, |(record, spent)| update(Op::Consumed(messages::spent(id, record, spent))))
    }));
    updates.extend(diff.created.iter().map(|id| {
        state.ledger.get(id).map_or_else(missing, |record| update(Op::Created(messages::output(id, record))))
    }));
    updates.push(Ok(mark(MarkerType::End)));
    updates
}

/// Sends all unspent outputs of one milestone.
pub(super) async fn send_unspent(node: Arc<Node>, sender: Sender<Result<UnspentOutput, Status>>) {
    let (ledger_index, outputs) = {
        let state = node.read();
        let outputs: Vec<_> = state.ledger.all_unspent().map(|(id, record)| (*id, record.clone())).collect();
        (state.ledger.index(), outputs)
    };
    for (id, record) in outputs {
        let output = UnspentOutput { ledger_index, output: Some(messages::output(&id, &record)) };
        if sender.send(Ok(output)).await.is_err() {
            return;
        }
    }
}
