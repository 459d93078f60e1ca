//! What is learnt of a payment, as it is stored.

use rusqlite::Transaction;

use crate::{
    audit,
    events::LedgerEvent,
    payments::{
        PaymentError, PaymentState,
        inclusion::{self, Inclusion},
        state::Record,
    },
    store::payment::{self, AttachmentRow},
};

/// Stores it, and answers the events that tell of it. Of a payment that has ended only the block is news.
pub(in crate::payments) fn write(
    tx: &Transaction<'_>,
    row: i64,
    record: &Record,
    now_ms: u64,
) -> Result<Vec<LedgerEvent>, PaymentError> {
    let Some(before) = payment::by_row(tx, row)? else { return Ok(Vec::new()) };
    let event = match record {
        Record::Attachment(block) => {
            payment::attach(tx, row, &AttachmentRow { block_id: *block, attached_ms: now_ms })?;
            audit::payments::submitted(tx, &before, *block)?;
            let moved = payment::set_open_state(tx, row, PaymentState::Submitted, None)?;
            (moved && before.state == PaymentState::Rejected).then_some(Inclusion::Pending)
        }
        Record::Rejection { reason } => {
            payment::set_open_state(tx, row, PaymentState::Rejected, Some(reason))?;
            let new = matches!(before.state, PaymentState::Signed | PaymentState::Submitted);
            if new {
                audit::payments::rejected(tx, &before, reason)?;
            }
            new.then(|| Inclusion::Rejected { reason: reason.clone() })
        }
    };
    event.map_or(Ok(Vec::new()), |event| inclusion::events(tx, &before, event))
}
