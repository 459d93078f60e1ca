//! The only door in: opens everything and owns the threads.
//!
//! An [`AccountManager`] is one wallet directory. Its calls block and are safe from any thread; none waits for another
//! but for the moment of a commit. [`open`](AccountManager::open) needs neither node nor password;
//! [`start`](AccountManager::start) begins to follow the ledger and to submit what is open;
//! [`close`](AccountManager::close) ends all of it.

mod accounts;
mod error;
mod events;
mod payments;
mod secrets;
#[cfg(test)]
mod tests;
mod types;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

pub use self::{
    error::WalletError,
    secrets::{SecretConfig, SeedOrigin},
    types::{AccountAddress, AccountInfo, AccountRef, Balance, OutputFilter, OutputInfo, Page},
};
use crate::{
    accounts::Accounts,
    clock::Clock,
    events::{Bus, SyncStatus, announce, ensure_log_id},
    keys::{CoinType, SecretManager},
    ledger::{AddressCodec, Feed, Lookup, MilestoneIndex, Network, NodeStatus, Submit},
    payments::{PaymentPorts, Payments, pending},
    stardust::Stardust,
    store::{AccountRow, Store, account},
    sync::{LedgerSync, SyncError, SyncPorts},
};

/// How a wallet is opened. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The wallet directory; created when it is not there.
    pub storage_path: PathBuf,
    /// The coin type of all key paths. It cannot change once the wallet exists.
    pub coin_type: CoinType,
    /// Where the keys are.
    pub secret: SecretConfig,
    /// Pause between questions to the node when nothing is new; default 500 ms.
    pub poll_interval: Duration,
}

impl Config {
    /// A configuration with the default poll interval.
    #[must_use]
    pub fn new(storage_path: impl Into<PathBuf>, coin_type: CoinType, secret: SecretConfig) -> Self {
        Self { storage_path: storage_path.into(), coin_type, secret, poll_interval: Duration::from_millis(500) }
    }
}

/// The wallet's ways to the outside.
pub struct Ports {
    /// The ledger.
    pub feed: Box<dyn Feed>,
    /// Sends blocks.
    pub submit: Arc<dyn Submit>,
    /// Single questions.
    pub lookup: Arc<dyn Lookup>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// An open wallet.
pub struct AccountManager {
    // closed in `close`, in this order
    sync: LedgerSync,
    payments: Arc<Payments>,
    store: Arc<Store>,
    accounts: Arc<Accounts>,
    secrets: Arc<dyn SecretManager>,
    codec: Arc<dyn AddressCodec>,
    lookup: Arc<dyn Lookup>,
    clock: Arc<dyn Clock>,
    bus: Arc<Bus>,
    feed: Mutex<Option<Box<dyn Feed>>>,
}

impl AccountManager {
    /// Opens a wallet directory, or makes one. Reads all addresses into memory; asks no node and no password.
    ///
    /// # Errors
    /// Those of [`Store::open`], and [`WalletError::Mismatch`] when the directory belongs to a wallet with another coin
    /// type or secret manager.
    pub fn open(config: &Config, ports: Ports) -> Result<Self, WalletError> {
        let Ports { feed, submit, lookup, clock } = ports;
        let store = Arc::new(Store::open(&config.storage_path)?);
        let stored_before = secrets::check_directory(&store, config.coin_type, &config.secret)?;
        store.writer().commit(ensure_log_id)?;
        let secrets = config.secret.open(config.coin_type, stored_before);
        let codec: Arc<dyn AddressCodec> = Arc::new(Stardust);
        let bus = Arc::<Bus>::default();
        announce(&store, &bus)?;
        let accounts =
            Accounts::load(Arc::clone(&store), Arc::clone(&secrets), Arc::clone(&codec), Arc::clone(&clock))?;
        let accounts = Arc::new(accounts);
        accounts.watch().expect(store.readers().read(pending)?);
        let payments = Arc::new(Payments::new(PaymentPorts {
            store: Arc::clone(&store),
            keys: Arc::clone(&secrets),
            codec: Arc::clone(&codec),
            drafter: Arc::new(Stardust),
            submit,
            lookup: Arc::clone(&lookup),
            clock: Arc::clone(&clock),
            host: Arc::new(payments::Host { accounts: Arc::clone(&accounts) }),
            bus: Arc::clone(&bus),
        }));
        let followers = Arc::clone(&payments);
        let sync = LedgerSync::new(SyncPorts {
            store: Arc::clone(&store),
            watch: Arc::clone(accounts.watch()),
            codec: Arc::clone(&codec),
            bus: Arc::clone(&bus),
            poll_interval: config.poll_interval,
            on_applied: Box::new(move |milestone| followers.applied(milestone)),
        })?;
        let feed = Mutex::new(Some(feed));
        Ok(Self { sync, payments, store, accounts, secrets, codec, lookup, clock, bus, feed })
    }

