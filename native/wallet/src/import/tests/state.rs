//! What an import makes of a wallet.

use super::*;
use crate::{
    events::{LedgerEvent, Origin},
    keys::VaultStatus,
    ledger::Amount,
};

pub(super) fn counts(manager: &AccountManager) -> Vec<(String, u32, u32)> {
    let accounts = manager.accounts(None, 100).unwrap().items;
    accounts.into_iter().map(|a| (a.alias, a.public_count, a.internal_count)).collect()
}

pub(super) fn fixture_counts() -> Vec<(String, u32, u32)> {
    ACCOUNTS.map(|(alias, public, internal)| (alias.to_owned(), public, internal)).into()
}

#[test]
fn accounts_keep_index_and_alias_and_go_on_after_the_last_address() {
    let (_directory, wallet) = vacant();
    let (_files, path) = file(EXPORT);
    let report = wallet.manager.import(&ImportSource::Export { path }, None, 0).unwrap();
    assert_eq!(report, ImportReport { accounts: 3, public_addresses: 502, internal_addresses: 8, notes: 0 });
    assert_eq!(counts(&wallet.manager), fixture_counts());
    let mut written = wallet.audited();
    written.drain(..written.iter().position(|kind| *kind == "accountCreated").unwrap());
    let chains = ["addressesTaken", "addressesTaken"];
    let account = [&["accountCreated"], &chains[..]].concat();
    // the second has no change addresses
    assert_eq!(written, [&account[..], &account[..2], &account[..], &["imported"]].concat());
    let zoe = AccountRef::Alias("Zoë & Söhne".to_owned());
    assert_eq!(wallet.manager.account(&zoe).unwrap().index, 1);
    for (account, public, internal) in [(0, 302, 3), (1, 150, 0), (2, 50, 5)] {
        for (chain, next) in [(false, public), (true, internal)] {
            let issued = wallet.manager.generate_addresses(&AccountRef::Index(account), 1, chain, None).unwrap();
            assert_eq!((issued[0].key_index, issued[0].raw), (next, seeds(account, chain, next)));
        }
    }
    // an account that the other wallet may have had after the file was written is looked for
    assert!(wallet.manager.create_account("next").unwrap().undiscovered);
}

#[test]
fn what_imported_addresses_hold_is_found_and_is_no_deposit() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let old: Vec<_> = [(1, 0, false, 301, 10), (2, 1, false, 77, 20), (3, 2, true, 4, 30)]
        .map(|(number, account, internal, index, amount)| {
            OutputBuilder::plain(number, seeds(account, internal, index), amount).build()
        })
        .into();
    node.ledger().milestone(old, vec![]);
    let wallet = TestWallet::start_reconciling(directory.path(), &node, Duration::from_millis(20));
    let (_files, path) = file(EXPORT);
    wallet.manager.import(&ImportSource::Export { path }, None, 0).unwrap();
    wallet.wait_until(|manager| manager.total_balance().unwrap().available == Amount::new(60));
    let events = wallet.events();
    assert_eq!(events.len(), 3, "{events:?}");
    for event in events {
        let LedgerEvent::NewOutput(event) = event else { panic!("{event:?}") };
        assert_eq!((event.origin, event.creditable), (Origin::Discovered, Amount::ZERO));
    }
    // from then on what comes is a deposit
    let unchecked = |manager: &AccountManager| {
        manager.store().readers().read(|conn| crate::store::address::unchecked(conn, None, 1)).unwrap()
    };
    wallet.wait_until(|manager| unchecked(manager).is_empty());
    node.ledger().milestone(vec![OutputBuilder::plain(4, seeds(1, false, 77), 5).build()], vec![]);
    wallet.sync();
    assert!(matches!(wallet.events().last(), Some(LedgerEvent::Deposit(_))));
}

#[test]
fn key_indexes_that_a_file_leaves_out_or_that_are_skipped_are_issued_too() {
    let (_directory, wallet) = vacant();
    let mut alice = account(0, "alice", &[0, 3], &[]);
    alice["publicAddresses"][1]["label"] = "customer 3".into();
    let mut bob = account(1, "bob", &[0], &[]);
    bob["internalCount"] = 2.into();
    let (_files, source) = exported(&wallet_of(&[bob, alice]));
    let report = wallet.manager.import(&source, None, 10).unwrap();
    assert_eq!(report, ImportReport { accounts: 2, public_addresses: 25, internal_addresses: 22, notes: 0 });
    assert_eq!(counts(&wallet.manager), [("alice".to_owned(), 14, 10), ("bob".to_owned(), 11, 12)]);
    let rows = wallet.manager.addresses(&AccountRef::Index(0), None, None, 100).unwrap().items;
    assert_eq!(rows.len(), 24);
    let (public, internal): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| !row.internal);
    assert!(
        (0..10).zip(&internal).all(|(index, row)| row.raw == seeds(0, true, index)),
        "the change of the last payments"
    );
    for (index, row) in (0..14).zip(&public) {
        assert_eq!((row.key_index, row.raw), (index, seeds(0, false, index)));
        assert_eq!(row.label.as_deref(), (index == 3).then_some("customer 3"));
    }
    for (internal, next) in [(false, 14), (true, 10)] {
        let issued = wallet.manager.generate_addresses(&AccountRef::Index(0), 1, internal, None).unwrap();
        assert_eq!(issued[0].key_index, next);
    }
}

