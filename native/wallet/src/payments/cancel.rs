//! Safe cancel: what is not signed just ends; what is signed is contested.
//!
//! A signed transaction never expires, so it can only be stopped by spending one of its inputs otherwise. The contest
//! spends one input back to its own address, and the ledger decides which of the two it applies (`settle`). The payment is
//! submitted no more from the commit on that makes it `cancelling`, also after a restart; the contest is.

use std::time::Duration;

use rusqlite::Connection;

use super::{
    AtWork, Payer, Payment, PaymentError, PaymentRef, PaymentState, Payments, RemainderStrategy, Withdrawal,
    build::Order,
    inclusion,
    persist::{Made, Purpose, Refused},
    pool::candidate,
    request::contest_digest,
    resolve::is_undecidable,
    settle::refuse_to_pay,
    withdraw,
};
use crate::{
    audit, events,
    ledger::{Address, Amount, OutputId, Payee, TaggedData, TransactionId},
    store::{
        OutputClass, OutputRow, StoreError, account, meta, output,
        payment::{self, NewPaymentRow, OutputRole, PaymentInputRow, PaymentRow},
        withdrawal::{self, WithdrawalStage},
    },
};

/// The tag of a contest; its data is the id of the transaction that it contests.
pub const CONTEST_TAG: &[u8] = b"stardust-wallet cancel";
/// How often is looked anew when the payment changes meanwhile.
const ATTEMPTS: u32 = 8;
/// How long a call waits for the first answer of a node.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

impl Payments {
    /// Begins to cancel a payment that is signed, and answers it as it is then: `cancelling`, until a milestone makes it
    /// `cancelled` or `confirmed`. One that has ended is answered as it is; cancelling twice is cancelling once.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`]; [`PaymentError::Batch`] for a transaction that pays withdrawals, which are cancelled by
    /// their keys; [`PaymentError::Claim`]; [`PaymentError::Undecided`]; [`PaymentError::ForeignSigner`]; [`PaymentError::Keys`] when the vault cannot sign. Nothing was
    /// changed then.
    pub fn cancel(&self, which: &PaymentRef) -> Result<Payment, PaymentError> {
        for _ in 0..ATTEMPTS {
            let row = self.ports.store.readers().read(|conn| match which {
                PaymentRef::Transaction(id) => payment::by_transaction(conn, id),
                PaymentRef::Key(key) => payment::by_key(conn, key),
            })?;
            let row = row.ok_or(PaymentError::NotFound)?;
            // one that is held back is cancelled as a whole: it may pay what another one pays, and the rest is requested again
            let in_batch = || self.ports.store.readers().read(|conn| withdrawal::of_payment(conn, row.row));
            if !row.held && !in_batch()?.is_empty() {
                return Err(PaymentError::Batch);
            }
            if row.contests.is_some() {
                return Err(PaymentError::Contest);
            }
            if !row.state.is_open() || row.state == PaymentState::Cancelling || self.contest(&row, None)? {
                return self.find(which);
            }
        }
        Err(PaymentError::Contention)
    }

    /// Cancels a withdrawal. One that waits for people or for a transaction has ended when this returns; else the whole
    /// batch that it is in is contested: if the contest wins, this withdrawal is `cancelled` for ever and the others are
    /// requested again; if it loses, all are confirmed. One that has ended is answered as it is; cancelling twice is
    /// cancelling once.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::ForeignSigner`], [`PaymentError::Keys`]: nothing was changed then.
    /// [`PaymentError::Journal`]: it is cancelled, and a restore of an older backup would not know it until the journal can be
    /// written; ask again.
    /// [`PaymentError::NotFound`]; and where a transaction has to be contested [`PaymentError::ForeignSigner`],
    /// [`PaymentError::Frozen`], [`PaymentError::Gap`], [`PaymentError::Undecided`], [`PaymentError::Keys`]. Nothing was
    /// changed then.
    pub fn cancel_withdrawal(&self, key: &str) -> Result<Withdrawal, PaymentError> {
        for _ in 0..ATTEMPTS {
            let row = self.ports.store.readers().read(|conn| withdrawal::by_key(conn, key))?;
            let row = row.ok_or(PaymentError::NotFound)?;
            let done = match (row.stage, row.assignment) {
                (WithdrawalStage::Cancelled | WithdrawalStage::Refused, _) => true,
                (stage, _) if stage.waits() => self.end_waiting(row.row)?,
                (_, None) => self.end_waiting(row.row)?,
                (_, Some(assignment)) if !assignment.state.is_open() => true,
                (_, Some(assignment)) if assignment.state == PaymentState::Cancelling => {
                    row.cancel || self.join(row.row, assignment.payment)?
                }
                (_, Some(assignment)) => {
                    let payment = self.ports.store.readers().read(|conn| payment::by_row(conn, assignment.payment))?;
                    self.contest(&payment.ok_or(PaymentError::NotFound)?, Some(row.row))?
                }
            };
            if done {
                // what could not be written when it was cancelled
                self.ports.journal.flush()?;
                return withdraw::find(&self.ports.store, key);
            }
        }
        Err(PaymentError::Contention)
    }

