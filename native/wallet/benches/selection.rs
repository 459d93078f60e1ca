//! What choosing inputs costs in an account with a million outputs: for a payment, and for the hot wallet that looks after itself.
//!
//! `cargo bench -p stardust-wallet --features testing --bench selection`

use criterion::{Criterion, criterion_group, criterion_main};
use stardust_wallet::{
    ledger::{Amount, MilestoneId, MilestoneIndex, Position, UnixTime},
    payments::measure::count_inputs,
    store::{
        AddressKey, NewOutputRow, Origin, OutputClass, Past, Store, StoreError, Tally, account, address as addresses,
        hot::{IdleFilter, idle},
        meta, output,
    },
    testing::{OutputBuilder, address},
};

const OUTPUTS: u32 = 1_000_000;
const AT_A_TIME: u32 = 100_000;
/// Outputs have 100,000 different amounts from here on.
const LEAST: u64 = 1_000_000;

/// A wallet with two accounts, all of it in the first.
fn filled(directory: &std::path::Path) -> Store {
    let store = Store::open(directory).expect("a directory");
    let key = AddressKey { account: 0, internal: false, key_index: 0 };
    let id = MilestoneId::from_slice(&[1; 32]).expect("32 bytes");
    let at = Position { index: MilestoneIndex(1), id, time: UnixTime(1) };
    let begun = store.writer().commit(move |tx| {
        meta::begin_cursor(tx, &at)?;
        account::insert(tx, "alice", false, 0)?;
        account::insert(tx, "bob", false, 0)?;
        addresses::insert(tx, key, &address(0), None, Some(MilestoneIndex(1)), Past::New)
    });
    begun.expect("a new wallet");
    for first in (0..OUTPUTS).step_by(AT_A_TIME as usize) {
        let booked = store.writer().commit(move |tx| {
            let mut tally = Tally::default();
            for number in first..first + AT_A_TIME {
                let amount = LEAST + u64::from(number.wrapping_mul(7_919) % 100_000);
                let output = OutputBuilder::plain(number, address(0), amount).build();
                let (class, origin) = (OutputClass::Plain, Origin::External);
                output::insert(tx, &mut tally, &NewOutputRow { output: &output, key, class, origin, at })?;
            }
            tally.write(tx).map(drop)?;
            Ok::<_, StoreError>(())
        });
        booked.expect("outputs");
    }
    store
}

fn selection(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().expect("a directory");
    let store = filled(directory.path());
    let mut group = criterion.benchmark_group("selection");
    for (name, amount, inputs) in [("one input suffices", LEAST, 1), ("a hundred inputs", 100 * LEAST, 91)] {
        group.bench_function(format!("among {OUTPUTS} outputs, {name}"), |bench| {
            bench.iter(|| {
                let counted = store.readers().read(|conn| count_inputs(conn, 0, Amount::new(amount)));
                assert!(counted.expect("funds") >= inputs);
            });
        });
    }
    let filter = IdleFilter {
        accounts: None,
        except: 1,
        least: Amount::new(LEAST),
        until: MilestoneIndex(1),
        until_time: UnixTime(1),
    };
    group.bench_function(format!("of 128 outputs to sweep, among {OUTPUTS}"), |bench| {
        bench.iter(|| {
            let found = store.readers().read(|conn| idle(conn, &filter, 128));
            assert_eq!(found.expect("outputs").len(), 128);
        });
    });
    group.finish();
}

criterion_group!(benches, selection);
criterion_main!(benches);
