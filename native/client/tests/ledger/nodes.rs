//! Nodes that stop, come back, and are replaced in the middle of a flow.

use stardust_wallet::payments::PaymentState;

use crate::support::{Home, Net, Payer, Proxy, Wallet, config, eventually};

/// Waits until the wallet says that it is served by this node. Its word is as old as its last question.
fn served_by(wallet: &Wallet, url: &str) {
    eventually("the node that serves", || {
        let served = wallet.manager.status().node_url?;
        (served.trim_end_matches('/') == url).then_some(())
    });
}

#[test]
fn a_wallet_goes_on_when_its_node_was_stopped_and_started() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open_on(&[net.second()]);
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    payer.pay(&net, vec![payer.plain(10_000_000, &alice.raw)]);
    eventually("the deposit", || {
        wallet.sync();
        (wallet.balance("alice").available.units() == 10_000_000).then_some(())
    });

    net.stop_second();
    // a deposit that only the other node hears of, and a payment that no node takes
    payer.pay(&net, vec![payer.plain(2_000_000, &bob.raw)]);
    assert_eq!(wallet.balance("bob").total.units(), 0);
    let sent = wallet.send("alice", "meanwhile", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(sent.state, PaymentState::Signed);
    net.start_second();

    eventually("the deposit", || {
        wallet.sync();
        (wallet.balance("bob").total.units() == 2_000_000).then_some(())
    });
    let payment = wallet.decided("meanwhile");
    assert_eq!((payment.state, payment.transaction_id), (PaymentState::Confirmed, sent.transaction_id));
    wallet.sync();
    assert_eq!(wallet.deposits().len(), 2);
    assert_eq!(wallet.balance("alice").available.units(), 9_000_000);
}

#[test]
fn another_node_takes_over_in_the_middle_of_a_payment() {
    let net = Net::alone();
    let mut payer = Payer::funded(&net);
    let way = Proxy::to(net.second());
    let home = Home::new();
    let wallet = home.open_with(config(&[way.url(), net.node()]).build().unwrap());
    let address = wallet.account("alice");
    payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]);
    eventually("the deposit", || {
        wallet.sync();
        (wallet.balance("alice").available.units() == 10_000_000).then_some(())
    });
    served_by(&wallet, way.url());

    net.pause();
    let sent = wallet.send("alice", "switched", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(sent.state, PaymentState::Submitted);
    way.cut();
    net.resume();
    let payment = wallet.decided("switched");
    assert_eq!((payment.state, payment.transaction_id), (PaymentState::Confirmed, sent.transaction_id));
    let more = payer.pay(&net, vec![payer.plain(2_000_000, &address.raw)]).remove(0);
    wallet.sync();
    assert!(wallet.deposits().iter().any(|(id, _)| *id == more.ledger_id()));
    assert_eq!(wallet.balance("alice").available.units(), 11_000_000);
    served_by(&wallet, net.node());
    let once = wallet.send("alice", "after", &payer.bech32(), 1_000_000).unwrap();
    assert_eq!(wallet.decided("after").transaction_id, once.transaction_id);
}
