//! What choosing inputs costs among a million outputs of an account, in its database on disk.
//!
//! `cargo bench -p stardust-wallet --features testing --bench selection`

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use stardust_wallet::{
    ledger::{Address, Amount},
    payments::measure::select_inputs,
    store::Store,
    testing::{OutputBuilder, ScriptedFeed, TestWallet},
};

const OUTPUTS: u32 = 1_000_000;
const ADDRESSES: u32 = 1_000;
const MILESTONE: u32 = 50_000;
/// The least that an output holds; each holds one base unit more than the one before.
const LEAST: u64 = 1_000_000;
const DEPOSIT: Amount = Amount::new(50_000);
const INPUTS: usize = 128;
const FOLD: usize = 8;

/// A wallet with a million outputs of different amounts, in no order.
fn fill(directory: &Path) {
    let node = ScriptedFeed::with_milestones(1);
    let wallet = TestWallet::start(directory, &node);
    let account = wallet.account("alice");
    let issued = wallet.manager.generate_addresses(&account, ADDRESSES, false, None).expect("addresses");
    let owners: Vec<Address> = issued.iter().map(|address| address.raw).collect();
    for first in (0..OUTPUTS).step_by(MILESTONE as usize) {
        let outputs = (first..first + MILESTONE).zip(owners.iter().cycle()).map(|(number, owner)| {
            // a step that has no factor in common with their number
            let place = u64::from(number) * 7_919 % u64::from(OUTPUTS);
            OutputBuilder::plain(number, *owner, LEAST + place).build()
        });
        node.ledger().milestone(outputs.collect(), Vec::new());
        wallet.sync();
    }
}

fn selection(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    fill(directory.path());
    let store = Store::open(directory.path()).expect("a wallet that is closed");
    let mut group = criterion.benchmark_group("selection");
    for (name, amount, inputs) in [
        ("one output that suffices", LEAST + u64::from(OUTPUTS) / 2, 1),
        ("128 outputs that suffice together", 127 * (LEAST + u64::from(OUTPUTS)), INPUTS),
    ] {
        group.bench_function(format!("among 1,000,000 outputs, {name}"), |bench| {
            bench.iter(|| {
                let found = select_inputs(&store, 0, Amount::new(amount), DEPOSIT, (INPUTS, FOLD));
                assert_eq!(found.expect("a selection"), inputs);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, selection);
criterion_main!(benches);
