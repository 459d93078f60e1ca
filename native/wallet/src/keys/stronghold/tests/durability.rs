//! A file that was written although its directory could not be synced, and files that are not the ones that were written.

use super::*;

#[test]
fn a_seed_that_may_not_be_durable_is_stored_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let told = unsynced(|| vault.store_mnemonic(&mnemonic()));
    assert!(matches!(&told, Err(KeyError::NotDurable { path: at, .. }) if *at == path), "{told:?}");
    assert_eq!(vault.status(), VaultStatus::Unlocked);
    assert_has_the_keys(&vault);
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::AlreadyStored)), "it is done");
    let another = manager(&path);
    another.set_password(&password("right")).unwrap();
    assert_has_the_keys(&another);
}

#[test]
fn a_password_whose_change_may_not_be_durable_is_changed_and_told() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let told = unsynced(|| vault.change_password(&password("right"), &password("b")));
    assert!(matches!(told, Err(KeyError::NotDurable { .. })), "{told:?}");
    vault.set_password(&password("b")).unwrap();
    assert!(vault.vault_file().unwrap().is_some(), "it is the one that was written");
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::WrongPassword)));
}

/// Runs it where so many files more fit on the disk.
fn with_room<T>(files: u32, work: impl FnOnce() -> T) -> T {
    temporary::ROOM.set(Some(files));
    let done = work();
    temporary::ROOM.set(None);
    done
}

#[test]
fn a_change_that_fails_on_a_full_disk_leaves_both_generations_as_they_were() {
    let (directory, path) = stored();
    let vault = manager(&path);
    vault.change_password(&password("right"), &password("b")).unwrap();
    let both = || [&path, &vault.previous_path()].map(|file| fs::read(file).unwrap());
    let before = both();
    for room in 0..2 {
        let full = with_room(room, || vault.change_password(&password("b"), &password("c")));
        assert!(matches!(full, Err(KeyError::Io { operation: "write", .. })), "{room}: {full:?}");
        assert!(both() == before, "room for {room}");
        assert_eq!(names(&directory), ["wallet.stronghold", "wallet.stronghold.previous"]);
    }
    manager(&vault.previous_path()).set_password(&password("right")).unwrap();
    with_room(2, || vault.change_password(&password("b"), &password("c"))).unwrap();
    assert_eq!(fs::read(vault.previous_path()).unwrap(), before[0]);
}

#[test]
fn only_the_file_that_was_opened_or_written_last_is_copied() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let vault = manager(&path);
    assert!(vault.vault_file().unwrap().is_none(), "there is none yet");
    vault.set_password(&password("right")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    let written = fs::read(&path).unwrap();
    assert_eq!(vault.vault_file().unwrap().as_ref(), Some(&written));
    // the last byte, which nobody sees without the password: whether it is unlocked or not
    let mut flipped = written.clone();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, &flipped).unwrap();
    for _ in 0..2 {
        assert!(matches!(vault.vault_file(), Err(KeyError::Damaged { .. })));
        vault.lock().unwrap();
    }
    // another whole one, put in its place, is taken when it was opened
    let (_other, other) = stored();
    fs::copy(&other, &path).unwrap();
    assert!(matches!(vault.vault_file(), Err(KeyError::Damaged { .. })));
    vault.set_password(&password("right")).unwrap();
    assert_eq!(vault.vault_file().unwrap(), Some(fs::read(&other).unwrap()));
    vault.change_password(&password("right"), &password("b")).unwrap();
    assert_eq!(vault.vault_file().unwrap(), Some(fs::read(&path).unwrap()));
    fs::remove_file(&path).unwrap();
    assert!(matches!(vault.vault_file(), Err(KeyError::VaultMissing { .. })));
}

