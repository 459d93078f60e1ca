//! A wallet of ours: the engine with the node client.

use std::{env, path::Path, sync::Arc, time::Duration};

use stardust_client::{ClientConfig, NodeClient};
use stardust_wallet::{
    clock::{Clock as _, SystemClock},
    events::{LedgerEvent, consumer::Start},
    keys::{CoinType, Mnemonic, Password},
    ledger::{Amount, OutputId},
    manager::{
        AccountAddress, AccountManager, AccountRef, Balance, Config, OutputFilter, OutputInfo, Ports, SecretConfig,
        SeedOrigin, WalletError,
    },
    payments::{Payment, PaymentRef, PaymentState, SendOptions},
};
use tempfile::TempDir;

use super::{Net, PATIENCE, config, eventually};

/// The consumer that reads a wallet's events from the first on.
const READER: &str = "test";

/// A wallet's directory and its mnemonic.
pub(crate) struct Home {
    directory: TempDir,
    mnemonic: Mnemonic,
    origin: SeedOrigin,
}

impl Home {
    /// With a mnemonic of its own.
    pub(crate) fn new() -> Self {
        Self::with(Mnemonic::generate().unwrap(), SeedOrigin::New)
    }

    /// With a mnemonic that was used before, in an empty directory.
    pub(crate) fn restored(of: &Self) -> Self {
        Self::with(Mnemonic::parse(&of.mnemonic.phrase()).unwrap(), SeedOrigin::Existing)
    }

    fn with(mnemonic: Mnemonic, origin: SeedOrigin) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), mnemonic, origin }
    }

    /// The wallet of a backup, in an empty directory.
    pub(crate) fn from_backup(of: &Self, file: &Path) -> Self {
        let home = Self::with(Mnemonic::parse(&of.mnemonic.phrase()).unwrap(), of.origin);
        let config = Config::new(home.directory.path(), CoinType::SHIMMER, SecretConfig::Mnemonic);
        AccountManager::restore(file, &password(), &config, SystemClock.now_ms()).unwrap();
        home
    }

    pub(crate) fn mnemonic(&self) -> &Mnemonic {
        &self.mnemonic
    }

    /// Opens the wallet on the network's first node, and starts it.
    pub(crate) fn open(&self, net: &Net) -> Wallet {
        self.open_with(Self::client(net))
    }

    /// Like [`open`](Self::open), and does not wait until the wallet has caught up.
    pub(crate) fn start(&self, net: &Net) -> Wallet {
        self.start_with(Self::client(net))
    }

    fn client(net: &Net) -> ClientConfig {
        let over_inx = env::var("STARDUST_FEED").is_ok_and(|feed| feed == "inx");
        let client = config(&[net.node()]);
        if over_inx { client.inx(net.inx()).build().unwrap() } else { client.build().unwrap() }
    }

    /// Opens the wallet on the network's first node, with the ledger over its INX, and starts it.
    pub(crate) fn open_over_inx(&self, net: &Net) -> Wallet {
        self.open_with(config(&[net.node()]).inx(net.inx()).build().unwrap())
    }

    pub(crate) fn open_on(&self, nodes: &[&str]) -> Wallet {
        self.open_with(config(nodes).build().unwrap())
    }

    pub(crate) fn open_with(&self, client: ClientConfig) -> Wallet {
        let wallet = self.start_with(client);
        wallet.sync();
        wallet
    }

    pub(crate) fn start_with(&self, client: ClientConfig) -> Wallet {
        let wallet = Wallet::open(self.directory.path(), client);
        wallet.manager.store_mnemonic(&self.mnemonic, self.origin).unwrap();
        wallet.manager.start().unwrap();
        wallet.manager.open_consumer(READER, Start::First).unwrap();
        wallet
    }
}

/// An open wallet. Dropping it closes it, as a restart does.
pub(crate) struct Wallet {
    pub(crate) manager: AccountManager,
    pub(crate) client: NodeClient,
}

