//! Random histories against the simplest model of what an account holds: with a node that takes blocks and forgets them, does not
//! answer, answers too late, has reasons of its own, wants others, or says for ever that all is well; whatever it says, only the ledger
//! ends a payment, by whichever of its blocks, and that block is told or none. As soon as blocks get into the ledger again, all payments
//! end.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{
    scripted::Script,
    world::{World, paying, transaction},
};
use crate::{
    ledger::{Amount, BlockId, BlockState, MilestoneIndex},
    payments::{Payment, PaymentError, PaymentRef, PaymentState},
};

const M: u64 = 1_000_000;

#[derive(Clone, Debug)]
enum Op {
    Fund(u64),
    Pay(u64),
    /// A payment that a milestone applies before the node says that it took the block.
    Outrun(u64),
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
    /// It says for ever that a block is on its way.
    Pends,
    /// It says that a block was included, and the ledger knows nothing of that.
    Includes,
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
            Self::Pends => state(BlockState::Pending { should_reattach: false }),
            Self::Includes => state(BlockState::Included { milestone: MilestoneIndex(2) }),
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
        1 => Just(Manner::Pends),
        1 => Just(Manner::Includes),
        1 => any::<u8>().prop_map(Manner::Conflict),
        1 => Just(Manner::Refuses),
        1 => Just(Manner::Late),
    ]
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        3 => (1u64..6).prop_map(Op::Fund),
        5 => (1u64..8).prop_map(Op::Pay),
        2 => (1u64..8).prop_map(Op::Outrun),
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
    restarts: u32,
}

impl Model {
    /// The place of one of the open payments that are contested, or are not, or of any.
    fn choose(&self, number: usize, contested: Option<bool>) -> Option<usize> {
        let fits = |(_, contest): &(Payment, Option<Payment>)| contested.is_none_or(|is| contest.is_some() == is);
        let fitting: Vec<usize> = (0..self.open.len()).filter(|place| fits(&self.open[*place])).collect();
        (!fitting.is_empty()).then(|| fitting[number % fitting.len()])
    }

    /// The ledger applies a payment, by one of the blocks that nodes took, if they took any.
    fn include(&self, world: &World, payment: &Payment) {
        let taken = taken(world, payment);
        match taken.get(self.ended.len() % taken.len().max(1)) {
            Some(block) => world.confirm_by(payment, *block),
            None => drop(world.confirm(payment)),
        }
    }

    /// The payment is confirmed, by whichever of its blocks.
    fn confirm(&mut self, world: &World, place: usize) {
        let (payment, contest) = self.open.remove(place);
        self.include(world, &payment);
        self.free += payment.remainder.units();
        self.ended.push((payment, PaymentState::Confirmed));
        self.ended.extend(contest.map(|contest| (contest, PaymentState::Dead)));
    }

    /// Its contest is.
    fn contest(&mut self, world: &World, place: usize) {
        let (payment, contest) = self.open.remove(place);
        let contest = contest.unwrap();
        self.include(world, &contest);
        self.free += inputs_of(&payment);
        self.ended.push((payment, PaymentState::Cancelled));
        self.ended.push((contest, PaymentState::Confirmed));
    }
}

fn payload(world: &World, payment: &Payment) -> Vec<u8> {
    world.wallet.read(|conn| crate::store::payment::payload(conn, payment.position))
}

/// The blocks with a payment that nodes took.
fn taken(world: &World, payment: &Payment) -> Vec<BlockId> {
    let payload = payload(world, payment);
    let taken = world.node.taken.lock().unwrap();
    taken.iter().filter(|(bytes, _)| *bytes == payload).map(|(_, block)| *block).collect()
}

