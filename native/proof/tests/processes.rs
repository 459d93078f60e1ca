//! Two processes and one wallet: the second is refused as long as the first lives, and only so long.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{path::Path, process::Command};

use stardust_proof::{Wallet, WalletOptions};
use stardust_wallet::{error::ErrorKind, manager::WalletError};

const PLACE: &str = "STARDUST_PROOF_PLACE";

/// A wallet that reaches no node: none is needed.
fn open(directory: &Path) -> Result<Wallet, ErrorKind> {
    let opened = Wallet::open(directory, WalletOptions::on("http://127.0.0.1:1"));
    opened.map_err(|error| error.downcast_ref::<WalletError>().unwrap().kind())
}

#[test]
#[ignore = "the second process"]
fn opens() {
    let opened = open(Path::new(&std::env::var_os(PLACE).unwrap())).map(drop);
    println!("the second process: {opened:?}");
}

fn second_process(directory: &Path) -> String {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "opens", "--ignored", "--nocapture"]).env(PLACE, directory);
    String::from_utf8(process.output().unwrap().stdout).unwrap()
}

#[test]
fn invariant_12_a_second_process_is_refused_as_long_as_the_first_has_the_wallet() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path()).unwrap();
    let said = second_process(directory.path());
    assert!(said.contains("the second process: Err(StorageLocked)"), "{said}");
    assert_eq!(open(directory.path()).err(), Some(ErrorKind::StorageLocked), "nor is a second one in this process");
    drop(first);
    let said = second_process(directory.path());
    assert!(said.contains("the second process: Ok(())"), "{said}");
    open(directory.path()).unwrap();
}
