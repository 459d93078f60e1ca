//! A signed payment is stopped by the ledger alone, in both orders.

use super::{
    scripted::block,
    world::{World, paying, returning, transaction, with_key},
};
use crate::{
    error::ErrorKind,
    events::InclusionState,
    ledger::{Amount, BlockState},
    payments::{Payment, PaymentRef, PaymentState, WithdrawalState, drive, state::Record},
    store::{OutputClass, StoreError, output, payment::OutputRole},
};

const M: u64 = 1_000_000;

fn cancel(world: &World, payment: &Payment) -> Payment {
    world.wallet.payments.cancel(&PaymentRef::Transaction(payment.transaction_id)).unwrap()
}

fn available(world: &World) -> u64 {
    let holdings = world.wallet.holdings(0);
    assert_eq!((holdings.locked, holdings.incoming), (Amount::ZERO, Amount::ZERO));
    holdings.plain.units()
}

#[test]
fn a_contest_that_wins_cancels_the_payment_and_frees_its_inputs() {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(with_key(4 * M, "k")).unwrap();
    let cancelling = cancel(&world, &payment);
    assert_eq!(cancelling.state, PaymentState::Cancelling);
    let contest = world.contest_of(&payment);
    assert_eq!(contest.inputs.len(), 1);
    assert_eq!(contest.outputs[0].address, contest.inputs[0].address, "back to where it was");
    assert!(payment.inputs.contains(&contest.inputs[0]));
    // until a milestone decides, nothing of it can be spent
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    world.confirm(&contest);
    let ended = world.find(&payment);
    assert_eq!(ended.state, PaymentState::Cancelled);
    assert!(ended.reason.unwrap().contains(&contest.transaction_id.to_string()));
    assert_eq!(world.find(&contest).state, PaymentState::Confirmed);
    assert_eq!(available(&world), 5 * M);
    assert_eq!(world.told(&payment), [InclusionState::Pending, InclusionState::Cancelled]);
    assert_eq!(world.told(&contest), [InclusionState::Pending, InclusionState::Confirmed]);
    // the key is used up, and the wallet pays on
    assert_eq!(world.send(with_key(4 * M, "k")).unwrap().state, PaymentState::Cancelled);
    world.send(with_key(4 * M, "another")).unwrap();
}

#[test]
fn a_payment_that_wins_is_confirmed_and_its_contest_is_dead() {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(with_key(4 * M, "k")).unwrap();
    cancel(&world, &payment);
    let contest = world.contest_of(&payment);
    world.confirm(&payment);
    assert_eq!(world.find(&payment).state, PaymentState::Confirmed);
    assert_eq!(world.find(&contest).state, PaymentState::Dead);
    assert_eq!(available(&world), M);
    // our own transaction is no other signer
    world.send(paying(M)).unwrap();
    assert_eq!(cancel(&world, &payment).state, PaymentState::Confirmed, "too late is no error");
}

#[test]
fn cancelling_twice_makes_one_contest() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    for _ in 0..3 {
        assert_eq!(cancel(&world, &payment).state, PaymentState::Cancelling);
    }
    assert_eq!(world.wallet.payments.page(None, None, 10).unwrap().len(), 2);
    let contest = PaymentRef::Transaction(world.contest_of(&payment).transaction_id);
    let refused = world.wallet.payments.cancel(&contest).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidArgument);
}

#[test]
fn many_that_cancel_at_once_make_one_contest() {
    for _ in 0..5 {
        let world = World::with(&[5 * M]);
        let payment = world.send(paying(M)).unwrap();
        let payments = &world.wallet.payments;
        let which = PaymentRef::Transaction(payment.transaction_id);
        std::thread::scope(|scope| {
            let cancels: Vec<_> = (0..8).map(|_| scope.spawn(|| payments.cancel(&which))).collect();
            for cancel in cancels {
                assert_eq!(cancel.join().unwrap().unwrap().state, PaymentState::Cancelling);
            }
        });
        assert_eq!(payments.page(None, None, 10).unwrap().len(), 2);
    }
}

