//! Drafting and sealing transactions (TIP-20).
//!
//! A draft's `essence` is self-contained: the ledger's time, the protocol parameters, the transaction essence and the
//! outputs it spends, so that sealing can check the result by all of the ledger's rules.
//! A sealed payload begins with its kind (4 bytes): its Blake2b-256 is the transaction id, and it stands
//! in a block as it is, after its length.

use std::collections::HashMap;

use iota_sdk::{
    packable::{Packable, PackableExt, unpacker::SliceUnpacker},
    types::block::{
        Block,
        address::{Address as WireAddress, Ed25519Address},
        input::{INPUT_COUNT_MAX, Input, UtxoInput},
        output::{
            BasicOutputBuilder, InputsCommitment, OUTPUT_COUNT_MAX, Output, OutputId as WireOutputId, Rent,
            unlock_condition::{
                AddressUnlockCondition, ExpirationUnlockCondition, StorageDepositReturnUnlockCondition,
                TimelockUnlockCondition,
            },
        },
        payload::{
            Payload, TaggedDataPayload, TransactionPayload,
            transaction::{RegularTransactionEssence, TransactionEssence},
        },
        protocol::ProtocolParameters,
        semantic::{ConflictReason, ValidationContext, semantic_validation},
        signature::{Ed25519Signature, Signature},
        unlock::{ReferenceUnlock, SignatureUnlock, Unlock, Unlocks},
    },
};

use super::{
    Stardust,
    address::{from_ledger, to_ledger},
    network::rent,
    output::{ledger_id, wire_id},
    protocol_parameters,
};
use crate::ledger::{
    Address, Amount, Conditions, DepositRule, Draft, DraftError, DraftInput, DraftRequest, Drafter, InputSignature,
    Payee, Sealed, TaggedData, TransactionId, UnixTime,
};

/// What a block leaves for its payload beside version, eight parents, payload length and nonce (TIP-24).
const PAYLOAD_MAX: usize = Block::LENGTH_MAX - (1 + 1 + 8 * 32 + 4 + 8);
/// Payload kind, and the count of unlocks.
const PAYLOAD_FRAME: usize = 4 + 2;
/// Unlock kind, signature kind, public key, signature.
const SIGNATURE_UNLOCK: usize = 1 + 1 + 32 + 64;
/// Unlock kind, index.
const REFERENCE_UNLOCK: usize = 1 + 2;

impl Drafter for Stardust {
    fn limits(&self) -> (usize, usize) {
        (usize::from(INPUT_COUNT_MAX), usize::from(OUTPUT_COUNT_MAX))
    }

    fn minimum_deposit(&self, address: &Address, rule: &DepositRule) -> Amount {
        // Every kind of address has the same length; bytes that are none are measured as one.
        let address = from_ledger(address).unwrap_or(WireAddress::Ed25519(Ed25519Address::new([0; 32])));
        let output = BasicOutputBuilder::new_with_amount(Output::AMOUNT_MIN)
            .add_unlock_condition(AddressUnlockCondition::new(address))
            .finish_output(u64::MAX)
            .expect("an output with one address and an amount is complete");
        Amount::new(output.rent_cost(&rent(rule)))
    }

    fn offer_deposit(&self, address: &Address, rule: &DepositRule) -> Amount {
        let address = from_ledger(address).unwrap_or(WireAddress::Ed25519(Ed25519Address::new([0; 32])));
        let supply = u64::MAX;
        let deposit = StorageDepositReturnUnlockCondition::new(address, Output::AMOUNT_MIN, supply);
        let output = BasicOutputBuilder::new_with_amount(Output::AMOUNT_MIN)
            .add_unlock_condition(AddressUnlockCondition::new(address))
            .add_unlock_condition(deposit.expect("the least amount is part of any supply"))
            .add_unlock_condition(ExpirationUnlockCondition::new(address, 1).expect("a time other than 0"))
            .finish_output(supply)
            .expect("an output with one address and an amount is complete");
        Amount::new(output.rent_cost(&rent(rule)))
    }

