//! The secret manager that keeps a mnemonic's keys in memory: for tests, tools and short-lived programs.

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
