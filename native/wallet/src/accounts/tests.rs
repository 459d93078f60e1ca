use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    accounts::{ALIAS_LIMIT, AccountError, Accounts, ISSUE_LIMIT, LABEL_LIMIT},
    error::ErrorKind,
    keys::{
        CoinType, KeyError, KeyPath, Mnemonic, MnemonicManager, Password, PasswordChange, SecretManager, Signature,
        VaultStatus,
    },
    ledger::{AddressCodec, Interest, MilestoneId, MilestoneIndex, Position, UnixTime},
    manager::{AccountRef, WalletError},
    stardust::Stardust,
    store::{AddressKey, MetaKey, Store, account, meta},
    testing::{ManualClock, ScriptedFeed, TestWallet, WORDS, output_id, transaction_id},
};

use super::watch::WatchSet;

fn kind<T>(result: Result<T, WalletError>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    }
}

#[test]
fn aliases_are_unique_and_no_indices() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    let manager = &wallet.manager;
    for (index, alias) in ["alice", "7", "Ünï ✓"].into_iter().enumerate() {
        let info = manager.create_account(alias).unwrap();
        assert_eq!((usize::try_from(info.index).unwrap(), info.alias.as_str()), (index, alias));
    }
    assert_eq!(manager.account(&AccountRef::Alias("7".to_owned())).unwrap().index, 1);
    assert_eq!(kind(manager.account(&AccountRef::Index(7))), ErrorKind::AccountNotFound);
    assert_eq!(kind(manager.create_account("alice")), ErrorKind::AliasTaken);
    let long = "x".repeat(ALIAS_LIMIT + 1);
    for alias in ["", " a", "a ", "a\nb", "\u{7f}", long.as_str()] {
        assert_eq!(kind(manager.create_account(alias)), ErrorKind::AliasInvalid, "{alias:?}");
        assert_eq!(kind(manager.rename_account(&AccountRef::Index(0), alias)), ErrorKind::AliasInvalid);
    }
    assert_eq!(manager.rename_account(&AccountRef::Index(0), "bob").unwrap().alias, "bob");
    assert_eq!(manager.rename_account(&AccountRef::Index(0), "bob").unwrap().alias, "bob", "its own is not taken");
    assert_eq!(kind(manager.rename_account(&AccountRef::Index(1), "bob")), ErrorKind::AliasTaken);
    assert_eq!(manager.create_account("alice").unwrap().index, 3, "the old alias is free, the index is the next");
    let first = manager.accounts(None, 3).unwrap();
    assert_eq!(first.items.len(), 3);
    assert_eq!(manager.accounts(first.next, 3).unwrap().items[0].alias, "alice");
}

#[test]
fn invariant_3_two_callers_never_get_the_same_address() {
    let directory = tempfile::tempdir().unwrap();
    let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
    let (alice, bob) = (wallet.account("alice"), wallet.account("bob"));
    let issued: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8_u32)
            .map(|worker| {
                let (manager, alice, bob) = (&wallet.manager, &alice, &bob);
                scope.spawn(move || {
                    let mut issued = Vec::new();
                    for round in 0..6 {
                        let which = if worker % 4 == 0 { bob } else { alice };
                        let new = manager.generate_addresses(which, 1 + round % 3, false, None).unwrap();
                        for address in &new {
                            // what is shown is watched
                            assert_eq!(manager.find_address(&address.address).unwrap().key_index, address.key_index);
                        }
                        issued.extend(new);
                    }
                    issued
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let different: HashSet<_> = issued.iter().map(|address| address.raw).collect();
    assert_eq!(different.len(), issued.len());
    for account in [0, 1] {
        let mut indices: Vec<_> =
            issued.iter().filter(|address| address.account == account).map(|address| address.key_index).collect();
        indices.sort_unstable();
        let count = u32::try_from(indices.len()).unwrap();
        assert_eq!(indices, (0..count).collect::<Vec<_>>(), "none is left out");
        assert_eq!(wallet.manager.account(&AccountRef::Index(account)).unwrap().public_count, count);
    }
}

#[test]
fn bounds_of_issuing() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    let issue = |count, label: Option<&str>| wallet.manager.generate_addresses(&alice, count, false, label);
    assert_eq!(kind(issue(0, None)), ErrorKind::InvalidArgument);
    assert_eq!(kind(issue(ISSUE_LIMIT + 1, None)), ErrorKind::InvalidArgument);
    assert_eq!(kind(issue(1, Some(&"x".repeat(LABEL_LIMIT + 1)))), ErrorKind::InvalidArgument);
    assert_eq!(kind(issue(1, Some("a\0b"))), ErrorKind::InvalidArgument);
    assert_eq!(issue(2, Some("shop")).unwrap()[1].label.as_deref(), Some("shop"));
    assert_eq!(wallet.manager.account(&alice).unwrap().public_count, 2);
    // addresses that are not ours, or no addresses
    let strange = Stardust.format(&crate::testing::address(1), "rms");
    assert_eq!(kind(wallet.manager.find_address(&strange)), ErrorKind::AddressNotFound);
    let elsewhere = Stardust.format(&crate::testing::address(1), "smr");
    assert_eq!(kind(wallet.manager.find_address(&elsewhere)), ErrorKind::AddressWrongNetwork);
    assert_eq!(kind(wallet.manager.find_address("rms1nonsense")), ErrorKind::AddressInvalid);
}

#[test]
fn the_last_key_index_is_the_end_of_a_chain() {
    let directory = tempfile::tempdir().unwrap();
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let alice = wallet.account("alice");
    wallet.sync();
    drop(wallet);
    let store = crate::store::Store::open(directory.path()).unwrap();
    store.writer().commit(|tx| account::set_next(tx, 0, false, (1 << 31) - 2)).unwrap();
    drop(store);
    let wallet = TestWallet::start(directory.path(), &node);
    let issue = |count| wallet.manager.generate_addresses(&alice, count, false, None);
    assert_eq!(kind(issue(3)), ErrorKind::KeyIndexExhausted);
    assert_eq!(issue(2).unwrap()[1].key_index, (1 << 31) - 1);
    assert_eq!(kind(issue(1)), ErrorKind::KeyIndexExhausted);
}

#[test]
fn a_key_survives_its_packing() {
    let watch = WatchSet::default();
    let keys = [(0, false, 0), (u32::MAX, true, (1 << 31) - 1), (7, true, 0), (7, false, (1 << 31) - 1)];
    for (number, (account, internal, key_index)) in (0..).zip(keys) {
        let key = AddressKey { account, internal, key_index };
        let raw = crate::testing::address(number);
        assert!(!watch.watches(&raw));
        watch.watch([(raw, key)]);
        assert_eq!(watch.find(&raw), Some(key));
    }
    assert_eq!(watch.len(), keys.len());
}

#[test]
fn invariant_3_nothing_is_issued_before_the_seeds_addresses_were_looked_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(directory.path()).unwrap());
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).unwrap(), CoinType::SHIMMER);
    let (codec, clock) = (Arc::new(Stardust), Arc::new(ManualClock::default()));
    let accounts = Accounts::load(store, Arc::new(keys), codec, clock).unwrap();
    accounts.create("alice").unwrap();
    for internal in [false, true] {
        assert!(matches!(accounts.issue(0, internal, 1, None), Err(AccountError::Undiscovered(0))));
    }
    assert!(matches!(accounts.change_address(0), Err(AccountError::Undiscovered(0))));
}

