//! Where a payment stands.

use crate::store::sql::stored_enum;

/// Where a payment stands, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// Signed and on disk; no node has taken it yet.
    Signed,
    /// A node took a block with it.
    Submitted,
    /// Nodes refuse it. Its inputs stay reserved, because what is signed may still be confirmed.
    Rejected,
    /// A milestone applied it. Final.
    Confirmed,
    /// Another transaction spent an input. Final.
    Dead,
}

stored_enum!(PaymentState {
    Signed = "signed",
    Submitted = "submitted",
    Rejected = "rejected",
    Confirmed = "confirmed",
    Dead = "dead",
});

impl PaymentState {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Signed, Self::Submitted, Self::Rejected, Self::Confirmed, Self::Dead];

    /// Whether a milestone may still change it; its inputs are reserved as long.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Signed | Self::Submitted | Self::Rejected => true,
            Self::Confirmed | Self::Dead => false,
        }
    }
}