    fn draft(&self, request: &DraftRequest<'_>) -> Result<Draft, DraftError> {
        check_counts(request)?;
        let parameters = protocol_parameters(request.network).map_err(rule)?;
        // In the order of their ids, so that the same set gives the same bytes.
        let mut inputs: Vec<&DraftInput> = request.inputs.iter().collect();
        inputs.sort_by_key(|input| input.id);
        let ids = inputs.iter().map(|input| wire_id(&input.id)).collect::<Result<Vec<_>, _>>().map_err(rule)?;
        let spent =
            inputs.iter().map(|input| spent_output(input, request.at, &parameters)).collect::<Result<Vec<_>, _>>()?;
        let conditions = request.conditions.iter().copied().chain(std::iter::repeat(Conditions::default()));
        let outputs = (request.payees.iter().zip(conditions))
            .chain(request.remainder.as_ref().map(|rest| (rest, Conditions::default())))
            .map(|(payee, conditions)| paying_output(payee, &conditions, &parameters))
            .collect::<Result<Vec<_>, _>>()?;
        let mut builder = RegularTransactionEssence::builder(request.network.id, InputsCommitment::new(spent.iter()))
            .with_inputs(ids.iter().map(|id| Input::Utxo(UtxoInput::from(*id))).collect::<Vec<_>>())
            .with_outputs(outputs);
        if let Some(data) = request.tagged_data {
            builder = builder.with_payload(tagged_payload(data)?);
        }
        let essence = TransactionEssence::from(builder.finish_with_params(&parameters).map_err(rule)?);
        let unlocks: Vec<Address> = inputs.iter().map(|input| input.address).collect();
        check_size(&essence, &unlocks)?;
        Ok(Draft {
            signing_message: essence.hash().to_vec(),
            essence: pack_draft(request.at, &parameters, &essence, &spent),
            wire: essence.pack_to_vec(),
            unlocks,
        })
    }

    fn seal(&self, draft: &Draft, signatures: &[InputSignature]) -> Result<Sealed, DraftError> {
        let Unpacked { at, parameters, essence, spent } = unpack_draft(&draft.essence)?;
        let unlocks = unlocks(&draft.unlocks, signatures)?;
        let payload = TransactionPayload::new(essence, unlocks).map_err(rule)?;
        let id = payload.id();
        check_by_ledger_rules(&payload, &spent, at)?;
        let count = payload.essence().as_regular().outputs().len();
        let outputs = (0..u16::try_from(count).map_err(rule)?)
            .map(|index| WireOutputId::new(id, index).map(|id| ledger_id(&id)).map_err(rule))
            .collect::<Result<Vec<_>, _>>()?;
        let bytes = Payload::from(payload).pack_to_vec();
        // What is persisted must be what every node can read.
        Payload::unpack_verified(&bytes, &parameters).map_err(rule)?;
        let transaction_id = TransactionId::from_slice(id.as_ref()).map_err(rule)?;
        Ok(Sealed { transaction_id, payload: bytes, outputs })
    }
}

fn rule(error: impl std::fmt::Display) -> DraftError {
    DraftError::Rule(error.to_string())
}

fn check_counts(request: &DraftRequest<'_>) -> Result<(), DraftError> {
    let (inputs, outputs) = Stardust.limits();
    let got = request.payees.len() + usize::from(request.remainder.is_some());
    if request.payees.is_empty() || got > outputs {
        return Err(DraftError::OutputCount { got, limit: outputs });
    }
    if request.inputs.is_empty() || request.inputs.len() > inputs {
        return Err(DraftError::InputCount { got: request.inputs.len(), limit: inputs });
    }
    Ok(())
}

fn spent_output(
    input: &DraftInput,
    at: Option<UnixTime>,
    parameters: &ProtocolParameters,
) -> Result<Output, DraftError> {
    let output = Output::unpack_verified(&input.raw, parameters).map_err(rule)?;
    let Output::Basic(basic) = &output else { return Err(rule("only basic outputs are spent here")) };
    let conditions = basic.unlock_conditions();
    // An expired one belongs to its return address.
    let expired = conditions.expiration().filter(|end| at.is_none_or(|at| end.timestamp() <= at.0));
    let owner = match (expired, conditions.storage_deposit_return()) {
        (Some(expiration), _) => to_ledger(expiration.return_address()),
        (None, Some(_)) if at.is_none() => return Err(rule("an output with a storage deposit return is not over")),
        (None, _) => to_ledger(basic.address()),
    };
    if owner != input.address || output.pack_to_vec() != input.raw {
        return Err(rule(format!("input {} is not as described", input.id)));
    }
    Ok(output)
}

fn paying_output(
    payee: &Payee,
    conditions: &Conditions,
    parameters: &ProtocolParameters,
) -> Result<Output, DraftError> {
    let wire = |address: &Address| from_ledger(address).ok_or_else(|| rule(format!("{address} is no address")));
    let mut output = BasicOutputBuilder::new_with_amount(payee.amount.units())
        .add_unlock_condition(AddressUnlockCondition::new(wire(&payee.address)?));
    let Conditions { deposit_return, expiration, timelock } = conditions;
    if let Some(part) = deposit_return {
        let (address, supply) = (wire(&part.address)?, parameters.token_supply());
        let condition = StorageDepositReturnUnlockCondition::new(address, part.amount.units(), supply);
        output = output.add_unlock_condition(condition.map_err(rule)?);
    }
    if let Some(end) = expiration {
        let condition = ExpirationUnlockCondition::new(wire(&end.return_address)?, end.time.0);
        output = output.add_unlock_condition(condition.map_err(rule)?);
    }
    if let Some(until) = timelock {
        output = output.add_unlock_condition(TimelockUnlockCondition::new(until.0).map_err(rule)?);
    }
    output.finish_output(parameters).map_err(rule)
}