#[test]
fn a_payment_that_is_being_cancelled_is_submitted_no_more() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    cancel(&world, &payment);
    let contest = world.contest_of(&payment);
    let arrived = world.node.arrived();
    assert_eq!(arrived.len(), 2);
    // the node lost both: only the contest is sent again, before and after a restart
    world.node.set(|script| script.default_state = Some(BlockState::Pending { should_reattach: true }));
    for _ in 0..4 {
        world.milestone(vec![], vec![]);
    }
    world.await_payment(&contest, |payment| payment.attachments > 1);
    let world = world.restarted();
    world.milestone(vec![], vec![]);
    let before = world.find(&contest).attachments;
    for _ in 0..4 {
        world.milestone(vec![], vec![]);
    }
    world.await_payment(&contest, |payment| payment.attachments > before);
    let of_payment = world.node.arrived().iter().filter(|payload| **payload == arrived[0]).count();
    assert_eq!((of_payment, world.find(&payment).state), (1, PaymentState::Cancelling));
}

#[test]
fn what_a_node_says_late_does_not_undo_a_cancel() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    world.node.set(|script| script.refuse = Some("no".to_owned()));
    cancel(&world, &payment);
    let contest = world.contest_of(&payment);
    world.await_payment(&contest, |contest| {
        world.pass(60_000);
        contest.state == PaymentState::Rejected
    });
    // an answer that was on its way when the payment was cancelled
    let row = payment.position;
    for record in [Record::Attachment(block(77)), Record::Rejection { reason: "late".to_owned() }] {
        let write = move |tx: &rusqlite::Transaction<'_>| drive::write(tx, row, &record, 0);
        assert_eq!(world.wallet.store.writer().commit(write).unwrap(), []);
    }
    let late = world.find(&payment);
    assert_eq!((late.state, late.attachments, late.reason), (PaymentState::Cancelling, 2, None));
    world.confirm(&contest);
    assert_eq!(world.find(&payment).state, PaymentState::Cancelled);
}

#[test]
fn a_second_signer_kills_both_and_halts() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    cancel(&world, &payment);
    let contest = world.contest_of(&payment);
    world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))]);
    assert_eq!(world.find(&payment).state, PaymentState::Dead);
    assert_eq!(world.find(&contest).state, PaymentState::Dead);
    let refused = world.send(paying(M)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ForeignSigner);
}

#[test]
fn a_withdrawal_that_waits_is_cancelled_at_once() {
    let world = World::stopped(&[5 * M]);
    world.withdraw(&[("a", M), ("b", M)]);
    assert_eq!(world.wallet.payments.cancel_withdrawal("a").unwrap().state, WithdrawalState::Cancelled);
    assert_eq!(world.wallet.payments.cancel_withdrawal("a").unwrap().state, WithdrawalState::Cancelled);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("b", WithdrawalState::Submitted);
    assert_eq!(world.payment_of("b").outputs.len(), 2, "b and the remainder");
    assert_eq!(world.told_withdrawal("a"), [WithdrawalState::Requested, WithdrawalState::Cancelled]);
    assert_eq!(world.withdraw(&[("a", M)])[0].as_ref().unwrap().state, WithdrawalState::Cancelled, "for ever");
    assert_eq!(world.wallet.payments.cancel_withdrawal("c").unwrap_err().kind(), ErrorKind::TransactionNotFound);
}

