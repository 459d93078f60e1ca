//! Judges what became of each key: pure, so that its tests can show it everything that must not happen.

/// What is known of a key in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) key: String,
    /// What its recipient was to get.
    pub(super) amount: u64,
    /// Whether it was to be cancelled.
    pub(super) cancel: bool,
    /// What has to be asked before it is paid.
    pub(super) consent: Consent,
    /// How many persons wished to approve it, and how many the wallet says have; none: that was not in what it was restored from.
    pub(super) approved: (usize, Option<usize>),
    /// What the client was told before, if it was.
    pub(super) told: Option<String>,
    /// What the wallet says of it; none: it does not know the key.
    pub(super) state: Option<String>,
    /// The final states that the event log has for it.
    pub(super) finals: Vec<String>,
    /// The outputs that the node's ledger has for its recipient.
    pub(super) received: Vec<u64>,
}

/// Whose consent a payment needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nobody's.
    Nobodys,
    /// That of two persons.
    Persons,
    /// That of two persons, one of whom refuses.
    Refused,
    /// The rules do not let it pass.
    Forbidden,
}

/// The verdict on all keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Keys that were paid more often than they should.
    pub(super) twice: usize,
    /// Keys that were not paid and should have been.
    pub(super) lost: usize,
    pub(super) faults: Vec<String>,
}

/// What the wallet and the ledger hold in the end; all in base units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    /// All that was ever deposited.
    pub(super) deposited: u64,
    /// All that recipients have on the node's ledger.
    pub(super) paid: u64,
    /// What the wallet says it has.
    pub(super) total: u64,
    pub(super) available: u64,
    pub(super) locked: u64,
    pub(super) incoming: u64,
    /// The wallet's unspent outputs.
    pub(super) ours: Vec<(String, String, u64)>,
    /// The node's unspent outputs of the wallet's addresses.
    pub(super) ledger: Vec<(String, String, u64)>,
}

pub(super) const CONFIRMED: &str = "confirmed";
pub(super) const CANCELLED: &str = "cancelled";
pub(super) const REFUSED: &str = "refused";
/// So many have to approve.
const PERSONS: usize = 2;

/// Each key: paid once on the ledger and confirmed, by the word of two persons where that is needed; or refused where somebody does
/// so; or, where it was to be cancelled, possibly cancelled; and never paid then.
pub(super) fn judge<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Judgement {
    let mut judgement = Judgement::default();
    for outcome in outcomes {
        let Outcome { key, amount, cancel, consent, approved, told, state, finals, received } = outcome;
        let mut fault = |text: String| judgement.faults.push(format!("{key} {text}"));
        let state = state.as_deref();
        let cancelled = *cancel && state == Some(CANCELLED) && *consent != Consent::Forbidden;
        let refused = matches!(consent, Consent::Refused | Consent::Forbidden);
        if state != Some(if refused { REFUSED } else { CONFIRMED }) && !cancelled {
            let wish = match (refused, *cancel) {
                (true, _) => "to be refused",
                (false, true) => "to be cancelled",
                (false, false) => "to be paid",
            };
            fault(format!("was {wish} and is {}", state.unwrap_or("unknown to the wallet")));
        }
        if told.as_deref() != state {
            fault(format!("was told to be {told:?} and is {state:?}"));
        }
        if !matches!(&finals[..], [only] if Some(&**only) == state) {
            fault(format!("is {state:?} and has the final events {finals:?}"));
        }
        let (wished, noted) = *approved;
        if *consent == Consent::Persons && !received.is_empty() && wished.min(noted.unwrap_or(wished)) < PERSONS {
            fault(format!("was paid with the word of {wished} persons, of which the wallet has {noted:?}"));
        }
        let due = usize::from(!cancelled && !refused);
        if received.len() > due {
            judgement.twice += 1;
            fault(format!("was paid {} times instead of {due}: {received:?}", received.len()));
        } else if received.len() < due {
            judgement.lost += 1;
            fault("was not paid".to_owned());
        } else if received.iter().any(|got| got != amount) {
            fault(format!("brought {received:?} instead of {amount}"));
        }
    }
    judgement
}

