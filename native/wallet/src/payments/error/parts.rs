//! What payment errors are made of.

use crate::ledger::Amount;

/// Why an output cannot be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unclaimable {
    /// It is plain.
    #[error("it is spendable as it is")]
    Plain,
    /// It has native tokens, or is an NFT, an alias or a foundry.
    #[error("it carries assets")]
    Assets,
    /// Its timelock is not over.
    #[error("it is locked until a later time")]
    Locked,
    /// It expires within [`CLAIM_MARGIN`](crate::payments::CLAIM_MARGIN).
    #[error("it expires too soon")]
    Expiring,
    /// All of it has to be given back.
    #[error("all of it has to be given back")]
    Empty,
}

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
