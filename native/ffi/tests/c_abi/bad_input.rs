//! The C ABI as a caller in another language meets it: bad input, bounds, closing, secrets, panics.

use std::{collections::HashSet, thread, time::Duration};

use crate::support::{Wallet, bad_pointers, config, free_null, mnemonic, open, put_secret, receive, send, take};
use serde_json::{Value, json};
use stardust_wallet_ffi::abi::{
    BUSY, CLOSED, INVALID, TOO_LARGE, UNKNOWN_HANDLE, wallet_abi_version, wallet_close, wallet_receive,
};

/// No node listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

fn wallet() -> (tempfile::TempDir, Wallet) {
    let directory = tempfile::tempdir().unwrap();
    let wallet = Wallet::open(&config(directory.path(), NOWHERE));
    (directory, wallet)
}

fn kind(answer: &Value) -> &str {
    answer["error"]["data"]["kind"].as_str().unwrap()
}

#[test]
fn says_its_version() {
    assert_eq!(wallet_abi_version(), 1);
    let (_directory, mut wallet) = wallet();
    let info = wallet.call("wallet.info", &json!({})).unwrap();
    assert_eq!(info["abiVersion"], 1);
    assert_eq!(info["coinType"], 4219);
    assert_eq!(info["secretManager"], "mnemonic");
    assert!(info["logId"].as_str().unwrap().starts_with("0x"));
    assert!(info.get("network").is_none());
    wallet.close();
}

#[test]
fn null_pointers_and_negative_lengths_are_refused() {
    let (_directory, wallet) = wallet();
    assert!(bad_pointers(wallet.handle).iter().all(|status| *status == i64::from(INVALID)));
    free_null();
    wallet.close();
}

#[test]
fn malformed_messages_are_answered() {
    let (_directory, mut wallet) = wallet();
    for message in ["", "{", "[]", "null", "\u{0}", r#"{"jsonrpc":"2.0","method":"wallet.info"}"#] {
        assert_eq!(send(wallet.handle, message.as_bytes()), 0);
        let error = wallet.answer(&Value::Null).unwrap_err();
        assert_eq!(error["data"]["kind"], "INVALID_MESSAGE", "{message}");
        assert_eq!(error["data"]["retryable"], false);
    }
    assert_eq!(send(wallet.handle, b"\xff\xfe"), 0);
    assert_eq!(wallet.answer(&Value::Null).unwrap_err()["code"], -32700);
    assert_eq!(wallet.kind("wallet.nothing", &json!({})), "UNKNOWN_METHOD");
    assert_eq!(wallet.kind("wallet.info", &json!({ "extra": 1 })), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("wallet.info", &json!([])), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("account.create", &json!({})), "INVALID_MESSAGE");
    assert_eq!(wallet.kind("account.get", &json!({ "account": { "index": -1 } })), "ACCOUNT_NOT_FOUND");
    assert_eq!(wallet.kind("account.get", &json!({ "account": { "index": 0, "alias": "a" } })), "INVALID_MESSAGE");
    assert_eq!(wallet.call("account.get", &json!({ "account": 7 })).unwrap_err()["code"], -32602);
    wallet.close();
}

