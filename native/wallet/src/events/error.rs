//! What can go wrong with the event log and its consumers.

use crate::{error::ErrorKind, store::StoreError};

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
    /// The position belongs to another log than this wallet's.
    #[error("the position is one of log {given}; this wallet's log is {current}")]
    LogReplaced {
        /// As given.
        given: String,
        /// This wallet's.
        current: String,
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
            Self::PositionInvalid { .. } => ErrorKind::PositionInvalid,
            Self::LogReplaced { .. } => ErrorKind::LogReplaced,
        }
    }
}
