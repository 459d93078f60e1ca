//! The core REST API, version 2 (TIP-25).

mod blocks;
mod milestones;
mod outputs;
mod peers;
mod treasury;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{Context, error::ApiError};
use crate::node::MilestoneRecord;

/// Media type of serialized objects.
pub(super) const BINARY: &str = "application/vnd.iota.serializer-v1";

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/routes", get(|| async { Json(json!({"routes": ["core/v2", "devnet/v1", "indexer/v1"]})) }))
        .route("/api/core/v2/info", get(info))
        .route("/api/core/v2/tips", get(tips))
        .merge(blocks::routes())
        .merge(outputs::routes())
        .merge(milestones::routes())
        .merge(treasury::routes())
        .merge(peers::routes())
}

async fn info(State(context): State<Context>) -> Json<Value> {
    let node = &context.node();
    let state = node.read();
    let latest = state.latest().map(|milestone| milestone_info(milestone));
    let rent = node.protocol.rent_structure();
    let features: &[&str] = if node.config.node_pow { &["pow"] } else { &[] };
    Json(json!({
        "name": "HORNET",
        "version": "2.0.1",
        "status": {
            "isHealthy": context.faults.is_healthy(),
            "latestMilestone": latest,
            "confirmedMilestone": latest,
            "pruningIndex": state.ledger.pruned(),
        },
        "supportedProtocolVersions": [2],
        "protocol": {
            "version": node.protocol.protocol_version(),
            "networkName": node.protocol.network_name(),
            "bech32Hrp": node.protocol.bech32_hrp().to_string(),
            "minPowScore": node.protocol.min_pow_score(),
            "belowMaxDepth": node.protocol.below_max_depth(),
            "rentStructure": {
                "vByteCost": rent.byte_cost(),
                "vByteFactorData": rent.byte_factor_data(),
                "vByteFactorKey": rent.byte_factor_key(),
            },
            "tokenSupply": node.protocol.token_supply().to_string(),
        },
        "pendingProtocolParameters": [],
        "baseToken": {
            "name": "TestCoin",
            "tickerSymbol": "TEST",
            "unit": "TEST",
            "subunit": "testies",
            "decimals": 6,
            "useMetricPrefix": false,
        },
        "metrics": {
            "blocksPerSecond": state.metrics.blocks_per_second,
            "referencedBlocksPerSecond": state.metrics.referenced_blocks_per_second,
            "referencedRate": state.metrics.referenced_rate,
        },
        "features": features,
    }))
}

fn milestone_info(milestone: &MilestoneRecord) -> Value {
    json!({
        "index": milestone.at.index,
        "timestamp": milestone.at.timestamp,
        "milestoneId": milestone.id.to_string(),
    })
}

async fn tips(State(context): State<Context>) -> Json<Value> {
    let tips: Vec<_> = context.node().read().tangle.select_tips().iter().map(ToString::to_string).collect();
    Json(json!({"tips": tips}))
}

/// Whether the client asks for the serialized form; like Hornet, by the beginning of the header.
pub(super) fn wants_binary(headers: &HeaderMap) -> bool {
    starts_with(headers, header::ACCEPT, BINARY)
}

pub(super) fn starts_with(headers: &HeaderMap, name: header::HeaderName, prefix: &str) -> bool {
    headers.get(name).is_some_and(|value| value.as_bytes().starts_with(prefix.as_bytes()))
}

pub(super) fn binary(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(BINARY))], bytes).into_response()
}

/// Parses a transaction or milestone id of a path; `what` as in Hornet's message.
pub(super) fn parse_id<T: From<[u8; 32]>>(what: &str, text: &str) -> Result<T, ApiError> {
    let bytes = parse_id_bytes(what, text, 32)?;
    Ok(padded::<32>(&bytes).into())
}

/// Parses a block or output id of a path. Like Hornet it fills up what is too short with zeros and
/// cuts off what is too long.
pub(super) fn parse_padded_id<const N: usize>(what: &str, text: &str) -> Result<[u8; N], ApiError> {
    parse_hex(what, &text.to_lowercase()).map(|bytes| padded(&bytes))
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut id = [0; N];
    for (target, byte) in id.iter_mut().zip(bytes) {
        *target = *byte;
    }
    id
}

/// Decodes 0x-prefixed hex of a parameter.
pub(super) fn parse_hex(what: &str, text: &str) -> Result<Vec<u8>, ApiError> {
    let invalid = |reason: &str| ApiError::invalid_parameter(format!("invalid {what}: {text}, error: {reason}"));
    let digits = text.strip_prefix("0x").ok_or_else(|| invalid("hex string without 0x prefix"))?;
    if digits.len() % 2 != 0 {
        return Err(invalid("hex string of odd length"));
    }
    let digits: Vec<u8> = digits
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok()))
        .collect::<Option<_>>()
        .ok_or_else(|| invalid("invalid hex string"))?;
    Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// Decodes an id that has a length of its own.
pub(super) fn parse_id_bytes(what: &str, text: &str, length: usize) -> Result<Vec<u8>, ApiError> {
    let bytes = parse_hex(what, &text.to_lowercase())?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(ApiError::invalid_parameter(format!("invalid {what}: {text}, invalid length: {}", bytes.len())))
    }
}
