//! A wallet is backed up and restored over the C ABI; passwords cross it as secrets only.

use serde_json::json;
use stardust_devnet::Devnet;

use crate::support::{Wallet, config, mnemonic, open, put_secret};

#[test]
fn a_wallet_comes_back_from_its_backup() {
    let devnet = Devnet::builder().start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let words = mnemonic();
    let mut wallet = Wallet::open(&config(directory.path(), devnet.node_url()));
    let reference = put_secret(wallet.handle, words.as_bytes());
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "new" })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    wallet.call("wallet.sync", &json!({})).unwrap();
    wallet.call("account.create", &json!({ "alias": "alice" })).unwrap();
    let issue = json!({ "account": { "index": 0 }, "count": 3 });
    wallet.call("account.generateAddresses", &issue).unwrap();
    assert_eq!(wallet.call("wallet.restoreState", &json!({})).unwrap(), json!({}));
    let file = directory.path().join("wallet.backup");
    let reference = put_secret(wallet.handle, b"of the backup");
    assert_eq!(wallet.kind("wallet.backup", &json!({ "path": "relative", "password": reference })), "INVALID_ARGUMENT");
    let info = wallet.call("wallet.backup", &json!({ "path": file, "password": reference })).unwrap();
    assert_eq!((&info["accounts"], &info["addresses"], &info["vaultBytes"]), (&json!(1), &json!(3), &json!(0)));
    wallet.close();

    let mut restoring = config(&directory.path().join("second"), devnet.node_url());
    let mut with = |password: i32| {
        restoring["restore"] = json!({ "backupPath": file, "password": password });
        restoring.clone()
    };
    let kind = |config: &serde_json::Value| open(config.to_string().as_bytes()).unwrap_err()["data"]["kind"].clone();
    assert_eq!(kind(&with(12_345)), "SECRET_REFERENCE");
    let wrong = put_secret(0, b"another");
    assert!(wrong > 0);
    assert_eq!(kind(&with(wrong)), "WRONG_PASSWORD");
    assert_eq!(kind(&with(wrong)), "SECRET_REFERENCE", "it is used once");
    assert!(!directory.path().join("second").exists());

    let mut wallet = Wallet::open(&with(put_secret(0, b"of the backup")));
    let reference = put_secret(wallet.handle, words.as_bytes());
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    let state = wallet.call("wallet.restoreState", &json!({})).unwrap()["restore"].clone();
    assert_eq!((&state["issuingFrozen"], &state["backupMs"]), (&json!(true), &info["backupMs"]));
    assert_eq!(wallet.kind("account.generateAddresses", &issue), "ISSUING_FROZEN");
    assert_eq!(wallet.kind("wallet.releaseIssuing", &json!({})), "INVALID_ARGUMENT");
    assert_eq!(wallet.call("wallet.releaseIssuing", &json!({ "skipAhead": 50 })).unwrap()["skipped"], 100);
    wallet.call("wallet.sync", &json!({})).unwrap();
    let issued = wallet.call("account.generateAddresses", &issue).unwrap();
    assert_eq!(issued["addresses"][0]["keyIndex"], 53);
    wallet.call("wallet.releasePayments", &json!({})).unwrap();
    wallet.close();
}

#[test]
fn counts_of_more_accounts_than_a_message_holds_come_in_parts() {
    let devnet = Devnet::builder().start().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::open(&config(directory.path(), devnet.node_url()));
    let reference = put_secret(wallet.handle, mnemonic().as_bytes());
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "existing" })).unwrap();
    wallet.call("wallet.start", &json!({})).unwrap();
    wallet.call("wallet.sync", &json!({})).unwrap();
    let part = json!([{ "account": 1, "alias": "bob", "publicCount": 2, "internalCount": 0 }]);
    let stated = wallet.call("wallet.stateCounts", &json!({ "accounts": part })).unwrap();
    assert_eq!(stated["accounts"], 1);
    let statement = &stated["statement"];
    let rest = json!([{ "account": 0, "publicCount": 3, "internalCount": 1 }]);
    let stated = wallet.call("wallet.stateCounts", &json!({ "statement": statement, "accounts": rest })).unwrap();
    assert_eq!((&stated["statement"], &stated["accounts"]), (statement, &json!(2)));
    let both = json!({ "statement": statement, "accounts": rest });
    assert_eq!(wallet.kind("wallet.recoverAccounts", &both), "INVALID_ARGUMENT");
    let found = wallet.call("wallet.recoverAccounts", &json!({ "statement": statement })).unwrap();
    assert_eq!((&found["complete"], &found["accounts"], &found["addresses"]), (&json!(true), &json!(2), &json!(6)));
    for method in ["wallet.recoverAccounts", "wallet.releaseIssuing"] {
        assert_eq!(wallet.kind(method, &json!({ "statement": statement })), "INVALID_ARGUMENT", "it is used once");
    }
    wallet.close();
}
