//! Proof of work, done here and by the node. A development node asks for some; a given network asks for what it was
//! made with (`ci/hornet up --min-pow-score`).

use std::env;

use stardust_client::{ClientConfig, ProofOfWork, Route};
use stardust_wallet::payments::PaymentState;

use crate::support::{Home, Net, Payer, config};

fn client(net: &Net, by: ProofOfWork) -> ClientConfig {
    config(&[net.node()]).proof_of_work(by).build().unwrap()
}

/// What the network asks for is what it was made with.
fn check_score(net: &Net) {
    let score = net.network().min_pow_score;
    match env::var("STARDUST_MIN_POW_SCORE") {
        Ok(wanted) => assert_eq!(score.to_string(), wanted),
        Err(_) if env::var("STARDUST_NODE").is_ok() => {}
        Err(_) => assert!(score > 0),
    }
}

fn pays(by: ProofOfWork) {
    let net = Net::with_proof_of_work();
    check_score(&net);
    let mut payer = Payer::funded(&net);
    let home = Home::new();
    let wallet = home.open_with(client(&net, by));
    let address = wallet.account("alice");
    payer.pay(&net, vec![payer.plain(10_000_000, &address.raw)]);
    wallet.sync();
    assert_eq!(wallet.balance("alice").available.units(), 10_000_000);
    for key in ["first", "second"] {
        wallet.send("alice", key, &payer.bech32(), 1_000_000).unwrap();
        let payment = wallet.decided(key);
        assert_eq!((payment.state, payment.attachments), (PaymentState::Confirmed, 1), "{payment:?}");
    }
    wallet.sync();
    assert_eq!(wallet.balance("alice").total.units(), 8_000_000);
    assert_eq!(wallet.client.counters().of(Route::SubmitBlock), 2);
}

#[test]
fn a_payment_with_work_done_here() {
    pays(ProofOfWork::Local { threads: None });
}

#[test]
fn a_payment_with_work_done_by_the_node() {
    pays(ProofOfWork::Node);
}
