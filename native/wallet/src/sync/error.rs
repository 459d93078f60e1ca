//! Why the wallet does not follow its node.

use crate::{
    accounts::AccountError,
    error::ErrorKind,
    events::EventError,
    ledger::{DiffError, FeedError, MilestoneId, MilestoneIndex, NodeError, OutputId, TransactionId},
    payments::PaymentError,
    store::StoreError,
};

/// Following the ledger failed. Nothing of the milestone in question is in the database; it is tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The nodes.
    #[error("the node could not be followed")]
    Node(#[from] NodeError),
    /// A node's milestone does not follow the cursor.
    #[error("the node's diff cannot be used")]
    Diff(#[from] DiffError),
    /// A node did not say which transaction consumed an output of ours.
    #[error("milestone {index} does not say what consumed output {id}")]
    NoSpender {
        /// The milestone.
        index: MilestoneIndex,
        /// The output.
        id: OutputId,
    },
    /// The feed says that there are milestones, and gives none.
    #[error("the feed answered with no milestone")]
    NoMilestone,
    /// The node serves another network than the wallet's.
    #[error("the node serves network {got:?}, the wallet belongs to {expected:?}")]
    WrongNetwork {
        /// The wallet's network and its protocol.
        expected: String,
        /// The node's.
        got: String,
    },
    /// The node says of itself that it is not healthy.
    #[error("the node {url} is not healthy")]
    Unhealthy {
        /// Where it was reached.
        url: String,
    },
    /// The node has pruned what the cursor needs.
    #[error("the nodes have pruned milestones up to {pruned_to}, the wallet has seen those up to {cursor}")]
    Gap {
        /// The last applied milestone.
        cursor: MilestoneIndex,
        /// The last pruned one.
        pruned_to: MilestoneIndex,
    },
    /// The witness node does not have the milestone yet, or not the block of an output in it: it is waited for.
    #[error("the witness has not confirmed milestone {index}: waiting for it")]
    WitnessBehind {
        /// The milestone.
        index: MilestoneIndex,
    },
    /// The witness node does not answer: it is waited for.
    #[error("the witness could not be asked")]
    Witness(#[source] NodeError),
    /// The witness node tells the milestone otherwise: nothing of it is booked, and the wallet halts.
    #[error("the witness contradicts the node about milestone {index} ({id}): {what}")]
    WitnessDiffers {
        /// The milestone.
        index: MilestoneIndex,
        /// Its id at the serving node.
        id: MilestoneId,
        /// What differs.
        what: String,
    },
    /// The wallet was restored, and how far issuing had come was not stated: the ledger is not followed before, or it would
    /// pass by what came to addresses that are not known yet.
    #[error("the wallet was restored from a backup: state how far each account had issued, or skip ahead, before")]
    Held,
    /// There is no gap, or it is over.
    #[error("there is no gap to repair")]
    NoGap,
    /// Addresses were issued while a repair asked for what they hold.
    #[error("addresses were issued while the gap was repaired: repair again")]
    Moved,
    /// What a transaction of a restored wallet says was not asked for: it is, the next time.
    #[error("transaction {0} was not looked for yet")]
    Unasked(TransactionId),
    /// What the loop met while the caller waited for it.
    #[error("{message}")]
    Standing {
        /// The kind of the failure.
        kind: ErrorKind,
        /// Its text with all causes.
        message: String,
    },
    /// The time that the caller gave has passed.
    #[error("the wallet did not catch up in the given time")]
    Timeout,
    /// The wallet was closed or never started.
    #[error("the wallet does not follow a node: it is closed or was not started")]
    Closed,
    /// The wallet stopped itself.
    #[error("the wallet stopped itself: {0}")]
    Halted(String),
    /// The database.
    #[error("the milestone could not be stored")]
    Store(#[from] StoreError),
    /// The event log.
    #[error("the milestone's events could not be stored")]
    Events(#[from] EventError),
    /// Payments.
    #[error("the milestone's payments could not be settled")]
    Payments(#[from] PaymentError),
    /// Accounts and keys, while looking for what a seed holds.
    #[error("the seed's addresses could not be looked for")]
    Accounts(#[from] AccountError),
}

impl SyncError {
    /// The kind that callers branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Node(error) => error.kind,
            Self::Diff(_) | Self::NoSpender { .. } | Self::NoMilestone => ErrorKind::NodeAnswerInvalid,
            Self::WrongNetwork { .. } => ErrorKind::NodeWrongNetwork,
            Self::Unhealthy { .. } => ErrorKind::NodeUnhealthy,
            Self::Gap { .. } | Self::NoGap => ErrorKind::Gap,
            Self::Held => ErrorKind::IssuingFrozen,
            Self::WitnessBehind { .. } => ErrorKind::NodeUnhealthy,
            Self::Witness(error) => error.kind,
            Self::WitnessDiffers { .. } => ErrorKind::Halted,
            Self::Moved | Self::Unasked(_) => ErrorKind::Busy,
            Self::Standing { kind, .. } => *kind,
            Self::Timeout => ErrorKind::Timeout,
            Self::Closed => ErrorKind::Closed,
            Self::Halted(_) => ErrorKind::Halted,
            Self::Store(error) => error.kind(),
            Self::Events(error) => error.kind(),
            Self::Payments(error) => error.kind(),
            Self::Accounts(error) => error.kind(),
        }
    }
}

impl From<FeedError> for SyncError {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Node(error) => Self::Node(error),
            FeedError::Diff(error) => Self::Diff(error),
        }
    }
}

impl From<(ErrorKind, String)> for SyncError {
    fn from((kind, message): (ErrorKind, String)) -> Self {
        match kind {
            ErrorKind::Closed => Self::Closed,
            ErrorKind::Halted => Self::Halted(message),
            _ => Self::Standing { kind, message },
        }
    }
}