#[test]
fn a_batch_that_loses_gives_the_others_back() {
    let world = World::stopped(&[9 * M]);
    world.withdraw(&[("a", M), ("b", M), ("c", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("c", WithdrawalState::Submitted);
    let batch = world.payment_of("a");
    let whole = world.wallet.payments.cancel(&PaymentRef::Transaction(batch.transaction_id));
    assert_eq!(whole.unwrap_err().kind(), ErrorKind::InvalidArgument);
    assert_eq!(world.wallet.payments.cancel_withdrawal("b").unwrap().state, WithdrawalState::Cancelling);
    assert_eq!(world.wallet.payments.cancel_withdrawal("c").unwrap().state, WithdrawalState::Cancelling);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Cancelling, "its transaction is contested");
    world.confirm(&world.contest_of(&batch));
    assert_eq!(world.withdrawal("b").state, WithdrawalState::Cancelled);
    assert_eq!(world.withdrawal("c").state, WithdrawalState::Cancelled);
    // and only a is paid, by another transaction
    world.await_withdrawal("a", WithdrawalState::Submitted);
    let second = world.payment_of("a");
    assert_ne!(second.transaction_id, batch.transaction_id);
    assert_eq!(second.outputs.len(), 2);
    world.confirm(&second);
    assert_eq!(world.withdrawal("a").state, WithdrawalState::Confirmed);
    assert_eq!(available(&world), 8 * M);
    use WithdrawalState::{Cancelled, Cancelling, Confirmed, Requested, Signed, Submitted};
    let told = world.told_withdrawal("a");
    assert_eq!(told, [Requested, Signed, Cancelling, Requested, Signed, Confirmed], "{Submitted:?} is no event");
    assert_eq!(world.told_withdrawal("b"), [Requested, Signed, Cancelling, Cancelled]);
}

#[test]
fn a_batch_that_wins_pays_all() {
    let world = World::stopped(&[9 * M]);
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("b", WithdrawalState::Submitted);
    world.wallet.payments.cancel_withdrawal("b").unwrap();
    world.confirm(&world.payment_of("a"));
    for key in ["a", "b"] {
        assert_eq!(world.withdrawal(key).state, WithdrawalState::Confirmed);
        assert_eq!(world.wallet.payments.cancel_withdrawal(key).unwrap().state, WithdrawalState::Confirmed);
    }
    assert_eq!(available(&world), 7 * M);
}

#[test]
fn a_claim_that_nodes_refuse_is_stopped_by_claiming_one_of_its_outputs_anew() {
    let world = World::with(&[]);
    let owner = world.address(0);
    for _ in 0..3 {
        world.book(0, returning(&owner, M, M / 4), OutputClass::Held);
    }
    let claim_all = || world.wallet.payments.claim(0, &[], false).unwrap();
    let claim = claim_all().unwrap();
    let which = PaymentRef::Transaction(claim.transaction_id);
    // as long as nodes may apply it, nothing stops it
    assert_eq!(world.wallet.payments.cancel(&which).unwrap_err().kind(), ErrorKind::InvalidArgument);
    world.node.set(|script| {
        script.default_state = Some(BlockState::Conflicting { code: 11, reason: "invalid".to_owned() });
    });
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    world.await_payment(&claim, |payment| payment.state == PaymentState::Rejected);
    world.node.set(|script| script.default_state = None);
    assert_eq!(cancel(&world, &claim).state, PaymentState::Cancelling);
    let contest = world.contest_of(&claim);
    let outputs: Vec<_> = contest.outputs.iter().map(|output| (output.role, output.amount.units())).collect();
    assert_eq!(outputs, [(OutputRole::Claim, M - M / 4), (OutputRole::DepositReturn, M / 4)], "a customer's as before");
    assert_eq!((contest.inputs.len(), contest.outputs[0].address), (1, owner));
    // until a milestone decides, the others stay reserved
    assert_eq!(claim_all(), None);
    world.confirm(&contest);
    assert_eq!(world.find(&claim).state, PaymentState::Cancelled);
    assert_eq!(world.find(&contest).state, PaymentState::Confirmed);
    let again = claim_all().unwrap();
    assert_eq!(again.inputs.len(), 2);
    assert!(again.inputs.iter().all(|input| claim.inputs.contains(input) && !contest.inputs.contains(input)));
}

/// A payment whose contest a node has called invalid for good, once.
fn refused_contest(world: &World) -> (Payment, Payment) {
    let payment = world.send(paying(M)).unwrap();
    cancel(world, &payment);
    let contest = world.contest_of(&payment);
    world.node.set(|script| {
        script
            .states
            .insert(contest.block.unwrap(), BlockState::Conflicting { code: 5, reason: "the sums differ".to_owned() });
    });
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    let contest = world.await_payment(&contest, |contest| contest.state == PaymentState::Rejected);
    (payment, contest)
}

#[test]
fn one_nodes_word_does_not_end_a_contest() {
    let world = World::with(&[5 * M]);
    let (payment, contest) = refused_contest(&world);
    world.pass(600_000);
    let again = world.await_payment(&contest, |contest| contest.state == PaymentState::Submitted);
    assert_eq!(again.attachments, 2);
    world.confirm(&contest);
    assert_eq!(world.find(&payment).state, PaymentState::Cancelled);
}

#[test]
fn who_cancels_again_has_a_refused_contest_submitted_at_once() {
    let world = World::with(&[5 * M, 5 * M]);
    let (payment, contest) = refused_contest(&world);
    assert_eq!(cancel(&world, &payment).state, PaymentState::Cancelling);
    world.await_payment(&contest, |contest| contest.attachments == 2);
    // and only when it is refused
    cancel(&world, &payment);
    world.milestone(vec![], vec![]);
    world.send(paying(M)).unwrap();
    assert_eq!(world.find(&contest).attachments, 2);

    let world = World::stopped(&[5 * M]);
    world.withdraw(&[("a", M), ("b", M)]);
    world.wallet.payments.start().unwrap();
    world.await_withdrawal("b", WithdrawalState::Submitted);
    world.wallet.payments.cancel_withdrawal("a").unwrap();
    let contest = world.contest_of(&world.payment_of("a"));
    world.node.set(|script| {
        script.default_state = Some(BlockState::Conflicting { code: 5, reason: "the sums differ".to_owned() });
    });
    for key in ["a", "b"] {
        world.milestone(vec![], vec![]);
        world.milestone(vec![], vec![]);
        let refused = world.await_payment(&contest, |contest| contest.state == PaymentState::Rejected);
        world.wallet.payments.cancel_withdrawal(key).unwrap();
        world.await_payment(&contest, |contest| contest.attachments > refused.attachments);
    }
}

/// A payment of two inputs of which as many belong to another one now, as after a restore when the key journal has two payments of
/// an output.
fn robbed(inputs: usize) -> (World, Payment) {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(paying(4 * M)).unwrap();
    world.fund(0, 5 * M);
    let other = world.send(paying(M)).unwrap();
    assert_eq!((payment.inputs.len(), other.inputs.len()), (2, 1));
    let taken = payment.inputs[..inputs].to_vec();
    let (from, to) = (payment.position, other.position);
    let take = move |tx: &rusqlite::Transaction<'_>| {
        for input in taken {
            output::unlock(tx, &input.output_id, from)?;
            assert!(output::lock(tx, &input.output_id, to)?);
        }
        Ok::<_, StoreError>(())
    };
    world.wallet.store.writer().commit(take).unwrap();
    (world, payment)
}

#[test]
fn a_contest_spends_what_the_payment_reserves_and_not_what_another_one_does() {
    let (world, payment) = robbed(1);
    cancel(&world, &payment);
    assert_eq!(world.contest_of(&payment).inputs, [payment.inputs[1].clone()]);
    let (world, payment) = robbed(2);
    let refused = world.wallet.payments.cancel(&PaymentRef::Transaction(payment.transaction_id)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InputLocked);
    assert_eq!(world.find(&payment).state, PaymentState::Submitted);
}

#[test]
fn who_repeats_a_request_does_not_wait_for_the_node_that_its_cancel_waits_for() {
    let world = World::with(&[5 * M]);
    let payment = world.send(with_key(M, "k")).unwrap();
    world.node.set(|script| script.hold = true);
    std::thread::scope(|scope| {
        let cancelling = scope.spawn(|| world.wallet.payments.cancel_key("k").unwrap());
        world.await_payment(&payment, |payment| payment.state == PaymentState::Cancelling);
        assert_eq!(world.send(with_key(M, "k")).unwrap().transaction_id, payment.transaction_id);
        assert!(!cancelling.is_finished(), "the node has not answered yet");
        // it may not have heard of the contest yet
        while !cancelling.is_finished() {
            world.node.let_go();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    });
}
