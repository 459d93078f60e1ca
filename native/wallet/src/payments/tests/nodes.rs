use std::{
    sync::{
        Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    scripted::block,
    world::{Keys, World, paying, returning, with_key},
};
use crate::{
    error::ErrorKind,
    events::{InclusionState, Notice, ProgressStage},
    ledger::{Amount, BlockState, MilestoneIndex},
    payments::{PaymentRef, PaymentState, Reviewed, SweepRequest, state::REFUSALS},
    store::{OutputClass, payment},
};

const M: u64 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes a call while the node does not answer: who made it must not have the keys any more when the node has its payment.
fn has_no_keys_while_a_node_is_waited_for(world: &World, call: impl FnOnce(Keys) + Send) {
    let ((arrive, arrived), (answer, answered)) = (mpsc::channel(), mpsc::channel::<()>());
    let answered = Mutex::new(answered);
    *world.node.on_arrival.lock().unwrap() = Some(Box::new(move |_| {
        let _arrived = arrive.send(());
        let _answered = answered.lock().unwrap().recv();
    }));
    let (keys, gone) = mpsc::channel();
    thread::scope(|scope| {
        // also when the test fails
        let answer = answer;
        world.wallet.hand_out(Some(Keys(keys.clone())));
        let calling = scope.spawn(move || call(Keys(keys)));
        arrived.recv_timeout(PATIENCE).unwrap();
        world.wallet.hand_out(None);
        assert_eq!(gone.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
        assert!(!calling.is_finished(), "it waits for an answer");
        drop(answer);
        calling.join().unwrap();
    });
    *world.node.on_arrival.lock().unwrap() = None;
}

#[test]
fn the_vault_need_not_be_open_for_a_node_that_does_not_answer() {
    let world = World::with(&[5 * M, 5 * M, 5 * M]);
    let payments = &world.wallet.payments;
    has_no_keys_while_a_node_is_waited_for(&world, |keys| {
        payments.send_in_turn(with_key(M, "k"), payments.turn(Some("k")), keys).unwrap();
    });
    has_no_keys_while_a_node_is_waited_for(&world, |keys| {
        // it takes its own
        drop(keys);
        payments.cancel(&PaymentRef::Key("k".to_owned())).unwrap();
    });
    let prepared = payments.prepare(paying(M), 300_000).unwrap();
    has_no_keys_while_a_node_is_waited_for(&world, |keys| {
        payments.submit_prepared_at_work(&prepared.id, Reviewed::Yes, keys).unwrap();
    });
    world.book(0, returning(&world.address(0), M, M / 4), OutputClass::Held);
    has_no_keys_while_a_node_is_waited_for(&world, |keys| {
        payments.claim_at_work(0, &[], false, keys).unwrap().unwrap();
    });
}

#[test]
fn signed_and_never_submitted_is_submitted_after_a_restart_with_the_same_bytes() {
    let world = World::stopped(&[5 * M]);
    let payment = world.send(with_key(M, "k")).unwrap();
    assert_eq!((payment.state, payment.block), (PaymentState::Signed, None));
    let stored = world.wallet.read(|conn| payment::payload(conn, payment.position));
    assert_eq!(world.node.arrived().len(), 0);

    let world = world.restarted();
    let payment = world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
    assert_eq!(world.node.arrived(), [stored]);
    assert_eq!(world.send(with_key(M, "k")).unwrap().transaction_id, payment.transaction_id);
    world.confirm(&payment);
    assert_eq!(world.find(&payment).state, PaymentState::Confirmed);
}

#[test]
fn an_unreachable_node_leaves_a_durable_payment() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| script.unavailable = true);
    let payment = world.send(paying(M)).unwrap();
    assert_eq!((payment.state, payment.block, payment.attachments), (PaymentState::Signed, None, 0));
    assert_eq!(world.wallet.holdings(0).locked, Amount::new(5 * M));
    world.node.set(|script| script.unavailable = false);
    world.pass(1_000);
    world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
    assert_eq!(world.node.arrived().len(), 1);
}

