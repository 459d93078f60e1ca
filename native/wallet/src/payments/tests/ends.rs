use super::world::{World, paying, transaction, with_key};
use crate::{
    error::ErrorKind,
    events::{InclusionState, Notice, ProgressStage},
    ledger::{Amount, MilestoneIndex},
    payments::{PaymentError, PaymentState, pending, settle::settle},
    store::{MetaKey, meta},
};

const M: u64 = 1_000_000;

#[test]
fn a_confirmed_payment_frees_what_it_held() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    let open = world.wallet.store.readers().read(pending).unwrap();
    assert_eq!(open, [payment.transaction_id]);
    let milestone = world.confirm(&payment);
    let payment = world.find(&payment);
    assert_eq!((payment.state, payment.milestone), (PaymentState::Confirmed, Some(MilestoneIndex(milestone))));
    let holdings = world.wallet.holdings(0);
    assert_eq!((holdings.plain, holdings.locked, holdings.incoming), (Amount::new(4 * M), Amount::ZERO, Amount::ZERO));
    assert_eq!(world.told(&payment), [InclusionState::Pending, InclusionState::Confirmed]);
    assert_eq!(world.wallet.store.readers().read(pending).unwrap(), []);
    // what came back can be spent
    world.send(paying(3 * M)).unwrap();
}

#[test]
fn a_foreign_spend_kills_the_payment_and_halts_paying() {
    let world = World::with(&[2 * M, 3 * M]);
    let payment = world.send(paying(4 * M)).unwrap();
    assert_eq!(payment.inputs.len(), 2);
    let taken = payment.inputs[0].output_id;
    world.milestone(vec![], vec![(taken, transaction(0xfe))]);
    let dead = world.find(&payment);
    assert_eq!(dead.state, PaymentState::Dead);
    assert!(dead.reason.unwrap().contains(&taken.to_string()));
    assert_eq!(world.told(&payment), [InclusionState::Pending, InclusionState::Conflicting]);
    // the other input is free, nothing comes back any more
    let holdings = world.wallet.holdings(0);
    let left = payment.inputs[1].amount;
    assert_eq!((holdings.plain, holdings.locked, holdings.incoming), (left, Amount::ZERO, Amount::ZERO));
    for request in [paying(M), with_key(M, "new")] {
        assert_eq!(world.send(request).unwrap_err().kind(), ErrorKind::ForeignSigner);
    }
    let world = world.restarted();
    let error = world.send(paying(M)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ForeignSigner);
    assert!(error.to_string().contains(&transaction(0xfe).to_string()));
}

#[test]
fn another_signer_that_is_seen_while_a_payment_is_signed_stops_it() {
    let world = World::stopped(&[2 * M]).reopened_with(|ports| {
        let store = std::sync::Arc::clone(&ports.store);
        ports.bus.subscribe(Box::new(move |notice| {
            if matches!(&**notice, Notice::Progress(progress) if progress.stage == ProgressStage::Signing) {
                store.writer().commit(|tx| meta::put(tx, MetaKey::ForeignSigner, b"somebody")).unwrap();
            }
        }));
    });
    assert_eq!(world.send(paying(M)).unwrap_err().kind(), ErrorKind::ForeignSigner);
    world.assert_untouched();
}

#[test]
fn an_old_key_still_answers_when_paying_is_halted() {
    let world = World::with(&[2 * M]);
    let payment = world.send(with_key(M, "k")).unwrap();
    world.milestone(vec![], vec![(payment.inputs[0].output_id, transaction(0xfe))]);
    assert_eq!(world.send(with_key(M, "k")).unwrap().state, PaymentState::Dead);
}

#[test]
fn settling_twice_changes_nothing() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    world.confirm(&payment);
    let holdings = world.wallet.holdings(0);
    let (id, input) = (payment.transaction_id, payment.inputs[0].output_id);
    let again = world
        .wallet
        .store
        .writer()
        .commit(move |tx| {
            let at = super::world::position(9);
            let confirmed = settle(tx, &at, [id, id], &[(input, id)])?;
            let killed = settle(tx, &at, [], &[(input, transaction(1))])?;
            Ok::<_, PaymentError>((confirmed, killed))
        })
        .unwrap();
    assert_eq!(again, (vec![], vec![]));
    assert_eq!(world.wallet.holdings(0), holdings);
    assert_eq!(world.find(&payment).state, PaymentState::Confirmed);
    world.send(paying(M)).unwrap();
}

#[test]
fn consumption_by_our_own_transaction_confirms_even_when_no_output_was_listed() {
    let world = World::with(&[5 * M]);
    let payment = world.send(paying(M)).unwrap();
    world.milestone(vec![], vec![(payment.inputs[0].output_id, payment.transaction_id)]);
    assert_eq!(world.find(&payment).state, PaymentState::Confirmed);
}

#[test]
fn other_peoples_transactions_settle_nothing() {
    let world = World::with(&[5 * M]);
    let free = world.fund(0, 2 * M);
    let payment = world.send(paying(4 * M)).unwrap();
    // an output that no payment holds is spent by somebody: the scan's incident, not this payment's death
    assert!(payment.inputs.iter().all(|input| input.output_id != free));
    world.milestone(vec![], vec![(free, transaction(4))]);
    assert_eq!(world.find(&payment).state, PaymentState::Submitted);
}
