//! Another signer with our keys, seen by what it spends.
//!
//! **Only our keys can spend a plain output.** So a transaction that spent one and is none of this wallet's shows that somebody
//! else has them: an incident, and payments halt, whether a payment of ours dies by it or not. What is under conditions is no
//! evidence: others may be able to spend it.
//!
//! **Not of a stranger** is what an earlier life of this seed may have sent and what was on its way when this one began: the
//! wallet before a [restore](super::restored), and the software before that used a seed which is not new.

use std::collections::BTreeMap;

use rusqlite::Transaction;

use super::SyncError;
use crate::{
    events::{Incident, IncidentKind, LedgerEvent},
    ledger::{Network, Position, TransactionId},
    payments::settle,
    store::{
        OutputClass, OutputRow, Past, account, address, meta, payment,
        recovered::{self, RecoveredState},
        recovery, restore,
    },
};

/// Halts payments when outputs of ours that were spent at a milestone show another signer, and answers an incident for each
/// transaction that does. Called after payments are settled, in the milestone's own transaction.
///
/// # Errors
/// [`SyncError`]; the transaction must not be committed then.
pub(super) fn denounce(
    tx: &Transaction<'_>,
    network: &Network,
    at: &Position,
    spent: &[OutputRow],
) -> Result<Vec<LedgerEvent>, SyncError> {
    let mut by_transaction: BTreeMap<TransactionId, &OutputRow> = BTreeMap::new();
    for row in spent.iter().filter(|row| row.class == OutputClass::Plain) {
        if let Some(by) = row.spent_by {
            by_transaction.entry(by).or_insert(row);
        }
    }
    let mut incidents = Vec::new();
    for (by, row) in by_transaction {
        if is_explained(tx, at, row, &by)? {
            continue;
        }
        let text = format!(
            "output {} was spent by transaction {by} in milestone {}, which this wallet did not sign",
            row.output_id, at.index
        );
        settle::denounce(tx, &text)?;
        let incident = Incident::new(network, IncidentKind::ForeignSigner, by, text);
        let (account, output_id) = (Some(row.key.account), Some(row.output_id));
        incidents.push(LedgerEvent::Incident(Incident { account, output_id, ..incident }));
    }
    Ok(incidents)
}

/// Whether a transaction that spent a plain output of ours is this wallet's, or may be of an earlier life of its seed.
fn is_explained(tx: &Transaction<'_>, at: &Position, row: &OutputRow, by: &TransactionId) -> Result<bool, SyncError> {
    // a repaired gap tells of it later than it was
    let spent_at = row.spent_index.unwrap_or(at.index);
    let found = recovered::by_transaction(tx, by)?;
    if found.is_none() && payment::by_transaction(tx, by)?.is_some() {
        return Ok(true);
    }
    if let Some(restore) = restore::present(tx)?.filter(|restore| restore.may_be_own(spent_at)) {
        // of what nobody has the bytes of it is not known whether it is ours; while payments are frozen a person is asked
        let known = found.is_some_and(|found| found.state != RecoveredState::Unverifiable);
        return Ok(known || !restore.payments_released);
    }
    if account::is_undiscovered(tx, row.key.account)? || address::is_unchecked(tx, row.key)? {
        return Ok(true);
    }
    let Some(cursor) = meta::cursor(tx)? else { return Ok(false) };
    let had_a_life = !meta::seed_is_new(tx)? || recovery::present(tx)?.is_some();
    // an address that came from elsewhere, with a past, is followed since then
    let watched_from = address::by_key(tx, row.key)?
        .filter(|address| address.past == Past::Checked)
        .and_then(|address| address.watched_from);
    let since = watched_from.map_or(cursor.since, |from| from.max(cursor.since));
    Ok(had_a_life && spent_at <= meta::out_of_flight(tx, since)?)
}
