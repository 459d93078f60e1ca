//! What payment errors are made of.

use crate::ledger::Amount;

/// An amount as given, which may be beyond 64 bits when it is a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountGiven {
    /// This many base units.
    Units(Amount),
    /// A sum that does not fit 64 bits.
    Overflow,
}

impl std::fmt::Display for AmountGiven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Units(amount) => amount.fmt(f),
            Self::Overflow => f.write_str("more than 2^64"),
        }
    }
}
