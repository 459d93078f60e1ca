//! How the engine does with many addresses: `scale COUNT…` prints one line for each count.
//!
//! Run it optimised (`--release`). It measures issuing an address, opening the wallet, memory, and a milestone.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    fs,
    time::{Duration, Instant},
};

use stardust_wallet::{
    manager::AccountRef,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

const ROUNDS: usize = 200;

fn main() {
    for count in std::env::args().skip(1) {
        measure(count.parse().expect("a number of addresses"));
    }
}

fn measure(count: u32) {
    let directory = tempfile::tempdir().expect("a directory");
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory.path(), &node);
    let account = wallet.account("alice");
    let begin = Instant::now();
    let mut left = count;
    while left > 0 {
        let now = left.min(10_000);
        wallet.manager.generate_addresses(&account, now, false, None).expect("addresses");
        left -= now;
    }
    let bulk = begin.elapsed();
    drop(wallet);
    let before = resident();
    let begin = Instant::now();
    let wallet = TestWallet::open(directory.path(), &node).expect("a wallet that opens");
    let opened = begin.elapsed();
    let memory = resident().saturating_sub(before);
    drop(wallet);
    let wallet = TestWallet::start(directory.path(), &node);
    wallet.sync();
    let issue = median(|| {
        wallet.manager.generate_addresses(&account, 1, false, None).expect("an address");
    });
    let ours = wallet.manager.addresses(&account, None, None, 1).expect("addresses").items[0].raw;
    let mut number = 0;
    let milestone = median(|| {
        let strangers = (0..100).map(|other| OutputBuilder::plain(number * 1_000 + other, address(other), 1).build());
        let mut outputs: Vec<_> = strangers.collect();
        outputs.push(OutputBuilder::plain(number * 1_000 + 500, ours, 1).build());
        number += 1;
        node.ledger().milestone(outputs, vec![]);
        wallet.sync();
    });
    let many = (0..10_000).map(|other| OutputBuilder::plain(3_000_000_000 + other, ours, 1).build()).collect();
    node.ledger().milestone(many, vec![]);
    let begin = Instant::now();
    wallet.sync();
    let large = begin.elapsed();
    let balance = median(|| drop(wallet.manager.balance(&AccountRef::Index(0))));
    println!(
        "{count} addresses: issued in bulk {:.0} a second; opened in {opened:?} with {memory} KiB; \
         one more {issue:?}; a milestone of 101 outputs, one of them ours, {milestone:?}; \
         one of 10,000 outputs of ours {large:?}; a balance {balance:?}",
        f64::from(count) / bulk.as_secs_f64()
    );
}

fn median(mut work: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2]
}

/// Resident memory of this process in KiB, where the system tells (Linux).
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
