//! The rules against the simplest model of them, and what they say first.

use proptest::prelude::*;

use super::*;

fn address(byte: u8) -> Address {
    let mut bytes = [byte; 33];
    bytes[0] = 0;
    Address::from_slice(&bytes).unwrap()
}

/// Facts that own what they tell.
#[derive(Clone, Debug)]
struct Case {
    rules: PaymentRules,
    outgoing: Vec<(u8, u64)>,
    spent: Option<Vec<(u64, u64)>>,
    reviewed: bool,
    approvals: usize,
}

impl Case {
    fn judge(&self) -> Verdict {
        let payee = |(byte, amount): &(u8, u64)| Payee { address: address(*byte), amount: Amount::new(*amount) };
        let outgoing: Vec<Payee> = self.outgoing.iter().map(payee).collect();
        let sum =
            |(amount, recipients): &(u64, u64)| Outgoing { amount: Amount::new(*amount), recipients: *recipients };
        let spent: Option<Vec<Outgoing>> = self.spent.as_ref().map(|spent| spent.iter().map(sum).collect());
        let (reviewed, approvals) = (self.reviewed, self.approvals);
        self.rules.judge(&Facts { outgoing: &outgoing, spent: spent.as_deref(), reviewed, persons: 0, approvals })
    }

    /// The same in plain arithmetic: what is refused, and by which rules.
    fn broken(&self) -> Vec<&'static str> {
        let (rules, mut broken) = (&self.rules, Vec::new());
        let total: u128 = self.outgoing.iter().map(|(_, amount)| u128::from(*amount)).sum();
        let count = self.outgoing.len() as u128;
        // a limit of 2^64 - 1 is none: there is less of any coin
        let over = |limit: Option<Amount>, sum: u128| {
            limit.is_some_and(|limit| limit.units() < u64::MAX && sum > u128::from(limit.units()))
        };
        let strange = |list: &BTreeSet<Address>| self.outgoing.iter().any(|(byte, _)| !list.contains(&address(*byte)));
        if rules.allow_list.as_ref().is_some_and(strange) {
            broken.push("allowList");
        }
        if over(rules.per_payment, total) {
            broken.push("perPayment");
        }
        if count > 0 {
            for (window, (amount, recipients)) in rules.windows.iter().zip(self.spent.iter().flatten()) {
                if over(window.amount, total + u128::from(*amount)) {
                    broken.push("windowAmount");
                }
                if window.recipients.is_some_and(|limit| count + u128::from(*recipients) > u128::from(limit)) {
                    broken.push("windowCount");
                }
            }
        }
        broken
    }
}

fn amounts() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..12, 1 => Just(u64::MAX), 1 => (u64::MAX - 3)..u64::MAX]
}

fn rules() -> impl Strategy<Value = PaymentRules> {
    let amount = || prop::option::of(amounts().prop_map(Amount::new));
    let window = (1u64..100, amount(), prop::option::of(0u64..6)).prop_map(|(seconds, amount, recipients)| Window {
        length: Duration::from_secs(seconds),
        amount,
        recipients,
    });
    let list = prop::option::of(prop::collection::btree_set((0u8..4).prop_map(address), 0..4));
    (amount(), prop::collection::vec(window, 0..3), list, amount(), any::<bool>()).prop_map(
        |(per_payment, windows, allow_list, approval_from, review)| PaymentRules {
            per_payment,
            windows,
            allow_list,
            allow_list_hrp: None,
            approval_from,
            review,
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let outgoing = prop::collection::vec((0u8..4, amounts()), 0..4);
    let spent = prop::option::of(prop::collection::vec((amounts(), 0u64..6), 3));
    (rules(), outgoing, spent, any::<bool>(), 0usize..4)
        .prop_map(|(rules, outgoing, spent, reviewed, approvals)| Case { rules, outgoing, spent, reviewed, approvals })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_verdict_is_that_of_plain_arithmetic(case in cases()) {
        let broken = case.broken();
        let total: u128 = case.outgoing.iter().map(|(_, amount)| u128::from(*amount)).sum();
        let from = case.rules.approval_from;
        let persons = !case.outgoing.is_empty() && from.is_some_and(|from| total >= u128::from(from.units()));
        match case.judge() {
            Verdict::Refused(refusal) => prop_assert_eq!(broken.first(), Some(&refusal.rule())),
            Verdict::NeedsReview => prop_assert!(broken.is_empty() && case.rules.review && !case.reviewed),
            Verdict::NeedsApproval => {
                prop_assert!(broken.is_empty() && persons && case.approvals < 2);
                prop_assert!(!case.rules.review || case.reviewed);
            }
            Verdict::Allowed => {
                prop_assert!(broken.is_empty());
                prop_assert!(!case.rules.review || case.reviewed);
                prop_assert!(!persons || case.approvals >= 2);
            }
        }
    }

    #[test]
    fn nobody_can_allow_what_a_limit_refuses(case in cases()) {
        let refused = matches!(case.judge(), Verdict::Refused(_));
        let agreed = Case { reviewed: true, approvals: 9, ..case };
        prop_assert_eq!(matches!(agreed.judge(), Verdict::Refused(_)), refused);
    }
}

#[test]
fn without_rules_everything_is_allowed() {
    let case = Case {
        rules: PaymentRules::default(),
        outgoing: vec![(1, u64::MAX), (2, u64::MAX)],
        spent: None,
        reviewed: false,
        approvals: 0,
    };
    assert!(case.rules.is_empty());
    assert_eq!(case.judge(), Verdict::Allowed);
}
