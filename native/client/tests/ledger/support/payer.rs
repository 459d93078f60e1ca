//! Somebody outside of the wallet, who makes outputs of every kind. Made of iota-sdk's types, and submitted over REST.

use std::{
    process,
    time::{SystemTime, UNIX_EPOCH},
};

use crypto::{
    hashes::{Digest, blake2b::Blake2b256},
    signatures::ed25519,
};
use iota_sdk::{
    packable::PackableExt,
    types::block::{
        address::{Address, Bech32Address, Ed25519Address},
        input::UtxoInput,
        output::{
            BasicOutputBuilder, InputsCommitment, Output, OutputId, unlock_condition::AddressUnlockCondition,
            unlock_condition::UnlockCondition,
        },
        payload::{
            Payload,
            transaction::{RegularTransactionEssence, TransactionEssence, TransactionPayload},
        },
        protocol::ProtocolParameters,
        signature::{Ed25519Signature, Signature},
        unlock::{ReferenceUnlock, SignatureUnlock, Unlock, Unlocks},
    },
};
use stardust_wallet::{
    keys::{CoinType, KeyPath, Mnemonic, MnemonicManager, SecretManager},
    ledger,
    stardust::protocol_parameters,
};

use super::{Net, eventually};

/// How often a block is sent whose parents got too old.
const TRIES: u32 = 10;

/// An output and its id.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) id: OutputId,
    pub(crate) output: Output,
}

impl Owned {
    /// The id as the engine has it.
    pub(crate) fn ledger_id(&self) -> ledger::OutputId {
        ledger_id(&self.id)
    }
}

/// An output id as the engine has it.
fn ledger_id(id: &OutputId) -> ledger::OutputId {
    ledger::OutputId::from_slice(&id.pack_to_vec()).unwrap()
}

/// What became of a transaction's block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) block: ledger::BlockId,
    pub(crate) included: bool,
}

/// A key outside of the wallet, with funds.
pub(crate) struct Payer {
    key: Key,
    parameters: ProtocolParameters,
    hrp: String,
    /// What the next payment spends.
    funds: Owned,
}

enum Key {
    Own(Box<ed25519::SecretKey>),
    /// A key of a wallet's seed.
    Of(MnemonicManager, KeyPath),
}

impl Key {
    /// A key that was never used before.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let seed = format!("{now} {} {:?}", process::id(), std::thread::current().id());
        Self::Own(Box::new(ed25519::SecretKey::from_bytes(&Blake2b256::digest(seed).into())))
    }

    fn public(&self) -> [u8; 32] {
        match self {
            Self::Own(key) => key.public_key().to_bytes(),
            Self::Of(keys, path) => keys.public_keys(&[*path]).unwrap()[0],
        }
    }

    fn sign(&self, message: &[u8]) -> Ed25519Signature {
        let signature = match self {
            Self::Own(key) => key.sign(message).to_bytes(),
            Self::Of(keys, path) => keys.sign(&[(*path, message)]).unwrap()[0].signature,
        };
        Ed25519Signature::from_bytes(self.public(), signature)
    }

    fn address(&self) -> Address {
        Ed25519Address::new(Blake2b256::digest(self.public()).into()).into()
    }
}

impl Payer {
    /// With what the faucet gives.
    pub(crate) fn funded(net: &Net) -> Self {
        let key = Key::new();
        let hrp = net.network().hrp.clone();
        let text = bech32(&hrp, key.address());
        net.enqueue(&text);
        let path = format!("/api/indexer/v1/outputs/basic?address={text}");
        let id = eventually("the faucet", || Some(net.get(&path).json()["items"][0].as_str()?.to_owned()));
        Self::holding(net, key, &id)
    }

    /// A second holder of a wallet's seed, with one of its outputs.
    pub(crate) fn of_seed(net: &Net, mnemonic: &Mnemonic, path: KeyPath, output: ledger::OutputId) -> Self {
        let keys = MnemonicManager::new(mnemonic, CoinType::SHIMMER);
        Self::holding(net, Key::Of(keys, path), &output.to_string())
    }

    fn holding(net: &Net, key: Key, id: &str) -> Self {
        let parameters = protocol_parameters(net.network()).unwrap();
        let bytes = net.get_binary(&format!("/api/core/v2/outputs/{id}"));
        let output = Output::unpack_verified(bytes.as_slice(), &parameters).unwrap();
        let funds = Owned { id: id.parse().unwrap(), output };
        Self { key, parameters, hrp: net.network().hrp.clone(), funds }
    }

    pub(crate) fn address(&self) -> Address {
        self.key.address()
    }

    pub(crate) fn bech32(&self) -> String {
        bech32(&self.hrp, self.address())
    }

    pub(crate) fn parameters(&self) -> &ProtocolParameters {
        &self.parameters
    }

    pub(crate) fn funds(&self) -> &Owned {
        &self.funds
    }

