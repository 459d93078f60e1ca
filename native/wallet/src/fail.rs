//! Fail points: named places around the writes at which a test lets the process die or the thread panic.
//!
//! They are compiled in with the feature `failpoints` only, which is refused in optimised builds; else
//! `fail_point!` is nothing but a check of its name. A point does something when it is armed: by `arm`, or for a
//! whole process by the variable [`ARMED`] of its environment. With [`MARKS`] the process leaves behind, for each area,
//! which of its points was passed last: so whoever killed it from outside knows what it was doing.

use std::{collections::BTreeMap, fs, io, path::Path};

/// Environment variable: `name=kill@3` or `name=panic` (at the first time). Several with commas between them.
pub const ARMED: &str = "STARDUST_FAIL_POINT";
/// Environment variable: the file in which the last point of each area is noted; see [`last_marks`].
pub const MARKS: &str = "STARDUST_FAIL_MARKS";

/// All points, area by area, each area in the order of its work. The part before the colon is the area.
pub const POINTS: &[&str] = &[
    // a new wallet's database, complete under another name, and under its own
    "open:created",
    "open:renamed",
    // the first contact with a network
    "contact:written",
    "contact:durable",
    // an account
    "account:written",
    "account:durable",
    // addresses: derived, in the transaction, on disk and not yet shown
    "issue:derived",
    "issue:written",
    "issue:durable",
    // the pool of addresses: one batch derived, in the transaction, on disk; addresses taken out, not yet issued
    "pool:derived",
    "pool:written",
    "pool:durable",
    "pool:taken",
    // milestones
    "apply:scanned",
    "apply:begun",
    "apply:lapsed",
    "apply:created",
    "apply:spent",
    "apply:payments",
    "apply:cursor",
    "apply:events",
    "apply:milestone",
    "apply:memory",
    "apply:done",
    // any transaction: before COMMIT, after it, after memory has followed, after the callers know
    "commit:before",
    "commit:after",
    "commit:memory",
    "commit:told",
    // a consumer's acknowledgement
    "acknowledge:begun",
    "acknowledge:written",
    "acknowledge:durable",
    // a payment: signed in memory, in the transaction, on disk, to be submitted
    "payment:signed",
    "payment:written",
    "payment:durable",
    "payment:submitting",
    // its block: before the first byte leaves, after a node has answered the last one, heard of, in the transaction, on disk
    "payment:posting",
    "payment:posted",
    "payment:answered",
    "payment:learnt",
    "payment:recorded",
    // its contest: signed in memory and on disk
    "payment:contesting",
    "payment:contested",
    // its end, in the transaction of the milestone
    "payment:ended",
    // the key journal: before records are written, before they are synced, after that
    "journal:writing",
    "journal:written",
    "journal:synced",
    // withdrawals: requested in the transaction and on disk, a batch signed and on disk
    "withdrawal:written",
    "withdrawal:durable",
    "withdrawal:signed",
    "withdrawal:assigned",
    // why they wait, in the transaction and on disk
    "withdrawal:explaining",
    "withdrawal:explained",
    // one that waits is cancelled, in the transaction and on disk
    "withdrawal:ending",
    "withdrawal:ended",
    // one more of a contested batch is to be cancelled, in the transaction and on disk
    "withdrawal:joining",
    "withdrawal:joined",
    // a cancelled batch is taken apart, in the transaction of the milestone
    "withdrawal:released",
    // what the reviewer or a person decides of a withdrawal, in the transaction and on disk
    "policy:written",
    "policy:durable",
    // the hot wallet looks at what is due, and has done it
    "hot:begun",
    "hot:done",
    // outputs that an index knew of
    "discovery:written",
    "discovery:durable",
    // the search of a seed: begun; a part of a chain asked for, in the transaction, on disk; an account booked; the end
    "recovery:begun",
    "recovery:asked",
    "recovery:written",
    "recovery:durable",
    "recovery:booked",
    "recovery:ended",
    // the node client: a request, a proof of work
    "client:request",
    "client:proof",
    // a gap's repair
    "repair:written",
    "repair:durable",
    // a vault file: nothing done; the new one and then the one before under temporary names, empty, complete, on disk; the one
    // before in its place, the new one in its place, and that on disk
    "vault:begun",
    "vault:created",
    "vault:written",
    "vault:synced",
    "vault:previous",
    "vault:renamed",
    "vault:durable",
    // an import: before the seed is in the vault, after it, in the transaction, on disk
    "import:begun",
    "import:seed",
    "import:written",
    "import:durable",
    // a backup: the database's copy, the file complete under another name, under both, and under its own
    "backup:copied",
    "backup:written",
    "backup:linked",
    "backup:renamed",
    // a restore: the database complete under another name, the vault under two names and in its place, the database in its
    // place; and the release of issuing
    "restore:written",
    "restore:linked",
    "restore:vault",
    "restore:renamed",
    "restore:released",
];

/// Bytes of one area's note in the file of marks.
const SLOT: usize = 64;
/// Points after which their area has nothing half done.
const RESTING: &[&str] = &["apply:scanned", "apply:done", "hot:done"];

/// Whether the points are compiled in.
#[must_use]
pub const fn compiled_in() -> bool {
    cfg!(feature = "failpoints")
}

/// A point's area.
#[must_use]
pub fn area(point: &str) -> &str {
    point.split(':').next().unwrap_or(point)
}

/// Whether a process whose last point in an area was this one had something of that area half done.
#[must_use]
pub fn is_inside(point: &str) -> bool {
    POINTS.contains(&point) && !RESTING.contains(&point)
}

fn known(name: &str) -> Option<&'static str> {
    POINTS.iter().copied().find(|point| *point == name)
}

#[cfg(feature = "failpoints")]
fn areas() -> &'static [&'static str] {
    static AREAS: std::sync::OnceLock<Vec<&str>> = std::sync::OnceLock::new();
    AREAS.get_or_init(|| {
        let mut areas: Vec<_> = POINTS.iter().map(|point| area(point)).collect();
        areas.dedup();
        areas
    })
}

/// Reads a file of marks: the point that was passed last, by area. Areas that were never entered are not there.
///
/// # Errors
/// When the file cannot be read; a missing one is empty.
pub fn last_marks(path: &Path) -> io::Result<BTreeMap<&'static str, &'static str>> {
    let text = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let points = text.chunks(SLOT).filter_map(|slot| known(std::str::from_utf8(slot).ok()?.trim_end()));
    Ok(points.map(|point| (area(point), point)).collect())
}

/// Whether a point of that name exists.
#[doc(hidden)]
#[must_use]
pub const fn exists(name: &str) -> bool {
    let mut index = 0;
    while index < POINTS.len() {
        if same(POINTS[index].as_bytes(), name.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

const fn same(left: &[u8], right: &[u8]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Passes a point. Nothing without the feature `failpoints` of the crate that uses it; a name that is not in
/// [`crate::fail::POINTS`] does not compile.
#[macro_export]
macro_rules! fail_point {
    ($name:literal) => {{
        const { assert!($crate::fail::exists($name), "not in the list of fail points") };
        #[cfg(feature = "failpoints")]
        $crate::fail::pass($name);
    }};
}

#[cfg(feature = "failpoints")]
pub use self::armed::{Action, arm, disarm, passed};

#[cfg(feature = "failpoints")]
#[doc(hidden)]
pub use self::armed::pass;

#[cfg(feature = "failpoints")]
#[path = "fail/armed.rs"]
mod armed;

#[cfg(test)]
#[path = "fail/tests.rs"]
mod tests;
