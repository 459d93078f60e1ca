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

    // what would be refused when it is opened
    let mut amount = with(put_secret(0, b"of the backup"));
    amount["client"]["witness"] = json!({ "url": devnet.node_url(), "fromAmount": "a lot" });
    assert_eq!(kind(&amount), "INVALID_CONFIGURATION");
    let mut fitting = |secret: &[u8]| {
        let mut restoring = with(put_secret(0, b"of the backup"));
        restoring["restore"]["secret"] = json!(put_secret(0, secret));
        restoring
    };
    assert_eq!(kind(&fitting(mnemonic().as_bytes())), "SEED_MISMATCH");
    assert_eq!(kind(&fitting(b"no words")), "MNEMONIC_INVALID");
    assert!(!directory.path().join("second").exists());

    let mut wallet = Wallet::open(&fitting(words.as_bytes()));
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
fn a_restore_says_which_password_is_wrong_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let with_vault = |name: &str| {
        let place = directory.path().join(name);
        let mut config = config(&place, "http://localhost:1");
        config["secretManager"] = json!({ "type": "stronghold", "snapshotPath": place.join("wallet.stronghold") });
        config
    };
    let mut wallet = Wallet::open(&with_vault("first"));
    let reference = put_secret(wallet.handle, b"of the vault");
    wallet.call("secret.setPassword", &json!({ "password": reference })).unwrap();
    let reference = put_secret(wallet.handle, mnemonic().as_bytes());
    wallet.call("secret.storeMnemonic", &json!({ "mnemonic": reference, "origin": "new" })).unwrap();
    let file = directory.path().join("wallet.backup");
    let reference = put_secret(wallet.handle, b"of the backup");
    wallet.call("wallet.backup", &json!({ "path": file, "password": reference })).unwrap();
    wallet.close();

    let restoring = |backup: &[u8], vault: &[u8]| {
        let mut config = with_vault("second");
        let (password, secret) = (put_secret(0, backup), put_secret(0, vault));
        config["restore"] = json!({ "backupPath": file, "password": password, "secret": secret });
        config
    };
    for (backup, vault, which) in [("wrong", "of the vault", "backup"), ("of the backup", "wrong", "vault")] {
        let refused = open(restoring(backup.as_bytes(), vault.as_bytes()).to_string().as_bytes()).unwrap_err();
        assert_eq!(refused["data"]["kind"], "WRONG_PASSWORD", "{refused}");
        assert_eq!(refused["data"]["details"], json!({ "which": which }));
        assert!(!directory.path().join("second").exists());
    }
    let mut wallet = Wallet::open(&restoring(b"of the backup", b"of the vault"));
    assert_eq!(wallet.call("secret.status", &json!({})).unwrap()["status"], "locked");
    let reference = put_secret(wallet.handle, b"of the vault");
    assert_eq!(wallet.call("secret.setPassword", &json!({ "password": reference })).unwrap()["status"], "unlocked");
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
