//! The only door in: opens everything and owns the threads.
//!
//! An [`AccountManager`] is one wallet directory. Its calls block and are safe from any thread; none waits for another
//! but for the moment of a commit. [`open`](AccountManager::open) needs neither node nor password;
//! [`start`](AccountManager::start) begins to follow the ledger and to submit what is open;
//! [`close`](AccountManager::close) ends all of it.

mod accounts;
mod audit;
mod backup;
mod error;
mod events;
mod import;
mod payments;
mod policy;
mod pool;
mod recovery;
mod secrets;
#[cfg(test)]
mod tests;
mod types;
mod unlocked;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

pub use self::{
    audit::{AuditFilter, AuditHead, AuditRecord, Break, BreakKind, Verdict},
    error::WalletError,
    secrets::{SecretConfig, SecretGiven, SeedOrigin},
    types::{AccountAddress, AccountInfo, AccountRef, Balance, Health, OutputFilter, OutputInfo, Page, PoolHealth},
};
use self::{pool::Pool, unlocked::Unlocked};
use crate::{
    accounts::Accounts,
    clock::Clock,
    error::{ErrorKind, chain},
    events::{Bus, Keeper, SyncStatus, announce},
    keys::{CoinType, SecretManager},
    ledger::{AddressCodec, Feed, Lookup, MilestoneIndex, Network, NodeStatus, Submit},
    payments::{Journal, PaymentPolicy, PaymentPorts, PaymentRules, Payments, pending},
    stardust::Stardust,
    store::{AccountRow, Store, account, gap, restore},
    sync::{LedgerSync, RepairReport, SyncError, SyncPorts, Witnessing},
};
pub use crate::{
    accounts::{IssuedAccount, IssuedBefore, Released},
    backup::BackupInfo,
    events::Retention,
    store::{
        recovery::{GapLimits, Recovery},
        restore::{Restore, Window},
    },
    sync::RecoverBy,
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
    /// When no node has had a new milestone for so long, the state is `stalled`; zero: never. Default a minute, six times the
    /// interval of public networks.
    pub standstill: Duration,
    /// What is kept of the event log at least, once all consumers are past it; default: everything.
    pub keep_events: Option<Retention>,
    /// The wallet's outputs are compared with the ledger in the background: those of up to 100 addresses, then a pause of
    /// this length, so that the nodes get at most 100 requests in it; zero: never. Default a minute.
    pub reconcile_every: Duration,
    /// How the wallet pays.
    pub payments: PaymentPolicy,
    /// What it may pay; default: everything.
    pub rules: PaymentRules,
    /// So many addresses of each account are derived in advance while the vault is unlocked, so that issuing one takes no
    /// keys; default 0.
    pub address_pool: u32,
    /// The key journal's file; default `payments.journal` in the wallet directory. It should lie on other storage, which is not
    /// lost together with the database.
    pub key_journal: Option<PathBuf>,
}

impl Config {
    /// A configuration with the default poll interval.
    #[must_use]
    pub fn new(storage_path: impl Into<PathBuf>, coin_type: CoinType, secret: SecretConfig) -> Self {
        Self {
            storage_path: storage_path.into(),
            coin_type,
            secret,
            poll_interval: Duration::from_millis(500),
            standstill: Duration::from_secs(60),
            keep_events: None,
            reconcile_every: Duration::from_secs(60),
            payments: PaymentPolicy::default(),
            rules: PaymentRules::default(),
            address_pool: 0,
            key_journal: None,
        }
    }

    /// Where the key journal is.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.key_journal.clone().unwrap_or_else(|| self.storage_path.join("payments.journal"))
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
    keeper: Keeper,
    store: Arc<Store>,
    accounts: Arc<Accounts>,
    secrets: Arc<dyn SecretManager>,
    unlocked: Arc<Unlocked>,
    pool: Arc<Pool>,
    codec: Arc<dyn AddressCodec>,
    lookup: Arc<dyn Lookup>,
    clock: Arc<dyn Clock>,
    bus: Arc<Bus>,
    feed: Mutex<Option<Box<dyn Feed>>>,
    reconcile_every: Duration,
    /// Why accounts of a used seed could not be looked for when it was tried last.
    undiscovered: Mutex<BTreeMap<u32, (ErrorKind, String)>>,
    /// What a backup has to know of the configuration.
    place: backup::Place,
    started: AtomicBool,
}

