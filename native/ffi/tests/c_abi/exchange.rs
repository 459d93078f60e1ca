//! An exchange's day over the C ABI: account, address, deposit, event, withdrawal, against a devnet.

use std::time::Duration;

use crate::support::Wallet;
use serde_json::{Value, json};
use stardust_devnet::Devnet;

fn devnet() -> Devnet {
    Devnet::builder().milestone_interval(Duration::from_millis(200)).start().unwrap()
}

fn address(wallet: &mut Wallet, alias: &str) -> String {
    let params = json!({ "account": { "alias": alias }, "count": 1 });
    let answer = wallet.call("account.generateAddresses", &params).unwrap();
    answer["addresses"][0]["address"].as_str().unwrap().to_owned()
}

/// Polls until an event of this type comes, and acknowledges everything up to it.
fn next_event(wallet: &mut Wallet, kind: &str) -> Value {
    for _ in 0..20 {
        let batch = wallet.call("consumer.poll", &json!({ "name": "credits", "timeoutMs": 10000 })).unwrap();
        for event in batch["events"].as_array().unwrap() {
            let params = json!({ "name": "credits", "logId": batch["logId"], "sequence": event["sequence"] });
            wallet.call("consumer.acknowledge", &params).unwrap();
            if event["type"] == kind {
                return event.clone();
            }
        }
    }
    panic!("no event {kind}");
}

#[test]
fn deposit_event_and_withdrawal() {
    let devnet = devnet();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), devnet.node_url());
    wallet.call("wallet.sync", &json!({})).unwrap();
    let alice = wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    assert_eq!((&alice["index"], &alice["publicAddressCount"]), (&json!(0), &json!(0)));
    assert_eq!(wallet.kind("account.create", &json!({ "alias": "alice" })), "ALIAS_TAKEN");
    wallet.call("account.create", &json!({ "alias": "bob" })).unwrap();
    let subscription =
        wallet.call("events.listen", &json!({ "types": ["newOutput"] })).unwrap()["subscription"].clone();
    wallet.call("consumer.open", &json!({ "name": "credits" })).unwrap();

    let deposit_address = address(&mut wallet, "alice");
    let output = devnet.fund(&deposit_address, 5_000_000).unwrap();
    let deposit = next_event(&mut wallet, "deposit");
    assert_eq!((&deposit["amount"], &deposit["outputId"]), (&json!("5000000"), &json!(output)));
    assert_eq!((&deposit["alias"], &deposit["address"]), (&json!("alice"), &json!(deposit_address)));
    assert_eq!(deposit["origin"], "external");
    let live = wallet.notification(|message| message["method"] == "event");
    assert_eq!(live["params"]["subscription"], subscription);
    assert_eq!(live["params"]["event"]["type"], "newOutput");
    assert_eq!(live["params"]["event"]["output"]["outputId"], json!(output));
    assert_eq!(live["params"]["event"]["accountBalance"], "5000000");

    let synced = wallet.call("wallet.sync", &json!({ "account": { "alias": "alice" } })).unwrap();
    assert_eq!((&synced["balance"]["total"], &synced["balance"]["available"]), (&json!("5000000"), &json!("5000000")));

    let to = address(&mut wallet, "bob");
    let params = json!({
        "account": { "index": 0 },
        "outputs": [{ "address": to, "amount": "2000000" }],
        "options": { "idempotencyKey": "withdrawal-1", "taggedData": { "tag": "0x01", "data": "0x02ff" } },
    });
    let sent = wallet.call("account.sendAmount", &params).unwrap();
    assert_eq!((&sent["inputs"][0]["outputId"], &sent["outputs"][0]["own"]), (&json!(output), &json!(true)));
    assert_eq!((&sent["outputs"][0]["role"], &sent["outputs"][1]["role"]), (&json!("payee"), &json!("remainder")));
    let params_await = json!({ "transactionId": sent["transactionId"], "timeoutMs": 60000 });
    let confirmed = wallet.call("transaction.awaitInclusion", &params_await).unwrap();
    assert_eq!(confirmed["state"], "confirmed");
    assert!(confirmed["milestoneIndex"].as_u64().unwrap() > 1);
    let again = wallet.call("account.sendAmount", &params).unwrap();
    assert_eq!(again["transactionId"], sent["transactionId"]);
    let found = wallet.call("transaction.get", &json!({ "idempotencyKey": "withdrawal-1" })).unwrap();
    assert_eq!(found["transactionId"], sent["transactionId"]);

    let credit = next_event(&mut wallet, "deposit");
    assert_eq!((&credit["amount"], &credit["origin"]), (&json!("2000000"), &json!("paymentRecipient")));
    let listed = wallet.call("account.transactions", &json!({ "account": { "index": 0 } })).unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let balance = wallet.call("account.balance", &json!({ "account": { "alias": "alice" } })).unwrap();
    assert_eq!((&balance["total"], &balance["outputCount"]), (&json!("3000000"), &json!(1)));
    let outputs = wallet.call("account.outputs", &json!({ "account": { "index": 0 }, "includeSpent": true })).unwrap();
    assert_eq!(outputs["items"].as_array().unwrap().len(), 2);
    wallet.close();
}

