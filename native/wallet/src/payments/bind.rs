//! Keys of recovered payments find their way back: to a request that asks for one, to a withdrawal that waits, and from a payment
//! that died of the recovered one.
//!
//! **A key never names what does not fit:** recipients and amounts must be those of the transaction.

use rusqlite::{Connection, Transaction};

use super::{
    PaymentError, PaymentState,
    inclusion::{self, Inclusion},
    marker::{self, Marker, MarkerKey},
    recovered::pays_all,
    request::Canonical,
};
use crate::{
    audit, events,
    ledger::{Address, Amount, Network, Payee, TransactionId},
    store::{
        StoreError, meta, outgoing,
        payment::{self, OutputRole, PaymentOutputRow, PaymentRow},
        recovered::{self, RecoveredKey, worth},
        withdrawal::{self, NewWithdrawalRow, WithdrawalRow, WithdrawalStage},
    },
};

/// Makes withdrawals that wait since before the backup, or whose transaction is dead, part of the recovered payments that paid
/// them, and gives these the keys of dead payments that they were made for, as far as markers say so. Does nothing when the key of the markers was never asked for.
///
/// # Errors
/// [`PaymentError::Store`]; nothing must be committed then.
pub fn bind_waiting(tx: &Transaction<'_>) -> Result<(), PaymentError> {
    if !recovered::has_keys(tx)? {
        return Ok(());
    }
    let (Some(key), Some(network)) = (marker::stored(tx)?, meta::network(tx)?) else { return Ok(()) };
    for row in withdrawal::unpaid(tx)? {
        let marker = key.marker(&network, &row.key);
        let request = Wanted { account: row.account, address: &row.address, amount: row.amount };
        if let Found::Output(payment, position) = find_output(tx, &marker, &request)? {
            assign(tx, row.row, &marker, (payment, position))?;
        }
    }
    payment::dead_with_key(tx)?.iter().try_for_each(|dead| bind_dead(tx, dead, &key, &network))
}

/// Gives the key of a dead payment to the recovered one that was made for it: an input of the dead one went to that.
fn bind_dead(tx: &Transaction<'_>, dead: &PaymentRow, key: &MarkerKey, network: &Network) -> Result<(), PaymentError> {
    let Some(name) = &dead.key else { return Ok(()) };
    let marker = key.marker(network, name);
    let Some(found) = recovered::key(tx, &marker)? else { return Ok(()) };
    let made = by_row(tx, found.payment)?;
    let mut payees = payment::outputs(tx, dead.row)?;
    payees.retain(|output| output.role == OutputRole::Payee);
    let payees: Vec<Payee> =
        payees.iter().map(|output| Payee { address: output.address, amount: worth(output) }).collect();
    if made.account != dead.account || made.key.is_some() || !pays(tx, &made, &found, &payees)? {
        return Ok(());
    }
    payment::unname(tx, dead.row)?;
    payment::name(tx, made.row, name, &dead.digest, dead.note.as_deref())?;
    bound(tx, made.row, &marker, Some(&dead.transaction_id)).map(drop)
}

/// Notes that a recovered payment has got its key.
pub(super) fn bound(
    tx: &Transaction<'_>,
    row: i64,
    marker: &Marker,
    instead_of: Option<&TransactionId>,
) -> Result<PaymentRow, PaymentError> {
    recovered::remove_key(tx, marker)?;
    let row = by_row(tx, row)?;
    audit::payments::key_bound(tx, &row, instead_of)?;
    // one that has ended otherwise, or not yet, has told so or will
    if let (PaymentState::Confirmed, Some(milestone)) = (row.state, row.milestone_index) {
        let what = Inclusion::Confirmed { milestone, reason: row.reason.clone() };
        events::append(tx, inclusion::events(tx, &row, what)?)?;
    }
    Ok(row)
}

