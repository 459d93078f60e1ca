//! Errors in the form and with the texts of Hornet's REST API.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error answer: `{"error":{"code":"404","message":"…"}}`.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// 400; Hornet repeats its own error kind behind the detail.
    pub(crate) fn invalid_parameter(detail: impl std::fmt::Display) -> Self {
        Self::detailed(StatusCode::BAD_REQUEST, "invalid parameter", detail)
    }

    /// 404 for a thing that is not known.
    pub(crate) fn not_found(detail: impl std::fmt::Display) -> Self {
        Self::detailed(StatusCode::NOT_FOUND, "Not Found", detail)
    }

    pub(crate) fn unavailable(detail: impl std::fmt::Display) -> Self {
        Self::detailed(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", detail)
    }

    pub(crate) fn internal(detail: impl std::fmt::Display) -> Self {
        Self::detailed(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", detail)
    }

    /// 404 for a path that is no route.
    pub(crate) fn no_route() -> Self {
        Self::bare(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 403 for a path that Hornet's configuration does not make public.
    pub(crate) fn forbidden() -> Self {
        Self::bare(StatusCode::FORBIDDEN, "Forbidden")
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::bare(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
    }

    pub(crate) fn too_large() -> Self {
        Self::bare(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large")
    }

    fn detailed(status: StatusCode, kind: &str, detail: impl std::fmt::Display) -> Self {
        Self::new(status, format!("{kind}, error: {detail}: code={}, message={kind}", status.as_u16()))
    }

    fn bare(status: StatusCode, kind: &str) -> Self {
        Self::new(status, format!("{kind}, error: code={}, message={kind}", status.as_u16()))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {"code": self.status.as_u16().to_string(), "message": self.message}});
        (self.status, Json(body)).into_response()
    }
}
