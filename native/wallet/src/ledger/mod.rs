//! What a network is to the engine: plain data without wire types, and the ports to the outside.
//!
//! Ids and addresses are opaque bytes here. Only the room `stardust` and the node client know how
//! they look on the wire, so that another ledger can stand beside Stardust later.

mod amount;
mod diff;
mod id;
mod lookup;
mod network;
mod node;
mod output;
mod ports;

pub use amount::{Amount, AmountError};
pub use diff::{Consumed, DiffError, LedgerDiff, RawDiff};
pub use id::{Address, BlockId, IdError, MilestoneId, OutputId, TransactionId};
pub use lookup::{
    BlockState, LedgerTransaction, Lookup, LookupError, OutputAnswer, OutputState, UnspentAnswer, Witness,
    WitnessedMilestone,
};
pub use network::{DepositRule, MilestoneIndex, Network, NodeStatus, Position, UnixTime};
pub use node::{NodeFault, NodeHealth, NodeRole, NodeState};
pub use output::{Conditions, DepositReturn, Expiration, LedgerOutput, NativeToken, OutputKind};
pub use ports::{
    AddressCodec, AddressError, Done, Draft, DraftError, DraftInput, DraftRequest, Drafter, Feed, FeedAnswer,
    FeedError, InputSignature, Interest, NodeError, Payee, Rejection, Sealed, Submit, SubmitError, SubmitRequest,
    SubmitStage, Submitted, TaggedData, Wake,
};
