//! What the reviewer and persons answer to withdrawals that wait.
//!
//! Each answer is one transaction with its event: after a crash a withdrawal waits as before, or is decided.

use std::sync::Arc;

use rusqlite::{Connection, Transaction};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    super::{
        PaymentError, Payments, Withdrawal, inclusion,
        query::PAGE_LIMIT,
        settle::{refuse_unknown, refuse_unsettled},
    },
    judge::{again, check_network, passes, persons},
    rules::{PaymentRules, Refusal},
};
use crate::{
    audit, events,
    store::{
        StoreError, restore,
        withdrawal::{self, Approval, WithdrawalRow, WithdrawalStage},
    },
};

/// The longest name of an approver, in bytes of UTF-8.
pub const APPROVER_LIMIT: usize = 64;
/// The longest reason, in bytes of UTF-8.
pub const REASON_LIMIT: usize = 1_024;

/// A new stage with its reason; none: nothing changes.
type Step = Option<(WithdrawalStage, Option<String>)>;

impl Payments {
    /// Notes that a person approves a withdrawal; the second one lets it go on. The same person counts once, however the name
    /// is spelled in capital and small letters. One that waits for the reviewer can be approved meanwhile; one that does not
    /// wait for people any more is answered as it is. Who the person is, is the caller's word.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Words`], [`PaymentError::Name`], [`PaymentError::Store`]. Nothing was changed
    /// then.
    pub fn approve(&self, key: &str, approver: &str) -> Result<Withdrawal, PaymentError> {
        check_name(approver)?;
        let (approver, at_ms) = (approver.to_owned(), self.ports.clock.now_ms());
        self.decide(key, refuse_unknown, move |tx, rules, row| {
            if !matches!(row.stage, WithdrawalStage::AwaitingReview | WithdrawalStage::AwaitingApproval) {
                return Ok(None);
            }
            let person = folded(&approver);
            if !row.approvals.iter().any(|before| folded(&before.approver) == person) {
                row.approvals.push(Approval { approver, at_ms });
                withdrawal::approve(tx, row.row, &row.approvals)?;
                let approver = row.approvals.last().map_or("", |approval| &*approval.approver);
                audit::payments::withdrawal_approved(tx, row, approver, row.approvals.len())?;
            }
            let decides = row.stage == WithdrawalStage::AwaitingApproval;
            decides.then(|| again(tx, rules, row, true)).transpose()
        })
    }

    /// Refuses a withdrawal that no transaction pays yet: it has ended when this returns. Another one is answered as it is.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Words`], [`PaymentError::Name`], [`PaymentError::Store`];
    /// [`PaymentError::Frozen`] as long as the wallet before a restore may have paid it. Nothing was changed
    /// then. [`PaymentError::Journal`]: it is refused, and a restore of an older backup would not know it until the journal can
    /// be written; ask again.
    pub fn refuse(&self, key: &str, approver: &str, reason: &str) -> Result<Withdrawal, PaymentError> {
        check_name(approver)?;
        words("a reason", reason, REASON_LIMIT)?;
        let refusal = Refusal::Person { approver: approver.to_owned(), reason: reason.to_owned() };
        let refused = (WithdrawalStage::Refused, Some(refusal.to_string()));
        // a person who has looked is who knows it
        self.decide(key, refuse_unsettled, move |_, _, row| Ok(row.stage.waits().then_some(refused)))
    }

    /// The reviewer's answer to a withdrawal that waits for it: a veto with its reason, or none. Another one is answered as it
    /// is: the first answer counts.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Words`], [`PaymentError::Store`]. Nothing was changed then.
    /// [`PaymentError::Frozen`], [`PaymentError::Journal`]: as for [`refuse`](Self::refuse).
    pub fn review(&self, key: &str, veto: Option<&str>) -> Result<Withdrawal, PaymentError> {
        veto.map_or(Ok(()), |veto| words("a reason", veto, REASON_LIMIT))?;
        let refused = veto.map(|veto| {
            let refusal = Refusal::Review(veto.to_owned());
            (WithdrawalStage::Refused, Some(refusal.to_string()))
        });
        self.decide(key, refuse_unknown, move |tx, rules, row| match (row.stage, refused) {
            (WithdrawalStage::AwaitingReview, Some(refused)) => Ok(Some(refused)),
            (WithdrawalStage::AwaitingReview, None) => again(tx, rules, row, true).map(Some),
            _ => Ok(None),
        })
    }

    /// Up to `limit` withdrawals that wait in a stage, after a position, oldest first.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn waiting(
        &self,
        stage: WithdrawalStage,
        after: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Withdrawal>, PaymentError> {
        let (after, limit) = (after.unwrap_or(0), limit.min(PAGE_LIMIT));
        let rows = self.ports.store.readers().read(|conn| withdrawal::in_stage(conn, stage, after, limit))?;
        Ok(rows.into_iter().map(Withdrawal::from).collect())
    }

    /// Judges what waits by the rules of this opening, which may not be those it was taken by: limits of windows apart, which
    /// count it already. They can refuse, and ask for persons; nothing is freed by them: what waits for a reviewer or for
    /// persons goes on only by their answers. Called before anything is paid.
    pub(in crate::payments) fn apply_rules(&self) -> Result<(), PaymentError> {
        // what waits in a restored wallet may have been paid: it is judged when that was seen
        if self.rules.is_empty() || self.ports.store.readers().read(restore::payments_frozen)?.is_some() {
            return Ok(());
        }
        for stage in [WithdrawalStage::AwaitingReview, WithdrawalStage::AwaitingApproval, WithdrawalStage::Requested] {
            let mut after = 0;
            loop {
                let rows =
                    self.ports.store.readers().read(|conn| withdrawal::in_stage(conn, stage, after, PAGE_LIMIT))?;
                let Some(last) = rows.last() else { break };
                after = last.row;
                self.apply_to(rows)?;
            }
        }
        Ok(())
    }

