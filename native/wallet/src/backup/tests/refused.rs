//! What is no whole backup of this password is refused, each with its own kind, and leaves nothing behind.

use std::collections::BTreeSet;

use super::*;
use crate::error::ErrorKind;

/// A backup of more than two chunks, and what is needed to try it.
struct Sample {
    place: Place,
    bytes: Vec<u8>,
}

impl Sample {
    fn new() -> Self {
        let place = Place::new();
        let wallet = place.start();
        let account = wallet.account("alice");
        wallet.manager.generate_addresses(&account, 500, false, Some("a label")).unwrap();
        wallet.manager.backup(&place.file(), &password("backup")).unwrap();
        wallet.manager.close();
        let bytes = fs::read(place.file()).unwrap();
        assert!(bytes.len() > 3 * super::super::stream::CHUNK, "{} bytes", bytes.len());
        Self { place, bytes }
    }

    /// The kind with which these bytes are refused; nothing is left of the try.
    fn refusal(&self, bytes: &[u8]) -> ErrorKind {
        fs::write(self.place.file(), bytes).unwrap();
        self.refused()
    }

    fn refused(&self) -> ErrorKind {
        let before = self.place.names();
        let error = self.place.restore().expect_err("it was not refused");
        assert_eq!(self.place.names(), before, "{error}");
        error.kind()
    }
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_damaged() {
    let sample = Sample::new();
    let (length, chunk) = (sample.bytes.len(), super::super::stream::CHUNK + super::super::stream::TAG);
    let content = 8 + 2 + 2 + usize::from(u16::from_le_bytes([sample.bytes[10], sample.bytes[11]])) + 32;
    let ends = [content, content + 1, content + 16, content + chunk, content + chunk + 1, content + 2 * chunk];
    let spread = (0..40).map(|part| length * part / 40).filter(|at| *at >= 8);
    for at in ends.into_iter().chain(spread).chain([8, 9, 11, 12, length - 1, length - 16, length - 17]) {
        assert_eq!(sample.refusal(&sample.bytes[..at]), ErrorKind::BackupDamaged, "cut off at {at} of {length}");
    }
    for at in 0..8 {
        assert_eq!(sample.refusal(&sample.bytes[..at]), ErrorKind::BackupForeign, "cut off at {at}");
    }
    let longer = [sample.bytes.as_slice(), &[0]].concat();
    assert_eq!(sample.refusal(&longer), ErrorKind::BackupDamaged);
    fs::write(sample.place.file(), &sample.bytes).unwrap();
    sample.place.restore().unwrap();
}

#[test]
fn a_file_with_any_bit_changed_is_refused() {
    let sample = Sample::new();
    let length = sample.bytes.len();
    let mut kinds = BTreeSet::new();
    let spread = (0..200).map(|part| length * part / 200);
    for at in (0..320).chain(spread).chain([length - 1, length - 16, length - 17]) {
        let mut bytes = sample.bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        let kind = sample.refusal(&bytes);
        let expected = match at {
            0..8 => ErrorKind::BackupForeign,
            8..10 => ErrorKind::BackupVersion,
            _ => ErrorKind::BackupDamaged,
        };
        assert_eq!(kind, expected, "byte {at}");
        kinds.insert(kind);
    }
    assert_eq!(kinds.len(), 3);
}

#[test]
fn parts_that_change_places_or_come_from_another_backup_are_refused() {
    let sample = Sample::new();
    let chunk = super::super::stream::CHUNK + super::super::stream::TAG;
    let content = 8 + 2 + 2 + usize::from(u16::from_le_bytes([sample.bytes[10], sample.bytes[11]])) + 32;
    let part = |number: usize| content + number * chunk..content + (number + 1) * chunk;
    let mut swapped = sample.bytes.clone();
    let first = sample.bytes[part(0)].to_vec();
    swapped.copy_within(part(1), part(0).start);
    swapped[part(1)].copy_from_slice(&first);
    assert_eq!(sample.refusal(&swapped), ErrorKind::BackupDamaged);
    let without = [&sample.bytes[..part(1).start], &sample.bytes[part(1).end..]].concat();
    assert_eq!(sample.refusal(&without), ErrorKind::BackupDamaged);
    let twice = [&sample.bytes[..part(1).end], &sample.bytes[part(1).start..]].concat();
    assert_eq!(sample.refusal(&twice), ErrorKind::BackupDamaged);
    let other = Sample::new();
    let mixed = [&sample.bytes[..content], &other.bytes[content..]].concat();
    assert_eq!(sample.refusal(&mixed), ErrorKind::BackupDamaged);
}

#[test]
fn a_later_format_another_file_and_another_password_are_told_apart() {
    let sample = Sample::new();
    let mut later = sample.bytes.clone();
    later[8] = 2;
    assert_eq!(sample.refusal(&later), ErrorKind::BackupVersion);
    assert_eq!(sample.refusal(b"SQLite format 3\0 and so on"), ErrorKind::BackupForeign);
    assert_eq!(sample.refusal(b""), ErrorKind::BackupForeign);
    fs::write(sample.place.file(), &sample.bytes).unwrap();
    let wrong = AccountManager::restore(&sample.place.file(), &password("other"), &config(&sample.place.restored()), 0);
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::WrongPassword);
    assert!(!sample.place.restored().exists());
}

