//! What happens to the place of a backup or a restore meanwhile, and what lies in it.

use std::cell::RefCell;

use super::{
    super::{Target, restore::arrive, restore::unlock, write::SYNCING_FAILS},
    *,
};
use crate::{error::ErrorKind, ledger::Network, manager::WalletError, store::Store};

/// Runs it where this directory cannot be synced.
fn unsynced<T>(directory: &Path, work: impl FnOnce() -> T) -> T {
    SYNCING_FAILS.with(|fails: &RefCell<_>| fails.replace(Some(directory.to_owned())));
    let done = work();
    SYNCING_FAILS.take();
    done
}

/// A wallet with a backup of it, closed.
fn backed_up() -> Place {
    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    place
}

fn target<'a>(directory: &'a Path, journal: &'a Path) -> Target<'a> {
    let (secret_manager, coin_type) = ("mnemonic", CoinType::SHIMMER);
    Target { directory, vault: None, vault_password: None, journal, secret_manager, coin_type }
}

#[test]
fn a_wallet_that_comes_into_being_while_the_password_is_tried_is_left_as_it_is() {
    let place = backed_up();
    let (restored, journal) = (place.restored(), place.restored().join("wallet.journal"));
    let target = target(&restored, &journal);
    let opened = unlock(&place.file(), &password("backup"), &target).unwrap();
    let wallet = place.directory.path().join("restored");
    drop(Store::open(&wallet).unwrap());
    let before = fs::read(wallet.join("wallet.db")).unwrap();
    let refused = arrive(opened, &target, 1, |_| Ok::<_, BackupError>(())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RestoreTarget, "{refused}");
    assert_eq!(fs::read(wallet.join("wallet.db")).unwrap(), before);
    assert!(!wallet.join("wallet.db.restoring").exists());
    drop(Store::open(&wallet).unwrap());
}

#[test]
fn a_database_or_a_log_in_its_place_is_never_replaced() {
    for name in ["wallet.db", "wallet.db-wal"] {
        let place = backed_up();
        let (restored, journal) = (place.restored(), place.restored().join("wallet.journal"));
        let target = target(&restored, &journal);
        let opened = unlock(&place.file(), &password("backup"), &target).unwrap();
        let refused = arrive(opened, &target, 1, |_| {
            fs::write(restored.join(name), "of somebody who takes no lock").unwrap();
            Ok::<_, BackupError>(())
        });
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Storage);
        let names: Vec<_> = fs::read_dir(&restored).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [name]);
        assert_eq!(fs::read(restored.join(name)).unwrap(), b"of somebody who takes no lock");
    }
}

#[test]
fn a_backup_that_died_between_its_two_names_is_whole_and_the_other_name_goes() {
    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    let remnant = place.directory.path().join(".wallet.backup.0123456789abcdef.new");
    fs::hard_link(place.file(), &remnant).unwrap();
    let again = wallet.manager.backup(&place.file(), &password("backup"));
    assert!(matches!(again, Err(WalletError::Backup(BackupError::Exists { .. }))));
    assert_eq!(place.names(), ["wallet", "wallet.backup"]);
    place.restore().unwrap();
}

#[test]
fn what_dead_writers_left_of_any_backup_goes_and_nothing_else() {
    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    let at = |name: &str| place.directory.path().join(name);
    let half = &fs::read(place.file()).unwrap()[..5_000];
    for name in [".monday.0123456789abcdef.new", ".wallet.2.backup.0123456789ABCDEF.new"] {
        fs::write(at(name), half).unwrap();
    }
    // being written; of others; no file
    let busy = at(".tuesday.0123456789abcdef.new");
    fs::write(&busy, half).unwrap();
    let writing = fs::File::open(&busy).unwrap();
    writing.lock().unwrap();
    for name in [".other.0123456789abcdef.new", ".wednesday.0123456789abcdeg.new", "monday.0123456789abcdef.new"] {
        fs::write(at(name), "of somebody else").unwrap();
    }
    fs::create_dir(at(".thursday.0123456789abcdef.new")).unwrap();
    #[cfg(unix)]
    pipe(&at(".friday.0123456789abcdef.new"));
    let kept = place.names().len() - 2;
    wallet.manager.backup(&at("next.backup"), &password("backup")).unwrap();
    assert_eq!(place.names().len(), kept + 1, "{:?}", place.names());
    assert!(!place.names().iter().any(|name| name.starts_with(".monday") || name.starts_with(".wallet")));
    drop(writing);
    fs::remove_file(place.file()).unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    assert!(!busy.exists(), "its writer is gone too");
}

