//! A server with the habits of servers in the field: an HTTP proxy that spoils what goes through it.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::{net::TcpListener, task::AbortHandle};

use crate::{Lists, pages::asked_for};

/// A habit.
#[derive(Debug, Clone, Copy)]
pub enum Habit {
    /// None.
    None,
    /// 429 with `Retry-After`, in seconds.
    Throttles(u32),
    /// Parameters of a search are ignored, those of paging too: more comes back than was asked for.
    IgnoresQueries,
    /// A page of HTML that calls itself JSON, with this status.
    Html(u16),
    /// Whatever page is asked for, the one before comes again, and says that the list goes on as it said before.
    RepeatsPages(Lists),
    /// Between two pages is one that is empty.
    EmptiesPages(Lists),
}

impl Habit {
    fn lists(&self) -> Option<&Lists> {
        match self {
            Habit::RepeatsPages(lists) | Habit::EmptiesPages(lists) => Some(lists),
            _ => None,
        }
    }
}

#[derive(Clone)]
struct Way {
    server: u16,
    client: reqwest::Client,
    habit: Arc<Mutex<Habit>>,
    /// Pages that the server does not have, by their number.
    pages: Arc<Mutex<Vec<Page>>>,
}

/// Headers and body of a page.
type Page = (HeaderMap, Value);

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
            pages: Arc::default(),
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

impl Way {
    /// A page as the habit has it. What comes after it is kept, for whoever asks.
    fn spoiled(&self, habit: Habit, lists: &Lists, is_further: bool, page: Page) -> Page {
        let empties = matches!(habit, Habit::EmptiesPages(_));
        let (mut headers, mut body) = page.clone();
        if is_further && empties {
            lists.empty(&mut body);
        }
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.lead_to(pages.len(), &mut headers, &mut body) {
            pages.push(match empties {
                true => {
                    let (headers, mut body) = page;
                    lists.empty(&mut body);
                    (headers, body)
                }
                false => (headers.clone(), body.clone()),
            });
        }
        (headers, body)
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
        _ => {}
    }
    let uri = request.uri();
    let mut path = match habit {
        Habit::IgnoresQueries => uri.path(),
        _ => uri.path_and_query().map_or("/", |all| all.as_str()),
    }
    .to_owned();
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let asked = format!("{path} {}", String::from_utf8_lossy(&body));
    if habit.lists().is_some()
        && let Some(number) = asked_for(&asked)
    {
        let pages = way.pages.lock().unwrap_or_else(PoisonError::into_inner);
        return pages
            .get(number)
            .cloned()
            .map_or(StatusCode::NOT_FOUND.into_response(), |(headers, body)| {
                (headers, body.to_string()).into_response()
            });
    }
    let further = habit.lists().and_then(|lists| lists.first_instead(&path));
    let is_further = further.is_some();
    path = further.unwrap_or(path);
    let address = format!("http://127.0.0.1:{}{path}", way.server);
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
            match (habit.lists(), serde_json::from_slice(&bytes)) {
                (Some(lists), Ok(page)) => {
                    let page = way.spoiled(habit, lists, is_further, (headers, page));
                    (status, page.0, page.1.to_string()).into_response()
                }
                _ => (status, headers, Body::from(bytes)).into_response(),
            }
        }
    }
}
