//! The secret manager that keeps the seed in a Stronghold vault.

mod change;
mod file;
mod foreign;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzz;
mod shape;
pub(super) mod snapshot;
mod temporary;
pub(super) mod throttle;
mod trial;
mod vault;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use crypto::hashes::{Digest, blake2b::Blake2b256};

#[cfg(test)]
pub(crate) use self::file::unsynced;
pub use self::{
    foreign::{ForeignSnapshot, migrate_snapshot},
    trial::try_password,
};
use self::{
    snapshot::{Contents, NEW_FILES},
    throttle::attempt,
    vault::SeedVault,
};
use super::{
    CoinType, KeyError, KeyPath, Mnemonic, Password, PasswordChange, SecretManager, Seed, Signature, VaultStatus,
    password::SnapshotKey,
};

#[cfg(all(feature = "test-vault", not(debug_assertions)))]
compile_error!("the feature `test-vault` makes vaults that are easy to break: it is for tests only");

/// Keys derived and signed with while the vault is borrowed once; others get their turn in between.
const BATCH: usize = 1024;

/// The seed in a `wallet.stronghold` file, encrypted under a password; files are exchangeable with iota-sdk 1.x.
///
/// The words are not stored, and the seed never leaves the vault: public keys are derived and messages signed
/// inside, many at a time. The file is written only by [`store_mnemonic`](SecretManager::store_mnemonic) and
/// [`change_password`](SecretManager::change_password), atomically, readable by its owner only, and never in the place of what
/// another manager has put there meanwhile; the generation
/// before stays beside it with `.previous` at the end of its name, under the password it had. Opening and
/// writing take about 1.7 s and 512 MiB each, one at a time in a process, while other threads go on signing.
///
/// The password itself is not kept: only its hash, and that only until the mnemonic is stored.
pub struct StrongholdManager {
    path: PathBuf,
    coin: CoinType,
    work_factor: u8,
    /// Whether a missing file is an error, not a new vault.
    expected: AtomicBool,
    /// Held by whatever reads or writes the file or tries a password; always taken before `shared`. The hash of the file as
    /// it was opened or written last.
    changing: Mutex<Option<[u8; 32]>>,
    /// Locked for moments only, never during a derivation or scrypt.
    shared: RwLock<Shared>,
}

/// The state with what tells one state from another that looks like it.
struct Shared {
    state: State,
    /// Grows with every vault that is entered.
    generation: u64,
    /// How often it was locked, by which who opens a vault sees that it was locked meanwhile.
    locks: u64,
}

impl Shared {
    fn enter(&mut self, state: State) {
        self.state = state;
        self.generation += 1;
    }
}

enum State {
    Closed,
    /// Unlocked, but without seed: the file, or `None` when there is none yet.
    Empty {
        /// Behind a lock of its own: it may be looked at by one thread at a time.
        key: Mutex<SnapshotKey>,
        file: Option<Seedless>,
    },
    /// Whoever is at work has a share of its own, so that locking can't pull the seed from under it.
    Open(Arc<SeedVault>),
}

/// A vault file without a seed, as it was read or written last.
#[derive(Clone)]
struct Seedless {
    /// What it holds besides.
    contents: Contents,
    /// By which a changed file is noticed.
    hash: [u8; 32],
}

impl Seedless {
    fn new(contents: Contents, file: &[u8]) -> Self {
        Self { contents, hash: hash(file) }
    }
}

fn hash(file: &[u8]) -> [u8; 32] {
    Blake2b256::digest(file).into()
}

