//! The ports: what the engine asks of the outside. Adapters live in the node client and in tests.
//!
//! [`Feed`] is called by the sync thread only and may block for as long as one request takes.
//! [`Submit`], [`Lookup`](super::Lookup) and [`Witness`](super::Witness) never block: they answer through [`Done`],
//! once, from any thread.
//! [`Drafter`] and [`AddressCodec`] are pure.

use std::sync::Arc;

use super::{
    Address, Amount, BlockId, Conditions, DepositRule, DiffError, LedgerDiff, MilestoneIndex, Network, NodeStatus,
    OutputId, Position, TransactionId, UnixTime,
};
use crate::error::ErrorKind;

/// The answer to a request that does not block; called exactly once.
pub type Done<T> = Box<dyn FnOnce(T) + Send>;

/// A request to the nodes failed. Decided where the fault was seen, after retries and failover.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NodeError {
    /// One of the `Node…` kinds.
    pub kind: ErrorKind,
    /// Which node and what happened; no credentials, no body.
    pub message: String,
}

/// Probes that tell a feed which parts of a diff concern the wallet. Safe from any thread.
pub trait Interest: Sync {
    /// Whether an address is one of the wallet's.
    fn watches(&self, address: &Address) -> bool;
    /// Whether an output is one of the wallet's unspent outputs.
    fn holds(&self, output: &OutputId) -> bool;
}

/// What lies beyond a cursor.
#[derive(Debug)]
pub enum FeedAnswer {
    /// The milestones after the cursor, one after the other: at least one.
    Diffs(Vec<LedgerDiff>),
    /// Nothing is confirmed beyond the cursor as far as the nodes know, which may also be behind it: ask again
    /// later.
    Tip,
    /// The milestone after the cursor is pruned, and no node has it.
    Gap {
        /// Milestones up to and with this one are gone.
        pruned_to: MilestoneIndex,
    },
}

/// The feed could not say what lies beyond the cursor. Never a reason to skip anything.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No node gave a usable answer.
    #[error("no usable answer from the nodes")]
    Node(#[from] NodeError),
    /// A node's diff does not follow the cursor.
    #[error("the node's diff cannot be used")]
    Diff(#[from] DiffError),
}

/// The ledger, milestone by milestone.
pub trait Feed: Send {
    /// The serving node's status and network.
    ///
    /// # Errors
    /// [`NodeError`] when no node answers.
    fn status(&mut self) -> Result<NodeStatus, NodeError>;

    /// What lies beyond `cursor`. For consumed outputs that `interest` holds (or watches, when they were
    /// created in the same milestone) the diff names the spending transaction. `interest` knows nothing of what
    /// the earlier milestones of the same answer create: a feed that does not name the transactions which
    /// consumed those is asked again once they are applied.
    ///
    /// # Errors
    /// [`FeedError`]; the same call may be repeated.
    fn next(&mut self, cursor: &Position, interest: &dyn Interest) -> Result<FeedAnswer, FeedError>;

    /// Whom to wake when something new may lie beyond the cursor. A feed that the nodes tell of news calls it, from
    /// any thread and also in vain; one that has to ask, which is what this does, never does. Whoever calls
    /// [`next`](Self::next) asks again after a while all the same.
    fn on_news(&mut self, wake: Wake) {
        drop(wake);
    }
}

/// Wakes whoever waits for news; never blocks.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// How far a submission has come; for display only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmitStage {
    /// Proof of work is being done, here or by the node.
    ProofOfWork,
    /// The block is on its way to a node.
    Broadcasting,
}

/// A signed payload to be put into a new block.
#[derive(Clone)]
pub struct SubmitRequest {
    /// The signed transaction payload, byte for byte as persisted.
    pub payload: Arc<[u8]>,
    /// Hears of the stages.
    pub progress: Arc<dyn Fn(SubmitStage) + Send + Sync>,
}

/// The node said no to the bytes themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The node's own words, shortened, printable.
    pub reason: String,
}

/// A node took a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Submitted {
    /// The block.
    pub block: BlockId,
    /// Whether no other block with the payload can have gone out with this submission. One may, when a node did not answer and
    /// another one needed a block on other parents.
    pub alone: bool,
}

/// A submission did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Nothing is known about whether a block went out: submit the same bytes again later.
    #[error("the block could not be submitted")]
    Unavailable(#[from] NodeError),
    /// The node refused the block.
    #[error("the node refused the block: {}", .0.reason)]
    Rejected(Rejection),
}

/// Puts signed payloads into blocks. Its answers are hints; only the feed decides.
pub trait Submit: Send + Sync {
    /// Attaches the payload to fresh tips and sends the block.
    fn submit(&self, request: SubmitRequest, done: Done<Result<Submitted, SubmitError>>);
}

/// A text is not a usable address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not bech32, a wrong checksum or length.
    #[error("not a bech32 address, or mistyped: its checksum is wrong")]
    Invalid,
    /// The human-readable part is another network's.
    #[error("an address of network {got:?}, not of {expected:?}")]
    WrongNetwork {
        /// This network's part.
        expected: String,
        /// The address's part.
        got: String,
    },
    /// An address kind that does not exist on this ledger.
    #[error("an address of unknown kind {0}")]
    Unsupported(u8),
}

