//! How long a backup of a wallet with a vault and many addresses takes while deposits arrive, what it costs whoever issues
//! meanwhile, and whether milestones go on to be applied: `backup COUNT…` prints a line for each count.
//!
//! Run it optimised (`--release`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use stardust_wallet::{
    accounts::IssuedBefore,
    keys::{CoinType, Mnemonic, Password},
    ledger::Address,
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin},
    testing::{ManualClock, OutputBuilder, ScriptedFeed, WORDS},
};

/// Deposits in each milestone, to as many addresses.
const DEPOSITS: u32 = 100;
/// How long tests wait for a node that is there.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    for count in std::env::args().skip(1) {
        measure(count.parse().expect("a number of addresses"));
    }
}

fn measure(count: u32) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("wallet.backup");
    let (node, wallet) = open(&directory.path().join("wallet"));
    wallet.set_password(&password()).expect("a new vault");
    wallet.store_mnemonic(&Mnemonic::parse(WORDS).expect("a mnemonic"), SeedOrigin::New).expect("a vault with a seed");
    wallet.start().expect("a wallet that starts");
    let account = AccountRef::Index(wallet.create_account("alice").expect("an account").index);
    let mut payees = Vec::new();
    let mut left = count;
    while left > 0 {
        let now = left.min(10_000);
        payees = wallet.generate_addresses(&account, now, false, None).expect("addresses");
        left -= now;
    }
    let payees: Vec<_> = payees.iter().map(|address| address.raw).collect();
    let alone = beside(&wallet, &node, &account, &payees, || thread::sleep(Duration::from_secs(3)));
    let mut backup = Duration::ZERO;
    let mut busy = beside(&wallet, &node, &account, &payees, || {
        let begin = Instant::now();
        wallet.backup(&file, &password()).expect("a backup");
        backup = begin.elapsed();
    });
    let (alone_p50, p50, slowest) = (median(&alone.issued), median(&busy.issued), busy.issued.drain(..).max());
    let size = fs::metadata(&file).expect("a file").len() >> 20;
    drop(wallet);
    println!(
        "{count} addresses: backup of {size} MiB with its vault in {backup:?}; meanwhile {} milestones were applied with {} \
         deposits booked (in 3 s without it: {} with {}), an address was issued in {p50:?} (p50) to {:?} and in {alone_p50:?} \
         without it",
        busy.milestones,
        busy.deposits,
        alone.milestones,
        alone.deposits,
        slowest.unwrap_or_default()
    );
    assert!(busy.milestones > 0 && busy.deposits > 0, "the wallet stood still");
    restore(&directory.path().join("restored"), &file);
}

/// What a wallet of the backup costs until it issues.
fn restore(directory: &Path, file: &Path) {
    let begin = Instant::now();
    AccountManager::restore(file, &password(), &config(directory), 0).expect("a restored wallet");
    let restored = begin.elapsed();
    let (_, wallet) = open(directory);
    wallet.set_password(&password()).expect("the vault of the backup");
    let begin = Instant::now();
    wallet.release_issuing(&IssuedBefore::SkipAhead(10_000)).expect("a release");
    println!("restored in {restored:?}; 20,000 addresses skipped in {:?}", begin.elapsed());
}

fn password() -> Password {
    Password::new(b"of vault and backup".to_vec()).expect("a password")
}

fn config(directory: &Path) -> Config {
    let vault = SecretConfig::Stronghold { path: directory.join("wallet.stronghold") };
    let mut config = Config::new(directory, CoinType::SHIMMER, vault);
    config.poll_interval = Duration::from_millis(2);
    config
}

fn open(directory: &Path) -> (ScriptedFeed, AccountManager) {
    let node = ScriptedFeed::with_milestones(1);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(ManualClock::default()),
    };
    (node, AccountManager::open(&config(directory), ports).expect("a wallet that opens"))
}

/// What went on beside some work.
struct Beside {
    /// How long each issued address took.
    issued: Vec<Duration>,
    milestones: u32,
    deposits: u64,
}

/// Runs `work` while addresses are issued one by one and milestones with deposits come one after the other; counts what the
/// wallet has booked between its begin and its end.
fn beside(
    wallet: &AccountManager,
    node: &ScriptedFeed,
    account: &AccountRef,
    payees: &[Address],
    work: impl FnOnce(),
) -> Beside {
    let done = AtomicBool::new(false);
    let booked = || {
        let cursor = wallet.status().cursor.expect("a wallet that follows").0;
        (cursor, wallet.balance(account).expect("a balance").output_count)
    };
    thread::scope(|scope| {
        let issuing = scope.spawn(|| {
            let mut times = Vec::new();
            while !done.load(Ordering::SeqCst) {
                let begin = Instant::now();
                wallet.generate_addresses(account, 1, false, None).expect("an address");
                times.push(begin.elapsed());
            }
            times
        });
        let depositing = scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                deposit(node, payees);
                wallet.sync(PATIENCE).expect("a milestone that is applied");
            }
        });
        let before = booked();
        work();
        let after = booked();
        done.store(true, Ordering::SeqCst);
        depositing.join().expect("a thread that deposits");
        let issued = issuing.join().expect("a thread that issues");
        Beside { issued, milestones: after.0 - before.0, deposits: after.1 - before.1 }
    })
}

/// A milestone with deposits for some of the addresses, which take turns.
fn deposit(node: &ScriptedFeed, payees: &[Address]) {
    let first = node.ledger().position().index.0 * DEPOSITS;
    let created = (first..first + DEPOSITS).map(|number| {
        let payee = payees[usize::try_from(number).expect("a number of memory") % payees.len()];
        OutputBuilder::plain(number, payee, 1_000_000).build()
    });
    node.ledger().milestone(created.collect(), Vec::new());
    node.tell();
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
