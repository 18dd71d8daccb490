//! `POST /hooks/{source}`.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use latchkey_hris::{MAX_BODY_BYTES, Refusal};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::{Deps, Reply, receive};

/// Where webhooks of every source are posted.
pub const HOOKS: &str = "/hooks/{source}";

/// The routes of intake.
pub fn router(deps: Deps) -> Router {
    Router::new().route(HOOKS, post(hook)).with_state(deps)
}

async fn hook(
    State(deps): State<Deps>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let request_id = request_id(&deps, &headers);
    let span = tracing::info_span!("hook", request_id, source);
    let reply = async {
        // One byte more than allowed is read, so that a body of any length is refused without keeping it.
        match to_bytes(body, MAX_BODY_BYTES + 1).await {
            Ok(bytes) => receive(&deps, &source, &headers, &bytes).await,
            Err(_) => {
                tracing::warn!(status = 413, "refused: the body is too long");
                Reply::from(Refusal::Oversize {
                    bytes: MAX_BODY_BYTES + 1,
                })
            }
        }
    }
    .instrument(span)
    .await;
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

/// API Gateway's own id of the request where there is one, else a new one.
fn request_id(deps: &Deps, headers: &HeaderMap) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let given = headers.get("x-amzn-trace-id").and_then(|v| v.to_str().ok());
    match given {
        Some(id) if id.len() <= 128 => id.to_owned(),
        _ => {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let seed = format!("{} {} {count}", deps.clock.now(), std::process::id());
            hex::encode(&Sha256::digest(seed)[..8])
        }
    }
}
