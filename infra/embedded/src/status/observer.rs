//! Looks at the process that runs, for commands and for metrics.

use std::{path::PathBuf, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use latchkey_engine::Engine;
use latchkey_runtime::{Clock, Failure, Runbooks};
use tokio::{net::TcpListener, sync::Mutex, time::Instant};

use super::{Condition, Files, Process, Status, condition, metrics};
use crate::{
    health::Health,
    server::{Limits, Server},
    stack::Stack,
    vitals::Vitals,
};

/// Where a command asks, with the key of the folder.
pub const STATUS: &str = "/status";

/// Who asks for figures again and again gets those of the ledger at most this old: all open cases are read for them.
const FRESH: Duration = Duration::from_secs(60);

/// Looks at the process that runs.
#[derive(Clone)]
pub struct Observer(Arc<Seen>);

struct Seen {
    health: Health,
    runbooks: Arc<Runbooks>,
    clock: Arc<dyn Clock>,
    engine: Arc<Engine>,
    vitals: Arc<Vitals>,
    directory: PathBuf,
    sweep_every: u32,
    last: Mutex<Option<(Instant, Condition)>>,
}

impl Observer {
    /// Of a stack in a folder that sweeps every so many minutes.
    pub fn new(stack: &Stack, directory: PathBuf, sweep_every: u32) -> Observer {
        Observer(Arc::new(Seen {
            health: stack.looked_at(),
            runbooks: Arc::clone(&stack.runbooks),
            clock: Arc::clone(&stack.clock),
            engine: Arc::clone(&stack.engine),
            vitals: Arc::clone(&stack.vitals),
            directory,
            sweep_every,
            last: Mutex::new(None),
        }))
    }

    /// How it is.
    ///
    /// # Errors
    /// [`Failure`] when the ledger does not answer.
    pub async fn status(&self) -> Result<Status, Failure> {
        let condition = self.look().await?;
        *self.0.last.lock().await = Some((Instant::now(), condition.clone()));
        Ok(self.with(condition).await)
    }

    /// The figures in Prometheus' text form. Without those of a ledger that does not answer.
    pub async fn metrics(&self) -> String {
        let condition = {
            let mut last = self.0.last.lock().await;
            let old = last.as_ref().is_none_or(|(at, _)| at.elapsed() >= FRESH);
            if old {
                *last = self
                    .look()
                    .await
                    .ok()
                    .map(|condition| (Instant::now(), condition));
            }
            last.as_ref().map(|(_, condition)| condition.clone())
        };
        let known = condition.is_some();
        let status = self.with(condition.unwrap_or_default()).await;
        metrics::text(&status, known, &self.0.vitals.counts())
    }

    async fn look(&self) -> Result<Condition, Failure> {
        let now = self.0.clock.now();
        condition(&self.0.health.ledger, &self.0.runbooks, now).await
    }

    async fn with(&self, condition: Condition) -> Status {
        let seen = &self.0;
        let now = seen.clock.now();
        let started = seen.vitals.started();
        let process = Process {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started,
            up_seconds: now.duration_since(started).as_secs(),
            unwell: seen.health.look().await.err().map(str::to_owned),
            executions: seen.engine.running(),
            sweep_every: seen.sweep_every,
            last_sweep: seen.vitals.last_sweep(),
        };
        let files = Files::of(&seen.directory);
        Status::of(Some(process), Some(files), condition, now)
    }

    /// What a command may ask, behind the key of the folder.
    pub fn for_commands(&self) -> Router {
        Router::new()
            .route(STATUS, get(status))
            .with_state(self.clone())
    }

    /// Serves the figures to whoever comes to this listener.
    pub fn serve_metrics(&self, listener: TcpListener) -> Server {
        let routes = Router::new()
            .route("/metrics", get(figures))
            .with_state(self.clone());
        Server::start(listener, routes, LIMITS)
    }
}

/// Somebody who collects figures, and somebody who looks at them.
const LIMITS: Limits = Limits {
    connections: 16,
    arriving: 1,
    forms: 1,
    own: 1,
    hooks: 1,
    pages: 8,
    head: Duration::from_secs(5),
    body: Duration::from_secs(5),
    age: Duration::from_secs(120),
};

async fn status(State(observer): State<Observer>) -> Response {
    let told = observer
        .status()
        .await
        .map_err(|failure| failure.to_string());
    let told = told.and_then(|status| serde_json::to_string(&status).map_err(|e| e.to_string()));
    match told {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(problem) => (StatusCode::SERVICE_UNAVAILABLE, problem).into_response(),
    }
}

async fn figures(State(observer): State<Observer>) -> Response {
    let form = [(header::CONTENT_TYPE, metrics::FORM)];
    (form, observer.metrics().await).into_response()
}