/// No coin is missing, none is reserved, and the wallet has what the ledger has.
pub(super) fn judge_totals(totals: &Totals) -> Vec<String> {
    let Totals { deposited, paid, total, available, locked, incoming, ours, ledger } = totals;
    let mut faults = Vec::new();
    let (mut ours, mut ledger) = (ours.clone(), ledger.clone());
    ours.sort_unstable();
    ledger.sort_unstable();
    for output in ours.iter().filter(|output| ledger.binary_search(output).is_err()) {
        faults.push(format!("the wallet has {output:?}, which the ledger has not"));
    }
    for output in ledger.iter().filter(|output| ours.binary_search(output).is_err()) {
        faults.push(format!("the ledger has {output:?}, which the wallet has not"));
    }
    if (*locked, *incoming) != (0, 0) {
        faults.push(format!("{locked} are locked and {incoming} incoming, with no payment open"));
    }
    let sum: u64 = ours.iter().map(|(_, _, amount)| amount).sum();
    if (*total, *available) != (sum, sum) {
        faults.push(format!("outputs of {sum}, a balance of {total}, {available} available"));
    }
    if sum.checked_add(*paid) != Some(*deposited) {
        faults.push(format!("{deposited} were deposited, {paid} paid, and {sum} are left"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid() -> Outcome {
        Outcome {
            key: "withdrawal-1".into(),
            amount: 5,
            cancel: false,
            consent: Consent::Nobodys,
            approved: (0, Some(0)),
            told: Some(CONFIRMED.into()),
            state: Some(CONFIRMED.into()),
            finals: vec![CONFIRMED.into()],
            received: vec![5],
        }
    }

    fn cancelled() -> Outcome {
        let end = || CANCELLED.to_owned();
        Outcome { cancel: true, told: Some(end()), state: Some(end()), finals: vec![end()], received: vec![], ..paid() }
    }

    fn verdict(outcome: Outcome) -> (usize, usize, usize) {
        let Judgement { twice, lost, faults } = judge([&paid(), &outcome]);
        (twice, lost, faults.len())
    }

    #[test]
    fn what_should_be_is_no_fault() {
        assert_eq!(verdict(paid()), (0, 0, 0));
        assert_eq!(verdict(cancelled()), (0, 0, 0));
        // the payment won against its contest
        assert_eq!(verdict(Outcome { cancel: true, ..paid() }), (0, 0, 0));
    }

    #[test]
    fn what_needs_persons_is_paid_by_their_word_only() {
        let approved = |wished, noted| Outcome { consent: Consent::Persons, approved: (wished, noted), ..paid() };
        assert_eq!(verdict(approved(2, Some(2))), (0, 0, 0));
        assert_eq!(verdict(approved(3, None)), (0, 0, 0));
        assert_eq!(verdict(approved(1, Some(1))), (0, 0, 1));
        assert_eq!(verdict(approved(1, None)), (0, 0, 1));
        assert_eq!(verdict(approved(2, Some(1))), (0, 0, 1));
        assert_eq!(verdict(approved(1, Some(2))), (0, 0, 1));
    }

    #[test]
    fn what_is_refused_is_never_paid() {
        let end = || REFUSED.to_owned();
        for consent in [Consent::Refused, Consent::Forbidden] {
            let refused = Outcome {
                consent,
                told: Some(end()),
                state: Some(end()),
                finals: vec![end()],
                received: vec![],
                ..paid()
            };
            assert_eq!(verdict(refused.clone()), (0, 0, 0));
            assert_eq!(verdict(Outcome { received: vec![5], ..refused }), (1, 0, 1));
            assert_eq!(verdict(Outcome { consent, ..paid() }), (1, 0, 2));
        }
        assert_eq!(verdict(Outcome { consent: Consent::Refused, ..cancelled() }), (0, 0, 0));
        assert_eq!(verdict(Outcome { consent: Consent::Forbidden, ..cancelled() }), (0, 0, 1));
    }

    #[test]
    fn a_payment_that_comes_twice_is_found() {
        assert_eq!(verdict(Outcome { received: vec![5, 5], ..paid() }), (1, 0, 1));
        assert_eq!(verdict(Outcome { received: vec![5], ..cancelled() }), (1, 0, 1));
        assert_eq!(verdict(Outcome { received: vec![10], ..paid() }), (0, 0, 1));
    }

    #[test]
    fn a_payment_that_never_comes_is_found() {
        assert_eq!(verdict(Outcome { received: vec![], ..paid() }), (0, 1, 1));
        // nobody wanted it cancelled
        assert_eq!(verdict(Outcome { cancel: false, ..cancelled() }), (0, 1, 2));
        let forgotten = Outcome { state: None, told: None, finals: vec![], received: vec![], ..paid() };
        assert_eq!(verdict(forgotten), (0, 1, 3));
    }

    #[test]
    fn an_end_that_is_none_and_events_that_say_otherwise_are_found() {
        let dead = || "dead".to_owned();
        let outcome = Outcome { state: Some(dead()), told: Some(dead()), finals: vec![dead()], ..paid() };
        assert_eq!(verdict(outcome), (0, 0, 1));
        assert_eq!(verdict(Outcome { told: None, ..paid() }), (0, 0, 1));
        assert_eq!(verdict(Outcome { finals: vec![], ..paid() }), (0, 0, 1));
        assert_eq!(verdict(Outcome { finals: vec![CONFIRMED.into(); 2], ..paid() }), (0, 0, 1));
        assert_eq!(verdict(Outcome { finals: vec![CANCELLED.into()], ..paid() }), (0, 0, 1));
    }

    #[test]
    fn coins_that_are_missing_or_reserved_are_found() {
        let output = |amount| ("0x01".to_owned(), "tst1".to_owned(), amount);
        let right = Totals {
            deposited: 12,
            paid: 5,
            total: 7,
            available: 7,
            locked: 0,
            incoming: 0,
            ours: vec![output(7)],
            ledger: vec![output(7)],
        };
        let faults = |totals: &Totals| judge_totals(totals).len();
        assert_eq!(faults(&right), 0);
        assert_eq!(faults(&Totals { paid: 10, ..right.clone() }), 1);
        assert_eq!(faults(&Totals { locked: 1, ..right.clone() }), 1);
        assert_eq!(faults(&Totals { incoming: 1, ..right.clone() }), 1);
        assert_eq!(faults(&Totals { available: 6, ..right.clone() }), 1);
        assert_eq!(faults(&Totals { total: 6, ..right.clone() }), 1);
        assert_eq!(faults(&Totals { ledger: vec![], ..right.clone() }), 1);
        assert_eq!(faults(&Totals { ledger: vec![output(7), output(8)], ..right.clone() }), 1);
        assert_eq!(faults(&Totals { ours: vec![output(8)], total: 8, available: 8, deposited: 13, ..right }), 2);
    }
}
