//! A scripted ledger, a node that does what a test says, and a clock that a test moves.

mod feed;
mod ledger;
mod processor;
mod wallet;

use std::sync::atomic::{AtomicU64, Ordering};

pub use self::{
    feed::{Fault, ScriptedFeed},
    ledger::{OutputBuilder, ScriptedLedger, address, output_id, testnet, transaction_id},
    processor::processor_time,
    wallet::{TestWallet, WORDS},
};
use crate::clock::Clock;

/// Says that a test could not be made here, and why: one that is silent about it would count as passed.
#[cfg(all(test, unix))]
#[expect(clippy::print_stderr, reason = "for who reads what the tests say")]
pub(crate) fn not_tested(why: &str) {
    eprintln!("NOT TESTED: {why}");
}

/// A clock that stands still until a test moves it.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Moves it.
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