impl Wallet {
    fn open(directory: &Path, client: ClientConfig) -> Self {
        let client = NodeClient::open(client).unwrap();
        let ports = Ports {
            feed: client.configured_feed(),
            submit: Arc::new(client.clone()),
            lookup: Arc::new(client.clone()),
            clock: Arc::new(SystemClock),
        };
        let mut config = Config::new(directory, CoinType::SHIMMER, SecretConfig::Mnemonic);
        config.poll_interval = Duration::from_millis(50);
        let manager = AccountManager::open(&config, ports).unwrap();
        if let Some(network) = manager.network() {
            client.expect_network((*network).clone());
        }
        Self { manager, client }
    }

    /// Writes a backup.
    pub(crate) fn back_up(&self, file: &Path) {
        self.manager.backup(file, &password()).unwrap();
    }

    /// Makes an account and its first address.
    pub(crate) fn account(&self, alias: &str) -> AccountAddress {
        self.manager.create_account(alias).unwrap();
        self.address(alias)
    }

    /// One more address of an account.
    pub(crate) fn address(&self, alias: &str) -> AccountAddress {
        self.manager.generate_addresses(&named(alias), 1, false, None).unwrap().remove(0)
    }

    /// Applies what the node has confirmed. A node that was stopped or is behind may need a moment.
    pub(crate) fn sync(&self) {
        eventually("the wallet to follow its node", || match self.manager.sync(PATIENCE) {
            Ok(_) => Some(()),
            Err(error) if error.kind().is_retryable() => None,
            Err(error) => panic!("{error:?}"),
        });
    }

    pub(crate) fn balance(&self, alias: &str) -> Balance {
        self.manager.balance(&named(alias)).unwrap()
    }

    /// All outputs that were ever booked on an account.
    pub(crate) fn outputs(&self, alias: &str) -> Vec<OutputInfo> {
        self.manager.outputs(&named(alias), OutputFilter::All, None, 1000).unwrap().items
    }

    pub(crate) fn output(&self, alias: &str, id: OutputId) -> OutputInfo {
        self.outputs(alias).into_iter().find(|output| output.output_id == id).unwrap()
    }

    /// All events since the wallet was made.
    pub(crate) fn events(&self) -> Vec<LedgerEvent> {
        let batch = self.manager.poll_consumer(READER, 1000).unwrap();
        assert!(batch.events.len() < 1000);
        batch.events.into_iter().map(|logged| logged.event).collect()
    }

    /// The outputs that were deposits, and how much each was worth.
    pub(crate) fn deposits(&self) -> Vec<(OutputId, Amount)> {
        let deposit = |event: LedgerEvent| match event {
            LedgerEvent::Deposit(deposit) => Some((deposit.output_id, deposit.amount)),
            _ => None,
        };
        self.events().into_iter().filter_map(deposit).collect()
    }

    /// Sends from an account, under a key.
    pub(crate) fn send(&self, alias: &str, key: &str, to: &str, amount: u64) -> Result<Payment, WalletError> {
        let options = SendOptions { idempotency_key: Some(key.to_owned()), ..SendOptions::default() };
        self.manager.send_amount(&named(alias), vec![(to.to_owned(), Amount::new(amount))], options)
    }

    pub(crate) fn payment(&self, key: &str) -> Payment {
        self.manager.payment(&PaymentRef::Key(key.to_owned())).unwrap()
    }

    /// Waits until a milestone has decided a payment.
    pub(crate) fn decided(&self, key: &str) -> Payment {
        eventually("a milestone that decides the payment", || {
            let payment = self.payment(key);
            matches!(payment.state, PaymentState::Confirmed | PaymentState::Dead).then_some(payment)
        })
    }
}

impl Drop for Wallet {
    fn drop(&mut self) {
        self.manager.close();
        self.client.close();
    }
}

fn password() -> Password {
    Password::new(b"of the backup".to_vec()).unwrap()
}

pub(crate) fn named(alias: &str) -> AccountRef {
    AccountRef::Alias(alias.to_owned())
}
