//! Keys: BIP-39 mnemonics, SLIP-10 Ed25519 paths, and the secret managers that hold them and sign.
//!
//! **Seeds stay inside.** A [`SecretManager`] gives out public keys and signatures only. **Many at a time.** Both
//! operations take slices: one call for a thousand keys costs little more than the thousand multiplications.
//! **Blocking.** Nothing here is asynchronous; unlocking a Stronghold vault takes about two seconds and 512 MiB
//! for a moment, and belongs on a thread that may wait.
//!
//! A key's path is `m/44'/coin'/account'/internal'/index'`, all steps hardened, so public keys can't be derived
//! without the secret. An address is the Blake2b-256 hash of a public key ([`address_of`]).

mod derive;
mod error;
mod locked;
mod memory;
mod mnemonic;
mod password;
mod path;
mod sealed;
mod seed;
mod stronghold;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::stronghold::fuzz;
#[cfg(test)]
pub(crate) use self::stronghold::unsynced;

use crypto::hashes::{Digest, blake2b::Blake2b256};

#[cfg(test)]
pub(crate) use self::stronghold::throttle::elapse;
pub use self::{
    error::KeyError,
    locked::LockedBytes,
    memory::{MnemonicManager, SeedManager},
    mnemonic::Mnemonic,
    password::Password,
    path::{CoinType, KeyPath},
    sealed::{FileKey, new_file_key, seal, unseal},
    seed::Seed,
    stronghold::{ForeignSnapshot, StrongholdManager, migrate_snapshot, try_password},
};
pub(crate) use self::{
    locked::with_wiped_stack,
    stronghold::throttle::{Tried, attempt},
};

/// A change of password that was found right and is not made yet.
pub type PasswordChange<'a> = Box<dyn FnOnce() -> Result<(), KeyError> + 'a>;

/// Holds the seed of a wallet, derives and signs with it. Safe to use from many threads at a time.
///
/// The coin type is fixed when a manager is made. No method leaves anything half done: after an error the state
/// is as it was before the call, but for [`KeyError::NotDurable`], which tells that it was done.
pub trait SecretManager: Send + Sync {
    /// The coin type that all paths lie under.
    fn coin_type(&self) -> CoinType;

    /// Whether keys can be used now. Cheap.
    fn status(&self) -> VaultStatus;

    /// Grows whenever another seed may be behind the keys than before: with each vault that is opened or filled, not
    /// when one is locked. The same before and after other calls: they had the same seed. Cheap.
    fn generation(&self) -> u64 {
        0
    }

    /// The public keys of `paths`, in their order.
    ///
    /// # Errors
    /// [`KeyError::Locked`] without a password, [`KeyError::NoMnemonic`] without a seed.
    fn public_keys(&self, paths: &[KeyPath]) -> Result<Vec<[u8; 32]>, KeyError>;

    /// Signs each message (Ed25519 over exactly these bytes) with its path's key; answers in their order.
    ///
    /// # Errors
    /// As [`public_keys`](Self::public_keys).
    fn sign(&self, requests: &[(KeyPath, &[u8])]) -> Result<Vec<Signature>, KeyError>;

    /// Stores the seed of a mnemonic, once and for all; the words can't be read back from it. Durable when it
    /// returns: a crash before leaves a vault without mnemonic, or no vault.
    ///
    /// # Errors
    /// [`KeyError::Locked`] before a password was set, [`KeyError::AlreadyStored`], and those of writing the file.
    /// [`KeyError::NotDurable`]: it is stored, and perhaps not durable.
    fn store_mnemonic(&self, mnemonic: &Mnemonic) -> Result<(), KeyError>;

    /// Like [`store_mnemonic`](Self::store_mnemonic), for a seed whose words are not known.
    ///
    /// # Errors
    /// Those of [`store_mnemonic`](Self::store_mnemonic); [`KeyError::Unsupported`] where seeds can't be stored.
    fn store_seed(&self, seed: &Seed) -> Result<(), KeyError> {
        let _ = seed;
        Err(KeyError::Unsupported { operation: "store a seed" })
    }

