//! Transactions from the wire into plain data.

use crypto::hashes::{Digest, blake2b::Blake2b256};
use iota_sdk::{
    packable::PackableExt,
    types::block::{
        address::Ed25519Address,
        input::Input,
        output::OutputId as WireOutputId,
        payload::{Payload, TransactionPayload, transaction::TransactionEssence},
        signature::Signature,
        unlock::Unlock,
    },
};

use super::{StardustError, decode_output, output::ledger_id, protocol_parameters};
use crate::ledger::{LedgerTransaction, Network, TaggedData, TransactionId};

/// Decodes a signed transaction from its payload's bytes on the wire (TIP-20), which begin with the payload's kind. Its id
/// must be `id`, and each signature the one of its public key: nobody makes one up.
///
/// # Errors
/// [`StardustError`] when the bytes are anything else.
pub fn decode_transaction(
    id: &TransactionId,
    bytes: &[u8],
    network: &Network,
) -> Result<LedgerTransaction, StardustError> {
    let invalid = |text: String| StardustError::Transaction(text);
    let parameters = protocol_parameters(network)?;
    let payload = Payload::unpack_verified(bytes, &parameters).map_err(|error| invalid(error.to_string()))?;
    if payload.pack_to_vec() != bytes {
        return Err(invalid("bytes beyond its end".to_owned()));
    }
    let Payload::Transaction(payload) = payload else { return Err(invalid("another payload".to_owned())) };
    if payload.id().as_ref() != id.as_slice() {
        return Err(invalid(format!("its id is {}", payload.id())));
    }
    check_signatures(&payload)?;
    let TransactionEssence::Regular(essence) = payload.essence();
    let input = |input: &Input| match input {
        Input::Utxo(utxo) => Ok(ledger_id(utxo.output_id())),
        Input::Treasury(_) => Err(invalid("a treasury input".to_owned())),
    };
    let output = |(index, output): (u16, &iota_sdk::types::block::output::Output)| {
        let id = WireOutputId::new(payload.id(), index).map_err(|error| invalid(error.to_string()))?;
        decode_output(&ledger_id(&id), &output.pack_to_vec(), network)
    };
    let tagged_data = match essence.payload() {
        Some(Payload::TaggedData(data)) => Some(TaggedData { tag: data.tag().to_vec(), data: data.data().to_vec() }),
        _ => None,
    };
    Ok(LedgerTransaction {
        id: *id,
        payload: bytes.to_vec(),
        inputs: essence.inputs().iter().map(input).collect::<Result<_, _>>()?,
        outputs: (0u16..).zip(essence.outputs()).map(output).collect::<Result<_, _>>()?,
        tagged_data,
    })
}

fn check_signatures(payload: &TransactionPayload) -> Result<(), StardustError> {
    let message = payload.essence().hash();
    for unlock in payload.unlocks().iter() {
        let Unlock::Signature(unlock) = unlock else { continue };
        let Signature::Ed25519(signature) = unlock.signature();
        let address = Ed25519Address::new(Blake2b256::digest(signature.public_key_bytes().as_ref()).into());
        let checked = signature.is_valid(&message, &address);
        checked.map_err(|error| StardustError::Transaction(format!("a signature is not right: {error}")))?;
    }
    Ok(())
}
