//! Outputs and their metadata.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use iota_sdk::{
    packable::PackableExt,
    types::block::output::{OutputId, dto::OutputDto},
};
use serde_json::{Value, json};

use super::{binary, parse_padded_id, wants_binary};
use crate::{
    http::{Context, error::ApiError},
    ledger::{Ledger, Record},
};

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/core/v2/outputs/{outputId}", get(output))
        .route("/api/core/v2/outputs/{outputId}/metadata", get(output_metadata))
}

async fn output(
    State(context): State<Context>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let id = parse_output_id(&id)?;
    let node = context.node();
    let state = node.read();
    let record = known(&state.ledger, &id)?;
    if wants_binary(&headers) {
        return Ok(binary(record.output.pack_to_vec()));
    }
    let output = OutputDto::from(record.output.as_ref());
    Ok(Json(json!({"metadata": metadata(&state.ledger, &id, record), "output": output})).into_response())
}

async fn output_metadata(State(context): State<Context>, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let id = parse_output_id(&id)?;
    let node = context.node();
    let state = node.read();
    Ok(Json(metadata(&state.ledger, &id, known(&state.ledger, &id)?)))
}

fn parse_output_id(text: &str) -> Result<OutputId, ApiError> {
    let bytes: [u8; OutputId::LENGTH] = parse_padded_id("output ID", text)?;
    // no transaction has so many outputs
    OutputId::try_from(bytes).map_err(|_| {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        ApiError::not_found(format!("output not found: 0x{digits}"))
    })
}

fn known<'a>(ledger: &'a Ledger, id: &OutputId) -> Result<&'a Record, ApiError> {
    ledger.get(id).ok_or_else(|| ApiError::not_found(format!("output not found: {id}")))
}

fn metadata(ledger: &Ledger, id: &OutputId, record: &Record) -> Value {
    let mut answer = json!({
        "blockId": record.block_id.to_string(),
        "transactionId": id.transaction_id().to_string(),
        "outputIndex": id.index(),
        "isSpent": record.spent.is_some(),
        "milestoneIndexBooked": record.booked.index,
        "milestoneTimestampBooked": record.booked.timestamp,
        "ledgerIndex": ledger.index(),
    });
    if let Some(spent) = record.spent {
        answer["milestoneIndexSpent"] = spent.at.index.into();
        answer["milestoneTimestampSpent"] = spent.at.timestamp.into();
        answer["transactionIdSpent"] = spent.transaction_id.to_string().into();
    }
    answer
}
