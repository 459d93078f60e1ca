//! Answers about what a milestone changed that are not what it changed.

use iota_sdk::types::block::output::OutputId;
use serde::{Deserialize, Serialize};

use crate::ledger::Diff;

/// A falsehood of `POST /api/devnet/v1/diff` about one milestone. The ledger stays as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FalseDiff {
    /// The milestone whose changes are told wrongly.
    pub(crate) index: u32,
    /// So many answers; without it, until cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    /// The changes of this milestone are told instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes_of: Option<u32>,
    /// The index that the answer names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    named_index: Option<u32>,
    /// Outputs that neither list names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    omit: Vec<OutputId>,
    /// Outputs that are said to be created as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    add_created: Vec<OutputId>,
    /// Outputs that are said to be consumed as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    add_consumed: Vec<OutputId>,
    /// Both lists name each output twice.
    #[serde(default)]
    repeat: bool,
    /// Both lists are turned round.
    #[serde(default)]
    reverse: bool,
}

/// What is said of a milestone.
#[derive(Clone, Debug)]
pub(crate) struct ToldDiff {
    pub(crate) index: u32,
    pub(crate) created: Vec<OutputId>,
    pub(crate) consumed: Vec<OutputId>,
}

impl FalseDiff {
    /// Alters the truth. `diff_of` knows the changes of the other milestones.
    pub(crate) fn tell<'a>(&self, truth: &Diff, diff_of: impl Fn(u32) -> Option<&'a Diff>) -> ToldDiff {
        let base = match self.changes_of {
            Some(other) => diff_of(other).cloned().unwrap_or_default(),
            None => truth.clone(),
        };
        ToldDiff {
            index: self.named_index.unwrap_or(self.index),
            created: self.list(base.created, &self.add_created),
            consumed: self.list(base.consumed, &self.add_consumed),
        }
    }

    fn list(&self, mut ids: Vec<OutputId>, added: &[OutputId]) -> Vec<OutputId> {
        ids.extend(added);
        ids.retain(|id| !self.omit.contains(id));
        if self.repeat {
            ids = ids.into_iter().flat_map(|id| [id, id]).collect();
        }
        if self.reverse {
            ids.reverse();
        }
        ids
    }
}
