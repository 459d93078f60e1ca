//! The node's and the faucet's REST servers.

mod control;
mod core;
mod error;
mod faucet;
mod faults;
mod indexer;
mod listener;
mod server;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};

use self::{error::ApiError, faults::Faults, listener::ConnectionHandle};
pub(crate) use self::{
    listener::{Connections, DroppingListener},
    server::{Context, bind},
};

/// Hornet's default limit of a request body.
const BODY_LIMIT: usize = 1 << 20;

/// Serves the node's API until the future is dropped.
async fn serve_node(listener: DroppingListener, context: Context) -> std::io::Result<()> {
    let api = Router::new()
        .route("/health", get(health))
        .merge(core::routes())
        .merge(indexer::routes())
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .fallback(|uri: Uri| async move {
            if uri.path().starts_with("/api/") { ApiError::no_route() } else { ApiError::forbidden() }
        })
        // counts and faults: everything but the control routes below
        .layer(middleware::from_fn_with_state(context.clone(), faults::apply));
    serve(listener, control::routes().fallback_service(api.with_state(context.clone())).with_state(context)).await
}

/// Serves the faucet's API until the future is dropped.
pub(crate) async fn serve_faucet(listener: DroppingListener, context: Context) -> std::io::Result<()> {
    let api = Router::new()
        .route("/health", get(health))
        .merge(faucet::routes())
        .method_not_allowed_fallback(|| async { ApiError::method_not_allowed() })
        .fallback(|| async { ApiError::no_route() });
    // the control routes here too: the node's own port may be closed
    serve(listener, control::routes().fallback_service(api.with_state(context.clone())).with_state(context)).await
}

async fn serve(listener: DroppingListener, router: Router) -> std::io::Result<()> {
    let router = router.layer(DefaultBodyLimit::max(BODY_LIMIT)).layer(middleware::map_response(name_charset));
    let service = router.into_make_service_with_connect_info::<ConnectionHandle>();
    axum::serve(listener, service).await
}

/// Hornet's JSON answers name their charset.
async fn name_charset(mut response: Response) -> Response {
    if let Some(value) = response.headers_mut().get_mut(header::CONTENT_TYPE)
        && value == "application/json"
    {
        *value = HeaderValue::from_static("application/json; charset=UTF-8");
    }
    response
}

async fn health(axum::extract::State(context): axum::extract::State<Context>) -> Response {
    if context.faults.is_healthy() {
        axum::http::StatusCode::OK.into_response()
    } else {
        axum::http::StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}