#[test]
fn text_ids_come_back() {
    let (_directory, mut wallet) = wallet();
    send(wallet.handle, r#"{"jsonrpc":"2.0","id":"später","method":"wallet.info"}"#.as_bytes());
    assert!(wallet.answer(&json!("später")).is_ok());
    wallet.close();
}

#[test]
fn oversized_messages_are_refused() {
    let (_directory, mut wallet) = wallet();
    let mut message = br#"{"jsonrpc":"2.0","id":1,"method":"wallet.info"}"#.to_vec();
    message.resize(1 << 20, b' ');
    assert_eq!(send(wallet.handle, &message), 0);
    assert!(wallet.answer(&json!(1)).is_ok());
    message.push(b' ');
    assert_eq!(send(wallet.handle, &message), TOO_LARGE);
    wallet.close();
}

#[test]
fn unread_answers_end_in_busy_and_reading_helps() {
    let (_directory, mut wallet) = wallet();
    let message = br#"{"jsonrpc":"2.0","id":1,"method":"wallet.info"}"#;
    let mut taken = 0;
    let mut refused = 0;
    while refused < 100 {
        match send(wallet.handle, message) {
            0 => taken += 1,
            BUSY => {
                refused += 1;
                // the queue may only be full for a moment; the bound on unread answers stays
                thread::sleep(Duration::from_millis(1));
            }
            other => panic!("{other}"),
        }
    }
    assert!((4096..=16_384).contains(&taken), "{taken}");
    for _ in 0..taken {
        assert!(wallet.answer(&json!(1)).is_ok());
    }
    assert_eq!(send(wallet.handle, message), 0);
    wallet.close();
}

#[test]
fn wrong_handles_are_answered() {
    for handle in [0, u64::MAX, 1 << 40] {
        assert_eq!(send(handle, b"{}"), UNKNOWN_HANDLE);
        // for the handle 0 a secret waits for the next opening
        assert_eq!(put_secret(handle.max(1 << 40), b"x"), UNKNOWN_HANDLE);
        assert_eq!(wallet_close(handle), UNKNOWN_HANDLE);
        assert_eq!(take(wallet_receive(handle, 1000)), Some(vec![]));
    }
}

#[test]
fn closing_answers_what_waits_and_ends() {
    let (directory, wallet) = wallet();
    let handle = wallet.handle;
    let waiting = wallet.ask("consumer.open", &json!({ "name": "a" }));
    let mut wallet = wallet;
    wallet.answer(&json!(waiting)).unwrap();
    let poll = wallet.ask("consumer.poll", &json!({ "name": "a", "timeoutMs": 60000 }));
    wallet.call("wallet.info", &json!({})).unwrap();
    let answers = wallet.close();
    let answer = answers.iter().find(|answer| answer["id"] == poll).unwrap();
    assert_eq!(kind(answer), "CLOSED");
    assert_eq!(send(handle, b"{}"), UNKNOWN_HANDLE);
    assert_eq!(receive(handle, 1000), Some(vec![]));
    // the directory is free again, and the next handle is another one
    let again = Wallet::open(&config(directory.path(), NOWHERE));
    assert!(again.handle > handle);
    again.close();
}

#[test]
fn a_closing_wallet_takes_nothing_more() {
    let (_directory, wallet) = wallet();
    assert_eq!(wallet_close(wallet.handle), 0);
    assert_eq!(send(wallet.handle, b"{}"), CLOSED);
    assert_eq!(put_secret(wallet.handle, b"x"), CLOSED);
    wallet.close();
}

#[test]
fn every_message_is_answered_once_though_the_wallet_closes() {
    let (_directory, wallet) = wallet();
    let handle = wallet.handle;
    let methods = ["wallet.info", "account.create", "consumer.list", "wallet.sync", "client.nodeStatus"];
    let senders: Vec<_> = (0..4)
        .map(|sender| {
            thread::spawn(move || {
                let mut taken = Vec::new();
                for number in 0..500 {
                    let id = sender * 1000 + number;
                    let method = methods[usize::try_from(number).unwrap() % methods.len()];
                    let params =
                        if method == "account.create" { json!({ "alias": format!("a{id}") }) } else { json!({}) };
                    let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
                    match send(handle, message.to_string().as_bytes()) {
                        0 => taken.push(id),
                        BUSY => {}
                        CLOSED | UNKNOWN_HANDLE => break,
                        other => panic!("{other}"),
                    }
                }
                taken
            })
        })
        .collect();
    thread::sleep(Duration::from_millis(30));
    let answers = wallet.close();
    let taken: Vec<i64> = senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect();
    let answered: Vec<i64> = answers.iter().map(|answer| answer["id"].as_i64().unwrap()).collect();
    assert_eq!(answered.len(), taken.len());
    assert_eq!(answered.iter().collect::<HashSet<_>>(), taken.iter().collect::<HashSet<_>>());
}

#[test]
fn many_callers_get_their_own_answers() {
    let (_directory, wallet) = wallet();
    let handle = wallet.handle;
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            thread::spawn(move || {
                for number in 0..200 {
                    let alias = format!("{sender}-{number}");
                    let params = json!({ "alias": alias });
                    let message =
                        json!({ "jsonrpc": "2.0", "id": alias, "method": "account.create", "params": params });
                    while send(handle, message.to_string().as_bytes()) == BUSY {
                        thread::sleep(Duration::from_millis(1));
                    }
                }
            })
        })
        .collect();
    let mut seen = HashSet::new();
    while seen.len() < 1600 {
        for answer in receive(handle, 60_000).unwrap() {
            if answer.get("method").is_none() {
                assert_eq!(answer["result"]["alias"], answer["id"]);
                assert!(seen.insert(answer["result"]["index"].as_u64().unwrap()));
            }
        }
    }
    assert_eq!(seen.iter().max(), Some(&1599));
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    wallet.close();
}

