//! White-flag application of transactions: what a milestone would do to the ledger (TIP-2).

use std::{collections::HashMap, sync::Arc};

use iota_sdk::types::block::{
    BlockId,
    input::Input,
    output::{Output, OutputId},
    payload::transaction::{TransactionEssence, TransactionId, TransactionPayload},
    semantic::{ConflictReason, ValidationContext, semantic_validation},
};

use super::{Moment, Record};

/// The changes collected while a milestone's past cone is walked.
#[derive(Clone, Debug)]
pub(crate) struct Mutations {
    at: Moment,
    created: HashMap<OutputId, (BlockId, Arc<Output>)>,
    consumed: HashMap<OutputId, TransactionId>,
}

/// What a milestone created and consumed.
pub(super) type Parts = (Moment, HashMap<OutputId, (BlockId, Arc<Output>)>, HashMap<OutputId, TransactionId>);

impl Mutations {
    pub(crate) fn new(at: Moment) -> Self {
        Self { at, created: HashMap::new(), consumed: HashMap::new() }
    }

    /// Applies the transaction of a block, or says why it conflicts. `lookup` reads the ledger as it
    /// was before this milestone. A `trusted` transaction (one the devnet mints with) is not
    /// validated semantically; its inputs must still exist.
    pub(crate) fn apply(
        &mut self,
        block_id: BlockId,
        transaction: &TransactionPayload,
        trusted: bool,
        lookup: impl Fn(&OutputId) -> Option<Record>,
    ) -> ConflictReason {
        let TransactionEssence::Regular(essence) = transaction.essence();
        let mut inputs = Vec::with_capacity(essence.inputs().len());
        for input in essence.inputs() {
            let Input::Utxo(input) = input else {
                return ConflictReason::SemanticValidationFailed;
            };
            match self.input(input.output_id(), &lookup) {
                Ok(output) => inputs.push((*input.output_id(), output)),
                Err(conflict) => return conflict,
            }
        }
        let transaction_id = transaction.id();
        if !trusted {
            let conflict = self.validate(&transaction_id, transaction, &inputs);
            if conflict != ConflictReason::None {
                return conflict;
            }
        }
        for (id, _) in inputs {
            self.consumed.insert(id, transaction_id);
        }
        for (id, output) in created_outputs(transaction) {
            self.created.insert(id, (block_id, Arc::new(output.clone())));
        }
        ConflictReason::None
    }

    pub(super) fn into_parts(self) -> Parts {
        (self.at, self.created, self.consumed)
    }

    fn input(
        &self,
        id: &OutputId,
        lookup: impl Fn(&OutputId) -> Option<Record>,
    ) -> Result<Arc<Output>, ConflictReason> {
        if self.consumed.contains_key(id) {
            return Err(ConflictReason::InputUtxoAlreadySpentInThisMilestone);
        }
        if let Some((_, output)) = self.created.get(id) {
            return Ok(output.clone());
        }
        match lookup(id) {
            None => Err(ConflictReason::InputUtxoNotFound),
            Some(record) if record.spent.is_some() => Err(ConflictReason::InputUtxoAlreadySpent),
            Some(record) => Ok(record.output),
        }
    }

    fn validate(
        &self,
        id: &TransactionId,
        transaction: &TransactionPayload,
        inputs: &[(OutputId, Arc<Output>)],
    ) -> ConflictReason {
        let TransactionEssence::Regular(essence) = transaction.essence();
        let inputs: Vec<(&OutputId, &Output)> = inputs.iter().map(|(id, output)| (id, output.as_ref())).collect();
        let context =
            ValidationContext::new(id, essence, inputs.iter().copied(), transaction.unlocks(), self.at.timestamp);
        semantic_validation(context, &inputs, transaction.unlocks()).unwrap_or(ConflictReason::SemanticValidationFailed)
    }
}

/// The outputs a transaction creates, with their ids.
pub(super) fn created_outputs(transaction: &TransactionPayload) -> impl Iterator<Item = (OutputId, &Output)> {
    let TransactionEssence::Regular(essence) = transaction.essence();
    let transaction_id = transaction.id();
    (0u16..).zip(essence.outputs()).map(move |(index, output)| {
        (OutputId::new(transaction_id, index).expect("a transaction has at most 128 outputs"), output)
    })
}
