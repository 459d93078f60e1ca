//! Random histories against the simplest model of what an account holds: with a node that takes blocks and forgets them, does not
//! answer, has reasons of its own, or wants others; whatever it says, only the ledger ends a payment, by whichever of its blocks.

use proptest::prelude::*;

use super::{
    scripted::Script,
    world::{World, paying, transaction},
};
use crate::{
    ledger::{Amount, BlockState},
    payments::{Payment, PaymentError, PaymentRef, PaymentState},
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
    Cancel(usize),
    /// A milestone applies the contest of a payment, where there is one.
    Contest(usize),
    Node(Manner),
    Time(u64),
}

/// What the node does from now on.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Honest,
    /// It takes blocks, and knows nothing of them afterwards.
    Forgets,
    /// It takes blocks and wants others instead.
    WantsAnother,
    /// It says that the ledger did not take a block.
    Conflict(u8),
    Refuses,
    /// It answers nothing.
    Late,
}

impl Manner {
    fn script(self) -> Script {
        let state = |state| Script { default_state: Some(state), ..Script::default() };
        match self {
            Self::Honest => Script::default(),
            Self::Forgets => state(BlockState::Unknown),
            Self::WantsAnother => state(BlockState::Pending { should_reattach: true }),
            Self::Conflict(code) => state(BlockState::Conflicting { code, reason: "its own".to_owned() }),
            Self::Refuses => Script { refuse: Some("no".to_owned()), ..Script::default() },
            Self::Late => Script { unavailable: true, ..Script::default() },
        }
    }
}

fn manners() -> impl Strategy<Value = Manner> {
    prop_oneof![
        2 => Just(Manner::Honest),
        1 => Just(Manner::Forgets),
        1 => Just(Manner::WantsAnother),
        1 => any::<u8>().prop_map(Manner::Conflict),
        1 => Just(Manner::Refuses),
        1 => Just(Manner::Late),
    ]
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
        2 => (0usize..4).prop_map(Op::Cancel),
        2 => (0usize..4).prop_map(Op::Contest),
        3 => manners().prop_map(Op::Node),
        2 => (0u64..90_000).prop_map(Op::Time),
    ];
    prop::collection::vec(op, 1..24)
}

/// What is free, and the open and ended payments.
#[derive(Default)]
struct Model {
    free: u64,
    /// With what contests them.
    open: Vec<(Payment, Option<Payment>)>,
    ended: Vec<(Payment, PaymentState)>,
    halted: bool,
}

impl Model {
    /// The place of one of the open payments that are contested, or are not, or of any.
    fn choose(&self, number: usize, contested: Option<bool>) -> Option<usize> {
        let fits = |(_, contest): &(Payment, Option<Payment>)| contested.is_none_or(|is| contest.is_some() == is);
        let fitting: Vec<usize> = (0..self.open.len()).filter(|place| fits(&self.open[*place])).collect();
        (!fitting.is_empty()).then(|| fitting[number % fitting.len()])
    }

    /// The payment is confirmed, by whichever of its blocks.
    fn confirm(&mut self, world: &World, place: usize) {
        let (payment, contest) = self.open.remove(place);
        world.confirm(&payment);
        self.free += payment.remainder.units();
        self.ended.push((payment, PaymentState::Confirmed));
        self.ended.extend(contest.map(|contest| (contest, PaymentState::Dead)));
    }

