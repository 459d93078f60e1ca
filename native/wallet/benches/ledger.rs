//! What a milestone costs: the scan of foreign outputs, and the deposits of our own until they are on disk.
//!
//! `cargo bench -p stardust-wallet --features testing`

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use stardust_wallet::{
    accounts::WatchSet,
    ledger::{Address, Consumed, LedgerDiff, LedgerOutput, RawDiff},
    store::AddressKey,
    sync::measure::count_ours,
    testing::{OutputBuilder, ScriptedFeed, TestWallet, address, output_id, transaction_id},
};

const ADDRESSES: u32 = 1_000_000;
const OUTPUTS: u32 = 100_000;

/// A milestone of a ledger: created outputs of strangers, and as many consumed ones.
fn foreign() -> LedgerDiff {
    let node = ScriptedFeed::with_milestones(1);
    let begin = node.ledger().position();
    let next = node.ledger().milestone(Vec::new(), Vec::new());
    let created: Vec<LedgerOutput> =
        (0..OUTPUTS).map(|number| OutputBuilder::plain(number, address(3_000_000_000 + number), 1).build()).collect();
    let consumed = (0..OUTPUTS)
        .map(|number| Consumed { id: output_id(transaction_id(1_000_000 + number), 0), spent_by: None })
        .collect();
    let raw = RawDiff { position: next, previous_id: begin.id, created, consumed };
    LedgerDiff::validate(&begin, raw).expect("a milestone that follows")
}

fn scan(criterion: &mut Criterion) {
    let diff = foreign();
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Elements(u64::from(OUTPUTS)));
    for count in [100, 10_000, ADDRESSES] {
        let set = WatchSet::default();
        set.watch(
            (0..count).map(|index| (address(index), AddressKey { account: 0, internal: false, key_index: index })),
        );
        group.bench_function(format!("created and consumed by strangers, {count} addresses"), |bench| {
            bench.iter(|| assert_eq!(count_ours(&diff, &set).expect("a scan"), 0));
        });
    }
    group.finish();
}

fn apply(criterion: &mut Criterion) {
    const DEPOSITS: u32 = 10_000;
    let mut group = criterion.benchmark_group("apply");
    group.throughput(Throughput::Elements(u64::from(DEPOSITS))).sample_size(10);
    for (name, milestones) in [("in one milestone", 1), ("in 100 milestones", 100)] {
        let directory = tempfile::tempdir().expect("a directory");
        let node = ScriptedFeed::with_milestones(1);
        let wallet = TestWallet::start(directory.path(), &node);
        let account = wallet.account("alice");
        let issued = wallet.manager.generate_addresses(&account, DEPOSITS, false, None).expect("addresses");
        let ours: Vec<Address> = issued.iter().map(|address| address.raw).collect();
        node.set_batch(1_000);
        let mut number = 0;
        group.bench_function(format!("deposits to {DEPOSITS} addresses, durable, {name}"), |bench| {
            bench.iter_custom(|rounds| {
                let mut took = Duration::ZERO;
                for _ in 0..rounds {
                    node.hold();
                    for part in ours.chunks(ours.len() / milestones) {
                        let deposit = |owner: &Address| {
                            number += 1;
                            OutputBuilder::plain(number, *owner, 1_000_000).build()
                        };
                        node.ledger().milestone(part.iter().map(deposit).collect(), Vec::new());
                    }
                    let begin = Instant::now();
                    node.release();
                    wallet.sync();
                    took += begin.elapsed();
                }
                took
            });
        });
    }
    group.finish();
}

fn load(criterion: &mut Criterion) {
    let entries: Vec<_> = (0..ADDRESSES)
        .map(|index| (address(index), AddressKey { account: 0, internal: false, key_index: index }))
        .collect();
    let mut group = criterion.benchmark_group("watch");
    group.throughput(Throughput::Elements(u64::from(ADDRESSES))).sample_size(10);
    group.bench_function("a million addresses in one go", |bench| {
        let watch = |entries| WatchSet::default().watch(entries);
        bench.iter_batched(|| entries.clone(), watch, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(benches, scan, apply, load);
criterion_main!(benches);
