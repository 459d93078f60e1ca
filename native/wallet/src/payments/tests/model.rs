//! Random histories against the simplest model of what an account holds.

use proptest::prelude::*;

use super::world::{World, paying, transaction};
use crate::{
    ledger::Amount,
    payments::{Payment, PaymentError, PaymentState},
};

const M: u64 = 1_000_000;

#[derive(Clone, Debug)]
enum Op {
    Fund(u64),
    Pay(u64),
    Confirm(usize),
    Again(usize),
    Milestone,
    Restart,
    Steal(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (1u64..6).prop_map(Op::Fund),
        5 => (1u64..8).prop_map(Op::Pay),
        4 => (0usize..4).prop_map(Op::Confirm),
        1 => (0usize..4).prop_map(Op::Again),
        2 => Just(Op::Milestone),
        1 => Just(Op::Restart),
        1 => (0usize..4).prop_map(Op::Steal),
    ];
    prop::collection::vec(op, 1..16)
}

/// What is free, and the open and ended payments.
#[derive(Default)]
struct Model {
    free: u64,
    open: Vec<Payment>,
    ended: Vec<(Payment, PaymentState)>,
    halted: bool,
}

impl Model {
    fn end(&mut self, number: usize, state: PaymentState) -> Option<Payment> {
        if self.open.is_empty() {
            return None;
        }
        let payment = self.open.remove(number % self.open.len());
        self.ended.push((payment.clone(), state));
        Some(payment)
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> u64 {
    amounts.map(Amount::units).sum()
}

fn apply(world: World, model: &mut Model, op: Op) -> World {
    match op {
        Op::Fund(amount) => {
            world.fund(0, amount * M);
            model.free += amount * M;
        }
        Op::Pay(amount) => match world.send(paying(amount * M)) {
            Ok(payment) => {
                assert!(!model.halted);
                model.free -= sum(payment.inputs.iter().map(|input| input.amount));
                model.open.push(payment);
            }
            Err(PaymentError::InsufficientFunds { available, .. }) => {
                assert_eq!(available.units(), model.free);
                assert!(model.free < amount * M, "whole coins leave no dust");
            }
            Err(PaymentError::ForeignSigner { .. }) => assert!(model.halted),
            Err(other) => panic!("{other}"),
        },
        Op::Confirm(number) => {
            if let Some(payment) = model.end(number, PaymentState::Confirmed) {
                world.confirm(&payment);
                model.free += payment.remainder.units();
            }
        }
        Op::Again(number) => {
            if let Some((payment, _)) = model.ended.get(number) {
                assert_eq!(world.settle_again(payment), []);
            }
        }
        Op::Milestone => drop(world.milestone(vec![], vec![])),
        Op::Restart => return world.restarted(),
        Op::Steal(number) => {
            if let Some(payment) = model.end(number, PaymentState::Dead) {
                world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))]);
                model.free += sum(payment.inputs[1..].iter().map(|input| input.amount));
                model.halted = true;
            }
        }
    }
    world
}

fn check(world: &World, model: &Model) {
    let holdings = world.wallet.holdings(0);
    let locked = sum(model.open.iter().flat_map(|payment| &payment.inputs).map(|input| input.amount));
    assert_eq!(holdings.locked.units(), locked);
    assert_eq!(holdings.plain.units(), locked + model.free);
    assert_eq!(holdings.incoming.units(), sum(model.open.iter().map(|payment| payment.remainder)));
    for payment in &model.open {
        assert!(world.find(payment).state.is_open());
    }
    for (payment, state) in &model.ended {
        assert_eq!(world.find(payment).state, *state);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn holdings_follow_every_history(history in ops()) {
        let mut world = World::with(&[]);
        let mut model = Model::default();
        for op in history {
            world = apply(world, &mut model, op);
            check(&world, &model);
        }
    }
}