    /// Its contest is.
    fn contest(&mut self, world: &World, place: usize) {
        let (payment, contest) = self.open.remove(place);
        let contest = contest.unwrap();
        world.confirm(&contest);
        self.free += inputs_of(&payment);
        self.ended.push((payment, PaymentState::Cancelled));
        self.ended.push((contest, PaymentState::Confirmed));
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> u64 {
    amounts.map(Amount::units).sum()
}

fn inputs_of(payment: &Payment) -> u64 {
    sum(payment.inputs.iter().map(|input| input.amount))
}

fn apply(world: World, model: &mut Model, op: Op) -> World {
    match op {
        Op::Fund(amount) => {
            world.fund(0, amount * M);
            model.free += amount * M;
        }
        Op::Pay(amount) => {
            // the call waits for its first block, and the clock stands still
            let script = std::mem::take(&mut *world.node.script.lock().unwrap());
            let sent = world.send(paying(amount * M));
            world.node.set(|now| *now = script);
            match sent {
                Ok(payment) => {
                    assert!(!model.halted);
                    model.free -= inputs_of(&payment);
                    model.open.push((payment, None));
                }
                Err(PaymentError::InsufficientFunds { available, .. }) => {
                    assert_eq!(available.units(), model.free);
                    assert!(model.free < amount * M, "whole coins leave no dust");
                }
                Err(PaymentError::ForeignSigner { .. }) => assert!(model.halted),
                Err(other) => panic!("{other}"),
            }
        }
        Op::Confirm(number) => {
            if let Some(place) = model.choose(number, None) {
                model.confirm(&world, place);
            }
        }
        Op::Again(number) => {
            if let Some((payment, PaymentState::Confirmed)) = model.ended.get(number) {
                assert_eq!(world.settle_again(payment), []);
            }
        }
        Op::Milestone => drop(world.milestone(vec![], vec![])),
        Op::Restart => return world.restarted(),
        Op::Steal(number) => {
            if let Some(place) = model.choose(number, Some(false)) {
                let (payment, _) = model.open.remove(place);
                world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))]);
                model.free += sum(payment.inputs[1..].iter().map(|input| input.amount));
                model.ended.push((payment, PaymentState::Dead));
                model.halted = true;
            }
        }
        Op::Cancel(number) => {
            if let Some(place) = model.choose(number, None) {
                let (payment, contest) = &mut model.open[place];
                match world.wallet.payments.cancel(&PaymentRef::Transaction(payment.transaction_id)) {
                    Ok(cancelling) => {
                        assert_eq!(cancelling.state, PaymentState::Cancelling);
                        let found = world.contest_of(payment);
                        // cancelling twice is cancelling once
                        assert!(contest.as_ref().is_none_or(|before| before.transaction_id == found.transaction_id));
                        *contest = Some(found);
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        }
        Op::Contest(number) => {
            if let Some(place) = model.choose(number, Some(true)) {
                model.contest(&world, place);
            }
        }
        Op::Node(manner) => world.node.set(|script| *script = manner.script()),
        Op::Time(ms) => world.pass(ms),
    }
    world
}

fn check(world: &World, model: &Model) {
    let holdings = world.wallet.holdings(0);
    let locked: u64 = model.open.iter().map(|(payment, _)| inputs_of(payment)).sum();
    assert_eq!(holdings.locked.units(), locked);
    assert_eq!(holdings.plain.units(), locked + model.free);
    let coming = model.open.iter().flat_map(|(payment, contest)| [Some(payment), contest.as_ref()]);
    assert_eq!(holdings.incoming.units(), sum(coming.flatten().map(|payment| payment.remainder)));
    for (payment, contest) in &model.open {
        let state = world.find(payment).state;
        assert!(state.is_open() && (state == PaymentState::Cancelling) == contest.is_some(), "{state:?}");
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
        // whatever the node said, the ledger can apply what is open, and nothing is left reserved
        while let Some((_, contest)) = model.open.first() {
            if contest.is_some() && model.ended.len() % 2 == 0 {
                model.contest(&world, 0);
            } else {
                model.confirm(&world, 0);
            }
            check(&world, &model);
        }
        assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
        // nodes got the bytes of payments on record, and no others
        let all = world.wallet.payments.page(None, None, 1_000).unwrap();
        let payload = |payment: &Payment| world.wallet.read(|conn| crate::store::payment::payload(conn, payment.position));
        let known: Vec<_> = all.iter().map(payload).collect();
        assert!(world.node.arrived().iter().all(|bytes| known.contains(bytes)));
    }
}
