//! Payments that the wallet's keys made and its records do not know, as after the restore of a backup: found on the ledger,
//! written down, and bound to the keys that they were made for when these are asked for again.
//!
//! **Nothing is paid twice.** What a transaction was made for it says itself ([`marker`](super::marker)): a request with such
//! a key answers that payment. One that does not say it may be what an equal request asks for, so that is refused
//! ([`PaymentError::PossiblyPaid`]) until a person has decided. How keys are bound is in [`bind`](super::bind).

use rusqlite::{Connection, Transaction};

use super::{
    CONTEST_TAG, Payment, PaymentError, PaymentState, Payments,
    bind::{bind_waiting, bound, by_row, fits},
    marker::{Marker, MarkerKey, Markers},
    policy, query,
    request::{Canonical, recovered_digest},
    settle::refuse_frozen,
};
use crate::{
    audit,
    ledger::{Amount, LedgerTransaction, Network, Payee, Position, TransactionId},
    store::{
        HoldingsChange, StoreError, account, meta,
        payment::{self, NewPaymentRow, OutputRole, PaymentInputRow, PaymentOutputRow, PaymentRow},
        recovered::{self, RecoveredKey, RecoveredRow, RecoveredState, worth},
        withdrawal,
    },
};

/// Writes a transaction of ours down that `at` applies, as a payment on its way: settling the milestone confirms it like any
/// other. `inputs` are those of its inputs that are ours, and `account` is whose they are.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub fn adopt(
    tx: &Transaction<'_>,
    at: &Position,
    found: LedgerTransaction,
    account: u32,
    inputs: Vec<PaymentInputRow>,
) -> Result<(), PaymentError> {
    let markers = found.tagged_data.as_ref().and_then(Markers::read);
    let markers = markers.filter(|markers| markers.payees() <= found.outputs.len());
    let outputs = outputs(tx, &found, markers.as_ref())?;
    let back =
        outputs.iter().filter(|output| output.role == OutputRole::Remainder || output.role == OutputRole::FanOut);
    let back = back.filter(|output| output.ours == Some(account)).map(|output| output.amount);
    let remainder = Amount::checked_sum(back).unwrap_or(Amount::ZERO);
    let new = NewPaymentRow {
        transaction_id: found.id,
        account,
        key: None,
        digest: recovered_digest(&found.id),
        payload: found.payload,
        tagged_data: found.tagged_data,
        remainder,
        contests: None,
        note: None,
        created_ms: u64::from(at.time.0) * 1_000,
        inputs,
        outputs,
        retry: false,
        retries: None,
    };
    let row = payment::insert(tx, &new)?;
    // the lost wallet may have submitted it
    payment::mark_unsure(tx, row)?;
    // what left the wallet counts, whoever asked for it
    policy::count(tx, &new, row)?;
    payment::set_open_state(tx, row, PaymentState::Submitted, None)?;
    let incoming = i64::try_from(remainder.units()).map_err(|_| StoreError::corrupt("an amount beyond the supply"))?;
    account::change(tx, account, &HoldingsChange { incoming, ..HoldingsChange::default() })?;
    let state = if markers.is_some() { RecoveredState::Marked } else { RecoveredState::Unmarked };
    recovered::insert(tx, &found.id, at, state, Some(row))?;
    let written =
        payment::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a payment just written is not there"))?;
    audit::payments::recovered(tx, &written, "ledger")?;
    insert_keys(tx, row, markers, &new.outputs)?;
    tracing::warn!(transaction = %found.id, milestone = at.index.0, state = state.name(), "a payment was recovered");
    Ok(())
}

