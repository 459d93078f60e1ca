//! What the proofs share: random numbers that can be repeated, and a wallet on a node.

mod disk;
mod random;
mod wallet;

pub use self::{
    disk::{Ballast, limit_files},
    random::Random,
    wallet::{WORDS, Wallet, WalletOptions},
};

/// Anything that goes wrong in a proof ends it, with its text.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
