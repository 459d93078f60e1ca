//! The network that a wallet belongs to, and a place in its ledger.

use std::fmt;

use super::{Amount, MilestoneId};

/// The height of a ledger: the index of a milestone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MilestoneIndex(pub u32);

impl MilestoneIndex {
    /// The next one.
    ///
    /// # Panics
    /// After the greatest index, which no feed gives out: at one milestone a second it is 136 years away.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add(1).expect("feeds refuse the greatest index"))
    }
}

impl fmt::Display for MilestoneIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Seconds since 1970-01-01T00:00:00Z, as milestones carry them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub u32);

impl UnixTime {
    /// The same in milliseconds, as messages carry it.
    #[must_use]
    pub fn millis(self) -> u64 {
        u64::from(self.0) * 1000
    }
}

/// A place in the ledger: everything up to and with this milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Height.
    pub index: MilestoneIndex,
    /// The milestone's id, which ties it to all before it.
    pub id: MilestoneId,
    /// The ledger's own time, the only clock that conditions are judged by.
    pub time: UnixTime,
}

/// What an output must hold for the bytes it occupies (TIP-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositRule {
    /// Base units for one virtual byte.
    pub v_byte_cost: u32,
    /// Weight of a byte of data.
    pub v_byte_factor_data: u8,
    /// Weight of a byte that has to be indexed.
    pub v_byte_factor_key: u8,
}

/// A network's parameters, from the node and re-checked against those the wallet was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name, such as `shimmer`.
    pub name: String,
    /// The id that transactions commit to, derived from the name.
    pub id: u64,
    /// Version of the protocol; the wallet speaks version 2.
    pub protocol_version: u8,
    /// The human-readable part of its addresses.
    pub hrp: String,
    /// Least proof of work a block needs; 0: none.
    pub min_pow_score: u32,
    /// A block whose parents are this many milestones old is never confirmed.
    pub below_max_depth: u8,
    /// Storage deposit.
    pub deposit: DepositRule,
    /// All base units there are.
    pub token_supply: Amount,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// Where it was reached, without credentials.
    pub url: String,
    /// Its own word on its health.
    pub healthy: bool,
    /// The network it serves.
    pub network: Network,
    /// The newest milestone that it has confirmed.
    pub confirmed: Position,
    /// Milestones up to and with this one are pruned.
    pub pruned_to: MilestoneIndex,
}
