//! The seed behind a mnemonic, on its way from one vault to another.

use std::{fmt, ops::Deref};

use super::{LockedBytes, Mnemonic};

/// Bytes of a seed.
pub(super) const LENGTH: usize = 64;

/// The 64-byte seed of a BIP-39 mnemonic. In [locked memory](LockedBytes), wiped when dropped; `Debug` shows none of it, and nobody outside this room
/// sees its bytes.
pub struct Seed(LockedBytes);

impl Seed {
    /// The seed of a mnemonic, with an empty passphrase.
    #[must_use]
    pub fn of(mnemonic: &Mnemonic) -> Self {
        Self(mnemonic.seed())
    }

    /// A seed as it was stored; none when it doesn't have 64 bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == LENGTH).then(|| Self(LockedBytes::copy_of(bytes)))
    }

    pub(super) fn bytes(&self) -> impl Deref<Target = [u8]> + '_ {
        self.0.borrow()
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(not shown)")
    }
}
