//! Each request has an id: it stands in every line that is logged for it, and in the answer, so that one leads to the
//! other.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use sha2::{Digest, Sha256};
use tracing::{Instrument, field::Empty, info_span};

use crate::Deps;

/// The answer's header with the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, for whoever answers it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The routes, each of whose requests has an id.
pub fn identified(routes: Router, deps: Deps) -> Router {
    routes.layer(from_fn_with_state(deps, identify))
}

async fn identify(State(deps): State<Deps>, mut request: Request, next: Next) -> Response {
    let id = request_id(&deps, request.headers());
    // What is asked for is not in it: the path of a task's link works as a password.
    let span = info_span!("request", request_id = id, source = Empty);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
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
