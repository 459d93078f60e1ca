//! A wallet that came out of a backup: it is held until issuing is released, and pays nothing until its ledger was looked
//! at.
//!
//! **Held.** The addresses that the wallet before issued after its backup have to be watched before the first milestone
//! after the backup is applied, or what came to them would be passed by. **Looked at.** The ledger from the backup on
//! shows whether the wallet before has paid anything since: a transaction that spent outputs of ours and is in none of
//! our records. One of them may be a withdrawal that somebody is about to make a second time, and one may have taken an
//! input of a payment that the backup has as open; so a person has to release payments then. Without any they are
//! released by themselves when the tip is reached.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicBool, Ordering},
};

use rusqlite::Transaction;

use super::{Core, LedgerSync, OnReleased, SyncError};
use crate::{
    audit,
    events::{Incident, IncidentKind, LedgerEvent, SyncState},
    ledger::{Network, Position, TransactionId},
    store::{
        OutputRow, payment,
        restore::{self, Restore},
    },
};

/// What memory knows of it, so that a wallet that was never restored pays nothing for it.
pub(super) struct Restored {
    held: AtomicBool,
    unchecked: AtomicBool,
    on_released: OnReleased,
}

impl Restored {
    pub(super) fn new(state: Option<&Restore>, on_released: OnReleased) -> Self {
        Self {
            held: AtomicBool::new(state.is_some_and(|state| !state.issuing_released)),
            unchecked: AtomicBool::new(state.is_some_and(|state| !state.checked)),
            on_released,
        }
    }

    /// # Errors
    /// [`SyncError::Held`].
    pub(super) fn refuse_held(&self) -> Result<(), SyncError> {
        if self.held.load(Ordering::Acquire) { Err(SyncError::Held) } else { Ok(()) }
    }

    /// Whether the ledger has yet to be followed to its tip.
    pub(super) fn unchecked(&self) -> bool {
        self.unchecked.load(Ordering::Acquire)
    }
}

impl LedgerSync {
    /// Follows the ledger from now on; called when issuing was released after a restore.
    pub fn release(&self) {
        self.core.restored.held.store(false, Ordering::Release);
        self.core.inbox.news();
    }
}

impl Core {
    /// Notes that a node has nothing beyond the cursor: all that happened since the backup was seen.
    ///
    /// # Errors
    /// [`SyncError::Store`].
    pub(super) fn note_tip(&self) -> Result<(), SyncError> {
        if !self.restored.unchecked.load(Ordering::Acquire) {
            return Ok(());
        }
        let status = self.board.get();
        // a node that is behind, or says so of itself, has not shown everything
        if status.state != SyncState::Synced || status.node_healthy != Some(true) {
            return Ok(());
        }
        let released = self.store.writer().commit(audit::wallet::checked)?;
        self.restored.unchecked.store(false, Ordering::Release);
        if released {
            (self.restored.on_released)();
        }
        Ok(())
    }
}

/// What a milestone shows of transactions that spent outputs of ours and are in none of our records, as long as payments
/// are frozen by a restore. Each is an incident.
pub(super) fn unknown_own(
    tx: &Transaction<'_>,
    network: &Network,
    at: &Position,
    own_spends: &HashSet<TransactionId>,
) -> Result<Vec<LedgerEvent>, SyncError> {
    let mut incidents = Vec::new();
    if own_spends.is_empty() || restore::payments_frozen(tx)?.is_none() {
        return Ok(incidents);
    }
    let mut own_spends: Vec<_> = own_spends.iter().collect();
    own_spends.sort_unstable();
    for id in own_spends {
        if payment::by_transaction(tx, id)?.is_some() {
            continue;
        }
        let text = format!(
            "transaction {id} in milestone {} spent outputs of this wallet, and the backup does not know it",
            at.index
        );
        if restore::note_unknown(tx, &text)? {
            incidents.push(LedgerEvent::Incident(Incident::new(network, IncidentKind::UnknownOwn, id, text)));
        }
    }
    Ok(incidents)
}

/// The same for outputs that went in a gap, of which nobody knows any more what spent them; the repair tells of each.
pub(super) fn note_gap(tx: &Transaction<'_>, unexplained: &[&OutputRow]) -> Result<(), SyncError> {
    if let Some(row) = unexplained.first() {
        restore::note_unknown(tx, &format!("output {} was spent by nobody knows what", row.output_id))?;
    }
    Ok(())
}
