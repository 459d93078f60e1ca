//! What the rules have to know, from the database.

use rusqlite::{Connection, Transaction};

use super::{
    super::{PaymentError, Reviewed},
    rules::{Facts, PaymentRules, Verdict, total},
};
use crate::{
    ledger::{Amount, Payee},
    store::{
        StoreError, meta,
        outgoing::{self, Outgoing},
        payment::{self, NewPaymentRow, OutputRole, PaymentOutputRow},
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

    /// The first stage of a withdrawal, with the reason of a refused one, and how many persons have to approve it.
    ///
    /// # Errors
    /// [`PaymentError::RulesNetwork`], [`PaymentError::Store`].
    pub(in crate::payments) fn withdrawal(
        &mut self,
        conn: &Connection,
        payee: Payee,
    ) -> Result<(WithdrawalStage, Option<String>, usize), PaymentError> {
        if self.rules.is_empty() {
            return Ok((WithdrawalStage::Requested, None, 0));
        }
        let given = outside(conn, vec![payee])?;
        let (stage, reason) = stage_of(self.judge(conn, &given, false)?);
        if stage != WithdrawalStage::Refused {
            self.count(total(&given));
        }
        Ok((stage, reason, self.rules.persons(total(&given))))
    }

    fn judge(&mut self, conn: &Connection, given: &[Payee], reviewed: bool) -> Result<Verdict, PaymentError> {
        if self.spent.is_none() {
            // the network may have been met since the opening
            check_network(conn, self.rules)?;
            self.spent = Some(self.spent(conn)?);
        }
        let facts = Facts { outgoing: given, spent: self.spent.as_deref(), reviewed, persons: 0, approvals: 0 };
        Ok(self.rules.judge(&facts))
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
    let given = outside(conn, vec![leaves(row)?])?;
    let (persons, approvals) = (row.persons, row.approvals.len());
    Ok(stage_of(rules.judge(&Facts { outgoing: &given, spent: None, reviewed, persons, approvals })))
}

/// Whether a withdrawal that waits for a transaction may be paid, windows apart. Its recipient is looked up only where that
/// decides.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn passes(conn: &Connection, rules: &PaymentRules, row: &WithdrawalRow) -> Result<bool, PaymentError> {
    let given = [leaves(row)?];
    let (persons, approvals) = (row.persons, row.approvals.len());
    let strictly = rules.judge(&Facts { outgoing: &given, spent: None, reviewed: true, persons, approvals });
    // nothing more is asked of what stays in the wallet
    Ok(strictly == Verdict::Allowed || again(conn, rules, row, true)?.0 == WithdrawalStage::Requested)
}

/// How many persons these rules want to approve a withdrawal.
///
/// # Errors
/// [`PaymentError::Store`].
pub(super) fn persons(conn: &Connection, rules: &PaymentRules, row: &WithdrawalRow) -> Result<usize, PaymentError> {
    Ok(rules.persons(total(&outside(conn, vec![leaves(row)?])?)))
}

/// What leaves the wallet for a withdrawal: what is lent with it does, too.
fn leaves(row: &WithdrawalRow) -> Result<Payee, PaymentError> {
    let amount = row.amount.checked_add(row.lent);
    let amount = amount.ok_or_else(|| StoreError::corrupt("a withdrawal of more than there is"))?;
    Ok(Payee { address: row.address, amount })
}

/// Refuses rules about the addresses of another network than the wallet's. As long as that is not known they pass: nothing is
/// paid then.
///
/// # Errors
/// [`PaymentError::RulesNetwork`], [`PaymentError::Store`].
pub(crate) fn check_network(conn: &Connection, rules: &PaymentRules) -> Result<(), PaymentError> {
    let Some(listed) = &rules.allow_list_hrp else { return Ok(()) };
    match meta::network(conn)? {
        Some(network) if network.hrp != *listed => {
            Err(PaymentError::RulesNetwork { listed: listed.clone(), network: network.hrp })
        }
        _ => Ok(()),
    }
}

/// Refuses a payment that the rules refuse, or for which persons would have to be asked: it can only be a withdrawal then. What
/// all of these let pass, and nobody else, is for the reviewer.
///
/// # Errors
/// [`PaymentError::Refused`], [`PaymentError::ApprovalRequired`], [`PaymentError::ReviewRequired`],
/// [`PaymentError::RulesNetwork`], [`PaymentError::Store`].
pub(in crate::payments) fn check(
    conn: &Connection,
    rules: &PaymentRules,
    payees: Vec<Payee>,
    reviewed: &Reviewed,
    now_ms: u64,
) -> Result<(), PaymentError> {
    if rules.is_empty() {
        return Ok(());
    }
    let given = outside(conn, payees)?;
    // judged as if the reviewer had agreed: nobody is asked about what cannot be paid anyway
    match Judge::new(rules, now_ms).judge(conn, &given, true)? {
        Verdict::Allowed | Verdict::NeedsReview if rules.review && *reviewed == Reviewed::No => {
            Err(PaymentError::ReviewRequired)
        }
        Verdict::Allowed | Verdict::NeedsReview => Ok(()),
        Verdict::NeedsApproval => {
            let from = rules.approval_from.unwrap_or(Amount::ZERO);
            Err(PaymentError::ApprovalRequired { given: total(&given).amount, from })
        }
        Verdict::Refused(refusal) => Err(PaymentError::Refused(refusal)),
    }
}

/// Lets a signed payment of its own into the database, or refuses it; `row` counts for the windows from then on. The review came
/// before the signature, and is no matter of what others did meanwhile.
///
/// # Errors
/// Those of [`check`].
pub(in crate::payments) fn admit(
    tx: &Transaction<'_>,
    rules: &PaymentRules,
    new: &NewPaymentRow,
    row: i64,
) -> Result<(), PaymentError> {
    check(tx, rules, leaving(new), &Reviewed::Yes, new.created_ms)?;
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
    // what a claim gives back was never ours
    let asked = [OutputRole::Payee, OutputRole::Remainder, OutputRole::FanOut];
    let leaves = |output: &&PaymentOutputRow| output.ours.is_none() && asked.contains(&output.role);
    // a storage deposit that comes back is away until then
    let payee = |output: &PaymentOutputRow| Payee { address: output.address, amount: output.amount };
    new.outputs.iter().filter(leaves).map(payee).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{address, output_id, transaction_id};

    #[test]
    fn what_a_claim_gives_back_does_not_leave_the_wallet() {
        let output = |place: u8, role, ours| PaymentOutputRow {
            output_id: output_id(transaction_id(1), place),
            address: address(u32::from(place)),
            amount: Amount::new(u64::from(place) + 1),
            role,
            ours,
            deposit_return: None,
            expiration: None,
        };
        let new = NewPaymentRow {
            transaction_id: transaction_id(1),
            account: 0,
            key: None,
            digest: [0; 32],
            payload: Vec::new(),
            tagged_data: None,
            remainder: Amount::ZERO,
            contests: None,
            note: None,
            created_ms: 0,
            inputs: Vec::new(),
            outputs: vec![
                output(0, OutputRole::Claim, Some(0)),
                output(1, OutputRole::DepositReturn, None),
                output(2, OutputRole::Payee, None),
                output(3, OutputRole::Remainder, None),
                output(4, OutputRole::Remainder, Some(0)),
            ],
            retry: false,
            retries: None,
        };
        let amounts: Vec<u64> = leaving(&new).iter().map(|payee| payee.amount.units()).collect();
        assert_eq!(amounts, [3, 4]);
    }
}
