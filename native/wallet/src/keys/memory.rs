//! Secret managers that keep keys in memory: of a mnemonic, for tests, tools and short-lived programs; of a seed that is on its
//! way into a vault.

use std::sync::{Mutex, PoisonError};

use super::{
    CoinType, KeyError, KeyPath, Mnemonic, Password, SecretManager, Seed, Signature, VaultStatus, derive::Derivation,
    locked::with_wiped_stack,
};

/// Keys of a mnemonic in wiped memory, always unlocked. Nothing is stored anywhere, so everything is lost with it.
///
/// There is no password: [`set_password`](SecretManager::set_password), `change_password` and `lock` answer
/// [`KeyError::Unsupported`], and `store_mnemonic` [`KeyError::AlreadyStored`].
pub struct MnemonicManager {
    derivation: Derivation,
    coin: CoinType,
}

impl MnemonicManager {
    /// Computes the seed (about a millisecond); the mnemonic itself is not kept.
    #[must_use]
    pub fn new(mnemonic: &Mnemonic, coin: CoinType) -> Self {
        Self::from_seed(&Seed::of(mnemonic), coin)
    }

    /// As [`new`](Self::new), of a seed.
    #[must_use]
    pub fn from_seed(seed: &Seed, coin: CoinType) -> Self {
        Self { derivation: with_wiped_stack(|| Derivation::new(&seed.bytes(), coin)), coin }
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
        Ok(with_wiped_stack(|| self.derivation.public_keys(paths)))
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Ok(with_wiped_stack(|| self.derivation.sign(requests)))
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

    fn change_password(&self, _old: &Password, _new: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "change a password" })
    }

    fn lock(&self) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "be locked" })
    }
}

/// Derived at a time; only so long there is more of the seed in memory than its locked pages.
const BATCH: usize = 1024;

/// Keys of a seed that is on its way into a vault. The seed stays in [locked memory](super::LockedBytes); what is derived of
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

    fn in_batches<I, O>(&self, items: &[I], work: impl Fn(&Derivation, &[I]) -> Vec<O>) -> Vec<O> {
        let mut results = Vec::with_capacity(items.len());
        for batch in items.chunks(BATCH) {
            let seed = self.seed.lock().unwrap_or_else(PoisonError::into_inner);
            results.extend(with_wiped_stack(|| work(&Derivation::new(&seed.bytes(), self.coin), batch)));
        }
        results
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
        Ok(self.in_batches(paths, Derivation::public_keys))
    }

    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError> {
        Ok(self.in_batches(requests, Derivation::sign))
    }

    fn store_mnemonic(&self, _mnemonic: &Mnemonic) -> Result<(), KeyError> {
        Err(KeyError::AlreadyStored)
    }

    fn set_password(&self, _password: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "set a password" })
    }

    fn change_password(&self, _old: &Password, _new: &Password) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "change a password" })
    }

    fn lock(&self) -> Result<(), KeyError> {
        Err(KeyError::Unsupported { operation: "be locked" })
    }
}
