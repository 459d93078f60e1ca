use super::*;
use crate::keys::{CoinType, KeyPath, Mnemonic, StrongholdManager};

/// An hour, which no test takes.
const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

struct Vault {
    unlocked: Arc<Unlocked>,
    _directory: tempfile::TempDir,
}

impl Vault {
    /// A vault with a seed, locked.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(directory.path()).unwrap());
        let path = directory.path().join("wallet.stronghold");
        let secrets = StrongholdManager::new(path, CoinType::IOTA).with_work_factor(10);
        let unlocked = Unlocked::new(Arc::new(secrets), store);
        unlocked.open(&password(), None).unwrap();
        unlocked.fill(|| unlocked.secrets.store_mnemonic(&Mnemonic::generate().unwrap())).unwrap();
        unlocked.secrets.lock().unwrap();
        Self { unlocked, _directory: directory }
    }

    fn keys(&self) -> Result<Vec<[u8; 32]>, KeyError> {
        self.unlocked.secrets.public_keys(&[KeyPath::new(0, false, 0).unwrap()])
    }

    /// Waits until the secret manager itself has this status.
    fn wait_for(&self, status: VaultStatus) {
        for _ in 0..20_000 {
            if self.unlocked.secrets.status() == status {
                return;
            }
            thread::sleep(SHORT);
        }
        panic!("it did not become {status:?}");
    }

    /// Its time is over now, and is looked at, by the timer and by what the timer does, which may be slow to wake.
    fn end_time(&self) {
        self.unlocked.times().until = Some(Instant::now());
        self.unlocked.changed.notify_all();
        self.unlocked.lock_when_over();
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.unlocked.close();
    }
}

fn password() -> Password {
    Password::new(b"right".to_vec()).unwrap()
}

#[test]
fn it_locks_by_itself_when_its_time_is_over() {
    let vault = Vault::new();
    for _ in 0..2 {
        vault.unlocked.open(&password(), Some(SHORT)).unwrap();
        vault.wait_for(VaultStatus::Locked);
        assert!(matches!(vault.keys(), Err(KeyError::Locked)));
    }
    // without a time it stays open, and a long one is no short one
    for time in [None, Some(LONG), Some(Duration::MAX)] {
        vault.unlocked.open(&password(), time).unwrap();
        assert_eq!(vault.unlocked.status(), VaultStatus::Unlocked);
        drop(vault.unlocked.work().unwrap());
        vault.keys().unwrap();
    }
}

#[test]
fn it_never_locks_while_somebody_is_at_work_and_nobody_begins_any_more() {
    let vault = Vault::new();
    vault.unlocked.open(&password(), Some(LONG)).unwrap();
    let working = [vault.unlocked.work().unwrap(), vault.unlocked.work().unwrap()];
    vault.end_time();
    assert_eq!(vault.unlocked.status(), VaultStatus::Locked, "for those who would begin now");
    assert!(matches!(vault.unlocked.work(), Err(KeyError::Locked)));
    vault.keys().expect("the work that has begun goes on");
    let [first, second] = working;
    drop(first);
    vault.keys().expect("the other one too");
    drop(second);
    assert!(matches!(vault.keys(), Err(KeyError::Locked)), "locked with the end of the last one");
}

#[test]
fn a_new_password_call_replaces_the_time() {
    let vault = Vault::new();
    vault.unlocked.open(&password(), Some(LONG)).unwrap();
    let working = vault.unlocked.work().unwrap();
    vault.end_time();
    vault.unlocked.open(&password(), Some(LONG)).unwrap();
    drop(working);
    assert_eq!(vault.unlocked.status(), VaultStatus::Unlocked);
    vault.keys().unwrap();
    // a wrong one changes nothing
    let wrong = Password::new(b"wrong".to_vec()).unwrap();
    assert!(matches!(vault.unlocked.open(&wrong, Some(SHORT)), Err(KeyError::WrongPassword)));
    assert!(vault.unlocked.times().until.is_some_and(|until| until > Instant::now() + LONG / 2));
}

#[test]
fn the_time_of_an_old_vault_does_not_lock_a_new_one() {
    let vault = Vault::new();
    vault.unlocked.open(&password(), Some(SHORT)).unwrap();
    vault.wait_for(VaultStatus::Locked);
    // opened behind its back: another generation
    vault.unlocked.times().until = Some(Instant::now());
    vault.unlocked.secrets.set_password(&password()).unwrap();
    vault.unlocked.lock_when_over();
    assert_eq!(vault.unlocked.status(), VaultStatus::Unlocked);
}

#[test]
fn a_vault_that_is_filled_keeps_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(directory.path()).unwrap());
    let secrets = StrongholdManager::new(directory.path().join("v"), CoinType::IOTA).with_work_factor(10);
    let unlocked = Unlocked::new(Arc::new(secrets), store);
    unlocked.open(&password(), Some(LONG)).unwrap();
    unlocked.fill(|| unlocked.secrets.store_mnemonic(&Mnemonic::generate().unwrap())).unwrap();
    assert_eq!(unlocked.status(), VaultStatus::Unlocked);
    unlocked.times().until = Some(Instant::now());
    assert_eq!(unlocked.status(), VaultStatus::Locked);
    unlocked.lock_when_over();
    assert_eq!(unlocked.secrets.status(), VaultStatus::Locked);
    unlocked.close();
}
