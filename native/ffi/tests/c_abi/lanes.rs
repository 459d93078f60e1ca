//! What waits for a node does not hold up what needs none.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::support::{self, Wallet};
use serde_json::{Value, json};
use stardust_devnet::Devnet;

/// More than the threads that wait for nodes.
const STALLED: usize = 300;

/// From now on the node takes requests and answers none.
fn hang(devnet: &Devnet) {
    let address = devnet.node_url().trim_start_matches("http://").trim_end_matches('/');
    let body = json!({ "route": "/api/core/**", "action": "hang" }).to_string();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/devnet/v1/fail HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

#[test]
fn cancelling_what_waits_and_known_keys_do_not_wait_behind_stalled_calls() {
    let devnet = Devnet::builder().milestone_interval(Duration::from_millis(200)).start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut config = support::config(directory.path(), devnet.node_url());
    config["client"]["requestTimeoutMs"] = json!(120_000);
    let mut wallet = Wallet::start_with(&config);
    wallet.call("wallet.sync", &json!({})).unwrap();
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    wallet.call("account.create", &json!({ "alias": "poor" })).unwrap();
    let address = |wallet: &mut Wallet, alias: &str| {
        let params = json!({ "account": { "alias": alias }, "count": 1 });
        wallet.call("account.generateAddresses", &params).unwrap()["addresses"][0]["address"].clone()
    };
    let own = address(&mut wallet, "alice");
    devnet.fund(own.as_str().unwrap(), 5_000_000).unwrap();
    // the deposit is the faucet's transaction, which may not be applied yet
    let pay = json!({
        "account": { "alias": "alice" },
        "outputs": [{ "address": own, "amount": "1000000" }],
        "options": { "idempotencyKey": "paid" },
    });
    let paid = loop {
        wallet.call("wallet.sync", &json!({})).unwrap();
        match wallet.call("account.sendAmount", &pay) {
            Ok(paid) => break paid,
            Err(error) => assert_eq!(error["data"]["kind"], "INSUFFICIENT_FUNDS"),
        }
    };
    wallet.call("transaction.await", &json!({ "transactionId": paid["transactionId"], "timeoutMs": 60000 })).unwrap();
    let withdrawals: Vec<Value> = ["waits", "waits too"]
        .map(|key| json!({ "idempotencyKey": key, "address": own, "amount": "1000000" }))
        .to_vec();
    wallet.call("account.withdraw", &json!({ "account": { "alias": "poor" }, "withdrawals": withdrawals })).unwrap();

    hang(&devnet);
    let stalled: Vec<i64> = (0..STALLED).map(|_| wallet.ask("client.nodeStatus", &json!({}))).collect();
    let cancelled = wallet.call("withdrawal.cancel", &json!({ "idempotencyKey": "waits" })).unwrap();
    assert_eq!(cancelled["state"], "cancelled");
    let cancelled = wallet.call("wallet.cancel", &json!({ "idempotencyKey": "waits too" })).unwrap();
    assert_eq!((&cancelled["withdrawal"]["state"], &cancelled["transaction"]), (&json!("cancelled"), &json!(null)));
    let again = wallet.call("account.sendAmount", &pay).unwrap();
    assert_eq!(again["transactionId"], paid["transactionId"]);
    let ended = wallet.call("transaction.cancel", &json!({ "idempotencyKey": "paid" })).unwrap();
    assert_eq!(ended["state"], "confirmed");
    assert_eq!(wallet.kind("wallet.cancel", &json!({ "idempotencyKey": "nobody" })), "TRANSACTION_NOT_FOUND");
    assert_eq!(wallet.unasked(), 0, "the others wait still");
    assert_eq!(wallet.close().len(), stalled.len());
}

#[test]
fn a_payment_is_cancelled_by_exactly_one_of_its_names() {
    let devnet = Devnet::builder().milestone_interval(Duration::from_millis(200)).start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), devnet.node_url());
    let id = format!("0x{}", "00".repeat(32));
    let both = json!({ "transactionId": id, "idempotencyKey": "k" });
    assert_eq!(wallet.kind("transaction.cancel", &both), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("transaction.cancel", &json!({})), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("transaction.cancel", &json!({ "idempotencyKey": "k" })), "TRANSACTION_NOT_FOUND");
    wallet.close();
}