#[test]
fn of_a_vault_that_was_never_opened_all_is_checked_that_can_be_seen() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let good = fs::read(&path).unwrap();
    assert_eq!(vault.vault_file().unwrap().as_ref(), Some(&good));
    let body = 7 + b"age-encryption.org/v1\n-> scrypt ".len() + 22 + 4 + 43 + 1 + 4 + 43 + 1;
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        vault.vault_file()
    };
    for length in 0..=body + 32 {
        assert!(matches!(refused(&good[..length]), Err(KeyError::Damaged { .. })), "{length}");
    }
    for (at, byte) in good.iter().enumerate().take(body) {
        let mut strange = good.clone();
        // in none of the alphabets
        strange[at] = if *byte == 0xff { 0 } else { 0xff };
        let error = refused(&strange);
        assert!(
            matches!(
                error,
                Err(KeyError::Damaged { .. } | KeyError::NotAVault { .. } | KeyError::UnsupportedVersion { .. })
            ),
            "{at}: {error:?}"
        );
    }
    assert!(matches!(refused(b"PARTI and something else"), Err(KeyError::UnsupportedVersion { .. })));
    assert!(matches!(refused(b"SQLite format 3\0"), Err(KeyError::NotAVault { .. })));
    let greedy = String::from_utf8_lossy(&good[7..70]).replacen(" 10\n", " 21\n", 1);
    let greedy = [&good[..7], greedy.as_bytes(), &good[70..]].concat();
    assert!(matches!(refused(&greedy), Err(KeyError::WorkFactor { found: 21, .. })));
    // as large as a backup of iota-sdk
    let large = Contents::new((0_u8..=250).cycle().map(|byte| byte.wrapping_mul(byte)).take(200_000).collect());
    let large = snapshot::encrypt(&large, &password("right").snapshot_key(), QUICK).unwrap();
    refused(&large).unwrap();
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_a_missing_vault_and_stays() {
    let directory = tempfile::tempdir().unwrap();
    let (link, elsewhere) = (directory.path().join("wallet.stronghold"), directory.path().join("mounted").join("v"));
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    let vault = manager(&link);
    assert_eq!(vault.status(), VaultStatus::Locked, "there is to be one");
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(vault.change_password(&password("right"), &password("b")), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(vault.vault_file(), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(file::replace(&link, b"new", |_| Ok(())), Err(KeyError::VaultMissing { .. })));
    // and one that came to be so while a vault was begun
    fs::remove_file(&link).unwrap();
    vault.set_password(&password("right")).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::VaultMissing { .. })));
    assert_eq!(fs::read_link(&link).unwrap(), elsewhere);
    assert_eq!(names(&directory), ["wallet.stronghold"]);
}

#[cfg(unix)]
#[test]
fn a_vault_without_permission_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = stored();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return crate::testing::not_tested("this user reads every file");
    }
    let vault = manager(&path);
    assert_eq!(vault.status(), VaultStatus::Locked);
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::Io { operation: "read", .. })));
    assert!(matches!(vault.vault_file(), Err(KeyError::Io { .. })));
}

#[test]
fn a_lock_that_another_program_keeps_holds_nobody_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    fs::write(&path, b"old").unwrap();
    let held = fs::File::open(&path).unwrap();
    held.lock_shared().unwrap();
    file::replace(&path, b"new", |_| Ok(())).unwrap().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn who_was_faster_while_the_generation_before_was_kept_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    fs::write(&path, b"old").unwrap();
    let looks = std::cell::Cell::new(0);
    let replaced = file::replace(&path, b"ours", |found| {
        looks.set(looks.get() + 1);
        if looks.get() == 1 {
            assert_eq!(found, Some(&b"old"[..]));
            // another process, which waited for no lock
            fs::write(&path, b"theirs").unwrap();
            return Ok(());
        }
        if found == Some(b"old") { Ok(()) } else { Err(KeyError::WrongPassword) }
    });
    assert!(matches!(replaced, Err(KeyError::WrongPassword)));
    assert_eq!(fs::read(&path).unwrap(), b"theirs");
    assert_eq!(names(&directory), ["wallet.stronghold", "wallet.stronghold.previous"]);
}
