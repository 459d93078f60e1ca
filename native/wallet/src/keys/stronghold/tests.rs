mod damage;
mod durability;
mod interoperation;
mod locking;

use std::fs;

use tempfile::TempDir;

use super::{super::MnemonicManager, *};

const DEVNET: &str = "giant dynamic museum toddler six deny defense ostrich bomb access mercy blood explain muscle \
    shoot shallow glad autumn author calm heavy hawk abuse rally";
/// 1 MiB and milliseconds; a header with it has the same length as a real one.
const QUICK: u8 = 10;

fn mnemonic() -> Mnemonic {
    Mnemonic::parse(DEVNET).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

fn manager(path: &Path) -> StrongholdManager {
    StrongholdManager::new(path, CoinType::IOTA).with_work_factor(QUICK)
}

/// A directory with a vault in it that holds the devnet's seed, under the password "right".
fn stored() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    (directory, path)
}

fn paths(count: u32) -> Vec<KeyPath> {
    (0..count).map(|n| KeyPath::new(n % 3, n % 2 == 1, n / 3).unwrap()).collect()
}

fn assert_has_the_keys(vault: &StrongholdManager) {
    let known = MnemonicManager::new(&mnemonic(), vault.coin_type());
    assert_eq!(vault.public_keys(&paths(9)).unwrap(), known.public_keys(&paths(9)).unwrap());
}

fn names(directory: &TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn nothing_is_written_before_the_mnemonic_is_stored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    assert_eq!(vault.status(), VaultStatus::Empty);
    assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::NoMnemonic)));
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::Locked)));
    vault.set_password(&password("right")).unwrap();
    assert_eq!(vault.status(), VaultStatus::Empty);
    assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::NoMnemonic)));
    assert!(names(&directory).is_empty());

    vault.store_mnemonic(&mnemonic()).unwrap();
    assert_eq!(vault.status(), VaultStatus::Unlocked);
    assert_eq!(names(&directory), ["wallet.stronghold"]);
    assert_has_the_keys(&vault);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
}

#[test]
fn a_stored_seed_comes_back_with_the_password_under_any_coin_type() {
    let (_directory, path) = stored();
    for coin in [CoinType::IOTA, CoinType::SHIMMER] {
        let vault = StrongholdManager::new(&path, coin);
        assert_eq!(vault.status(), VaultStatus::Locked);
        assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::Locked)));
        assert!(matches!(vault.sign(&[(paths(1)[0], b"")]), Err(KeyError::Locked)));
        vault.set_password(&password("right")).unwrap();
        assert_eq!(vault.status(), VaultStatus::Unlocked);
        assert_has_the_keys(&vault);
    }
}

#[test]
fn bulk_over_several_batches_equals_the_mnemonic_manager_and_single_calls() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let known = MnemonicManager::new(&mnemonic(), CoinType::IOTA);
    let paths = paths(u32::try_from(BATCH).unwrap() * 2 + 7);
    let keys = vault.public_keys(&paths).unwrap();
    assert_eq!(keys, known.public_keys(&paths).unwrap());
    let requests: Vec<(KeyPath, &[u8])> = paths.iter().zip(&keys).map(|(path, key)| (*path, key.as_slice())).collect();
    let signatures = vault.sign(&requests).unwrap();
    assert_eq!(signatures, known.sign(&requests).unwrap());
    for at in [0, 1, BATCH - 1, BATCH, 2 * BATCH + 6] {
        assert_eq!(vault.public_keys(&paths[at..=at]).unwrap(), keys[at..=at]);
        assert_eq!(vault.sign(&requests[at..=at]).unwrap(), signatures[at..=at]);
    }
}

/// Stronghold keeps derived keys as records and fails near 8,173 of them; ours derives without leaving any.
#[test]
fn thousands_of_single_derivations_leave_nothing_in_the_vault() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let path = paths(1);
    let first = vault.public_keys(&path).unwrap();
    for _ in 0..8_500 {
        assert_eq!(vault.public_keys(&path).unwrap(), first);
    }
}