#[test]
fn an_account_that_is_made_later_skips_as_many() {
    let (_directory, wallet) = vacant();
    let (_files, source) = exported(&wallet_of(&[account(0, "alice", &[0, 1], &[])]));
    wallet.manager.import(&source, None, 10).unwrap();
    // the other wallet made it after the file, and what its addresses held is gone: no ledger shows how far it had issued
    let bob = wallet.account("bob");
    for (internal, next) in [(false, 10), (true, 10)] {
        let issued = wallet.manager.generate_addresses(&bob, 1, internal, None).unwrap();
        assert_eq!((issued[0].key_index, issued[0].raw), (next, seeds(1, internal, next)));
    }
    assert_eq!(counts(&wallet.manager), [("alice".to_owned(), 12, 10), ("bob".to_owned(), 11, 11)]);
    // also beyond what does show
    let carols = OutputBuilder::plain(1, seeds(2, false, 4), 5).build();
    wallet.node.ledger().milestone(vec![carols], vec![]);
    wallet.sync();
    let carol = wallet.account("carol");
    assert_eq!(wallet.manager.generate_addresses(&carol, 1, false, None).unwrap()[0].key_index, 5 + 10);
}

#[test]
fn notes_to_the_old_wallet_s_transactions_come_along() {
    let (_directory, wallet) = vacant();
    let id = |number: u8| format!("0x{}", format!("{number:02x}").repeat(32));
    let (mut alice, mut bob) = (account(0, "alice", &[0], &[]), account(1, "bob", &[0], &[]));
    alice["notes"] = json!({id(9): "to the cold wallet", id(3): "for Zoë", id(4): ""});
    // both sides of one transaction, and more than anybody writes
    bob["notes"] = json!({id(9): "é".repeat(NOTE_LIMIT)});
    let (_files, source) = exported(&wallet_of(&[alice.clone(), bob]));
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap().notes, 3);
    let page = wallet.manager.imported_notes(None, 2).unwrap();
    let found = |page: &crate::manager::Page<crate::store::ImportedNote, i64>| -> Vec<_> {
        page.items.iter().map(|row| (row.account, row.transaction_id.to_string(), row.note.clone())).collect()
    };
    assert_eq!(found(&page), [(0, id(3), "for Zoë".to_owned()), (0, id(9), "to the cold wallet".to_owned())]);
    let rest = wallet.manager.imported_notes(page.next, 2).unwrap();
    assert_eq!(found(&rest), [(1, id(9), "é".repeat(NOTE_LIMIT / 2))]);
    assert!(rest.next.is_none());

    let (_directory, wallet) = vacant();
    alice["notes"] = json!({"9": "to nothing"});
    assert_eq!(refused(&wallet, &wallet_of(&[alice])), ErrorKind::ImportInvalid);
    assert!(wallet.manager.imported_notes(None, 2).unwrap().items.is_empty());
}

#[test]
fn only_a_wallet_without_accounts_takes_an_import() {
    let (_directory, wallet) = vacant();
    drop(wallet.account("mine"));
    let (_files, path) = file(EXPORT);
    let source = ImportSource::Export { path };
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap_err().kind(), ErrorKind::WalletNotEmpty);
    assert_eq!(counts(&wallet.manager), [("mine".to_owned(), 0, 0)]);
    let (_directory, wallet) = vacant();
    wallet.manager.import(&source, None, 0).unwrap();
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap_err().kind(), ErrorKind::WalletNotEmpty);
    assert_eq!(wallet.manager.import(&source, None, u32::MAX).unwrap_err().kind(), ErrorKind::WalletNotEmpty);
}

#[test]
fn an_import_without_a_seed_wants_the_mnemonic_first_and_a_node() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::open(directory.path(), &node).unwrap();
    let (_files, path) = file(EXPORT);
    let source = ImportSource::Export { path };
    wallet.manager.start().unwrap();
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap_err().kind(), ErrorKind::VaultEmpty);
    let other = Mnemonic::generate().unwrap();
    wallet.manager.store_mnemonic(&other, SeedOrigin::New).unwrap();
    assert_eq!(wallet.manager.import(&source, None, 0).unwrap_err().kind(), ErrorKind::SeedMismatch);
    assert!(counts(&wallet.manager).is_empty());
}

/// A wallet with a vault, on a node, in `directory`.
pub(super) fn with_vault(directory: &std::path::Path, node: &ScriptedFeed) -> AccountManager {
    let path = directory.join("wallet.stronghold");
    let config = Config::new(directory.join("wallet"), CoinType::SHIMMER, SecretConfig::Stronghold { path });
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(ManualClock::default()),
    };
    let manager = AccountManager::open(&config, ports).unwrap();
    manager.start().unwrap();
    manager
}

