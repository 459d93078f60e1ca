//! Blocks, their metadata, and submission.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use iota_sdk::{
    packable::PackableExt,
    types::{
        TryFromDto,
        block::{Block, BlockDto, BlockId, output::OutputId, payload::transaction::TransactionId},
    },
};
use serde_json::{Map, Value, json};

use super::{BINARY, binary, parse_id, parse_padded_id, starts_with, wants_binary};
use crate::{
    http::{Context, error::ApiError},
    node::{Node, State as NodeState, SubmitError},
    tangle::{BlockRecord, Inclusion},
};

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/core/v2/blocks", post(submit))
        .route("/api/core/v2/blocks/{blockId}", get(block))
        .route("/api/core/v2/blocks/{blockId}/metadata", get(block_metadata))
        .route("/api/core/v2/transactions/{transactionId}/included-block", get(included_block))
        .route("/api/core/v2/transactions/{transactionId}/included-block/metadata", get(included_block_metadata))
}

async fn submit(
    State(context): State<Context>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let is_binary = starts_with(&headers, header::CONTENT_TYPE, BINARY);
    if !is_binary && !starts_with(&headers, header::CONTENT_TYPE, "application/json") {
        return Err(ApiError::unsupported_media_type());
    }
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::too_large(),
        _ => ApiError::invalid_parameter(format!("invalid block, error: {error}")),
    })?;
    let node = context.node();
    let work = move || -> Result<BlockId, ApiError> {
        let bytes = if is_binary { body.to_vec() } else { block_from_json(&node, &body)? };
        node.submit(bytes).map_err(|error| match error {
            SubmitError::NoPow => ApiError::unavailable(error),
            SubmitError::Malformed(_) | SubmitError::Invalid(_) => ApiError::invalid_parameter(error),
        })
    };
    // proof of work takes seconds, everything else microseconds
    let id = if context.node().protocol.min_pow_score() == 0 {
        work()?
    } else {
        tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)??
    };
    let location = [(header::LOCATION, id.to_string())];
    Ok((StatusCode::CREATED, location, Json(json!({"blockId": id.to_string()}))).into_response())
}

/// A JSON block in its serialized form. `parents` and `nonce` may be missing or empty.
fn block_from_json(node: &Node, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let invalid = |error: &dyn std::fmt::Display| ApiError::invalid_parameter(format!("invalid block, error: {error}"));
    let mut object: Map<String, Value> = serde_json::from_slice(body).map_err(|error| invalid(&error))?;
    let missing = |value: Option<&Value>| {
        value.is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "")
    };
    if missing(object.get("nonce")) {
        object.insert("nonce".into(), "0".into());
    }
    let no_parents = missing(object.get("parents"));
    if no_parents {
        object.insert("parents".into(), json!([BlockId::null().to_string()]));
    }
    let kind = object.get("payload").and_then(|payload| payload.get("type")).cloned();
    let dto: BlockDto = serde_json::from_value(Value::Object(object)).map_err(|error| invalid(&error))?;
    let block = Block::try_from_dto_with_params(dto, &node.protocol).map_err(|error| invalid(&error))?;
    // the payload's own type decides, not what its fields look like
    if kind != block.payload().map(|payload| payload.kind().into()) {
        return Err(invalid(&"unable to decode payload type from JSON: unknown payload type"));
    }
    let mut bytes = block.pack_to_vec();
    if no_parents {
        // back to the form without parents, which the node completes
        bytes.splice(1..2 + BlockId::LENGTH, [0]);
    }
    Ok(bytes)
}

async fn block(
    State(context): State<Context>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = BlockId::new(parse_padded_id("block ID", &id)?);
    answer_block(&context.node().read(), &id, &headers)
}

async fn block_metadata(State(context): State<Context>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let id = BlockId::new(parse_padded_id("block ID", &id)?);
    metadata(&context.node().read(), &id).map(Json)
}

async fn included_block(
    State(context): State<Context>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse_id("transaction ID", &id)?;
    let node = context.node();
    let state = node.read();
    answer_block(&state, &including_block(&state, id)?, &headers)
}

async fn included_block_metadata(
    State(context): State<Context>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id("transaction ID", &id)?;
    let node = context.node();
    let state = node.read();
    metadata(&state, &including_block(&state, id)?).map(Json)
}

/// The block whose transaction the ledger applied; like Hornet, by the transaction's first output.
fn including_block(state: &NodeState, id: TransactionId) -> Result<BlockId, ApiError> {
    let first = OutputId::new(id, 0).expect("0 is a valid index");
    let record = state.ledger.get(&first);
    record
        .map(|record| record.block_id)
        .ok_or_else(|| ApiError::not_found(format!("output for transaction not found: {id}")))
}

fn known<'a>(state: &'a NodeState, id: &BlockId) -> Result<&'a BlockRecord, ApiError> {
    state.tangle.get(id).ok_or_else(|| ApiError::not_found(format!("block not found: {id}")))
}

fn answer_block(state: &NodeState, id: &BlockId, headers: &HeaderMap) -> Result<Response, ApiError> {
    let record = known(state, id)?;
    if wants_binary(headers) {
        return Ok(binary(record.bytes.to_vec()));
    }
    let block = Block::unpack_unverified(&record.bytes).map_err(|error| ApiError::internal(format!("{error:?}")))?;
    Ok(Json(BlockDto::from(&block)).into_response())
}

fn metadata(state: &NodeState, id: &BlockId) -> Result<Value, ApiError> {
    let record = known(state, id)?;
    let mut answer = json!({
        "blockId": id.to_string(),
        "parents": record.parents.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "isSolid": true,
    });
    let mut set = |name: &str, value: Value| answer[name] = value;
    if let Some(index) = record.milestone {
        set("milestoneIndex", index.into());
    }
    if let Some(referenced) = record.referenced {
        set("referencedByMilestoneIndex", referenced.milestone.into());
        set("whiteFlagIndex", referenced.white_flag_index.into());
        let inclusion = match referenced.inclusion {
            Inclusion::NoTransaction => "noTransaction",
            Inclusion::Included => "included",
            Inclusion::Conflicting(reason) => {
                set("conflictReason", u8_of(reason).into());
                "conflicting"
            }
        };
        set("ledgerInclusionState", inclusion.into());
    } else {
        let (promote, reattach) = state.tangle.advice(record);
        set("shouldPromote", promote.into());
        set("shouldReattach", reattach.into());
    }
    Ok(answer)
}

fn u8_of(reason: iota_sdk::types::block::semantic::ConflictReason) -> u8 {
    // its serialized form is the number
    reason.pack_to_vec().first().copied().unwrap_or_default()
}