/// Makes a withdrawal part of the recovered payment that paid it.
fn assign(
    tx: &Transaction<'_>,
    row: i64,
    marker: &Marker,
    (payment, position): (i64, u32),
) -> Result<WithdrawalRow, PaymentError> {
    withdrawal::reassign(tx, row, payment, position)?;
    recovered::remove_key(tx, marker)?;
    let row = withdrawal::by_row(tx, row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
    outgoing::split(tx, payment, row.row)?;
    audit::payments::withdrawal_bound(tx, &row)?;
    events::append(tx, vec![inclusion::withdrawal_event(tx, row.clone())?])?;
    Ok(row)
}

/// What a withdrawal is to pay.
struct Wanted<'a> {
    account: u32,
    address: &'a Address,
    amount: Amount,
}

enum Found {
    /// No recovered payment has this key.
    Nothing,
    /// This output of this payment paid it.
    Output(i64, u32),
    /// A recovered payment has the key, and pays something else.
    Other(Box<PaymentRow>),
}

fn find_output(conn: &Connection, marker: &Marker, wanted: &Wanted<'_>) -> Result<Found, PaymentError> {
    let Some(key) = recovered::key(conn, marker)? else { return Ok(Found::Nothing) };
    let row = by_row(conn, key.payment)?;
    let outputs = payment::outputs(conn, row.row)?;
    let taken: Vec<_> = withdrawal::of_payment(conn, row.row)?.into_iter().map(|row| row.assignment).collect();
    let free = |output: &PaymentOutputRow| !taken.iter().flatten().any(|other| other.output_id == output.output_id);
    let pays = |output: &PaymentOutputRow| output.address == *wanted.address && worth(output) == wanted.amount;
    let place = (0u32..).zip(&outputs).find(|(position, output)| {
        let here = key.position.map_or(key.named, |only| only == *position);
        here && free(output) && pays(output)
    });
    Ok(match place {
        Some((position, _)) if row.account == wanted.account && row.key.is_none() => Found::Output(row.row, position),
        _ => Found::Other(Box::new(row)),
    })
}

pub(super) fn by_row(conn: &Connection, row: i64) -> Result<PaymentRow, StoreError> {
    payment::by_row(conn, row)?.ok_or_else(|| StoreError::corrupt("a recovered payment is gone"))
}

/// The withdrawal that a recovered payment paid for this key, written down now; none: no recovered payment has the key.
///
/// # Errors
/// [`PaymentError::IdempotencyConflict`], [`PaymentError::Store`].
pub(super) fn bind_withdrawal(
    tx: &Transaction<'_>,
    new: &NewWithdrawalRow,
    marker: &Marker,
) -> Result<Option<WithdrawalRow>, PaymentError> {
    let request = Wanted { account: new.account, address: &new.address, amount: new.amount };
    match find_output(tx, marker, &request)? {
        Found::Nothing => Ok(None),
        Found::Other(row) => Err(PaymentError::conflict(&row.digest, &new.digest)),
        Found::Output(payment, position) => {
            let row = withdrawal::insert(tx, new, WithdrawalStage::Requested, None)?;
            audit::payments::withdrawal_requested(tx, new)?;
            assign(tx, row, marker, (payment, position)).map(Some)
        }
    }
}

/// Whether the recovered payment is what the request asks for. Of one that a person named, what it was for is not known
/// beyond what it pays.
pub(super) fn fits(
    conn: &Connection,
    row: &PaymentRow,
    key: &RecoveredKey,
    request: &Canonical,
) -> Result<bool, PaymentError> {
    if row.account != request.account || request.tagged_data.is_some() && !key.named {
        return Ok(false);
    }
    pays(conn, row, key, &request.payees)
}

/// Whether the recovered payment pays just these as a payment of its own.
fn pays(conn: &Connection, row: &PaymentRow, key: &RecoveredKey, payees: &[Payee]) -> Result<bool, PaymentError> {
    if key.position.is_some() {
        return Ok(false);
    }
    let mut outputs = payment::outputs(conn, row.row)?;
    if key.named {
        return Ok(pays_all(outputs, payees));
    }
    outputs.retain(|output| output.role == OutputRole::Payee);
    let pays =
        |(output, payee): (&PaymentOutputRow, &Payee)| output.address == payee.address && worth(output) == payee.amount;
    Ok(outputs.len() == payees.len() && outputs.iter().zip(payees).all(pays))
}
