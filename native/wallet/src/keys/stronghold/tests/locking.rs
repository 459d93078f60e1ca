//! Locking while somebody is at work, guessing, and panics inside.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use super::*;

/// Waits until `vault` has begun to try a password: it holds its file, and waits for its turn at scrypt.
fn until_it_tries(vault: &StrongholdManager) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while vault.changing.try_lock().is_ok() {
        assert!(Instant::now() < deadline, "it never began");
        thread::yield_now();
    }
}

#[test]
fn who_locks_while_a_password_is_tried_finds_it_locked() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    for open_before in [false, true] {
        let answer = thread::scope(|scope| {
            let turn = snapshot::SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
            let opening = scope.spawn(|| vault.set_password(&password("right")));
            until_it_tries(&vault);
            vault.lock().unwrap();
            drop(turn);
            opening.join().unwrap()
        });
        assert!(matches!(answer, Err(KeyError::Locked)), "{answer:?}");
        assert_eq!(vault.status(), VaultStatus::Locked);
        if !open_before {
            vault.set_password(&password("right")).unwrap();
            assert_has_the_keys(&vault);
        }
    }
}

#[test]
fn locking_an_old_generation_does_not_stop_the_new_one_from_being_opened() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let old = vault.generation();
    thread::scope(|scope| {
        let turn = snapshot::SCRYPT.lock().unwrap_or_else(PoisonError::into_inner);
        let opening = scope.spawn(|| vault.set_password(&password("right")));
        until_it_tries(&vault);
        vault.lock_generation(old).unwrap();
        assert_eq!(vault.status(), VaultStatus::Locked);
        drop(turn);
        opening.join().unwrap().unwrap();
    });
    assert_has_the_keys(&vault);
}

#[test]
fn who_locks_while_others_wait_with_a_password_finds_it_locked() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    thread::scope(|scope| {
        let busy = vault.changing();
        let (begun, began) = mpsc::channel();
        let vault = &vault;
        let opening = scope.spawn(move || {
            let locks = vault.read().locks;
            begun.send(()).unwrap();
            // what `set_password` does once it has its turn
            drop(vault.changing());
            vault.enter(locks, State::Empty { key: password("right").snapshot_key().into(), file: None })
        });
        began.recv().unwrap();
        vault.lock().unwrap();
        drop(busy);
        assert!(matches!(opening.join().unwrap(), Err(KeyError::Locked)));
    });
    assert_eq!(vault.status(), VaultStatus::Locked);
}

#[test]
fn only_the_generation_that_was_meant_is_locked() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let mut before = vault.generation();
    for _ in 0..2 {
        vault.set_password(&password("right")).unwrap();
        assert!(vault.generation() > before, "another seed may be behind it");
        vault.lock_generation(before).unwrap();
        assert_eq!(vault.status(), VaultStatus::Unlocked);
        before = vault.generation();
    }
    vault.lock_generation(before).unwrap();
    assert_eq!(vault.status(), VaultStatus::Locked);
    assert_eq!(vault.generation(), before, "nothing new is behind it");
}

#[test]
fn who_guesses_has_to_wait_even_with_the_right_password() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    let change = |old: &str| vault.change_password(&password(old), &password("right"));
    assert!(matches!(vault.set_password(&password("a")), Err(KeyError::WrongPassword)));
    assert!(matches!(change("b"), Err(KeyError::WrongPassword)));
    assert!(matches!(vault.set_password(&password("c")), Err(KeyError::WrongPassword)));
    // so often that the last pause is longer than this test takes
    for wrong in 4..=10 {
        throttle::elapse(&path);
        assert!(matches!(vault.set_password(&password("c")), Err(KeyError::WrongPassword)), "{wrong}");
    }
    for result in [vault.set_password(&password("right")), change("right"), vault.set_password(&password("d"))] {
        let Err(KeyError::TooManyAttempts { retry_after }) = result else { panic!("{result:?}") };
        assert!(retry_after <= Duration::from_secs(128), "refused attempts make it no longer");
    }
    assert_eq!(vault.status(), VaultStatus::Locked);
    throttle::elapse(&path);
    vault.set_password(&password("right")).unwrap();
    // the count is over
    for _ in 0..2 {
        assert!(matches!(vault.set_password(&password("e")), Err(KeyError::WrongPassword)));
    }
    vault.set_password(&password("right")).unwrap();
    assert_has_the_keys(&vault);
}

/// Whoever asks, by whichever name the file is called.
#[test]
fn wrong_passwords_of_one_file_are_counted_together() {
    let (directory, path) = stored();
    let other = stored();
    #[cfg(unix)]
    let named = {
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        link
    };
    #[cfg(not(unix))]
    let named = directory.path().join(".").join("wallet.stronghold");
    let import = |name: &str| ForeignSnapshot::open(&named, &password(name)).map(drop);
    for wrong in 1..=10 {
        // the first two cost no pause
        if wrong > 3 {
            throttle::elapse(&path);
        }
        let tried = if wrong % 2 == 0 { import("b") } else { manager(&path).set_password(&password("a")) };
        assert!(matches!(tried, Err(KeyError::WrongPassword)), "{wrong}");
    }
    // all ten cost 128 seconds, and the half of them four
    let whole = Duration::from_secs(8);
    let throttled = |result| matches!(result, Err(KeyError::TooManyAttempts { retry_after }) if retry_after > whole);
    assert!(throttled(import("right")) && throttled(manager(&named).set_password(&password("right"))));
    assert!(throttled(manager(&path).change_password(&password("right"), &password("new"))));
    // another file has a count of its own
    manager(&other.1).set_password(&password("right")).unwrap();
    throttle::elapse(&path);
    import("right").unwrap();
    assert!(matches!(import("d"), Err(KeyError::WrongPassword)), "it is counted from the beginning");
    manager(&path).set_password(&password("right")).unwrap();
}

#[test]
fn a_panic_inside_is_an_error_and_the_vault_is_opened_anew() {
    let (_directory, path) = stored();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    let inside = vault.vault().unwrap();
    let panicked = inside.derive::<()>(CoinType::IOTA, |_| panic!("as Stronghold does on what it does not expect"));
    assert!(matches!(panicked, Err(KeyError::Vault { .. })), "{panicked:?}");
    // nobody knows how its guarded memory was left
    assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::Vault { .. })));
    vault.set_password(&password("right")).unwrap();
    assert_has_the_keys(&vault);
}

#[test]
fn a_seed_is_not_added_to_what_is_no_snapshot() {
    let good = vault::with_seed(None, &[1; 64]).unwrap();
    for length in 0..good.len() {
        let torn = Contents::new(good[..length].to_vec());
        assert!(vault::with_seed(Some(&torn), &[1; 64]).is_err(), "{length}");
    }
    for strange in [b"".as_slice(), b"not a snapshot", &[0xFF; 300]] {
        assert!(vault::with_seed(Some(&Contents::new(strange.to_vec())), &[1; 64]).is_err());
    }
}