#[test]
fn a_backup_of_iota_sdk_brings_its_seed_into_an_empty_vault() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (_files, path) = file(BACKUP);
    let source = ImportSource::Stronghold { path: path.clone() };
    let theirs = password(PASSWORD);
    let manager = with_vault(directory.path(), &node);
    assert_eq!(manager.import(&source, Some(&theirs), 0).unwrap_err().kind(), ErrorKind::VaultLocked);
    manager.set_password(&password("ours")).unwrap();
    assert_eq!(manager.import(&source, Some(&password("x")), 0).unwrap_err().kind(), ErrorKind::WrongPassword);
    assert_eq!(manager.secret_status(), VaultStatus::Empty, "nothing came into the vault");
    assert_eq!(manager.import(&source, Some(&theirs), 0).unwrap().accounts, 3);
    assert_eq!(counts(&manager), fixture_counts());
    manager.close();
    drop(manager);

    let manager = with_vault(directory.path(), &node);
    manager.set_password(&password("ours")).unwrap();
    assert_eq!(counts(&manager), fixture_counts());
    assert_eq!(manager.generate_addresses(&AccountRef::Index(2), 1, false, None).unwrap()[0].raw, seeds(2, false, 50));
    assert_eq!(fs::read(&path).unwrap(), BACKUP);
}

/// In the file that the old wallet works with are the accounts of its last backup, however long ago.
#[test]
fn what_is_called_like_the_old_wallet_s_vault_is_taken_only_with_a_skip() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (files, _) = file(b"");
    let path = files.path().join("wallet.stronghold");
    fs::write(&path, BACKUP).unwrap();
    let source = ImportSource::Stronghold { path };
    let theirs = password(PASSWORD);
    let manager = with_vault(directory.path(), &node);
    manager.set_password(&password("ours")).unwrap();
    let refused = manager.import(&source, Some(&theirs), 0).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ImportInvalid);
    assert!(refused.to_string().contains("rename the copy"), "{refused}");
    assert_eq!((manager.secret_status(), counts(&manager)), (VaultStatus::Empty, vec![]));
    assert_eq!(manager.import(&source, Some(&theirs), 20).unwrap().public_addresses, 502 + 3 * 20);
}

/// A crash between the vault's file and the database's commit: the seed is there, the accounts are not.
#[test]
fn an_import_that_died_after_the_seed_was_stored_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (_files, path) = file(BACKUP);
    let source = ImportSource::Stronghold { path };
    let manager = with_vault(directory.path(), &node);
    manager.set_password(&password("ours")).unwrap();
    let contents = read(&source, Some(&password(PASSWORD))).unwrap();
    manager.store_foreign_seed(contents.seed.as_ref().unwrap()).unwrap().unwrap();
    manager.close();
    drop(manager);

    let manager = with_vault(directory.path(), &node);
    manager.set_password(&password("ours")).unwrap();
    manager.import(&source, Some(&password(PASSWORD)), 0).unwrap();
    assert_eq!(counts(&manager), fixture_counts());
}

/// The seed is in the vault and in its place: what follows is done too, and that it may be lost is told in the end.
#[test]
fn an_import_whose_seed_may_not_be_durable_is_done_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let (_files, path) = file(BACKUP);
    let source = ImportSource::Stronghold { path };
    let manager = with_vault(directory.path(), &node);
    manager.set_password(&password("ours")).unwrap();
    let told = crate::keys::unsynced(|| manager.import(&source, Some(&password(PASSWORD)), 0)).unwrap_err();
    assert_eq!(told.kind(), ErrorKind::NotDurable);
    assert_eq!((counts(&manager), manager.watch().len()), (fixture_counts(), 510));
    assert_eq!(manager.import(&source, Some(&password(PASSWORD)), 0).unwrap_err().kind(), ErrorKind::WalletNotEmpty);
    assert_eq!(manager.generate_addresses(&AccountRef::Index(2), 1, false, None).unwrap()[0].raw, seeds(2, false, 50));
}

/// The database with its log cut after each frame: all accounts and addresses, or none.
#[test]
fn a_crash_leaves_all_accounts_or_none() {
    let (directory, wallet) = vacant();
    let (_files, path) = file(EXPORT);
    wallet.manager.import(&ImportSource::Export { path }, None, 0).unwrap();
    let (mut none, mut all) = (0, 0);
    crate::sync::tests::crash::from_every_image(directory.path(), |image| {
        let found = counts(&image.manager);
        match image.manager.watch().len() {
            0 => assert!(found.is_empty()),
            watched => assert_eq!((watched, &found), (510, &fixture_counts())),
        }
        if found.is_empty() { none += 1 } else { all += 1 }
    });
    assert!(none > 0 && all > 0, "{none} {all}");
}
