//! Single questions to nodes: the ports [`Lookup`] and [`Witness`].

use std::sync::Arc;

use super::{
    Address, BlockId, Done, Interest, LedgerOutput, MilestoneId, MilestoneIndex, NodeError, NodeHealth, OutputId,
    TaggedData, TransactionId,
};

/// What a node knows of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockState {
    /// The node does not know the block.
    Unknown,
    /// Not yet referenced by a milestone.
    Pending {
        /// It will not be any more: attach the payload again.
        should_reattach: bool,
    },
    /// Its transaction was applied.
    Included {
        /// By this milestone.
        milestone: MilestoneIndex,
    },
    /// Referenced, and its transaction not applied.
    Conflicting {
        /// The ledger's code of the reason.
        code: u8,
        /// The same in words.
        reason: String,
    },
}

/// Unspent outputs as an index knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnspentAnswer {
    /// The ledger height at which the answer holds.
    pub ledger_index: MilestoneIndex,
    /// All unspent outputs that name one of the addresses in any role.
    pub outputs: Vec<LedgerOutput>,
}

/// A look-up failed.
pub type LookupError = NodeError;

/// Single questions to a node.
pub trait Lookup: Send + Sync {
    /// What the node knows of a block.
    fn block_state(&self, block: BlockId, done: Done<Result<BlockState, LookupError>>);

    /// The unspent outputs of some addresses, at a height of `at_least` or later; answers from an index that
    /// lags behind are waited out or refused ([`NodeUnhealthy`](crate::error::ErrorKind::NodeUnhealthy)).
    fn unspent(
        &self,
        addresses: Vec<Address>,
        at_least: MilestoneIndex,
        done: Done<Result<UnspentAnswer, LookupError>>,
    );
    /// The unspent outputs of the whole ledger that name an address which `interest` watches, at a height of `at_least`
    /// or later. None: no node offers the whole set.
    fn unspent_all(
        &self,
        interest: Arc<dyn Interest + Send + Sync>,
        at_least: MilestoneIndex,
        done: Done<Result<Option<UnspentAnswer>, LookupError>>,
    );

    /// What became of an output, from a healthy node whose ledger stands at `at_least` or later; a node that lags behind
    /// is waited out or refused ([`ErrorKind::NodeUnhealthy`](crate::error::ErrorKind::NodeUnhealthy)).
    fn output_state(&self, id: OutputId, at_least: MilestoneIndex, done: Done<Result<OutputAnswer, LookupError>>);

    /// A transaction that a milestone applied, from the block that carries it. None: nobody has that block any more, which
    /// is also what a port says that cannot look for it.
    fn transaction(&self, id: TransactionId, done: Done<Result<Option<LedgerTransaction>, LookupError>>) {
        tracing::debug!(transaction = %id, "nobody can be asked for a transaction");
        done(Ok(None));
    }

    /// The block by which a milestone applied a transaction; its id is computed from its bytes. None: nobody has that block any
    /// more, which is also what a port says that cannot look for it.
    fn included_block(&self, id: TransactionId, done: Done<Result<Option<BlockId>, LookupError>>) {
        tracing::debug!(transaction = %id, "nobody can be asked for the block of a transaction");
        done(Ok(None));
    }

    /// The nodes in the order of preference, a witness last, as they are known from what was asked of them so
    /// far. From memory: nobody is asked, nothing waits. Empty where there are none, as in tests.
    fn nodes(&self) -> Vec<NodeHealth> {
        Vec::new()
    }
}

/// An applied transaction as its own bytes say. Its id is computed from them and its signatures are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerTransaction {
    /// Its id.
    pub id: TransactionId,
    /// The signed payload.
    pub payload: Vec<u8>,
    /// What it spends, in its order.
    pub inputs: Vec<OutputId>,
    /// What it creates, in its order.
    pub outputs: Vec<LedgerOutput>,
    /// The tagged data that it carries.
    pub tagged_data: Option<TaggedData>,
}

/// What became of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputState {
    /// It is unspent.
    Unspent,
    /// A milestone spent it.
    Spent {
        /// That one.
        milestone: MilestoneIndex,
        /// By this transaction.
        transaction: TransactionId,
    },
    /// The node does not have it (404): it was never created, or it was spent and is pruned.
    Unknown,
}

/// What became of an output as a node knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputAnswer {
    /// The ledger height at which the answer holds. For [`OutputState::Unknown`] the node had this height before it was
    /// asked.
    pub ledger_index: MilestoneIndex,
    /// What became of it.
    pub state: OutputState,
}

/// A milestone as a second node tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessedMilestone {
    /// Its id, computed from its bytes.
    pub id: MilestoneId,
    /// What it created, by id.
    pub created: Vec<OutputId>,
    /// What it consumed, by id.
    pub consumed: Vec<OutputId>,
}

/// A second node, independent of those of the feed. A milestone's id commits to its blocks and not to the changes that a
/// node derives from them, so that both are compared.
pub trait Witness: Send + Sync {
    /// A milestone's id and changes; none: the node does not have it, yet or any more.
    fn milestone(&self, index: MilestoneIndex, done: Done<Result<Option<WitnessedMilestone>, NodeError>>);

    /// An output as the block says that carries its transaction; the ids of block and transaction are computed from its
    /// bytes. None: the node does not have the block, yet or any more.
    fn output(&self, id: OutputId, done: Done<Result<Option<LedgerOutput>, NodeError>>);
}
