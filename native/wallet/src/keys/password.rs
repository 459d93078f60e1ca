//! Passwords on their way to the vault.

use std::{fmt, num::NonZeroU32};

use crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    keys::pbkdf::PBKDF2_HMAC_SHA512,
};
use zeroize::Zeroizing;

use super::{KeyError, LockedBytes, locked::with_wiped_stack};

/// Bytes of a key.
const KEY_LENGTH: usize = 32;

/// The password of a vault: any bytes but none. In [locked memory](LockedBytes), wiped when dropped; `Debug` shows none of it.
pub struct Password(LockedBytes);

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
        Ok(Self(LockedBytes::copy_of(&bytes)))
    }

    /// The snapshot key that Stronghold applications make of a password: its Blake2b-256, unsalted (the salt
    /// comes with scrypt inside the file).
    pub(super) fn snapshot_key(&self) -> SnapshotKey {
        with_wiped_stack(|| LockedBytes::copy_of(&Blake2b256::digest(&*self.0.borrow())))
    }

    /// The key that PBKDF2-HMAC-SHA512 makes of a password, as snapshots of version 2 have it.
    pub(super) fn stretched(&self, salt: &[u8], rounds: NonZeroU32) -> SnapshotKey {
        with_wiped_stack(|| {
            let mut key = Zeroizing::new([0; KEY_LENGTH]);
            PBKDF2_HMAC_SHA512(&self.0.borrow(), salt, rounds, key.as_mut_slice());
            LockedBytes::copy_of(key.as_slice())
        })
    }
}

/// The 32 bytes that open a vault file.
pub(super) type SnapshotKey = LockedBytes;

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
