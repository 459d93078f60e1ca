//! How long an import takes: `moving-in EXPORT…` takes over each file in a wallet of its own, with the mnemonic in memory
//! and a node that has nothing, and prints one line for each. Run it optimised (`--release`).
#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::time::Instant;

use stardust_wallet::{
    import::ImportSource,
    testing::{ScriptedFeed, TestWallet},
};

fn main() {
    for path in std::env::args().skip(1) {
        let directory = tempfile::tempdir().expect("a directory");
        let wallet = TestWallet::start(directory.path(), &ScriptedFeed::with_milestones(1));
        wallet.sync();
        let begin = Instant::now();
        let report = wallet.manager.import(&ImportSource::Export { path: path.clone().into() }, None, 0);
        let took = begin.elapsed();
        println!("{path}: {:.2} s, {:?}", took.as_secs_f64(), report.expect("a file that fits"));
    }
}
