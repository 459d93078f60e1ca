//! How much the devnet holds. The figures in the crate's README come from here:
//!
//!     cargo test --release -p stardust-devnet --test it load -- --ignored --nocapture

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Net, get, request_whole};

const OUTPUTS: usize = 1_000_000;
const ADDRESSES: usize = 10_000;
/// Outputs of one milestone while the ledger is filled.
const STEP: usize = 100_000;

/// Different addresses, which nobody has keys of.
fn addresses() -> Vec<String> {
    (0..ADDRESSES)
        .map(|number| {
            let mut hash = [7; 32];
            hash[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
            let address = iota_sdk::types::block::address::Ed25519Address::new(hash);
            iota_sdk::types::block::address::Bech32Address::try_new("tst", address).unwrap().to_string()
        })
        .collect()
}

/// Mints plain outputs for some addresses and confirms them.
fn mint(net: &Net, addresses: &[String], count: usize) {
    let body = json!({"addresses": addresses, "amount": "250000", "count": count, "ids": false}).to_string();
    let answer = request_whole("POST", &net.control("mint"), body.as_bytes());
    assert_eq!((answer.status, &answer.json()["outputs"]), (202, &json!(addresses.len() * count)));
    net.0.issue_milestones(1).unwrap();
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

#[test]
#[ignore = "measures for a minute, with --release"]
fn a_million_outputs_and_a_thousand_a_second() {
    let net = Net::start();
    let addresses = addresses();
    let before = resident_mib();
    let ((), filling) = timed(|| {
        for _ in 0..OUTPUTS / STEP {
            mint(&net, &addresses, STEP / ADDRESSES);
        }
    });
    println!("{OUTPUTS} outputs made in {filling:.1?}, milestones of {STEP}");
    println!("resident: {} MiB, {before} before", resident_mib());

    let (answer, took) = timed(|| request_whole("GET", &net.core("milestones/by-index/5/utxo-changes"), b""));
    assert!(answer.json()["createdOutputs"].as_array().unwrap().len() > STEP);
    println!("utxo-changes of {STEP} outputs: {took:.1?}, {} bytes", answer.body.len());

    let ((), took) = timed(|| {
        for address in addresses.iter().take(1000) {
            let found: Value = get(&net.indexer(&format!("outputs/basic?address={address}")));
            assert_eq!(found["items"].as_array().unwrap().len(), OUTPUTS / ADDRESSES);
        }
    });
    println!("outputs of one address, {} of them: {:.2?} each", OUTPUTS / ADDRESSES, took / 1000);
    let filter = "hasTimelock=true";
    let ((), took) = timed(|| assert_eq!(get(&net.indexer(&format!("outputs/basic?{filter}")))["items"], json!([])));
    println!("a filter without an address, no match in all outputs: {took:.1?}");
    let (_, took) = timed(|| net.0.issue_milestones(1000).unwrap());
    println!("an empty milestone: {:.1?}", took / 1000);

    let rounds = 30_u32;
    let ((), took) = timed(|| (0..rounds).for_each(|_| mint(&net, &addresses[..1000], 1)));
    println!("1000 outputs and their milestone: {:.1?}", took / rounds);
    println!("resident at the end: {} MiB", resident_mib());
}
