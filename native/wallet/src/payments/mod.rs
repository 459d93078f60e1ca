//! Payments: from a request to a transaction that the ledger applied.
//!
//! **Sign, persist, submit.** A signed transaction is on disk, with its inputs reserved, before its first byte leaves;
//! a retry sends the same bytes in a new block. A crash before the commit leaves nothing; a crash after it leaves a
//! payment that is submitted after the next start.
//! **Only milestones end a payment** ([`settle`]). What nodes say of blocks only steers (`state`).
//! **Same key, same payment.** A key is stored with the payment it made and answers with that payment ever after; with
//! other parameters it is refused.
//! **An output is in one open payment at most:** leased in memory while a payment is made (`lease`), locked in the
//! database from the commit on.
//!
//! In the order of the path: `request` (canonical form, digest, checks), `select` (pure), `send` (build, sign,
//! persist), `drive` (the thread that submits), [`settle`] (called by the milestone's transaction), [`query`].

mod drive;
mod error;
mod inclusion;
mod lease;
pub mod query;
mod request;
pub(crate) mod select;
mod send;
pub mod settle;
pub(crate) mod state;
#[cfg(test)]
mod tests;
mod turns;

use std::sync::Arc;

use self::{drive::Drive, lease::Leases, turns::Turns};
pub use self::{
    error::{AmountGiven, PaymentError},
    query::{Payment, PaymentRef},
    request::{KEY_LIMIT, RemainderStrategy, SendOptions, SendRequest},
    settle::pending,
    state::PaymentState,
};
use crate::{
    clock::Clock,
    events::{Bus, Notice, ProgressStage, TransactionProgress},
    keys::SecretManager,
    ledger::{Address, AddressCodec, Drafter, Lookup, MilestoneIndex, Submit, TransactionId},
    store::Store,
};

/// What payments need of the rooms beside them; the manager wires it.
pub trait PaymentHost: Send + Sync {
    /// The account's one change address, durable and watched when it is answered; issued on first need. Called by
    /// one thread at a time for an account.
    ///
    /// # Errors
    /// [`PaymentError::ChangeAddress`], [`PaymentError::Keys`] or [`PaymentError::Store`].
    fn change_address(&self, account: u32) -> Result<Address, PaymentError>;

    /// A payment is on disk. Called on the writer thread after the commit, before any later job's: the scan has to
    /// know the transaction from now on. Must not block.
    fn signed(&self, transaction: &TransactionId);
}

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
    drive: Drive,
}

impl Payments {
    /// Payments of a wallet; nothing is submitted before [`start`](Self::start).
    #[must_use]
    pub fn new(ports: PaymentPorts) -> Self {
        let (leases, drive) = (Leases::default(), Drive::default());
        Self { ports, leases, turns: Turns::default(), change_turns: Turns::default(), drive }
    }

    /// Starts the thread `payments`, which submits what is open and follows it. Idempotent.
    ///
    /// # Errors
    /// The operating system's, when it starts no thread.
    pub fn start(&self) -> Result<(), std::io::Error> {
        self.drive.start(&self.ports)
    }

    /// Tells that milestones up to this one are applied. Called after their commit; does not block.
    pub fn applied(&self, milestone: MilestoneIndex) {
        self.drive.applied(milestone);
    }

    /// Stops the thread and joins it. Idempotent. What is on its way to a node may still arrive there.
    pub fn close(&self) {
        self.drive.close();
    }

    /// One payment.
    ///
    /// # Errors
    /// [`PaymentError::NotFound`], [`PaymentError::Store`].
    pub fn find(&self, which: &PaymentRef) -> Result<Payment, PaymentError> {
        self.ports.store.readers().read(|conn| query::find(conn, which))
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
