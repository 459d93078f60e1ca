//! Outputs from nowhere.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use iota_sdk::types::{
    TryFromDto,
    block::output::{Output, dto::OutputDto},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{bad_request, blocking, parse};
use crate::{
    http::{Context, error::ApiError},
    node::{MAX_PAID_OUTPUTS, Node},
};

/// Most outputs that one request mints.
const MAX_MINTED: usize = 1_000_000;

/// What `mint` creates: plain outputs to an address, or outputs as given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    address: Option<String>,
    /// One output for each.
    #[serde(default)]
    addresses: Vec<String>,
    amount: Option<Amount>,
    output: Option<Value>,
    #[serde(default)]
    outputs: Vec<Value>,
    #[serde(default = "super::one")]
    count: u32,
    /// Whether the answer names what was made.
    #[serde(default = "yes")]
    ids: bool,
}

fn yes() -> bool {
    true
}

/// Base units, as a JSON number or a decimal string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Text(String),
}

pub(super) async fn mint(State(context): State<Context>, body: Bytes) -> Result<Response, ApiError> {
    let request: Mint = parse(&body)?;
    let answer = blocking(move || {
        let node = context.node();
        let with_ids = request.ids;
        let outputs = outputs_of(&node, request)?;
        let mut payments = Vec::new();
        for outputs in outputs.chunks(MAX_PAID_OUTPUTS) {
            payments.push(node.pay(outputs.to_vec(), true).map_err(bad_request)?);
        }
        if !with_ids {
            return Ok(json!({"outputs": outputs.len(), "transactions": payments.len()}));
        }
        let ids = payments.iter().flat_map(|payment| &payment.output_ids);
        Ok(json!({
            "outputIds": ids.map(ToString::to_string).collect::<Vec<_>>(),
            "transactionIds": payments.iter().map(|payment| payment.transaction_id.to_string()).collect::<Vec<_>>(),
            "blockIds": payments.iter().map(|payment| payment.block_id.to_string()).collect::<Vec<_>>(),
        }))
    });
    Ok((StatusCode::ACCEPTED, Json(answer.await?)).into_response())
}

fn outputs_of(node: &Node, request: Mint) -> Result<Vec<Output>, ApiError> {
    let amount = match request.amount {
        None => None,
        Some(Amount::Number(amount)) => Some(amount),
        Some(Amount::Text(text)) => Some(text.parse::<u64>().map_err(bad_request)?),
    };
    let mut outputs = Vec::new();
    for address in request.address.into_iter().chain(request.addresses) {
        let address = node.parse_address(&address).map_err(bad_request)?;
        let amount = amount.unwrap_or(node.config.faucet_amount);
        outputs.push(node.plain_output(address, amount).map_err(bad_request)?);
    }
    for mut output in request.output.into_iter().chain(request.outputs) {
        if let Some(amount) = amount {
            output["amount"] = amount.to_string().into();
        }
        let dto: OutputDto = serde_json::from_value(output).map_err(bad_request)?;
        outputs.push(Output::try_from_dto_with_params(dto, &node.protocol).map_err(bad_request)?);
    }
    let count = usize::try_from(request.count).map_err(bad_request)?;
    if outputs.is_empty() || count == 0 || outputs.len().saturating_mul(count) > MAX_MINTED {
        return Err(bad_request(format!("an address or outputs, between 1 and {MAX_MINTED} of them, are needed")));
    }
    Ok(std::iter::repeat_n(outputs, count).flatten().collect())
}
