//! The seed behind a mnemonic, on its way from one vault to another.

use std::fmt;

use zeroize::Zeroizing;

use super::Mnemonic;

/// The 64-byte seed of a BIP-39 mnemonic. Wiped when dropped; `Debug` shows none of it, and nobody outside this room
/// sees its bytes.
pub struct Seed(Box<Zeroizing<[u8; 64]>>);

impl Seed {
    /// The seed of a mnemonic, with an empty passphrase.
    #[must_use]
    pub fn of(mnemonic: &Mnemonic) -> Self {
        Self(mnemonic.seed())
    }

    /// A seed as it was stored; none when it doesn't have 64 bytes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut seed = Box::new(Zeroizing::new([0; 64]));
        if bytes.len() != seed.len() {
            return None;
        }
        seed.copy_from_slice(bytes);
        Some(Self(seed))
    }

    pub(super) fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(not shown)")
    }
}
