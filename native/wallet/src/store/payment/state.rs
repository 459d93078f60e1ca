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
    /// It is not submitted any more, and contested: another transaction of ours spends one of its inputs. It may still be
    /// confirmed.
    Cancelling,
    /// A milestone applied it. Final.
    Confirmed,
    /// Another transaction spent an input. Final.
    Dead,
    /// The transaction that contested it was confirmed. Final: it can never be applied.
    Cancelled,
}

stored_enum!(PaymentState {
    Signed = "signed",
    Submitted = "submitted",
    Rejected = "rejected",
    Cancelling = "cancelling",
    Confirmed = "confirmed",
    Dead = "dead",
    Cancelled = "cancelled",
});

impl PaymentState {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Signed, Self::Submitted, Self::Rejected, Self::Cancelling, Self::Confirmed, Self::Dead, Self::Cancelled];

    /// Whether it is submitted until a milestone ends it.
    #[must_use]
    pub const fn is_driven(self) -> bool {
        matches!(self, Self::Signed | Self::Submitted | Self::Rejected)
    }

    /// Whether a milestone may still change it; its inputs are reserved as long.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Signed | Self::Submitted | Self::Rejected | Self::Cancelling => true,
            Self::Confirmed | Self::Dead | Self::Cancelled => false,
        }
    }
}
