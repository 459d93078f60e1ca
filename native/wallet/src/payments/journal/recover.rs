//! What the journal knows and a restored database does not.
//!
//! Records are taken in the order of signing. A payment that the database does not know is written as open: milestones after
//! the backup end it, as if it had been there all the time. A withdrawal belongs to the last transaction that was made for
//! it: a new one is only made when the one before was cancelled by the ledger. Payments of an account that the backup
//! does not have wait until the account is made again.

use std::path::Path;

use rusqlite::Transaction;

use super::{
    JournalError,
    file::{check_identity, flawed, locked, open_file, read},
    format::Identity,
    record::{Paid, Record, Signed},
};
use crate::{
    audit,
    events::{self, LedgerEvent},
    ledger::{Position, TransactionId},
    payments::{
        PaymentError, Payments,
        inclusion::{self, Inclusion},
        settle,
    },
    store::{
        HoldingsChange, MetaKey, StoreError, account, meta, output,
        payment::{self, PaymentState},
        restore,
        withdrawal::{self, NewWithdrawalRow, WithdrawalStage},
    },
};

/// What came of one look through a journal.
#[derive(Default)]
struct Recovered {
    payments: Vec<TransactionId>,
    /// Records of accounts that are not there.
    waiting: u32,
}

/// Takes over what the journal at `path` knows and the database does not, in the transaction of a restore, and notes in
/// its state what was found.
///
/// # Errors
/// [`PaymentError::Journal`] when there is a file that is not this wallet's journal, or is damaged, or in use: nothing must be
/// committed then.
pub fn recover(tx: &Transaction<'_>, path: &Path) -> Result<(), PaymentError> {
    let Some(file) = open_file(path, false)? else { return Ok(()) };
    // the wallet that was lost may not be so lost
    locked(path, file.try_lock_shared())?;
    let recovered = take_all(tx, path, &file)?;
    note(tx, &recovered)
}

impl Payments {
    /// Takes over the payments of accounts that a restored wallet has again. Called before a milestone is applied after it.
    ///
    /// # Errors
    /// [`PaymentError::Journal`], [`PaymentError::Store`]; nothing was taken over then.
    pub fn recover_waiting(&self) -> Result<(), PaymentError> {
        let store = &self.ports.store;
        if store.readers().read(restore::present)?.is_none_or(|state| state.journal_waiting == 0) {
            return Ok(());
        }
        let (journal, host) = (std::sync::Arc::clone(&self.ports.journal), std::sync::Arc::clone(&self.ports.host));
        store.writer().commit_then(
            move |tx| {
                let file = open_file(journal.path(), false)?.ok_or_else(|| missing(journal.path()))?;
                let recovered = take_all(tx, journal.path(), &file)?;
                note(tx, &recovered)?;
                Ok::<_, PaymentError>(recovered.payments)
            },
            move |payments| payments.iter().for_each(|id| host.signed(id)),
        )?;
        self.drive.changed();
        Ok(())
    }
}

fn missing(path: &Path) -> JournalError {
    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
    JournalError::Io { what: "read", path: path.to_owned(), source }
}

fn note(tx: &Transaction<'_>, recovered: &Recovered) -> Result<(), PaymentError> {
    let Some(mut state) = restore::present(tx)? else { return Ok(()) };
    state.journal_found = true;
    state.journal_payments += u32::try_from(recovered.payments.len()).unwrap_or(u32::MAX);
    state.journal_waiting = recovered.waiting;
    Ok(restore::put(tx, &state)?)
}

fn take_all(tx: &Transaction<'_>, path: &Path, file: &std::fs::File) -> Result<Recovered, PaymentError> {
    let mut reader = read(file, path)?;
    let network = meta::network(tx)?.map(|network| network.id);
    let wallet = meta::get(tx, MetaKey::SeedAddress)?.map(|seed| Identity::new(0, &seed).wallet);
    check_identity(path, &reader.identity(), network, wallet)?;
    let mut recovered = Recovered::default();
    loop {
        let at = reader.end().at;
        let Some(content) = reader.next().map_err(|flaw| flawed(path, flaw))? else { break };
        let damaged = || JournalError::Damaged { path: path.to_owned(), at };
        match Record::decode(&content).ok_or_else(damaged)? {
            Record::Signed(signed) => take_payment(tx, *signed, &mut recovered)?,
            Record::Cancelled(withdrawal) => take_cancelled(tx, &withdrawal, &mut recovered)?,
        }
    }
    Ok(recovered)
}

