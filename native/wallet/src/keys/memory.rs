//! Secret managers that keep keys in memory: of a mnemonic, for tests, tools and short-lived programs; of a seed that is on its
//! way into a vault.

use std::sync::{Mutex, PoisonError};

use super::{
    CoinType, KeyError, KeyPath, LockedBytes, Mnemonic, Password, PasswordChange, SecretManager, Seed, Signature,
    VaultStatus, derive::Derivation, locked::with_wiped_stack,
};

/// Derived at a time; only so long there is more of the keys in memory than their locked pages.
const BATCH: usize = 1024;

/// Runs `work` on batch after batch, with a derivation of its own for each.
fn in_batches<I, O>(
    items: &[I],
    derivation: impl Fn() -> Derivation,
    work: impl Fn(&Derivation, &[I]) -> Vec<O>,
) -> Vec<O> {
    let mut results = Vec::with_capacity(items.len());
    for batch in items.chunks(BATCH) {
        results.extend(with_wiped_stack(|| work(&derivation(), batch)));
    }
    results
}

/// Keys of a mnemonic in [locked memory](LockedBytes), always unlocked. Nothing is stored anywhere, so everything is lost with
/// it. What is derived is wiped when a call is through with some of its keys, as in an open vault.
///
/// There is no password: [`set_password`](SecretManager::set_password), `change_password` and `lock` answer
/// [`KeyError::Unsupported`], and `store_mnemonic` [`KeyError::AlreadyStored`].
pub struct MnemonicManager {
    /// Behind a lock: it may be looked at by one thread at a time.
    coin_key: Mutex<LockedBytes>,
    coin: CoinType,
}

impl MnemonicManager {
    /// Computes the seed (about a millisecond); neither it nor the mnemonic is kept.
    #[must_use]
    pub fn new(mnemonic: &Mnemonic, coin: CoinType) -> Self {
        Self::from_seed(&Seed::of(mnemonic), coin)
    }

    /// As [`new`](Self::new), of a seed.
    #[must_use]
    pub fn from_seed(seed: &Seed, coin: CoinType) -> Self {
        let coin_key = with_wiped_stack(|| Derivation::new(&seed.bytes(), coin).coin_key());
        Self { coin_key: Mutex::new(coin_key), coin }
    }

    /// Others may begin as soon as this one has.
    fn derivation(&self) -> Derivation {
        let coin_key = self.coin_key.lock().unwrap_or_else(PoisonError::into_inner);
        Derivation::of_coin_key(&coin_key.borrow()).expect("it was made of a derivation")
    }
}

impl SecretManager for MnemonicManager {
    fn coin_type(&self) -> CoinType {
        self.coin
    }

    fn status(&self) -> VaultStatus {
        VaultStatus::Unlocked
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        Ok(in_batches(paths, || self.derivation(), Derivation::public_keys))
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Ok(in_batches(requests, || self.derivation(), Derivation::sign))
    }

    fn store_mnemonic(&self, _mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn store_seed(&self, _seed: &Seed) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "set a password" })
    }

    fn password_change(&self, _old: &Password, _new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Err(KeyError::Unsupported { operation: "change a password" })
    }

    fn lock(&self) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "be locked" })
    }
}

/// Keys of a seed that is on its way into a vault. The seed stays in [locked memory](LockedBytes); what is derived of
/// it is wiped when a call is through with some of its keys, as in an open vault.
///
/// As with [`MnemonicManager`] there is no password, and nothing can be stored in it.
pub struct SeedManager {
    seed: Mutex<Seed>,
    coin: CoinType,
}

impl SeedManager {
    /// Derives nothing yet.
    #[must_use]
    pub fn new(seed: Seed, coin: CoinType) -> Self {
        Self { seed: Mutex::new(seed), coin }
    }

    /// The seed, to be stored.
    #[must_use]
    pub fn into_seed(self) -> Seed {
        self.seed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn derivation(&self) -> Derivation {
        let seed = self.seed.lock().unwrap_or_else(PoisonError::into_inner);
        Derivation::new(&seed.bytes(), self.coin)
    }
}

impl SecretManager for SeedManager {
    fn coin_type(&self) -> CoinType {
        self.coin
    }

    fn status(&self) -> VaultStatus {
        VaultStatus::Unlocked
    }

    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError> {
        Ok(in_batches(paths, || self.derivation(), Derivation::public_keys))
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Ok(in_batches(requests, || self.derivation(), Derivation::sign))
    }

    fn store_mnemonic(&self, _mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "set a password" })
    }

    fn password_change(&self, _old: &Password, _new: &Password) -> Result<PasswordChange<'_>, KeyError> {
        Err(KeyError::Unsupported { operation: "change a password" })
    }

    fn lock(&self) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "be locked" })
    }
}
