//! Files of iota-sdk, and other applications' content in ours.

use iota_stronghold::{
    KeyProvider, Location, SnapshotPath, Stronghold,
    procedures::{Curve, KeyType, PublicKey, Slip10Derive, Slip10DeriveInput},
};

use super::{super::super::address_of, super::super::hex, *};

/// Written by the wheel iota-sdk 1.1.4 of the Python package index, on Linux:
/// `SecretManager(StrongholdSecretManager("iota-sdk-1.1.4.stronghold", "A password, with ümlaut"))` and
/// `.store_mnemonic(…)` with the devnet's mnemonic. Its scrypt work factor is the real one.
const SDK_FILE: &[u8] = include_bytes!("../fixtures/iota-sdk-1.1.4.stronghold");
const SDK_PASSWORD: &str = "A password, with ümlaut";

#[test]
fn a_vault_of_iota_sdk_opens() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    fs::write(&path, SDK_FILE).unwrap();
    let vault = manager(&path);
    vault.change_password(&password(SDK_PASSWORD), &password("b")).unwrap();
    vault.set_password(&password("b")).unwrap();
    assert_has_the_keys(&vault);
    let key = vault.public_keys(&[KeyPath::new(0, false, 1).unwrap()]).unwrap()[0];
    // as the wheel printed it right after storing
    assert_eq!(address_of(&key).as_slice(), hex("9971117726aad11ab4d630ce4234f5d9747bd8d806375796e40411af854f4942"));
    assert_eq!(fs::read(vault.previous_path()).unwrap(), SDK_FILE);
}

/// What other Stronghold applications do with a vault file, by Stronghold's own client.
fn load(path: &Path, key: &str) -> Stronghold {
    let stronghold = Stronghold::default();
    let key = KeyProvider::with_passphrase_hashed_blake2b(key.as_bytes().to_vec()).unwrap();
    stronghold.load_snapshot(&key, &SnapshotPath::from_path(path)).unwrap();
    stronghold
}

#[test]
fn stronghold_itself_opens_our_file_and_derives_the_same_key() {
    let (_directory, path) = stored();
    let stronghold = load(&path, "right");
    let client = stronghold.load_client(b"iota_seed").unwrap();
    let output = Location::generic(b"iota-wallet-secret".to_vec(), b"derived".to_vec());
    let steps = [44, 4218, 0, 0, 0];
    client
        .execute_procedure(Slip10Derive {
            curve: Curve::Ed25519,
            chain: steps.iter().map(|step| step | 0x8000_0000).collect(),
            input: Slip10DeriveInput::Seed(Location::generic(
                b"iota-wallet-secret".to_vec(),
                b"iota-wallet-seed".to_vec(),
            )),
            output: output.clone(),
        })
        .unwrap();
    let key = client.execute_procedure(PublicKey { ty: KeyType::Ed25519, private_key: output }).unwrap();
    assert_eq!(key, hex("31f176dadf38cdec0eadd1d571394be78f0bbee3ed594316678dffc162a095cb"));
}

#[test]
fn a_vault_without_seed_is_empty_and_keeps_what_else_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wallet.stronghold");
    let stronghold = Stronghold::default();
    for client in ["iota_seed", "another application"] {
        let client = stronghold.create_client(client).unwrap();
        client.store().insert(b"note".to_vec(), b"kept".to_vec(), None).unwrap();
        let hour = std::time::Duration::from_secs(3600);
        client.store().insert(b"for an hour".to_vec(), b"kept".to_vec(), Some(hour)).unwrap();
        let revoked = Location::generic(b"vault".to_vec(), b"revoked".to_vec());
        client.vault(b"vault").write_secret(revoked, b"gone".to_vec().into()).unwrap();
        client.vault(b"vault").revoke_secret(b"revoked").unwrap();
    }
    iota_stronghold::engine::snapshot::try_set_encrypt_work_factor(QUICK).unwrap();
    let key = KeyProvider::with_passphrase_hashed_blake2b(b"right".to_vec()).unwrap();
    stronghold.commit_with_keyprovider(&SnapshotPath::from_path(&path), &key).unwrap();

    let vault = manager(&path);
    assert_eq!(vault.status(), VaultStatus::Locked);
    vault.set_password(&password("right")).unwrap();
    assert_eq!(vault.status(), VaultStatus::Empty);
    assert!(matches!(vault.public_keys(&paths(1)), Err(KeyError::NoMnemonic)));
    vault.change_password(&password("right"), &password("b")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    assert_has_the_keys(&vault);

    let reopened = manager(&path);
    reopened.set_password(&password("b")).unwrap();
    assert_has_the_keys(&reopened);
    let stronghold = load(&path, "b");
    for client in ["iota_seed", "another application"] {
        let client = stronghold.load_client(client).unwrap();
        assert_eq!(client.store().get(b"note").unwrap().unwrap(), b"kept");
    }
}

