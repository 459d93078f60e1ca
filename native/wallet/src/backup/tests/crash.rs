//! The process dies in the middle of a backup, of a restore, or of the release: what is there is the old state or the new.
//!
//! What a dying process leaves is made here step by step; `stardust-proof` kills real ones at the same places.

use super::*;
use crate::error::ErrorKind;

#[test]
fn a_restore_that_was_interrupted_is_refused_as_a_wallet_and_can_be_repeated() {
    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    wallet.manager.close();
    // the database is under its other name, whole or not
    fs::create_dir(place.restored()).unwrap();
    fs::write(place.restored().join("wallet.db.restoring"), "half of a database").unwrap();
    fs::write(place.restored().join("wallet.db.restoring-wal"), "and its log").unwrap();
    fs::write(place.restored().join("wallet.lock"), "").unwrap();
    let refused = TestWallet::open(&place.restored(), &place.node);
    assert!(matches!(refused, Err(error) if error.kind() == ErrorKind::StorageCorrupt));
    place.restore().unwrap();
    let mut names: Vec<_> = fs::read_dir(place.restored())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["wallet.db", "wallet.lock"]);
    TestWallet::open(&place.restored(), &place.node).unwrap();
}

#[test]
fn a_directory_that_is_in_use_is_refused() {
    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    fs::create_dir(place.restored()).unwrap();
    let lock = fs::File::create(place.restored().join("wallet.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(place.restore().unwrap_err().kind(), ErrorKind::StorageLocked);
    drop(lock);
    place.restore().unwrap();
}