fn take_payment(tx: &Transaction<'_>, signed: Signed, recovered: &mut Recovered) -> Result<(), PaymentError> {
    let id = signed.transaction;
    if payment::by_transaction(tx, &id)?.is_some() {
        return Ok(());
    }
    if account::by_index(tx, signed.account)?.is_none() {
        recovered.waiting += 1;
        return Ok(());
    }
    let key = match &signed.key {
        // used anew after an earlier restore, without this journal: the payment that has it answers
        Some(key) if payment::by_key(tx, key)?.is_some() || withdrawal::by_key(tx, key)?.is_some() => {
            tracing::error!(payment = %id, key, "an idempotency key was used for two payments");
            None
        }
        key => key.clone(),
    };
    let contested = match &signed.contests {
        Some(id) => payment::by_transaction(tx, id)?.map(|row| row.row),
        None => None,
    };
    let (withdrawals, cancels) = (signed.withdrawals.clone(), signed.cancels.clone());
    let new = signed.rows(key, contested).ok_or_else(|| StoreError::corrupt("a digest in the key journal"))?;
    let mut events = Vec::new();
    if let Some(contested) = contested {
        payment::set_open_state(tx, contested, PaymentState::Cancelling, None)?;
    }
    for key in cancels {
        if let Some(row) = withdrawal::by_key(tx, &key)? {
            withdrawal::mark_cancel(tx, row.row)?;
        }
    }
    let row = payment::insert(tx, &new)?;
    for input in &new.inputs {
        // what is not there yet is reserved when it comes, what a contest spends belongs to the contested payment
        if !output::lock(tx, &input.output_id, row)? {
            output::lock_held(tx, &input.output_id, row)?;
        }
    }
    let incoming = i64::try_from(new.remainder.units()).map_err(|_| StoreError::corrupt("an amount beyond all"))?;
    account::change(tx, new.account, &HoldingsChange { incoming, ..HoldingsChange::default() })?;
    for withdrawal in withdrawals {
        assign(tx, &withdrawal, row)?;
    }
    let written =
        payment::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a payment just written is not there"))?;
    audit::payments::recovered(tx, &written, "journal")?;
    events.extend(inclusion::events(tx, &written, Inclusion::Pending)?);
    if let Some(contested) = contested {
        for row in withdrawal::of_payment(tx, contested)? {
            events.push(inclusion::withdrawal_event(tx, row)?);
        }
    }
    events.extend(settle_known(tx, row)?);
    events::append(tx, events)?;
    recovered.payments.push(id);
    Ok(())
}

/// Makes a withdrawal part of a payment.
fn assign(tx: &Transaction<'_>, paid: &Paid, payment: i64) -> Result<(), PaymentError> {
    let found = withdrawal::by_key(tx, &paid.key)?;
    let taken = match &found {
        Some(row) => {
            let confirmed = row.assignment.is_some_and(|assignment| assignment.state == PaymentState::Confirmed);
            confirmed || row.digest[..] != paid.digest.0[..]
        }
        None => payment::by_key(tx, &paid.key)?.is_some(),
    };
    if taken {
        tracing::error!(key = paid.key, "an idempotency key was used for two payments");
        return Ok(());
    }
    let row = match found {
        Some(row) => row.row,
        None => insert(tx, paid)?,
    };
    Ok(withdrawal::reassign(tx, row, payment, paid.position)?)
}

fn insert(tx: &Transaction<'_>, paid: &Paid) -> Result<i64, StoreError> {
    let digest = paid.digest.0.as_slice().try_into().map_err(|_| StoreError::corrupt("a digest in the key journal"))?;
    let Paid { key, account, address, amount, created_ms, micro_expiration, .. } = paid;
    let new = NewWithdrawalRow {
        key: key.clone(),
        digest,
        account: *account,
        address: *address,
        amount: *amount,
        created_ms: *created_ms,
        micro_expiration: *micro_expiration,
        // its transaction says so
        lent: crate::ledger::Amount::ZERO,
    };
    withdrawal::insert(tx, &new, WithdrawalStage::Requested, None)
}

fn take_cancelled(tx: &Transaction<'_>, paid: &Paid, recovered: &mut Recovered) -> Result<(), PaymentError> {
    let row = match withdrawal::by_key(tx, &paid.key)? {
        Some(row) => row.row,
        None if payment::by_key(tx, &paid.key)?.is_some() => return Ok(()),
        None if account::by_index(tx, paid.account)?.is_none() => {
            recovered.waiting += 1;
            return Ok(());
        }
        None => insert(tx, paid)?,
    };
    withdrawal::mark_cancel(tx, row)?;
    if withdrawal::cancel_waiting(tx, row)? {
        let now = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
        events::append(tx, vec![inclusion::withdrawal_event(tx, now)?])?;
    }
    Ok(())
}

/// Ends a payment of which the database has an input as spent: no milestone to come will.
fn settle_known(tx: &Transaction<'_>, row: i64) -> Result<Vec<LedgerEvent>, PaymentError> {
    let Some(cursor) = meta::cursor(tx)? else { return Ok(Vec::new()) };
    for input in payment::inputs(tx, row)? {
        let Some(held) = output::by_id(tx, &input.output_id)? else { continue };
        if let Some((index, by)) = held.spent_index.zip(held.spent_by) {
            // the time of that milestone is not stored
            let at = Position { index, ..cursor.position };
            return settle::settle(tx, &at, [], &[(input.output_id, by)]);
        }
    }
    Ok(Vec::new())
}
