use std::fs;

use iota_stronghold::{KeyProvider, SnapshotPath, Stronghold, engine::snapshot::compress, engine::snapshot::migration};
use tempfile::TempDir;

use super::*;
use crate::keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, SecretManager, StrongholdManager};

const WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base attack \
    because joke dream slender leisure group reason prepare broken river";
/// What wallet.rs 1.0.0-rc.2 wrote, by `make_wallet_rs_fixtures.py` of the export program: a vault, and a backup.
const VAULT_FILE: &[u8] = include_bytes!("../fixtures/version-2.stronghold");
const BACKUP: &[u8] = include_bytes!("../fixtures/version-2-backup.stronghold");
const PASSWORD: &str = "A password, with ümlaut";
/// 1 MiB and milliseconds.
const QUICK: u8 = 10;

fn password(text: &str) -> Password {
    Password::new(text.as_bytes().to_vec()).unwrap()
}

fn mnemonic() -> Mnemonic {
    Mnemonic::parse(WORDS).unwrap()
}

/// A file in the form of wallet.rs: `plain` compressed, under the key that it made of `secret`.
fn file_2(plain: &[u8], secret: &Password) -> Vec<u8> {
    let key =
        x25519::SecretKey::try_from_slice(&secret.stretched(b"wallet.rs", 100.try_into().unwrap()).borrow()).unwrap();
    let ephemeral = x25519::SecretKey::generate().unwrap();
    let (theirs, ours) = (ephemeral.public_key(), key.public_key());
    let nonce = Blake2b256::digest([theirs.to_bytes(), ours.to_bytes()].concat());
    let plain = compress(plain);
    let (mut tag, mut body) = ([0; TAG], vec![0; plain.len()]);
    let shared = ephemeral.diffie_hellman(&ours).to_bytes();
    XChaCha20Poly1305::try_encrypt(&shared, &nonce[..NONCE], &[], &plain, &mut body, &mut tag).unwrap();
    [b"PARTI\x02\x00".as_slice(), &theirs.to_bytes(), &tag, &body].concat()
}

/// A directory with this file, its path and its bytes.
fn lying(bytes: &[u8]) -> (TempDir, std::path::PathBuf, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("old.stronghold");
    fs::write(&path, bytes).unwrap();
    (directory, path, bytes.to_vec())
}

/// The backup of wallet.rs.
fn old() -> (TempDir, std::path::PathBuf, Vec<u8>) {
    lying(BACKUP)
}

