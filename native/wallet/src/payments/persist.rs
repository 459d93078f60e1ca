//! The one commit of a signed transaction: what it is for, locks, counters and events, or nothing of them.

use std::sync::Arc;

use rusqlite::Transaction;

use super::{
    Payment, PaymentError, Payments,
    inclusion::{self, Inclusion},
    marker,
    policy::{self, PaymentRules},
    query,
    recovered::refuse_possibly_paid,
    settle::{refuse_foreign_signer, refuse_to_pay, refuse_to_stop},
};
use crate::{
    audit, events,
    ledger::{OutputId, Payee},
    store::{
        HoldingsChange, StoreError, account, meta, output,
        payment::{self, NewPaymentRow, OutputRole, PaymentRow, PaymentState},
        recovered as found, withdrawal,
    },
};

/// What a signed transaction is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    /// A payment of its own.
    Payment,
    /// These withdrawals, in the order of its outputs.
    Withdrawals(Vec<i64>),
    /// To claim its inputs, which are under conditions.
    Claim,
    /// To stop the payment that it contests.
    Contest(Cause),
}

/// Why a payment is contested.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// Somebody cancels it.
    Cancelled,
    /// Somebody cancels this withdrawal, which it pays.
    Withdrawal(i64),
    /// The wallet does not want it to be applied any more, for this reason.
    Outdated(String),
}

/// What the commit did.
pub(super) enum Made {
    /// The payment is on disk, as it is here.
    New(Box<Payment>),
    /// Its key was used meanwhile.
    Existing(Box<PaymentRow>),
}

/// Why the commit did nothing.
pub(super) enum Refused {
    /// An input is no longer free.
    InputTaken,
    /// What it was for is no longer as it was.
    Outdated,
    /// Anything else.
    Other(PaymentError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

impl From<PaymentError> for Refused {
    fn from(error: PaymentError) -> Self {
        Self::Other(error)
    }
}

impl Payments {
    pub(super) fn persist(&self, new: NewPaymentRow, purpose: Purpose) -> Result<Made, Refused> {
        let (host, rules) = (Arc::clone(&self.ports.host), Arc::clone(&self.rules));
        self.ports.store.writer().commit_then(
            move |tx| write(tx, &new, &purpose, &rules),
            move |made| {
                if let Made::New(signed) = made {
                    host.signed(&signed.transaction_id);
                }
            },
        )
    }
}

fn write(tx: &Transaction<'_>, new: &NewPaymentRow, purpose: &Purpose, rules: &PaymentRules) -> Result<Made, Refused> {
    let stops = matches!(purpose, Purpose::Contest { .. });
    if !stops {
        refuse_foreign_signer(tx)?;
    }
    if let Some(key) = &new.key {
        if let Some(row) = payment::by_key(tx, key)? {
            return Ok(Made::Existing(Box::new(row)));
        }
        if let Some(row) = withdrawal::by_key(tx, key)? {
            return Err(PaymentError::conflict(&row.digest, &new.digest).into());
        }
    }
    // after the key: a payment that exists is answered while new ones are refused
    if stops {
        refuse_to_stop(tx)?
    } else {
        refuse_to_pay(tx)?
    }
    if let Purpose::Payment = purpose {
        refuse_recovered(tx, new)?;
    }
    if let Purpose::Contest(cause) = purpose {
        // before its row: of two contests of a payment, which have the same bytes, the later one has to find it contested
        contest(tx, new, cause)?;
    }
    if let Some(dead) = new.retries
        && !payment::end_retry(tx, dead)?
    {
        return Err(Refused::Outdated);
    }
    let row = payment::insert(tx, new)?;
    match purpose {
        Purpose::Payment => {
            policy::admit(tx, rules, new, row)?;
            lock(tx, new, row, output::lock)?;
        }
        Purpose::Claim => lock(tx, new, row, output::lock_held)?,
        Purpose::Withdrawals(rows) => {
            lock(tx, new, row, output::lock)?;
            for (position, withdrawal) in (0u32..).zip(rows) {
                if !withdrawal::assign(tx, *withdrawal, row, position)? {
                    return Err(Refused::Outdated);
                }
            }
        }
        Purpose::Contest(_) => {}
    }
    let incoming = i64::try_from(new.remainder.units()).expect("a remainder is part of the supply, below 2^63");
    account::change(tx, new.account, &HoldingsChange { incoming, ..HoldingsChange::default() })?;
    audit::payments::signed(tx, new, row)?;
    let row = payment::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a payment just written is not there"))?;
    events::append(tx, inclusion::events(tx, &row, Inclusion::Pending)?).map_err(PaymentError::from)?;
    fail_point!("payment:written");
    Ok(Made::New(Box::new(query::load(tx, row)?)))
}

/// Refuses what the ledger has shown since the request was looked at: a payment with its key, or one that may be what it asks for.
fn refuse_recovered(tx: &Transaction<'_>, new: &NewPaymentRow) -> Result<(), Refused> {
    if let Some(key) = &new.key
        && let Some((markers, network)) = marker::in_use(tx)?.zip(meta::network(tx)?)
        && found::key(tx, &markers.marker(&network, key))?.is_some()
    {
        return Err(Refused::Outdated);
    }
    let payees = new.outputs.iter().filter(|output| output.role == OutputRole::Payee);
    let payees = payees.map(|output| Payee { address: output.address, amount: found::worth(output) });
    Ok(refuse_possibly_paid(tx, &payees.collect::<Vec<_>>())?)
}

type Lock = fn(&Transaction<'_>, &OutputId, i64) -> Result<bool, StoreError>;

fn lock(tx: &Transaction<'_>, new: &NewPaymentRow, row: i64, lock: Lock) -> Result<(), Refused> {
    for input in &new.inputs {
        if !lock(tx, &input.output_id, row)? {
            return Err(Refused::InputTaken);
        }
    }
    Ok(())
}

/// From now on the contested payment is submitted no more. Its inputs stay reserved by it until a milestone decides.
fn contest(tx: &Transaction<'_>, new: &NewPaymentRow, cause: &Cause) -> Result<(), Refused> {
    let (named, why) = match cause {
        Cause::Cancelled => (None, None),
        Cause::Withdrawal(named) => (Some(*named), None),
        Cause::Outdated(why) => (None, Some(why.as_str())),
    };
    let contested = new.contests.ok_or_else(|| StoreError::corrupt("a contest of nothing"))?;
    if !payment::set_open_state(tx, contested, PaymentState::Cancelling, why)? {
        return Err(Refused::Outdated);
    }
    if let Some(named) = named {
        withdrawal::mark_cancel(tx, named)?;
    }
    audit::payments::contested(tx, contested, named, &new.transaction_id, why)?;
    for row in withdrawal::of_payment(tx, contested)? {
        let event = inclusion::withdrawal_event(tx, row)?;
        events::append(tx, vec![event]).map_err(PaymentError::from)?;
    }
    Ok(())
}