#[test]
fn a_mnemonic_is_stored_once() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let before = fs::read(&path).unwrap();
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::Locked)));
    vault.set_password(&password("right")).unwrap();
    for other in [mnemonic(), Mnemonic::generate().unwrap()] {
        assert!(matches!(vault.store_mnemonic(&other), Err(KeyError::AlreadyStored)));
    }
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_has_the_keys(&vault);
}

#[test]
fn a_file_that_has_appeared_meanwhile_is_not_overwritten() {
    let (directory, path) = stored();
    let new = directory.path().join("new.stronghold");
    let vault = manager(&new);
    vault.set_password(&password("other")).unwrap();
    fs::copy(&path, &new).unwrap();
    assert!(matches!(vault.store_mnemonic(&Mnemonic::generate().unwrap()), Err(KeyError::AlreadyStored)));
    assert_eq!(fs::read(&path).unwrap(), fs::read(&new).unwrap());
}

#[test]
fn wrong_passwords_open_nothing_and_close_nothing() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    for wrong in ["wrong", "Right", "right ", "r"] {
        assert!(matches!(vault.set_password(&password(wrong)), Err(KeyError::WrongPassword)));
        throttle::elapse(&path);
        assert_eq!(vault.status(), VaultStatus::Locked);
    }
    vault.set_password(&password("right")).unwrap();
    assert!(matches!(vault.set_password(&password("wrong")), Err(KeyError::WrongPassword)));
    assert_eq!(vault.status(), VaultStatus::Unlocked);
    assert_has_the_keys(&vault);
    vault.set_password(&password("right")).unwrap();
    assert_has_the_keys(&vault);
}

#[test]
fn locking_takes_the_keys_away_until_the_password_comes_back() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    for _ in 0..2 {
        vault.lock().unwrap(); // also twice
        vault.lock().unwrap();
        assert_eq!(vault.status(), VaultStatus::Locked);
        assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::Locked)));
        vault.set_password(&password("right")).unwrap();
        assert_has_the_keys(&vault);
    }
}

#[test]
fn who_locks_while_a_mnemonic_is_stored_finds_it_locked() {
    for _ in 0..50 {
        let directory = tempfile::tempdir().unwrap();
        let vault = manager(&directory.path().join("wallet.stronghold"));
        vault.set_password(&password("right")).unwrap();
        let stored = std::thread::scope(|scope| {
            let turn = snapshot::SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
            let storing = scope.spawn(|| vault.store_mnemonic(&mnemonic()));
            std::thread::sleep(std::time::Duration::from_millis(20)); // by now it waits for its turn, most often
            vault.lock().unwrap();
            drop(turn);
            storing.join().unwrap()
        });
        assert_eq!(vault.status(), if stored.is_ok() { VaultStatus::Locked } else { VaultStatus::Empty });
        if stored.is_ok() {
            vault.set_password(&password("right")).unwrap();
            return assert_has_the_keys(&vault);
        }
    }
    panic!("locked before the mnemonic was looked at, 50 times");
}

#[test]
fn locking_does_not_disturb_who_is_at_work() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let known = MnemonicManager::new(&mnemonic(), CoinType::IOTA).public_keys(&paths(40)).unwrap();
    vault.set_password(&password("right")).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    match vault.public_keys(&paths(40)) {
                        Ok(keys) => assert_eq!(keys, known),
                        Err(error) => assert!(matches!(error, KeyError::Locked), "{error:?}"),
                    }
                }
            });
        }
        for _ in 0..10 {
            vault.lock().unwrap();
            vault.set_password(&password("right")).unwrap();
        }
    });
    assert_has_the_keys(&vault);
}

#[test]
fn a_changed_password_holds_and_the_generation_before_keeps_its_own() {
    let (directory, path) = stored();
    let vault = manager(&path);
    // locked: works, and leaves it locked
    assert!(matches!(vault.change_password(&password("wrong"), &password("b")), Err(KeyError::WrongPassword)));
    vault.change_password(&password("right"), &password("b")).unwrap();
    assert_eq!(vault.status(), VaultStatus::Locked);
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::WrongPassword)));
    vault.set_password(&password("b")).unwrap();
    // unlocked: works, and leaves it unlocked
    vault.change_password(&password("b"), &password("c")).unwrap();
    assert_has_the_keys(&vault);
    assert!(matches!(vault.change_password(&password("b"), &password("d")), Err(KeyError::WrongPassword)));

    assert_eq!(names(&directory), ["wallet.stronghold", "wallet.stronghold.previous"]);
    #[cfg(unix)]
    for file in [&path, &vault.previous_path()] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    for (file, key) in [(path, "c"), (vault.previous_path(), "b")] {
        let vault = manager(&file);
        vault.set_password(&password(key)).unwrap();
        assert_has_the_keys(&vault);
    }
}

