use std::cell::Cell;

use proptest::prelude::*;

use super::*;

/// A pool in memory that counts what it is asked for.
struct Outputs {
    amounts: Vec<u64>,
    asked: Cell<usize>,
}

impl Outputs {
    fn new(amounts: &[u64]) -> Self {
        Self { amounts: amounts.to_vec(), asked: Cell::new(0) }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let candidate = |(index, amount): (u32, &u64)| Candidate {
            id: OutputId::from_slice(&index.to_be_bytes()).unwrap(),
            amount: Amount::new(*amount),
            key: AddressKey { account: 0, internal: false, key_index: index },
            raw: vec![],
        };
        (0..).zip(&self.amounts).map(candidate).collect()
    }
}

impl Pool for Outputs {
    fn at_least(&self, amount: Amount) -> Result<Option<Candidate>, PaymentError> {
        self.asked.set(self.asked.get() + 1);
        Ok(self.candidates().into_iter().filter(|one| one.amount >= amount).min_by_key(|one| (one.amount, one.id)))
    }

    fn smallest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError> {
        self.asked.set(self.asked.get() + count);
        let mut all = self.candidates();
        all.sort_by_key(|one| (one.amount, one.id));
        all.truncate(count);
        Ok(all)
    }

    fn largest(&self, count: usize) -> Result<Vec<Candidate>, PaymentError> {
        self.asked.set(self.asked.get() + count);
        let mut all = self.candidates();
        all.sort_by_key(|one| std::cmp::Reverse((one.amount, one.id)));
        all.truncate(count);
        Ok(all)
    }

    fn available(&self) -> Result<Amount, PaymentError> {
        Ok(Amount::new(self.amounts.iter().sum()))
    }
}

const LIMIT: usize = 4;

fn wish(amount: u64) -> Wish {
    Wish { amount: Amount::new(amount), least_remainder: Amount::new(10), limit: LIMIT, fold: 0 }
}

fn chosen(amount: u64, outputs: &[u64]) -> (Vec<u64>, u64) {
    let selection = select(&wish(amount), &Outputs::new(outputs)).unwrap();
    (selection.inputs.iter().map(|input| input.amount.units()).collect(), selection.remainder.units())
}

fn refused(amount: u64, outputs: &[u64]) -> PaymentError {
    select(&wish(amount), &Outputs::new(outputs)).unwrap_err()
}

#[test]
fn takes_the_smallest_that_suffices() {
    assert_eq!(chosen(50, &[200, 60, 100, 49]), (vec![60], 10));
    assert_eq!(chosen(50, &[200, 50, 60]), (vec![50], 0));
}

#[test]
fn leaves_no_dust() {
    // 51 would leave 1, which no output can hold
    assert_eq!(chosen(50, &[51, 90]), (vec![90], 40));
    assert_eq!(chosen(50, &[51, 5, 4]), (vec![51, 5, 4], 10));
    let error = refused(50, &[51, 5, 3]);
    assert!(
        matches!(error, PaymentError::InsufficientFunds { needed, available }
        if needed == Amount::new(60) && available == Amount::new(59)),
        "{error}"
    );
}

#[test]
fn takes_the_largest_first_when_one_does_not_do() {
    assert_eq!(chosen(100, &[10, 60, 20, 55]), (vec![60, 55], 15));
    assert_eq!(chosen(115, &[10, 60, 20, 55]), (vec![60, 55], 0));
}

#[test]
fn says_what_is_missing() {
    let error = refused(100, &[10, 60, 20]);
    assert!(
        matches!(error, PaymentError::InsufficientFunds { needed, available }
        if needed == Amount::new(100) && available == Amount::new(90)),
        "{error}"
    );
    assert!(matches!(refused(1, &[]), PaymentError::InsufficientFunds { .. }));
}

#[test]
fn too_many_small_outputs_are_told_from_too_little() {
    assert!(matches!(refused(50, &[10, 10, 10, 10, 10]), PaymentError::TooManyInputs { limit: LIMIT }));
    assert!(matches!(refused(60, &[10, 10, 10, 10, 10]), PaymentError::InsufficientFunds { .. }));
}

#[test]
fn takes_what_the_caller_chose() {
    let take = |amount, outputs: &[u64]| take(&wish(amount), Outputs::new(outputs).candidates());
    assert_eq!(take(30, &[20, 10]).unwrap().remainder, Amount::ZERO);
    assert_eq!(take(10, &[20, 10]).unwrap().inputs.len(), 2);
    assert!(matches!(take(31, &[20, 10]), Err(PaymentError::InsufficientFunds { .. })));
    assert!(matches!(take(25, &[20, 10]), Err(PaymentError::InsufficientFunds { .. })));
}