    fn end_waiting(&self, row: i64) -> Result<bool, PaymentError> {
        let ended = self.ports.store.writer().commit(move |tx| {
            if !withdrawal::cancel_waiting(tx, row)? {
                return Ok(false);
            }
            let now = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
            audit::payments::withdrawal_left(tx, &now)?;
            events::append(tx, vec![inclusion::withdrawal_event(tx, now)?])?;
            fail_point!("withdrawal:ending");
            Ok::<_, PaymentError>(true)
        })?;
        fail_point!("withdrawal:ended");
        if ended {
            self.keep_cancelled(row)?;
        }
        Ok(ended)
    }

    /// One more withdrawal of a batch that is contested already.
    fn join(&self, row: i64, payment: i64) -> Result<bool, PaymentError> {
        let joined = self.ports.store.writer().commit(move |tx| {
            let contested = payment::by_row(tx, payment)?.is_some_and(|row| row.state == PaymentState::Cancelling);
            if contested {
                withdrawal::mark_cancel(tx, row)?;
                audit::payments::cancel_requested(tx, row)?;
            }
            fail_point!("withdrawal:joining");
            Ok::<_, PaymentError>(contested)
        })?;
        fail_point!("withdrawal:joined");
        if joined {
            self.keep_cancelled(row)?;
        }
        Ok(joined)
    }

    fn keep_cancelled(&self, row: i64) -> Result<(), PaymentError> {
        let row = self.ports.store.readers().read(|conn| withdrawal::by_row(conn, row))?;
        Ok(self.ports.journal.ended([row.ok_or(PaymentError::NotFound)?])?)
    }

    /// Signs, persists and submits the contest. False: the payment has changed meanwhile.
    fn contest(&self, payment: &PaymentRow, named: Option<i64>) -> Result<bool, PaymentError> {
        let keys = self.ports.host.work()?;
        let (network, alias, inputs) = self.ports.store.readers().read(|conn| {
            refuse_to_pay(conn)?;
            let network = meta::network(conn)?.ok_or(PaymentError::NetworkUnknown)?;
            let alias = account::by_index(conn, payment.account)?.map_or_else(String::new, |account| account.alias);
            Ok::<_, PaymentError>((network, alias, payment::inputs(conn, payment.row)?))
        })?;
        let payer = Payer { account: payment.account, alias, key: None };
        let Some(held) = self.ports.store.readers().read(|conn| first_unspent(conn, payment.row, &inputs))? else {
            let undecidable = self.ports.store.readers().read(|conn| is_undecidable(conn, payment.row))?;
            return if undecidable { Err(PaymentError::Undecided(payment.transaction_id)) } else { Ok(false) };
        };
        // after a restore another payment may have it, which must not die of this
        if held.locked_by != Some(payment.row) {
            return Err(PaymentError::InputLocked(held.output_id));
        }
        if held.class != OutputClass::Plain {
            // of a claim that nodes may still apply nothing but its end gives the outputs back
            let refused = payment.state == PaymentState::Rejected;
            let new = if refused { self.claim_against(&payer, &network, payment)? } else { None };
            return self.persist_contest(new.ok_or(PaymentError::Claim)?, named, keys);
        }
        let owner = owner_of(&inputs, &held.output_id)?;
        let order = Order {
            payer: &payer,
            digest: contest_digest(&payment.transaction_id),
            payees: &[Payee { address: owner, amount: held.amount }],
            role: OutputRole::Cancel,
            remainder: RemainderStrategy::ReuseAddress,
            tagged_data: Some(contest_data(&payment.transaction_id)),
            contests: Some(payment.row),
            parts: 1,
        };
        let new = self.build(&order, &network, &[candidate(held)], Amount::ZERO)?;
        self.persist_contest(new, named, keys)
    }

    /// Stores and submits what is signed; `keys` is dropped before a node is waited for.
    fn persist_contest(
        &self,
        new: NewPaymentRow,
        named: Option<i64>,
        keys: Box<dyn AtWork>,
    ) -> Result<bool, PaymentError> {
        fail_point!("payment:contesting");
        match self.persist(new, Purpose::Contest { withdrawal: named }) {
            Ok(Made::New(signed)) => {
                fail_point!("payment:contested");
                drop(keys);
                self.drive.changed();
                self.drive.begin(signed.position, FIRST_ANSWER);
                Ok(true)
            }
            Ok(Made::Existing(_)) | Err(Refused::Outdated | Refused::InputTaken) => Ok(false),
            Err(Refused::Other(error)) => Err(error),
        }
    }
}

/// What a contest carries, so that it never has the same bytes as the payment.
pub(super) fn contest_data(contested: &TransactionId) -> TaggedData {
    TaggedData { tag: CONTEST_TAG.to_vec(), data: contested.as_slice().to_vec() }
}

/// The first of the inputs that is there and not spent: one that was not seen yet, or is gone, can stop nothing.
fn first_unspent(conn: &Connection, payment: i64, inputs: &[PaymentInputRow]) -> Result<Option<OutputRow>, StoreError> {
    let mut found: Option<OutputRow> = None;
    for input in inputs {
        let held = output::by_id(conn, &input.output_id)?;
        if let Some(held) = held.filter(|held| held.spent_index.is_none() && held.lost_index.is_none()) {
            // one that is reserved by the payment before one that another has
            if held.locked_by == Some(payment) {
                return Ok(Some(held));
            }
            found.get_or_insert(held);
        }
    }
    Ok(found)
}

fn owner_of(inputs: &[PaymentInputRow], id: &OutputId) -> Result<Address, StoreError> {
    let input = inputs.iter().find(|input| input.output_id == *id);
    Ok(input.ok_or_else(|| StoreError::corrupt("an input of no payment"))?.address)
}