#[test]
fn the_password_of_a_vault_not_yet_written_can_be_changed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    assert!(matches!(vault.change_password(&password("a"), &password("b")), Err(KeyError::Locked)));
    vault.set_password(&password("a")).unwrap();
    assert!(matches!(vault.change_password(&password("x"), &password("b")), Err(KeyError::WrongPassword)));
    vault.change_password(&password("a"), &password("b")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    vault.lock().unwrap();
    assert!(matches!(vault.set_password(&password("a")), Err(KeyError::WrongPassword)));
    vault.set_password(&password("b")).unwrap();
}

#[test]
fn a_missing_vault_is_never_begun_anew() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    fs::remove_file(&path).unwrap();
    // while its seed is in memory
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(vault.change_password(&password("right"), &password("b")), Err(KeyError::VaultMissing { .. })));
    assert_has_the_keys(&vault);

    let expecting = manager(&path).expect_existing(true);
    assert_eq!(expecting.status(), VaultStatus::Locked);
    assert!(matches!(expecting.set_password(&password("right")), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(expecting.public_keys(&paths(1)), Err(KeyError::Locked)));
}

#[test]
fn who_stored_a_mnemonic_expects_its_vault() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    vault.lock().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::VaultMissing { .. })));
    assert_eq!(vault.status(), VaultStatus::Locked);
}

#[test]
fn a_failed_write_leaves_all_as_it_was_and_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("later").join("wallet.stronghold");
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::Io { operation: "write", .. })));
    assert_eq!(vault.status(), VaultStatus::Empty);
    fs::create_dir(path.parent().unwrap()).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    assert_has_the_keys(&vault);
}

#[test]
fn a_vault_that_can_not_be_rewritten_stays_under_its_password() {
    let (directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let before = fs::read(&path).unwrap();
    let obstacle = directory.path().join("wallet.stronghold.previous");
    fs::create_dir(&obstacle).unwrap();
    let failed = vault.change_password(&password("right"), &password("b"));
    assert!(matches!(failed, Err(KeyError::Io { operation: "write", .. })));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(names(&directory), ["wallet.stronghold", "wallet.stronghold.previous"], "nothing half written");
    assert_has_the_keys(&vault);
    fs::remove_dir(&obstacle).unwrap();
    vault.change_password(&password("right"), &password("b")).unwrap();
}

#[test]
fn what_a_crash_left_behind_is_cleared_away() {
    let (directory, path) = stored();
    let vault = manager(&path);
    let (left, busy) = (".wallet.stronghold.0123456789abcdef.new", ".wallet.stronghold.fedcba9876543210.new");
    let others = [".other.stronghold.0123456789abcdef.new", ".wallet.stronghold.new"];
    for name in [left, busy].into_iter().chain(others) {
        fs::write(directory.path().join(name), b"half a va").unwrap();
    }
    // another process is at it
    let writing = fs::File::open(directory.path().join(busy)).unwrap();
    writing.lock().unwrap();
    vault.set_password(&password("right")).unwrap();
    vault.change_password(&password("right"), &password("b")).unwrap();
    let mut all = [&others[..], &[busy, "wallet.stronghold", "wallet.stronghold.previous"]].concat();
    all.sort_unstable();
    assert_eq!(names(&directory), all);
    assert_eq!(fs::read(directory.path().join(busy)).unwrap(), b"half a va");
    vault.set_password(&password("b")).unwrap();
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_followed() {
    let (directory, path) = stored();
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    manager(&link).change_password(&password("right"), &password("b")).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    manager(&path).set_password(&password("b")).unwrap();
}