    /// Judges what a transaction is about to pay as [`apply_rules`](Self::apply_rules) does, which has not seen what was part of a
    /// batch then and is taken out of it since. False: some of it waits for persons now, or is refused.
    pub(in crate::payments) fn may_pay<'a>(
        &self,
        rows: impl Iterator<Item = &'a WithdrawalRow>,
    ) -> Result<bool, PaymentError> {
        if self.rules.is_empty() {
            return Ok(true);
        }
        let odd = self.ports.store.readers().read(|conn| {
            // the network may have been met since the opening
            check_network(conn, &self.rules)?;
            let mut odd = Vec::new();
            for row in rows {
                if !passes(conn, &self.rules, row)? {
                    odd.push(row.clone());
                }
            }
            Ok::<_, PaymentError>(odd)
        })?;
        if odd.is_empty() {
            return Ok(true);
        }
        self.apply_to(odd)?;
        Ok(false)
    }

    fn apply_to(&self, rows: Vec<WithdrawalRow>) -> Result<(), PaymentError> {
        let rules = Arc::clone(&self.rules);
        let refused = self.ports.store.writer().commit(move |tx| {
            rows.iter().filter_map(|row| apply(tx, &rules, row).transpose()).collect::<Result<Vec<_>, _>>()
        })?;
        self.keep_refused(refused);
        Ok(())
    }

    /// Decides of the withdrawal that has the key, unless it would be refused and `unless` refuses that.
    fn decide(
        &self,
        key: &str,
        unless: fn(&Connection) -> Result<(), PaymentError>,
        decision: impl FnOnce(&Transaction<'_>, &PaymentRules, &mut WithdrawalRow) -> Result<Step, PaymentError>
        + Send
        + 'static,
    ) -> Result<Withdrawal, PaymentError> {
        let (name, rules) = (key.to_owned(), Arc::clone(&self.rules));
        let decided = self.ports.store.writer().commit(move |tx| {
            let mut row = withdrawal::by_key(tx, &name)?.ok_or(PaymentError::NotFound)?;
            let step = decision(tx, &rules, &mut row)?;
            if matches!(step, Some((WithdrawalStage::Refused, _))) {
                // who hears that it is refused gives the money back
                unless(tx)?;
            }
            let moved = step.map_or(Ok(false), |step| step_to(tx, &row, step))?;
            let now = withdrawal::by_row(tx, row.row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
            fail_point!("policy:written");
            Ok::<_, PaymentError>((now, moved))
        });
        let (row, moved) = match decided {
            Err(PaymentError::NotFound) => return Err(self.unknown(key)),
            decided => decided?,
        };
        fail_point!("policy:durable");
        self.batches.requested(usize::from(moved && row.stage == WithdrawalStage::Requested));
        if row.stage == WithdrawalStage::Refused {
            let journal = &self.ports.journal;
            // or what could not be written when it was refused
            if moved { journal.ended([row.clone()]) } else { journal.flush() }?;
        }
        Ok(row.into())
    }
}

/// Answers the withdrawal if it is refused now.
fn apply(
    tx: &Transaction<'_>,
    rules: &PaymentRules,
    row: &WithdrawalRow,
) -> Result<Option<WithdrawalRow>, PaymentError> {
    let step = again(tx, rules, row, true)?;
    let persons = persons(tx, rules, row)?;
    if persons > row.persons {
        withdrawal::need(tx, row.row, persons)?;
    }
    let asks = row.stage == WithdrawalStage::Requested && step.0 == WithdrawalStage::AwaitingApproval;
    if asks || step.0 == WithdrawalStage::Refused {
        step_to(tx, row, step)?;
    }
    Ok(withdrawal::by_row(tx, row.row)?.filter(|now| now.stage == WithdrawalStage::Refused))
}

/// Moves a withdrawal, with its event. False: it is there already, or was moved meanwhile.
fn step_to(
    tx: &Transaction<'_>,
    row: &WithdrawalRow,
    (stage, reason): (WithdrawalStage, Option<String>),
) -> Result<bool, PaymentError> {
    if stage == row.stage || !withdrawal::decide(tx, row.row, row.stage, stage, reason.as_deref())? {
        return Ok(false);
    }
    let now = withdrawal::by_row(tx, row.row)?.ok_or_else(|| StoreError::corrupt("a withdrawal is gone"))?;
    audit::payments::withdrawal_judged(tx, &now)?;
    events::append(tx, vec![inclusion::withdrawal_event(tx, now)?])?;
    Ok(true)
}

/// A name is written as an alias is: what is overlooked does not make another person.
fn check_name(name: &str) -> Result<(), PaymentError> {
    words("an approver", name, APPROVER_LIMIT)?;
    let odd = name.trim() != name || name.chars().any(|c| c.is_control() || is_invisible(c));
    let invalid = odd || folded(name).is_empty();
    if invalid { Err(PaymentError::Name) } else { Ok(()) }
}

/// Whether a character shows nothing: Unicode's format characters and what else is ignored where it cannot be shown.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The same text for all spellings of a name that differ in case, in the width of letters or blanks, or in how their accents are
/// encoded, or in joiners, which some scripts are written with.
fn folded(name: &str) -> String {
    // by way of capital letters: some small ones have the same
    let joined = name.chars().filter(|c| !matches!(c, '\u{200c}' | '\u{200d}'));
    let folded: String = joined.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(in crate::payments) fn words(what: &'static str, text: &str, limit: usize) -> Result<(), PaymentError> {
    let length = text.len();
    if (1..=limit).contains(&length) { Ok(()) } else { Err(PaymentError::Words { what, length, limit }) }
}