/// Writes down which keys a recovered payment has, or else what it pays.
fn insert_keys(
    tx: &Transaction<'_>,
    row: i64,
    markers: Option<Markers>,
    outputs: &[PaymentOutputRow],
) -> Result<(), StoreError> {
    match markers {
        Some(Markers::Payment { marker, .. }) => {
            recovered::insert_key(tx, &marker, &RecoveredKey { payment: row, position: None, named: false }).map(drop)
        }
        Some(Markers::Withdrawals(markers)) => (0u32..).zip(&markers).try_for_each(|(position, marker)| {
            let key = RecoveredKey { payment: row, position: Some(position), named: false };
            recovered::insert_key(tx, marker, &key).map(drop)
        }),
        None => recovered::insert_outputs(tx, row, outputs),
    }
}

/// Remembers of a payment that the key journal has whether it was recovered before that: nobody may have asked for its keys yet.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub(super) fn remember(
    tx: &Transaction<'_>,
    row: &PaymentRow,
    outputs: &[PaymentOutputRow],
) -> Result<(), PaymentError> {
    let Some(cursor) = meta::cursor(tx)? else { return Ok(()) };
    if row.key.is_some() || row.digest != recovered_digest(&row.transaction_id) {
        return Ok(());
    }
    let markers = row.tagged_data.as_ref().and_then(Markers::read);
    let markers = markers.filter(|markers| markers.payees() <= outputs.len());
    let state = if markers.is_some() { RecoveredState::Marked } else { RecoveredState::Unmarked };
    // the milestone that applied it is not in the journal
    recovered::insert(tx, &row.transaction_id, &cursor.position, state, Some(row.row))?;
    Ok(insert_keys(tx, row.row, markers, outputs)?)
}

/// What the outputs are for. Without markers nobody knows it of what came to ourselves.
fn outputs(
    tx: &Transaction<'_>,
    found: &LedgerTransaction,
    markers: Option<&Markers>,
) -> Result<Vec<PaymentOutputRow>, StoreError> {
    let contest = found.tagged_data.as_ref().is_some_and(|data| data.tag == CONTEST_TAG);
    let (payees, last) = (markers.map(Markers::payees), found.outputs.len().saturating_sub(1));
    let row = |(place, output): (usize, &crate::ledger::LedgerOutput)| {
        let ours = payment::address_key(tx, &output.owner)?.map(|key| key.account);
        let role = match (payees, ours) {
            (Some(payees), _) if place < payees => OutputRole::Payee,
            (Some(_), _) if place == last => OutputRole::Remainder,
            (Some(_), _) => OutputRole::FanOut,
            (None, None) => OutputRole::Payee,
            (None, Some(_)) if contest => OutputRole::Cancel,
            (None, Some(_)) => OutputRole::Recovered,
        };
        Ok(PaymentOutputRow {
            output_id: output.id,
            address: output.owner,
            amount: output.amount,
            role,
            ours,
            deposit_return: output.conditions.deposit_return.map(|part| part.amount),
            expiration: output.conditions.expiration.map(|end| end.time),
        })
    };
    found.outputs.iter().enumerate().map(row).collect()
}

/// Refuses what a recovered payment may have paid already.
///
/// # Errors
/// [`PaymentError::PossiblyPaid`], [`PaymentError::Store`].
pub(super) fn refuse_possibly_paid(conn: &Connection, payees: &[Payee]) -> Result<(), PaymentError> {
    let Some(first) = payees.first() else { return Ok(()) };
    for candidate in recovered::paying(conn, &first.address, first.amount)? {
        let row = by_row(conn, candidate)?;
        let taken = withdrawal::of_payment(conn, row.row)?;
        let mut outputs = payment::outputs(conn, row.row)?;
        outputs.retain(|output| {
            !taken.iter().filter_map(|row| row.assignment).any(|one| one.output_id == output.output_id)
        });
        if row.key.is_none() && pays_all(outputs, payees) {
            let (transaction_id, milestone) = (row.transaction_id, row.milestone_index);
            return Err(PaymentError::PossiblyPaid { transaction_id, milestone });
        }
    }
    Ok(())
}

