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
    persist::{Cause, Made, Purpose, Refused},
    pool::candidate,
    request::contest_digest,
    resolve::is_undecidable,
    settle::{refuse_to_stop, refuse_unknown},
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

/// What was cancelled by its key, as it is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// A payment.
    Payment(Payment),
    /// A withdrawal.
    Withdrawal(Withdrawal),
}

/// How a withdrawal is ended.
enum Ending {
    /// It is; false: it has changed meanwhile.
    Done(bool),
    /// By a transaction that contests the one which pays it.
    Contest { withdrawal: i64, payment: i64 },
}

impl Payments {
    /// Begins to cancel a payment that is signed, and answers it as it is then: `cancelling`, until a milestone makes it
    /// `cancelled` or `confirmed`. One that has ended is answered as it is; cancelling twice is cancelling once, and submits the
    /// contest again if nodes have refused it. Another signer is no obstacle: the contest pays only ourselves.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`]; [`PaymentError::Batch`] for a transaction that pays withdrawals, which are cancelled by
    /// their keys; [`PaymentError::Claim`]; [`PaymentError::Undecided`]; [`PaymentError::Frozen`], [`PaymentError::Gap`];
    /// [`PaymentError::Keys`] when the vault cannot sign. Nothing was changed then.
    pub fn cancel(&self, which: &PaymentRef) -> Result<Payment, PaymentError> {
        for _ in 0..ATTEMPTS {
            match self.contestable(which)? {
                Some(row) if !self.contest(&row, Cause::Cancelled)? => {}
                _ => return self.find(which),
            }
        }
        Err(PaymentError::Contention)
    }

    /// The payment, if it has to be contested to stop it. The contest of one that is cancelling already is submitted once more, if
    /// nodes have refused it.
    fn contestable(&self, which: &PaymentRef) -> Result<Option<PaymentRow>, PaymentError> {
        let row = self.ports.store.readers().read(|conn| match which {
            PaymentRef::Transaction(id) => payment::by_transaction(conn, id),
            PaymentRef::Key(key) => payment::by_key(conn, key),
        })?;
        let row = row.ok_or_else(|| match which {
            PaymentRef::Transaction(_) => PaymentError::NotFound,
            PaymentRef::Key(key) => self.unknown(key),
        })?;
        // one that is held back is cancelled as a whole: it may pay what another one pays, and the rest is requested again
        let in_batch = || self.ports.store.readers().read(|conn| withdrawal::of_payment(conn, row.row));
        if !row.held && !in_batch()?.is_empty() {
            return Err(PaymentError::Batch);
        }
        if row.contests.is_some() {
            return Err(PaymentError::Contest);
        }
        if row.state == PaymentState::Cancelling {
            self.renew(row.row)?;
            return Ok(None);
        }
        Ok(row.state.is_open().then_some(row))
    }

    /// Cancels a withdrawal. One that waits for people or for a transaction has ended when this returns; else the whole
    /// batch that it is in is contested: if the contest wins, this withdrawal is `cancelled` for ever and the others are
    /// requested again; if it loses, all are confirmed. One that has ended is answered as it is; cancelling twice is
    /// cancelling once, and submits the contest again if nodes have refused it.
    ///
    /// # Errors
    /// [`PaymentError::Journal`]: it is cancelled, and a restore of an older backup would not know it until the journal can be
    /// written; ask again. [`PaymentError::NotFound`]; [`PaymentError::Frozen`] as long as the wallet before a restore may have paid
    /// it, or where a transaction has to be contested; then also [`PaymentError::Gap`], [`PaymentError::Undecided`], [`PaymentError::Keys`]. Nothing was changed then.
    pub fn cancel_withdrawal(&self, key: &str) -> Result<Withdrawal, PaymentError> {
        for _ in 0..ATTEMPTS {
            let done = match self.end_withdrawal(key)? {
                Ending::Done(done) => done,
                Ending::Contest { withdrawal, payment } => {
                    let payment = self.ports.store.readers().read(|conn| payment::by_row(conn, payment))?;
                    self.contest(&payment.ok_or(PaymentError::NotFound)?, Cause::Withdrawal(withdrawal))?
                }
            };
            if done {
                return self.withdrawal_left(key);
            }
        }
        Err(PaymentError::Contention)
    }

    /// As [`cancel_withdrawal`](Self::cancel_withdrawal), where no transaction has to be contested: it waits for no node. None: one
    /// has to be, and nothing was changed.
    ///
    /// # Errors
    /// As [`cancel_withdrawal`](Self::cancel_withdrawal).
    pub fn cancel_withdrawal_at_once(&self, key: &str) -> Result<Option<Withdrawal>, PaymentError> {
        match self.end_withdrawal(key)? {
            Ending::Done(true) => self.withdrawal_left(key).map(Some),
            Ending::Done(false) | Ending::Contest { .. } => Ok(None),
        }
    }

    /// As [`cancel`](Self::cancel), where there is nothing to contest any more: it waits for no node. None: there is, and nothing was
    /// changed.
    ///
    /// # Errors
    /// As [`cancel`](Self::cancel).
    pub fn cancel_at_once(&self, which: &PaymentRef) -> Result<Option<Payment>, PaymentError> {
        if self.contestable(which)?.is_some() { Ok(None) } else { self.find(which).map(Some) }
    }

