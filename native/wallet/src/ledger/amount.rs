//! Amounts of the base coin.

use std::{fmt, iter, str};

/// An amount of base coins in base units (on Stardust 1/1,000,000 of a coin), never negative.
///
/// There is no arithmetic that wraps or saturates: sums and differences are checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u64);

/// A text is not an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount is a decimal number of base units without sign, point or leading zeros")]
pub struct AmountError;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of `units` base units.
    #[must_use]
    pub const fn new(units: u64) -> Self {
        Self(units)
    }

    /// The number of base units.
    #[must_use]
    pub const fn units(self) -> u64 {
        self.0
    }

    /// The sum, or none when it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or none when `other` is larger.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The sum of all, or none when it does not fit.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut amounts = amounts.into_iter();
        iter::Iterator::try_fold(&mut amounts, Self::ZERO, Self::checked_add)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl str::FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        if !plain {
            return Err(AmountError);
        }
        text.parse().map(Self).map_err(|_| AmountError)
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, AmountError};

    #[test]
    fn reads_plain_decimals_only() {
        assert_eq!("18446744073709551615".parse(), Ok(Amount::new(u64::MAX)));
        assert_eq!("0".parse(), Ok(Amount::ZERO));
        for text in ["", "-1", "+1", "1.0", "01", "1e3", " 1", "0x1", "18446744073709551616", "١"] {
            assert_eq!(text.parse::<Amount>(), Err(AmountError), "{text:?}");
        }
    }

    #[test]
    fn never_wraps() {
        assert_eq!(Amount::new(u64::MAX).checked_add(Amount::new(1)), None);
        assert_eq!(Amount::new(1).checked_sub(Amount::new(2)), None);
        assert_eq!(Amount::checked_sum([Amount::new(u64::MAX), Amount::new(1)]), None);
        assert_eq!(Amount::checked_sum([Amount::new(2), Amount::new(1)]), Some(Amount::new(3)));
    }
}
