//! Repairing a gap: asking nodes what became of the wallet while nobody could tell it.
//!
//! S is the milestone that a healthy node has confirmed; the feed goes on after it. What came meanwhile is what an index
//! knows at S or later, without what the milestones after S created: those come by the feed. What went is asked for
//! output by output: an output that a healthy node at S or later does not have any more (404) was spent in the gap, which
//! is the one place where the wallet concludes that from an absence. Everything is collected first, from the caller's
//! thread, and written by the loop in one transaction ([`mend`](super::mend)): a crash or a node that fails leaves the gap
//! as it was, and the call can be repeated.
//!
//! **What cannot be seen any more is not invented:** outputs that came and went within the gap leave no trace.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::{Sender, bounded};

use super::{
    LedgerSync, SyncError, ask,
    restored::{self, Recovered},
    run::check_network,
};
use crate::{
    error::ErrorKind,
    ledger::{
        Interest, LedgerOutput, Lookup, MilestoneIndex, NodeError, OutputAnswer, OutputId, OutputState, Position,
        TransactionId,
    },
    store::{OutputClass, StoreError, gap, output, payment},
};

/// The longest wait for the node's status and for the loop to write what was found.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a repair came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepairReport {
    /// The first milestone that was missed.
    pub from: MilestoneIndex,
    /// The last one: all was booked at it.
    pub to: MilestoneIndex,
    /// Outputs that came in the gap and are unspent.
    pub found: u32,
    /// Outputs that were spent in the gap.
    pub spent: u32,
    /// Payments that turned out to be confirmed.
    pub confirmed: u32,
    /// Payments that can never be confirmed any more.
    pub conflicting: u32,
    /// Payments and outputs of which not everything could be told; each has an incident.
    pub incidents: u32,
}

/// What nodes said, on its way to the loop.
pub(super) struct Findings {
    /// The last applied milestone when they were asked.
    pub(super) cursor: MilestoneIndex,
    /// How many addresses were watched then.
    pub(super) addresses: usize,
    /// The milestone after which the feed goes on.
    pub(super) at: Position,
    /// The greatest height of an index's answer.
    pub(super) height: MilestoneIndex,
    /// Unspent outputs that name addresses of ours, at `at` or later.
    pub(super) listed: HashMap<OutputId, LedgerOutput>,
    /// What became of the outputs of ours that are not listed, and of what open payments create.
    pub(super) states: HashMap<OutputId, OutputState>,
    /// What was found of the transactions that spent outputs of ours, in a wallet that was restored.
    pub(super) recovered: Recovered,
    /// By the wallet's clock.
    pub(super) now_ms: u64,
}

/// Findings for the loop to write.
pub(super) struct Repair {
    pub(super) findings: Findings,
    pub(super) reply: Sender<Result<RepairReport, SyncError>>,
}

impl LedgerSync {
    /// Repairs the present gap; none: there is no gap. It takes a request for each address up to 10,000, or one for the
    /// whole ledger, and one for each unspent output that is not found by it. Nothing is written until everything is
    /// known. The next call goes on from the beginning when it fails.
    ///
    /// # Errors
    /// [`SyncError`]; the gap stays then.
    pub fn repair(&self, lookup: &dyn Lookup, now_ms: u64) -> Result<Option<RepairReport>, SyncError> {
        let turn = self.turns.take();
        self.core.restored.refuse_held()?;
        let Some(gap) = self.core.store.readers().read(gap::present)? else { return Ok(None) };
        let findings = self.ask_all(lookup, gap.cursor, now_ms)?;
        let (reply, written) = bounded(1);
        self.core.inbox.repair(Repair { findings, reply })?;
        let written = written.recv_timeout(PATIENCE).unwrap_or_else(|error| Err(ask::gone(error)));
        drop(turn);
        match written {
            // a node had the milestones after all
            Err(SyncError::NoGap) => Ok(None),
            written => written.map(Some),
        }
    }

