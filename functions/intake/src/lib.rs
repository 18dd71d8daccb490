//! **intake**: takes HR webhooks in, `POST /hooks/{source}`. What they do is decided in `shared/decisions`.

use axum::{
    Extension, Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use latchkey_decisions::{Deps, Reply, RequestId, identified, receive};
use latchkey_hris::{MAX_BODY_BYTES, Refusal};
use tracing::Span;

/// Where webhooks of every source are posted.
pub const HOOKS: &str = "/hooks/{source}";

/// The routes of intake.
pub fn router(deps: Deps) -> Router {
    let routes = Router::new().route(HOOKS, post(hook));
    identified(routes.with_state(deps.clone()), deps)
}

async fn hook(
    State(deps): State<Deps>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    Span::current().record("source", &source);
    // One byte more than allowed is read, so that a body of any length is refused without keeping it.
    let reply = match to_bytes(body, MAX_BODY_BYTES + 1).await {
        Ok(bytes) => receive(&deps, &source, &headers, &bytes).await,
        Err(_) => {
            tracing::warn!(status = 413, "refused: the body is too long");
            Reply::from(Refusal::Oversize {
                bytes: MAX_BODY_BYTES + 1,
            })
        }
    };
    answer(reply, &request_id)
}

fn answer(mut reply: Reply, request_id: &str) -> Response {
    reply.body["requestId"] = request_id.into();
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = HeaderValue::from_static("application/json");
    let mut response = (
        status,
        [(header::CONTENT_TYPE, json)],
        reply.body.to_string(),
    )
        .into_response();
    if let Some(seconds) = reply.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
