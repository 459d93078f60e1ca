//! Snapshots of iota-sdk and wallet.rs, read as they are: the seed, and the values that their backups keep beside it.
//!
//! **Version 3** is the format of our own vaults. The values are encrypted under a key in the vault. **Version 2** was
//! written by wallet.rs: its password key is PBKDF2-HMAC-SHA512 of the password with a salt and a number of rounds that
//! never changed, its body X25519 (with the password key as the secret one) and XChaCha20-Poly1305, and its values are
//! encrypted under the password key. Files are only read. [`migrate_snapshot`] writes another file and never touches the
//! one it comes from.

use std::{collections::HashMap, convert::Infallible, num::NonZeroU32, panic::AssertUnwindSafe, path::Path};

use crypto::{
    ciphers::{chacha::XChaCha20Poly1305, traits::Aead},
    hashes::{Digest, blake2b::Blake2b256},
    keys::x25519,
    utils::rand,
};
use iota_stronghold::{
    Location, Provider,
    engine::{
        snapshot::MAGIC,
        store::Cache,
        vault::{DbView, Key, RecordHint, RecordId, VaultId},
    },
};
use zeroize::Zeroizing;

use super::{
    super::{KeyError, LockedBytes, Password, Seed, locked::with_wiped_stack, new_file_key, password::SnapshotKey},
    file,
    snapshot::{self, Contents, NEW_FILES},
    throttle::attempt,
    vault::{RECORD, VAULT, client, parse, write},
};

/// Most bytes of a file. A backup of iota-sdk has all transactions of its wallet, some thousand bytes each.
const LONGEST: u64 = 2 << 30;
/// While a file is opened it is in memory so many times more: decrypted, unfolded, as Stronghold's own type.
const COPIES: usize = 4;
const VERSION_2: [u8; 2] = [2, 0];
const SALT: &[u8] = b"wallet.rs";
const ROUNDS: NonZeroU32 = NonZeroU32::new(100).expect("100 is not zero");
/// Beside the seed: the key of the values.
const VALUES_KEY: &[u8] = b"userdata-store-key";
const NONCE: usize = XChaCha20Poly1305::NONCE_LENGTH;
const TAG: usize = XChaCha20Poly1305::TAG_LENGTH;

type State = (HashMap<VaultId, Key<Provider>>, DbView<Provider>, Cache<Vec<u8>, Vec<u8>>);

/// An opened snapshot of another wallet.
pub struct ForeignSnapshot {
    path: std::path::PathBuf,
    state: State,
    /// What the values are encrypted with; none: there are no values.
    values_key: Option<SnapshotKey>,
}

impl ForeignSnapshot {
    /// Opens a snapshot of version 2 or 3; the file is only read. Takes about 1.7 s and 512 MiB for version 3, and five
    /// times the size of the file in memory.
    ///
    /// # Errors
    /// [`KeyError::VaultMissing`], [`KeyError::NotAVault`], [`KeyError::TooLarge`] above 2 GiB, [`KeyError::UnsupportedVersion`],
    /// [`KeyError::WrongPassword`] (with version 2 also for a file that was altered, which looks the same),
    /// [`KeyError::TooManyAttempts`] after several of them, [`KeyError::Damaged`], [`KeyError::WorkFactor`], [`KeyError::OutOfMemory`], [`KeyError::Io`].
    pub fn open(path: &Path, password: &Password) -> Result<Self, KeyError> {
        let bytes = read(path)?;
        let (contents, values_key) = attempt(path, || match version_2(&bytes) {
            Some(body) => {
                let key = password.stretched(SALT, ROUNDS);
                Ok((decrypt_2(path, body, &key)?, Some(key)))
            }
            None => Ok((snapshot::decrypt(path, &bytes, &password.snapshot_key())?, None)),
        })?;
        drop(bytes);
        Self::of(path, &contents, values_key)
    }

    /// What is inside of the encryption. `values_key` is that of version 2; that of version 3 is in the vault.
    fn of(path: &Path, contents: &Contents, values_key: Option<SnapshotKey>) -> Result<Self, KeyError> {
        let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
        let state = guarded(|| parse(Some(contents))?.get_state(client()).map_err(|_| "a client can't be read"))
            .map_err(damaged)?;
        let values_key = match values_key {
            Some(key) => Some(key),
            None => record(&state, VALUES_KEY, |bytes| (bytes.len() == 32).then(|| LockedBytes::copy_of(bytes)))
                .map_err(damaged)?
                .map(|key| key.ok_or_else(|| damaged("the key of its values has not 32 bytes")))
                .transpose()?,
        };
        Ok(Self { path: path.to_owned(), state, values_key })
    }

