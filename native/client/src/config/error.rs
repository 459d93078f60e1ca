//! What does not hold together.

use stardust_wallet::error::ErrorKind;

/// A configuration does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No node was given.
    #[error("no node is configured")]
    NoNode,
    /// A node's address is not usable. The address itself may hold a password and is not repeated.
    #[error("the address of node {position} {reason}")]
    Url {
        /// Which, from 1.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A node is there twice.
    #[error("node {position} is configured twice")]
    Duplicate {
        /// Which, from 1.
        position: usize,
    },
    /// The address of the witness is not usable.
    #[error("the address of the witness {reason}")]
    Witness {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address of the permanode is not usable.
    #[error("the address of the permanode {reason}")]
    Permanode {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address of a node's INX is not usable. It is not repeated.
    #[error("the INX address of node {position} {reason}")]
    Inx {
        /// Which, from 1.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A number is out of its range.
    #[error("{name} must be {range}")]
    Range {
        /// Which.
        name: &'static str,
        /// The range.
        range: &'static str,
    },
    /// Credentials for a node that is not configured.
    #[error("no node with this address is configured")]
    UnknownNode,
    /// User, password or token cannot be sent in a header.
    #[error("the credentials have characters that cannot be sent")]
    Credentials,
}

impl ConfigError {
    /// The kind that callers branch on.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NoNode
            | Self::Url { .. }
            | Self::Duplicate { .. }
            | Self::Inx { .. }
            | Self::Witness { .. }
            | Self::Permanode { .. }
            | Self::Range { .. } => ErrorKind::InvalidConfiguration,
            Self::UnknownNode | Self::Credentials => ErrorKind::InvalidArgument,
        }
    }
}
