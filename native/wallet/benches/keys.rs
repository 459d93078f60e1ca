//! What addresses and signatures cost: with a mnemonic in memory, in a Stronghold vault, and out of the pool.
//!
//! `cargo bench -p stardust-wallet --features testing --bench keys`

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use stardust_wallet::{
    accounts::{Accounts, POOL_BATCH},
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, Password, SecretManager, StrongholdManager},
    ledger::{MilestoneId, MilestoneIndex, Position, UnixTime},
    stardust::Stardust,
    store::{MetaKey, Store, StoreError, meta},
    testing::{ManualClock, WORDS, processor_time},
};

const KEYS: u32 = 1_000;
/// What is signed of a transaction: the hash of its essence.
const MESSAGE: [u8; 32] = [7; 32];

fn words() -> Mnemonic {
    Mnemonic::parse(WORDS).expect("a valid mnemonic")
}

fn stronghold(directory: &Path) -> StrongholdManager {
    let vault = StrongholdManager::new(directory.join("wallet.stronghold"), CoinType::SHIMMER);
    vault.set_password(&Password::new(b"a password".to_vec()).expect("a password")).expect("a new vault");
    vault.store_mnemonic(&words()).expect("a vault that can be written");
    vault
}

fn paths() -> Vec<KeyPath> {
    (0..KEYS).map(|index| KeyPath::new(0, false, index).expect("a path")).collect()
}

/// An account that can issue, in a directory of its own.
fn accounts(directory: &Path, keys: Arc<dyn SecretManager>) -> Accounts {
    let store = Arc::new(Store::open(directory).expect("a directory"));
    let id = MilestoneId::from_slice(&[1; 32]).expect("32 bytes");
    let begin = Position { index: MilestoneIndex(1), id, time: UnixTime(1) };
    let begun = store.writer().commit(move |tx| {
        meta::put(tx, MetaKey::SeedOrigin, b"new")?;
        meta::begin_cursor(tx, &begin)?;
        Ok::<_, StoreError>(())
    });
    begun.expect("a new wallet");
    let accounts = Accounts::load(store, keys, Arc::new(Stardust), Arc::new(ManualClock::default())).expect("accounts");
    accounts.create("alice").expect("an account");
    accounts
}

fn keys(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    let managers: [(&str, Box<dyn SecretManager>); 2] = [
        ("mnemonic", Box::new(MnemonicManager::new(&words(), CoinType::SHIMMER))),
        ("stronghold", Box::new(stronghold(directory.path()))),
    ];
    let paths = paths();
    let requests: Vec<_> = paths.iter().map(|path| (*path, MESSAGE.as_slice())).collect();
    let mut group = criterion.benchmark_group("keys");
    group.throughput(Throughput::Elements(u64::from(KEYS)));
    for (name, manager) in &managers {
        group.bench_function(format!("public keys, {name}, 1,000 at a time"), |bench| {
            bench.iter(|| manager.public_keys(&paths).expect("keys"));
        });
        group.bench_function(format!("signatures, {name}, 1,000 at a time"), |bench| {
            bench.iter(|| manager.sign(&requests).expect("signatures"));
        });
    }
    group.throughput(Throughput::Elements(1));
    for (name, manager) in &managers {
        group.bench_function(format!("signatures, {name}, one at a time"), |bench| {
            bench.iter(|| manager.sign(&requests[..1]).expect("a signature"));
        });
    }
    group.finish();
    for (name, manager) in &managers {
        of_the_processor(&format!("public keys, {name}, 1,000 at a time"), KEYS, || {
            manager.public_keys(&paths).expect("keys");
        });
        of_the_processor(&format!("signatures, {name}, 1,000 at a time"), KEYS, || {
            manager.sign(&requests).expect("signatures");
        });
        of_the_processor(&format!("signatures, {name}, one at a time"), 1, || {
            manager.sign(&requests[..1]).expect("a signature");
        });
    }
}

fn pool(criterion: &mut Criterion) {
    let vault = tempfile::tempdir().expect("a directory");
    let keys: Arc<dyn SecretManager> = Arc::new(stronghold(vault.path()));
    let mut group = criterion.benchmark_group("pool");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    group.throughput(Throughput::Elements(u64::from(POOL_BATCH)));
    let directory = tempfile::tempdir().expect("a directory");
    let filled = accounts(directory.path(), Arc::clone(&keys));
    let mut size = 0;
    group.bench_function("addresses derived with stronghold, durable, in batches", |bench| {
        bench.iter(|| {
            size += POOL_BATCH;
            filled.fill_pool(0, false, size).expect("a batch")
        });
    });
    of_the_processor("addresses derived with stronghold, durable, in batches", POOL_BATCH, || {
        size += POOL_BATCH;
        filled.fill_pool(0, false, size).expect("a batch");
    });
    group.throughput(Throughput::Elements(1));
    let directory = tempfile::tempdir().expect("a directory");
    let issuing = accounts(directory.path(), keys);
    let prepare = || {
        if issuing.pool_level(0, false).expect("a level").ready == 0 {
            issuing.fill_pool(0, false, POOL_BATCH).expect("a batch");
        }
    };
    group.sample_size(50).bench_function("an address out of the pool, durable", |bench| {
        bench.iter_batched(
            prepare,
            |()| issuing.issue_pooled(0, false, 1, None).expect("an address").expect("one that is there"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
    spread(&prepare, &|| {
        issuing.issue_pooled(0, false, 1, None).expect("an address").expect("one that is there");
    });
}

/// What a second of one core does, whatever else the machine is busy with: all threads of this process count.
#[expect(clippy::print_stderr, reason = "a program for people")]
fn of_the_processor(name: &str, elements: u32, mut work: impl FnMut()) {
    let (before, begun) = (processor_time(), Instant::now());
    let mut done = 0.0;
    while begun.elapsed() < Duration::from_secs(4) {
        work();
        done += f64::from(elements);
    }
    let busy = processor_time().saturating_sub(before);
    eprintln!("{name}: {:.0} in a second of the processor", done / busy.as_secs_f64());
}

/// Criterion tells means; what a caller waits for is told by the median and the slowest ones.
#[expect(clippy::print_stderr, reason = "a program for people")]
fn spread(prepare: &dyn Fn(), issue: &dyn Fn()) {
    let mut times: Vec<_> = (0..1_000)
        .map(|_| {
            prepare();
            let begun = Instant::now();
            issue();
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    eprintln!("an address out of the pool, durable: p50 {:?}, p99 {:?} of 1,000", times[500], times[990]);
}

criterion_group!(benches, keys, pool);
criterion_main!(benches);
