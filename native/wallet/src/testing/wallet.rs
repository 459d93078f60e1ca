//! A wallet in a directory of its own, on a scripted node.

use std::{path::Path, sync::Arc, time::Duration};

use super::{ManualClock, ScriptedFeed};
use crate::{
    events::{
        LedgerEvent, LoggedEvent,
        consumer::{POLL_LIMIT, Start},
    },
    keys::{CoinType, Mnemonic},
    ledger::{Address, MilestoneIndex},
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin, WalletError},
};

/// The reference vectors' words; no money was ever on them.
pub const WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base \
    attack because joke dream slender leisure group reason prepare broken river";

/// How long tests wait for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

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
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        config.poll_interval = Duration::from_millis(2);
        let ports = Ports {
            feed: Box::new(node.clone()),
            submit: Arc::new(node.clone()),
            lookup: Arc::new(node.clone()),
            clock: Arc::new(ManualClock::default()),
        };
        Ok(Self { manager: AccountManager::open(&config, ports)?, node: node.clone() })
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
        let mnemonic = Mnemonic::parse(WORDS).expect("a valid mnemonic");
        wallet.manager.store_mnemonic(&mnemonic, origin).expect("a mnemonic that is stored");
        wallet.manager.start().expect("a wallet that starts");
        wallet
    }

    /// Catches up with the node.
    ///
    /// # Panics
    /// When it cannot.
    pub fn sync(&self) -> MilestoneIndex {
        self.manager.sync(PATIENCE).expect("a node that can be followed")
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

    /// Waits until `check` holds, looking again after every change.
    ///
    /// # Panics
    /// When it does not in 20 seconds.
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
