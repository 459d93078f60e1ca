//! A wallet whose disk takes no more, and later does again: `full-disk DIRECTORY limit|fill`.
//!
//! With `limit` the disk is this process's limit on the size of files; it must be started with SIGXFSZ ignored. With
//! `fill` the directory is alone on a small file system, which is filled up. The program prints what it saw and exits with
//! 0 when nothing was lost.

use std::{
    collections::BTreeMap,
    fs,
    io::{Write as _, stdout},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use stardust_devnet::Devnet;
use stardust_proof::{Ballast, Failure, Wallet, WalletOptions, limit_files};
use stardust_wallet::{
    error::ErrorKind,
    events::{LedgerEvent, SyncState, consumer::Start},
    manager::WalletError,
};

const READER: &str = "reader";
const PATIENCE: Duration = Duration::from_secs(60);
/// Deposits of the milestone that does not fit: more than any of the rooms takes.
const DEPOSITS: u64 = 150;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (directory, disk) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [directory, "limit"] => (directory, Disk::Limit),
        [directory, "fill"] => (directory, Disk::Fill),
        _ => {
            drop(writeln!(stdout(), "usage: full-disk DIRECTORY limit|fill"));
            return ExitCode::from(2);
        }
    };
    match run(Path::new(directory), disk) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(stdout(), "full-disk: {}", stardust_wallet::error::chain(&*error)));
            ExitCode::FAILURE
        }
    }
}

fn run(directory: &Path, disk: Disk) -> Result<(), Failure> {
    let devnet = Devnet::builder().start()?;
    let wallet = Wallet::start(&directory.join("wallet"), WalletOptions::on(devnet.node_url()))?;
    let address = wallet.address()?;
    wallet.manager.open_consumer(READER, Start::First)?;
    let mut scene = Scene { directory, disk, devnet, wallet, address, sent: BTreeMap::new(), ballast: None };
    scene.deposits(1)?;
    scene.settle()?;
    match disk {
        // none at all, a part of a page, some pages
        Disk::Limit => [None, Some(0), Some(1_000), Some(50_000)].into_iter().try_for_each(|room| scene.full(room))?,
        Disk::Fill => [Some(0), Some(50_000)].into_iter().try_for_each(|room| scene.full(room))?,
    }
    writeln!(stdout(), "full-disk: {} deposits, none lost", scene.sent.len())?;
    Ok(())
}

/// What stands for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Disk {
    Limit,
    Fill,
}

struct Scene<'a> {
    directory: &'a Path,
    disk: Disk,
    devnet: Devnet,
    wallet: Wallet,
    address: String,
    sent: BTreeMap<String, u64>,
    ballast: Option<Ballast>,
}

impl Scene<'_> {
    /// Has a milestone come while files can grow by `room` bytes only, or not be written at all; then lifts the limit.
    fn full(&mut self, room: Option<u64>) -> Result<(), Failure> {
        let log = self.newest()?;
        let cursor = self.wallet.manager.status().cursor;
        let balance = self.wallet.manager.total_balance()?;
        self.take_space(room)?;
        self.deposits(DEPOSITS)?;
        self.wait("the wallet says that it cannot write", |scene| {
            let status = scene.wallet.manager.status();
            let storage = status.error.is_some_and(|(kind, _)| kind == ErrorKind::Storage);
            status.state == SyncState::Stalled && storage
        })?;
        let text = self.wallet.manager.status().error.map_or_else(String::new, |(_, text)| text);
        writeln!(stdout(), "full-disk: room {room:?}: {text}")?;
        let refused = self.wallet.manager.open_consumer("new", Start::First).err().map(|error| error.kind());
        let issued = self.wallet.address();
        if room.is_none() {
            let issued = issued.err().and_then(|error| error.downcast_ref::<WalletError>().map(WalletError::kind));
            same("a consumer that cannot be stored", &refused, &Some(ErrorKind::Storage))?;
            same("an address that cannot be stored", &issued, &Some(ErrorKind::Storage))?;
        }
        same("the cursor", &self.wallet.manager.status().cursor, &cursor)?;
        same("the balance", &self.wallet.manager.total_balance()?, &balance)?;
        same("the log", &self.newest()?, &log)?;
        self.give_space()?;
        self.settle()
    }

    /// The log's newest sequence, read without writing anything.
    fn newest(&self) -> Result<u64, Failure> {
        Ok(self.wallet.manager.poll_consumer(READER, 1)?.last)
    }

    fn take_space(&mut self, room: Option<u64>) -> Result<(), Failure> {
        match self.disk {
            Disk::Limit => {
                let written = fs::metadata(self.directory.join("wallet/wallet.db-wal"))?.len();
                limit_files(Some(room.map_or(0, |room| written + room)))
            }
            Disk::Fill => {
                self.ballast = Some(Ballast::drop_at(&self.directory.join("ballast"), room.unwrap_or(0))?);
                Ok(())
            }
        }
    }

    fn give_space(&mut self) -> Result<(), Failure> {
        limit_files(None)?;
        self.ballast.take().map_or(Ok(()), Ballast::lift)
    }

    fn deposits(&mut self, count: u64) -> Result<(), Failure> {
        for number in 0..count {
            let amount = 1_000_000 + number;
            self.sent.insert(self.devnet.fund(&self.address, amount)?, amount);
        }
        self.devnet.issue_milestones(1)?;
        Ok(())
    }

    /// Waits until all is applied, and finds each deposit once.
    fn settle(&self) -> Result<(), Failure> {
        let confirmed = self.devnet.issue_milestones(0)?;
        self.wait("the wallet catches up", |scene| {
            let status = scene.wallet.manager.status();
            status.cursor.is_some_and(|cursor| cursor.0 == confirmed) && status.state == SyncState::Synced
        })?;
        let mut booked = BTreeMap::new();
        for (expected, logged) in (1_u64..).zip(self.wallet.log()?) {
            same("a sequence", &logged.sequence, &expected)?;
            if let LedgerEvent::Deposit(deposit) = logged.event {
                let twice = booked.insert(deposit.output_id.to_string(), deposit.amount.units());
                same("an earlier event of a deposit", &twice, &None)?;
            }
        }
        same("the deposits", &booked, &self.sent)?;
        let total = self.wallet.manager.total_balance()?.total.units();
        same("the balance", &total, &self.sent.values().sum())
    }

    fn wait(&self, what: &str, check: impl Fn(&Self) -> bool) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.wallet.manager.version();
            if check(self) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("{what}: not in {PATIENCE:?}: {:?}", self.wallet.manager.status()).into());
            }
            self.wallet.manager.wait_change(seen, Duration::from_millis(100));
        }
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}").into())
}
