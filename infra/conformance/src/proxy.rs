//! A server with the habits of servers in the field: an HTTP proxy that spoils what goes through it.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use crate::{
    JsonPages, Served, Shows,
    pages::{Next, asked_for},
};

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
    /// Of its lists, which are like this, a part is shown.
    Shows(Shows, JsonPages),
}

impl Habit {
    fn shows(&self) -> Option<(Shows, &JsonPages)> {
        match self {
            Habit::Shows(shows, lists) => Some((*shows, lists)),
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
    spoiled: Arc<AtomicUsize>,
}

/// Headers and body of a page.
type Page = (HeaderMap, Value);

/// An HTTP proxy at a port of its own.
#[derive(Debug)]
pub struct Proxy {
    /// The port at which it listens.
    pub port: u16,
    habit: Arc<Mutex<Habit>>,
    spoiled: Arc<AtomicUsize>,
    _served: Served,
}

impl Proxy {
    /// A proxy before a server of this machine.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn before(server: u16) -> std::io::Result<Proxy> {
        let habit = Arc::new(Mutex::new(Habit::None));
        let spoiled = Arc::new(AtomicUsize::new(0));
        let way = Way {
            server,
            client: reqwest::Client::new(),
            habit: Arc::clone(&habit),
            pages: Arc::default(),
            spoiled: Arc::clone(&spoiled),
        };
        let served = Served::with(Router::new().fallback(pass).with_state(way)).await?;
        Ok(Proxy {
            port: served.port,
            habit,
            spoiled,
            _served: served,
        })
    }

    /// How many pages it has spoiled since it has its habit.
    pub fn spoiled(&self) -> usize {
        self.spoiled.load(Ordering::Relaxed)
    }

    /// From now on it has this habit.
    pub fn has(&self, habit: Habit) {
        self.spoiled.store(0, Ordering::Relaxed);
        *self.habit.lock().unwrap_or_else(PoisonError::into_inner) = habit;
    }
}

impl Way {
    /// A page as the habit has it. What comes after it is kept, for whoever asks.
    fn spoiled(&self, shows: Shows, lists: &JsonPages, is_further: bool, page: Page) -> Page {
        let (mut headers, mut body) = page.clone();
        if !lists.is_page(&mut body) {
            return page;
        }
        let is_spoiled = match shows {
            Shows::PagesAgain | Shows::EmptyPages => {
                let empties = shows == Shows::EmptyPages;
                let is_emptied = is_further && empties && lists.empty(&mut body);
                let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
                let leads = lists.lead_to(Some(pages.len()), &mut headers, &mut body);
                if leads {
                    let mut after = match empties {
                        true => page,
                        false => (headers.clone(), body.clone()),
                    };
                    if empties {
                        lists.empty(&mut after.1);
                    }
                    pages.push(after);
                }
                is_emptied || leads || (is_further && !empties)
            }
            Shows::ShortPages => lists.shorten(&mut body),
            Shows::OnePage if matches!(lists.next, Next::Number { .. }) => {
                is_further && lists.empty(&mut body)
            }
            Shows::OnePage => lists.lead_to(None, &mut headers, &mut body),
            // Those are LDAP's.
            Shows::StopsWith(_) | Shows::Elsewhere => false,
        };
        if is_spoiled {
            self.spoiled.fetch_add(1, Ordering::Relaxed);
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
    if habit.shows().is_some()
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
    let further = habit
        .shows()
        .filter(|(shows, _)| *shows != Shows::ShortPages);
    let further = further.and_then(|(_, lists)| lists.first_instead(&path));
    let is_further = further.is_some();
    path = further.unwrap_or(path);
    let address = format!("http://127.0.0.1:{}{path}", way.server);
    let mut headers = parts.headers;
    // The host stays as it was asked for: some write it into the addresses of further pages.
    for own in [header::CONNECTION, header::TRANSFER_ENCODING] {
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
            match (habit.shows(), serde_json::from_slice(&bytes)) {
                (Some((shows, lists)), Ok(page)) => {
                    let page = way.spoiled(shows, lists, is_further, (headers, page));
                    (status, page.0, page.1.to_string()).into_response()
                }
                _ => (status, headers, Body::from(bytes)).into_response(),
            }
        }
    }
}
