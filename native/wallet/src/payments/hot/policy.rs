//! What a hot wallet does by itself.

use super::super::SweepSource;
use crate::{ledger::Amount, store::hot::LEAST_CROWD};

/// What a wallet does with its outputs by itself, and when it says that it is time to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HotWalletPolicy {
    /// Brings what customers pay in into one account; none: it stays where it came.
    pub sweep: Option<SweepPolicy>,
    /// Puts the small outputs of an account together; none: they stay as they are.
    pub consolidation: Option<ConsolidationPolicy>,
    /// Claims outputs under conditions; none: nothing is claimed by itself.
    pub claim: Option<ClaimPolicy>,
    /// An account with more spendable outputs than this is told to need consolidation, until half of them are left. At least
    /// 128; default 1,000. An account with fewer is told when a payment needs more inputs than a transaction takes.
    pub crowded: usize,
}

impl Default for HotWalletPolicy {
    fn default() -> Self {
        Self { sweep: None, consolidation: None, claim: None, crowded: 1_000 }
    }
}

impl HotWalletPolicy {
    /// Whether it does more than tell.
    pub(super) fn does_something(&self) -> bool {
        self.sweep.is_some() || self.consolidation.is_some() || self.claim.is_some()
    }

    /// Whether outputs are claimed as soon as they are seen.
    pub(super) fn claims_at_sight(&self) -> bool {
        self.claim.as_ref().is_some_and(|claim| claim.within.is_none())
    }
}

/// Which outputs go to which account by themselves. All of the conditions must be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepPolicy {
    /// The account that gets them, on its change address. One that does not exist yet gets nothing before it does.
    pub into: u32,
    /// Whose outputs. Those of an account with withdrawals that wait stay there.
    pub from: SweepSource,
    /// Outputs of at least so many base units.
    pub least: Amount,
    /// Outputs booked at least so many milestones ago.
    pub min_age: u32,
    /// And at least so many seconds ago, by the ledger's time.
    pub min_age_seconds: u32,
    /// A transaction with fewer inputs is not made; 1 to 128.
    pub min_count: usize,
    /// Nor one with more; up to 128.
    pub max_count: usize,
}

impl SweepPolicy {
    /// Everything of all other accounts, at once.
    #[must_use]
    pub const fn into(account: u32) -> Self {
        Self {
            into: account,
            from: SweepSource::Others,
            least: Amount::ZERO,
            min_age: 0,
            min_age_seconds: 0,
            min_count: 1,
            max_count: 128,
        }
    }
}

/// Which accounts' outputs are put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsolidationPolicy {
    /// Those of this account; none: of every account.
    pub account: Option<u32>,
    /// When it has more spendable ones than this, or when a payment needs more inputs than a transaction takes. Counts as
    /// 16 at least, and as twice the outputs that are to be ready for withdrawals.
    pub above: usize,
}

impl ConsolidationPolicy {
    /// The threshold, where so many outputs are kept ready on purpose.
    pub(super) fn above(&self, ready_outputs: usize) -> u64 {
        let above = self.above.max(ready_outputs.saturating_mul(2));
        u64::try_from(above).unwrap_or(u64::MAX).max(LEAST_CROWD)
    }
}

/// Which outputs are claimed, what expires first before the rest. An address's outputs wait until together they leave enough for an
/// output of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimPolicy {
    /// Those that expire within so many seconds of the ledger's time; none: all, as soon as they are seen. What does not
    /// expire is left alone by a policy with a time: nothing of it is lost.
    pub within: Option<u32>,
    /// Those of which at least so many base units are ours after the storage deposit went back.
    pub least: Amount,
}