#[test]
fn bad_payments_have_their_own_errors() {
    let devnet = devnet();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), devnet.node_url());
    wallet.call("wallet.sync", &json!({})).unwrap();
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let own = address(&mut wallet, "alice");
    let pay = |wallet: &mut Wallet, address: &str, amount: &str| {
        let outputs = json!([{ "address": address, "amount": amount }]);
        wallet.call("account.sendAmount", &json!({ "account": { "index": 0 }, "outputs": outputs })).unwrap_err()
    };
    let error = pay(&mut wallet, &own, "1000000");
    assert_eq!(error["data"]["kind"], "INSUFFICIENT_FUNDS");
    assert_eq!(error["data"]["details"], json!({ "needed": "1000000", "available": "0" }));
    let error = pay(&mut wallet, &own, "1");
    assert_eq!(error["data"]["kind"], "STORAGE_DEPOSIT_TOO_LOW");
    assert_eq!(error["data"]["details"]["given"], "1");
    for amount in ["0", "-1", "1.5", "", "99999999999999999999"] {
        assert_eq!(pay(&mut wallet, &own, amount)["data"]["kind"], "AMOUNT_INVALID", "{amount}");
    }
    assert_eq!(pay(&mut wallet, "nonsense", "1000000")["data"]["kind"], "ADDRESS_INVALID");
    let iota = "iota1qrhacyfwlcnzkvzteumekfkrrwks98mpdm37cj4xx3drvmjvnep6xqgyzyx";
    let error = pay(&mut wallet, iota, "1000000");
    assert_eq!(error["data"]["kind"], "ADDRESS_WRONG_NETWORK");
    assert_eq!(
        (&error["data"]["details"]["expected"], &error["data"]["details"]["got"]),
        (&json!("tst"), &json!("iota"))
    );
    let none = json!({ "account": { "index": 0 }, "outputs": [] });
    assert_eq!(wallet.kind("account.sendAmount", &none), "OUTPUT_COUNT_INVALID");
    assert_eq!(wallet.kind("account.balance", &json!({ "account": { "alias": "0" } })), "ACCOUNT_NOT_FOUND");
    assert_eq!(wallet.kind("address.find", &json!({ "address": iota })), "ADDRESS_WRONG_NETWORK");
    let unknown = json!({ "transactionId": format!("0x{}", "00".repeat(32)) });
    assert_eq!(wallet.kind("transaction.get", &unknown), "TRANSACTION_NOT_FOUND");
    assert_eq!(wallet.kind("transaction.get", &json!({})), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("consumer.poll", &json!({ "name": "nobody" })), "CONSUMER_NOT_FOUND");
    wallet.close();
}

#[test]
fn addresses_come_in_pages() {
    let devnet = devnet();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), devnet.node_url());
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let account = json!({ "index": 0 });
    let params = json!({ "account": account, "count": 25, "label": "batch" });
    wallet.call("account.generateAddresses", &params).unwrap();
    let params = json!({ "account": account, "count": 5, "internal": true });
    wallet.call("account.generateAddresses", &params).unwrap();
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let params = json!({ "account": account, "limit": 7, "after": after });
        let page = wallet.call("account.addresses", &params).unwrap();
        all.extend(page["items"].as_array().unwrap().clone());
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    let keys: Vec<_> = all.iter().map(|item| (item["internal"] == true, item["keyIndex"].as_u64().unwrap())).collect();
    let expected: Vec<_> = (0..25).map(|index| (false, index)).chain((0..5).map(|index| (true, index))).collect();
    assert_eq!(keys, expected);
    assert_eq!(all[3]["label"], "batch");
    let found = wallet.call("address.find", &json!({ "address": all[3]["address"] })).unwrap();
    assert_eq!(found["keyIndex"], 3);
    let relabelled = wallet.call("address.setLabel", &json!({ "address": all[3]["address"] })).unwrap();
    assert!(relabelled.get("label").is_none());
    assert_eq!(wallet.kind("account.addresses", &json!({ "account": account, "after": "x" })), "INVALID_ARGUMENT");
    assert_eq!(wallet.kind("account.addresses", &json!({ "account": account, "limit": 0 })), "INVALID_ARGUMENT");
    wallet.close();
}

#[test]
fn live_events_of_a_payment_and_their_end() {
    let devnet = devnet();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), devnet.node_url());
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let own = address(&mut wallet, "alice");
    devnet.fund(&own, 3_000_000).unwrap();
    wallet.call("consumer.open", &json!({ "name": "credits" })).unwrap();
    next_event(&mut wallet, "deposit");
    let types = json!({ "types": ["transactionProgress", "transactionInclusion"] });
    let subscription = wallet.call("events.listen", &types).unwrap()["subscription"].clone();
    let params = json!({ "account": { "index": 0 }, "outputs": [{ "address": own, "amount": "1000000" }] });
    let sent = wallet.call("account.sendAmount", &params).unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&json!("confirmed")) {
        let notification = wallet.notification(|message| message["method"] == "event");
        assert_eq!(notification["params"]["subscription"], subscription);
        let event = &notification["params"]["event"];
        match event["type"].as_str().unwrap() {
            "transactionProgress" => seen.push(event["stage"].clone()),
            "transactionInclusion" => {
                assert_eq!(event["transactionId"], sent["transactionId"]);
                let id = event["id"].as_str().unwrap();
                assert!(id.ends_with(&format!(":transactionInclusion:{}", event["state"].as_str().unwrap())), "{id}");
                seen.push(event["state"].clone());
            }
            other => panic!("{other} was not asked for"),
        }
    }
    let stages = ["selectingInputs", "preparedTransaction", "signing", "broadcasting", "confirmed"];
    let places: Vec<_> = stages.iter().map(|stage| seen.iter().position(|one| one == stage)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{seen:?}");

    wallet.call("events.unlisten", &json!({ "subscription": subscription })).unwrap();
    wallet.notifications.clear();
    wallet.call("account.sendAmount", &params).unwrap();
    wallet.call("wallet.sync", &json!({})).unwrap();
    assert!(wallet.notifications.iter().all(|message| message["method"] != "event"));
    wallet.close();
}
