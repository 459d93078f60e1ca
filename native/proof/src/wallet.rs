//! A wallet with the real client, on a node.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use stardust_client::{ClientConfig, NodeClient};
use stardust_wallet::{
    clock::{Clock, SystemClock},
    events::{
        LoggedEvent,
        consumer::{POLL_LIMIT, Start},
    },
    keys::{CoinType, Mnemonic},
    ledger::Amount,
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin},
    payments::{HotWalletPolicy, PaymentRules},
    sync::Witnessing,
};

use crate::Failure;

/// The words of reference vectors; no money was ever on them.
pub const WORDS: &str = "endorse answer radar about source reunion marriage tag sausage weekend frost daring base \
    attack because joke dream slender leisure group reason prepare broken river";
/// The account that all proofs use.
const ACCOUNT: &str = "customers";

/// How a [`Wallet`] is opened.
pub struct WalletOptions {
    /// Nodes, the first one preferred.
    pub nodes: Vec<String>,
    /// Pause between questions when nothing is new.
    pub poll_interval: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// The wallet's clock.
    pub clock: Arc<dyn Clock>,
    /// A node that what the others say is compared with, the blocks of all outputs of ours with it.
    pub witness: Option<String>,
    /// Addresses in advance.
    pub address_pool: u32,
    /// The key journal's file; none: in the wallet directory.
    pub key_journal: Option<PathBuf>,
    /// What it may pay.
    pub rules: PaymentRules,
    /// What it does by itself.
    pub hot_wallet: HotWalletPolicy,
}

impl WalletOptions {
    /// For one node, asked often.
    #[must_use]
    pub fn on(node: impl Into<String>) -> Self {
        Self {
            nodes: vec![node.into()],
            poll_interval: Duration::from_millis(10),
            request_timeout: Duration::from_secs(10),
            clock: Arc::new(SystemClock),
            witness: None,
            address_pool: 0,
            key_journal: None,
            rules: PaymentRules::default(),
            hot_wallet: HotWalletPolicy::default(),
        }
    }
}

/// An open wallet and its client.
pub struct Wallet {
    /// The engine.
    pub manager: AccountManager,
    /// Its ways to the nodes.
    pub client: NodeClient,
}

impl Wallet {
    /// Opens the wallet of a directory, gives it its mnemonic and its account, and starts it.
    ///
    /// # Errors
    /// Those of client and engine.
    pub fn start(directory: &Path, options: WalletOptions) -> Result<Self, Failure> {
        let wallet = Self::open(directory, options)?;
        wallet.manager.store_mnemonic(&Mnemonic::parse(WORDS)?, SeedOrigin::New)?;
        if wallet.manager.account(&Self::account()).is_err() {
            wallet.manager.create_account(ACCOUNT)?;
        }
        wallet.manager.start()?;
        Ok(wallet)
    }

    /// Opens the wallet of a directory without starting it: no node is asked, no key is there.
    ///
    /// # Errors
    /// Those of client and engine.
    pub fn open(directory: &Path, options: WalletOptions) -> Result<Self, Failure> {
        let WalletOptions { nodes, poll_interval, request_timeout, clock, witness, address_pool, .. } = options;
        let mut builder = ClientConfig::builder().request_timeout(request_timeout).witness(witness);
        for node in nodes {
            builder = builder.node(node);
        }
        let client = NodeClient::open(builder.build()?)?;
        let ports = Ports {
            feed: Box::new(client.feed()),
            submit: Arc::new(client.clone()),
            lookup: Arc::new(client.clone()),
            clock,
        };
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        (config.poll_interval, config.address_pool) = (poll_interval, address_pool);
        (config.key_journal, config.rules) = (options.key_journal, options.rules);
        config.payments.hot_wallet = options.hot_wallet;
        let witness = client
            .witness()
            .map(|witness| Witnessing { witness: Arc::new(witness), blocks_from: Some(Amount::new(1)) });
        let manager = AccountManager::open_witnessed(&config, ports, witness)?;
        if let Some(network) = manager.network() {
            client.expect_network((*network).clone());
        }
        Ok(Self { manager, client })
    }

    /// The account of the proofs.
    #[must_use]
    pub fn account() -> AccountRef {
        AccountRef::Alias(ACCOUNT.to_owned())
    }

    /// The next address of the account.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn address(&self) -> Result<String, Failure> {
        let issued = self.manager.generate_addresses(&Self::account(), 1, false, None)?;
        Ok(issued.into_iter().next().ok_or("no address was issued")?.address)
    }

    /// The whole event log, read by a consumer of its own.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn log(&self) -> Result<Vec<LoggedEvent>, Failure> {
        const AUDIT: &str = "audit";
        self.manager.open_consumer(AUDIT, Start::First)?;
        let mut log = Vec::new();
        loop {
            let batch = self.manager.poll_consumer(AUDIT, POLL_LIMIT)?;
            let Some(last) = batch.events.last().map(|event| event.sequence) else { break };
            self.manager.acknowledge(AUDIT, &batch.log_id, last)?;
            log.extend(batch.events);
        }
        self.manager.remove_consumer(AUDIT)?;
        Ok(log)
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        // the client first: what waits for a node comes to its end at once
        self.client.close();
        self.manager.close();
    }
}
