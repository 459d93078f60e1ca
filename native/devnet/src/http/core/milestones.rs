//! Milestones and what they changed.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use iota_sdk::{
    packable::PackableExt,
    types::block::{
        output::OutputId,
        payload::{Payload, milestone::dto::MilestonePayloadDto},
    },
};
use serde_json::{Value, json};

use super::{binary, parse_id, wants_binary};
use crate::{
    http::{Context, error::ApiError},
    node::{MilestoneRecord, State as NodeState},
};

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/core/v2/milestones/{milestoneId}", get(by_id))
        .route("/api/core/v2/milestones/{milestoneId}/utxo-changes", get(changes_by_id))
        .route("/api/core/v2/milestones/by-index/{index}", get(by_index))
        .route("/api/core/v2/milestones/by-index/{index}/utxo-changes", get(changes_by_index))
}

async fn by_id(
    State(context): State<Context>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    Ok(answer(find_by_id(&context.node().read(), &id)?, &headers))
}

async fn by_index(
    State(context): State<Context>,
    Path(index): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let index = parse_index(&index)?;
    let node = context.node();
    let state = node.read();
    let milestone =
        state.milestone(index).ok_or_else(|| ApiError::not_found(format!("milestone index not found: {index}")))?;
    Ok(answer(milestone, &headers))
}

async fn changes_by_id(State(context): State<Context>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let node = context.node();
    let state = node.read();
    changes(&context, &state, find_by_id(&state, &id)?.at.index)
}

async fn changes_by_index(State(context): State<Context>, Path(index): Path<String>) -> Result<Json<Value>, ApiError> {
    changes(&context, &context.node().read(), parse_index(&index)?)
}

/// Digits only, as Go reads numbers.
pub(super) fn parse_index(text: &str) -> Result<u32, ApiError> {
    let invalid = |reason: &str| {
        ApiError::invalid_parameter(format!(
            "invalid milestone index: {text}, error: strconv.ParseUint: parsing \"{text}\": {reason}"
        ))
    };
    if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(invalid("invalid syntax"));
    }
    text.parse().map_err(|_| invalid("value out of range"))
}

fn find_by_id<'a>(state: &'a NodeState, id: &str) -> Result<&'a MilestoneRecord, ApiError> {
    let id = parse_id("milestone ID", id)?;
    let milestone = state.milestone_by_id(&id);
    milestone.map(AsRef::as_ref).ok_or_else(|| ApiError::not_found(format!("milestone not found: {id}")))
}

fn answer(milestone: &MilestoneRecord, headers: &HeaderMap) -> Response {
    if wants_binary(headers) {
        binary(Payload::from(milestone.payload.clone()).pack_to_vec())
    } else {
        Json(MilestonePayloadDto::from(&milestone.payload)).into_response()
    }
}

fn changes(context: &Context, state: &NodeState, index: u32) -> Result<Json<Value>, ApiError> {
    let Some(diff) = context.faults.told_diff(&state.ledger, index) else {
        let detail = format!("can't load milestone diff for index: {index}, error: key not found");
        return Err(ApiError::not_found(detail));
    };
    let hex = |ids: &[OutputId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    Ok(Json(json!({
        "index": diff.index,
        "createdOutputs": hex(&diff.created),
        "consumedOutputs": hex(&diff.consumed),
    })))
}
