//! The process that is killed: an exchange with its wallet. It issues addresses, credits deposits, and tells its driver
//! on standard output what it has done: `ready`, `shown ADDRESS`, `at MILESTONE`.

use std::{
    io::{Read as _, Write as _, stdin, stdout},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use stardust_proof::{Failure, Wallet, WalletOptions};
use stardust_wallet::{
    events::{LedgerEvent, consumer::Start},
    manager::{AccountManager, AccountRef},
};

use crate::bank::Bank;

/// The consumer's name.
pub(crate) const CREDITS: &str = "credits";
/// Events of one booking.
const BATCH: u32 = 20;
const SETTLE: Duration = Duration::from_secs(120);

/// The wallet's directory, and the exchange's database beside it.
pub(crate) fn wallet(directory: &Path) -> PathBuf {
    directory.join("wallet")
}

pub(crate) fn bank(directory: &Path) -> PathBuf {
    directory.join("bank.db")
}

/// Works until it is killed, or until standard input ends.
pub(crate) fn work(directory: &Path, node: &str) -> Result<(), Failure> {
    end_with_the_driver();
    let exchange = Exchange::open(directory, node)?;
    say("ready")?;
    thread::scope(|scope| {
        let tasks = [
            scope.spawn(|| exchange.issue()),
            scope.spawn(|| exchange.report()),
            scope.spawn(|| exchange.credit(Until::Killed, &bank(directory))),
        ];
        tasks.into_iter().try_for_each(|task| task.join().map_err(|_| "a thread of the worker panicked")?)
    })
}

/// Ends the process when standard input ends: the driver is gone, and nobody would kill it any more.
pub(crate) fn end_with_the_driver() {
    thread::spawn(|| {
        drop(stdin().read(&mut [0]));
        std::process::exit(0);
    });
}

/// Catches up with the node, credits all that is left, and ends.
pub(crate) fn settle(directory: &Path, node: &str) -> Result<(), Failure> {
    let exchange = Exchange::open(directory, node)?;
    exchange.wallet.manager.sync(SETTLE)?;
    exchange.credit(Until::Empty, &bank(directory))
}

/// When crediting ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    Killed,
    /// The log has nothing more.
    Empty,
}

/// An exchange's wallet.
pub(crate) struct Exchange {
    wallet: Wallet,
}

impl Exchange {
    pub(crate) fn open(directory: &Path, node: &str) -> Result<Self, Failure> {
        Self::open_with(directory, WalletOptions::on(node))
    }

    pub(crate) fn open_with(directory: &Path, options: WalletOptions) -> Result<Self, Failure> {
        Ok(Self { wallet: Wallet::start(&wallet(directory), options)? })
    }

    pub(crate) fn manager(&self) -> &AccountManager {
        &self.wallet.manager
    }

    /// An address now and then, told when it is issued.
    fn issue(&self) -> Result<(), Failure> {
        loop {
            self.show_address(&Wallet::account())?;
            thread::sleep(Duration::from_millis(60));
        }
    }

    pub(crate) fn show_address(&self, account: &AccountRef) -> Result<(), Failure> {
        let issued = self.manager().generate_addresses(account, 1, false, None)?;
        say(&format!("shown {}", issued.first().ok_or("no address was issued")?.address))
    }

    /// Says how far the wallet is, and what is wrong.
    pub(crate) fn report(&self) -> Result<(), Failure> {
        loop {
            if let Some(cursor) = self.manager().status().cursor {
                say(&format!("at {cursor}"))?;
            }
            if let Some((_, error)) = self.manager().status().error {
                say(&format!("error {error}"))?;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Credits deposits: booked first, acknowledged then.
    fn credit(&self, until: Until, bank: &Path) -> Result<(), Failure> {
        let mut bank = Bank::open(bank)?;
        self.manager().open_consumer(CREDITS, Start::First)?;
        loop {
            let seen = self.manager().version();
            let batch = self.manager().poll_consumer(CREDITS, BATCH)?;
            let Some(newest) = batch.events.last().map(|event| event.sequence) else {
                if until == Until::Empty {
                    return Ok(());
                }
                self.manager().wait_change(seen, Duration::from_millis(200));
                continue;
            };
            bank.book(batch.events.iter().filter_map(|logged| match &logged.event {
                LedgerEvent::Deposit(deposit) => Some(deposit),
                _ => None,
            }))?;
            self.manager().acknowledge(CREDITS, &batch.log_id, newest)?;
        }
    }
}

pub(crate) fn say(line: &str) -> Result<(), Failure> {
    // one write, so that a kill cuts no line that the driver would take for a whole one
    let mut out = stdout().lock();
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()?;
    Ok(())
}