/// A vault file without a seed.
fn empty() -> (TempDir, PathBuf) {
    let (directory, path) = stored();
    let empty = Contents::new(bincode::serialize(&iota_stronghold::SnapshotState::default()).unwrap());
    fs::write(&path, snapshot::encrypt(&empty, &password("right").snapshot_key(), QUICK).unwrap()).unwrap();
    (directory, path)
}

#[test]
fn a_seed_that_another_stored_meanwhile_is_not_overwritten() {
    let (_directory, path) = empty();
    let (vault, late) = (manager(&path), manager(&path));
    vault.set_password(&password("right")).unwrap();
    late.set_password(&password("right")).unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    assert!(matches!(late.store_mnemonic(&Mnemonic::generate().unwrap()), Err(KeyError::AlreadyStored)));
    late.change_password(&password("right"), &password("b")).unwrap();
    assert!(matches!(late.store_mnemonic(&Mnemonic::generate().unwrap()), Err(KeyError::AlreadyStored)));
    late.set_password(&password("b")).unwrap();
    assert_has_the_keys(&late);
}

/// Two managers of one file, as of two coin types.
#[test]
fn a_change_of_password_does_not_undo_what_another_wrote_meanwhile() {
    // a seed is kept
    let (_directory, path) = empty();
    let (vault, late) = (manager(&path), manager(&path));
    vault.set_password(&password("right")).unwrap();
    let change = late.password_change(&password("right"), &password("b")).ok().unwrap();
    vault.store_mnemonic(&mnemonic()).unwrap();
    change().unwrap();
    late.set_password(&password("b")).unwrap();
    assert_has_the_keys(&late);

    // and another password
    let change = late.password_change(&password("b"), &password("c")).ok().unwrap();
    manager(&path).change_password(&password("b"), &password("d")).unwrap();
    let written = [&path, &vault.previous_path()].map(|file| fs::read(file).unwrap());
    assert!(matches!(change(), Err(KeyError::WrongPassword)));
    assert!([&path, &vault.previous_path()].map(|file| fs::read(file).unwrap()) == written);
    manager(&path).set_password(&password("d")).unwrap();

    // what is dropped is not made
    drop(late.password_change(&password("d"), &password("e")).ok().unwrap());
    assert!(fs::read(&path).unwrap() == written[0]);
    let change = late.password_change(&password("d"), &password("e")).ok().unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(change(), Err(KeyError::VaultMissing { .. })));
    assert!(!path.exists());
}

#[test]
fn an_empty_vault_whose_file_is_gone_is_missing() {
    let (_directory, path) = empty();
    let vault = manager(&path);
    vault.set_password(&password("right")).unwrap();
    assert_eq!(vault.status(), VaultStatus::Empty);
    fs::remove_file(&path).unwrap();
    assert!(matches!(vault.set_password(&password("right")), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(vault.store_mnemonic(&mnemonic()), Err(KeyError::VaultMissing { .. })));
    assert!(matches!(vault.change_password(&password("right"), &password("b")), Err(KeyError::VaultMissing { .. })));
}