    fn ask_all(&self, lookup: &dyn Lookup, cursor: MilestoneIndex, now_ms: u64) -> Result<Findings, SyncError> {
        let status = self.node_status(PATIENCE)?;
        check_network(&*self.core.network()?, &status.network)?;
        if !status.healthy {
            return Err(SyncError::Unhealthy { url: status.url });
        }
        let at = status.confirmed;
        if at.index <= cursor || at.index < status.pruned_to {
            let message = format!("the node {} stands at milestone {}: no place to go on from", status.url, at.index);
            return Err(NodeError { kind: ErrorKind::NodeUnhealthy, message }.into());
        }
        let stop = || self.core.inbox.stopped();
        let addresses = self.core.watch.all_addresses();
        let count = addresses.len();
        let interest: Arc<dyn Interest + Send + Sync> = Arc::clone(&self.core.watch) as _;
        let located = ask::unspent(lookup, &addresses, interest, at.index, &stop)?;
        let height = located.iter().map(|answer| answer.ledger_index).max().unwrap_or(at.index);
        let listed: HashMap<_, _> =
            located.into_iter().flat_map(|answer| answer.outputs).map(|output| (output.id, output)).collect();
        let mut wanted = self.core.watch.all_unspent();
        wanted.extend(self.of_open_payments()?);
        wanted.retain(|id| !listed.contains_key(id));
        wanted.sort_unstable();
        wanted.dedup();
        let states = ask::each(&wanted, &stop, |id, done| lookup.output_state(*id, at.index, done))?;
        let states = wanted.into_iter().zip(states).map(|(id, answer)| Ok((id, at_least(&id, answer, at.index)?)));
        let mut states = states.collect::<Result<_, SyncError>>()?;
        let recovered = self.trace(lookup, at.index, &listed, &mut states)?;
        Ok(Findings { cursor, addresses: count, at, height, listed, states, recovered, now_ms })
    }

    /// What can still be had of the transactions that spent outputs of ours in the gap of a restored wallet, from one to the
    /// next: what became of the outputs that they made for us is added to `states`.
    fn trace(
        &self,
        lookup: &dyn Lookup,
        height: MilestoneIndex,
        listed: &HashMap<OutputId, LedgerOutput>,
        states: &mut HashMap<OutputId, OutputState>,
    ) -> Result<Recovered, SyncError> {
        let stop = || self.core.inbox.stopped();
        let spender = |state: &OutputState| match state {
            OutputState::Spent { milestone, transaction } if *milestone <= height => Some(*transaction),
            OutputState::Spent { .. } | OutputState::Unspent | OutputState::Unknown => None,
        };
        let mut spenders: HashSet<TransactionId> = self.core.store.readers().read(|conn| {
            let ours =
                |id: &OutputId| Ok(output::by_id(conn, id)?.is_some_and(|row| row.class != OutputClass::Foreign));
            let spent = states.iter().filter_map(|(id, state)| Some((id, spender(state)?)));
            spent
                .filter_map(|(id, by)| ours(id).map(|ours| ours.then_some(by)).transpose())
                .collect::<Result<_, StoreError>>()
        })?;
        let mut recovered = Recovered::new();
        loop {
            spenders.retain(|id| !recovered.contains_key(id));
            let found = restored::look_up_all(&self.core, std::mem::take(&mut spenders))?;
            if found.is_empty() {
                return Ok(recovered);
            }
            let made = found.values().flatten().flat_map(|transaction| &transaction.outputs);
            let ours = made.filter(|output| self.core.watch.watches(&output.owner)).map(|output| output.id);
            let wanted: Vec<_> = ours.filter(|id| !listed.contains_key(id) && !states.contains_key(id)).collect();
            let answers = ask::each(&wanted, &stop, |id, done| lookup.output_state(*id, height, done))?;
            for (id, answer) in wanted.into_iter().zip(answers) {
                let state = at_least(&id, answer, height)?;
                spenders.extend(spender(&state));
                states.insert(id, state);
            }
            recovered.extend(found);
        }
    }

    /// What open payments create, and what they spend: of one that a restore took from the key journal an input may have come
    /// and gone in the gap.
    fn of_open_payments(&self) -> Result<Vec<OutputId>, SyncError> {
        self.core.store.readers().read(|conn| {
            let mut ids = Vec::new();
            for row in payment::open(conn)? {
                ids.extend(payment::outputs(conn, row.row)?.into_iter().map(|output| output.output_id));
                ids.extend(payment::inputs(conn, row.row)?.into_iter().map(|input| input.output_id));
            }
            Ok(ids)
        })
    }
}

/// An answer counts at the height of the repair or later only.
fn at_least(id: &OutputId, answer: OutputAnswer, height: MilestoneIndex) -> Result<OutputState, SyncError> {
    if answer.ledger_index < height {
        let message = format!("what became of output {id} was answered at {}, before {height}", answer.ledger_index);
        return Err(NodeError { kind: ErrorKind::NodeUnhealthy, message }.into());
    }
    Ok(answer.state)
}
