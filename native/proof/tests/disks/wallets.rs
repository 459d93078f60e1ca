//! Backups, restores and imports.

use std::{fs, path::Path, time::Duration};

use stardust_proof::WORDS;
use stardust_wallet::{
    error::ErrorKind,
    import::ImportSource,
    keys::{CoinType, Mnemonic, SecretManager as _, StrongholdManager},
    manager::{AccountManager, SeedOrigin},
};

use super::{Scene, config, names, open, password};

/// What iota-sdk wrote, with three accounts.
const FOREIGN: &[u8] = include_bytes!("../../../wallet/src/import/fixtures/backup.stronghold");
const FOREIGN_PASSWORD: &str = "A password, with ümlaut";

/// A wallet with an account and its vault, in one directory.
fn make(directory: &Path) -> AccountManager {
    let wallet = open(directory, &directory.join("keys.stronghold"));
    wallet.set_password(&password("first")).unwrap();
    wallet.store_mnemonic(&Mnemonic::parse(WORDS).unwrap(), SeedOrigin::New).unwrap();
    wallet.create_account("alice").unwrap();
    wallet
}

pub(super) fn a_wallet_is_backed_up(scene: &Scene) {
    let wallet = make(&scene.large.join("backed-up"));
    let file = scene.small.join("wallet.backup");
    let backup = || wallet.backup(&file, &password("of the backup"));
    for room in [0, 8_192] {
        scene.refused(room, ErrorKind::BackupIo, backup);
        assert_eq!(names(&scene.small), [""; 0], "nothing half written");
    }
    backup().unwrap();
    wallet.create_account("bob").unwrap();
    wallet.close();
    fs::remove_file(file).unwrap();

    // the copy of the database is made beside it
    let directory = scene.small.join("wallet");
    let wallet = make(&directory);
    let before = names(&directory);
    let file = scene.large.join("small.backup");
    let backup = || wallet.backup(&file, &password("of the backup"));
    scene.refused(8_192, ErrorKind::Storage, backup);
    assert!(!file.exists());
    assert_eq!(names(&directory), before, "no copy stays");
    wallet.create_account("bob").unwrap();
    assert_eq!(backup().unwrap().accounts, 2);
    wallet.close();
    fs::remove_dir_all(directory).unwrap();
}

pub(super) fn a_backup_is_restored(scene: &Scene) {
    let wallet = make(&scene.large.join("restored-from"));
    let file = scene.large.join("whole.backup");
    wallet.backup(&file, &password("of the backup")).unwrap();
    wallet.close();
    let before = fs::read(&file).unwrap();
    let directory = scene.small.join("restored");
    let config = config(&directory, &directory.join("keys.stronghold"));
    let restore = || AccountManager::restore(&file, &password("of the backup"), &config, 1);
    for room in [0, 100_000] {
        scene.refused(room, ErrorKind::BackupIo, restore);
        assert_eq!(names(&scene.small), [""; 0], "no file, and no directory that was not there");
        assert_eq!(fs::read(&file).unwrap(), before, "the backup is as it was");
    }
    assert_eq!(restore().unwrap().accounts, 1);
    let wallet = open(&directory, &directory.join("keys.stronghold"));
    wallet.set_password(&password("first")).unwrap();
    wallet.close();
    fs::remove_dir_all(directory).unwrap();
}

pub(super) fn another_wallet_moves_in(scene: &Scene) {
    let path = scene.large.join("iota-sdk.stronghold");
    fs::write(&path, FOREIGN).unwrap();
    // it opens fast then
    let theirs = password(FOREIGN_PASSWORD);
    StrongholdManager::new(path.clone(), CoinType::SHIMMER).change_password(&theirs, &theirs).unwrap();
    let before = fs::read(&path).unwrap();
    let directory = scene.small.join("wallet");
    let wallet = open(&directory, &directory.join("keys.stronghold"));
    wallet.start().unwrap();
    wallet.sync(Duration::from_secs(60)).unwrap();
    wallet.set_password(&password("first")).unwrap();
    let source = ImportSource::Stronghold { path: path.clone() };
    let import = || wallet.import(&source, Some(&theirs), 0);
    for room in [0, 20_000] {
        scene.refused(room, ErrorKind::Storage, import);
        assert!(wallet.accounts(None, 10).unwrap().items.is_empty(), "all accounts or none");
        assert_eq!(fs::read(&path).unwrap(), before, "the original is as it was");
    }
    assert_eq!(import().unwrap().accounts, 3);
    assert_eq!(wallet.accounts(None, 10).unwrap().items.len(), 3);
    wallet.close();
    fs::remove_dir_all(directory).unwrap();
}