/// Whether any choice within the limit would do.
fn possible(amount: u64, outputs: &[u64]) -> bool {
    (1u32..1 << outputs.len()).any(|set| {
        let set: Vec<u64> = (0..outputs.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| outputs[bit]).collect();
        let total: u64 = set.iter().sum();
        set.len() <= LIMIT && (total == amount || total >= amount + 10)
    })
}

proptest! {
    #[test]
    fn every_selection_is_sound(amount in 1u64..150, outputs in prop::collection::vec(1u64..60, 0..8)) {
        let pool = Outputs::new(&outputs);
        let result = select(&wish(amount), &pool);
        prop_assert!(pool.asked.get() <= LIMIT + 2);
        match result {
            Ok(selection) => {
                let total: u64 = selection.inputs.iter().map(|input| input.amount.units()).sum();
                let rest = selection.remainder.units();
                prop_assert_eq!(total, amount + rest);
                prop_assert!(rest == 0 || rest >= 10);
                prop_assert!((1..=LIMIT).contains(&selection.inputs.len()));
                let ids: std::collections::HashSet<_> = selection.inputs.iter().map(|input| input.id).collect();
                prop_assert_eq!(ids.len(), selection.inputs.len());
                prop_assert_eq!(&selection, &select(&wish(amount), &pool).unwrap());
            }
            Err(PaymentError::TooManyInputs { .. }) => {
                prop_assert!(outputs.len() > LIMIT && outputs.iter().sum::<u64>() >= amount);
            }
            Err(PaymentError::InsufficientFunds { needed, available }) => {
                prop_assert!(available < needed);
                prop_assert_eq!(available.units(), outputs.iter().sum::<u64>());
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    /// With a remainder allowed to be anything from the deposit on, the largest first find a way where there is one.
    #[test]
    fn finds_a_way_that_leaves_a_remainder(amount in 1u64..150, outputs in prop::collection::vec(1u64..60, 0..8)) {
        let mut sorted = outputs.clone();
        sorted.sort_unstable();
        let most: u64 = sorted.iter().rev().take(LIMIT).sum();
        let result = select(&wish(amount), &Outputs::new(&outputs));
        if most >= amount + 10 {
            prop_assert!(result.is_ok());
        }
        if result.is_ok() {
            prop_assert!(possible(amount, &outputs));
        }
    }
}

fn folded(amount: u64, fold: usize, outputs: &[u64]) -> (Vec<u64>, u64) {
    let selection = select(&Wish { fold, ..wish(amount) }, &Outputs::new(outputs)).unwrap();
    (selection.inputs.iter().map(|input| input.amount.units()).collect(), selection.remainder.units())
}

#[test]
fn small_outputs_are_taken_along_where_there_is_room_and_a_remainder() {
    // the smallest first, never more than asked for, never a large one
    assert_eq!(folded(500, 2, &[1_000, 30, 20, 40, 300]), (vec![1_000, 20, 30], 550));
    assert_eq!(folded(500, 9, &[1_000, 30, 200, 300]), (vec![1_000, 30], 530));
    // three places are left of four
    assert_eq!(folded(500, 9, &[1_000, 30, 20, 35, 39]), (vec![1_000, 20, 30, 35], 585));
    // an exact sum stays exact
    assert_eq!(folded(1_000, 9, &[1_000, 30]), (vec![1_000], 0));
    // what is spent already is not taken twice
    assert_eq!(folded(30, 9, &[50, 35]), (vec![50, 35], 55));
    assert_eq!(folded(30, 0, &[50, 35]), (vec![50], 20));
}

proptest! {
    #[test]
    fn folding_keeps_the_sum_and_takes_each_output_once(
        amount in 10u64..5_000,
        fold in 0usize..6,
        outputs in prop::collection::vec(1u64..3_000, 0..12),
    ) {
        let plain = select(&wish(amount), &Outputs::new(&outputs));
        let with = select(&Wish { fold, ..wish(amount) }, &Outputs::new(&outputs));
        prop_assert_eq!(plain.is_ok(), with.is_ok(), "folding never makes a payment impossible");
        if let (Ok(plain), Ok(with)) = (plain, with) {
            let total: u64 = with.inputs.iter().map(|input| input.amount.units()).sum();
            prop_assert_eq!(total, amount + with.remainder.units());
            let ids: HashSet<_> = with.inputs.iter().map(|input| input.id).collect();
            prop_assert_eq!(ids.len(), with.inputs.len());
            prop_assert!(with.inputs.len() <= LIMIT && with.inputs.len() <= plain.inputs.len() + fold);
            prop_assert!(with.inputs.starts_with(&plain.inputs));
        }
    }
}
