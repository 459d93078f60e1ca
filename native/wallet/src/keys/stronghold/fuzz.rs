//! Vault files that others wrote or changed: what fuzzers feed.

use std::path::Path;

pub use super::foreign::fuzz::{snapshot_file, snapshot_values};
use super::{
    snapshot::{self, Contents, decrypt, work_factor, work_factor_of},
    vault::{SeedVault, with_seed},
};
use crate::keys::Password;

/// The password of the seeds.
const PASSWORD: &[u8] = b"right";
/// More is refused or takes seconds, neither of which is worth a fuzzer's time.
const MOST_WORK: u8 = 10;

/// Opens a vault file; says whether that succeeds.
pub fn vault_file(bytes: &[u8]) -> bool {
    if work_factor_of(bytes).is_some_and(|demanded| demanded > MOST_WORK) {
        return false;
    }
    let password = Password::new(PASSWORD.to_vec()).expect("it is not empty");
    decrypt(Path::new("fuzzed"), bytes, &password.snapshot_key()).is_ok_and(|contents| opens(&contents))
}

/// Whether opening a sealed key is not worth a fuzzer's time.
pub(crate) fn takes_long(sealed: &[u8]) -> bool {
    work_factor(sealed).is_some_and(|demanded| demanded > MOST_WORK)
}

/// Opens what is inside of the encryption, as it is and as if it were still compressed; says whether one succeeds.
pub fn vault_contents(bytes: &[u8]) -> bool {
    let compressed = snapshot::decompress(Path::new("fuzzed"), bytes);
    opens(&Contents::new(bytes.to_vec())) || compressed.is_ok_and(|contents| opens(&contents))
}

fn opens(contents: &Contents) -> bool {
    match SeedVault::open(contents) {
        Ok(Some(_)) => true,
        // the seed would be put beside what is there
        Ok(None) => with_seed(Some(contents), &[7; 64]).is_ok(),
        Err(_) => false,
    }
}
