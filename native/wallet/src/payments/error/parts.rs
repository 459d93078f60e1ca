//! What payment errors are made of.

use super::PaymentError;
use crate::ledger::{Amount, DraftError, MilestoneIndex};

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

impl From<DraftError> for PaymentError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::OutputCount { got, limit } => Self::OutputCount { got, limit },
            DraftError::InputCount { limit, .. } => Self::TooManyInputs { limit },
            DraftError::Size { size, limit } => Self::TooLarge { size, limit },
            DraftError::TaggedData { tag, data } => Self::TaggedData { tag, data },
            DraftError::Rule(_) => Self::Draft(error),
        }
    }
}

impl From<rusqlite::Error> for PaymentError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Words about the milestone that applied something, if one did.
pub(super) fn of_milestone(milestone: Option<MilestoneIndex>) -> String {
    milestone.map_or_else(String::new, |milestone| format!(" of milestone {milestone}"))
}
