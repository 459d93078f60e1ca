//! More nodes, nodes that lag, that are away, and that belong to another network.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{bad_request, blocking, parse};
use crate::{
    config::Config,
    http::{Context, error::ApiError, listener::ConnectionHandle},
    node::{Lag, Node},
};

/// Longest time a server stays away by itself.
const MAX_DOWN_MS: u64 = 3_600_000;

/// How far behind a node is held: one of the two, or neither.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LagRequest {
    behind: Option<u32>,
    at: Option<u32>,
}

impl LagRequest {
    fn lag(&self) -> Result<Option<Lag>, ApiError> {
        match (self.behind, self.at) {
            (Some(count), None) => Ok(Some(Lag::Behind(count))),
            (None, Some(index)) => Ok(Some(Lag::At(index))),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(bad_request("either behind or at")),
        }
    }
}

pub(super) fn lag_json(lag: Lag) -> Value {
    match lag {
        Lag::Behind(count) => json!({"behind": count}),
        Lag::At(index) => json!({"at": index}),
    }
}

/// Without a lag the new server stands before the same node, else before one of its own that follows.
pub(super) async fn add_node(State(context): State<Context>, body: Bytes) -> Result<Response, ApiError> {
    let lag = if body.is_empty() { None } else { parse::<LagRequest>(&body)?.lag()? };
    let mut node = context.node();
    if let Some(lag) = lag {
        node = blocking(move || Ok(node.follow(lag))).await?;
    }
    let server = Context::serve(node, 0).map_err(ApiError::internal)?;
    Ok((StatusCode::CREATED, Json(json!({"node": server.url()}))).into_response())
}

pub(super) async fn lag(State(context): State<Context>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let lag = parse::<LagRequest>(&body)?.lag()?.ok_or_else(|| bad_request("behind or at is needed"))?;
    let index = blocking(move || Ok(context.node().set_lag(lag))).await?;
    let index = index.ok_or_else(|| bad_request("this node makes the milestones: it cannot lag behind itself"))?;
    Ok(Json(json!({"confirmedMilestoneIndex": index})))
}

/// Another network; what is not given is as in this one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Network {
    network_name: Option<String>,
    hrp: Option<String>,
    /// The milestone it is at.
    milestone: Option<u32>,
}

pub(super) async fn leave(State(context): State<Context>, body: Bytes) -> Result<Json<Value>, ApiError> {
    let request: Network = if body.is_empty() { parse(b"{}")? } else { parse(&body)? };
    let here = context.node();
    let index = request.milestone.unwrap_or_else(|| here.read().ledger.index());
    if index > super::MAX_MILESTONES {
        return Err(bad_request(format!("milestone is above {}", super::MAX_MILESTONES)));
    }
    let mut config = Config { other_ledger: true, ..here.config.clone() };
    config.network_name = request.network_name.unwrap_or(config.network_name);
    config.hrp = request.hrp.unwrap_or(config.hrp);
    let node = blocking(move || {
        let node = Node::new(config).map_err(bad_request)?;
        node.issue_milestones(index.saturating_sub(1)).map_err(ApiError::internal)?;
        Ok(node)
    });
    let node = Arc::new(node.await?);
    let answer =
        json!({"networkName": node.protocol.network_name(), "confirmedMilestoneIndex": node.read().ledger.index()});
    context.set_away(Some(node));
    Ok(Json(answer))
}

pub(super) async fn come_back(State(context): State<Context>) -> Json<Value> {
    context.set_away(None);
    Json(json!({"networkName": context.node().protocol.network_name()}))
}

/// Closes the node's server. What asked for it over that server is still answered, as the last one.
pub(super) async fn stop(
    State(context): State<Context>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
) -> Response {
    context.close(Some(&connection)).await;
    last_answer(json!({"listening": false}))
}

pub(super) async fn start(State(context): State<Context>) -> Result<Json<Value>, ApiError> {
    context.open().await.map_err(ApiError::internal)?;
    Ok(Json(json!({"listening": true})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Restart {
    #[serde(default)]
    down_ms: u64,
}

pub(super) async fn restart(
    State(context): State<Context>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
    Query(Restart { down_ms }): Query<Restart>,
) -> Result<Response, ApiError> {
    if down_ms > MAX_DOWN_MS {
        return Err(bad_request(format!("downMs is above {MAX_DOWN_MS}")));
    }
    context.close(Some(&connection)).await;
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(down_ms)).await;
        if let Err(error) = context.open().await {
            tracing::error!(%error, "the node's port is taken");
        }
    });
    Ok(last_answer(json!({"downMs": down_ms})))
}

pub(super) async fn disconnect(
    State(context): State<Context>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
) -> StatusCode {
    context.disconnect(Some(&connection));
    StatusCode::NO_CONTENT
}

/// An answer after which its connection ends.
fn last_answer(body: Value) -> Response {
    let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
    (StatusCode::ACCEPTED, close, Json(body)).into_response()
}