#[test]
fn a_waiting_call_can_be_cancelled() {
    let (_directory, mut wallet) = wallet();
    wallet.call("consumer.open", &json!({ "name": "a" })).unwrap();
    let poll = wallet.ask("consumer.poll", &json!({ "name": "a", "timeoutMs": 60000 }));
    wallet.call("request.cancel", &json!({ "request": poll })).unwrap();
    let error = wallet.answer(&json!(poll)).unwrap_err();
    assert_eq!((&error["data"]["kind"], &error["message"]), (&json!("TIMEOUT"), &json!("cancelled")));
    let empty = wallet.call("consumer.poll", &json!({ "name": "a", "timeoutMs": 20 })).unwrap();
    assert_eq!(empty["events"], json!([]));
    wallet.close();
}

#[test]
fn secrets_are_used_once_and_show_nowhere() {
    let (_directory, mut wallet) = wallet();
    let words = mnemonic();
    assert_eq!(words.split(' ').count(), 24);
    let reference = put_secret(wallet.handle, words.as_bytes());
    assert!(reference > 0);
    wallet.call("secret.verifyMnemonic", &json!({ "mnemonic": reference })).unwrap();
    assert_eq!(wallet.kind("secret.verifyMnemonic", &json!({ "mnemonic": reference })), "SECRET_REFERENCE");
    let wrong = words.replacen(' ', " zzzz ", 1);
    let reference = put_secret(wallet.handle, wrong.as_bytes());
    let error = wallet.call("secret.verifyMnemonic", &json!({ "mnemonic": reference })).unwrap_err();
    assert_eq!(error["data"]["kind"], "MNEMONIC_INVALID");
    let reference = put_secret(wallet.handle, words.replacen(words.split(' ').next().unwrap(), "zzzz", 1).as_bytes());
    let error = wallet.call("secret.verifyMnemonic", &json!({ "mnemonic": reference })).unwrap_err();
    assert_eq!(error["data"]["kind"], "MNEMONIC_INVALID");
    assert!(!error.to_string().contains("zzzz"), "{error}");
    for method in ["secret.changePassword", "secret.migrateSnapshot"] {
        let (empty, other) = (put_secret(wallet.handle, b""), put_secret(wallet.handle, b"x"));
        let mut params = json!({ "replacement": other });
        match method {
            "secret.changePassword" => params["current"] = empty.into(),
            _ => {
                (params["source"], params["target"]) = (json!("/old"), json!("/new"));
                params["password"] = empty.into();
            }
        }
        assert_eq!(wallet.kind(method, &params), "INVALID_PASSWORD");
        let used = json!({ "password": other });
        assert_eq!(wallet.kind("secret.setPassword", &used), "SECRET_REFERENCE", "the second of {method} waits");
    }
    assert_eq!(put_secret(wallet.handle, &[b'a'; 5000]), TOO_LARGE);
    let references: Vec<i32> = (0..17).map(|_| put_secret(wallet.handle, b"x")).collect();
    assert!(references[..16].iter().all(|reference| *reference > 0));
    assert_eq!(references[16], BUSY);
    wallet.close();
}

