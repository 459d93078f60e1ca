//! Payments: from a request to a transaction that the ledger applied.
//!
//! **Sign, persist, submit.** A signed transaction is on disk, with its inputs reserved, and in the key journal (`journal`) before
//! its first byte leaves; a retry sends the same bytes in a new block. A crash before the commit leaves nothing; a crash after it leaves a
//! payment that is submitted after the next start.
//! **Only milestones end a payment** ([`settle`]). What nodes say of blocks only steers (`state`).
//! **Same key, same payment.** A key is stored with the payment it made and answers with that payment ever after; with
//! other parameters it is refused.
//! **An output is in one open payment at most:** leased in memory while a payment is made (`lease`), locked in the
//! database from the commit on.
//!
//! **Claims** (`claim`) are payments to ourselves that spend outputs under conditions, each back to the address it came to.
//!
//! **Ready outputs** (`fan`): what comes back to an account that withdraws is split, so that batches do not wait for each other.
//!
//! **By itself** the wallet sweeps, consolidates and claims, where a policy says so (`hot`).
//!
//! **Cancelled by the ledger:** a signed payment is stopped by spending one of its inputs otherwise, and the milestone says
//! which of the two it was (`cancel`).
//!
//! **Rules before signing** (`policy`): what they refuse is not signed, or what is signed is not kept.
//!
//! **What no record has** (`recovered`): after a restore, payments that the ledger shows are written down, and bound to their
//! keys (`bind`) by the marks that they carry (`marker`).
//!
//! **What the ledger does not tell any more** a person does (`resolve`).
//!
//! In the order of the path: `request` (canonical form, digest, checks), `select` (pure, over `pool`), `build` (draft, sign,
//! seal), `persist` (the one commit), `journal`, `drive` (the thread that submits), [`settle`] (called by the milestone's transaction),
//! [`query`]. `send` is one payment at once; `withdraw` takes requests that `batch` (a thread) pays together;
//! `prepare` decides all of a payment and waits for a word.

mod batch;
mod bind;
mod build;
mod cancel;
mod claim;
mod drive;
mod error;
mod fan;
mod hot;
mod inclusion;
mod journal;
mod lease;
mod lock;
mod marker;
#[cfg(feature = "testing")]
pub mod measure;
mod micro;
mod persist;
mod policy;
mod pool;
mod prepare;
pub mod query;
mod recovered;
mod request;
mod resolve;
pub(crate) mod select;
mod send;
pub mod settle;
pub(crate) mod state;
mod sweep;
#[cfg(test)]
mod tests;
mod turns;
mod withdraw;

use std::sync::Arc;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use self::journal::fuzz;
#[cfg(test)]
pub(crate) use self::journal::{covers, transactions};
pub use self::{
    batch::BatchPolicy,
    cancel::{CONTEST_TAG, Cancelled},
    claim::{CLAIM_LIMIT, CLAIM_MARGIN, Unclaimable, unclaimable},
    error::{AmountGiven, PaymentError},
    hot::{ClaimPolicy, ConsolidationPolicy, HotHealth, HotWalletPolicy, SweepPolicy},
    journal::{Journal, JournalError, recover},
    marker::MARKER_TAG,
    micro::{LEAST_TO_CLAIM, MICRO_EXPIRATION, MicroAmount},
    policy::{APPROVER_LIMIT, PaymentRules, REASON_LIMIT, Refusal, Window},
    prepare::{PREPARED_LIMIT, PREPARED_TIME, Prepared, PreparedOutput},
    query::{Payment, PaymentRef},
    request::{KEY_LIMIT, NOTE_LIMIT, RemainderStrategy, Reviewed, SendOptions, SendRequest},
    resolve::{EVIDENCE_LIMIT, Outcome},
    settle::pending,
    state::PaymentState,
    sweep::{SweepReport, SweepRequest, SweepSource},
    withdraw::{Accepted, WITHDRAWALS_LIMIT, Withdrawal, WithdrawalRequest},
};
use self::{batch::Batches, drive::Drive, hot::Hot, lease::Leases, prepare::PreparedSet, turns::Turns};
pub(crate) use self::{journal::try_place, policy::check_network};
pub use crate::store::{
    recovered::{RecoveredRow, RecoveredState},
    withdrawal::{Approval, WithdrawalStage, WithdrawalState},
};
use crate::{
    clock::Clock,
    events::{Bus, Notice, ProgressStage, TransactionProgress},
    keys::SecretManager,
    ledger::{Address, AddressCodec, Drafter, Lookup, MilestoneIndex, Submit, TransactionId},
    store::{Store, restore},
};

