//! From the journal's records to the rows of a database that is older.
//!
//! A payment that the database does not know is written as open: milestones after the backup end it, as if it had been there all
//! the time. A withdrawal belongs to the last transaction that was made for it: a new one is only made when the one before was
//! cancelled by the ledger.
//!
//! **Nothing is paid twice.** A key that the database used for another payment, in the time that the journal was away, contradicts
//! the journal: its payment is written down, held back for ever, and a person has to look at it.

use std::collections::HashSet;

use rusqlite::Transaction;

use super::record::{Paid, Signed};
use crate::{
    audit,
    events::{self, LedgerEvent},
    ledger::{Amount, MilestoneIndex, Position, TransactionId},
    payments::{
        PaymentError,
        inclusion::{self, Inclusion},
        policy, recovered, settle,
    },
    store::{
        HoldingsChange, StoreError, account, meta, output,
        payment::{self, PaymentOutputRow, PaymentRow, PaymentState},
        withdrawal::{self, NewWithdrawalRow, WithdrawalStage},
    },
};

/// What came of one look through a journal.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) payments: Vec<TransactionId>,
    /// Those of them that contradict the database.
    pub(super) disputed: Vec<TransactionId>,
    /// Records of accounts that are not there.
    pub(super) waiting: u32,
    /// The milestone up to which the journal has all that was paid.
    pub(super) covers: Option<MilestoneIndex>,
    /// Whether it says that some of what was on its way is missing.
    pub(super) lacks: bool,
    /// The transactions of the journal so far.
    met: HashSet<TransactionId>,
    ended: u32,
}

impl Taken {
    /// Whether no record was new and none waits.
    pub(super) fn is_nothing(&self) -> bool {
        self.payments.is_empty() && self.waiting == 0 && self.ended == 0
    }

    /// Takes the record of a payment over.
    pub(super) fn payment(&mut self, tx: &Transaction<'_>, signed: Signed) -> Result<(), PaymentError> {
        let id = signed.transaction;
        if payment::by_transaction(tx, &id)?.is_some() {
            self.met.insert(id);
            return Ok(());
        }
        if account::by_index(tx, signed.account)?.is_none() {
            self.waiting += 1;
            return Ok(());
        }
        let dispute = self.dispute(tx, &signed)?;
        self.met.insert(id);
        let (withdrawals, cancels) = (signed.withdrawals.clone(), signed.cancels.clone());
        let mut free = Vec::with_capacity(withdrawals.len());
        for paid in withdrawals {
            if self.used(tx, &paid)?.is_none() {
                free.push(paid);
            }
        }
        let written = write(tx, signed, &cancels)?;
        let outputs = payment::outputs(tx, written.row)?;
        for paid in free {
            let row = match withdrawal::by_key(tx, &paid.key)? {
                Some(row) => row.row,
                None => insert(tx, &paid, WithdrawalStage::Requested, lent(&outputs, paid.position))?,
            };
            withdrawal::reassign(tx, row, written.row, paid.position)?;
            let row = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
            audit::payments::withdrawal_bound(tx, &row)?;
        }
        if let Some(reason) = &dispute {
            tracing::error!(payment = %id, reason, "a payment of the key journal is held back");
            payment::hold(tx, written.row, &format!("{reason}: it is not submitted; cancel it when nothing shows it"))?;
        }
        tell(tx, &written)?;
        recovered::remember(tx, &written, &outputs)?;
        events::append(tx, settle_known(tx, written.row)?)?;
        let open = payment::by_row(tx, written.row)?.is_some_and(|row| row.state.is_open());
        self.disputed.extend(dispute.filter(|_| open).map(|_| id));
        self.payments.push(id);
        Ok(())
    }

    /// What a key of a payment was used for besides, if it was.
    fn dispute(&self, tx: &Transaction<'_>, signed: &Signed) -> Result<Option<String>, StoreError> {
        if let Some(key) = &signed.key
            && let Some(other) = used_key(tx, key)?
        {
            return Ok(Some(format!("its key {key:?} was used for {other}")));
        }
        for paid in &signed.withdrawals {
            if let Some(other) = self.used(tx, paid)? {
                return Ok(Some(format!("key {:?}, which it pays, {other}", paid.key)));
            }
        }
        Ok(None)
    }

    /// What a withdrawal's key was used for, when this journal's next transaction may not pay it: that may only follow a transaction
    /// of this journal which is contested in it.
    fn used(&self, tx: &Transaction<'_>, paid: &Paid) -> Result<Option<String>, StoreError> {
        let Some(row) = withdrawal::by_key(tx, &paid.key)? else {
            return Ok(payment::by_key(tx, &paid.key)?.map(|row| was_used(&row)));
        };
        if row.digest[..] != paid.digest.0[..] {
            return Ok(Some("was used for another withdrawal".to_owned()));
        }
        Ok(match (row.stage, row.assignment) {
            (WithdrawalStage::Cancelled | WithdrawalStage::Refused, _) => Some("is never paid".to_owned()),
            (_, Some(before)) => {
                let follows = before.state == PaymentState::Cancelling && self.met.contains(&before.transaction_id);
                (!follows).then(|| format!("was used for {}", before.transaction_id))
            }
            (_, None) => None,
        })
    }

