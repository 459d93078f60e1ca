//! A deposit, a payment, and a wallet that is closed and opened again in between.

use stardust_wallet::{
    events::{InclusionState, LedgerEvent, Origin},
    ledger::Amount,
    payments::PaymentState,
};

use crate::support::{Home, Net, Payer};

#[test]
fn a_deposit_and_a_payment_over_restarts() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let address = wallet.account("alice");
    drop(wallet);

    // a deposit while the wallet is closed
    let deposit = payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]).remove(0);
    let wallet = home.open(&net);
    assert_eq!(wallet.deposits(), [(deposit.ledger_id(), Amount::new(10_000_000))]);
    assert_eq!(wallet.balance("alice").available.units(), 10_000_000);

    // closed while the payment is on its way
    net.pause();
    let sent = wallet.send("alice", "withdrawal", &payer.bech32(), 1_000_000).unwrap();
    assert!(matches!(sent.state, PaymentState::Signed | PaymentState::Submitted));
    drop(wallet);
    let wallet = home.open(&net);
    let again = wallet.send("alice", "withdrawal", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(again.transaction_id, sent.transaction_id);
    let balance = wallet.balance("alice");
    assert_eq!((balance.available, balance.locked.units()), (Amount::ZERO, 10_000_000));
    net.resume();
    let payment = wallet.decided("withdrawal");
    assert_eq!((payment.state, payment.transaction_id), (PaymentState::Confirmed, sent.transaction_id));
    drop(wallet);

    // everything is there after one more restart, and nothing twice
    let wallet = home.open(&net);
    assert_eq!(wallet.payment("withdrawal").state, PaymentState::Confirmed);
    assert_eq!(wallet.balance("alice").available.units(), 9_000_000);
    let mut origins: Vec<_> = wallet.outputs("alice").iter().map(|output| output.origin).collect();
    origins.sort_by_key(|origin| *origin != Origin::External);
    assert_eq!(origins, [Origin::External, Origin::Change]);
    let states: Vec<_> = wallet
        .events()
        .into_iter()
        .filter_map(|event| match event {
            LedgerEvent::TransactionInclusion(event) => Some(event.state),
            _ => None,
        })
        .collect();
    assert_eq!(states.iter().filter(|state| **state == InclusionState::Confirmed).count(), 1, "{states:?}");
    assert_eq!(states.last(), Some(&InclusionState::Confirmed));
    assert_eq!(wallet.deposits().len(), 1);
}

#[test]
fn from_one_customer_to_another() {
    let net = Net::start();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open(&net);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    payer.pay(&net, vec![payer.plain(10_000_000, &alice.raw)]);
    wallet.sync();
    let sent = wallet.send("alice", "to bob", &bob.address, 3_000_000).unwrap();
    assert_eq!(wallet.decided("to bob").state, PaymentState::Confirmed);
    wallet.sync();
    let received = wallet.outputs("bob").remove(0);
    assert_eq!((received.origin, received.transaction_id), (Origin::PaymentRecipient, sent.transaction_id));
    assert_eq!(wallet.deposits().last(), Some(&(received.output_id, Amount::new(3_000_000))));
    let (alice, bob) = (wallet.balance("alice"), wallet.balance("bob"));
    assert_eq!((alice.available.units(), bob.available.units()), (7_000_000, 3_000_000));
    assert_eq!(wallet.deposits().len(), 2, "the change is none");
}
