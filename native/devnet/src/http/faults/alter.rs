//! Answers that are not what the node would say, or not as it would say it.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{Rule, body::FaultBody};
use crate::http::error::ApiError;

/// 200 and a JSON string without end.
pub(super) fn endless() -> Response {
    (json_type(), Body::new(FaultBody::endless())).into_response()
}

/// 200 and a body that says to be JSON.
pub(super) fn garbage() -> Response {
    (json_type(), "<html>{\"not\": json").into_response()
}

/// The status, body and headers of a rule.
pub(super) fn status(rule: &Rule) -> Response {
    let status = rule.status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &rule.body {
        Some(body) => (status, json_type(), body.clone()).into_response(),
        None => ApiError::new(status, "made to fail").into_response(),
    };
    for (name, value) in &rule.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<header::HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Half of the body, then the end of the connection.
pub(super) async fn truncate(response: Response) -> Response {
    with_body(response, |bytes| FaultBody::broken(bytes.slice(..bytes.len() / 2))).await
}

/// Half of the body, then nothing.
pub(super) async fn stall(response: Response) -> Response {
    with_body(response, |bytes| FaultBody::stalled(bytes.slice(..bytes.len() / 2))).await
}

/// The body in small pieces.
pub(super) async fn trickle(response: Response, rule: &Rule) -> Response {
    let every = Duration::from_millis(rule.chunk_ms);
    with_body(response, |bytes| FaultBody::trickled(bytes.clone(), rule.chunk_bytes, every)).await
}

/// The answer with its JSON changed; one that is no JSON stays as it is.
pub(super) async fn patch(response: Response, patch: &Value) -> Response {
    let (mut parts, bytes) = collect(response).await;
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    merge(&mut value, patch);
    let bytes = Bytes::from(value.to_string());
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, Body::from(bytes))
}

/// RFC 7396: objects are merged, null removes, everything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// The answer with the length of its true body and another one.
async fn with_body(response: Response, body: impl FnOnce(&Bytes) -> FaultBody) -> Response {
    let (mut parts, bytes) = collect(response).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, Body::new(body(&bytes)))
}

async fn collect(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // the node's own answers are in memory already
    (parts, axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default())
}

fn json_type() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    /// The example of RFC 7396, section 3.
    #[test]
    fn a_merge_patch_of_the_specification() {
        let mut target = json!({
            "title": "Goodbye!",
            "author": {"givenName": "John", "familyName": "Doe"},
            "tags": ["example", "sample"],
            "content": "This will be unchanged"
        });
        let patch = json!({
            "title": "Hello!",
            "phoneNumber": "+01-123-456-7890",
            "author": {"familyName": null},
            "tags": ["example"]
        });
        merge(&mut target, &patch);
        let expected = json!({
            "title": "Hello!",
            "author": {"givenName": "John"},
            "tags": ["example"],
            "content": "This will be unchanged",
            "phoneNumber": "+01-123-456-7890"
        });
        assert_eq!(target, expected);
    }
}
