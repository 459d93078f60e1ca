//! Opaque ids: bytes with a known greatest length, compared and ordered as bytes.

use std::{cmp::Ordering, fmt, hash};

/// An id has the wrong length or is not hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// More bytes than the ledger's ids have, or none.
    #[error("an id of {0} bytes")]
    Length(usize),
    /// Not `0x` and an even count of hexadecimal digits.
    #[error("an id that is not 0x and hexadecimal digits")]
    Hex,
}

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name {
            len: u8,
            bytes: [u8; $max],
        }

        impl $name {
            /// Takes 1 to the greatest number of bytes of this id.
            ///
            /// # Errors
            /// [`IdError::Length`] for none or too many bytes.
            pub fn from_slice(slice: &[u8]) -> Result<Self, IdError> {
                let len = u8::try_from(slice.len()).map_err(|_| IdError::Length(slice.len()))?;
                if slice.is_empty() || slice.len() > $max {
                    return Err(IdError::Length(slice.len()));
                }
                let mut bytes = [0; $max];
                bytes[..slice.len()].copy_from_slice(slice);
                Ok(Self { len, bytes })
            }

            /// Reads `0x` and hexadecimal digits.
            ///
            /// # Errors
            /// [`IdError`] when it is not that, or too long.
            pub fn from_hex(text: &str) -> Result<Self, IdError> {
                let digits = text.strip_prefix("0x").ok_or(IdError::Hex)?;
                Self::from_slice(&hex::decode(digits).map_err(|_| IdError::Hex)?)
            }

            /// The bytes.
            #[must_use]
            pub fn as_slice(&self) -> &[u8] {
                &self.bytes[..usize::from(self.len)]
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_slice() == other.as_slice()
            }
        }
        impl Eq for $name {}
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_slice().cmp(other.as_slice())
            }
        }
        impl hash::Hash for $name {
            fn hash<H: hash::Hasher>(&self, state: &mut H) {
                self.as_slice().hash(state);
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut digits = [0; 2 * $max];
                let digits = &mut digits[..2 * usize::from(self.len)];
                hex::encode_to_slice(self.as_slice(), digits).map_err(|_| fmt::Error)?;
                f.write_str("0x")?;
                f.write_str(std::str::from_utf8(digits).map_err(|_| fmt::Error)?)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

opaque_id!(
    /// Identifies an output (UTXO). On Stardust 34 bytes: transaction id and output index.
    OutputId, 40
);
opaque_id!(
    /// Identifies a transaction. On Stardust 32 bytes.
    TransactionId, 32
);
opaque_id!(
    /// Identifies a block that carries a transaction. On Stardust 32 bytes.
    BlockId, 32
);
opaque_id!(
    /// Identifies a milestone. On Stardust 32 bytes.
    MilestoneId, 32
);
opaque_id!(
    /// An address as the ledger writes it. On Stardust a kind byte (0 Ed25519, 8 alias, 16 NFT) and 32 bytes.
    Address, 33
);

#[cfg(test)]
mod tests {
    use super::{BlockId, IdError, OutputId};

    #[test]
    fn hex_round_trip() {
        let id = OutputId::from_hex("0x00ffA1").unwrap();
        assert_eq!(id.as_slice(), [0, 0xff, 0xa1]);
        assert_eq!(id.to_string(), "0x00ffa1");
    }

    #[test]
    fn refuses_what_is_no_id() {
        assert_eq!(BlockId::from_hex("00"), Err(IdError::Hex));
        assert_eq!(BlockId::from_hex("0x0"), Err(IdError::Hex));
        assert_eq!(BlockId::from_hex("0x0g"), Err(IdError::Hex));
        assert_eq!(BlockId::from_hex("0x"), Err(IdError::Length(0)));
        assert_eq!(BlockId::from_slice(&[0; 33]), Err(IdError::Length(33)));
        assert_eq!(BlockId::from_slice(&[0; 300]), Err(IdError::Length(300)));
    }

    #[test]
    fn a_prefix_is_another_id() {
        assert_ne!(BlockId::from_slice(&[1]).unwrap(), BlockId::from_slice(&[1, 0]).unwrap());
        assert!(BlockId::from_slice(&[1]).unwrap() < BlockId::from_slice(&[1, 0]).unwrap());
    }
}