#[test]
fn memory_holds_unspent_outputs_and_open_transactions_only() {
    let set = WatchSet::default();
    let transactions = [transaction_id(1), transaction_id(2)];
    let outputs = transactions.map(|id| output_id(id, 0));
    set.expect(transactions);
    set.settle(&outputs, &[], &[]);
    set.settle(&[], &outputs[..1], &transactions[..1]);
    assert_eq!(outputs.map(|id| set.holds(&id)), [false, true]);
    assert_eq!(transactions.map(|id| set.look().expects(&id)), [false, true]);
    // one that comes and goes in the same milestone
    let brief = output_id(transactions[0], 1);
    set.settle(&[brief], &[brief], &[]);
    assert!(!set.holds(&brief));
}

/// A vault behind which another seed comes up after so many derivations.
struct Swapped {
    seeds: [MnemonicManager; 2],
    derivations: AtomicU64,
    swap_after: u64,
}

impl Swapped {
    fn swapped(&self) -> bool {
        self.derivations.load(Ordering::Acquire) >= self.swap_after
    }
}

impl SecretManager for Swapped {
    fn coin_type(&self) -> CoinType {
        CoinType::SHIMMER
    }

    fn generation(&self) -> u64 {
        1 + u64::from(self.swapped())
    }

    fn status(&self) -> VaultStatus {
        VaultStatus::Unlocked
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        let keys = self.seeds[usize::from(self.swapped())].public_keys(paths);
        self.derivations.fetch_add(1, Ordering::AcqRel);
        keys
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        self.seeds[0].sign(requests)
    }

    fn store_mnemonic(&self, _mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        Ok(())
    }

    fn password_change(&self, _old: &Password, _new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Ok(Box::new(|| Ok(())))
    }

    fn lock(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

#[test]
fn no_address_of_another_seed_is_issued_whenever_its_vault_is_opened() {
    // the first derivation checks the seed, the second makes addresses
    for swap_after in 1..5 {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let begin =
            Position { index: MilestoneIndex(1), id: MilestoneId::from_slice(&[1; 32]).unwrap(), time: UnixTime(1) };
        let new = move |tx: &rusqlite::Transaction<'_>| {
            meta::put(tx, MetaKey::SeedOrigin, b"new")?;
            meta::begin_cursor(tx, &begin)
        };
        store.writer().commit(new).unwrap();
        let ours = Mnemonic::parse(WORDS).unwrap();
        let seeds = [ours, Mnemonic::generate().unwrap()].map(|words| MnemonicManager::new(&words, CoinType::SHIMMER));
        let expected = seeds[0].public_keys(&[KeyPath::new(0, false, 0).unwrap()]).unwrap();
        let vault = Arc::new(Swapped { seeds, derivations: AtomicU64::new(0), swap_after });
        let (codec, clock) = (Arc::new(Stardust), Arc::new(ManualClock::default()));
        let accounts = Accounts::load(store, vault, codec, clock).unwrap();
        accounts.create("alice").unwrap();
        let issued = accounts.issue(0, false, 1, None);
        if swap_after > 2 {
            assert_eq!(issued.unwrap()[0].raw, Stardust.of_public_key(&expected[0]));
        } else {
            assert!(matches!(issued, Err(AccountError::SeedMismatch)), "{swap_after}: {issued:?}");
            assert_eq!(accounts.by_index(0).unwrap().public_next, 0);
        }
        if swap_after < 4 {
            assert!(matches!(accounts.issue(0, false, 1, None), Err(AccountError::SeedMismatch)));
        }
    }
}