/// What payments need of the rooms beside them; the manager wires it.
pub trait PaymentHost: Send + Sync {
    /// The account's one change address, durable and watched when it is answered; issued on first need. Called by
    /// one thread at a time for an account.
    ///
    /// # Errors
    /// [`PaymentError::ChangeAddress`], [`PaymentError::Keys`] or [`PaymentError::Store`].
    fn change_address(&self, account: u32) -> Result<Address, PaymentError>;

    /// Begins to work with the keys: as long as the answer lives, the vault does not lock by itself.
    ///
    /// # Errors
    /// [`PaymentError::Keys`] when its time is over.
    fn work(&self) -> Result<Box<dyn AtWork>, PaymentError>;

    /// A payment is on disk. Called on the writer thread after the commit, before any later job's: the scan has to
    /// know the transaction from now on. Must not block.
    fn signed(&self, transaction: &TransactionId);
}

/// Somebody works with the keys until this is dropped.
pub trait AtWork: Send {}

/// Nobody does whom this one has to know.
impl AtWork for () {}

impl<T: AtWork> AtWork for Option<T> {}

/// All that payments work with.
#[derive(Clone)]
pub struct PaymentPorts {
    /// The wallet's database.
    pub store: Arc<Store>,
    /// The wallet's keys.
    pub keys: Arc<dyn SecretManager>,
    /// Reads addresses.
    pub codec: Arc<dyn AddressCodec>,
    /// Drafts and seals transactions.
    pub drafter: Arc<dyn Drafter>,
    /// Sends blocks.
    pub submit: Arc<dyn Submit>,
    /// Asks about blocks.
    pub lookup: Arc<dyn Lookup>,
    /// Stamps records and paces retries.
    pub clock: Arc<dyn Clock>,
    /// The rooms beside.
    pub host: Arc<dyn PaymentHost>,
    /// Hears of progress.
    pub bus: Arc<Bus>,
    /// Keeps what was signed beside the database.
    pub journal: Arc<Journal>,
}

impl PaymentPorts {
    /// Tells live listeners how far a payment has come.
    fn tell(&self, payer: &Payer, transaction_id: Option<TransactionId>, stage: ProgressStage) {
        self.bus.publish(Notice::Progress(TransactionProgress {
            account: payer.account,
            alias: payer.alias.clone(),
            idempotency_key: payer.key.clone(),
            transaction_id,
            stage,
        }));
    }
}

/// Who pays, as progress names it.
#[derive(Clone, Debug)]
struct Payer {
    account: u32,
    alias: String,
    key: Option<String>,
}

/// Makes payments and sees them through. Safe to use from any thread.
pub struct Payments {
    ports: PaymentPorts,
    leases: Leases,
    turns: Turns,
    /// The accounts whose change address is being looked for.
    change_turns: Turns,
    /// The accounts whose outputs are being claimed.
    claim_turns: Turns,
    drive: Drive,
    batches: Batches,
    prepared: PreparedSet,
    hot: Hot,
    policy: PaymentPolicy,
    rules: Arc<PaymentRules>,
}

/// How a wallet pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentPolicy {
    /// How withdrawals are put together.
    pub batches: BatchPolicy,
    /// How many small outputs (of less than 4 storage deposits) a payment with a remainder takes along at most; default 8.
    pub fold: usize,
    /// How many outputs that can each pay a batch are kept ready in an account that withdraws, by splitting
    /// what comes back to it: remainders, sweeps and consolidations;
    /// default 1: remainders are not split.
    pub ready_outputs: usize,
    /// What the wallet does with its outputs by itself; default: nothing.
    pub hot_wallet: HotWalletPolicy,
}

