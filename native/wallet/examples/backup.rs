//! How long a backup of a wallet with many addresses takes, and what it costs whoever issues meanwhile:
//! `backup COUNT…` prints a line for each count.
//!
//! Run it optimised (`--release`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use stardust_wallet::{
    accounts::IssuedBefore,
    keys::{CoinType, Password},
    manager::{AccountManager, AccountRef, Config, SecretConfig, SeedOrigin},
    testing::{ScriptedFeed, TestWallet},
};

fn main() {
    for count in std::env::args().skip(1) {
        measure(count.parse().expect("a number of addresses"));
    }
}

fn measure(count: u32) {
    let directory = tempfile::tempdir().expect("a directory");
    let (place, file) = (directory.path().join("wallet"), directory.path().join("wallet.backup"));
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(&place, &node);
    let account = wallet.account("alice");
    let mut left = count;
    while left > 0 {
        let now = left.min(10_000);
        wallet.manager.generate_addresses(&account, now, false, None).expect("addresses");
        left -= now;
    }
    let alone = median(&issuing(&wallet, &account, || thread::sleep(Duration::from_secs(3))));
    let password = || Password::new(b"of the backup".to_vec()).expect("a password");
    let mut backup = Duration::ZERO;
    let mut beside = issuing(&wallet, &account, || {
        let begin = Instant::now();
        wallet.manager.backup(&file, &password()).expect("a backup");
        backup = begin.elapsed();
    });
    let (median_beside, slowest) = (median(&beside), beside.drain(..).max().unwrap_or_default());
    let size = fs::metadata(&file).expect("a file").len() >> 20;
    wallet.manager.close();
    let restored = directory.path().join("restored");
    let config = Config::new(&restored, CoinType::SHIMMER, SecretConfig::Mnemonic);
    let begin = Instant::now();
    AccountManager::restore(&file, &password(), &config, 0).expect("a restored wallet");
    let restore = begin.elapsed();
    let wallet = TestWallet::start_with(&restored, &node, SeedOrigin::New);
    let begin = Instant::now();
    wallet.manager.release_issuing(&IssuedBefore::SkipAhead(10_000)).expect("a release");
    let release = begin.elapsed();
    println!(
        "{count} addresses: backup of {size} MiB in {backup:?}, an address issued meanwhile in {median_beside:?} (p50) to \
         {slowest:?} and in {alone:?} without it; restored in {restore:?}; 20,000 addresses skipped in {release:?}"
    );
}

/// Runs `work` while addresses are issued one by one; how long each took.
fn issuing(wallet: &TestWallet, account: &AccountRef, work: impl FnOnce()) -> Vec<Duration> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let issuing = scope.spawn(|| {
            let mut times = Vec::new();
            while !done.load(Ordering::SeqCst) {
                let begin = Instant::now();
                wallet.manager.generate_addresses(account, 1, false, None).expect("an address");
                times.push(begin.elapsed());
            }
            times
        });
        work();
        done.store(true, Ordering::SeqCst);
        issuing.join().expect("a thread that issues")
    })
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