#[test]
fn what_is_told_to_reattach_goes_out_again_with_the_same_bytes_and_confirms_once() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| {
        script.states.insert(block(1), BlockState::Pending { should_reattach: true });
    });
    let payment = world.send(paying(M)).unwrap();
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    let payment = world.await_payment(&payment, |payment| payment.attachments == 2);
    assert_eq!(payment.block, Some(block(2)));
    let arrived = world.node.arrived();
    assert_eq!((arrived.len(), &arrived[0]), (2, &arrived[1]));
    let milestone = world.confirm(&payment);
    // the second block is a conflict now; the ledger has spoken before
    world.node.set(|script| {
        script.default_state = Some(BlockState::Conflicting { code: 1, reason: "spent".to_owned() });
    });
    let holdings = world.wallet.holdings(0);
    for _ in 0..12 {
        world.milestone(vec![], vec![]);
    }
    let payment = world.find(&payment);
    assert_eq!((payment.state, payment.milestone), (PaymentState::Confirmed, Some(MilestoneIndex(milestone))));
    assert_eq!(world.wallet.holdings(0), holdings);
    assert_eq!(holdings.plain, Amount::new(4 * M));
    assert_eq!(world.told(&payment), [InclusionState::Pending, InclusionState::Confirmed]);
    assert_eq!(world.node.arrived().len(), 2);
}

