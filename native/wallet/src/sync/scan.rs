//! What of a milestone concerns the wallet. Pure: the same diff and the same sets give the same answer.

use std::collections::{HashMap, HashSet};

use super::SyncError;
use crate::{
    accounts::Look,
    ledger::{Address, Conditions, LedgerDiff, LedgerOutput, OutputId, OutputKind, Position, TransactionId, UnixTime},
    store::{AddressKey, OutputClass},
};

/// What the scan probes.
pub(super) trait Known {
    /// Whose an address is, if it is the wallet's.
    fn find(&self, address: &Address) -> Option<AddressKey>;
    /// Whether an output is one of the wallet's unspent outputs.
    fn holds(&self, output: &OutputId) -> bool;
    /// Whether a transaction is one of ours on its way.
    fn expects(&self, transaction: &TransactionId) -> bool;
}

impl Known for Look<'_> {
    fn find(&self, address: &Address) -> Option<AddressKey> {
        Self::find(self, address)
    }

    fn holds(&self, output: &OutputId) -> bool {
        Self::holds(self, output)
    }

    fn expects(&self, transaction: &TransactionId) -> bool {
        Self::expects(self, transaction)
    }
}

/// What will be known once earlier milestones of the same commit are applied.
pub(super) struct Ahead<'a, K> {
    known: &'a K,
    /// Outputs that those milestones create (true) and spend (false).
    changed: HashMap<OutputId, bool>,
}

impl<'a, K: Known> Ahead<'a, K> {
    /// Nothing was scanned yet.
    pub(super) fn of(known: &'a K) -> Self {
        Self { known, changed: HashMap::new() }
    }

    /// Takes a milestone's outputs in and out.
    pub(super) fn follow(&mut self, scanned: &ScannedMilestone) {
        self.changed.extend(scanned.created.iter().map(|found| (found.output.id, true)));
        self.changed.extend(scanned.consumed.iter().map(|(id, _)| (*id, false)));
    }
}

impl<K: Known> Known for Ahead<'_, K> {
    fn find(&self, address: &Address) -> Option<AddressKey> {
        self.known.find(address)
    }

    fn holds(&self, output: &OutputId) -> bool {
        self.changed.get(output).copied().unwrap_or_else(|| self.known.holds(output))
    }

    fn expects(&self, transaction: &TransactionId) -> bool {
        self.known.expects(transaction)
    }
}

/// A created output that names an address of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The output.
    pub output: LedgerOutput,
    /// The address of ours that it is booked on.
    pub key: AddressKey,
    /// What it is to the wallet at the milestone's time.
    pub class: OutputClass,
}

/// What of a milestone concerns the wallet, in the order of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScannedMilestone {
    /// The milestone.
    pub position: Position,
    /// Created outputs of ours.
    pub created: Vec<Found>,
    /// Consumed outputs of ours and what consumed them; one that was also created here is in both.
    pub consumed: Vec<(OutputId, TransactionId)>,
    /// Transactions of ours that created outputs here, whoever got them.
    pub transactions: Vec<TransactionId>,
}

/// Finds what concerns the wallet.
///
/// # Errors
/// [`SyncError::NoSpender`] when the diff does not say what consumed an output of ours, because the feed asked before
/// the output was known: the next diff of the same milestone says it.
pub(super) fn scan(diff: &LedgerDiff, known: &impl Known) -> Result<ScannedMilestone, SyncError> {
    let time = diff.position().time;
    let mut created = Vec::new();
    let mut transactions = Vec::new();
    let mut seen = HashSet::new();
    for output in diff.created() {
        if let Some((key, class)) = classify(output, time, known) {
            created.push(Found { output: output.clone(), key, class });
        }
        if known.expects(&output.transaction_id) && seen.insert(output.transaction_id) {
            transactions.push(output.transaction_id);
        }
    }
    let here: HashSet<OutputId> = created.iter().map(|found: &Found| found.output.id).collect();
    let mut consumed = Vec::new();
    for spent in diff.consumed() {
        if here.contains(&spent.id) || known.holds(&spent.id) {
            let index = diff.position().index;
            let spender = spent.spent_by.ok_or(SyncError::NoSpender { index, id: spent.id })?;
            consumed.push((spent.id, spender));
        }
    }
    Ok(ScannedMilestone { position: *diff.position(), created, consumed, transactions })
}

/// Whose an output is at `time`, and what it is to the wallet; none when it names no address of ours, or one that it can
/// never belong to any more.
pub(super) fn classify(output: &LedgerOutput, time: UnixTime, known: &impl Known) -> Option<(AddressKey, OutputClass)> {
    let LedgerOutput { conditions, .. } = output;
    let heir = conditions.heir_at(time);
    if let Some(key) = known.find(heir.unwrap_or(&output.owner)) {
        let class = class_of(output.kind, !output.native_tokens.is_empty(), conditions, time);
        return Some((key, class));
    }
    if heir.is_some() {
        return None;
    }
    let later = conditions.expiration.as_ref().map(|expiration| &expiration.return_address);
    let key = output.governor.as_ref().into_iter().chain(later).find_map(|address| known.find(address))?;
    Some((key, OutputClass::Foreign))
}

/// What an output is at `time` to the one who owns it then.
pub(super) fn class_of(kind: OutputKind, has_tokens: bool, conditions: &Conditions, time: UnixTime) -> OutputClass {
    if kind != OutputKind::Basic || has_tokens {
        OutputClass::Asset
    } else if conditions.are_over_at(time) {
        OutputClass::Plain
    } else {
        OutputClass::Held
    }
}
