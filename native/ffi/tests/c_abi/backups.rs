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
    // one that something else kept from being used does not wait for its time to be over either
    let unused = put_secret(0, b"of the backup");
    let mut flawed = with(unused);
    flawed["client"]["nodes"] = json!([]);
    assert_eq!(kind(&flawed), "INVALID_CONFIGURATION");
    assert_eq!(kind(&with(unused)), "SECRET_REFERENCE");
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