    /// Takes over that a withdrawal is cancelled or refused.
    pub(super) fn ended(&mut self, tx: &Transaction<'_>, paid: &Paid) -> Result<(), PaymentError> {
        let stage = if paid.refused.is_some() { WithdrawalStage::Refused } else { WithdrawalStage::Cancelled };
        let found = withdrawal::by_key(tx, &paid.key)?;
        let (row, moved) = match found {
            Some(row) if stage == WithdrawalStage::Refused => {
                let waits = row.stage.waits();
                (row.row, waits && withdrawal::decide(tx, row.row, row.stage, stage, paid.refused.as_deref())?)
            }
            Some(row) => {
                withdrawal::mark_cancel(tx, row.row)?;
                (row.row, withdrawal::cancel_waiting(tx, row.row)?)
            }
            None if payment::by_key(tx, &paid.key)?.is_some() => return Ok(()),
            None if account::by_index(tx, paid.account)?.is_none() => {
                self.waiting += 1;
                return Ok(());
            }
            None if stage == WithdrawalStage::Refused => (insert(tx, paid, stage, Amount::ZERO)?, true),
            None => {
                let row = insert(tx, paid, WithdrawalStage::Requested, Amount::ZERO)?;
                withdrawal::mark_cancel(tx, row)?;
                (row, withdrawal::cancel_waiting(tx, row)?)
            }
        };
        if moved {
            self.ended += 1;
            let now = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
            match stage {
                WithdrawalStage::Refused => audit::payments::withdrawal_judged(tx, &now)?,
                _ => audit::payments::withdrawal_left(tx, &now)?,
            }
            events::append(tx, vec![inclusion::withdrawal_event(tx, now)?])?;
        }
        Ok(())
    }
}

fn used_key(tx: &Transaction<'_>, key: &str) -> Result<Option<String>, StoreError> {
    if let Some(row) = payment::by_key(tx, key)? {
        return Ok(Some(row.transaction_id.to_string()));
    }
    Ok(withdrawal::by_key(tx, key)?.map(|_| "a withdrawal".to_owned()))
}

fn was_used(row: &PaymentRow) -> String {
    format!("was used for {}", row.transaction_id)
}

/// Writes the payment's rows, with its inputs reserved as far as they are there and free.
fn write(tx: &Transaction<'_>, signed: Signed, cancels: &[String]) -> Result<PaymentRow, PaymentError> {
    // the payment that has a key answers it
    let key = match &signed.key {
        Some(key) if used_key(tx, key)?.is_some() => None,
        key => key.clone(),
    };
    let contested = match &signed.contests {
        Some(id) => payment::by_transaction(tx, id)?.map(|row| row.row),
        None => None,
    };
    let pays_withdrawals = !signed.withdrawals.is_empty();
    let new = signed.rows(key, contested).ok_or_else(|| StoreError::corrupt("a digest in the key journal"))?;
    if let Some(contested) = contested {
        payment::set_open_state(tx, contested, PaymentState::Cancelling, None)?;
    }
    for key in cancels {
        if let Some(row) = withdrawal::by_key(tx, key)? {
            withdrawal::mark_cancel(tx, row.row)?;
        }
    }
    let row = payment::insert(tx, &new)?;
    // the lost wallet may have submitted it
    payment::mark_unsure(tx, row)?;
    if !pays_withdrawals {
        // what left the wallet counts for the rules; of withdrawals each one does
        policy::count(tx, &new, row)?;
    }
    for input in &new.inputs {
        // what is not there yet is reserved when it comes, what a contest spends belongs to the contested payment
        if !output::lock(tx, &input.output_id, row)? {
            output::lock_held(tx, &input.output_id, row)?;
        }
    }
    let incoming = i64::try_from(new.remainder.units()).map_err(|_| StoreError::corrupt("an amount beyond all"))?;
    account::change(tx, new.account, &HoldingsChange { incoming, ..HoldingsChange::default() })?;
    Ok(payment::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a payment just written is not there"))?)
}

fn tell(tx: &Transaction<'_>, written: &PaymentRow) -> Result<(), PaymentError> {
    audit::payments::recovered(tx, written, "journal")?;
    let mut events = inclusion::events(tx, written, Inclusion::Pending)?;
    if let Some(contested) = written.contests {
        for row in withdrawal::of_payment(tx, contested)? {
            events.push(inclusion::withdrawal_event(tx, row)?);
        }
    }
    events::append(tx, events)?;
    Ok(())
}

/// The storage deposit on top of a withdrawal that the transaction pays by this output.
fn lent(outputs: &[PaymentOutputRow], position: u32) -> Amount {
    let output = usize::try_from(position).ok().and_then(|position| outputs.get(position));
    output.and_then(|output| output.deposit_return).unwrap_or(Amount::ZERO)
}

fn insert(tx: &Transaction<'_>, paid: &Paid, stage: WithdrawalStage, lent: Amount) -> Result<i64, StoreError> {
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
        lent,
    };
    audit::payments::withdrawal_requested(tx, &new)?;
    withdrawal::insert(tx, &new, stage, paid.refused.as_deref())
}

/// Ends a payment of which the database has an input as spent: no milestone to come will.
fn settle_known(tx: &Transaction<'_>, row: i64) -> Result<Vec<LedgerEvent>, PaymentError> {
    let Some(cursor) = meta::cursor(tx)? else { return Ok(Vec::new()) };
    for input in payment::inputs(tx, row)? {
        let Some(held) = output::by_id(tx, &input.output_id)? else { continue };
        if let Some((index, by)) = held.spent_index.zip(held.spent_by) {
            // the time of that milestone is not stored
            let at = Position { index, ..cursor.position };
            return settle::settle_until(tx, &at, [], &[(input.output_id, by)]);
        }
    }
    Ok(Vec::new())
}
