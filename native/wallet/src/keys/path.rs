//! Which key: coin type and the path below it.

use super::KeyError;

const HARDENED: u32 = 1 << 31;

fn checked(part: &'static str, value: u32) -> Result<u32, KeyError> {
    if value < HARDENED { Ok(value) } else { Err(KeyError::PathRange { part, value }) }
}

/// The coin type of a BIP-44 path, registered in SLIP-44. It decides which addresses a mnemonic has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CoinType(u32);

impl CoinType {
    /// IOTA, 4218.
    pub const IOTA: Self = Self(4218);
    /// Shimmer, 4219.
    pub const SHIMMER: Self = Self(4219);

    /// Any coin type below 2³¹.
    ///
    /// # Errors
    /// [`KeyError::PathRange`] from 2³¹ on.
    pub fn new(value: u32) -> Result<Self, KeyError> {
        checked("coin type", value).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

/// A key below a coin type: `account'/internal'/index'`, every step hardened (SLIP-10 Ed25519 knows no other).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPath {
    account: u32,
    internal: bool,
    index: u32,
}

impl KeyPath {
    /// The path of the `index`th address of an account, on its change chain if `internal`.
    ///
    /// # Errors
    /// [`KeyError::PathRange`] when `account` or `index` is 2³¹ or more.
    pub fn new(account: u32, internal: bool, index: u32) -> Result<Self, KeyError> {
        Ok(Self { account: checked("account", account)?, internal, index: checked("index", index)? })
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> u32 {
        self.account
    }

    /// Whether it lies on the change chain.
    #[must_use]
    pub fn internal(&self) -> bool {
        self.internal
    }

    /// The index on its chain.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hardened_range_is_the_limit() {
        assert!(CoinType::new(HARDENED - 1).is_ok());
        assert!(matches!(CoinType::new(HARDENED), Err(KeyError::PathRange { part: "coin type", value: HARDENED })));
        assert!(KeyPath::new(HARDENED - 1, true, HARDENED - 1).is_ok());
        assert!(matches!(KeyPath::new(HARDENED, false, 0), Err(KeyError::PathRange { part: "account", .. })));
        assert!(matches!(KeyPath::new(0, false, u32::MAX), Err(KeyError::PathRange { part: "index", .. })));
    }
}