/// Whether each of the payees has an output of its own among these.
pub(super) fn pays_all(mut outputs: Vec<PaymentOutputRow>, payees: &[Payee]) -> bool {
    payees.iter().all(|payee| {
        let pays = |output: &PaymentOutputRow| output.address == payee.address && worth(output) == payee.amount;
        outputs.iter().position(pays).map(|place| outputs.swap_remove(place)).is_some()
    })
}

impl Payments {
    /// The key of the markers, if any recovered payment has a key that nobody has asked for again.
    pub(super) fn recovered_keys(&self) -> Result<Option<MarkerKey>, PaymentError> {
        let any = self.ports.store.readers().read(recovered::has_keys)?;
        any.then(|| self.marker_key()).transpose()
    }

    /// The recovered payment that was made for this key, which nobody has asked for again.
    ///
    /// # Errors
    /// [`PaymentError::Keys`], [`PaymentError::SeedMismatch`], [`PaymentError::Store`].
    pub(super) fn recovered_for(&self, key: &str) -> Result<Option<PaymentRow>, PaymentError> {
        let (Some(markers), Some(network)) = (self.recovered_keys()?, self.network()?) else { return Ok(None) };
        let marker = markers.marker(&network, key);
        self.ports.store.readers().read(|conn| {
            let found = recovered::key(conn, &marker)?;
            Ok(found.map(|found| by_row(conn, found.payment)).transpose()?)
        })
    }

    /// What to say of a key that no record had, and now a recovered payment may have been given.
    pub(super) fn unless_known<T>(
        &self,
        key: &str,
        look: impl FnOnce() -> Result<T, PaymentError>,
    ) -> Result<T, PaymentError> {
        match self.unknown(key) {
            // somebody else may have asked for it between the two looks
            PaymentError::NotFound => look(),
            known => Err(known),
        }
    }

    /// What to say of a key that no record has: who hears that there is none gives the money back. As long as the wallet before a
    /// restore may have paid with it, that is not known.
    pub(super) fn unknown(&self, key: &str) -> PaymentError {
        match self.recovered_for(key) {
            Ok(Some(row)) => {
                PaymentError::Recovered { transaction_id: row.transaction_id, milestone: row.milestone_index }
            }
            Ok(None) => match self.ports.store.readers().read(refuse_frozen) {
                Ok(()) => PaymentError::NotFound,
                Err(error) => error,
            },
            Err(error) => error,
        }
    }

    fn network(&self) -> Result<Option<Network>, StoreError> {
        self.ports.store.readers().read(meta::network)
    }

    /// The recovered payment that was made for the request's key, which has it from now on.
    ///
    /// # Errors
    /// [`PaymentError::IdempotencyConflict`], [`PaymentError::Keys`], [`PaymentError::Store`].
    pub(super) fn recovered(&self, request: &Canonical, network: &Network) -> Result<Option<Payment>, PaymentError> {
        let (Some(key), Some(markers)) = (&request.key, self.recovered_keys()?) else { return Ok(None) };
        let (key, request) = (key.clone(), request.clone());
        let marker = markers.marker(network, &key);
        self.ports.store.writer().commit(move |tx| {
            let Some(found) = recovered::key(tx, &marker)? else { return Ok(None) };
            let row = by_row(tx, found.payment)?;
            if !fits(tx, &row, &found, &request)?
                || !payment::name(tx, row.row, &key, &request.digest, request.note.as_deref())?
            {
                return Err(PaymentError::conflict(&row.digest, &request.digest));
            }
            query::load(tx, bound(tx, row.row, &marker, None)?).map(Some)
        })
    }

    /// Makes withdrawals that nothing paid part of the recovered payments that did, as far as markers say so.
    ///
    /// # Errors
    /// [`PaymentError::Keys`], [`PaymentError::SeedMismatch`], [`PaymentError::Store`].
    pub fn bind_recovered(&self) -> Result<(), PaymentError> {
        if self.recovered_keys()?.is_some() {
            self.ports.store.writer().commit(bind_waiting)?;
        }
        Ok(())
    }

