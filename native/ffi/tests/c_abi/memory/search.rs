//! Reads the memory of another process, as a thief of it would.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
};

use memchr::memmem::Finder;

/// Read at a time.
const PIECE: usize = 4 << 20;
/// More than any needle has, so that one that lies across two pieces is found.
const OVERLAP: usize = 512;

/// What is looked for.
pub(super) struct Needle {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl Needle {
    pub(super) fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let needle = Self { name: name.into(), bytes: bytes.into() };
        assert!((8..OVERLAP).contains(&needle.bytes.len()), "{}", needle.name);
        needle
    }
}

/// Where in the process's memory something of what is looked for lies, by name and mapping; all mappings are read, those
/// that the process itself must not read too.
pub(super) fn search(process: u32, needles: &[Needle]) -> Vec<String> {
    let finders: Vec<_> = needles.iter().map(|needle| (&needle.name, Finder::new(&needle.bytes))).collect();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let mut found = Vec::new();
    let mut piece = vec![0; PIECE + OVERLAP];
    let mut read = 0;
    for (mapping, start, end) in mappings(process) {
        let mut at = start;
        while at < end {
            let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(piece.len());
            // what the kernel shows to nobody, as devices' and its own pages
            let Ok(got) = memory.read_at(&mut piece[..wanted], at) else { break };
            if got == 0 {
                break;
            }
            read += got;
            for (name, finder) in &finders {
                let places = finder.find_iter(&piece[..got]);
                found.extend(places.map(|place| format!("{name} at {:#x} in {mapping}", at + place as u64)));
            }
            at += u64::try_from(if got > OVERLAP && at + (got as u64) < end { got - OVERLAP } else { got }).unwrap();
        }
    }
    assert!(read > 1 << 20, "only {read} bytes of the process were read");
    found
}

/// The process's mappings that hold something: their line, start and end.
fn mappings(process: u32) -> Vec<(String, u64, u64)> {
    let smaps = fs::read_to_string(format!("/proc/{process}/smaps")).unwrap();
    let mut mappings = Vec::new();
    let mut last = None;
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some((start, end)) = first.split_once('-') {
            let address = |digits| u64::from_str_radix(digits, 16).unwrap();
            last = Some((line.to_owned(), address(start), address(end)));
        } else if first == "Rss:" && words.next() != Some("0") {
            mappings.extend(last.take());
        }
    }
    mappings
}

/// A line of the process's status, in KiB.
pub(super) fn status_kib(process: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