/// Addresses as people write them (bech32, TIP-31).
pub trait AddressCodec: Send + Sync {
    /// Reads an address of the network with human-readable part `hrp`.
    ///
    /// # Errors
    /// [`AddressError`].
    fn parse(&self, text: &str, hrp: &str) -> Result<Address, AddressError>;
    /// Writes an address; anything that is not one becomes its hexadecimal bytes.
    fn format(&self, address: &Address, hrp: &str) -> String;
    /// The address of an Ed25519 public key.
    fn of_public_key(&self, public_key: &[u8; 32]) -> Address;
}

/// A recipient and what it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// Recipient.
    pub address: Address,
    /// Base units.
    pub amount: Amount,
}

/// A tagged data payload (TIP-23).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaggedData {
    /// 0 to 64 bytes.
    pub tag: Vec<u8>,
    /// As much as the block can carry.
    pub data: Vec<u8>,
}

/// An output to spend: a basic one whose conditions, if it has any, are over, or allow it at [`DraftRequest::at`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftInput {
    /// Which.
    pub id: OutputId,
    /// The address whose key unlocks it.
    pub address: Address,
    /// The output's bytes as on the wire: inputs commit to them.
    pub raw: Vec<u8>,
}

/// A transaction to draft.
#[derive(Debug, Clone)]
pub struct DraftRequest<'a> {
    /// For this network.
    pub network: &'a Network,
    /// Spending these.
    pub inputs: &'a [DraftInput],
    /// Paying these, in this order.
    pub payees: &'a [Payee],
    /// What restricts the output of each payee, in their order; empty: nothing restricts any.
    pub conditions: &'a [Conditions],
    /// And the rest, if any, to this address, as the last output.
    pub remainder: Option<Payee>,
    /// Carrying this.
    pub tagged_data: Option<&'a TaggedData>,
    /// The ledger's time that decides who owns the inputs; none: all of their conditions are over.
    pub at: Option<UnixTime>,
}

/// An unsigned transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The bytes that each key signs.
    pub signing_message: Vec<u8>,
    /// The unsigned transaction with all that [`Drafter::seal`] needs.
    pub essence: Vec<u8>,
    /// The transaction essence alone, as on the wire (TIP-20): its Blake2b-256 is the signing message.
    pub wire: Vec<u8>,
    /// The address that unlocks each input, in the transaction's order of inputs.
    pub unlocks: Vec<Address>,
}

/// A signature for every input of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputSignature {
    /// The address.
    pub address: Address,
    /// Its public key.
    pub public_key: [u8; 32],
    /// The signature over [`Draft::signing_message`].
    pub signature: [u8; 64],
}

/// A signed transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its id, which depends on nothing that comes later.
    pub transaction_id: TransactionId,
    /// The payload to persist and submit.
    pub payload: Vec<u8>,
    /// Ids of the outputs that it creates: the payees' in order, then the remainder's.
    pub outputs: Vec<OutputId>,
}

/// A transaction cannot be drafted or sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftError {
    /// No payee or too many outputs.
    #[error("{got} outputs, where 1 to {limit} are possible")]
    OutputCount {
        /// As requested, with the remainder.
        got: usize,
        /// The ledger's limit.
        limit: usize,
    },
    /// No input or too many.
    #[error("{got} inputs, where 1 to {limit} are possible")]
    InputCount {
        /// As requested.
        got: usize,
        /// The ledger's limit.
        limit: usize,
    },
    /// The signed payload does not fit a block.
    #[error("a payload of {size} bytes, where {limit} fit a block")]
    Size {
        /// Its length.
        size: usize,
        /// The greatest length.
        limit: usize,
    },
    /// The tagged data is none that a payload can have.
    #[error("tagged data of {tag} bytes of tag and {data} bytes of data does not fit")]
    TaggedData {
        /// Length of the tag.
        tag: usize,
        /// Length of the data.
        data: usize,
    },
    /// Anything else that breaks the ledger's rules; a defect of the caller.
    #[error("the transaction breaks a rule of the ledger: {0}")]
    Rule(String),
}

/// Drafts and seals transactions. Pure: the same request gives the same bytes.
pub trait Drafter: Send + Sync {
    /// The greatest number of inputs and outputs of a transaction.
    fn limits(&self) -> (usize, usize);
    /// What a plain output to `address` must hold at least (TIP-19).
    fn minimum_deposit(&self, address: &Address, rule: &DepositRule) -> Amount;
    /// What an output to `address` with a storage deposit return and an expiration must hold at least (TIP-19).
    fn offer_deposit(&self, address: &Address, rule: &DepositRule) -> Amount;
    /// Drafts a transaction.
    ///
    /// # Errors
    /// [`DraftError`]; nothing is signed yet.
    fn draft(&self, request: &DraftRequest<'_>) -> Result<Draft, DraftError>;
    /// Puts the signatures in.
    ///
    /// # Errors
    /// [`DraftError::Rule`] when a signature is missing or the result breaks a rule.
    fn seal(&self, draft: &Draft, signatures: &[InputSignature]) -> Result<Sealed, DraftError>;
}
