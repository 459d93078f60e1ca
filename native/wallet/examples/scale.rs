//! How the engine does with many addresses: `scale COUNT…` prints one line for each count.
//!
//! Run it optimised (`--release`). It measures issuing an address, opening the wallet, memory, a milestone, deposits, and
//! the start of a wallet that holds as many outputs as it has addresses.
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use stardust_wallet::{
    events::SyncState,
    manager::AccountRef,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address},
};

const ROUNDS: usize = 200;
/// Outputs of ours in a milestone that brings many.
const MILESTONE: usize = 10_000;
/// The first of the transaction numbers that these outputs have.
const FIRST: u32 = 2_000_000_000;

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
    drop(wallet);
    hold(directory.path(), &node, count);
}

/// Fills a wallet with as many outputs as it has addresses, one on each, and starts it again.
fn hold(directory: &Path, node: &ScriptedFeed, count: u32) {
    let wallet = TestWallet::start(directory, node);
    let account = AccountRef::Index(0);
    let mut after = None;
    let (mut number, mut spent) = (0, Duration::ZERO);
    while number < count {
        let mut owners = Vec::new();
        while owners.len() < MILESTONE && number + size(&owners) < count {
            let page = wallet.manager.addresses(&account, Some(false), after, 1_000).expect("addresses");
            owners.extend(page.items.iter().map(|address| address.raw));
            after = page.next;
        }
        let outputs =
            owners.iter().zip(FIRST + number..).map(|(owner, id)| OutputBuilder::plain(id, *owner, 1).build());
        node.ledger().milestone(outputs.collect(), vec![]);
        number += size(&owners);
        let begin = Instant::now();
        wallet.sync();
        spent += begin.elapsed();
    }
    drop(wallet);
    let begin = Instant::now();
    let wallet = TestWallet::start(directory, node);
    wallet.wait_until(|manager| manager.status().state == SyncState::Synced);
    let started = begin.elapsed();
    println!(
        "{count} addresses: {:.0} deposits of ours a second, durable, in milestones of {MILESTONE}; \
         start to synced with {number} outputs {started:?}",
        f64::from(number) / spent.as_secs_f64()
    );
}

fn size<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("a list of outputs")
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
