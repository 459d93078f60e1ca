//! The release of issuing, in steps.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::{
    keys::{CoinType, KeyError, Mnemonic, Password, PasswordChange, SecretManager, Signature, VaultStatus},
    ledger::{MilestoneId, Position, UnixTime},
    stardust::Stardust,
    store::{Store, restore::issuing_frozen},
    testing::ManualClock,
};

/// Keys that are their paths, and a vault that is locked after so many calls.
struct Paths {
    calls: AtomicI64,
}

impl SecretManager for Paths {
    fn coin_type(&self) -> CoinType {
        CoinType::SHIMMER
    }

    fn status(&self) -> VaultStatus {
        VaultStatus::Unlocked
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        if self.calls.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Err(KeyError::Locked);
        }
        let key = |path: &KeyPath| {
            let mut key = [u8::from(path.internal()); 32];
            key[..4].copy_from_slice(&path.account().to_le_bytes());
            key[4..8].copy_from_slice(&path.index().to_le_bytes());
            key
        };
        Ok(paths.iter().map(key).collect())
    }

    fn sign(&self, _: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Err(KeyError::Locked)
    }

    fn store_mnemonic(&self, _: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _: &Password) -> Result<(), KeyError> {
        Ok(())
    }

    fn password_change(&self, _: &Password, _: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Err(KeyError::Locked)
    }

    fn lock(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// A wallet that was restored from a backup with so many accounts, each with one public address.
struct Room {
    accounts: Accounts,
    vault: Arc<Paths>,
    _directory: tempfile::TempDir,
}

/// As a restore leaves it, with a milestone to go on from.
fn restored(tx: &Transaction<'_>) -> Result<(), StoreError> {
    let state = r#"{"backup_ms": 1, "restored_ms": 2, "log_id_before": "", "issuing_released": false, "skip_ahead": 0,
        "checked": false, "payments_released": false}"#;
    restore::put(tx, &serde_json::from_str(state).unwrap())?;
    meta::put(tx, MetaKey::SeedOrigin, b"existing")?;
    let id = MilestoneId::from_slice(&[1; 32]).unwrap();
    meta::begin_cursor(tx, &Position { index: MilestoneIndex(1), id, time: UnixTime(1) })
}

impl Room {
    fn with(accounts: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let fill = move |tx: &Transaction<'_>| {
            restored(tx)?;
            for account in 0..accounts {
                account::insert(tx, &format!("account {account}"), false, 1)?;
                account::set_next(tx, account, false, 1)?;
            }
            Ok::<_, StoreError>(())
        };
        store.writer().commit(fill).unwrap();
        let vault = Arc::new(Paths { calls: AtomicI64::new(i64::MAX) });
        let keys = Arc::clone(&vault) as Arc<dyn SecretManager>;
        let accounts = Accounts::load(store, keys, Arc::new(Stardust), Arc::new(ManualClock::default())).unwrap();
        accounts.check_seed().unwrap();
        Self { accounts, vault, _directory: directory }
    }

    fn release(&self, issued: &IssuedBefore) -> Result<Released, AccountError> {
        self.accounts.release_issuing(issued, |_| Ok(()))
    }

    /// The vault is locked after so many steps.
    fn interrupted(&self, issued: &IssuedBefore, steps: i64) {
        self.vault.calls.store(steps, Ordering::SeqCst);
        assert!(matches!(self.release(issued), Err(AccountError::Keys(KeyError::Locked))));
        self.vault.calls.store(i64::MAX, Ordering::SeqCst);
        assert!(self.accounts.store.readers().read(issuing_frozen).unwrap());
    }

    /// Where each account goes on.
    fn next(&self) -> Vec<(u32, u32)> {
        let rows = self.accounts.store.readers().read(all_accounts).unwrap();
        rows.iter().map(|row| (row.public_next, row.internal_next)).collect()
    }

    fn past(&self, account: u32, key_index: u32) -> Past {
        self.accounts.address(AddressKey { account, internal: false, key_index }).unwrap().unwrap().past
    }
}

fn counts(public: impl IntoIterator<Item = u32>) -> IssuedBefore {
    let account =
        |(account, public)| IssuedAccount { account, alias: Some(format!("account {account}")), public, internal: 0 };
    IssuedBefore::Exact((0..).zip(public).map(account).collect())
}

fn refused(result: Result<Released, AccountError>) {
    assert!(matches!(result, Err(AccountError::Statement(_))), "{result:?}");
}