#[test]
fn who_guesses_the_password_of_a_backup_has_to_wait_even_with_the_right_one() {
    let sample = Sample::new();
    let restore = |text| {
        let target = config(&sample.place.restored());
        AccountManager::restore(&sample.place.file(), &password(text), &target, 0).map_err(|error| error.kind())
    };
    // so often that the last pause is longer than this test takes
    for wrong in 0..10 {
        crate::keys::elapse(&sample.place.file());
        assert_eq!(restore("other").unwrap_err(), ErrorKind::WrongPassword, "{wrong}");
    }
    for text in ["backup", "d"] {
        assert_eq!(restore(text).unwrap_err(), ErrorKind::PasswordThrottled);
    }
    assert!(!sample.place.restored().exists());
    crate::keys::elapse(&sample.place.file());
    restore("backup").unwrap();
}

#[test]
fn what_cannot_be_read_and_what_is_no_file_is_refused() {
    let sample = Sample::new();
    fs::remove_file(sample.place.file()).unwrap();
    assert_eq!(sample.refused(), ErrorKind::BackupIo, "it is missing");
    fs::create_dir(sample.place.file()).unwrap();
    assert_eq!(sample.refused(), ErrorKind::BackupForeign, "a directory");
    let below = sample.place.wallet().join("wallet.db").join("file");
    let refused = AccountManager::restore(&below, &password("backup"), &config(&sample.place.restored()), 0);
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::BackupIo, "below a file");
}

#[test]
fn a_place_with_anything_in_it_is_refused_and_left_as_it_is() {
    let sample = Sample::new();
    let restored = sample.place.restored();
    fs::create_dir(&restored).unwrap();
    fs::write(restored.join("notes.txt"), "mine").unwrap();
    assert_eq!(sample.refused(), ErrorKind::RestoreTarget);
    assert_eq!(fs::read_dir(&restored).unwrap().count(), 1);
    fs::remove_dir_all(&restored).unwrap();
    fs::write(&restored, "a file").unwrap();
    assert_eq!(sample.refused(), ErrorKind::RestoreTarget);
    fs::remove_file(&restored).unwrap();
    // the wallet itself is no place for its own backup
    let own = AccountManager::restore(&sample.place.file(), &password("backup"), &config(&sample.place.wallet()), 0);
    assert_eq!(own.unwrap_err().kind(), ErrorKind::RestoreTarget);
    // an empty directory is one, and keeps its own permissions
    fs::create_dir(&restored).unwrap();
    sample.place.restore().unwrap();
}

#[test]
fn a_backup_of_another_kind_of_wallet_is_refused() {
    let sample = Sample::new();
    let iota = Config { coin_type: CoinType::IOTA, ..config(&sample.place.restored()) };
    let vault = sample.place.restored().join("wallet.stronghold");
    let vault = Config { secret: SecretConfig::Stronghold { path: vault }, ..config(&sample.place.restored()) };
    for other in [iota, vault] {
        let refused = AccountManager::restore(&sample.place.file(), &password("backup"), &other, 0).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StorageMismatch);
        assert!(!sample.place.restored().exists());
    }
}

#[test]
fn a_backup_overwrites_nothing_and_leaves_nothing_when_it_fails() {
    let place = Place::new();
    let wallet = place.start();
    let refused = |path: &Path| match wallet.manager.backup(path, &password("backup")) {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.kind(),
    };
    fs::write(place.file(), "something else").unwrap();
    assert_eq!(refused(&place.file()), ErrorKind::BackupExists);
    assert_eq!(fs::read(place.file()).unwrap(), b"something else");
    assert_eq!(refused(place.directory.path()), ErrorKind::BackupExists);
    assert_eq!(refused(&place.directory.path().join("missing").join("file")), ErrorKind::BackupIo);
    assert_eq!(place.names(), ["wallet", "wallet.backup"]);
    let copy = place.wallet().join("wallet.db.copy");
    assert!(!copy.exists());
    // what a crash left is removed by the next, and what others are called is not
    fs::remove_file(place.file()).unwrap();
    fs::write(place.directory.path().join(".wallet.backup.0123456789abcdef.new"), "half").unwrap();
    fs::write(place.directory.path().join(".wallet.backup.new"), "somebody's").unwrap();
    fs::write(&copy, "half").unwrap();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    assert_eq!(place.names(), [".wallet.backup.new", "wallet", "wallet.backup"]);
    assert!(!copy.exists());
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_a_backup_and_what_comes_of_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let wallet = place.start();
    wallet.manager.backup(&place.file(), &password("backup")).unwrap();
    place.restore().unwrap();
    for path in [place.file(), place.restored().join("wallet.db")] {
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
}