    /// An output of base coins under these conditions beside its owner's address.
    pub(crate) fn output(
        &self,
        amount: u64,
        to: &ledger::Address,
        conditions: impl IntoIterator<Item = UnlockCondition>,
    ) -> Output {
        let output = BasicOutputBuilder::new_with_amount(amount)
            .add_unlock_condition(AddressUnlockCondition::new(wire_address(to)));
        let output = conditions.into_iter().fold(output, BasicOutputBuilder::add_unlock_condition);
        output.finish_output(&self.parameters).unwrap()
    }

    pub(crate) fn plain(&self, amount: u64, to: &ledger::Address) -> Output {
        self.output(amount, to, [])
    }

    /// Makes these outputs and waits for the milestone that does.
    pub(crate) fn pay(&mut self, net: &Net, outputs: Vec<Output>) -> Vec<Owned> {
        self.spend(net, &[], outputs)
    }

    /// The same, spending other outputs of this key too.
    pub(crate) fn spend(&mut self, net: &Net, also: &[Owned], mut outputs: Vec<Output>) -> Vec<Owned> {
        let inputs: Vec<_> = also.iter().chain([&self.funds]).cloned().collect();
        let sum = |outputs: &mut dyn Iterator<Item = &Output>| outputs.map(Output::amount).sum::<u64>();
        let left = sum(&mut inputs.iter().map(|input| &input.output)) - sum(&mut outputs.iter());
        outputs.push(self.plain(left, &ledger_address(&self.address())));
        let payload = self.transaction(&inputs, outputs.clone());
        let settled = self.settle(net, &payload);
        assert!(settled.included, "{settled:?}");
        let mut made: Vec<_> = (0..).zip(outputs).map(|(index, output)| created(&payload, index, output)).collect();
        self.funds = made.pop().unwrap();
        made
    }

    /// A transaction that this key signs for all inputs.
    pub(crate) fn transaction(&self, inputs: &[Owned], outputs: Vec<Output>) -> TransactionPayload {
        let commitment = InputsCommitment::new(inputs.iter().map(|input| &input.output));
        let essence = RegularTransactionEssence::builder(self.parameters.network_id(), commitment)
            .with_inputs(inputs.iter().map(|input| UtxoInput::from(input.id).into()).collect::<Vec<_>>())
            .with_outputs(outputs)
            .finish_with_params(&self.parameters)
            .unwrap();
        let essence = TransactionEssence::from(essence);
        let signature = Signature::from(self.key.sign(&essence.hash()));
        let mut unlocks = vec![Unlock::from(SignatureUnlock::from(signature))];
        unlocks.resize(inputs.len(), ReferenceUnlock::new(0).unwrap().into());
        TransactionPayload::new(essence, Unlocks::new(unlocks).unwrap()).unwrap()
    }

    /// Submits a transaction, and has it attached again if need be, until a milestone decides it.
    pub(crate) fn settle(&self, net: &Net, payload: &TransactionPayload) -> Settled {
        let mut block = submit(net, payload);
        eventually("a milestone that decides a block", || {
            let said = net.get(&format!("/api/core/v2/blocks/{block}/metadata")).json();
            if said["shouldReattach"] == true {
                block = submit(net, payload);
            }
            let state = said["ledgerInclusionState"].as_str()?;
            Some(Settled { block: ledger::BlockId::from_hex(&block).unwrap(), included: state == "included" })
        })
    }
}

/// An output that a transaction makes.
pub(crate) fn created(payload: &TransactionPayload, index: u16, output: Output) -> Owned {
    Owned { id: OutputId::new(payload.id(), index).unwrap(), output }
}

/// Sends a block. Its parents are those of the last milestone, so that it refers to nothing that a milestone has not
/// confirmed. Where blocks need a proof of work the node does that, and chooses the parents, for they get old meanwhile.
/// Answers the block's id.
pub(crate) fn submit(net: &Net, payload: &TransactionPayload) -> String {
    let payload = Payload::from(payload.clone()).pack_to_vec();
    let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
    for _ in 0..TRIES {
        let parents = if net.network().min_pow_score == 0 { net.confirmed_blocks() } else { Vec::new() };
        let count = u8::try_from(parents.len()).unwrap();
        match net.post_block(&[&[2, count][..], &parents.concat(), &length, &payload, &[0; 8]].concat()) {
            Ok(block) => return block,
            // the parents got too old on the way
            Err(said) => assert!(said.contains("below max depth"), "{said}"),
        }
    }
    panic!("its parents got too old {TRIES} times")
}

/// An address of the engine as iota-sdk has it.
pub(crate) fn wire_address(address: &ledger::Address) -> Address {
    Address::unpack_verified(address.as_slice(), &()).unwrap()
}

/// An address of iota-sdk as the engine has it.
pub(crate) fn ledger_address(address: &Address) -> ledger::Address {
    ledger::Address::from_slice(&address.pack_to_vec()).unwrap()
}

fn bech32(hrp: &str, address: Address) -> String {
    Bech32Address::try_new(hrp, address).unwrap().to_string()
}
