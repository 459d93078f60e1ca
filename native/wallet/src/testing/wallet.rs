//! A wallet in a directory of its own, on a scripted node.

use std::{path::Path, sync::Arc, time::Duration};

use super::{ManualClock, ScriptedFeed};
use crate::{
    audit::AuditFilter,
    events::{LedgerEvent, LoggedEvent, Start, consumer::POLL_LIMIT},
    keys::{CoinType, Mnemonic},
    ledger::{Address, MilestoneIndex},
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin, WalletError},
    payments::PaymentPolicy,
    sync::Witnessing,
};

/// The reference vectors' words; no money was ever on them.
pub const WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base \
    attack because joke dream slender leisure group reason prepare broken river";

/// How long tests wait for what must happen, also on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A wallet with its mnemonic and a node.
pub struct TestWallet {
    /// The wallet.
    pub manager: AccountManager,
    /// Its node.
    pub node: ScriptedFeed,
}

impl TestWallet {
    /// Opens the wallet in `directory` without starting it.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn open(directory: &Path, node: &ScriptedFeed) -> Result<Self, WalletError> {
        Self::open_polling(directory, node, Duration::from_millis(2))
    }

    /// Opens the wallet with a witness and a limit for nodes that stand still.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn open_with(
        directory: &Path,
        node: &ScriptedFeed,
        witness: Option<Witnessing>,
        standstill: Duration,
    ) -> Result<Self, WalletError> {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.standstill) = (Duration::from_millis(2), standstill);
        Self::with(&config, node, witness)
    }

    /// Opens the wallet in `directory` without starting it; it asks for news in this interval.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn open_polling(directory: &Path, node: &ScriptedFeed, interval: Duration) -> Result<Self, WalletError> {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        config.poll_interval = interval;
        Self::with(&config, node, None)
    }

    /// Opens and starts a wallet with a new seed that compares itself with the ledger in this interval.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn start_reconciling(directory: &Path, node: &ScriptedFeed, every: Duration) -> Self {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.reconcile_every) = (Duration::from_millis(2), every);
        let wallet = Self::with(&config, node, None).expect("a wallet that opens");
        wallet.run(SeedOrigin::New);
        wallet
    }

    /// A started wallet whose key journal is at `journal`.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn start_journaled(directory: &Path, node: &ScriptedFeed, journal: &Path) -> Result<Self, WalletError> {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.key_journal) = (Duration::from_millis(2), Some(journal.to_owned()));
        let wallet = Self::with(&config, node, None)?;
        wallet.run(SeedOrigin::New);
        Ok(wallet)
    }

    /// Opens the wallet in `directory` without starting it, with a pool of addresses for each account.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn open_pooled(directory: &Path, node: &ScriptedFeed, size: u32) -> Result<Self, WalletError> {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.address_pool) = (Duration::from_millis(2), size);
        Self::with(&config, node, None)
    }

    /// Opens the wallet in `directory` without starting it, to pay by this policy.
    ///
    /// # Errors
    /// Those of [`AccountManager::open`].
    pub fn open_paying(directory: &Path, node: &ScriptedFeed, payments: PaymentPolicy) -> Result<Self, WalletError> {
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.payments) = (Duration::from_millis(2), payments);
        Self::with(&config, node, None)
    }

    fn with(config: &Config, node: &ScriptedFeed, witness: Option<Witnessing>) -> Result<Self, WalletError> {
        let ports = Ports {
            feed: Box::new(node.clone()),
            submit: Arc::new(node.clone()),
            lookup: Arc::new(node.clone()),
            clock: Arc::new(ManualClock::default()),
        };
        Ok(Self { manager: AccountManager::open_witnessed(config, ports, witness)?, node: node.clone() })
    }

    /// A started wallet with a new seed.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn start(directory: &Path, node: &ScriptedFeed) -> Self {
        Self::start_with(directory, node, SeedOrigin::New)
    }

    /// A started wallet with a seed of some origin.
    ///
    /// # Panics
    /// When it cannot be opened.
    #[must_use]
    pub fn start_with(directory: &Path, node: &ScriptedFeed, origin: SeedOrigin) -> Self {
        let wallet = Self::open(directory, node).expect("a wallet that opens");
        wallet.run(origin);
        wallet
    }

    /// Stores the seed in a new wallet and starts it.
    ///
    /// # Panics
    /// When it cannot.
    pub fn run(&self, origin: SeedOrigin) {
        let mnemonic = Mnemonic::parse(WORDS).expect("a valid mnemonic");
        self.manager.store_mnemonic(&mnemonic, origin).expect("a mnemonic that is stored");
        self.manager.start().expect("a wallet that starts");
    }

    /// Catches up with the node.
    ///
    /// # Panics
    /// When it cannot.
    pub fn sync(&self) -> MilestoneIndex {
        self.manager.sync(PATIENCE).expect("a node that can be followed")
    }

    /// Waits until a restored wallet without a key journal pays again, by itself: for so many milestones after the tip that
    /// nothing which the wallet before had sent can be applied any more.
    ///
    /// # Panics
    /// When it does not.
    pub fn freed(&self) {
        let state =
            |manager: &AccountManager| manager.restored().expect("a readable wallet").expect("a restored wallet");
        self.wait_until(|manager| state(manager).checked);
        assert!(!state(&self.manager).payments_released, "what was sent may still be applied");
        self.node.ledger().empty_milestones(u32::from(self.node.ledger().network().below_max_depth) + 1);
        self.wait_until(|manager| state(manager).payments_released);
    }

    /// Creates an account.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn account(&self, alias: &str) -> AccountRef {
        AccountRef::Index(self.manager.create_account(alias).expect("a free alias").index)
    }

    /// Issues a public address.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn address(&self, account: &AccountRef) -> Address {
        let issued = self.manager.generate_addresses(account, 1, false, None).expect("an address");
        issued.first().expect("one address").raw
    }

    /// The whole event log.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn log(&self) -> Vec<LoggedEvent> {
        self.manager.open_consumer("test-log", Start::First).expect("a consumer");
        let mut log = Vec::new();
        loop {
            let batch = self.manager.poll_consumer("test-log", POLL_LIMIT).expect("a readable log");
            let Some(last) = batch.events.last().map(|event| event.sequence) else { break };
            self.manager.acknowledge("test-log", &batch.log_id, last).expect("a position of the log");
            log.extend(batch.events);
        }
        self.manager.remove_consumer("test-log").expect("the consumer");
        log
    }

    /// The events of the log without their positions.
    #[must_use]
    pub fn events(&self) -> Vec<LedgerEvent> {
        self.log().into_iter().map(|logged| logged.event).collect()
    }

    /// The stable names of all kinds of the audit log, in its order.
    ///
    /// # Panics
    /// When it cannot be read, or is not whole.
    #[must_use]
    pub fn audited(&self) -> Vec<&'static str> {
        let verdict = self.manager.verify_audit(None).expect("a readable log");
        assert_eq!(verdict.broken, None);
        let mut kinds = Vec::new();
        loop {
            let after = u64::try_from(kinds.len()).expect("a short log");
            let page = self.manager.audit_records(&AuditFilter::default(), after, 1_000).expect("a readable log");
            kinds.extend(page.items.iter().map(|record| record.kind.name()));
            if page.next.is_none() {
                return kinds;
            }
        }
    }

    /// Waits until `check` holds, looking again after every change.
    ///
    /// # Panics
    /// When it does not in two minutes.
    pub fn wait_until(&self, check: impl Fn(&AccountManager) -> bool) {
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.manager.version();
            if check(&self.manager) {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "it did not happen");
            self.manager.wait_change(seen, Duration::from_millis(200));
        }
    }
}
