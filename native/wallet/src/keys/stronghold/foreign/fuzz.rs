//! Snapshots of other wallets that nobody's wallet wrote: what fuzzers feed.

use super::*;

/// The password of the seeds.
const PASSWORD: &[u8] = b"right";
/// The values that are read.
const NAMES: [&str; 2] = ["accounts", "coin_type"];

/// Opens a snapshot of version 2 and writes what it has anew; says whether that succeeds.
pub fn snapshot_file(bytes: &[u8]) -> bool {
    let key = key();
    let Some(body) = version_2(bytes) else { return false };
    decrypt_2(Path::new("fuzzed"), body, &key).is_ok_and(|contents| holds(&contents, Some(key)))
}

/// Reads seed and values inside of the encryption, as those of version 2 and as those of version 3; says whether one
/// of them has all that it should.
pub fn snapshot_values(bytes: &[u8]) -> bool {
    let contents = Contents::new(bytes.to_vec());
    let (new, old) = (holds(&contents, None), holds(&contents, Some(key())));
    new || old
}

fn key() -> SnapshotKey {
    Password::new(PASSWORD.to_vec()).expect("it is not empty").stretched(SALT, ROUNDS)
}

fn holds(contents: &Contents, key: Option<SnapshotKey>) -> bool {
    let old = key.is_some();
    let Ok(snapshot) = ForeignSnapshot::of(Path::new("fuzzed"), contents, key) else { return false };
    if old {
        stays_the_same(&snapshot, contents);
    }
    let has_seed = matches!(snapshot.seed(), Ok(Some(_)));
    has_seed && NAMES.into_iter().all(|name| matches!(snapshot.value(name), Ok(Some(_))))
}

/// What could be read before it was migrated is read after it.
fn stays_the_same(before: &ForeignSnapshot, contents: &Contents) {
    let Ok(renewed) = guarded(|| renewed(contents, &key())) else { return };
    let after = ForeignSnapshot::of(Path::new("fuzzed"), &renewed, None).expect("what was just written can be read");
    if let Ok(seed) = before.seed() {
        let bytes = |seed: Option<Seed>| seed.map(|seed| seed.bytes().to_vec());
        assert_eq!(bytes(after.seed().expect("a seed that was lost")), bytes(seed), "another seed");
    }
    for name in NAMES {
        if let Ok(value) = before.value(name) {
            assert_eq!(after.value(name).expect("a value that was lost"), value, "another value");
        }
    }
}
