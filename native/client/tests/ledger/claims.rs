//! Small amounts from one customer to another, and their claim.

use stardust_wallet::{
    events::{LedgerEvent, Origin},
    ledger::{Amount, Drafter},
    payments::{MicroAmount, PaymentRef, PaymentState, SendOptions},
    stardust::Stardust,
};

use crate::support::{Home, Net, Payer, eventually, named};

#[test]
fn small_amounts_are_sent_and_claimed() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    payer.pay(&net, vec![payer.plain(10_000_000, &alice.raw)]);
    wallet.sync();
    // each too small for an output, and together enough
    let least = Stardust.minimum_deposit(&bob.raw, &wallet.manager.network().unwrap().deposit).units();
    let amount = least / 4;
    let payees = vec![(bob.address, Amount::new(amount)); 5];
    let options = SendOptions {
        idempotency_key: Some("small".to_owned()),
        micro_amount: Some(MicroAmount::default()),
        ..SendOptions::default()
    };
    let sent = wallet.manager.send_amount(&named("alice"), payees, options).unwrap();
    assert_eq!(wallet.decided("small").state, PaymentState::Confirmed);
    wallet.sync();
    assert_eq!(wallet.balance("bob").available, Amount::ZERO);

    let claim = wallet.manager.claim(&named("bob"), &[]).unwrap().unwrap();
    assert_eq!(claim.inputs.len(), 5);
    let which = PaymentRef::Transaction(claim.transaction_id);
    let claim = eventually("a milestone that applies the claim", || {
        let claim = wallet.manager.payment(&which).unwrap();
        (!claim.state.is_open()).then_some(claim)
    });
    assert_eq!(claim.state, PaymentState::Confirmed, "{:?}", claim.reason);
    wallet.sync();
    assert_eq!(wallet.balance("bob").available.units(), 5 * amount);
    assert_eq!(wallet.deposits().last(), Some(&(claim.outputs[0].output_id, Amount::new(5 * amount))));
    // the deposits are alice's again, and nobody's deposit
    assert_eq!(wallet.balance("alice").available.units(), 10_000_000 - 5 * amount);
    assert_eq!(wallet.deposits().len(), 2);
    let returned = wallet.outputs("alice").into_iter().find(|output| output.origin == Origin::OwnReturn).unwrap();
    let back: u64 = sent.outputs.iter().filter_map(|output| output.deposit_return).map(Amount::units).sum();
    assert_eq!((returned.amount.units(), returned.internal), (back, true));
    assert!(wallet.events().iter().all(|event| !matches!(event, LedgerEvent::Incident(_))));
}
