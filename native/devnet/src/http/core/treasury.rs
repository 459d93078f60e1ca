//! What is left of the migration from the legacy network: an empty treasury and no receipts.

use axum::{Json, Router, extract::Path, routing::get};
use iota_sdk::types::block::payload::milestone::MilestoneId;
use serde_json::{Value, json};

use super::milestones::parse_index;
use crate::http::{Context, error::ApiError};

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/core/v2/treasury", get(treasury))
        .route("/api/core/v2/receipts", get(|| async { receipts() }))
        // like Hornet, everything behind the slash is the index
        .route("/api/core/v2/receipts/{*index}", get(receipts_of))
}

/// Genesis leaves nothing to be migrated.
async fn treasury() -> Json<Value> {
    Json(json!({"milestoneId": MilestoneId::null().to_string(), "amount": "0"}))
}

async fn receipts_of(Path(index): Path<String>) -> Result<Json<Value>, ApiError> {
    parse_index(&index)?;
    Ok(receipts())
}

fn receipts() -> Json<Value> {
    Json(json!({"receipts": []}))
}
