//! Passwords on their way to the vault.

use std::{fmt, num::NonZeroU32};

use crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    keys::pbkdf::PBKDF2_HMAC_SHA512,
};
use zeroize::Zeroizing;

use super::KeyError;

/// The password of a vault: any bytes but none. Wiped when dropped; `Debug` shows none of it.
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the bytes as they are (UTF-8 where the password was typed; no normalisation, as in iota-sdk).
    ///
    /// # Errors
    /// [`KeyError::EmptyPassword`].
    pub fn new(bytes: impl Into<Zeroizing<Vec<u8>>>) -> Result<Self, KeyError> {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return Err(KeyError::EmptyPassword);
        }
        Ok(Self(bytes))
    }

    /// The snapshot key that Stronghold applications make of a password: its Blake2b-256, unsalted (the salt
    /// comes with scrypt inside the file).
    pub(super) fn snapshot_key(&self) -> SnapshotKey {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        key.copy_from_slice(&Blake2b256::digest(self.0.as_slice()));
        key
    }

    /// The key that PBKDF2-HMAC-SHA512 makes of a password, as snapshots of version 2 have it.
    pub(super) fn stretched(&self, salt: &[u8], rounds: NonZeroU32) -> SnapshotKey {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        PBKDF2_HMAC_SHA512(&self.0, salt, rounds, key.as_mut_slice());
        key
    }
}

/// The 32 bytes that open a vault file. Boxed, so that moving it leaves no copies.
pub(super) type SnapshotKey = Box<Zeroizing<[u8; 32]>>;

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_passwords_are_refused() {
        assert!(matches!(Password::new(Vec::new()), Err(KeyError::EmptyPassword)));
    }

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Password::new(b"letmein".to_vec()).unwrap());
        assert!(!shown.contains("letmein") && !shown.contains("108"), "{shown}");
    }
}
