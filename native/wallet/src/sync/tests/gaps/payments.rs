//! Payments and claims of which the end lies in a gap.

use super::*;

/// A payment's outputs, and what it spends.
fn includes(payment: &Payment) -> (Vec<LedgerOutput>, Vec<(OutputId, TransactionId)>) {
    let built = |output: &crate::store::payment::PaymentOutputRow| {
        let built = OutputBuilder::plain(0, output.address, output.amount.units());
        built.id(payment.transaction_id, output.output_id).build()
    };
    let spent = payment.inputs.iter().map(|input| (input.output_id, payment.transaction_id)).collect();
    (payment.outputs.iter().map(built).collect(), spent)
}

#[test]
fn invariant_6_a_payment_that_was_applied_in_the_gap_is_confirmed_by_its_outputs() {
    let (world, _) = World::with(&[3 * M]);
    let payment = world.pay(M);
    let (created, spent) = includes(&payment);
    let world = world.miss(|node| {
        node.ledger().milestone(created, spent);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting, report.incidents), (1, 0, 0));
    assert_eq!(world.state(&payment), PaymentState::Confirmed);
    let balance = world.wallet.manager.balance(&world.alice).unwrap();
    assert_eq!((balance.available.units(), balance.locked.units(), balance.incoming.units()), (2 * M, 0, 0));
    let told = world.wallet.events();
    let change = told.iter().any(
        |event| matches!(event, LedgerEvent::NewOutput(event) if event.origin == Origin::Change && event.repaired),
    );
    let confirmed = told.iter().any(|event| {
        matches!(event, LedgerEvent::TransactionInclusion(event)
            if event.state == InclusionState::Confirmed && event.repaired)
    });
    assert!(change && confirmed, "{told:?}");
}

#[test]
fn invariant_6_a_payment_of_which_nothing_is_left_stays_open_and_is_an_incident() {
    let (world, _) = World::with(&[M]);
    let payment = world.pay(M);
    let (created, spent) = includes(&payment);
    let onward: Vec<_> = created.iter().map(|output| by(output, 90)).collect();
    let world = world.miss(|node| {
        node.ledger().milestone(created, spent);
        node.ledger().milestone(vec![], onward);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting), (0, 0));
    assert!(!matches!(world.state(&payment), PaymentState::Confirmed | PaymentState::Dead));
    let text = payment.transaction_id.to_string();
    let told = world.wallet.events();
    assert!(told.iter().any(|event| matches!(event, LedgerEvent::Incident(event) if event.id.contains(&text))));
}

#[test]
fn invariant_6_a_payment_of_which_one_input_only_was_spent_is_dead() {
    let (world, _) = World::with(&[M, M]);
    let payment = world.pay(2 * M);
    assert_eq!(payment.inputs.len(), 2);
    let stolen = (payment.inputs[1].output_id, transaction_id(80));
    let world = world.miss(|node| {
        node.ledger().milestone(vec![], vec![stolen]);
    });
    let report = world.repair();
    assert_eq!((report.confirmed, report.conflicting), (0, 1));
    assert_eq!(world.state(&payment), PaymentState::Dead);
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().available.units(), M, "the other input is free");
    let text = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &address(5), "rms");
    let again = world.wallet.manager.send_amount(&world.alice, vec![(text, Amount::new(M))], SendOptions::default());
    assert_eq!(kind(again), ErrorKind::ForeignSigner);
}

#[test]
fn a_payment_that_waits_through_the_gap_goes_on() {
    let (world, _) = World::with(&[3 * M]);
    let payment = world.pay(M);
    let world = world.miss(|_| ());
    assert_eq!(world.repair().confirmed, 0);
    assert_eq!(world.wallet.manager.balance(&world.alice).unwrap().locked.units(), 3 * M);
    let (created, spent) = includes(&payment);
    world.node.ledger().milestone(created, spent);
    world.wallet.sync();
    assert_eq!(world.state(&payment), PaymentState::Confirmed);
}

#[test]
fn a_claim_whose_input_expired_in_the_gap_is_dead_and_nobody_is_suspected() {
    for spent in [false, true] {
        let (world, _) = World::with(&[M]);
        let now = world.node.ledger().position().time.0;
        let end = UnixTime(now + 10_000);
        let offered = OutputBuilder::plain(20, world.raw, M).expiring(end, address(5)).build();
        let given = OutputBuilder::plain(21, world.raw, M).returning(300_000, address(5)).build();
        world.node.ledger().milestone(vec![offered.clone(), given.clone()], vec![]);
        world.wallet.sync();
        let claim = world.wallet.manager.claim(&world.alice, &[]).unwrap().unwrap();
        assert_eq!(claim.inputs.len(), 2);
        let world = world.miss(|node| {
            node.ledger().milestone_at(end, vec![], if spent { vec![by(&offered, 80)] } else { vec![] });
        });
        let report = world.repair();
        assert_eq!(report.confirmed, 0);
        assert_eq!(world.state(&claim), PaymentState::Dead);
        world.pay(M);
        let again = world.wallet.manager.claim(&world.alice, &[]).unwrap().unwrap();
        assert_eq!(again.inputs[0].output_id, given.id);
    }
}
