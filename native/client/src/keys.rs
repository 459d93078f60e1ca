//! The keys that sign a network's milestones (TIP-29), as its operators publish them.

use std::collections::BTreeSet;

use iota_sdk::types::block::payload::milestone::{MilestonePayload, MilestoneValidationError};
use stardust_wallet::ledger::MilestoneIndex;

use crate::config::error::ConfigError;

/// The most signatures that a milestone can have.
const MOST_SIGNATURES: usize = 255;

/// A public key that signs milestones for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// The Ed25519 public key.
    pub public_key: [u8; 32],
    /// The first milestone that it may sign.
    pub first: MilestoneIndex,
    /// The last one; none: it has no end.
    pub last: Option<MilestoneIndex>,
}

impl KeyRange {
    fn holds(&self, index: MilestoneIndex) -> bool {
        self.first <= index && self.last.is_none_or(|last| index <= last)
    }
}

/// Who signs milestones, and how many have to.
///
/// With it, a milestone counts only when enough of the network's own keys have signed it: whoever runs the node
/// cannot make milestones up. It says nothing about what a milestone did to the ledger; for that there is the witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MilestoneKeys {
    ranges: Vec<KeyRange>,
    threshold: usize,
}

impl MilestoneKeys {
    /// Keys, and how many of them have to sign each milestone.
    ///
    /// # Errors
    /// [`ConfigError::Range`] for a range that ends before it begins, and for a threshold that is 0 or more than
    /// there are keys.
    pub fn new(ranges: Vec<KeyRange>, threshold: usize) -> Result<Self, ConfigError> {
        if ranges.iter().any(|range| range.last.is_some_and(|last| last < range.first)) {
            return Err(ConfigError::Range { name: "the end of a milestone key", range: "at or after its start" });
        }
        let keys: BTreeSet<_> = ranges.iter().map(|range| range.public_key).collect();
        if !(1..=keys.len().min(MOST_SIGNATURES)).contains(&threshold) {
            let name = "the number of milestone keys that have to sign";
            return Err(ConfigError::Range { name, range: "1 to the number of different keys, 255 at most" });
        }
        Ok(Self { ranges, threshold })
    }

    /// Checks that enough of the keys, and nobody else, have signed a milestone. Its signatures are by different keys
    /// already: its bytes could not be read otherwise.
    pub(crate) fn check(&self, milestone: &MilestonePayload) -> Result<(), String> {
        let index = MilestoneIndex(*milestone.essence().index());
        let applicable: BTreeSet<_> =
            self.ranges.iter().filter(|range| range.holds(index)).map(|range| range.public_key).collect();
        let applicable: Vec<String> = applicable.iter().map(|key| hex(key)).collect();
        milestone.validate(&applicable, self.threshold).map_err(|error| {
            let reason = match error {
                MilestoneValidationError::TooFewSignatures(needed, got) => {
                    format!("{got} signatures where {needed} are needed")
                }
                MilestoneValidationError::InsufficientApplicablePublicKeys(configured, needed) => {
                    format!("{configured} keys are configured for it where {needed} are needed")
                }
                MilestoneValidationError::UnapplicablePublicKey(key) => format!("signed by {key}, which may not"),
                MilestoneValidationError::InvalidSignature(_, key) => format!("the signature by {key} is wrong"),
                MilestoneValidationError::InvalidMinThreshold | MilestoneValidationError::Crypto(_) => {
                    "a signature cannot be checked".to_owned()
                }
            };
            format!("milestone {index} is not signed by the network's keys: {reason}")
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(key: u8, first: u32, last: Option<u32>) -> KeyRange {
        KeyRange { public_key: [key; 32], first: MilestoneIndex(first), last: last.map(MilestoneIndex) }
    }

    #[test]
    fn a_range_holds_its_ends() {
        let holds = |range: KeyRange| [4, 5, 6, 7].map(|index| range.holds(MilestoneIndex(index)));
        assert_eq!(holds(range(1, 5, Some(6))), [false, true, true, false]);
        assert_eq!(holds(range(1, 5, None)), [false, true, true, true]);
    }

    #[test]
    fn refuses_what_no_milestone_can_fulfil() {
        assert!(MilestoneKeys::new(vec![range(1, 5, Some(5)), range(2, 0, None)], 2).is_ok());
        assert!(MilestoneKeys::new(vec![range(1, 5, Some(4))], 1).is_err());
        assert!(MilestoneKeys::new(vec![], 0).is_err());
        assert!(MilestoneKeys::new(vec![range(1, 0, None)], 0).is_err());
        assert!(MilestoneKeys::new(vec![range(1, 0, Some(9)), range(1, 10, None)], 2).is_err(), "one key only");
    }
}