fn tagged_payload(data: &TaggedData) -> Result<Payload, DraftError> {
    TaggedDataPayload::new(data.tag.clone(), data.data.clone())
        .map(Payload::from)
        .map_err(|_| DraftError::TaggedData { tag: data.tag.len(), data: data.data.len() })
}

/// The signed payload must fit a block with the most parents it can have.
fn check_size(essence: &TransactionEssence, unlocks: &[Address]) -> Result<(), DraftError> {
    let mut keys = unlocks.to_vec();
    keys.sort_unstable();
    keys.dedup();
    let unlocks = keys.len() * SIGNATURE_UNLOCK + (unlocks.len() - keys.len()) * REFERENCE_UNLOCK;
    let size = PAYLOAD_FRAME + essence.packed_len() + unlocks;
    if size > PAYLOAD_MAX { Err(DraftError::Size { size, limit: PAYLOAD_MAX }) } else { Ok(()) }
}

/// The time that stands for "all conditions are over".
const FOREVER: u32 = u32::MAX;

fn pack_draft(
    at: Option<UnixTime>,
    parameters: &ProtocolParameters,
    essence: &TransactionEssence,
    spent: &[Output],
) -> Vec<u8> {
    let mut bytes = at.map_or(FOREVER, |at| at.0).to_le_bytes().to_vec();
    bytes.extend(parameters.pack_to_vec());
    bytes.extend(essence.pack_to_vec());
    spent.iter().for_each(|output| bytes.extend(output.pack_to_vec()));
    bytes
}

struct Unpacked {
    /// The ledger's time that decides who owns the inputs.
    at: u32,
    parameters: ProtocolParameters,
    essence: TransactionEssence,
    spent: Vec<Output>,
}

fn unpack_draft(bytes: &[u8]) -> Result<Unpacked, DraftError> {
    let (at, bytes) = bytes.split_first_chunk().ok_or_else(|| rule("a draft without its time"))?;
    let at = u32::from_le_bytes(*at);
    let mut unpacker = SliceUnpacker::new(bytes);
    let parameters = ProtocolParameters::unpack::<_, true>(&mut unpacker, &()).map_err(rule)?;
    let essence = TransactionEssence::unpack::<_, true>(&mut unpacker, &parameters).map_err(rule)?;
    let spent = (0..essence.as_regular().inputs().len())
        .map(|_| Output::unpack::<_, true>(&mut unpacker, &parameters).map_err(rule))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Unpacked { at, parameters, essence, spent })
}

/// A signature where an address unlocks its first input, a reference to it at the others (TIP-20).
fn unlocks(addresses: &[Address], signatures: &[InputSignature]) -> Result<Unlocks, DraftError> {
    let mut first: HashMap<Address, u16> = HashMap::new();
    let mut unlocks = Vec::with_capacity(addresses.len());
    for (index, address) in (0u16..).zip(addresses) {
        if let Some(&signed) = first.get(address) {
            unlocks.push(Unlock::from(ReferenceUnlock::new(signed).map_err(rule)?));
            continue;
        }
        let signature = signatures
            .iter()
            .find(|signature| signature.address == *address)
            .ok_or_else(|| rule(format!("no signature for {address}")))?;
        let signature = Ed25519Signature::from_bytes(signature.public_key, signature.signature);
        unlocks.push(Unlock::from(SignatureUnlock::new(Signature::from(signature))));
        first.insert(*address, index);
    }
    Unlocks::new(unlocks).map_err(rule)
}

/// Signatures, amounts and commitments, as a node will check them.
fn check_by_ledger_rules(payload: &TransactionPayload, spent: &[Output], at: u32) -> Result<(), DraftError> {
    let essence = payload.essence().as_regular();
    let ids: Vec<WireOutputId> = essence
        .inputs()
        .iter()
        .map(|input| match input {
            Input::Utxo(utxo) => Ok(*utxo.output_id()),
            Input::Treasury(_) => Err(rule("a treasury input")),
        })
        .collect::<Result<_, _>>()?;
    let inputs: Vec<(&WireOutputId, &Output)> = ids.iter().zip(spent).collect();
    let context = ValidationContext::new(&payload.id(), essence, inputs.iter().copied(), payload.unlocks(), at);
    match semantic_validation(context, &inputs, payload.unlocks()).map_err(rule)? {
        ConflictReason::None => Ok(()),
        conflict => Err(rule(conflict)),
    }
}
