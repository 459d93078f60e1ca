//! Protocol parameters, as the wire types have them and as plain data.

use iota_sdk::types::block::{output::RentStructure, protocol::ProtocolParameters};

use super::StardustError;
use crate::ledger::{Amount, DepositRule, Network};

/// A network from the parameters that a node tells.
///
/// # Errors
/// [`StardustError::Parameters`] when the human-readable part cannot stand in a bech32 address (TIP-31: lower case,
/// printable), or the supply is 0 or does not fit 63 bits.
pub fn network(parameters: &ProtocolParameters) -> Result<Network, StardustError> {
    let rent = parameters.rent_structure();
    let network = Network {
        name: parameters.network_name().to_owned(),
        id: parameters.network_id(),
        protocol_version: parameters.protocol_version(),
        hrp: parameters.bech32_hrp().to_string(),
        min_pow_score: parameters.min_pow_score(),
        below_max_depth: parameters.below_max_depth(),
        deposit: DepositRule {
            v_byte_cost: rent.byte_cost(),
            v_byte_factor_data: rent.byte_factor_data(),
            v_byte_factor_key: rent.byte_factor_key(),
        },
        token_supply: Amount::new(parameters.token_supply()),
    };
    check(&network)?;
    Ok(network)
}

/// The wire types' parameters of a network.
///
/// # Errors
/// [`StardustError::Parameters`] when the network's name or human-readable part is too long, or its id is not
/// the one that its name gives.
pub fn protocol_parameters(network: &Network) -> Result<ProtocolParameters, StardustError> {
    let parameters = ProtocolParameters::new(
        network.protocol_version,
        network.name.clone(),
        &network.hrp,
        network.min_pow_score,
        network.below_max_depth,
        rent(&network.deposit),
        network.token_supply.units(),
    )
    .map_err(|error| StardustError::Parameters(error.to_string()))?;
    if parameters.network_id() != network.id {
        return Err(StardustError::Parameters(format!("network id {} is not that of {:?}", network.id, network.name)));
    }
    Ok(parameters)
}

/// The wire types' form of the deposit rule (TIP-19).
pub(super) fn rent(rule: &DepositRule) -> RentStructure {
    RentStructure::new(rule.v_byte_cost, rule.v_byte_factor_key, rule.v_byte_factor_data)
}

fn check(network: &Network) -> Result<(), StardustError> {
    let lower = network.hrp.bytes().all(|byte| (33..=126).contains(&byte) && !byte.is_ascii_uppercase());
    if network.hrp.is_empty() || !lower {
        return Err(StardustError::Parameters(format!("human-readable part {:?}", network.hrp)));
    }
    if network.token_supply == Amount::ZERO || i64::try_from(network.token_supply.units()).is_err() {
        return Err(StardustError::Parameters(format!("a supply of {}", network.token_supply)));
    }
    Ok(())
}