impl AccountManager {
    /// Opens a wallet directory, or makes one. Reads all addresses into memory; asks no node and no password.
    ///
    /// # Errors
    /// Those of [`Store::open`], [`WalletError::Mismatch`] when the directory belongs to a wallet with another coin
    /// type or secret manager, and [`WalletError::Journal`].
    pub fn open(config: &Config, ports: Ports) -> Result<Self, WalletError> {
        Self::open_witnessed(config, ports, None)
    }

    /// Like [`open`](Self::open), with a second node that has to agree with each milestone before anything of it is booked.
    /// The wallet waits for it when it is behind or does not answer, and halts when it contradicts; it goes on after a
    /// restart with a witness that agrees. What [`repair`](Self::repair) finds is not witnessed.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_witnessed(config: &Config, ports: Ports, witness: Option<Witnessing>) -> Result<Self, WalletError> {
        let Ports { feed, submit, lookup, clock } = ports;
        let store = Arc::new(Store::open(&config.storage_path)?);
        let stored_before = secrets::check_directory(&store, config.coin_type, &config.secret, clock.now_ms())?;
        store.writer().commit(audit::begin)?;
        let secrets = config.secret.open(config.coin_type, stored_before);
        let (codec, bus): (Arc<dyn AddressCodec>, _) = (Arc::new(Stardust), Arc::<Bus>::default());
        announce(&store, &bus)?;
        let accounts = Accounts::load(Arc::clone(&store), Arc::clone(&secrets), Arc::clone(&codec), Arc::clone(&clock))
            .map(Arc::new)?;
        accounts.watch().expect(store.readers().read(pending)?);
        let unlocked = Unlocked::new(Arc::clone(&secrets), Arc::clone(&store));
        let ports = PaymentPorts {
            store: Arc::clone(&store),
            keys: Arc::clone(&secrets),
            codec: Arc::clone(&codec),
            drafter: Arc::new(Stardust),
            submit,
            lookup: Arc::clone(&lookup),
            clock: Arc::clone(&clock),
            host: Arc::new(payments::Host { accounts: Arc::clone(&accounts), unlocked: Arc::clone(&unlocked) }),
            bus: Arc::clone(&bus),
            journal: Arc::new(Journal::new(config.journal(), Arc::clone(&store))),
        };
        let payments = payments::open(ports, config.payments.clone(), config.rules.clone())?;
        let (followers, released) = (Arc::clone(&payments), Arc::clone(&payments));
        let sync = LedgerSync::new(SyncPorts {
            store: Arc::clone(&store),
            watch: Arc::clone(accounts.watch()),
            codec: Arc::clone(&codec),
            bus: Arc::clone(&bus),
            poll_interval: config.poll_interval,
            on_applied: Box::new(move |milestone| followers.applied(milestone)),
            on_released: Box::new(move || backup::begin_payments(&released)),
            lookup: Arc::clone(&lookup),
            witness,
            standstill: config.standstill,
        })?;
        let (stored, issuer, opened) = (Arc::clone(&store), Arc::clone(&accounts), Arc::clone(&unlocked));
        let pool = Pool::new(config.address_pool, stored, issuer, opened, Arc::clone(&bus));
        Ok(Self {
            sync,
            payments,
            keeper: Keeper::new(Arc::clone(&store), config.keep_events),
            store,
            accounts,
            unlocked,
            pool,
            secrets,
            codec,
            lookup,
            clock,
            bus,
            feed: Mutex::new(Some(feed)),
            reconcile_every: config.reconcile_every,
            undiscovered: Mutex::default(),
            place: backup::Place::of(config),
            started: AtomicBool::new(false),
        })
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
            self.sync.reconcile(Arc::clone(&self.lookup), Arc::clone(&self.clock), self.reconcile_every)?;
        }
        self.keeper.start().map_err(WalletError::Thread)?;
        self.pool.start().map_err(WalletError::Thread)?;
        self.started.store(true, Ordering::SeqCst);
        self.start_payments()
    }

    /// Stops all threads, finishes the writes that wait and gives the directory free. Idempotent; later calls answer
    /// that the wallet is closed. What is on its way to a node may still arrive there.
    pub fn close(&self) {
        self.sync.close();
        self.payments.close();
        self.keeper.close();
        self.pool.close();
        self.unlocked.close();
        self.store.close();
    }

    #[cfg(test)]
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    #[cfg(test)]
    pub(crate) fn accounts_room(&self) -> &Arc<Accounts> {
        &self.accounts
    }

    #[cfg(test)]
    pub(crate) fn watch(&self) -> &Arc<crate::accounts::WatchSet> {
        self.accounts.watch()
    }

    /// Waits until everything is applied that the node has confirmed at the time of this call, and answers the last
    /// applied milestone. While the vault is unlocked, accounts of a seed that was used before are looked for on the
    /// ledger first; one that cannot be looked for does not hold up the others: see
    /// [`check_discovered`](Self::check_discovered).
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
        // a search of the whole seed comes to these accounts too
        if undiscovered.is_empty() || self.store.readers().read(restore::issuing_frozen)? {
            return Ok(reached);
        }
        for row in undiscovered {
            // what was found is kept; the next call goes on with the rest
            let in_time = if begun.elapsed() > timeout { Err(SyncError::Timeout) } else { Ok(()) };
            // locked by itself meanwhile, as if it had been before
            let Ok(_at_work) = self.unlocked.work() else { return Ok(reached) };
            let found = in_time.and_then(|()| self.sync.discover(&self.accounts, &*self.lookup, row.account));
            let mut failed = self.undiscovered.lock().unwrap_or_else(PoisonError::into_inner);
            match found {
                Ok(()) => {
                    failed.remove(&row.account);
                    self.pool.touch(row.account, false);
                }
                Err(error @ (SyncError::Closed | SyncError::Halted(_))) => return Err(error.into()),
                Err(error) => {
                    let (kind, text) = (error.kind(), chain(&error));
                    tracing::warn!(
                        account = row.account,
                        kind = kind.name(),
                        error = text,
                        "an account is not found yet"
                    );
                    failed.insert(row.account, (kind, text));
                }
            }
        }
        match timeout.saturating_sub(begun.elapsed()) {
            Duration::ZERO => Ok(reached),
            left => Ok(self.sync.sync(left)?),
        }
    }

    /// Whether what the addresses of an account hold was looked for, as far as the last [`sync`](Self::sync) tried.
    ///
    /// # Errors
    /// Why it could not be looked for; [`AccountError`](crate::accounts::AccountError) when there is no such account.
    pub fn check_discovered(&self, which: &AccountRef) -> Result<(), WalletError> {
        let row = self.row(which)?;
        let failed = self.undiscovered.lock().unwrap_or_else(PoisonError::into_inner).get(&row.account).cloned();
        match failed.filter(|_| row.discovery) {
            Some((kind, message)) => Err(SyncError::Standing { kind, message }.into()),
            None => Ok(()),
        }
    }

    /// Repairs the gap that the wallet stands before: asks nodes what came and what went in it, and books all of it in one
    /// transaction at the milestone after which the ledger is followed again. None: there is no gap. Takes as long as
    /// asking for all addresses takes. When it fails, or the process dies, the gap is as it was: call it again.
    ///
    /// # Errors
    /// [`SyncError`]: no healthy node beyond the gap, or one that failed in the middle.
    pub fn repair(&self) -> Result<Option<RepairReport>, WalletError> {
        Ok(self.sync.repair(&*self.lookup, self.clock.now_ms())?)
    }

    /// Where the wallet stands to its node, as last known. Asks no node.
    #[must_use]
    pub fn status(&self) -> SyncStatus {
        self.sync.status()
    }

    /// Everything that a watcher over this wallet wants to know, as last known. Asks no node.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn health(&self) -> Result<Health, WalletError> {
        let repaired_gaps = self.store.readers().read(gap::all_repaired)?;
        let reconciliation = self.sync.reconciliation();
        let pool = self.pool.health();
        let hot = self.payments.hot_health();
        Ok(Health { status: self.status(), nodes: self.lookup.nodes(), repaired_gaps, reconciliation, pool, hot })
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