fn refusal(path: &Path, with: &str) -> KeyError {
    super::super::throttle::elapse(path);
    match ForeignSnapshot::open(path, &password(with)) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

fn assert_has_the_seed(snapshot: &ForeignSnapshot) {
    let path = [KeyPath::new(0, false, 0).unwrap()];
    let found = MnemonicManager::from_seed(&snapshot.seed().unwrap().unwrap(), CoinType::SHIMMER);
    let known = MnemonicManager::new(&mnemonic(), CoinType::SHIMMER);
    assert_eq!(found.public_keys(&path).unwrap(), known.public_keys(&path).unwrap());
}

#[test]
fn version_2_is_read_where_it_lies() {
    let (_directory, path, bytes) = old();
    let snapshot = ForeignSnapshot::open(&path, &password(PASSWORD)).unwrap();
    assert_has_the_seed(&snapshot);
    assert_eq!(*snapshot.value("coin_type").unwrap().unwrap(), 4219_u32.to_le_bytes());
    assert_is_of_the_treasury(&snapshot.value("accounts").unwrap().unwrap());
    assert!(snapshot.value("others").unwrap().is_none());
    assert_eq!(fs::read(&path).unwrap(), bytes);

    let (_directory, path, bytes) = lying(VAULT_FILE);
    let snapshot = ForeignSnapshot::open(&path, &password(PASSWORD)).unwrap();
    assert_has_the_seed(&snapshot);
    assert!(snapshot.value("accounts").unwrap().is_none());
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

/// Each account is a text in the list.
fn assert_is_of_the_treasury(accounts: &[u8]) {
    let accounts: Vec<String> = serde_json::from_slice(accounts).unwrap();
    assert_eq!(accounts.len(), 1);
    let account: serde_json::Value = serde_json::from_str(&accounts[0]).unwrap();
    assert_eq!((&account["alias"], &account["publicAddresses"][0]["keyIndex"]), (&"Treasury".into(), &0.into()));
}

/// As a backup of iota-sdk is with the transactions of years. The files have holes in place of bytes.
#[test]
fn a_snapshot_of_more_than_a_vault_s_size_is_read_and_one_beyond_the_limit_told_as_such() {
    // the lines of the header end, or all of the hole would be looked through for their end
    let (_directory, path, _) = lying(b"PARTI\x03\x00age-encryption.org/v1\n-> scrypt ? ?\n\n");
    let resize = |bytes| fs::File::options().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    resize((256 << 20) + 1);
    let error = refusal(&path, "any");
    assert!(matches!(error, KeyError::Damaged { .. }), "{error:?}");
    let error = StrongholdManager::new(&path, CoinType::SHIMMER).set_password(&password("any")).unwrap_err();
    assert!(matches!(error, KeyError::TooLarge { mebibytes: 256, .. }), "{error:?}");
    resize((2 << 30) + 1);
    let error = refusal(&path, "any");
    assert!(error.to_string().ends_with("is larger than 2048 MiB, the most that is read"), "{error}");
    let target = path.with_file_name("new");
    let migrated = migrate(&path, &target, &password("any"), None, QUICK);
    assert!(matches!(migrated, Err(KeyError::TooLarge { mebibytes: 2048, .. })), "{migrated:?}");
}

#[test]
fn a_migrated_file_opens_as_a_vault_and_keeps_the_values() {
    let (directory, path, bytes) = old();
    for (name, new) in [("same", None), ("new", Some(password("b")))] {
        let target = directory.path().join(name);
        migrate(&path, &target, &password(PASSWORD), new.as_ref(), QUICK).unwrap();
        let opens = new.unwrap_or_else(|| password(PASSWORD));
        let vault = StrongholdManager::new(&target, CoinType::SHIMMER);
        vault.set_password(&opens).unwrap();
        assert_eq!(vault.status(), crate::keys::VaultStatus::Unlocked);
        let snapshot = ForeignSnapshot::open(&target, &opens).unwrap();
        assert_has_the_seed(&snapshot);
        assert_eq!(*snapshot.value("coin_type").unwrap().unwrap(), 4219_u32.to_le_bytes());
        assert_is_of_the_treasury(&snapshot.value("accounts").unwrap().unwrap());
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&target).unwrap().permissions()) & 0o777,
            0o600
        );
    }
    assert_eq!(fs::read(&path).unwrap(), bytes, "the original is as it was");
}

#[test]
fn stronghold_s_own_migration_reads_the_same_file_and_its_client_ours() {
    let (directory, path, _) = old();
    let (theirs, ours) = (directory.path().join("theirs"), directory.path().join("ours"));
    let key = password(PASSWORD).stretched(SALT, ROUNDS);
    let key = key.borrow();
    let key = (&*key).try_into().unwrap();
    migration::migrate(migration::Version::v2(&path, key, &[]), migration::Version::v3(&theirs, PASSWORD.as_bytes()))
        .unwrap();
    assert_has_the_seed(&ForeignSnapshot::open(&theirs, &password(PASSWORD)).unwrap());

    migrate(&path, &ours, &password(PASSWORD), None, QUICK).unwrap();
    let stronghold = Stronghold::default();
    let key = KeyProvider::with_passphrase_hashed_blake2b(PASSWORD.as_bytes().to_vec()).unwrap();
    stronghold.load_snapshot(&key, &SnapshotPath::from_path(&ours)).unwrap();
    let client = stronghold.load_client(b"iota_seed").unwrap();
    let mut sealed = client.store().get(b"accounts").unwrap().unwrap();
    let plain = client
        .execute_procedure(iota_stronghold::procedures::AeadDecrypt {
            cipher: iota_stronghold::procedures::AeadCipher::XChaCha20Poly1305,
            associated_data: Vec::new(),
            nonce: sealed.drain(..NONCE).collect(),
            tag: sealed.drain(..TAG).collect(),
            ciphertext: sealed,
            key: Location::generic(VAULT, VALUES_KEY),
        })
        .unwrap();
    assert_is_of_the_treasury(&plain);
}