#[test]
fn asks_at_most_once_for_a_milestone() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    for _ in 0..6 {
        world.milestone(vec![], vec![]);
        for _ in 0..5 {
            world.pass(10_000);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    world.patiently(|| !world.node.asked.lock().unwrap().is_empty());
    let asked = world.node.asked.lock().unwrap().len();
    assert!((1..=6).contains(&asked), "{asked} questions for 6 milestones");
    assert_eq!(world.find(&payment).attachments, 1);
}

#[test]
fn a_refused_payment_keeps_its_inputs_and_its_reason_and_can_still_confirm() {
    let world = World::with(&[5 * M]);
    world.node.set(|script| script.refuse = Some("too heavy".to_owned()));
    let refusals = usize::try_from(REFUSALS).unwrap();
    let payment = std::thread::scope(|scope| {
        let sending = scope.spawn(|| world.send(paying(M)).unwrap());
        while !sending.is_finished() {
            // not after the last one, however long it takes to be told: a rejected payment is tried again some time
            if world.node.arrived().len() < refusals {
                world.pass(1_000);
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        sending.join().unwrap()
    });
    assert_eq!((payment.state, payment.reason.as_deref()), (PaymentState::Rejected, Some("too heavy")));
    assert_eq!(world.node.arrived().len(), refusals);
    assert_eq!(world.wallet.holdings(0).locked, Amount::new(5 * M));
    // it is tried again now and then, and refused again is no news
    world.node.set(|script| script.refuse = Some("still too heavy".to_owned()));
    world.pass(600_000);
    world.await_payment(&payment, |payment| payment.reason.as_deref() == Some("still too heavy"));
    assert_eq!(world.told(&payment), [InclusionState::Pending, InclusionState::Rejected]);
    world.confirm(&payment);
    let payment = world.find(&payment);
    assert_eq!((payment.state, payment.reason), (PaymentState::Confirmed, None));
    assert_eq!(world.wallet.holdings(0).locked, Amount::ZERO);
}

#[test]
fn a_rejected_payment_is_tried_again_after_a_restart() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    world.node.set(|script| {
        script.default_state = Some(BlockState::Conflicting { code: 9, reason: "invalid unlock".to_owned() });
    });
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    let payment = world.await_payment(&payment, |payment| payment.state == PaymentState::Rejected);
    assert_eq!(payment.reason.as_deref(), Some("invalid unlock"));
    let world = world.restarted();
    let payment = world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
    assert_eq!((payment.attachments, payment.reason.clone()), (2, None));
    let arrived = world.node.arrived();
    assert_eq!(arrived[0], arrived[1]);
    let told = [InclusionState::Pending, InclusionState::Rejected, InclusionState::Pending];
    assert_eq!(world.told(&payment), told);
}

#[test]
fn what_a_node_calls_invalid_for_good_is_tried_again_where_it_only_moves_within_the_wallet() {
    let world = World::with(&[5 * M]);
    world.fund(1, 2 * M);
    let owner = world.address(0);
    world.book(0, returning(&owner, M, M / 4), OutputClass::Held);
    let customers = world.send(paying(M)).unwrap();
    world.wallet.payments.sweep(&SweepRequest::into(0)).unwrap();
    let claim = world.wallet.payments.claim(0, &[], false).unwrap().unwrap();
    let sweep = world.wallet.payments.page(None, None, 10).unwrap().remove(1);
    world.node.set(|script| {
        script.default_state = Some(BlockState::Conflicting { code: 5, reason: "the sums differ".to_owned() });
    });
    world.milestone(vec![], vec![]);
    world.milestone(vec![], vec![]);
    for payment in [&customers, &sweep, &claim] {
        world.await_payment(payment, |payment| payment.state == PaymentState::Rejected);
    }
    world.node.set(|script| script.default_state = None);
    world.pass(600_000);
    for payment in [&sweep, &claim] {
        world.await_payment(payment, |payment| payment.state == PaymentState::Submitted);
    }
    // a customer's is a person's matter
    let left = world.find(&customers);
    assert_eq!((left.state, left.attachments), (PaymentState::Rejected, 1));
    assert_eq!(left.reason.as_deref(), Some("the sums differ"));
}

#[test]
fn after_a_restart_a_submitted_payment_is_asked_about_before_it_goes_out_again() {
    let world = World::with(&[2 * M, 2 * M]);
    let (known, lost) = (world.send(paying(M)).unwrap(), world.send(paying(M)).unwrap());
    world.node.set(|script| {
        script.states.insert(block(2), BlockState::Unknown);
    });
    assert_eq!(world.node.asked.lock().unwrap().len(), 0);
    world.pass(60_000);
    let world = world.restarted();
    world.await_payment(&lost, |payment| payment.attachments == 2);
    let asked = world.node.asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2, "each once: {asked:?}");
    assert_eq!(world.find(&known).attachments, 1);
    let arrived = world.node.arrived();
    assert_eq!((arrived.len(), &arrived[1]), (3, &arrived[2]));
}

#[test]
fn a_panic_in_the_driver_halts_the_wallet_and_leaves_the_payment() {
    let world = World::with(&[5 * M]);
    *world.node.on_arrival.lock().unwrap() = Some(Box::new(|_| panic!("as the test wants it")));
    // the caller does not wait for a thread that is gone
    let payment = world.send(paying(M)).unwrap();
    assert_eq!(payment.state, PaymentState::Signed);
    let halted = || world.wallet.store.halt().reason();
    while halted().is_none() {
        std::thread::yield_now();
    }
    let reason = halted().unwrap();
    assert!(reason.contains("as the test wants it"), "{reason}");
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::InsufficientFunds);
    *world.node.on_arrival.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    world.node.on_arrival.clear_poison();
    let world = world.restarted();
    world.await_payment(&payment, |payment| payment.state == PaymentState::Submitted);
}

#[test]
fn a_wallet_that_is_closed_does_not_submit() {
    let world = World::with(&[5 * M]);
    world.wallet.payments.close();
    let payment = world.send(paying(M)).unwrap();
    assert_eq!(payment.state, PaymentState::Signed);
    assert_eq!(world.node.arrived().len(), 0);
    world.wallet.payments.close();
}

#[test]
fn a_payment_that_is_signed_is_answered_even_when_the_wallet_closes() {
    let world = World::stopped(&[5 * M]).reopened_with(|ports| {
        let store = std::sync::Arc::clone(&ports.store);
        ports.bus.subscribe(Box::new(move |notice| {
            if matches!(&**notice, Notice::Progress(progress) if progress.stage == ProgressStage::ProofOfWork) {
                store.close();
            }
        }));
    });
    world.wallet.payments.start().unwrap();
    world.node.set(|script| script.unavailable = true);
    let payment = world.send(paying(M)).expect("an error would say that nothing was signed");
    assert_eq!((payment.state, payment.inputs.len(), payment.outputs.len()), (PaymentState::Signed, 1, 2));
    let world = world.restarted();
    assert_eq!(world.find(&payment).transaction_id, payment.transaction_id);
}
