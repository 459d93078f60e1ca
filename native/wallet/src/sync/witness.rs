//! A second node's word on each milestone before it is credited.
//!
//! A milestone's id commits to its blocks and not to what a node says that they changed, so both are compared; from an
//! amount on, an output is compared with the block that carries its transaction. **A witness that is behind or does not
//! answer is waited for:** nothing is applied that it has not confirmed. **A difference halts the wallet,** durably: one of
//! the two nodes lies, and nobody here can tell which. After a restart the wallet goes on only when a witness agrees with
//! the milestone in question; without a witness it stays halted.

use std::sync::Arc;

use super::{Core, SyncError, ask};
use crate::{
    audit,
    events::{self, Incident, IncidentKind},
    ledger::{Amount, Interest, LedgerDiff, LedgerOutput, MilestoneIndex, OutputId, Witness, WitnessedMilestone},
    store::{MetaKey, meta},
};

/// Most milestones that the witness is asked for at a time.
const MOST: usize = 256;

/// A second node, and how closely it is listened to.
#[derive(Clone)]
pub struct Witnessing {
    /// The node.
    pub witness: Arc<dyn Witness>,
    /// Outputs of ours with this amount or more are compared with the block that carries them; none: no output is.
    pub blocks_from: Option<Amount>,
}

/// The first of `diffs` that the witness confirms, at least one; all of them without a witness.
///
/// # Errors
/// [`SyncError::WitnessDiffers`], [`SyncError::WitnessBehind`], [`SyncError::Witness`].
pub(super) fn confirmed(core: &Core, mut diffs: Vec<LedgerDiff>) -> Result<Vec<LedgerDiff>, SyncError> {
    let Some(Witnessing { witness, blocks_from }) = &core.witness else { return Ok(diffs) };
    // the feed gives the rest again
    diffs.truncate(MOST);
    let stop = || core.inbox.stopped();
    let indices: Vec<MilestoneIndex> = diffs.iter().map(|diff| diff.position().index).collect();
    let told = ask::each(&indices, &stop, |index, done| witness.milestone(*index, done)).map_err(of_the_witness)?;
    let mut agreed = 0;
    for (diff, told) in diffs.iter().zip(told) {
        let Some(told) = told else { break };
        let what = match difference(diff, &told) {
            Some(what) => Some(what),
            None => match blocks_from {
                Some(least) => match outputs(core, &**witness, diff, *least)? {
                    Compared::Agree => None,
                    Compared::Wait => break,
                    Compared::Differ(what) => Some(what),
                },
                None => None,
            },
        };
        match what {
            None => agreed += 1,
            Some(what) if agreed == 0 => {
                return Err(SyncError::WitnessDiffers { index: diff.position().index, id: diff.position().id, what });
            }
            // what comes before it is applied first
            Some(_) => break,
        }
    }
    if agreed == 0 {
        let index = indices.first().copied().unwrap_or_default();
        return Err(SyncError::WitnessBehind { index });
    }
    diffs.truncate(agreed);
    Ok(diffs)
}

fn of_the_witness(error: SyncError) -> SyncError {
    match error {
        SyncError::Node(error) => SyncError::Witness(error),
        error => error,
    }
}

/// What differs between a diff and the witness's milestone.
fn difference(diff: &LedgerDiff, told: &WitnessedMilestone) -> Option<String> {
    if told.id != diff.position().id {
        return Some(format!("its id is {} at the witness", told.id));
    }
    let created = diff.created().iter().map(|output| output.id);
    let consumed = diff.consumed().iter().map(|output| output.id);
    list("created", created, &told.created).or_else(|| list("consumed", consumed, &told.consumed))
}

fn list(what: &str, ours: impl Iterator<Item = OutputId>, told: &[OutputId]) -> Option<String> {
    let ours: Vec<OutputId> = ours.collect();
    if ours == told {
        return None;
    }
    let lacks = told.iter().find(|id| ours.binary_search(id).is_err());
    let has = ours.iter().find(|id| told.binary_search(id).is_err());
    Some(match (lacks, has) {
        (Some(id), _) => format!("the witness says that it {what} output {id} too"),
        (None, Some(id)) => format!("the witness does not know that it {what} output {id}"),
        (None, None) => format!("the witness says otherwise what it {what}"),
    })
}

/// What became of comparing outputs.
enum Compared {
    Agree,
    /// The witness does not have a block yet.
    Wait,
    Differ(String),
}

/// Whether both told the same output. The least deposit is not part of it: each derives that from its own node's rules.
fn same(told: LedgerOutput, output: &LedgerOutput) -> bool {
    LedgerOutput { minimum_deposit: output.minimum_deposit, ..told } == *output
}

/// Compares large outputs for addresses of ours with the blocks that carry them.
fn outputs(core: &Core, witness: &dyn Witness, diff: &LedgerDiff, least: Amount) -> Result<Compared, SyncError> {
    let large = |output: &&LedgerOutput| {
        output.amount >= least && output.addresses().any(|address| core.watch.watches(address))
    };
    let large: Vec<&LedgerOutput> = diff.created().iter().filter(large).collect();
    let stop = || core.inbox.stopped();
    let told = ask::each(&large, &stop, |output, done| witness.output(output.id, done)).map_err(of_the_witness)?;
    for (output, told) in large.into_iter().zip(told) {
        let Some(told) = told else { return Ok(Compared::Wait) };
        if !same(told, output) {
            return Ok(Compared::Differ(format!("output {} is another one at the witness", output.id)));
        }
    }
    Ok(Compared::Agree)
}

/// Writes a difference down, so that it outlives the process, and tells of it.
///
/// # Errors
/// [`SyncError::Store`]; the wallet is halted all the same then.
pub(super) fn denounce(core: &Core, error: &SyncError) -> Result<(), SyncError> {
    let SyncError::WitnessDiffers { id, .. } = error else { return Ok(()) };
    let (text, network) = (error.to_string(), core.network()?);
    let incident = Incident::new(&network, IncidentKind::Witness, id, text.clone());
    core.store.writer().commit(move |tx| {
        meta::put(tx, MetaKey::WitnessDiffers, text.as_bytes())?;
        audit::wallet::witness_differed(tx, &text)?;
        Ok::<_, SyncError>(events::raise(tx, incident, 0)?)
    })
}
