use std::{collections::HashSet, sync::mpsc, thread};

use super::*;
use crate::{
    keys::{CoinType, Mnemonic, Password},
    ledger::Interest,
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin, WalletError},
    testing::{ManualClock, ScriptedFeed, TestWallet},
};

const ALICE: AccountRef = AccountRef::Index(0);

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

fn ready(manager: &AccountManager, internal: bool) -> u32 {
    manager.accounts_room().pool_level(0, internal).unwrap().ready
}

fn start(directory: &std::path::Path, size: u32) -> TestWallet {
    let wallet = TestWallet::open_pooled(directory, &ScriptedFeed::with_milestones(1), size).unwrap();
    wallet.run(SeedOrigin::New);
    wallet
}

#[test]
fn addresses_come_out_of_the_pool_without_keys() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = start(directory.path(), 8);
    let alice = wallet.account("alice");
    wallet.wait_until(|manager| ready(manager, false) == 8);
    assert_eq!(wallet.manager.health().unwrap().pool, PoolHealth { size: 8, low: 0, empty: 0 });
    assert_eq!(ready(&wallet.manager, true), 0, "nobody asked for change addresses");
    wallet.manager.generate_addresses(&alice, 3, true, None).unwrap();
    wallet.wait_until(|manager| ready(manager, true) == 8);
    let first = wallet.address(&alice);
    drop(wallet);

    // the mnemonic is not there any more
    let wallet = TestWallet::open_pooled(directory.path(), &ScriptedFeed::with_milestones(1), 8).unwrap();
    wallet.manager.start().unwrap();
    let issued = wallet.manager.generate_addresses(&alice, 5, false, Some("locked")).unwrap();
    assert_eq!(issued.iter().map(|address| address.key_index).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(issued.iter().all(|address| address.raw != first && wallet.manager.watch().watches(&address.raw)));
    assert_eq!(wallet.manager.generate_addresses(&alice, 1, true, None).unwrap()[0].key_index, 3);
    wallet.wait_until(|manager| manager.health().unwrap().pool.low == 1);
    assert_eq!(kind(wallet.manager.generate_addresses(&alice, 3, false, None)), ErrorKind::VaultEmpty);
    wallet.manager.generate_addresses(&alice, 2, false, None).unwrap();
    wallet.wait_until(|manager| manager.health().unwrap().pool.empty == 1);
    drop(wallet);

    // and what is derived again is what it would have been
    let wallet = start(directory.path(), 8);
    let all = wallet.manager.addresses(&alice, Some(false), None, 100).unwrap().items;
    let raws: Vec<_> = all.iter().map(|address| address.raw).collect();
    assert_eq!(wallet.manager.accounts_room().derive(0, false, 0, 8).unwrap(), raws);
    wallet.wait_until(|manager| ready(manager, false) == 8 && manager.health().unwrap().pool.empty == 0);
}

#[test]
fn without_a_size_there_is_no_pool() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = start(directory.path(), 0);
    let alice = wallet.account("alice");
    wallet.manager.generate_addresses(&alice, 3, false, None).unwrap();
    assert_eq!((ready(&wallet.manager, false), wallet.manager.health().unwrap().pool), (0, PoolHealth::default()));
}

#[test]
fn invariant_3_the_pool_gives_no_address_twice_however_many_call() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = start(directory.path(), 16);
    let alice = wallet.account("alice");
    let issued: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8_u32)
            .map(|worker| {
                let (manager, alice) = (&wallet.manager, &alice);
                scope.spawn(move || {
                    let issue =
                        |round| manager.generate_addresses(alice, 1 + (worker + round) % 3, false, None).unwrap();
                    (0..12).flat_map(issue).collect::<Vec<_>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let different: HashSet<_> = issued.iter().map(|address| address.raw).collect();
    assert_eq!(different.len(), issued.len());
    let mut indices: Vec<_> = issued.iter().map(|address| address.key_index).collect();
    indices.sort_unstable();
    assert_eq!(indices, (0..u32::try_from(issued.len()).unwrap()).collect::<Vec<_>>(), "none is left out");
    wallet.wait_until(|manager| ready(manager, false) >= 8);
}

#[test]
fn a_locked_vault_lets_the_pool_run_dry_and_unlocking_fills_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let mut config = Config::new(directory.path(), CoinType::SHIMMER, SecretConfig::Stronghold { path });
    (config.poll_interval, config.address_pool) = (Duration::from_millis(2), 4);
    let node = ScriptedFeed::with_milestones(1);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(ManualClock::default()),
    };
    let wallet = TestWallet { manager: AccountManager::open(&config, ports).unwrap(), node };
    let manager = &wallet.manager;
    let password = Password::new(b"right".to_vec()).unwrap();
    manager.set_password(&password).unwrap();
    manager.store_mnemonic(&Mnemonic::generate().unwrap(), SeedOrigin::New).unwrap();
    manager.start().unwrap();
    manager.create_account("alice").unwrap();
    wallet.wait_until(|manager| ready(manager, false) == 4);

    let (tell, told) = mpsc::channel();
    manager.subscribe(Box::new(move |notice| {
        if let Notice::Pool(status) = &**notice {
            tell.send((status.account, status.ready, status.state)).unwrap();
        }
    }));
    let next = || told.recv_timeout(Duration::from_secs(20)).unwrap();
    manager.lock().unwrap();
    manager.generate_addresses(&ALICE, 3, false, None).unwrap();
    assert_eq!(next(), (0, 1, PoolState::Low));
    assert_eq!(kind(manager.generate_addresses(&ALICE, 2, false, None)), ErrorKind::PoolEmpty);
    assert_eq!(kind(manager.generate_addresses(&ALICE, 1, true, None)), ErrorKind::PoolEmpty);
    manager.generate_addresses(&ALICE, 1, false, None).unwrap();
    assert_eq!(next(), (0, 0, PoolState::Empty));
    assert_eq!(manager.health().unwrap().pool, PoolHealth { size: 4, low: 0, empty: 1 });
    assert_eq!(kind(manager.generate_addresses(&ALICE, 1, false, None)), ErrorKind::PoolEmpty);
    manager.set_password_for(&password, Some(Duration::from_secs(3600))).unwrap();
    assert_eq!(next(), (0, 4, PoolState::Good));
    assert_eq!(manager.generate_addresses(&ALICE, 1, false, None).unwrap()[0].key_index, 4);
}
