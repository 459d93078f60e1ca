//! What can go wrong with a payment, each fault with its own kind.

mod kind;
mod parts;

pub use self::parts::AmountGiven;

use self::parts::of_milestone;
use super::{claim::Unclaimable, policy::Refusal};
use crate::{
    error::ErrorKind,
    events::EventError,
    keys::KeyError,
    ledger::{AddressError, Amount, DraftError, MilestoneIndex, OutputId, TransactionId},
    payments::JournalError,
    store::StoreError,
};

/// A payment could not be made or read. Unless it says otherwise nothing was signed and nothing is reserved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The account does not exist.
    #[error("there is no account {0}")]
    AccountNotFound(u32),
    /// No output to pay, or more than a transaction takes.
    #[error("{got} outputs, where 1 to {limit} are possible, a remainder included")]
    OutputCount {
        /// As requested, with a remainder if there is one.
        got: usize,
        /// The ledger's limit.
        limit: usize,
    },
    /// A payee's address cannot be used.
    #[error("the address of output {index} cannot be paid")]
    Address {
        /// Which payee, from 0.
        index: usize,
        /// Why.
        #[source]
        source: AddressError,
    },
    /// The address for the remainder cannot be used.
    #[error("the address for the remainder cannot be paid")]
    RemainderAddress(#[source] AddressError),
    /// The time to claim is out of its range.
    #[error("{got} seconds to claim, where {least} to {most} are possible")]
    MicroExpiration {
        /// As requested.
        got: u32,
        /// The shortest time.
        least: u32,
        /// The longest.
        most: u32,
    },
    /// The note is too long.
    #[error("a note of {length} bytes, where {limit} are possible")]
    NoteLength {
        /// Its length.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// An amount, or their sum, is 0 or more than there is.
    #[error("an amount of {given} base units, where 1 to {supply} exist")]
    Amount {
        /// The amount; none when the sum does not even fit 64 bits.
        given: AmountGiven,
        /// All base units there are.
        supply: Amount,
    },
    /// A payee would get less than its output must hold (TIP-19).
    #[error("output {index} needs a storage deposit of {needed} base units, {given} are given")]
    StorageDeposit {
        /// Which payee, from 0.
        index: usize,
        /// The least amount.
        needed: Amount,
        /// The amount asked for.
        given: Amount,
    },
    /// What can be spent does not cover the payment, or covers it with a rest too small to be an output.
    #[error("{needed} base units are needed, {available} are available")]
    InsufficientFunds {
        /// Amounts and, where no exact sum is found, the least remainder.
        needed: Amount,
        /// In plain, unspent outputs that no payment reserves.
        available: Amount,
    },
    /// The funds are there, in too many small outputs.
    #[error("the payment needs more than {limit} inputs: consolidate first")]
    TooManyInputs {
        /// The ledger's limit.
        limit: usize,
    },
    /// The transaction does not fit a block.
    #[error(
        "the payment needs {size} bytes, where {limit} fit a block: pay fewer recipients at a time, or consolidate first"
    )]
    TooLarge {
        /// What it would need.
        size: usize,
        /// The greatest size.
        limit: usize,
    },
    /// A custom input is not an output that this wallet knows.
    #[error("input {0} is unknown to this wallet")]
    InputUnknown(OutputId),
    /// A custom input is spent.
    #[error("input {0} is spent")]
    InputSpent(OutputId),
    /// A custom input is reserved by another payment.
    #[error("input {0} is reserved by another payment")]
    InputLocked(OutputId),
    /// A custom input belongs to another account, or to somebody else by now.
    #[error("input {0} does not belong to this account")]
    InputNotOurs(OutputId),
    /// A custom input is under a condition or carries assets.
    #[error("input {0} is under a condition or carries assets")]
    InputNotPlain(OutputId),
    /// A custom input is listed twice.
    #[error("input {0} is listed twice")]
    InputRepeated(OutputId),
    /// The tagged data payload does not fit.
    #[error("a tag of {tag} bytes with {data} bytes of data does not fit")]
    TaggedData {
        /// Length of the tag; at most 64.
        tag: usize,
        /// Length of the data.
        data: usize,
    },
    /// The tag of the tagged data is one by which the wallet tells its own transactions.
    #[error("this tag of tagged data is the wallet's own")]
    ReservedTag,
    /// A sweep's parameters exclude everything.
    #[error("a sweep needs 2 to {limit} inputs a transaction, and at least one transaction")]
    SweepCount {
        /// The ledger's limit.
        limit: usize,
    },
    /// No withdrawal, or more than a call takes.
    #[error("{got} withdrawals, where 1 to {limit} are possible")]
    WithdrawalCount {
        /// As requested.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// The wallet stands before a gap.
    #[error("the node pruned milestones that the wallet has not seen: repair first")]
    Gap,
    /// What the seed's addresses hold was not looked for yet.
    #[error("what the account holds was not looked for yet: sync first")]
    Undiscovered,
    /// A transaction that pays withdrawals cannot be cancelled as a whole.
    #[error("the transaction pays withdrawals: cancel them by their keys")]
    Batch,
    /// A transaction that stops a payment cannot be cancelled itself.
    #[error("the transaction cancels another one: it cannot be cancelled")]
    Contest,
    /// A transaction that claims outputs cannot be cancelled unless nodes refuse it and one of its outputs can be claimed by itself.
    #[error("the transaction claims outputs: it cannot be cancelled")]
    Claim,
    /// The inputs of a transaction are gone, and the ledger does not tell any more by what: it cannot be cancelled.
    #[error(
        "the inputs of transaction {0} are gone, and the ledger does not tell any more by what: resolve it by hand"
    )]
    Undecided(TransactionId),
    /// The ledger decides what becomes of a transaction, or has decided.
    #[error("the ledger decides what becomes of the transaction: {why}")]
    Decidable {
        /// How.
        why: &'static str,
    },
    /// What was given as evidence is not what halted payments.
    #[error("payments were halted by another evidence than the one that is given")]
    Evidence,
    /// The idempotency key names something else.
    #[error("the idempotency key belongs to {}", .by.map_or_else(|| "another request".to_owned(), |id| format!("transaction {id}")))]
    KeyTaken {
        /// The transaction that has it, if there is one.
        by: Option<TransactionId>,
    },
    /// An output cannot be claimed.
    #[error("output {id} cannot be claimed: {reason}")]
    NotClaimable {
        /// Which.
        id: OutputId,
        /// Why.
        reason: Unclaimable,
    },
    /// What is claimed for an address would be less than an output must hold (TIP-19).
    #[error("the outputs of an address leave {given} base units, and an own output needs {needed}")]
    ClaimTooSmall {
        /// The least amount.
        needed: Amount,
        /// What the outputs hold beyond what goes back.
        given: Amount,
    },
    /// The idempotency key is empty or too long.
    #[error("an idempotency key of {length} bytes, where 1 to {limit} are possible")]
    KeyLength {
        /// Its length.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// The idempotency key was used for other parameters.
    #[error("the idempotency key was used for a payment with digest {used}, this request has {given}")]
    IdempotencyConflict {
        /// Digest of the payment that has the key, hexadecimal.
        used: String,
        /// Digest of this request, hexadecimal.
        given: String,
    },
    /// No payment has this id or key.
    #[error("there is no such payment")]
    NotFound,
    /// The wallet was restored, and the ledger was not followed to its tip since, or showed what the backup does not know.
    #[error("payments are frozen since the wallet was restored: {reason}")]
    Frozen {
        /// What ends it.
        reason: String,
    },
    /// The seed was searched, and how far issuing had come was not stated yet.
    #[error("the seed was searched: state how far each account had issued, or skip ahead, before anything is paid")]
    IssuingFrozen,
    /// A recovered payment, of which it is not known what it was made for, paid the same.
    #[error(
        "transaction {transaction_id}{}, which was recovered after a restore, paid the same: say whether it is this payment",
        of_milestone(*milestone)
    )]
    PossiblyPaid {
        /// Which.
        transaction_id: TransactionId,
        /// The milestone that applied it; none: none did yet.
        milestone: Option<MilestoneIndex>,
    },
    /// No record has the key, and a recovered payment was made for it: it is paid.
    #[error(
        "transaction {transaction_id}{}, which was recovered after a restore, was made for this key: ask for the payment again \
         with its parameters",
        of_milestone(*milestone)
    )]
    Recovered {
        /// Which.
        transaction_id: TransactionId,
        /// The milestone that applied it; none: none did yet.
        milestone: Option<MilestoneIndex>,
    },
    /// Somebody else spends with this seed: nothing is paid any more.
    #[error("another signer spends with this seed: {evidence}")]
    ForeignSigner {
        /// Which of our outputs was spent by what.
        evidence: String,
    },
    /// The wallet has not met its network yet.
    #[error("the wallet has not reached a node yet, so it does not know its network")]
    NetworkUnknown,
    /// The vault's keys are not those of this wallet's addresses.
    #[error("the vault holds another seed than the one this wallet's addresses come from")]
    SeedMismatch,
    /// Other payments took the selected inputs again and again.
    #[error("other payments took the inputs meanwhile: try again")]
    Contention,
    /// The change address could not be had.
    #[error("the change address could not be issued")]
    ChangeAddress {
        /// What stands for it at the border.
        kind: ErrorKind,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The vault could not sign.
    #[error("the vault could not sign")]
    Keys(#[from] KeyError),
    /// The transaction breaks a rule of the ledger; a defect of ours.
    #[error("the transaction could not be made")]
    Draft(#[source] DraftError),
    /// The key journal failed.
    #[error("the key journal failed")]
    Journal(#[from] JournalError),
    /// A rule does not allow it.
    #[error("the payment rules refuse it: {0}")]
    Refused(Refusal),
    /// Two persons would have to approve it.
    #[error("{given} base units, where two persons have to approve from {from} on: request it as a withdrawal")]
    ApprovalRequired {
        /// As requested.
        given: Amount,
        /// The amount from which they have to.
        from: Amount,
    },
    /// The reviewer has to look at it first.
    #[error("the reviewer has to look at the payment before it is made")]
    ReviewRequired,
    /// The allow-list is of another network.
    #[error("the allow-list has addresses of {listed}, this wallet is one of {network}")]
    RulesNetwork {
        /// The prefix of its addresses.
        listed: String,
        /// That of the wallet's network.
        network: String,
    },
    /// A person's name begins or ends with a space, or has control characters.
    #[error("an approver's name neither begins nor ends with a space, and has no control characters")]
    Name,
    /// A person's name or words are empty or too long.
    #[error("{what} of {length} bytes, where 1 to {limit} are possible")]
    Words {
        /// Which.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The greatest length.
        limit: usize,
    },
    /// No prepared transaction has this id.
    #[error("there is no prepared transaction {0}: it was released, has expired, or the wallet was opened anew since")]
    PreparedNotFound(String),
    /// A prepared transaction cannot be signed as it is any more.
    #[error("prepared transaction {id} was released: {reason}")]
    PreparedOutdated {
        /// Which.
        id: String,
        /// What has changed.
        reason: &'static str,
    },
    /// There are as many prepared transactions as there can be.
    #[error("{limit} transactions are prepared, and there can be no more: submit or release one")]
    PreparedLimit {
        /// So many.
        limit: usize,
    },
    /// A prepared transaction's time is out of its range.
    #[error("a prepared transaction is kept for {least} to {most} milliseconds, not {got}")]
    PreparedExpiry {
        /// As requested.
        got: u64,
        /// The shortest time.
        least: u64,
        /// The longest.
        most: u64,
    },
    /// The store failed.
    #[error("the wallet's database failed")]
    Store(#[from] StoreError),
    /// The event log failed.
    #[error("the event log failed")]
    Event(#[from] EventError),
}
