//! What only live listeners hear of: it is true for a moment and not in the log.

use crate::{
    error::ErrorKind,
    ledger::{Amount, MilestoneIndex, TransactionId, UnixTime},
    store::{Gap, sql::stored_enum},
};

/// How far a payment has come on its way to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProgressStage {
    /// Outputs are chosen.
    SelectingInputs,
    /// The transaction is drafted.
    Prepared,
    /// It is being signed.
    Signing,
    /// Proof of work is being done.
    ProofOfWork,
    /// The block is on its way to a node.
    Broadcasting,
}
stored_enum!(ProgressStage {
    SelectingInputs = "selectingInputs",
    Prepared = "prepared",
    Signing = "signing",
    ProofOfWork = "proofOfWork",
    Broadcasting = "broadcasting",
});

/// A payment reached a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionProgress {
    /// Who pays.
    pub account: u32,
    /// The account's alias.
    pub alias: String,
    /// The caller's key, if it gave one.
    pub idempotency_key: Option<String>,
    /// The transaction, as soon as it has an id.
    pub transaction_id: Option<TransactionId>,
    /// The stage.
    pub stage: ProgressStage,
}

/// Whether a pool of addresses lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PoolState {
    /// More than a quarter is there.
    Good,
    /// A quarter or less is there.
    Low,
    /// Nothing is there.
    Empty,
}

/// The pool of a chain of addresses came into another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolStatus {
    /// The account.
    pub account: u32,
    /// The account's alias.
    pub alias: String,
    /// Whether it is the change chain.
    pub internal: bool,
    /// How many addresses are in the pool.
    pub ready: u32,
    /// How many there should be.
    pub size: u32,
    /// The state.
    pub state: PoolState,
}

/// How far the search of the seed's accounts has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryProgress {
    /// The account that it is at.
    pub account: u32,
    /// Whether it is at that account's change chain.
    pub internal: bool,
    /// Key index up to which it has looked at that chain.
    pub searched: u32,
    /// Addresses that it has looked at, of all accounts.
    pub looked_at: u64,
    /// Addresses that count as issued by it.
    pub addresses: u64,
    /// Accounts that are there, of those that it is done with.
    pub accounts: u32,
    /// What these accounts held when it was done with them.
    pub amount: Amount,
}

/// An account has so many outputs that its payments may need more inputs than a transaction takes, or no longer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolidationStatus {
    /// The account.
    pub account: u32,
    /// The account's alias.
    pub alias: String,
    /// Whether outputs should be put together; false: no longer.
    pub required: bool,
    /// How many unspent outputs it has.
    pub outputs: u64,
    /// What can be paid with now.
    pub available: Amount,
    /// What one transaction can pay at most: the largest outputs, as many as a transaction takes.
    pub payable: Amount,
}

/// A sweep, or a consolidation, has made one more transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepProgress {
    /// The account that gets it.
    pub account: u32,
    /// The account's alias.
    pub alias: String,
    /// The transaction; it is on disk.
    pub transaction_id: TransactionId,
    /// How many it has made so far, this one included.
    pub transactions: usize,
    /// How many outputs these spend.
    pub outputs: usize,
    /// How many of those that were there when it began it has still to look at, as far as its limit reaches.
    pub left: usize,
    /// What the outputs hold that it spends so far.
    pub amount: Amount,
}

/// What the sync loop is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncState {
    /// No node has answered since the start.
    Starting,
    /// Milestones that the node has are being applied.
    CatchingUp,
    /// Everything that the node has confirmed is applied.
    Synced,
    /// Nodes do not answer, or not usably; it is tried again.
    Stalled,
    /// The node pruned what the cursor needs: crediting, paying and issuing are refused until it is repaired.
    Gap,
    /// The wallet stopped itself after a fault.
    Halted,
}
stored_enum!(SyncState {
    Starting = "starting",
    CatchingUp = "catchingUp",
    Synced = "synced",
    Stalled = "stalled",
    Gap = "gap",
    Halted = "halted",
});

/// How the wallet stands to its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncStatus {
    /// What the loop is doing.
    pub state: SyncState,
    /// The last applied milestone; none before the first contact.
    pub cursor: Option<MilestoneIndex>,
    /// That milestone's time.
    pub cursor_time: Option<UnixTime>,
    /// The node's newest confirmed milestone, as last heard.
    pub node_milestone: Option<MilestoneIndex>,
    /// That milestone's time.
    pub node_time: Option<UnixTime>,
    /// The node that answered last, without credentials.
    pub node_url: Option<String>,
    /// Its own word on its health.
    pub node_healthy: Option<bool>,
    /// The gap that the wallet stands before. It may be there while the state is another one, as after a halt.
    pub gap: Option<Gap>,
    /// The present failure: its kind and what happened.
    pub error: Option<(ErrorKind, String)>,
}

impl SyncStatus {
    /// How many confirmed milestones are not applied yet, if a node was heard.
    #[must_use]
    pub fn lag(&self) -> Option<u32> {
        let (cursor, node) = (self.cursor?, self.node_milestone?);
        Some(node.0.saturating_sub(cursor.0))
    }

    /// How many seconds of ledger time are not applied yet, if a node was heard.
    #[must_use]
    pub fn lag_seconds(&self) -> Option<u32> {
        let (cursor, node) = (self.cursor_time?, self.node_time?);
        Some(node.0.saturating_sub(cursor.0))
    }
}

impl Default for SyncStatus {
    fn default() -> Self {
        Self {
            state: SyncState::Starting,
            cursor: None,
            cursor_time: None,
            node_milestone: None,
            node_time: None,
            node_url: None,
            node_healthy: None,
            gap: None,
            error: None,
        }
    }
}
