//! What a whole wallet writes down.

use std::fs;

use super::*;
use crate::{
    keys::{CoinType, Mnemonic, Password, SecretManager, StrongholdManager},
    ledger::{Amount, OutputId},
    manager::{AccountManager, AccountRef, Config, IssuedAccount, IssuedBefore, SecretConfig},
    payments::SendOptions,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, output_id, transaction_id},
};

const M: u64 = 1_000_000;

fn whole(manager: &AccountManager) -> Vec<AuditRecord> {
    let verdict = manager.verify_audit(None).unwrap();
    assert_eq!(verdict.broken, None);
    let records = records(manager.store());
    assert_eq!(verdict.records, u64::try_from(records.len()).unwrap());
    records
}

fn of_account(manager: &AccountManager, account: u32) -> Vec<(&'static str, String)> {
    let filter = AuditFilter { account: Some(account), ..AuditFilter::default() };
    let page = manager.audit_records(&filter, 0, 1_000).unwrap();
    page.items.into_iter().map(|record| (record.kind.name(), record.details)).collect()
}

#[test]
fn each_decision_about_accounts_and_addresses_is_written_once() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    wallet.sync();
    let account = wallet.account("alice");
    wallet.manager.rename_account(&account, "anna").unwrap();
    wallet.manager.generate_addresses(&account, 3, false, Some("label")).unwrap();
    wallet.manager.generate_addresses(&account, 1, true, None).unwrap();
    wallet.manager.generate_addresses(&account, 2, false, None).unwrap();
    // what is refused is no decision
    wallet.manager.create_account("anna").unwrap_err();
    wallet.manager.rename_account(&account, "").unwrap_err();
    wallet.manager.generate_addresses(&account, 0, false, None).unwrap_err();
    let all = kinds(&whole(&wallet.manager));
    for kind in ["begun", "seedGiven", "seedAdopted", "networkMet"] {
        assert_eq!(all.iter().filter(|other| **other == kind).count(), 1, "{all:?}");
    }
    assert_eq!(all[0], "begun");
    let expected = [
        ("accountCreated", r#"{"alias":"alice","undiscovered":false}"#),
        ("accountRenamed", r#"{"alias":"anna"}"#),
        ("addressesIssued", r#"{"first":0,"internal":false,"last":2}"#),
        ("addressesIssued", r#"{"first":0,"internal":true,"last":0}"#),
        ("addressesIssued", r#"{"first":3,"internal":false,"last":4}"#),
    ];
    assert_eq!(of_account(&wallet.manager, 0), expected.map(|(kind, details)| (kind, details.to_owned())));
    assert_eq!(all.len(), 4 + expected.len());
    let begun = &records(wallet.manager.store())[0].details;
    assert!(begun.contains(&wallet.manager.log_id().unwrap()), "{begun}");
}

#[test]
fn addresses_of_the_pool_are_written_as_others() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::open_pooled(directory.path(), &ScriptedFeed::with_milestones(1), 4).unwrap();
    wallet.run(crate::manager::SeedOrigin::New);
    wallet.sync();
    let account = wallet.account("alice");
    wallet.wait_until(|manager| manager.accounts_room().pool_level(0, false).unwrap().ready == 4);
    let _address = wallet.address(&account);
    assert_eq!(
        of_account(&wallet.manager, 0)[1..],
        [("addressesIssued", r#"{"first":0,"internal":false,"last":0}"#.to_owned())]
    );
}

#[test]
fn outputs_and_gaps_are_written() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    let account = wallet.account("alice");
    let owner = wallet.address(&account);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, M).build()], vec![]);
    wallet.sync();
    let before = whole(&wallet.manager).len();
    let id: OutputId = output_id(transaction_id(1), 0);
    wallet.manager.lock_outputs(vec![id]).unwrap();
    wallet.manager.lock_outputs(vec![output_id(transaction_id(2), 0)]).unwrap_err();
    wallet.manager.unlock_outputs(vec![id]).unwrap();
    wallet.manager.close();
    node.ledger().empty_milestones(3);
    node.set_pruned(node.ledger().position().index.0 - 1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.wait_until(|manager| manager.status().gap.is_some());
    wallet.manager.repair().unwrap().unwrap();
    let all = whole(&wallet.manager);
    assert_eq!(kinds(&all)[before..], ["outputsLocked", "outputsUnlocked", "seedGiven", "gapEntered", "gapRepaired"]);
    assert_eq!(all[before].details, format!(r#"{{"outputs":["{id}"]}}"#));
}

#[test]
fn a_change_of_password_is_written_when_it_is_verified_and_before_it_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let vault = directory.path().join("wallet.stronghold");
    let secret = SecretConfig::Stronghold { path: vault.clone() };
    let config = Config::new(directory.path(), CoinType::SHIMMER, secret);
    let open = || {
        let node = ScriptedFeed::with_milestones(1);
        let ports = crate::manager::Ports {
            feed: Box::new(node.clone()),
            submit: std::sync::Arc::new(node.clone()),
            lookup: std::sync::Arc::new(node),
            clock: std::sync::Arc::new(crate::testing::ManualClock::default()),
        };
        AccountManager::open(&config, ports).unwrap()
    };
    let manager = open();
    let password = |text: &str| Password::new(text.as_bytes().to_vec()).unwrap();
    // no vault is there yet
    manager.change_password(&password("one"), &password("two")).unwrap_err();
    assert_eq!(kinds(&whole(&manager)), ["begun"]);
    let quick = StrongholdManager::new(&vault, CoinType::SHIMMER).with_work_factor(4);
    quick.set_password(&password("one")).unwrap();
    quick.store_mnemonic(&Mnemonic::generate().unwrap()).unwrap();
    let before = fs::read(&vault).unwrap();
    // who does not know it changes nothing
    manager.change_password(&password("two"), &password("three")).unwrap_err();
    assert_eq!(kinds(&whole(&manager)), ["begun"]);
    // what cannot be written down is not done
    manager.store().halt().halt("as a test wants it");
    manager.change_password(&password("one"), &password("two")).unwrap_err();
    assert_eq!(fs::read(&vault).unwrap(), before);
    drop(manager);
    // it may fail after that
    let manager = open();
    let obstacle = directory.path().join("wallet.stronghold.previous");
    fs::create_dir(&obstacle).unwrap();
    manager.change_password(&password("one"), &password("two")).unwrap_err();
    assert_eq!(kinds(&whole(&manager)), ["begun", "passwordChanging"], "and no word that it was");
    fs::remove_dir(&obstacle).unwrap();
    manager.change_password(&password("one"), &password("two")).unwrap();
    let all = ["begun", "passwordChanging", "passwordChanging", "passwordChanged"];
    assert_eq!(kinds(&whole(&manager)), all);
    assert_ne!(fs::read(&vault).unwrap(), before);
}

/// A backup of a wallet whose chain then goes on, and the wallet restored from it.
#[test]
fn a_restored_wallets_chain_goes_on_and_a_later_head_is_not_in_it() {
    let place = tempfile::tempdir().unwrap();
    let (directory, file) = (place.path().join("wallet"), place.path().join("backup"));
    let node = ScriptedFeed::with_milestones(1);
    let old = TestWallet::start(&directory, &node);
    old.sync();
    let account = old.account("alice");
    let _first = old.address(&account);
    let backup_head = old.manager.audit_head().unwrap();
    let password = Password::new(b"backup".to_vec()).unwrap();
    old.manager.backup(&file, &password).unwrap();
    for _ in 0..5 {
        let _later = old.address(&account);
    }
    let later_head = old.manager.audit_head().unwrap();
    old.manager.close();

    let config = Config::new(place.path().join("restored"), CoinType::SHIMMER, SecretConfig::Mnemonic);
    AccountManager::restore(&file, &password, &config, 5_000).unwrap();
    let wallet = TestWallet::start(&config.storage_path, &node);
    let stated = IssuedAccount { account: 0, alias: None, public: 6, internal: 0 };
    let new = IssuedAccount { account: 1, alias: Some("bob".to_owned()), public: 2, internal: 0 };
    wallet.manager.release_issuing(&IssuedBefore::Exact(vec![stated, new])).unwrap();
    wallet.sync();
    wallet.freed();
    let all = whole(&wallet.manager);
    let went_on = usize::try_from(backup_head.sequence).unwrap();
    let names = kinds(&all[went_on..]);
    assert_eq!(
        names,
        [
            "restored",
            "seedGiven",
            "accountCreated",
            "addressesSkipped",
            "addressesSkipped",
            "issuingReleased",
            "paymentsReleased"
        ]
    );
    assert_eq!(all[went_on + 3].details, r#"{"first":1,"internal":false,"last":5}"#);
    assert_eq!(all[went_on + 5].details, r#"{"accounts":1,"skipAhead":0,"skipped":7}"#);
    assert_eq!(all[went_on + 6].details, r#"{"byHand":false}"#);
    let restored_at = backup_head.sequence + 1;
    let verdict = wallet.manager.verify_audit(Some(backup_head)).unwrap();
    assert_eq!((verdict.broken, verdict.restored), (None, Some(restored_at)));
    let broken = wallet.manager.verify_audit(Some(later_head)).unwrap().broken.unwrap();
    assert_eq!((broken.kind, broken.sequence), (BreakKind::Expected, later_head.sequence));
    assert!(broken.text.contains(&format!("came out of a backup at record {restored_at}")), "{}", broken.text);
}

#[test]
fn a_customers_story_is_found_by_account_key_and_transaction() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    let account = wallet.account("hot");
    let owner = wallet.address(&account);
    node.ledger().milestone(vec![OutputBuilder::plain(1, owner, 10 * M).build()], vec![]);
    wallet.sync();
    let to = crate::ledger::AddressCodec::format(&crate::stardust::Stardust, &crate::testing::address(9), "rms");
    let options = SendOptions { idempotency_key: Some("order-1".to_owned()), ..SendOptions::default() };
    let paid = wallet.manager.send_amount(&account, vec![(to, Amount::new(M))], options).unwrap();
    let by_key = AuditFilter { key: Some("order-1".to_owned()), ..AuditFilter::default() };
    let by_id = AuditFilter { transaction: Some(paid.transaction_id), ..AuditFilter::default() };
    let both = AuditFilter { account: Some(0), ..by_key.clone() };
    let first = |filter: &AuditFilter| wallet.manager.audit_records(filter, 0, 2).unwrap();
    for filter in [&by_key, &by_id, &both] {
        let page = first(filter);
        assert_eq!(kinds(&page.items), ["paymentRequested", "transactionSigned"]);
        let rest = wallet.manager.audit_records(filter, page.next.unwrap(), 100).unwrap();
        assert!(rest.items.iter().all(|record| record.kind == AuditKind::TransactionSubmitted));
    }
    let strange = AuditFilter { account: Some(9), ..by_key };
    assert_eq!(first(&strange).items, []);
    assert_eq!(account, AccountRef::Index(0));
    whole(&wallet.manager);
}
