//! What the tables of payments hold.

use super::PaymentState;
use crate::{
    ledger::{Address, Amount, BlockId, MilestoneIndex, OutputId, TaggedData, TransactionId, UnixTime},
    store::sql::stored_enum,
};

/// What an output of a payment is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutputRole {
    /// Asked for by the caller.
    Payee,
    /// What remained of the inputs.
    Remainder,
    /// Collected from other addresses of the account.
    Sweep,
    /// Many outputs put into one.
    Consolidation,
    /// One of many that one output was split into.
    FanOut,
    /// The inputs of a cancelled payment, sent back to ourselves.
    Cancel,
    /// What conditional outputs that were deposits hold beyond what goes back.
    Claim,
    /// The storage deposit that a claim gives back.
    DepositReturn,
    /// Of a recovered payment, to an address of ours: what it was for is not known any more.
    Recovered,
}
stored_enum!(OutputRole {
    Payee = "payee",
    Remainder = "remainder",
    Sweep = "sweep",
    Consolidation = "consolidation",
    FanOut = "fanOut",
    Cancel = "cancel",
    Claim = "claim",
    DepositReturn = "depositReturn",
    Recovered = "recovered",
});

impl OutputRole {
    /// Whether somebody asked for it to be paid, or may have: it is no step of the wallet within itself.
    #[must_use]
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Self::Payee | Self::Recovered)
    }
}

/// An input of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentInputRow {
    /// The output that it spends.
    pub output_id: OutputId,
    /// The address that unlocks it.
    pub address: Address,
    /// Its base units.
    pub amount: Amount,
}

/// An output of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentOutputRow {
    /// The output that it creates.
    pub output_id: OutputId,
    /// Who gets it.
    pub address: Address,
    /// Its base units.
    pub amount: Amount,
    /// What it is for.
    pub role: OutputRole,
    /// The account that it goes to, when the address was ours at signing.
    pub ours: Option<u32>,
    /// The part of the amount that its owner has to give back.
    pub deposit_return: Option<Amount>,
    /// The ledger's time from which it belongs to the return address.
    pub expiration: Option<UnixTime>,
}

/// A block that carried a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachmentRow {
    /// The block.
    pub block_id: BlockId,
    /// When a node took it, by the wallet's clock.
    pub attached_ms: u64,
}

/// A payment on its way into the database.
#[derive(Clone, Debug)]
pub struct NewPaymentRow {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub account: u32,
    /// The caller's key.
    pub key: Option<String>,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// The signed bytes.
    pub payload: Vec<u8>,
    /// The tagged data that they carry.
    pub tagged_data: Option<TaggedData>,
    /// What comes back.
    pub remainder: Amount,
    /// The payment that it contests; none: it is none of a cancellation.
    pub contests: Option<i64>,
    /// Whether it is a claim that is made again for the rest of its inputs once it is dead.
    pub retry: bool,
    /// The dead claim in whose place it is made.
    pub retries: Option<i64>,
    /// The caller's words.
    pub note: Option<String>,
    /// By the wallet's clock.
    pub created_ms: u64,
    /// What it spends.
    pub inputs: Vec<PaymentInputRow>,
    /// What it creates, in the transaction's order.
    pub outputs: Vec<PaymentOutputRow>,
}

/// A payment without its inputs, outputs and bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// Order of signing; the key of pages.
    pub row: i64,
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Who pays.
    pub account: u32,
    /// The caller's key.
    pub key: Option<String>,
    /// Hash of the request's parameters.
    pub digest: [u8; 32],
    /// Where it stands.
    pub state: PaymentState,
    /// Why it is rejected, dead, cancelled or, by the wallet itself, being cancelled; or what of it was confirmed for nothing.
    pub reason: Option<String>,
    /// The tagged data that it carries.
    pub tagged_data: Option<TaggedData>,
    /// What comes back.
    pub remainder: Amount,
    /// The payment that it contests; none: it is none of a cancellation.
    pub contests: Option<i64>,
    /// Whether it is a claim that is made again for the rest of its inputs once it is dead.
    pub retry: bool,
    /// The dead claim in whose place it is made.
    pub retries: Option<i64>,
    /// The caller's words.
    pub note: Option<String>,
    /// When it was signed, by the wallet's clock.
    pub created_ms: u64,
    /// The milestone that confirmed it or spent an input otherwise.
    pub milestone_index: Option<MilestoneIndex>,
    /// That milestone's time.
    pub milestone_time: Option<UnixTime>,
    /// Whether it is never submitted: the key journal has it, and a key of it was used for another payment.
    pub held: bool,
    /// Whether blocks that are not on record may carry it.
    pub unsure: bool,
    /// The block by which a milestone applied it, where a node had to be asked.
    pub included: Option<BlockId>,
}

impl PaymentRow {
    /// Whether it is submitted until a milestone ends it.
    #[must_use]
    pub const fn is_driven(&self) -> bool {
        self.state.is_driven() && !self.held
    }
}
