//! What one milestone did to the ledger.

use std::collections::HashSet;

use super::{LedgerOutput, MilestoneId, MilestoneIndex, OutputId, Position, TransactionId};

/// An output that a milestone consumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumed {
    /// The output.
    pub id: OutputId,
    /// The transaction that spent it; feeds need to know it for outputs of ours only.
    pub spent_by: Option<TransactionId>,
}

/// A milestone's changes as a node gave them, not yet believed.
#[derive(Clone, Debug)]
pub struct RawDiff {
    /// The milestone.
    pub position: Position,
    /// The id of the milestone before it, as the milestone itself says.
    pub previous_id: MilestoneId,
    /// New outputs, in any order.
    pub created: Vec<LedgerOutput>,
    /// Consumed outputs, in any order. One that was also created here is in both.
    pub consumed: Vec<Consumed>,
}

/// A node's diff contradicts the ledger or itself. Nothing of it may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// Not the milestone after the cursor.
    #[error("milestone {got} where {expected} is next")]
    NotNext {
        /// The one after the cursor.
        expected: MilestoneIndex,
        /// The one given.
        got: MilestoneIndex,
    },
    /// The milestone does not follow the one that the wallet knows: another ledger, or a lie.
    #[error("milestone {index} follows {got}, not {expected}")]
    NotLinked {
        /// The milestone.
        index: MilestoneIndex,
        /// The cursor's id.
        expected: MilestoneId,
        /// What the milestone names as previous.
        got: MilestoneId,
    },
    /// The ledger's time went back.
    #[error("the time of milestone {index} lies before that of the one before")]
    TimeWentBack {
        /// The milestone.
        index: MilestoneIndex,
    },
    /// An output is listed twice.
    #[error("milestone {index} lists output {id} twice")]
    Repeated {
        /// The milestone.
        index: MilestoneIndex,
        /// The output.
        id: OutputId,
    },
}

/// A milestone's changes, checked to follow directly after a known position.
///
/// Created and consumed outputs are in the order of their ids, so that what follows does not depend
/// on the node that served them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerDiff {
    position: Position,
    previous_id: MilestoneId,
    created: Vec<LedgerOutput>,
    consumed: Vec<Consumed>,
}

impl LedgerDiff {
    /// Checks that `raw` is the milestone right after `cursor`.
    ///
    /// # Errors
    /// [`DiffError`] when it is another one, does not link to the cursor's id, or contradicts itself.
    pub fn validate(cursor: &Position, raw: RawDiff) -> Result<Self, DiffError> {
        let RawDiff { position, previous_id, mut created, mut consumed } = raw;
        let index = position.index;
        check_follows(cursor, &position, previous_id)?;
        refuse_repeated(index, created.iter().map(|output| output.id))?;
        refuse_repeated(index, consumed.iter().map(|output| output.id))?;
        created.sort_unstable_by_key(|output| output.id);
        consumed.sort_unstable_by_key(|output| output.id);
        Ok(Self { position, previous_id, created, consumed })
    }

    /// Checks that it follows directly after `cursor`, which may be another one than it was validated against.
    ///
    /// # Errors
    /// [`DiffError`].
    pub fn check_follows(&self, cursor: &Position) -> Result<(), DiffError> {
        check_follows(cursor, &self.position, self.previous_id)
    }

    /// The milestone.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// New outputs, by id.
    #[must_use]
    pub fn created(&self) -> &[LedgerOutput] {
        &self.created
    }

    /// Consumed outputs, by id.
    #[must_use]
    pub fn consumed(&self) -> &[Consumed] {
        &self.consumed
    }
}

fn check_follows(cursor: &Position, position: &Position, previous_id: MilestoneId) -> Result<(), DiffError> {
    let index = position.index;
    if index != cursor.index.next() {
        return Err(DiffError::NotNext { expected: cursor.index.next(), got: index });
    }
    if previous_id != cursor.id {
        return Err(DiffError::NotLinked { index, expected: cursor.id, got: previous_id });
    }
    if position.time < cursor.time {
        return Err(DiffError::TimeWentBack { index });
    }
    Ok(())
}

fn refuse_repeated(index: MilestoneIndex, ids: impl Iterator<Item = OutputId>) -> Result<(), DiffError> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(DiffError::Repeated { index, id });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::UnixTime;

    fn position(index: u32, id: u8, time: u32) -> Position {
        Position { index: MilestoneIndex(index), id: MilestoneId::from_slice(&[id; 32]).unwrap(), time: UnixTime(time) }
    }

    fn consumed(id: u8) -> Consumed {
        Consumed { id: OutputId::from_slice(&[id; 34]).unwrap(), spent_by: None }
    }

    fn raw(index: u32, previous: u8, time: u32, ids: &[u8]) -> RawDiff {
        RawDiff {
            position: position(index, 9, time),
            previous_id: position(0, previous, 0).id,
            created: vec![],
            consumed: ids.iter().map(|id| consumed(*id)).collect(),
        }
    }

    #[test]
    fn takes_the_next_milestone_and_orders_it() {
        let diff = LedgerDiff::validate(&position(4, 1, 10), raw(5, 1, 10, &[3, 1, 2])).unwrap();
        assert_eq!(diff.consumed(), [consumed(1), consumed(2), consumed(3)]);
    }

    #[test]
    fn refuses_a_milestone_that_does_not_follow() {
        let cursor = position(4, 1, 10);
        let error = |raw| LedgerDiff::validate(&cursor, raw).unwrap_err();
        assert!(matches!(error(raw(4, 1, 10, &[])), DiffError::NotNext { .. }));
        assert!(matches!(error(raw(6, 1, 10, &[])), DiffError::NotNext { .. }));
        assert!(matches!(error(raw(5, 2, 10, &[])), DiffError::NotLinked { .. }));
        assert!(matches!(error(raw(5, 1, 9, &[])), DiffError::TimeWentBack { .. }));
        assert!(matches!(error(raw(5, 1, 10, &[7, 7])), DiffError::Repeated { .. }));
    }
}
