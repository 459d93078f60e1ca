//! Control routes for tests, below `/api/devnet/v1`. The crate's README lists them.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use iota_sdk::types::{
    TryFromDto,
    block::output::{Output, dto::OutputDto},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{Context, error::ApiError, faults::Rule};
use crate::node::{EnqueueError, MAX_PAID_OUTPUTS, Node};

/// Most outputs that one request mints.
const MAX_MINTED: usize = 1_000_000;
/// Most milestones that one request issues.
const MAX_MILESTONES: u32 = 100_000;

pub(super) fn routes() -> Router<Context> {
    let routes = Router::new()
        .route("/status", get(status))
        .route("/milestones", post(milestones))
        .route("/pause", post(|State(context): State<Context>| async move { pause(&context, true) }))
        .route("/resume", post(|State(context): State<Context>| async move { pause(&context, false) }))
        .route("/prune", post(prune))
        .route("/mint", post(mint))
        .route("/withhold", post(withhold))
        .route("/health", post(health))
        .route("/nodes", post(add_node))
        .route("/fail", get(rules).post(fail).delete(clear))
        .route("/requests", get(requests))
        .route("/requests/reset", post(reset));
    Router::new().nest("/api/devnet/v1", routes)
}

async fn status(State(context): State<Context>) -> Json<Value> {
    let node = &context.node;
    Json(json!({
        "confirmedMilestoneIndex": node.read().ledger.index(),
        "pruningIndex": node.read().ledger.pruned(),
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
    let index = blocking(move || context.node.issue_milestones(count).map_err(ApiError::internal)).await?;
    Ok(Json(json!({"index": index})))
}

fn pause(context: &Context, paused: bool) -> Json<Value> {
    context.node.set_paused(paused);
    Json(json!({"paused": paused}))
}

#[derive(Deserialize)]
struct Index {
    index: u32,
}

async fn prune(State(context): State<Context>, Query(Index { index }): Query<Index>) -> Result<Json<Value>, ApiError> {
    let index = blocking(move || Ok(context.node.prune(index))).await?;
    Ok(Json(json!({"pruningIndex": index})))
}

async fn add_node(State(context): State<Context>) -> Result<Response, ApiError> {
    let url = super::add_server(&context.node).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, Json(json!({"node": url}))).into_response())
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
    context.node.set_withhold(count);
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
    if rule.count != Some(0) {
        context.faults.add(rule);
    }
    Ok(Json(context.faults.rules()))
}

async fn clear(State(context): State<Context>) -> StatusCode {
    context.faults.clear();
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

/// What `mint` creates: plain outputs to an address, or outputs as given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mint {
    address: Option<String>,
    amount: Option<Amount>,
    output: Option<Value>,
    #[serde(default)]
    outputs: Vec<Value>,
    #[serde(default = "one")]
    count: u32,
}

/// Base units, as a JSON number or a decimal string.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Text(String),
}

async fn mint(State(context): State<Context>, body: Bytes) -> Result<Response, ApiError> {
    let request: Mint = parse(&body)?;
    let answer = blocking(move || {
        let outputs = outputs_of(&context.node, request)?;
        let mut payments = Vec::new();
        for outputs in outputs.chunks(MAX_PAID_OUTPUTS) {
            payments.push(context.node.pay(outputs.to_vec(), true).map_err(bad_request)?);
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
    if let Some(address) = request.address {
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
