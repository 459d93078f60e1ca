//! Control routes for tests, below `/api/devnet/v1`. The crate's README lists them.

mod mint;
mod network;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    Context,
    error::ApiError,
    faults::{Action, FalseDiff, Rule},
};
use crate::node::EnqueueError;

/// Enough for the addresses or outputs of the largest mint.
const BODY_LIMIT: usize = 1 << 28;
/// Most milestones that one request issues.
const MAX_MILESTONES: u32 = 100_000;

pub(super) fn routes() -> Router<Context> {
    let routes = Router::new()
        .route("/status", get(status))
        .route("/milestones", post(milestones))
        .route("/pause", post(|State(context): State<Context>| pause(context, true)))
        .route("/resume", post(|State(context): State<Context>| pause(context, false)))
        .route("/prune", post(prune))
        .route("/mint", post(mint::mint))
        .route("/withhold", post(withhold))
        .route("/health", post(health))
        .route("/nodes", post(network::add_node))
        .route("/lag", post(network::lag))
        .route("/network", post(network::leave).delete(network::come_back))
        .route("/stop", post(network::stop))
        .route("/start", post(network::start))
        .route("/restart", post(network::restart))
        .route("/disconnect", post(network::disconnect))
        .route("/fail", get(rules).post(fail).delete(clear))
        .route("/diff", get(diffs).post(diff).delete(clear_diffs))
        .route("/requests", get(requests))
        .route("/requests/reset", post(reset));
    Router::new().nest("/api/devnet/v1", routes.layer(DefaultBodyLimit::max(BODY_LIMIT)))
}

async fn status(State(context): State<Context>) -> Json<Value> {
    let node = context.node();
    let (confirmed, pruned) = {
        let state = node.read();
        (state.ledger.index(), state.ledger.pruned())
    };
    Json(json!({
        "confirmedMilestoneIndex": confirmed,
        "pruningIndex": pruned,
        "keepMilestones": node.keep(),
        "networkName": node.protocol.network_name(),
        "lag": node.lag().map(network::lag_json),
        "listening": context.is_open(),
        "paused": node.is_paused(),
        "healthy": context.faults.is_healthy(),
        "milestoneIntervalMs": node.config.milestone_interval.map(|interval| interval.as_millis().to_string()),
    }))
}

#[derive(Deserialize)]
struct Count {
    #[serde(default = "one")]
    count: u32,
}

fn one() -> u32 {
    1
}

async fn milestones(
    State(context): State<Context>,
    Query(Count { count }): Query<Count>,
) -> Result<Json<Value>, ApiError> {
    if count > MAX_MILESTONES {
        return Err(bad_request(format!("count is above {MAX_MILESTONES}")));
    }
    let index = blocking(move || context.node().issue_milestones(count).map_err(ApiError::internal)).await?;
    Ok(Json(json!({"index": index})))
}

/// It may wait for a milestone that is being made.
async fn pause(context: Context, paused: bool) -> Result<Json<Value>, ApiError> {
    blocking(move || {
        context.node().set_paused(paused);
        Ok(Json(json!({"paused": paused})))
    })
    .await
}

/// What to prune now, and how much to keep from now on.
#[derive(Deserialize)]
struct Pruning {
    index: Option<u32>,
    keep: Option<u32>,
}

async fn prune(
    State(context): State<Context>,
    Query(Pruning { index, keep }): Query<Pruning>,
) -> Result<Json<Value>, ApiError> {
    if index.is_none() && keep.is_none() {
        return Err(bad_request("an index to prune to, or how many milestones to keep, is needed"));
    }
    let node = context.node();
    blocking(move || {
        if let Some(keep) = keep {
            node.set_keep(keep);
        }
        if let Some(index) = index {
            node.prune(index);
        }
        let index = node.read().ledger.pruned();
        Ok(Json(json!({"pruningIndex": index, "keepMilestones": node.keep()})))
    })
    .await
}

#[derive(Deserialize)]
struct Healthy {
    healthy: bool,
}

async fn health(State(context): State<Context>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let Healthy { healthy } = parse(&body)?;
    context.faults.set_healthy(healthy);
    Ok(Json(json!({"healthy": healthy})))
}

async fn withhold(State(context): State<Context>, Query(Count { count }): Query<Count>) -> Json<Value> {
    context.node().set_withhold(count);
    Json(json!({"withhold": count}))
}

async fn rules(State(context): State<Context>) -> Json<Vec<Rule>> {
    Json(context.faults.rules())
}

async fn fail(State(context): State<Context>, body: Bytes) -> Result<Json<Vec<Rule>>, ApiError> {
    let rule: Rule = parse(&body)?;
    if rule.status.is_some_and(|status| StatusCode::from_u16(status).is_err()) {
        return Err(bad_request("status must be between 100 and 999"));
    }
    if rule.action == Some(Action::Patch) && rule.patch.is_none() {
        return Err(bad_request("the action patch needs a patch"));
    }
    if rule.count != Some(0) {
        context.faults.add(rule);
    }
    Ok(Json(context.faults.rules()))
}

async fn clear(State(context): State<Context>) -> StatusCode {
    context.faults.clear();
    StatusCode::NO_CONTENT
}

async fn diffs(State(context): State<Context>) -> Json<Vec<FalseDiff>> {
    Json(context.faults.diffs())
}

async fn diff(State(context): State<Context>, body: Bytes) -> Result<Json<Vec<FalseDiff>>, ApiError> {
    let diff: FalseDiff = parse(&body)?;
    if diff.count != Some(0) {
        context.faults.add_diff(diff);
    }
    Ok(Json(context.faults.diffs()))
}

async fn clear_diffs(State(context): State<Context>) -> StatusCode {
    context.faults.clear_diffs();
    StatusCode::NO_CONTENT
}

async fn requests(State(context): State<Context>) -> Json<Value> {
    let routes = context.faults.counts();
    let total: u64 = routes.values().sum();
    Json(json!({"total": total, "routes": routes}))
}

async fn reset(State(context): State<Context>) -> StatusCode {
    context.faults.reset_counts();
    StatusCode::NO_CONTENT
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(bad_request)
}

fn bad_request(detail: impl std::fmt::Display) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, detail.to_string())
}

/// Runs work that may take longer than a moment, away from the connections.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
}

impl From<EnqueueError> for ApiError {
    fn from(error: EnqueueError) -> Self {
        bad_request(error)
    }
}
