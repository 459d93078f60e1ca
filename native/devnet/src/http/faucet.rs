//! The faucet's REST API, as inx-faucet has it.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Context, error::ApiError};
use crate::node::EnqueueError;

pub(super) fn routes() -> Router<Context> {
    Router::new().route("/api/info", get(info)).route("/api/enqueue", post(enqueue))
}

#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    address: String,
}

async fn info(State(context): State<Context>) -> Json<Value> {
    let (address, balance) = context.node().faucet_info();
    Json(json!({
        "isHealthy": context.faults.is_healthy(),
        "address": address,
        "balance": balance,
        "tokenName": "TestCoin",
        "bech32Hrp": context.node().protocol.bech32_hrp().to_string(),
    }))
}

async fn enqueue(State(context): State<Context>, body: Result<Bytes, BytesRejection>) -> Result<Response, ApiError> {
    let body =
        body.map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, format!("Invalid Request! Error: {error}")))?;
    let request: Request = serde_json::from_slice(&body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, format!("Invalid Request! Error: {error}")))?;
    if !context.faults.is_healthy() {
        let message = "Faucet node is not synchronized/healthy. Please try again later!";
        return Err(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message));
    }
    let waiting = context.node().enqueue(&request.address).map_err(|error| {
        let status = match error {
            EnqueueError::InvalidAddress | EnqueueError::WrongNetwork(_) | EnqueueError::AlreadyWaiting => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        ApiError::new(status, error.to_string())
    })?;
    let answer = json!({"address": request.address, "waitingRequests": waiting});
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}