    /// Begins to follow the ledger and to submit what is open. Idempotent. Give nodes their credentials and the vault its
    /// password before, where there are any; neither is needed to follow the ledger.
    ///
    /// # Errors
    /// [`WalletError::Thread`], [`WalletError::Sync`].
    pub fn start(&self) -> Result<(), WalletError> {
        let feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(feed) = feed {
            self.sync.start(feed)?;
        }
        self.payments.start().map_err(WalletError::Thread)
    }

    /// Stops all threads, finishes the writes that wait and gives the directory free. Idempotent; later calls answer
    /// that the wallet is closed. What is on its way to a node may still arrive there.
    pub fn close(&self) {
        self.sync.close();
        self.payments.close();
        self.store.close();
    }

    #[cfg(test)]
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Waits until everything is applied that the node has confirmed at the time of this call, and answers the last
    /// applied milestone. While the vault is unlocked, accounts of a seed that was used before are looked for on the
    /// ledger first.
    ///
    /// # Errors
    /// [`SyncError`]: the present failure when no node can be followed, a gap, or a timeout.
    pub fn sync(&self, timeout: Duration) -> Result<MilestoneIndex, WalletError> {
        let begun = Instant::now();
        let reached = self.sync.sync(timeout)?;
        if self.secret_status() != crate::keys::VaultStatus::Unlocked {
            return Ok(reached);
        }
        let undiscovered: Vec<AccountRow> = self.store.readers().read(account::undiscovered)?;
        if undiscovered.is_empty() {
            return Ok(reached);
        }
        for row in undiscovered {
            if begun.elapsed() > timeout {
                // what was found is kept; the next call goes on with the rest
                return Err(SyncError::Timeout.into());
            }
            self.sync.discover(&self.accounts, &*self.lookup, row.account)?;
        }
        Ok(self.sync.sync(timeout.saturating_sub(begun.elapsed()))?)
    }

    /// Where the wallet stands to its node, as last known. Asks no node.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.sync.status()
    }

    /// The wallet's network; none before the first contact with a node.
    #[must_use]
    pub fn network(&self) -> Option<Arc<Network>> {
        self.sync.network()
    }

    /// The serving node's own status, asked for now.
    ///
    /// # Errors
    /// [`SyncError::Node`] when no node answers, a timeout, or that the wallet is not
    /// started.
    pub fn node_status(&self, timeout: Duration) -> Result<NodeStatus, WalletError> {
        Ok(self.sync.node_status(timeout)?)
    }

    /// Grows with every commit and every change of the status. Read it, look, then
    /// [`wait_change`](Self::wait_change) with it: no change is missed.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.store.pulse().version()
    }

    /// Waits until [`version`](Self::version) is beyond `seen`, at most for `timeout`; answers the version.
    pub fn wait_change(&self, seen: u64, timeout: Duration) -> u64 {
        self.store.pulse().wait(seen, timeout)
    }
}

impl Drop for AccountManager {
    fn drop(&mut self) {
        self.close();
    }
}
