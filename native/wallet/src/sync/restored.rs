//! A wallet that came out of a backup: it is held until issuing is released, and pays nothing until its ledger was looked
//! at.
//!
//! **Held.** The addresses that the wallet before issued after its backup have to be watched before the first milestone
//! after the backup is applied, or what came to them would be passed by. **Looked at.** The ledger from the backup on
//! shows whether the wallet before has paid anything since: a transaction that spent outputs of ours and is in none of
//! our records. One of them may be a withdrawal that somebody is about to make a second time, so each is asked for while
//! nodes still have its block, before its milestone is applied, and becomes a payment on our records
//! ([`settle::adopt`]). When nobody has it any more, or nobody has shown a milestone, a person has to release payments;
//! else they are released by themselves: when the tip is reached where the key journal has all that was signed, and else when
//! nothing that was on its way then can be applied any more. A journal that lacks one of them is an old copy: it tells nothing of
//! what was on its way. **For good.** A wallet that was restored once goes on to ask for
//! such transactions, so that their keys answer them; whether they are a stranger's is said by
//! [`stranger`](super::stranger).

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use rusqlite::Transaction;

use super::{
    Core, LedgerSync, OnReleased, SyncError, ask,
    scan::{Found, ScannedMilestone},
};
use crate::{
    audit,
    events::{Incident, IncidentKind, LedgerEvent, SyncState},
    ledger::{Address, Amount, LedgerTransaction, MilestoneIndex, Network, OutputId, Position, TransactionId},
    payments::settle,
    store::{
        OutputClass, OutputRow, StoreError, address, output,
        payment::{self, PaymentInputRow},
        recovered::{self, RecoveredState},
        restore::{self, Restore, Window},
    },
};

/// What was asked for: the transaction, or none when nobody has it any more.
pub(super) type Recovered = HashMap<TransactionId, Option<LedgerTransaction>>;

/// What memory knows of it, so that a wallet that was never restored pays nothing for it.
pub(super) struct Restored {
    /// Whether it was restored at all.
    ever: bool,
    held: AtomicBool,
    unchecked: AtomicBool,
    /// The milestone from which on payments may be released by themselves; the greatest one: by none.
    again: AtomicU32,
    on_released: OnReleased,
}

impl Restored {
    pub(super) fn new(state: Option<&Restore>, on_released: OnReleased) -> Self {
        let again = state.filter(|state| !state.payments_released).and_then(|state| state.free_from);
        Self {
            ever: state.is_some(),
            held: AtomicBool::new(state.is_some_and(|state| !state.issuing_released)),
            unchecked: AtomicBool::new(state.is_some_and(|state| !state.checked)),
            again: AtomicU32::new(again.unwrap_or(MilestoneIndex(u32::MAX)).0),
            on_released,
        }
    }

    /// # Errors
    /// [`SyncError::Held`].
    pub(super) fn refuse_held(&self) -> Result<(), SyncError> {
        if self.held.load(Ordering::Acquire) { Err(SyncError::Held) } else { Ok(()) }
    }

    /// What was found may have changed when payments are released: the next tip looks.
    pub(super) fn look_again(&self, from: &Position) {
        self.again.fetch_min(from.index.0, Ordering::AcqRel);
    }

