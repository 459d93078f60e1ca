//! Outputs from the wire into plain data.

use iota_sdk::{
    packable::PackableExt,
    types::{
        TryFromDto,
        block::{
            output::{Output, OutputId as WireOutputId, Rent, dto::OutputDto},
            protocol::ProtocolParameters,
        },
    },
};

use super::{StardustError, address::to_ledger, protocol_parameters};
use crate::ledger::{
    Address, Amount, Conditions, DepositReturn, Expiration, LedgerOutput, NativeToken, Network, OutputId, OutputKind,
    TransactionId, UnixTime,
};

/// Decodes an output from its bytes on the wire (TIP-18, TIP-20).
///
/// # Errors
/// [`StardustError`] when the bytes are not exactly one output that the network's rules allow, when it is the
/// treasury's, or when the id is none.
pub fn decode_output(id: &OutputId, bytes: &[u8], network: &Network) -> Result<LedgerOutput, StardustError> {
    let parameters = protocol_parameters(network)?;
    let output =
        Output::unpack_verified(bytes, &parameters).map_err(|error| StardustError::Output(error.to_string()))?;
    // The decoder stops after the output and does not look at what follows it.
    if output.pack_to_vec() != bytes {
        return Err(StardustError::Output("bytes beyond its end".to_owned()));
    }
    plain_data(id, &output, bytes.to_vec(), &parameters)
}

/// Decodes an output from its JSON form in the core API (TIP-25).
///
/// # Errors
/// As [`decode_output`].
pub fn decode_output_json(id: &OutputId, json: &str, network: &Network) -> Result<LedgerOutput, StardustError> {
    let parameters = protocol_parameters(network)?;
    let dto: OutputDto = serde_json::from_str(json).map_err(|error| StardustError::Output(error.to_string()))?;
    let output =
        Output::try_from_dto_with_params(dto, &parameters).map_err(|error| StardustError::Output(error.to_string()))?;
    let raw = output.pack_to_vec();
    plain_data(id, &output, raw, &parameters)
}

/// The wire form of an output id.
pub(super) fn wire_id(id: &OutputId) -> Result<WireOutputId, StardustError> {
    let bytes: [u8; WireOutputId::LENGTH] =
        id.as_slice().try_into().map_err(|_| StardustError::OutputId(id.to_string()))?;
    WireOutputId::try_from(bytes).map_err(|_| StardustError::OutputId(id.to_string()))
}

/// An output id as opaque bytes.
pub(super) fn ledger_id(id: &WireOutputId) -> OutputId {
    OutputId::from_slice(&id.pack_to_vec()).expect("an output id has 34 bytes")
}

fn plain_data(
    id: &OutputId,
    output: &Output,
    raw: Vec<u8>,
    parameters: &ProtocolParameters,
) -> Result<LedgerOutput, StardustError> {
    let wire_id = wire_id(id)?;
    let (kind, owner, governor) = kind_and_owner(output)?;
    let features = output.features();
    Ok(LedgerOutput {
        id: *id,
        transaction_id: TransactionId::from_slice(wire_id.transaction_id().as_ref())
            .expect("a transaction id has 32 bytes"),
        kind,
        amount: Amount::new(output.amount()),
        owner,
        governor,
        conditions: conditions(output),
        native_tokens: native_tokens(output),
        chain_id: output.chain_id().map(|chain| chain_bytes(chain.or_from_output_id(&wire_id))),
        tag: features.and_then(|features| features.tag()).map(|tag| tag.tag().to_vec()),
        metadata: features.and_then(|features| features.metadata()).map(|metadata| metadata.data().to_vec()),
        sender: features.and_then(|features| features.sender()).map(|sender| to_ledger(sender.address())),
        minimum_deposit: Amount::new(output.rent_cost(parameters.rent_structure())),
        raw,
    })
}

fn kind_and_owner(output: &Output) -> Result<(OutputKind, Address, Option<Address>), StardustError> {
    match output {
        Output::Basic(basic) => Ok((OutputKind::Basic, to_ledger(basic.address()), None)),
        Output::Nft(nft) => Ok((OutputKind::Nft, to_ledger(nft.address()), None)),
        Output::Alias(alias) => {
            let governor = to_ledger(alias.governor_address());
            Ok((OutputKind::Alias, to_ledger(alias.state_controller_address()), Some(governor)))
        }
        Output::Foundry(foundry) => Ok((OutputKind::Foundry, to_ledger(&(*foundry.alias_address()).into()), None)),
        Output::Treasury(_) => Err(StardustError::OutputKind(output.kind())),
    }
}

fn conditions(output: &Output) -> Conditions {
    let Some(conditions) = output.unlock_conditions() else {
        return Conditions::default();
    };
    Conditions {
        deposit_return: conditions.storage_deposit_return().map(|condition| DepositReturn {
            address: to_ledger(condition.return_address()),
            amount: Amount::new(condition.amount()),
        }),
        expiration: conditions.expiration().map(|condition| Expiration {
            return_address: to_ledger(condition.return_address()),
            time: UnixTime(condition.timestamp()),
        }),
        timelock: conditions.timelock().map(|condition| UnixTime(condition.timestamp())),
    }
}

fn native_tokens(output: &Output) -> Vec<NativeToken> {
    let tokens = output.native_tokens().into_iter().flat_map(|tokens| tokens.iter());
    tokens
        .map(|token| {
            let mut amount = [0; 32];
            token.amount().to_big_endian(&mut amount);
            NativeToken { id: token.token_id().pack_to_vec(), amount }
        })
        .collect()
}

fn chain_bytes(chain: iota_sdk::types::block::output::ChainId) -> Vec<u8> {
    use iota_sdk::types::block::output::ChainId;
    match chain {
        ChainId::Alias(id) => id.pack_to_vec(),
        ChainId::Foundry(id) => id.pack_to_vec(),
        ChainId::Nft(id) => id.pack_to_vec(),
    }
}
