//! How long an import takes: `moving-in EXPORT…` takes over each file in a wallet of its own, with the mnemonic in memory
//! and a node that has nothing, and prints one line for each; `moving-in COUNT` does so with an export that it writes first,
//! of so many addresses in 1,000 accounts with aliases. Run it optimised (`--release`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::{Value, json};
use stardust_wallet::{
    import::ImportSource,
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, SecretManager},
    ledger::AddressCodec,
    stardust::Stardust,
    testing::{ScriptedFeed, TestWallet, WORDS, processor_time},
};

const ACCOUNTS: u32 = 1_000;

fn main() {
    for given in std::env::args().skip(1) {
        let directory = tempfile::tempdir().expect("a directory");
        let export = given.parse().map_or_else(|_| PathBuf::from(&given), |count| export(directory.path(), count));
        let wallet = TestWallet::start(&directory.path().join("wallet"), &ScriptedFeed::with_milestones(1));
        wallet.sync();
        let (begin, before) = (Instant::now(), processor_time());
        let report = wallet.manager.import(&ImportSource::Export { path: export }, None, 0);
        let (took, busy) = (begin.elapsed(), processor_time().saturating_sub(before));
        println!(
            "{given}: {:.2} s, {:.2} s of the processor, {:?}",
            took.as_secs_f64(),
            busy.as_secs_f64(),
            report.expect("a file that fits")
        );
    }
}

/// Writes an export of so many addresses, as the export program does.
fn export(directory: &Path, count: u32) -> PathBuf {
    let keys = MnemonicManager::new(&Mnemonic::parse(WORDS).expect("a mnemonic"), CoinType::SHIMMER);
    let accounts: Vec<Value> = (0..ACCOUNTS)
        .map(|account| {
            let paths: Vec<KeyPath> =
                (0..count / ACCOUNTS).map(|index| KeyPath::new(account, false, index).expect("a path")).collect();
            let keys = keys.public_keys(&paths).expect("keys");
            let rows: Vec<Value> = (0..)
                .zip(&keys)
                .map(|(index, key): (u32, _)| {
                    let text = Stardust.format(&Stardust.of_public_key(key), "rms");
                    json!({"address": text, "keyIndex": index, "internal": false})
                })
                .collect();
            json!({"index": account, "coinType": 4219, "alias": format!("customer-{account}"),
                "publicAddresses": rows, "internalAddresses": []})
        })
        .collect();
    let wallet = json!({"format": "iota-sdk-export", "version": 1, "coinType": 4219, "accounts": accounts});
    let path = directory.join("export.json");
    fs::write(&path, wallet.to_string()).expect("a directory that can be written to");
    path
}