    /// Up to `limit` transactions that were found after position `after`, in the order of finding.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn recovered_page(&self, after: i64, limit: u32) -> Result<Vec<RecoveredRow>, PaymentError> {
        let limit = limit.min(super::query::PAGE_LIMIT);
        Ok(self.ports.store.readers().read(|conn| recovered::page(conn, after, limit))?)
    }

    /// Takes a person's word on an unmarked recovered payment. With a key: it was made for that, and a request with it and
    /// with recipients and amounts that it paid answers it. Without: it is none of what will be asked for, and what equals it
    /// is paid. Durable when it returns.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`] when no such payment was recovered, its bytes are not known, or it says its keys itself;
    /// [`PaymentError::KeyTaken`] when the key names something else; [`PaymentError::KeyLength`], [`PaymentError::Keys`], [`PaymentError::Store`].
    pub fn resolve_recovered(&self, id: &TransactionId, key: Option<&str>) -> Result<(), PaymentError> {
        let marker = match key {
            None => None,
            Some(key) if !(1..=super::KEY_LIMIT).contains(&key.len()) => {
                return Err(PaymentError::KeyLength { length: key.len(), limit: super::KEY_LIMIT });
            }
            Some(key) => {
                let network = self.network()?.ok_or(PaymentError::NetworkUnknown)?;
                Some((key.to_owned(), self.marker_key()?.marker(&network, key)))
            }
        };
        let id = *id;
        self.ports.store.writer().commit(move |tx| {
            let found = recovered::by_transaction(tx, &id)?.ok_or(PaymentError::NotFound)?;
            let (Some(payment), true) = (found.payment, is_open_to_doubt(found.state)) else {
                return Err(PaymentError::NotFound);
            };
            match marker {
                None => {
                    if recovered::dismiss(tx, &found)? {
                        audit::payments::recovered_dismissed(tx, &by_row(tx, payment)?)?;
                    }
                    Ok(())
                }
                Some((key, marker)) => name(tx, payment, &key, &marker),
            }
        })
    }
}

/// Gives an unmarked payment a key. Doing it twice is doing it once.
fn name(tx: &Transaction<'_>, payment: i64, key: &str, marker: &Marker) -> Result<(), PaymentError> {
    let named = |conn: &Connection| {
        let payments = payment::by_key(conn, key)?.map(|row| (row.row, row.transaction_id));
        let assigned = withdrawal::by_key(conn, key)?.map(|row| row.assignment);
        let withdrawals = assigned.map(|one| one.map(|one| (one.payment, one.transaction_id)));
        Ok::<_, PaymentError>((payments.is_some() || withdrawals.is_some(), payments.or(withdrawals.flatten())))
    };
    if matches!(named(tx)?, (_, Some((owner, _))) if owner == payment) {
        return Ok(());
    }
    let new = RecoveredKey { payment, position: None, named: true };
    if recovered::insert_key(tx, marker, &new)? {
        audit::payments::recovered_named(tx, &by_row(tx, payment)?, key)?;
        // a withdrawal that waits, or a dead payment, may have it
        bind_waiting(tx)?;
    } else if let Some(before) = recovered::key(tx, marker)?.filter(|before| before.payment != payment) {
        return Err(PaymentError::KeyTaken { by: Some(by_row(tx, before.payment)?.transaction_id) });
    }
    match named(tx)? {
        (false, _) => Ok(()),
        (true, Some((owner, _))) if owner == payment => Ok(()),
        (true, owner) => Err(PaymentError::KeyTaken { by: owner.map(|(_, id)| id) }),
    }
}

fn is_open_to_doubt(state: RecoveredState) -> bool {
    matches!(state, RecoveredState::Unmarked | RecoveredState::Dismissed)
}
