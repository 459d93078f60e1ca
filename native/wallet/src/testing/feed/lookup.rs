//! The single questions that a scripted node answers, for the wallet and as a witness.

use std::sync::{Arc, atomic::Ordering};

use super::ScriptedFeed;
use crate::ledger::{
    Address, BlockId, BlockState, Done, Interest, LedgerOutput, LedgerTransaction, Lookup, LookupError, MilestoneIndex,
    NodeError, OutputAnswer, OutputId, OutputState, Submit, SubmitError, SubmitRequest, Submitted, TransactionId,
    UnspentAnswer, Witness, WitnessedMilestone,
};

impl ScriptedFeed {
    /// What is unspent at its height, of what `named` chooses.
    fn unspent_of(&self, named: impl Fn(&Address) -> bool) -> UnspentAnswer {
        let ledger_index = self.confirmed().index;
        let mut outputs = self.ledger.lock().unspent_at(ledger_index);
        let concealed = self.lock().concealed.clone();
        outputs.retain(|output| output.addresses().any(&named) && !concealed.contains(&output.id));
        UnspentAnswer { ledger_index, outputs }
    }

    fn hook(&self) {
        let hook = self.lock().on_index.clone();
        if let Some(hook) = hook {
            hook();
        }
    }

    fn state_of(&self, id: &OutputId) -> OutputAnswer {
        let ledger_index = self.confirmed().index;
        let pruned_to = MilestoneIndex(self.lock().pruned_to);
        let archive = self.lock().archive;
        let state = self.ledger.lock();
        let seen = state.milestones.iter().filter(|diff| diff.position.index <= ledger_index);
        let mut answer = OutputState::Unknown;
        for diff in seen {
            if diff.created.iter().any(|output| output.id == *id) {
                answer = OutputState::Unspent;
            }
            if let Some(consumed) = diff.consumed.iter().find(|consumed| consumed.id == *id) {
                let milestone = diff.position.index;
                let transaction = consumed.spent_by.expect("the ledger knows it");
                let spent = OutputState::Spent { milestone, transaction };
                // what is spent is pruned with the milestone that spent it
                answer = if milestone <= pruned_to && !archive { OutputState::Unknown } else { spent };
            }
        }
        OutputAnswer { ledger_index, state: answer }
    }
}

impl Lookup for ScriptedFeed {
    fn block_state(&self, _block: BlockId, done: Done<Result<BlockState, LookupError>>) {
        done(self.unreachable().map(|()| BlockState::Pending { should_reattach: false }));
    }

    fn unspent(
        &self,
        addresses: Vec<Address>,
        _at_least: MilestoneIndex,
        done: Done<Result<UnspentAnswer, LookupError>>,
    ) {
        self.calls.unspent.fetch_add(1, Ordering::SeqCst);
        let answer = self.index().map(|()| self.unspent_of(|address| addresses.contains(address)));
        self.hook();
        done(answer);
    }

    fn unspent_all(
        &self,
        interest: Arc<dyn Interest + Send + Sync>,
        _at_least: MilestoneIndex,
        done: Done<Result<Option<UnspentAnswer>, LookupError>>,
    ) {
        self.calls.whole.fetch_add(1, Ordering::SeqCst);
        if !self.lock().whole_set {
            return done(Ok(None));
        }
        let answer = self.index().map(|()| Some(self.unspent_of(|address| interest.watches(address))));
        self.hook();
        done(answer);
    }

    fn output_state(&self, id: OutputId, _at_least: MilestoneIndex, done: Done<Result<OutputAnswer, LookupError>>) {
        self.calls.states.fetch_add(1, Ordering::SeqCst);
        let answer = self.unreachable().and_then(|()| Self::count_down(&mut self.lock().state_answers));
        done(answer.map(|()| self.state_of(&id)));
    }

    fn transaction(&self, id: TransactionId, done: Done<Result<Option<LedgerTransaction>, LookupError>>) {
        let answer = self.unreachable().and_then(|()| Self::count_down(&mut self.lock().transaction_answers));
        let (pruned_to, archive) = {
            let script = self.lock();
            (MilestoneIndex(script.pruned_to), script.archive)
        };
        let found = self.ledger.lock().transactions.get(&id).cloned();
        let found = found.filter(|(milestone, _)| archive || *milestone > pruned_to);
        done(answer.map(|()| found.map(|(_, transaction)| transaction)));
    }
}

impl Witness for ScriptedFeed {
    fn milestone(&self, index: MilestoneIndex, done: Done<Result<Option<WitnessedMilestone>, NodeError>>) {
        let confirmed = self.confirmed().index;
        let pruned_to = self.lock().pruned_to;
        let known = index <= confirmed && index.0 > pruned_to;
        let answer = self.unreachable().map(|()| {
            let state = self.ledger.lock();
            let found = state.milestones.iter().find(|diff| known && diff.position.index == index)?;
            let mut created: Vec<OutputId> = found.created.iter().map(|output| output.id).collect();
            let mut consumed: Vec<OutputId> = found.consumed.iter().map(|output| output.id).collect();
            created.sort_unstable();
            consumed.sort_unstable();
            Some(WitnessedMilestone { id: found.position.id, created, consumed })
        });
        done(answer);
    }

    fn output(&self, id: OutputId, done: Done<Result<Option<LedgerOutput>, NodeError>>) {
        let confirmed = self.confirmed().index;
        let answer = self.unreachable().map(|()| {
            let state = self.ledger.lock();
            let seen = state.milestones.iter().filter(|diff| diff.position.index <= confirmed);
            let mut created = seen.flat_map(|diff| &diff.created);
            created.find(|output| output.id == id).cloned()
        });
        done(answer);
    }
}

impl Submit for ScriptedFeed {
    fn submit(&self, request: SubmitRequest, done: Done<Result<Submitted, SubmitError>>) {
        if let Err(error) = self.unreachable() {
            return done(Err(error.into()));
        }
        let number = {
            let mut script = self.lock();
            script.blocks += 1;
            let payload = request.payload.to_vec();
            if !script.submitted.contains(&payload) {
                script.submitted.push(payload);
            }
            script.blocks
        };
        let block = BlockId::from_slice(&number.to_be_bytes()).expect("eight bytes");
        done(Ok(Submitted { block, alone: true }));
    }
}
