//! The node's neighbours: it has none.

use axum::{Json, Router, extract::Path, routing::get};
use serde_json::{Value, json};

use crate::http::{Context, error::ApiError};

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/core/v2/peers", get(|| async { Json(json!([])) }))
        .route("/api/core/v2/peers/{peerId}", get(peer))
}

async fn peer(Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    if is_peer_id(&id) {
        return Err(ApiError::not_found(format!("peer not found, peerID: {id}")));
    }
    let detail = "invalid peerID, error: failed to parse peer ID: invalid cid: cid too short";
    Err(ApiError::invalid_parameter(detail))
}

/// The base58 form of an Ed25519 or a hashed key, as libp2p writes it.
fn is_peer_id(text: &str) -> bool {
    let base58 = |character: char| character.is_ascii_alphanumeric() && !"0OIl".contains(character);
    let of_length = (text.starts_with("12D3Koo") && text.len() == 52) || (text.starts_with("Qm") && text.len() == 46);
    of_length && text.chars().all(base58)
}
