//! What the unit tests share: keys, transactions and blocks.

use std::collections::HashMap;

use iota_sdk::{
    crypto::{
        hashes::{Digest, blake2b::Blake2b256},
        signatures::ed25519::SecretKey,
    },
    packable::PackableExt,
    types::block::{
        BlockBuilder, BlockId,
        address::{Address, Bech32Address, Ed25519Address},
        input::UtxoInput,
        output::{BasicOutputBuilder, InputsCommitment, Output, OutputId, unlock_condition::AddressUnlockCondition},
        parent::Parents,
        payload::{
            Payload,
            tagged_data::TaggedDataPayload,
            transaction::{RegularTransactionEssence, TransactionEssence, TransactionPayload},
        },
        protocol::ProtocolParameters,
        signature::{Ed25519Signature, Signature},
        unlock::{ReferenceUnlock, SignatureUnlock, Unlock, Unlocks},
    },
};

use crate::config::{Config, TOKEN_SUPPLY};

/// A key and its address.
pub(crate) struct Owner(SecretKey);

impl Owner {
    pub(crate) fn new(seed: u8) -> Self {
        Self(SecretKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn address(&self) -> Address {
        Ed25519Address::new(Blake2b256::digest(self.0.public_key().to_bytes()).into()).into()
    }

    pub(crate) fn bech32(&self) -> String {
        Bech32Address::try_new("tst", self.address()).unwrap().to_string()
    }

    /// A transaction that this key signs for all inputs.
    pub(crate) fn transaction(&self, inputs: &[(OutputId, Output)], outputs: Vec<Output>) -> TransactionPayload {
        let commitment = InputsCommitment::new(inputs.iter().map(|(_, output)| output));
        self.transaction_with(commitment, inputs.iter().map(|(id, _)| *id), outputs)
    }

    pub(crate) fn transaction_with(
        &self,
        commitment: InputsCommitment,
        inputs: impl Iterator<Item = OutputId>,
        outputs: Vec<Output>,
    ) -> TransactionPayload {
        let inputs: Vec<_> = inputs.map(|id| UtxoInput::from(id).into()).collect();
        let count = inputs.len();
        let essence = RegularTransactionEssence::builder(protocol().network_id(), commitment)
            .with_inputs(inputs)
            .with_outputs(outputs)
            .finish()
            .unwrap();
        let essence = TransactionEssence::from(essence);
        let signature = Ed25519Signature::new(self.0.public_key(), self.0.sign(&essence.hash()));
        let mut unlocks = vec![Unlock::from(SignatureUnlock::from(Signature::from(signature)))];
        unlocks.resize(count, ReferenceUnlock::new(0).unwrap().into());
        TransactionPayload::new(essence, Unlocks::new(unlocks).unwrap()).unwrap()
    }
}

pub(crate) fn protocol() -> ProtocolParameters {
    Config::default().protocol().unwrap()
}

pub(crate) fn plain(owner: &Owner, amount: u64) -> Output {
    BasicOutputBuilder::new_with_amount(amount)
        .add_unlock_condition(AddressUnlockCondition::new(owner.address()))
        .finish_output(TOKEN_SUPPLY)
        .unwrap()
}

/// A serialized block.
pub(crate) fn block(parents: &[BlockId], payload: impl Into<Payload>) -> Vec<u8> {
    BlockBuilder::new(Parents::from_vec(parents.to_vec()).unwrap())
        .with_payload(payload.into())
        .finish()
        .unwrap()
        .pack_to_vec()
}

/// A block that carries nothing but a tag.
pub(crate) fn tagged(parents: &[BlockId], tag: &str) -> Vec<u8> {
    block(parents, TaggedDataPayload::new(tag.as_bytes(), []).unwrap())
}

/// Outputs by a number, as ids.
pub(crate) fn ledger_of(outputs: Vec<Output>) -> HashMap<OutputId, Output> {
    (1..).zip(outputs).map(|(number, output)| (output_id(number), output)).collect()
}

pub(crate) fn output_id(number: u8) -> OutputId {
    OutputId::new([number; 32].into(), 0).unwrap()
}
