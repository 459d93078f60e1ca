//! The indexer API, version 1 (TIP-26): unspent outputs by what they hold.

mod filter;

use std::ops::Bound;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    routing::get,
};
use iota_sdk::types::block::output::OutputId;
use serde_json::{Value, json};

use self::filter::{Filters, Params};
use super::{Context, core::parse_id_bytes, error::ApiError};
use crate::{
    ledger::{Position, kind_of},
    node::State as NodeState,
};

/// Most items of one answer.
const MAX_PAGE_SIZE: usize = 1000;

pub(super) fn routes() -> Router<Context> {
    Router::new()
        .route("/api/indexer/v1/outputs", get(|state, query| list(state, query, None)))
        .route("/api/indexer/v1/outputs/basic", get(|state, query| list(state, query, Some("basic"))))
        .route("/api/indexer/v1/outputs/alias", get(|state, query| list(state, query, Some("alias"))))
        .route("/api/indexer/v1/outputs/foundry", get(|state, query| list(state, query, Some("foundry"))))
        .route("/api/indexer/v1/outputs/nft", get(|state, query| list(state, query, Some("nft"))))
        .route("/api/indexer/v1/outputs/alias/{aliasId}", get(|state, path| chain(state, path, "alias", 32)))
        .route("/api/indexer/v1/outputs/foundry/{foundryId}", get(|state, path| chain(state, path, "foundry", 38)))
        .route("/api/indexer/v1/outputs/nft/{nftId}", get(|state, path| chain(state, path, "nft", 32)))
}

async fn list(
    State(context): State<Context>,
    Query(params): Query<Vec<(String, String)>>,
    kind: Option<&'static str>,
) -> Result<Json<Value>, ApiError> {
    // of a repeated parameter the first counts
    let params: Params = params.into_iter().rev().collect();
    let page = Page::parse(&params)?;
    let filters = Filters::parse(&context.node(), &params, kind)?;
    let node = context.node();
    let state = node.read();
    let (items, next) = page.collect(&state, &filters);
    let mut answer = json!({
        "ledgerIndex": state.ledger.index(),
        "pageSize": page.size,
        "items": items.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Some(position) = next {
        answer["cursor"] = format!("{}.{}", hex_position(position), page.size).into();
    }
    Ok(Json(answer))
}

async fn chain(
    State(context): State<Context>,
    Path(id): Path<String>,
    name: &'static str,
    length: usize,
) -> Result<Json<Value>, ApiError> {
    let what = format!("{name} ID");
    let bytes = parse_id_bytes(&what, &id, length)?;
    let kind = kind_of(name).expect("called with the names of kinds only");
    let node = context.node();
    let state = node.read();
    let found = state.ledger.unspent().chain(kind, &bytes);
    let found = found.ok_or_else(|| ApiError::not_found("record not found"))?;
    Ok(Json(json!({"ledgerIndex": state.ledger.index(), "pageSize": 0, "items": [found.to_string()]})))
}

/// Which part of a result is asked for.
struct Page {
    size: usize,
    start: Option<Position>,
}

impl Page {
    fn parse(params: &Params) -> Result<Self, ApiError> {
        let mut page = Self { size: MAX_PAGE_SIZE, start: None };
        if let Some(text) = params.get("pageSize").filter(|text| !text.is_empty()) {
            page.size = parse_size(text)
                .ok_or_else(|| ApiError::invalid_parameter(format!("invalid value: {text}, error: pageSize")))?;
        }
        if let Some(text) = params.get("cursor").filter(|text| !text.is_empty()) {
            let parsed = text.split_once('.').and_then(|(position, size)| {
                Some(Self { size: parse_size(size)?, start: Some(parse_position(position)?) })
            });
            page = parsed.ok_or_else(|| ApiError::invalid_parameter("query parameter cursor has wrong format"))?;
        }
        page.size = page.size.min(MAX_PAGE_SIZE);
        Ok(page)
    }

    /// The items of this page, and where the next one begins.
    fn collect(&self, state: &NodeState, filters: &Filters) -> (Vec<OutputId>, Option<Position>) {
        let mut items = Vec::new();
        let Some(candidates) = filters.candidates(state.ledger.unspent()) else {
            return (items, None);
        };
        let start = self.start.map_or(Bound::Unbounded, Bound::Included);
        for position in candidates.range((start, Bound::Unbounded)) {
            let Some(record) = state.ledger.get(&position.1) else {
                continue;
            };
            if !filters.matches(record) {
                continue;
            }
            if items.len() == self.size {
                return (items, Some(*position));
            }
            items.push(position.1);
        }
        (items, None)
    }
}

fn parse_size(text: &str) -> Option<usize> {
    text.parse().ok().filter(|size| *size >= 1)
}

fn hex_position((created, id): Position) -> String {
    format!("{created:08x}{}", id.to_string().trim_start_matches("0x"))
}

fn parse_position(text: &str) -> Option<Position> {
    let (created, id) = text.split_at_checked(8)?;
    Some((u32::from_str_radix(created, 16).ok()?, format!("0x{}", id.to_lowercase()).parse().ok()?))
}
