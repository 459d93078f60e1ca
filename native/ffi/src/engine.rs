//! The engine and the node client of one wallet, wired together.

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use stardust_client::{ClientConfig, KeyRange, MilestoneKeys, NodeClient, ProofOfWork};
use stardust_wallet::{
    clock::{Clock as _, SystemClock},
    error::ErrorKind,
    events::Listener,
    keys::{CoinType, Password, VaultStatus},
    ledger::{Amount, MilestoneIndex, Position},
    manager::{self, AccountManager, Ports, SecretConfig, SecretGiven},
    payments::BatchPolicy,
    sync::Witnessing,
};
use zeroize::Zeroizing;

use crate::{
    abi::ABI_VERSION,
    config::{
        self, Config, MilestoneKeyConfig, MilestoneKeysConfig, ProofOfWorkConfig, RestoreConfig, SecretManagerConfig,
        hot_wallet::within,
    },
    convert::{self, Names},
    core_dumps,
    error::{Fault, Outcome},
    message::{
        scalar::{AmountText, Hex},
        secret::{VaultState, parse_mnemonic},
        wallet::{SecretManagerKind, WalletInfo},
    },
    session::secrets,
};

/// A pulse that does not come is not waited for longer than this, so that closing is seen.
const PULSE: Duration = Duration::from_millis(500);
/// Pauses between questions to the node, in milliseconds.
const POLL_INTERVAL: std::ops::RangeInclusive<u64> = 10..=60_000;
/// Most addresses of a pool.
const POOL_LIMIT: u32 = 1_000_000;

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
        // taken first, so that nothing waits on when something else is wrong
        let restore = config.restore.as_ref().map(Restoring::take);
        let engine_config = engine_config(config)?;
        if config.disable_core_dumps {
            core_dumps::disable()?;
        }
        let client = NodeClient::open(client_config(&config.client)?)?;
        let blocks_from = witness_from(config)?;
        if let Some(restore) = restore {
            // the last step before opening: what is wrong elsewhere leaves no restored directory behind
            restore.run(&engine_config)?;
        }
        let ports = Ports {
            feed: client.configured_feed(),
            submit: Arc::new(client.clone()),
            lookup: Arc::new(client.clone()),
            clock: Arc::new(SystemClock),
        };
        let witness = client.witness().map(|witness| Witnessing { witness: Arc::new(witness), blocks_from });
        let manager = AccountManager::open_witnessed(&engine_config, ports, witness)?;
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

/// A backup to be restored, with its secrets.
struct Restoring<'a> {
    file: &'a str,
    password: Outcome<Zeroizing<Vec<u8>>>,
    secret: Outcome<Option<Zeroizing<Vec<u8>>>>,
}

impl<'a> Restoring<'a> {
    /// Takes both secrets out of those that wait.
    fn take(config: &'a RestoreConfig) -> Self {
        let take = |reference| secrets::early().take(reference, Instant::now());
        Self { file: &config.backup_path, password: take(config.password), secret: config.secret.map(take).transpose() }
    }

    fn run(self, engine: &manager::Config) -> Outcome<()> {
        let file = absolute(self.file, "backupPath")?;
        let password = Password::new(self.password?)?;
        let secret = match (self.secret?, &engine.secret) {
            (None, _) => None,
            (Some(bytes), SecretConfig::Stronghold { .. }) => Some(SecretGiven::Password(Password::new(bytes)?)),
            (Some(bytes), SecretConfig::Mnemonic) => Some(SecretGiven::Mnemonic(parse_mnemonic(&bytes)?)),
        };
        AccountManager::restore_with(file, &password, secret.as_ref(), engine, SystemClock.now_ms())?;
        Ok(())
    }
}

pub(crate) fn engine_config(config: &Config) -> Outcome<manager::Config> {
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
    if let Some(interval) = config.reconciliation_interval_ms {
        engine.reconcile_every = Duration::from_millis(interval);
    }
    if let Some(batches) = config.withdrawal_batches {
        engine.payments.batches = batch_policy(batches)?;
    }
    if let Some(fold) = config.fold_small_outputs {
        engine.payments.fold = within(fold, 0..=127, "foldSmallOutputs must be 0 to 127")?;
    }
    if let Some(ready) = config.ready_outputs {
        engine.payments.ready_outputs = within(ready, 1..=64, "readyOutputs must be 1 to 64")?;
    }
    engine.rules = convert::rules(config.payment_rules.as_ref(), config.withdrawal_review)?;
    if let Some(hot_wallet) = &config.hot_wallet {
        engine.payments.hot_wallet = hot_wallet.read()?;
    }
    let pool = config.address_pool_size.unwrap_or(0);
    if pool > POOL_LIMIT {
        return Err(invalid("addressPoolSize must be 0 to 1000000"));
    }
    engine.address_pool = pool;
    let journal = config.key_journal_path.as_deref().map(|path| absolute(path, "keyJournalPath"));
    engine.key_journal = journal.transpose()?.map(Path::to_owned);
    engine.keep_events = config.event_retention.as_ref().map(convert::retention).transpose()?;
    Ok(engine)
}

fn batch_policy(config: config::BatchConfig) -> Outcome<BatchPolicy> {
    let count = usize::try_from(config.max_recipients).unwrap_or(usize::MAX);
    if !(1..=127).contains(&count) || config.max_delay_ms > 3_600_000 {
        return Err(invalid("withdrawalBatches: maxRecipients must be 1 to 127, maxDelayMs up to 3600000"));
    }
    Ok(BatchPolicy { delay: Duration::from_millis(config.max_delay_ms), count })
}

/// From which amount on the witness is asked for the block of an output; none: for no output.
fn witness_from(config: &Config) -> Outcome<Option<Amount>> {
    let from = config.client.witness.as_ref().and_then(|witness| witness.from_amount.as_ref());
    let read = |text: &AmountText| text.0.parse().map_err(|error| invalid(format!("fromAmount: {error}")));
    from.map(read).transpose()
}

pub(crate) fn client_config(config: &config::ClientConfig) -> Outcome<ClientConfig> {
    let mut builder = ClientConfig::builder();
    for node in &config.nodes {
        builder = builder.node(&node.url);
    }
    for inx in &config.inx {
        builder = builder.inx(&inx.url);
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
    builder = builder.witness(config.witness.as_ref().map(|witness| witness.url.clone()));
    builder = builder.permanode(config.permanode.as_ref().map(|permanode| permanode.url.clone()));
    builder = builder.milestone_keys(config.milestone_keys.as_ref().map(milestone_keys).transpose()?);
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

fn milestone_keys(config: &MilestoneKeysConfig) -> Outcome<MilestoneKeys> {
    let range = |key: &MilestoneKeyConfig| {
        let public_key = key.public_key.decode().and_then(|bytes| bytes.try_into().ok());
        let public_key = public_key.ok_or_else(|| invalid("a milestone key is 0x and 64 hexadecimal digits"))?;
        Ok(KeyRange { public_key, first: MilestoneIndex(key.start), last: key.end.map(MilestoneIndex) })
    };
    let ranges = config.keys.iter().map(range).collect::<Outcome<Vec<_>>>()?;
    let threshold = usize::try_from(config.threshold).unwrap_or(usize::MAX);
    Ok(MilestoneKeys::new(ranges, threshold)?)
}

fn absolute<'a>(path: &'a str, name: &str) -> Outcome<&'a Path> {
    let path = Path::new(path);
    // a working directory is the process's, not the wallet's
    if path.is_absolute() { Ok(path) } else { Err(invalid(format!("{name} must be an absolute path"))) }
}

fn invalid(text: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::InvalidConfiguration, text)
}
