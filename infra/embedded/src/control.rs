//! How commands reach the `latchkey up` of a folder: an address on this machine, and a key that only who can read the
//! folder has. It has a listener of its own, so that nothing of it is reachable by whoever reaches hooks and pages.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::post,
};
use latchkey_lifecycle::CaseId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;

use crate::{
    acting::Acting,
    private,
    server::{Limits, Server},
    stack::file,
};

/// Where a command tells which cases it changed.
pub const CHANGED: &str = "/changed";

/// How many cases one request names at most, so that it fits into a body.
pub const AT_ONCE: usize = 1000;

/// Where a running Latchkey is told things, and with which key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// What its addresses begin with.
    pub address: String,
    /// What each request has to show, as a bearer token.
    pub key: String,
}

impl Endpoint {
    /// The one that is noted in a folder; `None` where no Latchkey runs that can be told anything. One that was killed
    /// leaves its note behind.
    pub fn noted_in(directory: &Path) -> Option<Endpoint> {
        let text = std::fs::read(directory.join(file::CONTROL)).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// What a command changed in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Cases with a new revision, at most [`AT_ONCE`].
    pub cases: Vec<CaseId>,
}

/// The endpoint, for as long as it is kept.
pub struct Control {
    note: PathBuf,
    server: Option<Server>,
}

impl Control {
    /// Opens it, and notes in the folder where it is. `more` is answered there, too, to whoever has the key.
    ///
    /// # Errors
    /// When there is no port or no randomness, or the folder cannot be written.
    pub async fn open(directory: &Path, acting: Acting, more: Router) -> io::Result<Control> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let endpoint = Endpoint {
            address: format!("http://{}", listener.local_addr()?),
            key,
        };
        let routes = Router::new()
            .route(CHANGED, post(changed))
            .with_state(acting)
            .merge(more)
            .layer(from_fn_with_state(Arc::<str>::from(&*endpoint.key), known));
        let note = directory.join(file::CONTROL);
        private::write(&note, serde_json::to_vec(&endpoint)?)?;
        let server = Some(Server::start(listener, routes, LIMITS));
        Ok(Control { note, server })
    }

    /// Takes nothing more, and answers what was asked.
    pub async fn close(mut self) {
        if let Some(server) = self.server.take() {
            server.close().await;
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.note);
    }
}

/// A few commands of one operator.
const LIMITS: Limits = Limits {
    connections: 32,
    arriving: 1,
    forms: 16,
    own: 1,
    hooks: 1,
    pages: 16,
    head: Duration::from_secs(5),
    body: Duration::from_secs(5),
    age: Duration::from_secs(120),
};

/// Answers only whoever shows the key.
async fn known(State(key): State<Arc<str>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if !shown.is_some_and(|shown| is_same(shown, key.as_bytes())) {
        let text = "This is for the commands of whoever may read Latchkey's folder.\n";
        return (StatusCode::UNAUTHORIZED, text).into_response();
    }
    next.run(request).await
}

/// Compares in the same time wherever they differ.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differs = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differs == 0
}

async fn changed(State(acting): State<Acting>, body: Bytes) -> Response {
    let Ok(changed) = serde_json::from_slice::<Changed>(&body) else {
        return (StatusCode::BAD_REQUEST, "this says nothing that is known\n").into_response();
    };
    let begun = match acting.take_up(&changed.cases).await {
        Ok(begun) => begun,
        Err(failure) => {
            tracing::error!(error = failure.name(), %failure, "what an operator changed does not act yet");
            return (StatusCode::SERVICE_UNAVAILABLE, failure.to_string()).into_response();
        }
    };
    tracing::info!(cases = changed.cases.len(), begun, "told of changes");
    let json = [(header::CONTENT_TYPE, "application/json")];
    (json, json!({ "begun": begun }).to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_or_it_is_not() {
        assert!(is_same(b"abc", b"abc"));
        for other in [&b"abd"[..], b"ab", b"abcd", b""] {
            assert!(!is_same(other, b"abc"));
        }
    }
}