    /// Cancels what has this key, a withdrawal or a payment. Who makes a payment with it, or prepares one, comes first. What was only
    /// prepared with it is released, all of it, and not found.
    ///
    /// # Errors
    /// Those of [`cancel_withdrawal`](Self::cancel_withdrawal) and [`cancel`](Self::cancel).
    pub fn cancel_key(&self, key: &str) -> Result<Cancelled, PaymentError> {
        let ended = {
            let _turn = self.turns.take(Some(key));
            self.end_at_once(key)?
        };
        // without the turn: a node is waited for, and who repeats the request is not to wait for it too
        match ended {
            Some(cancelled) => Ok(cancelled),
            None if self.is_withdrawal(key)? => self.cancel_withdrawal(key).map(Cancelled::Withdrawal),
            None => self.cancel(&PaymentRef::Key(key.to_owned())).map(Cancelled::Payment),
        }
    }

    /// As [`cancel_key`](Self::cancel_key), where that waits for nobody. None: a transaction has to be contested, or somebody works
    /// with the key. Nothing was changed then.
    ///
    /// # Errors
    /// As [`cancel_key`](Self::cancel_key).
    pub fn cancel_key_at_once(&self, key: &str) -> Result<Option<Cancelled>, PaymentError> {
        let Some(_turn) = self.turns.try_take(key) else { return Ok(None) };
        self.end_at_once(key)
    }

    /// Ends what can be ended without a transaction; the turn of the key is the caller's.
    fn end_at_once(&self, key: &str) -> Result<Option<Cancelled>, PaymentError> {
        if self.is_withdrawal(key)? {
            return Ok(self.cancel_withdrawal_at_once(key)?.map(Cancelled::Withdrawal));
        }
        let ended = self.cancel_at_once(&PaymentRef::Key(key.to_owned()));
        if matches!(ended, Err(PaymentError::NotFound)) {
            self.release_prepared_with(key);
        }
        Ok(ended?.map(Cancelled::Payment))
    }

    /// Whether a withdrawal has this key. Keys of withdrawals and payments are one space.
    fn is_withdrawal(&self, key: &str) -> Result<bool, PaymentError> {
        Ok(self.ports.store.readers().read(|conn| withdrawal::by_key(conn, key))?.is_some())
    }

    /// Ends a withdrawal, as far as that takes no transaction.
    fn end_withdrawal(&self, key: &str) -> Result<Ending, PaymentError> {
        let row = self.ports.store.readers().read(|conn| withdrawal::by_key(conn, key))?;
        let row = row.ok_or_else(|| self.unknown(key))?;
        Ok(match (row.stage, row.assignment) {
            (WithdrawalStage::Cancelled | WithdrawalStage::Refused, _) => Ending::Done(true),
            (stage, _) if stage.waits() => Ending::Done(self.end_waiting(row.row)?),
            (_, None) => Ending::Done(self.end_waiting(row.row)?),
            (_, Some(assignment)) if !assignment.state.is_open() => Ending::Done(true),
            (_, Some(assignment)) if assignment.state == PaymentState::Cancelling => {
                let joined = row.cancel || self.join(row.row, assignment.payment)?;
                if joined {
                    self.renew(assignment.payment)?;
                }
                Ending::Done(joined)
            }
            (_, Some(assignment)) => Ending::Contest { withdrawal: row.row, payment: assignment.payment },
        })
    }

    /// Submits the contest of a payment again at once, if nodes have refused it: their word was wrong, or is no longer so.
    fn renew(&self, contested: i64) -> Result<(), PaymentError> {
        if let Some(contest) = self.ports.store.readers().read(|conn| payment::open_contest(conn, contested))? {
            self.drive.want(contest.row);
        }
        Ok(())
    }

    fn withdrawal_left(&self, key: &str) -> Result<Withdrawal, PaymentError> {
        // what could not be written when it was cancelled
        self.ports.journal.flush()?;
        withdraw::find(&self.ports.store, key)
    }

    fn end_waiting(&self, row: i64) -> Result<bool, PaymentError> {
        let ended = self.ports.store.writer().commit(move |tx| {
            // who hears that it is cancelled gives the money back
            refuse_unknown(tx)?;
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
    pub(super) fn contest(&self, payment: &PaymentRow, cause: Cause) -> Result<bool, PaymentError> {
        let keys = self.ports.host.work()?;
        let (network, alias, inputs) = self.ports.store.readers().read(|conn| {
            refuse_to_stop(conn)?;
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
            return self.persist_contest(new.ok_or(PaymentError::Claim)?, cause, keys);
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
        self.persist_contest(new, cause, keys)
    }

    /// Stores and submits what is signed; `keys` is dropped before a node is waited for.
    fn persist_contest(&self, new: NewPaymentRow, cause: Cause, keys: Box<dyn AtWork>) -> Result<bool, PaymentError> {
        fail_point!("payment:contesting");
        let awaited = !matches!(cause, Cause::Outdated(_));
        match self.persist(new, Purpose::Contest(cause)) {
            Ok(Made::New(signed)) => {
                fail_point!("payment:contested");
                drop(keys);
                self.drive.changed();
                if awaited {
                    self.drive.begin(signed.position, FIRST_ANSWER);
                } else {
                    self.drive.add(signed.position, Box::new(()));
                }
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