#[test]
fn a_secret_in_the_wrong_place_is_not_repeated() {
    let (directory, mut wallet) = wallet();
    for params in [
        json!({ "password": "hunter2" }),
        json!({ "password": ["hunter2"] }),
        json!({ "password": { "hunter2 \" hunter2": "hunter2" } }),
    ] {
        let error = wallet.call("secret.setPassword", &params).unwrap_err();
        assert_eq!(error["data"]["kind"], "INVALID_MESSAGE");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let params = json!({ "mnemonic": 1, "origin": "hunter2" });
    assert!(!wallet.call("secret.storeMnemonic", &params).unwrap_err().to_string().contains("hunter2"));
    wallet.close();
    for secret_manager in [json!("hunter2"), json!({ "type": "hunter2" }), json!(["hunter2"])] {
        let mut config = config(directory.path(), NOWHERE);
        config["secretManager"] = secret_manager;
        let error = open(config.to_string().as_bytes()).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let mut config = config(directory.path(), "http://user:hunter2@localhost");
    let error = open(config.to_string().as_bytes()).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
    config["client"] = json!("hunter2");
    assert!(!open(config.to_string().as_bytes()).unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn a_configuration_that_does_not_hold_together_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let good = config(directory.path(), NOWHERE);
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut config = good.clone();
        change(&mut config);
        let error = open(config.to_string().as_bytes()).unwrap_err();
        assert_eq!(error["data"]["kind"], "INVALID_CONFIGURATION", "{config} {error}");
    };
    refused(&|config| config["storagePath"] = json!("relative"));
    refused(&|config| config["coinType"] = json!(u32::MAX));
    refused(&|config| config["client"]["nodes"] = json!([]));
    refused(&|config| config["client"]["nodes"] = json!([{ "url": "ftp://node" }]));
    refused(&|config| config["client"]["pollIntervalMs"] = json!(0));
    refused(&|config| config["client"]["proofOfWork"] = json!({ "type": "local", "threads": 0 }));
    let witness = |witness: Value| refused(&|config| config["client"]["witness"] = witness.clone());
    witness(json!({ "url": NOWHERE }));
    witness(json!({ "url": "ftp://node" }));
    witness(json!({ "url": "http://127.0.0.1:2", "fromAmount": "-1" }));
    let key = format!("0x{}", "ab".repeat(32));
    let keys = |threshold: u32, key: Value| {
        let keys = json!({ "threshold": threshold, "keys": [key] });
        refused(&|config| config["client"]["milestoneKeys"] = keys.clone());
    };
    keys(0, json!({ "publicKey": key, "start": 0 }));
    keys(2, json!({ "publicKey": key, "start": 0 }));
    keys(1, json!({ "publicKey": key, "start": 5, "end": 4 }));
    keys(1, json!({ "publicKey": "0xabcd", "start": 0 }));
    keys(1, json!({ "publicKey": "ed3c", "start": 0 }));
    refused(&|config| config["logLevel"] = json!("loud"));
    refused(&|config| config["surprise"] = json!(1));
    refused(&|config| config["secretManager"] = json!({ "type": "mnemonic", "words": "a b c" }));
    assert_eq!(open(b"not json").unwrap_err()["data"]["kind"], "INVALID_CONFIGURATION");
    assert_eq!(open(b"").unwrap_err()["data"]["kind"], "INVALID_CONFIGURATION");
}

#[test]
fn a_second_manager_is_refused() {
    let (directory, mut wallet) = wallet();
    let error = open(config(directory.path(), NOWHERE).to_string().as_bytes()).unwrap_err();
    assert_eq!(error["data"]["kind"], "STORAGE_LOCKED");
    // and the first one is none the worse
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    wallet.close();
}

#[test]
fn an_unreachable_node_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::start(directory.path(), NOWHERE);
    assert_eq!(wallet.kind("wallet.sync", &json!({ "timeoutMs": 20000 })), "NODE_UNREACHABLE");
    wallet.close();
}

#[cfg(feature = "fault-injection")]
#[test]
fn a_panic_ends_one_request_only() {
    let (_directory, mut wallet) = wallet();
    for _ in 0..3 {
        let error = wallet.call("test.panic", &json!({})).unwrap_err();
        assert_eq!((&error["code"], &error["data"]["kind"]), (&json!(-32603), &json!("INTERNAL")));
        assert!(!error.to_string().contains("on purpose"));
        wallet.notification(|message| {
            message["method"] == "log"
                && message["params"]["level"] == "error"
                && message["params"]["message"] == "a request ended in a panic"
        });
    }
    wallet.call("wallet.info", &json!({})).unwrap();
    wallet.close();
}
