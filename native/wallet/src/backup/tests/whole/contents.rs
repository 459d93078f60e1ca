//! What is in a backup: the vault, and one moment of a wallet that goes on.

use super::*;

#[test]
fn a_vault_goes_with_its_wallet() {
    let place = Place::new();
    let vault_at = |directory: &Path| SecretConfig::Stronghold { path: directory.join("keys.stronghold") };
    let config = |directory: &Path| Config { secret: vault_at(directory), ..config(directory) };
    let open = |directory: &Path| {
        let node = place.node.clone();
        let ports = crate::manager::Ports {
            feed: Box::new(node.clone()),
            submit: std::sync::Arc::new(node.clone()),
            lookup: std::sync::Arc::new(node),
            clock: std::sync::Arc::new(crate::testing::ManualClock::default()),
        };
        AccountManager::open(&config(directory), ports)
    };
    let old = open(&place.wallet()).unwrap();
    let bytes = b"PARTI\x03\x00 what only Stronghold reads".to_vec();
    fs::write(place.wallet().join("keys.stronghold"), &bytes).unwrap();
    let info = old.backup(&place.file(), &password("backup")).unwrap();
    assert_eq!(info.vault_bytes, u64::try_from(bytes.len()).unwrap());
    let restore = || AccountManager::restore(&place.file(), &password("backup"), &config(&place.restored()), 1);
    fs::create_dir(place.restored()).unwrap();
    // another vault is in the way, the same one is not: an interrupted restore left it
    fs::write(place.restored().join("keys.stronghold"), b"PARTI another").unwrap();
    assert_eq!(restore().unwrap_err().kind(), ErrorKind::BackupExists);
    assert_eq!(fs::read_dir(place.restored()).unwrap().count(), 1);
    fs::write(place.restored().join("keys.stronghold"), &bytes).unwrap();
    restore().unwrap();
    assert_eq!(fs::read(place.restored().join("keys.stronghold")).unwrap(), bytes);
    open(&place.restored()).unwrap();
    // a wallet that had keys and lost them is not backed up without
    old.store()
        .writer()
        .commit(|tx| crate::store::meta::put(tx, crate::store::MetaKey::SeedAddress, b"known"))
        .unwrap();
    fs::remove_file(place.wallet().join("keys.stronghold")).unwrap();
    let second = place.directory.path().join("second");
    assert_eq!(kind(old.backup(&second, &password("backup"))), ErrorKind::VaultMissing);
    fs::write(place.wallet().join("keys.stronghold"), b"something else").unwrap();
    assert_eq!(kind(old.backup(&second, &password("backup"))), ErrorKind::VaultForeign);
    assert!(!second.exists());
}

#[test]
fn a_backup_is_of_one_moment_while_the_wallet_goes_on() {
    let place = Place::new();
    let wallet = place.start();
    wallet.sync();
    let account = wallet.account("alice");
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let to = issue(&wallet, &account, 10)[0];
                place.node.ledger().milestone(vec![OutputBuilder::plain(random(), to, M).build()], vec![]);
                wallet.sync();
            }
        });
        for number in 0..5 {
            let file = place.directory.path().join(format!("backup-{number}"));
            let info = wallet.manager.backup(&file, &password("backup")).unwrap();
            let target = place.directory.path().join(format!("restored-{number}"));
            AccountManager::restore(&file, &password("backup"), &config(&target), 0).unwrap();
            let restored = TestWallet::open(&target, &place.node).unwrap();
            assert_eq!(restored.manager.cursor().unwrap().map(|at| at.index), info.cursor);
            let total = restored.manager.total_balance().unwrap();
            let deposits = deposits(&restored);
            assert_eq!(total.total.units(), M * u64::try_from(deposits.len()).unwrap());
            assert_eq!(u64::from(restored.manager.account(&account).unwrap().public_count), info.addresses);
            restored.manager.close();
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}

/// A transaction number that was not used before.
fn random() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1_000);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
}
