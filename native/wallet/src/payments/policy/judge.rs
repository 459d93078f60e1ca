//! What the rules have to know, from the database.

use rusqlite::{Connection, Transaction};

use super::{
    super::PaymentError,
    rules::{Facts, PaymentRules, Verdict, total},
};
use crate::{
    ledger::{Amount, Payee},
    store::{
        outgoing::{self, Outgoing},
        payment::{self, NewPaymentRow, PaymentOutputRow},
        withdrawal::{WithdrawalRow, WithdrawalStage},
    },
};

/// Judges what comes in one transaction, one after the other: each counts for the next.
pub(in crate::payments) struct Judge<'a> {
    rules: &'a PaymentRules,
    now_ms: u64,
    /// What counts for each window; none: it was not asked for yet.
    spent: Option<Vec<Outgoing>>,
}

impl<'a> Judge<'a> {
    /// By these rules at this time.
    pub(in crate::payments) const fn new(rules: &'a PaymentRules, now_ms: u64) -> Self {
        Self { rules, now_ms, spent: None }
    }

    /// The first stage of a withdrawal, with the reason of a refused one.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub(in crate::payments) fn withdrawal(
        &mut self,
        conn: &Connection,
        payee: Payee,
    ) -> Result<(WithdrawalStage, Option<String>), PaymentError> {
        if self.rules.is_empty() {
            return Ok((WithdrawalStage::Requested, None));
        }
        let given = outside(conn, vec![payee])?;
        let decided = stage_of(self.judge(conn, &given, false)?);
        if decided.0 != WithdrawalStage::Refused {
            self.count(total(&given));
        }
        Ok(decided)
    }

    fn judge(&mut self, conn: &Connection, given: &[Payee], reviewed: bool) -> Result<Verdict, PaymentError> {
        if self.spent.is_none() {
            self.spent = Some(self.spent(conn)?);
        }
        Ok(self.rules.judge(&Facts { outgoing: given, spent: self.spent.as_deref(), reviewed, approvals: 0 }))
    }

    fn spent(&self, conn: &Connection) -> Result<Vec<Outgoing>, PaymentError> {
        let waiting = if self.rules.windows.is_empty() { Outgoing::default() } else { outgoing::waiting(conn)? };
        let in_window = |length: std::time::Duration| {
            let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
            Ok(outgoing::signed_within(conn, self.now_ms, length)?.and(waiting))
        };
        self.rules.windows.iter().map(|window| in_window(window.length)).collect()
    }

    fn count(&mut self, given: Outgoing) {
        self.spent.iter_mut().flatten().for_each(|spent| *spent = spent.and(given));
    }
}

/// Those of the recipients that are not the wallet's own addresses.
fn outside(conn: &Connection, payees: Vec<Payee>) -> Result<Vec<Payee>, PaymentError> {
    let mut outside = Vec::with_capacity(payees.len());
    for payee in payees {
        if payment::address_key(conn, &payee.address)?.is_none() {
            outside.push(payee);
        }
    }
    Ok(outside)
}

/// What a verdict makes of a withdrawal.
fn stage_of(verdict: Verdict) -> (WithdrawalStage, Option<String>) {
    match verdict {
        Verdict::Allowed => (WithdrawalStage::Requested, None),
        Verdict::NeedsReview => (WithdrawalStage::AwaitingReview, None),
        Verdict::NeedsApproval => (WithdrawalStage::AwaitingApproval, None),
        Verdict::Refused(refusal) => (WithdrawalStage::Refused, Some(refusal.to_string())),
    }
}

/// The next stage of a withdrawal that waits, which the windows count already.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn again(
    conn: &Connection,
    rules: &PaymentRules,
    row: &WithdrawalRow,
    reviewed: bool,
) -> Result<(WithdrawalStage, Option<String>), PaymentError> {
    let given = outside(conn, vec![Payee { address: row.address, amount: row.amount }])?;
    let facts = Facts { outgoing: &given, spent: None, reviewed, approvals: row.approvals.len() };
    Ok(stage_of(rules.judge(&facts)))
}

/// Refuses a payment that the rules refuse, or for which persons would have to be asked: it can only be a withdrawal then.
///
/// # Errors
/// [`PaymentError::Refused`], [`PaymentError::ApprovalRequired`], [`PaymentError::Store`].
pub(in crate::payments) fn check(
    conn: &Connection,
    rules: &PaymentRules,
    payees: Vec<Payee>,
    now_ms: u64,
) -> Result<(), PaymentError> {
    if rules.is_empty() {
        return Ok(());
    }
    let given = outside(conn, payees)?;
    // who reviews payments of their own does so before they come here
    match Judge::new(rules, now_ms).judge(conn, &given, true)? {
        Verdict::Allowed | Verdict::NeedsReview => Ok(()),
        Verdict::NeedsApproval => {
            let from = rules.approval_from.unwrap_or(Amount::ZERO);
            Err(PaymentError::ApprovalRequired { given: total(&given).amount, from })
        }
        Verdict::Refused(refusal) => Err(PaymentError::Refused(refusal)),
    }
}

/// Lets a signed payment of its own into the database, or refuses it; `row` counts for the windows from then on.
///
/// # Errors
/// Those of [`check`].
pub(in crate::payments) fn admit(
    tx: &Transaction<'_>,
    rules: &PaymentRules,
    new: &NewPaymentRow,
    row: i64,
) -> Result<(), PaymentError> {
    check(tx, rules, leaving(new), new.created_ms)?;
    count(tx, new, row)
}

/// Counts a payment of its own for the windows of its time, whatever the rules say: it is signed already. Withdrawals that turn
/// out to be paid by it are taken out of it by [`outgoing::split`].
///
/// # Errors
/// [`PaymentError::Store`].
pub(in crate::payments) fn count(tx: &Transaction<'_>, new: &NewPaymentRow, row: i64) -> Result<(), PaymentError> {
    let given = total(&leaving(new));
    if given.recipients > 0 {
        outgoing::insert(tx, row, new.created_ms, given)?;
    }
    Ok(())
}

/// Who gets something of a payment and is not the wallet itself.
fn leaving(new: &NewPaymentRow) -> Vec<Payee> {
    let leaves = |output: &&PaymentOutputRow| output.ours.is_none();
    let payee = |output: &PaymentOutputRow| {
        let back = output.deposit_return.unwrap_or(Amount::ZERO);
        Payee { address: output.address, amount: output.amount.checked_sub(back).unwrap_or(output.amount) }
    };
    new.outputs.iter().filter(leaves).map(payee).collect()
}
