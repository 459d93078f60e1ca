//! What can go wrong with the event log and its consumers.

use crate::{error::ErrorKind, ledger::MilestoneIndex, store::StoreError};

/// An operation on the log failed; it changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The database.
    #[error("the event log could not be read or written")]
    Store(#[from] StoreError),
    /// No consumer has this name.
    #[error("no consumer is named {name:?}")]
    ConsumerNotFound {
        /// The name.
        name: String,
    },
    /// The name cannot be one.
    #[error("a consumer's name has 1 to {limit} bytes without control characters")]
    ConsumerNameInvalid {
        /// The greatest length in bytes.
        limit: usize,
    },
    /// The sequence is beyond the end of the log.
    #[error("sequence {sequence} lies beyond the log's last, {last}")]
    PositionInvalid {
        /// As given.
        sequence: u64,
        /// The newest event's.
        last: u64,
    },
    /// The milestone is not applied yet, nor the next one.
    #[error("milestone {index} lies beyond the last applied one, {cursor}")]
    MilestoneInvalid {
        /// As given.
        index: MilestoneIndex,
        /// The last applied one.
        cursor: MilestoneIndex,
    },
    /// Events after the position are gone from the log.
    #[error("events after this position were pruned; the log begins with sequence {first}, of milestone {milestone}")]
    PositionPruned {
        /// The oldest sequence that the log still has.
        first: u64,
        /// Its milestone.
        milestone: MilestoneIndex,
    },
    /// The filter names nothing, or too much.
    #[error("each list of a filter has at least one entry, and at most {limit} accounts")]
    FilterInvalid {
        /// Most accounts.
        limit: usize,
    },
    /// The position belongs to another log than this wallet's.
    #[error("the position is one of log {given}; this wallet's log is {current}: replay it from milestone {milestone}")]
    LogReplaced {
        /// As given.
        given: String,
        /// This wallet's.
        current: String,
        /// From here on nothing is missed; what comes again has the same ids as before.
        milestone: MilestoneIndex,
    },
}

impl EventError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::ConsumerNotFound { .. } => ErrorKind::ConsumerNotFound,
            Self::ConsumerNameInvalid { .. } => ErrorKind::ConsumerNameInvalid,
            Self::PositionInvalid { .. } | Self::MilestoneInvalid { .. } => ErrorKind::PositionInvalid,
            Self::PositionPruned { .. } => ErrorKind::PositionPruned,
            Self::FilterInvalid { .. } => ErrorKind::InvalidArgument,
            Self::LogReplaced { .. } => ErrorKind::LogReplaced,
        }
    }
}