impl StrongholdManager {
    /// A manager of the vault at `path`. Touches nothing yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, coin: CoinType) -> Self {
        Self {
            path: path.into(),
            coin,
            work_factor: NEW_FILES,
            expected: AtomicBool::new(false),
            changing: Mutex::default(),
            shared: RwLock::new(Shared { state: State::Closed, generation: 0, locks: 0 }),
        }
    }

    /// Says whether a mnemonic was stored in this vault before, as far as the caller knows: if so, a missing file
    /// is [`KeyError::VaultMissing`] and never begun anew. A manager that has opened or written the file once
    /// expects it in any case.
    #[must_use]
    pub fn expect_existing(self, expected: bool) -> Self {
        self.expected.store(expected, Ordering::Release);
        self
    }

    /// Encrypts with scrypt cost 2^`work_factor` in place of 2¹⁹, so that tests are fast. Such a vault opens like
    /// any other, and its password is easy to guess; the feature `test-vault` doesn't build with optimisation.
    #[cfg(any(test, feature = "test-vault"))]
    #[must_use]
    pub fn with_work_factor(self, work_factor: u8) -> Self {
        Self { work_factor, ..self }
    }

    /// Where the vault is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the generation of the file before the last change is kept.
    #[must_use]
    pub fn previous_path(&self) -> PathBuf {
        file::previous(&self.path)
    }

    fn read(&self) -> RwLockReadGuard<'_, Shared> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, Option<[u8; 32]>> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn vault(&self) -> Result<Arc<SeedVault>, KeyError> {
        match &self.read().state {
            State::Open(vault) => Ok(Arc::clone(vault)),
            State::Empty { .. } => Err(KeyError::NoMnemonic),
            State::Closed if self.has_file() => Err(KeyError::Locked),
            State::Closed => Err(KeyError::NoMnemonic),
        }
    }

    /// Whether a vault lies on disk or should. In doubt (no permission, a link to nothing) it does.
    fn has_file(&self) -> bool {
        let nothing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
        self.expected.load(Ordering::Acquire) || !fs::symlink_metadata(&self.path).is_err_and(nothing)
    }

    /// Enters a vault, unless it was locked since it had been locked `locks` times: whoever locks while a password is
    /// being tried finds it locked.
    fn enter(&self, locks: u64, state: State) -> Result<(), KeyError> {
        let mut shared = self.write();
        if shared.locks != locks {
            return Err(KeyError::Locked);
        }
        shared.enter(state);
        Ok(())
    }

    /// What a missing file means when a password is given.
    fn missing(&self) -> Result<(), KeyError> {
        let open = matches!(self.read().state, State::Open(_));
        if open || self.expected.load(Ordering::Acquire) {
            return Err(KeyError::VaultMissing { path: self.path.clone() });
        }
        Ok(())
    }

    /// Whether what is there is the file of this hash, or still none: nothing else is ever replaced.
    fn unchanged(&self, known: Option<[u8; 32]>, found: Option<&[u8]>) -> Result<(), KeyError> {
        match (found.map(hash), known) {
            (found, known) if found == known => Ok(()),
            (Some(_), _) => Err(KeyError::AlreadyStored),
            (None, _) => Err(KeyError::VaultMissing { path: self.path.clone() }),
        }
    }

    fn damaged(&self, what: &'static str) -> KeyError {
        KeyError::Damaged { path: self.path.clone(), what }
    }

    /// Runs `work` on batch after batch; the vault is borrowed anew for each.
    fn in_batches<I, O>(
        &self,
        items: &[I],
        work: impl Fn(&super::derive::Derivation, &[I]) -> Vec<O>,
    ) -> Result<Vec<O>, KeyError> {
        let vault = self.vault()?;
        let mut results = Vec::with_capacity(items.len());
        for batch in items.chunks(BATCH) {
            results.extend(vault.derive(self.coin, |derivation| work(derivation, batch))?);
        }
        Ok(results)
    }
}

