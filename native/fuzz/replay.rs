//! What ordinary tests do with a fuzz target: its seeds, and the same changes of them each time. Part of the unit tests of
//! the crates that have targets.

use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Feeds a target with each of its seeds, with the seed cut off at every length, with one byte or one bit of it changed,
/// taken out or repeated at every place, and with halves of two seeds. Of the places every `step`th is taken: 1 where
/// a call takes microseconds.
///
/// # Panics
/// When the target panics, with the input; when it does not understand a seed, from which no change then reaches what
/// lies behind the first check.
pub(crate) fn replay(name: &str, target: fn(&[u8]) -> bool, step: usize) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(name);
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    for (seed, path) in seeds.iter().zip(&paths) {
        assert!(feed(target, seed), "{} is not understood", path.display());
        vary(seed, step, |input| {
            feed(target, input);
        });
        for other in &seeds {
            feed(target, &[&seed[..seed.len() / 2], &other[other.len() / 2..]].concat());
        }
    }
}

fn feed(target: fn(&[u8]) -> bool, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| target(input))).unwrap_or_else(|_| {
        let digits: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("a panic on {digits}");
    })
}

fn vary(seed: &[u8], step: usize, mut take: impl FnMut(&[u8])) {
    for at in (0..seed.len()).step_by(step) {
        take(&seed[..at]);
        let mut changed = seed.to_vec();
        for bit in 0..8 {
            changed[at] ^= 1 << bit;
            take(&changed);
            changed[at] ^= 1 << bit;
        }
        for byte in [0, 0x7f, 0xff] {
            changed[at] = byte;
            take(&changed);
        }
        changed.remove(at);
        take(&changed);
        changed.splice(at..at, [seed[at]; 2]);
        take(&changed);
    }
}