impl Default for PaymentPolicy {
    fn default() -> Self {
        Self { batches: BatchPolicy::default(), fold: 8, ready_outputs: 1, hot_wallet: HotWalletPolicy::default() }
    }
}

impl Payments {
    /// Payments of a wallet; nothing is submitted before [`start`](Self::start).
    #[must_use]
    pub fn new(ports: PaymentPorts, policy: PaymentPolicy) -> Self {
        let (leases, drive, batches) = (Leases::default(), Drive::default(), Batches::new(policy.batches, &ports.bus));
        let hot = Hot::new(policy.hot_wallet.clone(), &ports.bus);
        let (turns, change_turns, claim_turns) = (Turns::default(), Turns::default(), Turns::default());
        let (prepared, rules) = (PreparedSet::default(), Arc::default());
        Self { ports, leases, turns, change_turns, claim_turns, drive, batches, prepared, hot, policy, rules }
    }

    /// The same with rules about what may be paid; without this call everything may. What waits is judged by them now, and the
    /// audit log tells of them if they are not those of before.
    ///
    /// # Errors
    /// [`PaymentError::RulesNetwork`]; nothing was judged. [`PaymentError::Store`]; what was judged before stays so.
    pub fn with_rules(mut self, rules: PaymentRules) -> Result<Self, PaymentError> {
        // before: what is refused by a list that is not meant for this wallet would stay so
        self.ports.store.readers().read(|conn| policy::check_network(conn, &rules))?;
        self.rules = Arc::new(rules);
        self.record_rules()?;
        self.apply_rules()?;
        Ok(self)
    }

    /// Starts the thread `payments`, which submits what is open and follows it, the thread `withdrawals`, which puts
    /// requested ones into transactions, and the thread `hot-wallet`. Idempotent.
    ///
    /// # Errors
    /// The operating system's, when it starts no thread; and in a restored wallet when what waits cannot be judged.
    pub fn start(self: &Arc<Self>) -> Result<(), std::io::Error> {
        let restored = self.ports.store.readers().read(restore::present).map_err(std::io::Error::other)?.is_some();
        if restored {
            // not before payments are free
            self.apply_rules().map_err(std::io::Error::other)?;
        }
        self.drive.start(&self.ports)?;
        self.batches.start(self)?;
        self.hot.start(self)
    }

    /// Tells that milestones up to this one are applied. Called after their commit; does not block.
    pub fn applied(&self, milestone: MilestoneIndex) {
        self.drive.applied(milestone);
        self.batches.applied();
        self.hot.look();
    }

    /// Tells that keys can be used that could not. Does not block.
    pub fn unlocked(&self) {
        self.batches.applied();
        self.hot.look();
    }

    /// Stops the threads and joins them. Idempotent. What is on its way to a node may still arrive there.
    pub fn close(&self) {
        self.hot.close();
        self.batches.close();
        self.drive.close();
        self.ports.journal.close();
    }

    /// One payment.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`]; of a key those of [`withdrawal`](Self::withdrawal); [`PaymentError::Store`].
    pub fn find(&self, which: &PaymentRef) -> Result<Payment, PaymentError> {
        let look = || self.ports.store.readers().read(|conn| query::find(conn, which));
        match (look(), which) {
            (Err(PaymentError::NotFound), PaymentRef::Key(key)) => self.unless_known(key, look),
            (found, _) => found,
        }
    }

    /// Up to `limit` payments after a position, oldest first; of one account or of all.
    ///
    /// # Errors
    /// [`PaymentError::Store`].
    pub fn page(&self, account: Option<u32>, after: Option<i64>, limit: u32) -> Result<Vec<Payment>, PaymentError> {
        self.ports.store.readers().read(|conn| query::page(conn, account, after, limit))
    }
}

impl Drop for Payments {
    fn drop(&mut self) {
        self.close();
    }
}
