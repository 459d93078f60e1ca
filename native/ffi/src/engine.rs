//! The engine and the node client of one wallet, wired together.

use std::{num::NonZeroUsize, path::Path, sync::Arc, time::Duration};

use stardust_client::{ClientConfig, NodeClient, ProofOfWork};
use stardust_wallet::{
    clock::SystemClock,
    error::ErrorKind,
    events::Listener,
    keys::{CoinType, VaultStatus},
    ledger::Position,
    manager::{self, AccountManager, Ports, SecretConfig},
};

use crate::{
    abi::ABI_VERSION,
    config::{self, Config, ProofOfWorkConfig, SecretManagerConfig},
    convert::{self, Names},
    error::{Fault, Outcome},
    message::{
        scalar::Hex,
        secret::VaultState,
        wallet::{SecretManagerKind, WalletInfo},
    },
};

/// A pulse that does not come is not waited for longer than this, so that closing is seen.
const PULSE: Duration = Duration::from_millis(500);
/// Pauses between questions to the node, in milliseconds.
const POLL_INTERVAL: std::ops::RangeInclusive<u64> = 10..=60_000;

/// The engine and the node client of one wallet.
pub(crate) struct Core {
    manager: AccountManager,
    client: NodeClient,
    storage_path: String,
    coin_type: u32,
    secret_manager: SecretManagerKind,
    log_id: Hex,
}

impl Core {
    /// Opens the wallet directory and sets up the client. No thread of the engine runs yet, no node is asked.
    ///
    /// # Errors
    /// `INVALID_CONFIGURATION`, and those of opening the engine and the client.
    pub(crate) fn open(config: &Config) -> Outcome<Self> {
        let engine_config = engine_config(config)?;
        let client = NodeClient::open(client_config(&config.client)?)?;
        let ports = Ports {
            feed: Box::new(client.feed()),
            submit: Arc::new(client.clone()),
            lookup: Arc::new(client.clone()),
            clock: Arc::new(SystemClock),
        };
        let manager = AccountManager::open(&engine_config, ports)?;
        if let Some(network) = manager.network() {
            client.expect_network((*network).clone());
        }
        let log_id = Hex::of_log(&manager.log_id()?);
        let secret_manager = match config.secret_manager {
            SecretManagerConfig::Stronghold { .. } => SecretManagerKind::Stronghold,
            SecretManagerConfig::Mnemonic {} => SecretManagerKind::Mnemonic,
        };
        let storage_path = config.storage_path.clone();
        Ok(Self { manager, client, storage_path, coin_type: config.coin_type, secret_manager, log_id })
    }

    /// The engine.
    pub(crate) fn manager(&self) -> &AccountManager {
        &self.manager
    }

    /// The node client.
    pub(crate) fn client(&self) -> &NodeClient {
        &self.client
    }

    /// What things are called in this wallet.
    pub(crate) fn names(&self) -> Names {
        let network = self.manager.network();
        let (hrp, network_id) = network.map_or((String::new(), 0), |network| (network.hrp.clone(), network.id));
        Names { hrp, network_id, log_id: self.log_id.clone() }
    }

    /// The label of one of the wallet's addresses.
    pub(crate) fn label(&self, address: &str) -> Option<String> {
        self.manager.find_address(address).ok().and_then(|found| found.label)
    }

    /// The last applied milestone.
    pub(crate) fn cursor(&self) -> Option<Position> {
        self.manager.cursor().ok().flatten()
    }

    /// The state of the vault.
    pub(crate) fn vault_state(&self) -> VaultState {
        match self.manager.secret_status() {
            VaultStatus::Empty => VaultState::Empty,
            VaultStatus::Locked => VaultState::Locked,
            VaultStatus::Unlocked => VaultState::Unlocked,
        }
    }

    /// What this wallet is; from memory.
    pub(crate) fn info(&self) -> WalletInfo {
        WalletInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            abi_version: ABI_VERSION,
            coin_type: self.coin_type,
            secret_manager: self.secret_manager,
            log_id: self.log_id.clone(),
            network: self.manager.network().map(|network| convert::network(&network)),
            storage_path: self.storage_path.clone(),
        }
    }

    /// Hears of what happens. Called on the engine's threads.
    pub(crate) fn subscribe(&self, listener: Listener) {
        self.manager.subscribe(listener);
    }

    /// Calls `changed` after each change and now and then, until it answers false.
    pub(crate) fn pulse(&self, mut changed: impl FnMut(bool) -> bool) {
        let mut seen = self.manager.version();
        loop {
            let version = self.manager.wait_change(seen, PULSE);
            if !changed(version != seen) {
                return;
            }
            seen = version;
        }
    }

    /// Ends all threads of engine and client. The client first: what waits for a node comes to its end at once.
    pub(crate) fn close(&self) {
        self.client.close();
        self.manager.close();
    }
}

fn engine_config(config: &Config) -> Outcome<manager::Config> {
    let storage_path = absolute(&config.storage_path, "storagePath")?;
    let coin_type = CoinType::new(config.coin_type).map_err(|error| invalid(error.to_string()))?;
    let secret = match &config.secret_manager {
        SecretManagerConfig::Stronghold { snapshot_path } => {
            SecretConfig::Stronghold { path: absolute(snapshot_path, "snapshotPath")?.to_owned() }
        }
        SecretManagerConfig::Mnemonic {} => SecretConfig::Mnemonic,
    };
    let mut engine = manager::Config::new(storage_path, coin_type, secret);
    if let Some(interval) = config.client.poll_interval_ms {
        if !POLL_INTERVAL.contains(&interval) {
            return Err(invalid("pollIntervalMs must be 10 to 60000"));
        }
        engine.poll_interval = Duration::from_millis(interval);
    }
    Ok(engine)
}

fn client_config(config: &config::ClientConfig) -> Outcome<ClientConfig> {
    let mut builder = ClientConfig::builder();
    for node in &config.nodes {
        builder = builder.node(&node.url);
    }
    if let Some(timeout) = config.request_timeout_ms {
        builder = builder.request_timeout(Duration::from_millis(timeout));
    }
    if let Some(timeout) = config.connect_timeout_ms {
        builder = builder.connect_timeout(Duration::from_millis(timeout));
    }
    if let Some(requests) = config.max_requests_in_flight {
        builder = builder.max_requests_in_flight(usize::try_from(requests).unwrap_or(usize::MAX));
    }
    builder = builder.requests_per_second(config.requests_per_second);
    match config.proof_of_work {
        None => {}
        Some(ProofOfWorkConfig::Node {}) => builder = builder.proof_of_work(ProofOfWork::Node),
        Some(ProofOfWorkConfig::Local { threads }) => {
            let threads = threads.map(|threads| usize::try_from(threads).ok().and_then(NonZeroUsize::new));
            let threads = match threads {
                Some(None) => return Err(invalid("the threads of proofOfWork must be at least 1")),
                Some(threads) => threads,
                None => None,
            };
            builder = builder.proof_of_work(ProofOfWork::Local { threads });
        }
    }
    Ok(builder.build()?)
}

fn absolute<'a>(path: &'a str, name: &str) -> Outcome<&'a Path> {
    let path = Path::new(path);
    // a working directory is the process's, not the wallet's
    if path.is_absolute() { Ok(path) } else { Err(invalid(format!("{name} must be an absolute path"))) }
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::InvalidConfiguration, text)
}
