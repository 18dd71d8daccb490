//! A server with the habits of servers in the field: an HTTP proxy that spoils what goes through it.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::AbortHandle};

/// A habit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// None.
    None,
    /// 429 with `Retry-After`, in seconds.
    Throttles(u32),
    /// Parameters of a search are ignored, those of paging too: more comes back than was asked for.
    IgnoresQueries,
    /// A page of HTML that calls itself JSON, with this status.
    Html(u16),
}

#[derive(Clone)]
struct Way {
    server: u16,
    client: reqwest::Client,
    habit: Arc<Mutex<Habit>>,
}

/// An HTTP proxy at a port of its own.
#[derive(Debug)]
pub struct Proxy {
    /// The port at which it listens.
    pub port: u16,
    habit: Arc<Mutex<Habit>>,
    listener: AbortHandle,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Proxy {
    /// A proxy before a server of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: u16) -> std::io::Result<Proxy> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let habit = Arc::new(Mutex::new(Habit::None));
        let way = Way {
            server,
            client: reqwest::Client::new(),
            habit: Arc::clone(&habit),
        };
        let routes = Router::new().fallback(pass).with_state(way);
        let listening = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Proxy {
            port,
            habit,
            listener: listening.abort_handle(),
        })
    }

    /// From now on it has this habit.
    pub fn has(&self, habit: Habit) {
        *self.habit.lock().unwrap_or_else(PoisonError::into_inner) = habit;
    }
}

async fn pass(State(way): State<Way>, request: Request) -> Response {
    let habit = *way.habit.lock().unwrap_or_else(PoisonError::into_inner);
    match habit {
        Habit::Throttles(seconds) => {
            let headers = [(header::RETRY_AFTER, seconds.to_string())];
            return (StatusCode::TOO_MANY_REQUESTS, headers).into_response();
        }
        Habit::Html(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let headers = [(header::CONTENT_TYPE, "application/json")];
            return (status, headers, "<html>So sorry</html>").into_response();
        }
        Habit::None | Habit::IgnoresQueries => {}
    }
    let uri = request.uri();
    let path = match habit {
        Habit::IgnoresQueries => uri.path(),
        _ => uri.path_and_query().map_or("/", |all| all.as_str()),
    };
    let address = format!("http://127.0.0.1:{}{path}", way.server);
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut headers = parts.headers;
    for own in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING] {
        headers.remove(own);
    }
    let asked = way.client.request(parts.method, address);
    match asked.headers(headers).body(body).send().await {
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        Ok(answer) => {
            let (status, mut headers) = (answer.status(), answer.headers().clone());
            headers.remove(header::TRANSFER_ENCODING);
            headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
            let bytes = answer.bytes().await.unwrap_or_default();
            headers.remove(header::CONTENT_LENGTH);
            (status, headers, Body::from(bytes)).into_response()
        }
    }
}
