//! From the database's rows to the journal's records.

use rusqlite::Connection;

use super::{
    format::Identity,
    record::{Bytes, Paid, Record, Signed},
};
use crate::{
    ledger::MilestoneIndex,
    store::{
        MetaKey, StoreError, meta,
        payment::{self, PaymentOutputRow, PaymentRow},
        restore::{self, Restore},
        withdrawal::{self, WithdrawalRow, WithdrawalStage},
    },
};

/// Rows of one look.
pub(super) const WINDOW: u32 = 256;

/// Whose journal this wallet's is; none: it has no network or no seed yet, and so no payment.
pub(super) fn identity(conn: &Connection) -> Result<Option<Identity>, StoreError> {
    let (network, seed) = (meta::network(conn)?, meta::get(conn, MetaKey::SeedAddress)?);
    Ok(network.zip(seed).map(|(network, seed)| Identity::new(network.id, &seed)))
}

/// The record of a payment.
pub(super) fn signed(conn: &Connection, row: &PaymentRow) -> Result<Record, StoreError> {
    let outputs = payment::outputs(conn, row.row)?;
    let withdrawals = withdrawal::of_payment(conn, row.row)?.into_iter().map(|one| paid(one, &outputs)).collect();
    let (contests, cancels) = match row.contests {
        None => (None, Vec::new()),
        Some(contested) => {
            let cancelled = withdrawal::of_payment(conn, contested)?.into_iter().filter(|one| one.cancel);
            let keys = cancelled.map(|one| one.key).collect();
            (payment::by_row(conn, contested)?.map(|row| row.transaction_id), keys)
        }
    };
    Ok(Record::Signed(Box::new(Signed {
        transaction: row.transaction_id,
        account: row.account,
        created_ms: row.created_ms,
        key: row.key.clone(),
        digest: Bytes(row.digest.to_vec()),
        payload: Bytes(payment::payload(conn, row.row)?),
        remainder: row.remainder,
        tagged_data: row.tagged_data.clone().map(|carried| (Bytes(carried.tag), Bytes(carried.data))),
        note: row.note.clone(),
        contests,
        inputs: payment::inputs(conn, row.row)?.into_iter().map(Into::into).collect(),
        outputs: outputs.into_iter().map(Into::into).collect(),
        withdrawals,
        cancels,
    })))
}

/// The record that a withdrawal is cancelled or refused.
pub(super) fn ended(row: WithdrawalRow) -> Record {
    let refused = (row.stage == WithdrawalStage::Refused).then(|| row.reason.clone().unwrap_or_default());
    Record::Ended(Paid { refused, ..paid(row, &[]) })
}

/// The milestone up to which a journal that has all that the database has shows all that was paid; none: in a wallet that was
/// restored nobody knows all of it.
pub(super) fn covered(conn: &Connection) -> Result<Option<MilestoneIndex>, StoreError> {
    let at = meta::cursor(conn)?.map(|cursor| cursor.position.index);
    let whole = |state: Restore| state.windows.is_empty() && state.unknown_own.is_none() && state.is_settled(at);
    Ok(if restore::present(conn)?.is_none_or(whole) { at } else { None })
}

/// Whether the journal with which the wallet was restored is an old copy, so that what the wallet before had sent may still come
/// and is not in it.
pub(super) fn is_old_copy(conn: &Connection) -> Result<bool, StoreError> {
    let at = meta::cursor(conn)?.map(|cursor| cursor.position.index);
    Ok(restore::present(conn)?.is_some_and(|state| state.journal_lacks && !state.is_settled(at)))
}

fn paid(row: WithdrawalRow, outputs: &[PaymentOutputRow]) -> Paid {
    let output = row.assignment.map(|assignment| assignment.output_id);
    let position = outputs.iter().position(|one| Some(one.output_id) == output).unwrap_or(0);
    Paid {
        key: row.key,
        digest: Bytes(row.digest.to_vec()),
        account: row.account,
        address: row.address,
        amount: row.amount,
        created_ms: row.created_ms,
        micro_expiration: row.micro_expiration,
        position: u32::try_from(position).unwrap_or(0),
        refused: None,
    }
}

/// Calls `each` for the record of every payment and of every withdrawal that is never paid, in the order of signing.
pub(super) fn everything<E: From<StoreError>>(
    conn: &Connection,
    mut each: impl FnMut(Record) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = 0;
    loop {
        let rows = payment::page(conn, None, after, WINDOW)?;
        let Some(last) = rows.last() else { break };
        after = last.row;
        for row in &rows {
            each(signed(conn, row)?)?;
        }
    }
    after = 0;
    loop {
        let rows = withdrawal::ended(conn, after, WINDOW)?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row;
        for row in rows {
            each(ended(row))?;
        }
    }
}