    /// The wallet's seed, if it is in the file.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn seed(&self) -> Result<Option<Seed>, KeyError> {
        let damaged = |what| KeyError::Damaged { path: self.path.clone(), what };
        let seed = record(&self.state, RECORD, Seed::from_slice).map_err(damaged)?;
        seed.map(|seed| seed.ok_or_else(|| damaged("the seed has not 64 bytes"))).transpose()
    }

    /// The decrypted value of this name, if it is there.
    ///
    /// # Errors
    /// [`KeyError::Damaged`].
    pub fn value(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let Some(sealed) = self.state.2.get(&name.as_bytes().to_vec()) else { return Ok(None) };
        let damaged = |what| KeyError::Damaged { path: self.path.clone(), what };
        let key = self.values_key.as_ref().ok_or_else(|| damaged("the key of its values is missing"))?;
        open_value(key, sealed).map(Some).ok_or_else(|| damaged("one of its values can't be decrypted"))
    }
}

/// Writes what a version 2 snapshot of wallet.rs holds into a new file of version 3, under `new` or the same password.
///
/// The source is only read. The target appears whole and synced or not at all, readable by its owner only; the values
/// are encrypted anew, as iota-sdk expects it. Takes about 1.7 s and 512 MiB.
///
/// # Errors
/// Those of [`ForeignSnapshot::open`], [`KeyError::NothingToMigrate`] for another version, [`KeyError::Exists`] when
/// something is at `target`, [`KeyError::Io`], [`KeyError::Random`]. [`KeyError::NotDurable`]: the target is there, and
/// perhaps not durable.
pub fn migrate_snapshot(
    source: &Path,
    target: &Path,
    password: &Password,
    new: Option<&Password>,
) -> Result<(), KeyError> {
    migrate(source, target, password, new, NEW_FILES)
}

pub(super) fn migrate(
    source: &Path,
    target: &Path,
    password: &Password,
    new: Option<&Password>,
    work_factor: u8,
) -> Result<(), KeyError> {
    let vacant = || match target.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(KeyError::Io { operation: "write", path: target.to_owned(), source: error }),
        Ok(_) => Err(KeyError::Exists { path: target.to_owned() }),
    };
    vacant()?;
    let bytes = read(source)?;
    let damaged = |what| KeyError::Damaged { path: source.to_owned(), what };
    let Some(body) = version_2(&bytes) else {
        // what is no snapshot at all is told as such
        snapshot::check_header(source, &bytes).map(drop).or_else(|error| match error {
            KeyError::UnsupportedVersion { .. } => Ok(()),
            other => Err(other),
        })?;
        return Err(KeyError::NothingToMigrate { path: source.to_owned() });
    };
    let key = password.stretched(SALT, ROUNDS);
    let contents = attempt(source, || decrypt_2(source, body, &key))?;
    let contents = guarded(|| renewed(&contents, &key)).map_err(damaged)?;
    let file = snapshot::encrypt(&contents, &new.unwrap_or(password).snapshot_key(), work_factor)?;
    if file.len() as u64 > file::LONGEST {
        // it could not be opened as a vault: it is to be imported
        return Err(KeyError::TooLarge { path: source.to_owned(), mebibytes: file::LONGEST >> 20 });
    }
    // encrypting takes long enough for another to write
    file::replace(target, &file, |_| vacant())?
}

/// The bytes of a file, where there is memory to open it.
fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    let bytes = file::read_up_to(path, LONGEST)?.ok_or_else(|| KeyError::VaultMissing { path: path.to_owned() })?;
    snapshot::reserve_bytes(bytes.len().saturating_mul(COPIES))?;
    Ok(bytes)
}

/// What follows the header, if it is that of version 2.
fn version_2(file: &[u8]) -> Option<&[u8]> {
    file.strip_prefix(MAGIC.as_slice())?.strip_prefix(VERSION_2.as_slice())
}