fn locked(key: &Mutex<SnapshotKey>) -> MutexGuard<'_, SnapshotKey> {
    key.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unlocked(key: &mut Mutex<SnapshotKey>) -> &mut SnapshotKey {
    key.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl SecretManager for StrongholdManager {
    fn coin_type(&self) -> CoinType {
        self.coin
    }

    fn generation(&self) -> u64 {
        self.read().generation
    }

    fn status(&self) -> VaultStatus {
        match &self.read().state {
            State::Open(_) => VaultStatus::Unlocked,
            State::Empty { .. } => VaultStatus::Empty,
            State::Closed if self.has_file() => VaultStatus::Locked,
            State::Closed => VaultStatus::Empty,
        }
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        self.in_batches(paths, |derivation, batch| derivation.public_keys(batch))
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        self.in_batches(requests, |derivation, batch| derivation.sign(batch))
    }

    fn store_mnemonic(&self, mnemonic: &Mnemonic) -> Result<(), KeyError> {
        self.store_seed(&Seed::of(mnemonic))
    }

    fn store_seed(&self, seed: &Seed) -> Result<(), KeyError> {
        let mut last = self.changing();
        let (key, known) = match &self.read().state {
            State::Open(_) => return Err(KeyError::AlreadyStored),
            State::Closed => return Err(KeyError::Locked),
            State::Empty { key, file } => (locked(key).clone(), file.clone()),
        };
        let last_known = known.as_ref().map(|known| known.hash);
        self.unchanged(last_known, file::read(&self.path)?.as_deref())?;
        let besides = known.as_ref().map(|known| &known.contents);
        let contents = vault::with_seed(besides, &seed.bytes()).map_err(|what| self.damaged(what))?;
        let vault = SeedVault::open(&contents)
            .ok()
            .flatten()
            .ok_or(KeyError::Vault { what: "reading back what was stored" })?;
        let bytes = snapshot::encrypt(&contents, &key, self.work_factor)?;
        // encrypting takes long enough for another to write
        let durable = file::replace(&self.path, &bytes, |found| self.unchanged(last_known, found))?;
        *last = Some(hash(&bytes));
        self.expected.store(true, Ordering::Release);
        let mut shared = self.write();
        if let State::Empty { .. } = shared.state {
            shared.enter(State::Open(Arc::new(vault))); // not if it was locked meanwhile
        }
        durable
    }

    fn set_password(&self, password: &Password) -> Result<(), KeyError> {
        // before waiting for others: who locks from now on means this call too
        let locks = self.read().locks;
        let mut last = self.changing();
        let key = password.snapshot_key();
        let Some(bytes) = file::read(&self.path)? else {
            self.missing()?;
            return self.enter(locks, State::Empty { key: Mutex::new(key), file: None });
        };
        let contents = attempt(&self.path, || snapshot::decrypt(&self.path, &bytes, &key))?;
        self.expected.store(true, Ordering::Release); // what was once there is not begun anew
        let state = match SeedVault::open(&contents).map_err(|what| self.damaged(what))? {
            Some(vault) => State::Open(Arc::new(vault)),
            None => State::Empty { key: Mutex::new(key), file: Some(Seedless::new(contents, &bytes)) },
        };
        *last = Some(hash(&bytes));
        self.enter(locks, state)
    }

    fn password_change(&self, old: &Password, new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        self.verified_change(old.snapshot_key(), new.snapshot_key())
    }

    fn vault_file(&self) -> Result<Option<Vec<u8>>, KeyError> {
        let last = self.changing();
        let Some(bytes) = file::read(&self.path)? else {
            self.missing()?;
            return Ok(None);
        };
        match *last {
            Some(last) if last == hash(&bytes) => {}
            Some(_) => return Err(self.damaged("it is not the one that was opened or written last")),
            None => snapshot::check_form(&self.path, &bytes)?,
        }
        Ok(Some(bytes))
    }

    fn lock(&self) -> Result<(), KeyError> {
        let mut shared = self.write();
        shared.state = State::Closed;
        shared.locks += 1;
        Ok(())
    }

    fn lock_generation(&self, generation: u64) -> Result<(), KeyError> {
        let mut shared = self.write();
        if shared.generation == generation {
            // the vault that is being opened now, if any, is not meant: `locks` stays
            shared.state = State::Closed;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
