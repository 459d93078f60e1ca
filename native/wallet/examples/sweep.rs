//! What a sweep of many deposit addresses costs, with the keys in a Stronghold vault and a node that answers at once:
//! `sweep COUNT…` prints a line for each count, with the processor's time of this process beside the elapsed time.
//!
//! Run it optimised (`--release`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use stardust_wallet::{
    keys::{CoinType, Mnemonic, Password},
    ledger::{Address, OutputId, TransactionId},
    manager::{AccountManager, AccountRef, Config, Ports, SecretConfig, SeedOrigin},
    payments::{PaymentRef, SweepReport, SweepRequest},
    testing::{ManualClock, OutputBuilder, ScriptedFeed, WORDS, output_id, processor_time},
};

const ACCOUNTS: u32 = 100;
const AMOUNT: u64 = 1_000_000;
const PATIENCE: Duration = Duration::from_secs(600);
/// Transactions of a milestone that confirms.
const CONFIRMED: usize = 100;

fn main() {
    for count in std::env::args().skip(1) {
        measure(count.parse().expect("a number of addresses"));
    }
}

fn measure(count: u32) {
    let directory = tempfile::tempdir().expect("a directory");
    let node = ScriptedFeed::with_milestones(1);
    let manager = start(directory.path(), &node);
    let hot = AccountRef::Index(manager.create_account("hot").expect("a free alias").index);
    let mut number = 0;
    for customer in 0..ACCOUNTS {
        let account = AccountRef::Index(manager.create_account(&customer.to_string()).expect("a free alias").index);
        let issued = manager.generate_addresses(&account, count.div_ceil(ACCOUNTS), false, None).expect("addresses");
        let outputs = issued.iter().map(|address| {
            number += 1;
            OutputBuilder::plain(number, address.raw, AMOUNT).build()
        });
        node.ledger().milestone(outputs.collect(), Vec::new());
    }
    manager.sync(PATIENCE).expect("a node that can be followed");
    let (report, made) = timed(|| {
        let report = manager.sweep(&hot, SweepRequest::into(0)).expect("a sweep");
        // submitted too: the last answer is stored
        while !submitted(&manager, &report) {
            std::thread::sleep(Duration::from_millis(5));
        }
        report
    });
    assert_eq!(report.outputs, number as usize, "all were swept");
    confirm(&manager, &node, &report);
    let ((), confirmed) = timed(|| {
        manager.sync(PATIENCE).expect("a node that can be followed");
    });
    let (made, confirmed) = (show(made), show(confirmed));
    println!(
        "{number} addresses, Stronghold: {} transactions signed, stored and submitted: {made}; their confirmation: {confirmed}",
        report.transactions.len(),
    );
    manager.close();
}

/// A new wallet with a vault that is unlocked.
fn start(directory: &Path, node: &ScriptedFeed) -> AccountManager {
    let secret = SecretConfig::Stronghold { path: directory.join("wallet.stronghold") };
    let mut config = Config::new(directory.join("wallet"), CoinType::SHIMMER, secret);
    config.poll_interval = Duration::from_millis(2);
    let ports = Ports {
        feed: Box::new(node.clone()),
        submit: Arc::new(node.clone()),
        lookup: Arc::new(node.clone()),
        clock: Arc::new(ManualClock::default()),
    };
    let manager = AccountManager::open(&config, ports).expect("a wallet that opens");
    manager.set_password(&Password::new(b"a password".to_vec()).expect("a password")).expect("a new vault");
    manager.store_mnemonic(&Mnemonic::parse(WORDS).expect("a mnemonic"), SeedOrigin::New).expect("a vault");
    manager.start().expect("a wallet that starts");
    manager
}

fn submitted(manager: &AccountManager, report: &SweepReport) -> bool {
    let taken = |id: &TransactionId| {
        manager.payment(&PaymentRef::Transaction(*id)).expect("a payment of the wallet").attachments > 0
    };
    report.transactions.iter().rev().all(taken)
}

/// Milestones with all transactions of the sweep.
fn confirm(manager: &AccountManager, node: &ScriptedFeed, report: &SweepReport) {
    node.hold();
    let mut change: Option<Address> = None;
    for part in report.transactions.chunks(CONFIRMED) {
        let (mut created, mut consumed) = (Vec::new(), Vec::<(OutputId, TransactionId)>::new());
        for id in part {
            let payment = manager.payment(&PaymentRef::Transaction(*id)).expect("a payment of the wallet");
            consumed.extend(payment.inputs.iter().map(|input| (input.output_id, *id)));
            let owner = *change.get_or_insert(payment.outputs[0].address);
            let amount = payment.outputs[0].amount.units();
            created.push(OutputBuilder::plain(0, owner, amount).id(*id, output_id(*id, 0)).build());
        }
        node.ledger().milestone(created, consumed);
    }
    node.release();
}

/// What `work` answers, with elapsed and the processor's time.
fn timed<T>(work: impl FnOnce() -> T) -> (T, (Duration, Duration)) {
    let (begun, before) = (Instant::now(), processor_time());
    let answer = work();
    (answer, (begun.elapsed(), processor_time().saturating_sub(before)))
}

fn show((elapsed, processor): (Duration, Duration)) -> String {
    format!("{:.2} s of the processor, {:.2} s elapsed", processor.as_secs_f64(), elapsed.as_secs_f64())
}
