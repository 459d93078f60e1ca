//! Counting requests, and answering some of them wrongly on purpose.

mod body;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use self::body::FaultBody;
use super::{Context, listener::ConnectionHandle};

/// What is done to a request that a rule matches, after its latency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Action {
    /// Answered with the rule's status and body.
    Status,
    /// The connection ends without an answer.
    Drop,
    /// The true answer, of whose body only half arrives before the connection ends.
    Truncate,
    /// 200 and a body that begins like JSON and never ends.
    Endless,
    /// 200 and a body that is not JSON.
    Garbage,
    /// Answered truly, but late.
    #[default]
    Delay,
}

/// A rule of `POST /api/devnet/v1/fail`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// `[METHOD ]path`; in the path `*` and `{name}` stand for anything but a slash, `**` for anything.
    pub(crate) route: String,
    /// So many requests; without it, until the rules are cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    /// Without it `status`, when a status is given, and else `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<Action>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// Body of a `status` answer; without it an error in the node's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// Headers of a `status` answer, such as `Location` or `Retry-After`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) latency_ms: u64,
}

impl Rule {
    fn action(&self) -> Action {
        self.action.unwrap_or(if self.status.is_some() { Action::Status } else { Action::Delay })
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        match self.route.split_once(' ') {
            Some((wanted, pattern)) => wanted.eq_ignore_ascii_case(method) && matches(pattern, path),
            None => matches(&self.route, path),
        }
    }
}

/// Requests so far, and the rules for those to come.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    unhealthy: bool,
    rules: Vec<Rule>,
    counts: BTreeMap<String, u64>,
}

impl Faults {
    pub(crate) fn add(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    pub(crate) fn clear(&self) {
        self.lock().rules.clear();
    }

    pub(crate) fn rules(&self) -> Vec<Rule> {
        self.lock().rules.clone()
    }

    /// Requests by `METHOD route` since the start or the last reset.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().counts.clone()
    }

    pub(crate) fn reset_counts(&self) {
        self.lock().counts.clear();
    }

    pub(crate) fn set_healthy(&self, healthy: bool) {
        self.lock().unhealthy = !healthy;
    }

    /// What the server says of its node's health.
    pub(crate) fn is_healthy(&self) -> bool {
        !self.lock().unhealthy
    }

    /// Counts a request and takes the first rule that is for it.
    fn note(&self, route: String, method: &str, path: &str) -> Option<Rule> {
        let mut inner = self.lock();
        *inner.counts.entry(route).or_default() += 1;
        let index = inner.rules.iter().position(|rule| rule.matches(method, path))?;
        let rule = inner.rules.get_mut(index)?;
        let taken = rule.clone();
        if let Some(count) = &mut rule.count {
            *count = count.saturating_sub(1);
            if *count == 0 {
                inner.rules.remove(index);
            }
        }
        Some(taken)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Matches a path with `*` and `{name}` (no slash) and `**` (anything).
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix("**") {
        return (0..=path.len()).any(|at| path.is_char_boundary(at) && matches(rest, &path[at..]));
    }
    let rest = match pattern.strip_prefix('*') {
        Some(rest) => Some(rest),
        None => pattern.strip_prefix('{').and_then(|inner| inner.split_once('}')).map(|(_, rest)| rest),
    };
    if let Some(rest) = rest {
        let segment = path.find('/').unwrap_or(path.len());
        return (0..=segment).any(|at| path.is_char_boundary(at) && matches(rest, &path[at..]));
    }
    let (mut pattern, mut path) = (pattern.chars(), path.chars());
    match (pattern.next(), path.next()) {
        (None, None) => true,
        (Some(wanted), Some(found)) => wanted == found && matches(pattern.as_str(), path.as_str()),
        _ => false,
    }
}

/// The middleware.
pub(super) async fn apply(
    State(context): State<Context>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
    request: Request,
    next: Next,
) -> Response {
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>().map_or("(no route)", MatchedPath::as_str);
    let Some(rule) = context.faults.note(format!("{method} {route}"), &method, &path) else {
        return next.run(request).await;
    };
    tracing::debug!(%method, path, action = ?rule.action(), "fault");
    tokio::time::sleep(Duration::from_millis(rule.latency_ms)).await;
    match rule.action() {
        Action::Delay => next.run(request).await,
        Action::Status => status_answer(&rule),
        Action::Drop => {
            connection.cut();
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Action::Truncate => truncate(next.run(request).await).await,
        Action::Endless => (json_type(), Body::new(FaultBody::endless())).into_response(),
        Action::Garbage => (json_type(), "<html>{\"not\": json").into_response(),
    }
}

fn json_type() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]
}

fn status_answer(rule: &Rule) -> Response {
    let status = rule.status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &rule.body {
        Some(body) => (status, json_type(), body.clone()).into_response(),
        None => super::error::ApiError::new(status, "made to fail").into_response(),
    };
    for (name, value) in &rule.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<header::HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, Body::new(FaultBody::broken(bytes.slice(..bytes.len() / 2))))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let path = "/api/core/v2/outputs/0x00/metadata";
        for pattern in ["/api/core/v2/outputs/*/metadata", "/api/core/v2/outputs/{outputId}/metadata", "/api/**", path]
        {
            assert!(matches(pattern, path), "{pattern}");
        }
        for pattern in ["/api/core/v2/outputs/*", "/api/*", "/api/core/v2/outputs/{outputId}", "", "/api/**/x"] {
            assert!(!matches(pattern, path), "{pattern}");
        }
    }
}