/// Decrypts the body of a version 2 snapshot: ephemeral public key, tag, ciphertext.
fn decrypt_2(path: &Path, body: &[u8], key: &SnapshotKey) -> Result<Contents, KeyError> {
    let damaged = |what| KeyError::Damaged { path: path.to_owned(), what };
    let (ephemeral, rest) = body.split_at_checked(x25519::PUBLIC_KEY_LENGTH).ok_or(damaged("it is truncated"))?;
    let (tag, ciphertext) = rest.split_at_checked(TAG).ok_or(damaged("it is truncated"))?;
    let ephemeral = x25519::PublicKey::try_from_slice(ephemeral).map_err(|_| damaged("its header was altered"))?;
    let mut plain = Zeroizing::new(vec![0; ciphertext.len()]);
    with_wiped_stack(|| {
        let secret = x25519::SecretKey::try_from_slice(&key.borrow()).expect("keys have 32 bytes");
        let nonce = Blake2b256::digest([ephemeral.to_bytes(), secret.public_key().to_bytes()].concat());
        let shared = Zeroizing::new(secret.diffie_hellman(&ephemeral).to_bytes());
        XChaCha20Poly1305::try_decrypt(&*shared, &nonce[..NONCE], &[], &mut plain, ciphertext, tag)
            .map_err(|_| KeyError::WrongPassword)
    })?;
    snapshot::decompress(path, &plain)
}

/// The same contents, their values encrypted under a new key in the vault. A value that doesn't open stays as it is.
fn renewed(contents: &Contents, old: &SnapshotKey) -> Result<Contents, &'static str> {
    let mut snapshot = parse(Some(contents))?;
    let (mut keys, mut view, mut store) = snapshot.get_state(client()).map_err(|_| "a client can't be read")?;
    let names = store.keys();
    if !names.is_empty() {
        let new = new_file_key().map_err(|_| "the random number generator failed")?;
        let (vault, record) = Location::generic(VAULT, VALUES_KEY).resolve();
        let key = keys.entry(vault).or_insert_with(Key::random).clone();
        let hint = RecordHint::new("").expect("a hint may have 0 to 24 bytes");
        view.write(&key, vault, record, &new.borrow(), hint).map_err(|_| "a key can't be added")?;
        for name in names {
            if let Some(value) = store.get(&name).and_then(|sealed| open_value(old, sealed)) {
                let sealed = seal_value(&new, &value).ok_or("a value can't be encrypted")?;
                store.insert(name, sealed, None);
            }
        }
    }
    snapshot.add_data(client(), (keys, view, store)).map_err(|_| "a client can't be written")?;
    write(&snapshot)
}

/// A value's plain bytes: nonce, tag and ciphertext are stored one after the other.
fn open_value(key: &SnapshotKey, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE)?;
    let (tag, ciphertext) = rest.split_at_checked(TAG)?;
    let mut plain = Zeroizing::new(vec![0; ciphertext.len()]);
    with_wiped_stack(|| XChaCha20Poly1305::try_decrypt(&key.borrow(), nonce, &[], &mut plain, ciphertext, tag)).ok()?;
    Some(plain)
}

fn seal_value(key: &SnapshotKey, plain: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = vec![0; NONCE + TAG + plain.len()];
    let (nonce, rest) = sealed.split_at_mut(NONCE);
    let (tag, ciphertext) = rest.split_at_mut(TAG);
    rand::fill(nonce).ok()?;
    with_wiped_stack(|| XChaCha20Poly1305::try_encrypt(&key.borrow(), nonce, &[], plain, ciphertext, tag)).ok()?;
    Some(sealed)
}

/// Looks at a record of the vault that holds the seed; none when it isn't there.
fn record<T>(state: &State, name: &[u8], look: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, &'static str> {
    let (vault, record): (VaultId, RecordId) = Location::generic(VAULT, name).resolve();
    let (keys, view, _) = state;
    if !view.contains_record(vault, record) {
        return Ok(None);
    }
    let key = keys.get(&vault).ok_or("the vault's key is missing")?;
    let looked = guarded(|| {
        view.get_guard(key, vault, record, |bytes| Ok::<_, Infallible>(look(&bytes.borrow())))
            .map_err(|_| "a record can't be decrypted")
    });
    looked.map(Some)
}

/// Stronghold panics on some contents that it didn't write; nothing of ours is in between. It leaves keys and records on
/// the stack.
fn guarded<T>(work: impl FnOnce() -> Result<T, &'static str>) -> Result<T, &'static str> {
    with_wiped_stack(|| std::panic::catch_unwind(AssertUnwindSafe(work)))
        .unwrap_or(Err("its content is not a snapshot's"))
}

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod fuzz;
#[cfg(test)]
mod tests;