/// The block by which the ledger applied a payment.
fn included(world: &World, payment: &Payment) -> Option<BlockId> {
    world.node.included.lock().unwrap().get(&payment.transaction_id).copied()
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
        Op::Outrun(amount) => {
            if model.halted || model.free < amount * M {
                return world;
            }
            let script = std::mem::take(&mut *world.node.script.lock().unwrap());
            world.send_unanswered(amount * M, |payment| {
                model.free -= inputs_of(payment);
                model.open.push((payment.clone(), None));
                model.confirm(&world, model.open.len() - 1);
            });
            world.node.let_go();
            world.node.set(|now| *now = script);
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
        Op::Restart => {
            model.restarts += 1;
            return world.restarted();
        }
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
        let found = world.find(payment);
        assert_eq!(found.state, *state);
        // the block that the ledger took, or none
        if *state == PaymentState::Confirmed && found.block.is_some() {
            assert_eq!(found.block, included(world, payment));
        }
    }
}

/// From here on the blocks that the node takes get into the ledger. Whatever it goes on to say of them, all payments end.
fn live_out(mut world: World, model: &mut Model, last: Manner) -> World {
    let said = match last {
        // what is wrong with the bytes is believed until the next start
        Manner::Conflict(code) => Manner::Conflict(code % 3 + 1),
        other => other,
    };
    let default_state = said.script().default_state;
    world.node.set(|script| *script = Script { default_state, ..Script::default() });
    let mut seen = world.node.taken.lock().unwrap().len();
    let deadline = Instant::now() + Duration::from_secs(60);
    for round in 1.. {
        let new = world.node.taken.lock().unwrap()[seen..].to_vec();
        seen += new.len();
        for (bytes, _) in new {
            let is = |payment: &Payment| payload(&world, payment) == bytes;
            let place =
                model.open.iter().position(|(payment, contest)| is(payment) || contest.as_ref().is_some_and(is));
            match place {
                Some(place) if is(&model.open[place].0) => model.confirm(&world, place),
                Some(place) => model.contest(&world, place),
                None => {}
            }
        }
        if model.open.is_empty() {
            return world;
        }
        assert!(Instant::now() < deadline, "{last:?}: still open: {:?}", model.open);
        let rejected = |payment: &Payment| world.find(payment).state == PaymentState::Rejected;
        let stuck = |(payment, contest): &(Payment, Option<Payment>)| {
            rejected(payment) || contest.as_ref().is_some_and(rejected)
        };
        if round % 64 == 0 && model.open.iter().any(stuck) {
            model.restarts += 1;
            world = world.restarted();
        }
        world.milestone(vec![], vec![]);
        world.pass(30_000);
        std::thread::sleep(Duration::from_millis(1));
    }
    unreachable!("the deadline comes first")
}

/// What nodes took is on record, and the block of each confirmed payment becomes known.
fn check_blocks(world: &World, model: &Model) {
    let deadline = Instant::now() + Duration::from_secs(60);
    for (payment, state) in &model.ended {
        let is_right = || {
            let found = world.find(payment);
            let told = *state != PaymentState::Confirmed || found.block == included(world, payment);
            // an answer that comes while the wallet is closed is lost
            let count = usize::try_from(found.attachments).unwrap();
            let taken = taken(world, payment).len();
            assert!(count <= taken);
            told && (count == taken || model.restarts > 0)
        };
        while !is_right() {
            assert!(Instant::now() < deadline, "{:?} in {:?}", world.find(payment), taken(world, payment));
            world.milestone(vec![], vec![]);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn holdings_follow_every_history(history in ops(), last in prop::option::of(manners())) {
        let mut world = World::with(&[]);
        let mut model = Model::default();
        for op in history {
            world = apply(world, &mut model, op);
            check(&world, &model);
        }
        if let Some(last) = last {
            world = live_out(world, &mut model, last);
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
        check_blocks(&world, &model);
        // nodes got the bytes of payments on record, and no others
        let all = world.wallet.payments.page(None, None, 1_000).unwrap();
        let known: Vec<_> = all.iter().map(|payment| payload(&world, payment)).collect();
        assert!(world.node.arrived().iter().all(|bytes| known.contains(bytes)));
    }
}