#[test]
fn nothing_is_written_over_and_only_version_2_is_migrated() {
    let (directory, path, bytes) = old();
    let right = password(PASSWORD);
    let target = directory.path().join("new");
    fs::write(&target, b"a file of the user").unwrap();
    assert!(matches!(migrate(&path, &target, &right, None, QUICK), Err(KeyError::Exists { .. })));
    assert!(matches!(migrate(&path, &path, &right, None, QUICK), Err(KeyError::Exists { .. })));
    assert_eq!(fs::read(&target).unwrap(), b"a file of the user");
    fs::remove_file(&target).unwrap();

    assert!(matches!(migrate(&path, &target, &password("wrong"), None, QUICK), Err(KeyError::WrongPassword)));
    migrate(&path, &target, &right, None, QUICK).unwrap();
    let again = directory.path().join("again");
    assert!(matches!(migrate(&target, &again, &right, None, QUICK), Err(KeyError::NothingToMigrate { .. })));
    let gone = directory.path().join("gone");
    assert!(matches!(migrate(&gone, &again, &right, None, QUICK), Err(KeyError::VaultMissing { .. })));
    let nowhere = directory.path().join("no such directory").join("new");
    assert!(matches!(migrate(&path, &nowhere, &right, None, QUICK), Err(KeyError::Io { operation: "write", .. })));
    assert_eq!(fs::read(&path).unwrap(), bytes);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2, "nothing is left behind");
}

#[test]
fn damaged_files_of_version_2_are_refused_and_stay_as_they_are() {
    let (_directory, path, bytes) = old();
    for length in [0, 1, 5, 6, 7, 8, 38, 39, 54, 55, 56, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..length]).unwrap();
        match (length, refusal(&path, PASSWORD)) {
            (6, KeyError::NotAVault { .. }) | (..=54, KeyError::Damaged { .. }) | (55.., KeyError::WrongPassword) => {}
            (_, error) => panic!("cut to {length}: {error:?}"),
        }
        assert_eq!(fs::read(&path).unwrap(), bytes[..length]);
    }
    for at in (0..bytes.len()).step_by(bytes.len() / 60) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        match (at, refusal(&path, PASSWORD)) {
            (..=4, KeyError::NotAVault { .. })
            | (5..=6, KeyError::UnsupportedVersion { .. } | KeyError::Damaged { .. })
            | (7.., KeyError::WrongPassword) => {}
            (_, error) => panic!("flipped at {at}: {error:?}"),
        }
    }
    let mut other = bytes.clone();
    other[5] = 1;
    fs::write(&path, &other).unwrap();
    assert!(matches!(refusal(&path, PASSWORD), KeyError::UnsupportedVersion { found: 1, .. }));
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(refusal(&path, "wrong"), KeyError::WrongPassword));
    fs::remove_file(&path).unwrap();
    assert!(matches!(refusal(&path, PASSWORD), KeyError::VaultMissing { .. }));
    fs::create_dir(&path).unwrap();
    assert!(matches!(refusal(&path, PASSWORD), KeyError::NotAVault { .. }));
}

/// What lies inside a file that opens need not be a snapshot's content.
#[test]
fn strange_content_is_damage() {
    let (_directory, path, _) = old();
    for content in [b"".as_slice(), b"not a snapshot", &[0xff; 100]] {
        fs::write(&path, file_2(content, &password(PASSWORD))).unwrap();
        assert!(matches!(refusal(&path, PASSWORD), KeyError::Damaged { .. }));
    }
}
