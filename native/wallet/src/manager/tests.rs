use std::{
    fs,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::unlocked::Unlocked;
use crate::{
    error::ErrorKind,
    keys::{CoinType, Mnemonic, Password, SecretManager, StrongholdManager, VaultStatus},
    ledger::{Address, AddressCodec, AddressError},
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin, WalletError},
    stardust::Stardust,
    testing::{ManualClock, ScriptedFeed, TestWallet},
};

fn open(config: &Config) -> Result<AccountManager, WalletError> {
    let node = ScriptedFeed::with_milestones(1);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: std::sync::Arc::new(node.clone()),
        lookup: std::sync::Arc::new(node),
        clock: std::sync::Arc::new(ManualClock::default()),
    };
    AccountManager::open(config, ports)
}

fn refusal(config: &Config) -> ErrorKind {
    match open(config) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

#[test]
fn invariant_12_a_second_manager_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(directory.path(), CoinType::SHIMMER, SecretConfig::Mnemonic);
    let first = open(&config).unwrap();
    assert_eq!(refusal(&config), ErrorKind::StorageLocked);
    first.close();
    open(&config).unwrap();
}

#[test]
fn a_directory_keeps_its_coin_type_and_secret_manager() {
    let directory = tempfile::tempdir().unwrap();
    let config = Config::new(directory.path(), CoinType::SHIMMER, SecretConfig::Mnemonic);
    open(&config).unwrap();
    assert_eq!(refusal(&Config { coin_type: CoinType::IOTA, ..config.clone() }), ErrorKind::StorageMismatch);
    let path = directory.path().join("wallet.stronghold");
    let vault = Config { secret: SecretConfig::Stronghold { path }, ..config.clone() };
    assert_eq!(refusal(&vault), ErrorKind::StorageMismatch);
    assert_eq!(open(&config).unwrap().secret_status(), VaultStatus::Empty);
}

#[test]
fn any_timeout_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    let forever = std::time::Duration::MAX;
    let cursor = wallet.manager.sync(forever).unwrap();
    assert_eq!(wallet.manager.status().cursor, Some(cursor));
    let seen = wallet.manager.version();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wallet.manager.wait_change(seen, forever));
        wallet.manager.create_account("alice").unwrap();
        assert!(waiting.join().unwrap() > seen);
    });
    wallet.manager.node_status(forever).unwrap();
}

#[test]
fn a_waiter_misses_no_change() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    wallet.sync();
    let seen = wallet.manager.version();
    wallet.manager.create_account("alice").unwrap();
    let long = std::time::Duration::from_secs(60);
    assert!(wallet.manager.wait_change(seen, long) > seen, "the change came before the wait");
    let status = wallet.manager.node_status(long).unwrap();
    assert_eq!(status.url, "http://scripted");
}

/// Lets the vault's time pass whenever an address is made of a key.
struct Slow(Arc<Unlocked>);

impl AddressCodec for Slow {
    fn parse(&self, text: &str, hrp: &str) -> Result<Address, AddressError> {
        Stardust.parse(text, hrp)
    }

    fn format(&self, address: &Address, hrp: &str) -> String {
        Stardust.format(address, hrp)
    }

    fn of_public_key(&self, public_key: &[u8; 32]) -> Address {
        self.0.open(&Password::new(b"right".to_vec()).unwrap(), Some(Duration::from_millis(1))).unwrap();
        // as long as its timer takes to lock it, were it not at work
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(500) {
            thread::sleep(Duration::from_millis(1));
        }
        Stardust.of_public_key(public_key)
    }
}

#[test]
fn the_vault_s_time_does_not_end_in_the_middle_of_storing_a_mnemonic() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let config = Config::new(directory.path().join("wallet"), CoinType::SHIMMER, SecretConfig::Stronghold { path });
    let mut manager = open(&config).unwrap();
    manager.codec = Arc::new(Slow(Arc::clone(&manager.unlocked)));
    manager.set_password(&Password::new(b"right".to_vec()).unwrap()).unwrap();
    manager.store_mnemonic(&Mnemonic::generate().unwrap(), SeedOrigin::New).unwrap();
    assert_eq!(manager.secret_status(), VaultStatus::Locked, "when it has come to its end");
    assert!(
        manager
            .store()
            .readers()
            .read(|conn| crate::store::meta::get(conn, crate::store::MetaKey::SeedAddress))
            .unwrap()
            .is_some()
    );
}

#[test]
fn that_a_seed_is_new_is_said_of_no_other_that_comes_into_the_vault() {
    let directory = tempfile::tempdir().unwrap();
    let right = Password::new(b"right".to_vec()).unwrap();
    let theirs = directory.path().join("theirs.stronghold");
    let vault = StrongholdManager::new(&theirs, CoinType::SHIMMER).with_work_factor(4);
    vault.set_password(&right).unwrap();
    vault.store_mnemonic(&Mnemonic::generate().unwrap()).unwrap();

    let path = directory.path().join("wallet.stronghold");
    let secret = SecretConfig::Stronghold { path: path.clone() };
    let manager = open(&Config::new(directory.path().join("wallet"), CoinType::SHIMMER, secret)).unwrap();
    manager.set_password(&right).unwrap();
    let before = AccountRef::Index(manager.create_account("before").unwrap().index);
    // somebody puts a vault there, and what was to be stored is not
    fs::rename(&theirs, &path).unwrap();
    let refused = manager.store_mnemonic(&Mnemonic::generate().unwrap(), SeedOrigin::New).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MnemonicAlreadyStored);
    assert!(manager.create_account("between").unwrap().undiscovered);
    manager.lock().unwrap();
    manager.set_password(&right).unwrap();
    manager.accounts_room().check_seed().unwrap();
    assert!(manager.create_account("after").unwrap().undiscovered);
    assert!(manager.account(&before).unwrap().undiscovered);
}

#[test]
fn accounts_of_a_new_seed_are_not_looked_for_also_when_it_was_stored_at_the_second_attempt() {
    let directory = tempfile::tempdir().unwrap();
    let right = Password::new(b"right".to_vec()).unwrap();
    let path = directory.path().join("wallet.stronghold");
    let secret = SecretConfig::Stronghold { path };
    let manager = open(&Config::new(directory.path().join("wallet"), CoinType::SHIMMER, secret)).unwrap();
    manager.set_password(&right).unwrap();
    let before = AccountRef::Index(manager.create_account("before").unwrap().index);
    let words = Mnemonic::generate().unwrap();
    // as far as a crash or a full disk let it come
    let first = super::secrets::first_address(&words, CoinType::SHIMMER, &Stardust).unwrap();
    manager.store().writer().commit(move |tx| crate::store::meta::put_new_seed(tx, first.as_slice())).unwrap();
    assert!(manager.account(&before).unwrap().undiscovered);
    manager.store_mnemonic(&words, SeedOrigin::New).unwrap();
    assert!(!manager.account(&before).unwrap().undiscovered);
    assert!(!manager.create_account("after").unwrap().undiscovered);
}