    /// Whether what was seen since the backup is looked at when this milestone turns out to be the tip. Who waits for the
    /// milestone waits for that too.
    pub(super) fn looks_at_tip(&self, cursor: MilestoneIndex) -> bool {
        self.unchecked.load(Ordering::Acquire) || cursor.0 >= self.again.load(Ordering::Acquire)
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
    pub(super) fn note_tip(&self, cursor: MilestoneIndex) -> Result<(), SyncError> {
        if !self.restored.looks_at_tip(cursor) {
            return Ok(());
        }
        let status = self.board.get();
        // a node that is behind, or says so of itself, has not shown everything
        if status.state != SyncState::Synced || status.node_healthy != Some(true) {
            return Ok(());
        }
        let checked = self.store.writer().commit(|tx| {
            settle::bind_waiting(tx)?;
            Ok::<_, SyncError>(audit::wallet::checked(tx)?)
        })?;
        self.restored.unchecked.store(false, Ordering::Release);
        self.restored.again.store(checked.again.unwrap_or(MilestoneIndex(u32::MAX)).0, Ordering::Release);
        if checked.released {
            (self.restored.on_released)();
        }
        Ok(())
    }
}

/// Asks for the transactions that spent outputs of ours in these milestones and are in none of our records, in a wallet that was
/// ever restored.
///
/// # Errors
/// [`SyncError::Node`] when nobody can say; [`SyncError::Store`].
pub(super) fn look_up(core: &Core, scanned: &[ScannedMilestone]) -> Result<Recovered, SyncError> {
    let spenders = scanned.iter().flat_map(|milestone| milestone.consumed.iter().map(|(_, by)| *by)).collect();
    look_up_all(core, spenders)
}

/// The same of these transactions.
pub(super) fn look_up_all(core: &Core, spenders: HashSet<TransactionId>) -> Result<Recovered, SyncError> {
    if !core.restored.ever || spenders.is_empty() {
        return Ok(Recovered::new());
    }
    let mut unknown: Vec<TransactionId> = core.store.readers().read(|conn| {
        let known = |id: &TransactionId| Ok::<_, StoreError>(payment::by_transaction(conn, id)?.is_some());
        spenders.into_iter().filter_map(|id| known(&id).map(|known| (!known).then_some(id)).transpose()).collect()
    })?;
    unknown.sort_unstable();
    let answers = ask::each(&unknown, &|| core.inbox.stopped(), |id, done| core.lookup.transaction(*id, done))?;
    Ok(unknown.into_iter().zip(answers).collect())
}

/// Writes down what was found of the transactions that spent outputs of ours in a milestone. Those that are not known
/// otherwise are payments from now on, which the milestone confirms.
///
/// # Errors
/// [`SyncError::Unasked`] when one of them was not asked for; [`SyncError::Store`].
pub(super) fn adopt(
    tx: &Transaction<'_>,
    at: &Position,
    created: &[Found],
    own_spends: &HashSet<TransactionId>,
    recovered: &Recovered,
) -> Result<(), SyncError> {
    if own_spends.is_empty() || restore::present(tx)?.is_none() {
        return Ok(());
    }
    let mut own_spends: Vec<_> = own_spends.iter().collect();
    own_spends.sort_unstable();
    for id in own_spends {
        if payment::by_transaction(tx, id)?.is_some() {
            continue;
        }
        restore::note_lacking(tx, at.index)?;
        match recovered.get(id) {
            None => return Err(SyncError::Unasked(*id)),
            Some(None) => recovered::insert(tx, id, at, RecoveredState::Unverifiable, None)?,
            Some(Some(found)) => {
                let mut inputs = Vec::with_capacity(found.inputs.len());
                let mut account = None;
                for id in &found.inputs {
                    if let Some((of, address, amount)) = input(tx, id, created, recovered)? {
                        account.get_or_insert(of);
                        inputs.push(PaymentInputRow { output_id: *id, address, amount });
                    }
                }
                match account {
                    Some(account) => settle::adopt(tx, at, found.clone(), account, inputs)?,
                    None => recovered::insert(tx, id, at, RecoveredState::Unverifiable, None)?,
                }
            }
        }
    }
    Ok(())
}

/// The same for all that was found when a gap was repaired; withdrawals that wait and were paid in it are bound.
///
/// # Errors
/// [`SyncError::Store`].
pub(super) fn adopt_all(tx: &Transaction<'_>, at: &Position, recovered: &Recovered) -> Result<(), SyncError> {
    adopt(tx, at, &[], &recovered.keys().copied().collect(), recovered)?;
    Ok(settle::bind_waiting(tx)?)
}

/// Whose an input is, and what it holds: one that was booked, is created by the same milestone, or by another transaction
/// that was found. None: it is not ours.
fn input(
    tx: &Transaction<'_>,
    id: &OutputId,
    created: &[Found],
    recovered: &Recovered,
) -> Result<Option<(u32, Address, Amount)>, SyncError> {
    if let Some(row) = output::by_id(tx, id)? {
        let owner = address::by_key(tx, row.key)?.ok_or_else(|| StoreError::corrupt("an output without address"))?;
        return Ok((row.class != OutputClass::Foreign).then_some((row.key.account, owner.raw, row.amount)));
    }
    if let Some(found) = created.iter().find(|found| found.output.id == *id) {
        let owner = address::by_key(tx, found.key)?.ok_or_else(|| StoreError::corrupt("an output without address"))?;
        let ours = found.class != OutputClass::Foreign;
        return Ok(ours.then_some((found.key.account, owner.raw, found.output.amount)));
    }
    let made = recovered.values().flatten().flat_map(|other| &other.outputs).find(|output| output.id == *id);
    let Some(output) = made else { return Ok(None) };
    Ok(payment::address_key(tx, &output.owner)?.map(|key| (key.account, output.owner, output.amount)))
}

/// What a milestone shows of transactions that spent outputs of ours and of which it is not known what they were made for, in a
/// wallet that was ever restored. Each is an incident; one that nobody has any more takes a person's word as long as payments
/// are frozen.
pub(super) fn unknown_own(
    tx: &Transaction<'_>,
    network: &Network,
    at: &Position,
    own_spends: &HashSet<TransactionId>,
) -> Result<Vec<LedgerEvent>, SyncError> {
    let mut incidents = Vec::new();
    if own_spends.is_empty() || restore::present(tx)?.is_none() {
        return Ok(incidents);
    }
    let mut own_spends: Vec<_> = own_spends.iter().collect();
    own_spends.sort_unstable();
    for id in own_spends {
        let state = recovered::by_transaction(tx, id)?.map(|row| row.state);
        let known = payment::by_transaction(tx, id)?.is_some();
        if known && state != Some(RecoveredState::Unmarked) {
            continue;
        }
        let mut text = format!(
            "transaction {id} in milestone {} spent outputs of this wallet, and the backup does not know it",
            at.index
        );
        if known {
            text.push_str("; what it pays is known, and not for which key");
        } else {
            restore::note_unknown(tx, &text)?;
        }
        incidents.push(LedgerEvent::Incident(Incident::new(network, IncidentKind::UnknownOwn, id, text)));
    }
    Ok(incidents)
}

/// The same for outputs that went in a gap, of which nobody knows any more what spent them; the repair tells of each. And of
/// what came and went within the gap nobody knows at all.
pub(super) fn note_gap(
    tx: &Transaction<'_>,
    before: &Position,
    after: &Position,
    unexplained: &[&OutputRow],
) -> Result<(), SyncError> {
    if let Some(row) = unexplained.first() {
        restore::note_unknown(tx, &format!("output {} was spent by nobody knows what", row.output_id))?;
    }
    let (from, to) = (before.index.next(), after.index);
    Ok(restore::note_window(tx, Window { from, to, from_time: Some(before.time), to_time: after.time })?)
}
