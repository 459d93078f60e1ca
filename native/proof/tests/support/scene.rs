//! A devnet, a node that may lie about it, and a wallet that must not be fooled.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use stardust_devnet::{Devnet, DevnetBuilder};
use stardust_proof::{Wallet, WalletOptions};
use stardust_wallet::{
    clock::Clock,
    error::ErrorKind,
    events::{LedgerEvent, SyncState},
    ledger::MilestoneIndex,
    manager::AccountRef,
};

use super::liar::Liar;

/// How long tests wait for what must happen; the largest milestone takes its time.
const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) struct Scene {
    pub(crate) devnet: Devnet,
    pub(crate) liar: Liar,
    pub(crate) wallet: Wallet,
    pub(crate) account: AccountRef,
    pub(crate) address: String,
    /// Output and amount of each deposit.
    pub(crate) sent: BTreeMap<String, u64>,
    witness: Option<String>,
    directory: tempfile::TempDir,
}

impl Scene {
    /// A wallet with one deposit, up to date.
    pub(crate) fn start() -> Self {
        Self::with(|options| options)
    }

    pub(crate) fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::with(|options| WalletOptions { clock, ..options })
    }

    /// As [`start`](Self::start); `change` may set up the wallet otherwise.
    pub(crate) fn with(change: impl FnOnce(WalletOptions) -> WalletOptions) -> Self {
        Self::on(Devnet::builder(), change)
    }

    /// As [`with`](Self::with), on a network that is set up otherwise.
    pub(crate) fn on(devnet: DevnetBuilder, change: impl FnOnce(WalletOptions) -> WalletOptions) -> Self {
        Self::on_devnet(devnet, |_, options| change(options))
    }

    /// As [`on`](Self::on); `change` may use the network.
    pub(crate) fn on_devnet(
        devnet: DevnetBuilder,
        change: impl FnOnce(&Devnet, WalletOptions) -> WalletOptions,
    ) -> Self {
        let devnet = devnet.start().unwrap();
        let liar = Liar::start(devnet.node_url());
        let directory = tempfile::tempdir().unwrap();
        let options = change(&devnet, options(&liar));
        let witness = options.witness.clone();
        let wallet = Wallet::start(directory.path(), options).unwrap();
        let account = Wallet::account();
        let address = wallet.address().unwrap();
        let mut scene = Self { devnet, liar, wallet, account, address, sent: BTreeMap::new(), witness, directory };
        scene.deposit(1_000_000);
        scene.settles();
        scene
    }

    /// Sends a deposit and has a milestone confirm it.
    pub(crate) fn deposit(&mut self, amount: u64) -> String {
        let output = self.devnet.fund(&self.address, amount).unwrap();
        self.devnet.issue_milestones(1).unwrap();
        self.sent.insert(output.clone(), amount);
        output
    }

    /// The newest milestone of the network.
    pub(crate) fn confirmed(&self) -> u32 {
        // no milestones are made: the answer is the present one
        self.devnet.issue_milestones(0).unwrap()
    }

    pub(crate) fn cursor(&self) -> u32 {
        self.wallet.manager.status().cursor.map_or(0, |MilestoneIndex(index)| index)
    }

    pub(crate) fn wait_until(&self, what: &str, check: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.wallet.manager.version();
            if check(self) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {:?}", self.wallet.manager.status());
            self.wallet.manager.wait_change(seen, Duration::from_millis(100));
        }
    }

    /// Waits until all is applied, and finds the right books.
    pub(crate) fn settles(&self) {
        let confirmed = self.confirmed();
        self.wait_until("the wallet catches up", |scene| scene.cursor() == confirmed);
        self.wait_until("the wallet is up to date", |scene| scene.wallet.manager.status().state == SyncState::Synced);
        assert_eq!(self.wallet.manager.status().error, None);
        self.books();
    }

    /// Every deposit is in the log exactly once, and the balance is their sum.
    pub(crate) fn books(&self) {
        let mut deposits = Vec::new();
        for (expected, logged) in (1_u64..).zip(self.wallet.log().unwrap()) {
            assert_eq!(logged.sequence, expected);
            if let LedgerEvent::Deposit(deposit) = logged.event {
                deposits.push((deposit.output_id.to_string(), deposit.amount.units()));
            }
        }
        deposits.sort();
        let sent: Vec<_> = self.sent.iter().map(|(output, amount)| (output.clone(), *amount)).collect();
        assert_eq!(deposits, sent);
        let balance = self.wallet.manager.balance(&self.account).unwrap();
        assert_eq!(balance.total.units(), self.sent.values().sum::<u64>());
    }

    /// What is booked is what was sent, as far as it is booked.
    pub(crate) fn books_are_a_part(&self) {
        let mut sum = 0;
        for logged in self.wallet.log().unwrap() {
            if let LedgerEvent::Deposit(deposit) = logged.event {
                assert_eq!(self.sent.get(&deposit.output_id.to_string()), Some(&deposit.amount.units()));
                sum += deposit.amount.units();
            }
        }
        assert_eq!(self.wallet.manager.balance(&self.account).unwrap().total.units(), sum);
    }

    /// Waits until the wallet says that it cannot go on, and why; nothing has changed.
    pub(crate) fn stalls(&self, kind: ErrorKind, state: SyncState) {
        let before = (self.cursor(), self.wallet.log().unwrap());
        self.wait_until(&format!("{state:?} because of {kind:?}"), |scene| {
            let status = scene.wallet.manager.status();
            status.state == state && status.error.as_ref().is_some_and(|(found, _)| *found == kind)
        });
        assert_eq!((self.cursor(), self.wallet.log().unwrap()), before, "nothing was applied");
    }

    /// Ends the wallet and opens it again on some nodes.
    pub(crate) fn reopen(&mut self, nodes: Vec<String>) {
        self.wallet.client.close();
        self.wallet.manager.close();
        let options = WalletOptions { nodes, witness: self.witness.clone(), ..options(&self.liar) };
        self.wallet = Wallet::start(self.directory.path(), options).unwrap();
    }
}

fn options(liar: &Liar) -> WalletOptions {
    WalletOptions { request_timeout: Duration::from_secs(60), ..WalletOptions::on(liar.url()) }
}