#[test]
fn a_release_that_was_interrupted_goes_on_and_skips_no_more_than_was_stated() {
    let room = Room::with(150);
    let by = IssuedBefore::SkipAhead(100);
    room.interrupted(&by, 1);
    let next = room.next();
    assert_eq!((next[0], next[49], next[149]), ((101, 100), (101, 100), (1, 0)), "one step of 10,000 addresses");
    room.interrupted(&by, 1);
    assert_eq!(room.next()[99], (101, 100));
    assert_eq!(room.release(&by).unwrap(), Released { skipped: 30_000, accounts: 0 });
    assert_eq!(room.next(), [(101, 100); 150]);
    assert_eq!(room.accounts.watch().len(), 30_000);
    assert!(!room.accounts.store.readers().read(issuing_frozen).unwrap());
    assert!(matches!(room.release(&by), Err(AccountError::NotFrozen)));
    assert_eq!(room.accounts.store.readers().read(release::all).unwrap(), [], "nothing of it is left");
}

#[test]
fn what_is_stated_after_an_interruption_is_compared_with_the_backup() {
    let room = Room::with(3);
    room.interrupted(&IssuedBefore::SkipAhead(8_000), 1);
    assert_eq!(room.next(), [(8_001, 2_000), (1, 0), (1, 0)]);
    refused(room.release(&counts([0, 1, 1])));
    assert_eq!(room.release(&counts([2, 9, 1])).unwrap().skipped, 10_000 + 8);
    assert_eq!(room.next(), [(8_001, 2_000), (9, 0), (1, 0)], "what was registered stays");
}

#[test]
fn what_an_account_held_that_is_made_anew_is_looked_for_also_after_an_interruption() {
    let room = Room::with(1);
    let stated = counts([15_000, 5]);
    room.interrupted(&stated, 1);
    assert_eq!(room.next(), [(10_001, 0), (0, 0)]);
    assert_eq!(room.release(&stated).unwrap(), Released { skipped: 14_999 + 5, accounts: 1 });
    assert_eq!((room.past(0, 14_999), room.past(1, 4)), (Past::New, Past::Unchecked));
}

#[test]
fn a_failure_of_what_comes_with_the_accounts_leaves_nothing_of_them() {
    let room = Room::with(1);
    let failed = room.accounts.release_issuing(&counts([1, 5]), |_| Err(AccountError::NetworkUnknown));
    assert!(matches!(failed, Err(AccountError::NetworkUnknown)));
    assert_eq!(room.next(), [(1, 0)]);
    assert_eq!(room.accounts.store.readers().read(release::all).unwrap(), []);
}

#[test]
fn so_many_addresses_as_documented_are_skipped() {
    let rows = |accounts| Room::with(accounts).accounts.store.readers().read(all_accounts).unwrap();
    let planned = |rows: &[AccountRow], by| ahead(rows, rows, by).and_then(|plan| check_limit(plan.addresses()));
    for (accounts, most) in [(1, 2_500_000), (150, 16_666), (250, 10_000)] {
        let rows = rows(accounts);
        planned(&rows, most).unwrap();
        assert!(matches!(planned(&rows, most + 1), Err(AccountError::Statement(_))), "{accounts}");
    }
    // nobody sees how many accounts will be made
    assert!(matches!(planned(&[], 2_500_001), Err(AccountError::Statement(_))));
    let room = Room::with(2);
    for mistyped in [counts([2_000_000_000, 1]), counts([2_500_001, 2_500_002]), IssuedBefore::SkipAhead(2_000_000_000)]
    {
        refused(room.release(&mistyped));
    }
    assert_eq!(room.next(), [(1, 0); 2], "nothing was begun");
    let Plan { ranges, .. } = exact(&[], &[], &one_of_each(3)).unwrap();
    assert_eq!(steps(ranges).len(), 1, "many chains of few addresses share a step");
}

fn one_of_each(accounts: u32) -> Vec<IssuedAccount> {
    match counts((0..accounts).map(|_| 1)) {
        IssuedBefore::Exact(counts) => counts,
        IssuedBefore::SkipAhead(_) => Vec::new(),
    }
}

#[test]
fn one_account_a_customer_can_be_released_by_counts() {
    let room = Room::with(20_000);
    let stated = IssuedBefore::Exact(one_of_each(25_000));
    assert_eq!(room.release(&stated).unwrap(), Released { skipped: 5_000, accounts: 5_000 });
    assert_eq!(room.next(), [(1, 0); 25_000]);
}