/// A restore of a wallet with a vault, beside which the first try left `before`.
fn restored_with_vault(before: impl FnOnce(&Path, &[u8])) -> (Place, Result<BackupInfo, WalletError>) {
    let place = Place::new();
    let config = |directory: PathBuf| {
        let path = directory.join("keys.stronghold");
        Config::new(directory, CoinType::SHIMMER, SecretConfig::Stronghold { path })
    };
    let ports = crate::manager::Ports {
        feed: Box::new(place.node.clone()),
        submit: std::sync::Arc::new(place.node.clone()),
        lookup: std::sync::Arc::new(place.node.clone()),
        clock: std::sync::Arc::new(crate::testing::ManualClock::default()),
    };
    let old = AccountManager::open(&config(place.wallet()), ports).unwrap();
    let bytes = vault(&place.wallet().join("keys.stronghold"));
    old.backup(&place.file(), &password("backup")).unwrap();
    old.close();
    fs::create_dir(place.restored()).unwrap();
    before(&place.restored(), &bytes);
    let done = AccountManager::restore(&place.file(), &password("backup"), &config(place.restored()), 1);
    (place, done)
}

#[test]
fn a_restore_that_died_between_the_two_names_of_its_vault_leaves_one() {
    let (place, done) = restored_with_vault(|directory, bytes| {
        fs::write(directory.join(".keys.stronghold.restoring"), bytes).unwrap();
        fs::hard_link(directory.join(".keys.stronghold.restoring"), directory.join("keys.stronghold")).unwrap();
    });
    done.unwrap();
    let mut names: Vec<_> = fs::read_dir(place.restored()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["keys.stronghold", "wallet.db", "wallet.lock"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_the_vault_is_refused_and_never_read() {
    let (place, done) = restored_with_vault(|directory, _| pipe(&directory.join("keys.stronghold")));
    assert_eq!(done.unwrap_err().kind(), ErrorKind::BackupExists);
    assert!(place.restored().join("keys.stronghold").symlink_metadata().is_ok());
}

#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_backup_whose_name_may_not_be_durable_is_taken_away_and_can_be_repeated() {
    let place = Place::new();
    let wallet = place.start();
    let failed = unsynced(place.directory.path(), || wallet.manager.backup(&place.file(), &password("backup")));
    assert!(matches!(failed, Err(WalletError::Backup(BackupError::Io { what: "sync", .. }))));
    assert_eq!(place.names(), ["wallet"]);
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
}

#[test]
fn a_restore_whose_names_may_not_be_durable_is_done_and_told() {
    for above in 0..=3 {
        let place = backed_up();
        let deep = place.directory.path().join("one").join("two").join("three");
        let restore = || AccountManager::restore(&place.file(), &password("backup"), &config(&deep), 5_000);
        let told = unsynced(deep.ancestors().nth(above).unwrap(), restore).unwrap_err();
        assert_eq!(told.kind(), ErrorKind::NotDurable, "{told}");
        TestWallet::open(&deep, &place.node).unwrap();
        assert_eq!(restore().unwrap_err().kind(), ErrorKind::RestoreTarget);
    }
}

#[test]
fn a_refused_restore_takes_away_all_directories_that_it_made_and_no_other() {
    let place = backed_up();
    let (made, journal) = (place.directory.path().join("one"), place.directory.path().join("wallet.journal"));
    let deep = made.join("two").join("three");
    let target = target(&deep, &journal);
    let refused = |stranger: bool| {
        let unlocked = unlock(&place.file(), &password("backup"), &target).unwrap();
        arrive(unlocked, &target, 1, |_| {
            assert!(deep.join("wallet.db.restoring").exists());
            if stranger {
                fs::write(made.join("notes.txt"), "mine").unwrap();
            }
            Err::<(), _>(BackupError::WrongPassword)
        })
    };
    assert_eq!(refused(false).unwrap_err().kind(), ErrorKind::WrongPassword);
    assert!(!made.exists());
    refused(true).unwrap_err();
    assert!(!made.join("two").exists());
    assert_eq!(fs::read(made.join("notes.txt")).unwrap(), b"mine");
    fs::remove_file(made.join("notes.txt")).unwrap();
    refused(false).unwrap_err();
    assert!(made.exists(), "it was there before");
}

#[test]
fn a_directory_that_another_has_open_is_left_as_it_is() {
    let place = backed_up();
    let (restored, journal) = (place.restored(), place.restored().join("wallet.journal"));
    let target = target(&restored, &journal);
    let unlocked = unlock(&place.file(), &password("backup"), &target).unwrap();
    fs::create_dir(&restored).unwrap();
    for name in ["wallet.lock", "wallet.db.restoring"] {
        fs::write(restored.join(name), "of another restore").unwrap();
    }
    let other = fs::File::open(restored.join("wallet.lock")).unwrap();
    other.lock().unwrap();
    let refused = arrive(unlocked, &target, 1, |_| Ok::<_, BackupError>(())).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageLocked);
    assert_eq!(fs::read(restored.join("wallet.db.restoring")).unwrap(), b"of another restore");
    assert!(restored.join("wallet.lock").exists());
}

#[cfg(unix)]
#[test]
fn a_restore_that_died_can_be_repeated_where_its_directory_has_two_names() {
    let place = backed_up();
    let (real, link) = (place.restored(), place.directory.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let (vault, journal) = (real.join("keys.stronghold"), real.join("payments.journal"));
    fs::write(&vault, "what an interrupted restore placed").unwrap();
    fs::write(&journal, "kept").unwrap();
    let target = Target { vault: Some(&vault), ..target(&link, &journal) };
    unlock(&place.file(), &password("backup"), &target).map(drop).unwrap();
    fs::write(real.join("notes.txt"), "mine").unwrap();
    let refused = unlock(&place.file(), &password("backup"), &target).map(drop).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RestoreTarget);
}

#[test]
fn a_backup_of_a_newer_version_is_refused_and_leaves_nothing() {
    let place = Place::new();
    let wallet = place.start();
    let database = rusqlite::Connection::open(place.wallet().join("wallet.db")).unwrap();
    database.pragma_update(None, "user_version", 1_000).unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    assert_eq!(place.restore().unwrap_err().kind(), ErrorKind::StorageNewer);
    assert!(!place.restored().exists());
}

#[test]
fn a_restored_wallet_follows_no_node_of_another_network() {
    let place = Place::new();
    let wallet = place.start();
    wallet.sync();
    let cursor = wallet.manager.cursor().unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    let other = ScriptedFeed::with_milestones(3);
    let network = other.ledger().network();
    other.ledger().set_network(Network { name: "another".to_owned(), id: network.id + 1, ..network });
    place.restore().unwrap();
    let restored = TestWallet::open(&place.restored(), &other).unwrap();
    restored.run(SeedOrigin::New);
    let skip = crate::accounts::IssuedBefore::SkipAhead(1);
    restored.manager.release_issuing(&skip).unwrap();
    let refused = restored.manager.sync(std::time::Duration::from_secs(20)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NodeWrongNetwork);
    assert_eq!(restored.manager.cursor().unwrap(), cursor);
}

#[cfg(unix)]
#[test]
fn places_without_permission_are_told_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let place = backed_up();
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(place.file()).is_ok() {
        return crate::testing::not_tested("this user reads every file");
    }
    assert_eq!(place.restore().unwrap_err().kind(), ErrorKind::BackupIo);
    fs::set_permissions(place.file(), fs::Permissions::from_mode(0o600)).unwrap();
    let closed = place.directory.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    let wallet = place.start();
    let refused = wallet.manager.backup(&closed.join("file"), &password("backup")).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BackupIo);
    let into = AccountManager::restore(&place.file(), &password("backup"), &config(&closed.join("wallet")), 1);
    assert_eq!(into.unwrap_err().kind(), ErrorKind::Storage);
}
