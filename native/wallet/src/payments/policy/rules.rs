//! What may be paid. Pure: the same rules and the same facts give the same verdict.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    ledger::{Address, Amount, Payee},
    store::outgoing::Outgoing,
};

/// So many persons have to approve.
pub(super) const PERSONS: usize = 2;

/// What a wallet may pay; by default everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentRules {
    /// The most that one payment or withdrawal may take out of the wallet; none: there is no limit.
    pub per_payment: Option<Amount>,
    /// Limits of what is paid in a time, all of which hold.
    pub windows: Vec<Window>,
    /// The only addresses beside the wallet's own that may be paid; none: all may.
    pub allow_list: Option<BTreeSet<Address>>,
    /// The prefix of these addresses, which has to be that of the wallet's network; none: that is not checked.
    pub allow_list_hrp: Option<String>,
    /// From this amount on two persons have to approve; none: nobody has to.
    pub approval_from: Option<Amount>,
    /// Every withdrawal waits for a reviewer's answer, and no other payment is made that none has let pass.
    pub review: bool,
}

/// A limit of what is paid in any time of a length. What waits to be paid counts as if it were paid now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How long: up to 31 days.
    pub length: Duration,
    /// The most that leaves the wallet in it; none: any amount.
    pub amount: Option<Amount>,
    /// The most recipients that are paid in it; none: any number.
    pub recipients: Option<u64>,
}

/// Why something is not paid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is too much for one payment.
    #[error("a payment of {given} base units, where at most {limit} are allowed")]
    PerPayment {
        /// As requested.
        given: Amount,
        /// The limit.
        limit: Amount,
    },
    /// It is too much for a window.
    #[error(
        "{given} base units after {spent} in {seconds} seconds, what waits included, where at most {limit} are allowed"
    )]
    WindowAmount {
        /// As requested.
        given: Amount,
        /// What was paid or waits.
        spent: Amount,
        /// The window's length.
        seconds: u64,
        /// The limit.
        limit: Amount,
    },
    /// There are too many recipients for a window.
    #[error(
        "{given} recipients after {spent} in {seconds} seconds, what waits included, where at most {limit} are allowed"
    )]
    WindowCount {
        /// As requested.
        given: u64,
        /// Those that were paid or wait.
        spent: u64,
        /// The window's length.
        seconds: u64,
        /// The limit.
        limit: u64,
    },
    /// A recipient is not on the allow-list.
    #[error("recipient {index} is not on the allow-list")]
    AllowList {
        /// Which of those outside of the wallet, from 0.
        index: usize,
    },
    /// The reviewer refused it.
    #[error("the reviewer refused it: {0}")]
    Review(String),
    /// A person refused it.
    #[error("{approver} refused it: {reason}")]
    Person {
        /// Who.
        approver: String,
        /// Why.
        reason: String,
    },
}

impl Refusal {
    /// The stable name of the rule.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::PerPayment { .. } => "perPayment",
            Self::WindowAmount { .. } => "windowAmount",
            Self::WindowCount { .. } => "windowCount",
            Self::AllowList { .. } => "allowList",
            Self::Review(_) => "review",
            Self::Person { .. } => "person",
        }
    }
}

/// What a verdict depends on beside the rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'a> {
    /// Who gets what outside of the wallet.
    pub(super) outgoing: &'a [Payee],
    /// What counts for each window already, in the order of the rules; none: this is among it.
    pub(super) spent: Option<&'a [Outgoing]>,
    /// Whether the reviewer has let it pass.
    pub(super) reviewed: bool,
    /// How many persons have to approve it, whatever these rules say: stricter ones of before do.
    pub(super) persons: usize,
    /// How many persons have approved it.
    pub(super) approvals: usize,
}

/// What the rules say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It may be paid.
    Allowed,
    /// The reviewer has to answer first.
    NeedsReview,
    /// Persons have to approve it first.
    NeedsApproval,
    /// It is not paid.
    Refused(Refusal),
}

/// What leaves the wallet together.
pub(super) fn total(outgoing: &[Payee]) -> Outgoing {
    let one = |payee: &Payee| Outgoing { amount: payee.amount, recipients: 1 };
    outgoing.iter().map(one).fold(Outgoing::default(), Outgoing::and)
}

impl PaymentRules {
    /// Whether they let everything pass.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Judges. What people cannot allow is refused before they are asked.
    pub(super) fn judge(&self, facts: &Facts<'_>) -> Verdict {
        let given = total(facts.outgoing);
        if let Some(refusal) = self.refusal(facts, given) {
            Verdict::Refused(refusal)
        } else if self.review && !facts.reviewed {
            Verdict::NeedsReview
        } else if facts.approvals < self.persons(given).max(facts.persons) {
            Verdict::NeedsApproval
        } else {
            Verdict::Allowed
        }
    }

    /// How many persons have to approve what leaves the wallet.
    pub(super) fn persons(&self, given: Outgoing) -> usize {
        let asks = given.recipients > 0 && self.approval_from.is_some_and(|from| given.amount >= from);
        if asks { PERSONS } else { 0 }
    }

    fn refusal(&self, facts: &Facts<'_>, given: Outgoing) -> Option<Refusal> {
        if let Some(allowed) = &self.allow_list
            && let Some(index) = facts.outgoing.iter().position(|payee| !allowed.contains(&payee.address))
        {
            return Some(Refusal::AllowList { index });
        }
        if let Some(limit) = self.per_payment.filter(|limit| given.amount > *limit) {
            return Some(Refusal::PerPayment { given: given.amount, limit });
        }
        let spent = facts.spent.filter(|_| given.recipients > 0)?;
        self.windows.iter().zip(spent).find_map(|(window, spent)| window.refusal(*spent, given))
    }
}

impl Window {
    fn refusal(&self, spent: Outgoing, given: Outgoing) -> Option<Refusal> {
        let (after, seconds) = (spent.and(given), self.length.as_secs());
        if let Some(limit) = self.amount.filter(|limit| after.amount > *limit) {
            return Some(Refusal::WindowAmount { given: given.amount, spent: spent.amount, seconds, limit });
        }
        let limit = self.recipients.filter(|limit| after.recipients > *limit)?;
        Some(Refusal::WindowCount { given: given.recipients, spent: spent.recipients, seconds, limit })
    }
}

#[cfg(test)]
mod tests;