    /// Gives the password: opens the vault, or begins a new one in memory where none is.
    ///
    /// # Errors
    /// [`KeyError::WrongPassword`]; [`KeyError::TooManyAttempts`] after several of them, without a look at this one;
    /// and those of reading the file. What was unlocked before stays so. [`KeyError::Locked`] when it was locked during
    /// the call: it stays locked then.
    fn set_password(&self, password: &Password) -> Result<(), KeyError>;

    /// Encrypts the vault with another password. Neither locks nor unlocks it. Durable when it returns; a crash
    /// leaves the vault under one of the two passwords. Copies of the file made before, the one beside it
    /// included, keep the old one: delete them if that has become known to others. What another has written into the file
    /// meanwhile is kept, if `old` opens that too.
    ///
    /// # Errors
    /// [`KeyError::WrongPassword`] when `old` is wrong, [`KeyError::TooManyAttempts`] after several of these, and those
    /// of reading and writing the file. [`KeyError::NotDurable`]: it is changed, and perhaps not durable.
    fn change_password(&self, old: &Password, new: &Password) -> Result<(), KeyError> {
        self.password_change(old, new)?()
    }

    /// As [`change_password`](Self::change_password), in two steps: when this returns, `old` was right and nothing is changed;
    /// what it answers makes the change when it is called, and nothing when it is dropped. Others who read or write the file
    /// by this manager wait until then.
    ///
    /// # Errors
    /// Those of [`change_password`](Self::change_password), in the step in which they occur.
    fn password_change(&self, old: &Password, new: &Password) -> Result<PasswordChange<'_>, KeyError>;

    /// The bytes of the vault's file, to be copied into a backup: those that were opened or written last. When none were since
    /// the process began, all is checked that can be without the password: the header and the length. None: there is no
    /// file yet, or such a secret manager has none. Waits for who reads or writes the file.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when they are others, or no whole file; giving the password takes a file that another has
    /// put in its place. [`KeyError::VaultMissing`], [`KeyError::NotAVault`], [`KeyError::UnsupportedVersion`],
    /// [`KeyError::WorkFactor`], [`KeyError::Io`].
    fn vault_file(&self) -> Result<Option<Vec<u8>>, KeyError> {
        Ok(None)
    }

    /// Forgets password and keys, until the password is given again. Calls that are at work finish first.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] where there is no password to come back with.
    fn lock(&self) -> Result<(), KeyError>;

    /// As [`lock`](Self::lock), but only as long as the [generation](Self::generation) is this one: what was unlocked
    /// anew meanwhile stays so.
    ///
    /// # Errors
    /// Those of [`lock`](Self::lock).
    fn lock_generation(&self, generation: u64) -> Result<(), KeyError> {
        if self.generation() == generation { self.lock() } else { Ok(()) }
    }
}

/// Whether a secret manager can derive and sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultStatus {
    /// No mnemonic is stored.
    Empty,
    /// There is a vault, and its password was not given.
    Locked,
    /// Keys can be used.
    Unlocked,
}

/// An Ed25519 signature (RFC 8032) with the key that verifies it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The public key.
    pub public_key: [u8; 32],
    /// The signature.
    pub signature: [u8; 64],
}

/// The Stardust address of an Ed25519 public key: its Blake2b-256 hash (TIP-18), without type byte.
#[must_use]
pub fn address_of(public_key: &[u8; 32]) -> [u8; 32] {
    Blake2b256::digest(public_key).into()
}

/// Bytes of a hexadecimal test vector.
#[cfg(test)]
fn hex(digits: &str) -> Vec<u8> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).unwrap();
    digits.as_bytes().chunks(2).map(|pair| u8::try_from(nibble(pair[0]) * 16 + nibble(pair[1])).unwrap()).collect()
}

#[cfg(test)]
mod tests;
