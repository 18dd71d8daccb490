//! What Okta has and `emulate` has not, put before it:
//!
//! - the token as `SSWS`, and nothing else (E0000011); `emulate` is shown one of its own, another after some thousand
//!   calls, for it refuses more than 5,000 with one;
//! - the profile's employeeNumber, title and department, which `emulate` drops;
//! - `search` by an attribute of the profile, without regard to case; without it, lists leave out DEPROVISIONED;
//! - `limit`, `after` and the `Link` headers;
//! - `DELETE /users/ID/sessions`, and sessions: one begins when an account begins to work, and only that call ends it;
//! - which status allows which step of the lifecycle (E0000001, E0000038);
//! - that everybody is in the group Everyone, and that nobody can be taken out of it (E0000006).

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_peers::{Emulate, PeerError};
use reqwest::Url;
use serde_json::{Map, Value, json};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "00conformance";
const EVERYONE: &str = "00g_everyone";
/// What `emulate` drops.
const DROPPED: [&str; 3] = ["employeeNumber", "title", "department"];
/// Calls with one of `emulate`'s tokens, which takes less than 5,000.
const CALLS: usize = 4_000;
const TOKENS: usize = 20;

struct Org {
    emulate: u16,
    client: reqwest::Client,
    calls: AtomicUsize,
    /// User → the part of the profile that `emulate` drops.
    profiles: Mutex<HashMap<String, Map<String, Value>>>,
    /// Users with a session.
    sessions: Mutex<HashSet<String>>,
}

/// `emulate` with Okta's habits, at a port of its own.
pub(crate) struct Front {
    pub(crate) port: u16,
    org: Arc<Org>,
    _served: Served,
    _emulate: Emulate,
}

impl Front {
    pub(crate) async fn start(groups: &[&str]) -> Result<Front, PeerError> {
        let tokens = (0..TOKENS).map(|n| (format!("t{n}"), json!({"login": "admin"})));
        let tokens: Map<String, Value> = tokens.collect();
        let groups: Vec<Value> = groups.iter().map(|name| json!({"name": name})).collect();
        // JSON is YAML.
        let seed = json!({"tokens": tokens, "okta": {"groups": groups}});
        let emulate = Emulate::start("okta", &seed.to_string()).await?;
        let org = Arc::new(Org {
            emulate: emulate.port(),
            client: reqwest::Client::new(),
            calls: AtomicUsize::new(0),
            profiles: Mutex::default(),
            sessions: Mutex::default(),
        });
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&org));
        let served = Served::with(routes).await.unwrap();
        Ok(Front {
            port: served.port,
            org,
            _served: served,
            _emulate: emulate,
        })
    }

    /// Whether a user of this login works now: with a session from before, or because they can sign in.
    pub(crate) async fn works(&self, login: &str) -> bool {
        let (status, user) = self
            .org
            .pass(Method::GET, &format!("users/{login}"), None)
            .await;
        let id = user["id"].as_str().unwrap_or_default();
        let session = self.org.sessions.lock().unwrap().contains(id);
        session || status.is_success() && user["status"] == "ACTIVE"
    }
}

impl Org {
    async fn pass(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) / CALLS;
        assert!(number < TOKENS, "more calls than tokens");
        let address = format!("http://127.0.0.1:{}/api/v1/{path}", self.emulate);
        let mut call = self
            .client
            .request(method, address)
            .bearer_auth(format!("t{number}"));
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status();
        (status, answer.json().await.unwrap_or_default())
    }

    /// A list of `emulate`'s, all pages of it.
    async fn list(&self, path: &str) -> (StatusCode, Value) {
        let mut all = Vec::new();
        for page in 1.. {
            let path = format!("{path}?page={page}&per_page=100");
            let (status, items) = self.pass(Method::GET, &path, None).await;
            let Value::Array(mut items) = items else {
                return (status, items);
            };
            let full = items.len() == 100;
            all.append(&mut items);
            if !full {
                break;
            }
        }
        (StatusCode::OK, Value::Array(all))
    }

    /// A user with the whole profile.
    fn whole(&self, mut user: Value) -> Value {
        let id = user["id"].as_str().unwrap_or_default().to_owned();
        if let Some(kept) = self.profiles.lock().unwrap().get(&id)
            && user["profile"].is_object()
        {
            for (name, value) in kept {
                user["profile"][name] = value.clone();
            }
        }
        user
    }

    fn keep(&self, id: &str, body: &Value) {
        let mut profiles = self.profiles.lock().unwrap();
        let kept = profiles.entry(id.to_owned()).or_default();
        for name in DROPPED {
            if let Some(value) = body["profile"].get(name) {
                kept.insert(name.to_owned(), value.clone());
            }
        }
    }
}

/// An error as Okta says it.
pub(crate) fn error(status: u16, code: &str, summary: &str) -> Response {
    let body = json!({
        "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae1", "errorCauses": [],
    });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn said((status, body): (StatusCode, Value)) -> Response {
    match status {
        StatusCode::NO_CONTENT => status.into_response(),
        _ => (status, Json(body)).into_response(),
    }
}

/// Whether a status allows a step (reference, "User Lifecycle").
pub(crate) fn allows(status: &str, step: &str) -> bool {
    match step {
        "suspend" => status == "ACTIVE",
        "unsuspend" => status == "SUSPENDED",
        "activate" => matches!(status, "STAGED" | "DEPROVISIONED"),
        "deactivate" => status != "DEPROVISIONED",
        "reactivate" => matches!(status, "PROVISIONED" | "RECOVERY"),
        _ => false,
    }
}

/// The items that a search lets through: `profile.NAME eq "VALUE"` is all that it knows.
pub(crate) fn matches(item: &Value, search: &str) -> bool {
    let (field, value) = search.split_once(" eq ").unwrap();
    let value: String = serde_json::from_str(value).unwrap();
    let field = field.strip_prefix("profile.").unwrap();
    let its = item["profile"][field].as_str().unwrap_or_default();
    its.to_lowercase() == value.to_lowercase()
}

/// A page of a list, as the query wants it.
pub(crate) fn page(items: Vec<Value>, address: &str, query: &HashMap<String, String>) -> Response {
    let number = |name: &str| query.get(name).and_then(|n| n.parse::<usize>().ok());
    let (limit, after) = (number("limit").unwrap_or(200), number("after").unwrap_or(0));
    let rest: Vec<Value> = items.into_iter().skip(after).collect();
    let mut headers = HeaderMap::new();
    let link =
        |after: usize, rel: &str| format!("<{address}?after={after}&limit={limit}>; rel=\"{rel}\"");
    headers.append(header::LINK, link(after, "self").parse().unwrap());
    if rest.len() > limit {
        headers.append(header::LINK, link(after + limit, "next").parse().unwrap());
    }
    let part: Vec<Value> = rest.into_iter().take(limit).collect();
    (headers, Json(part)).into_response()
}

#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
async fn answer(State(org): State<Arc<Org>>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    if shown.is_none_or(|shown| shown != &format!("SSWS {TOKEN}")) {
        return error(401, "E0000011", "Invalid token provided");
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let method = parts.method;
    let address = format!("https://org.okta.invalid{}", parts.uri);
    let address = Url::parse(&address).unwrap();
    let query: HashMap<String, String> = address.query_pairs().into_owned().collect();
    let path = address.path().trim_start_matches("/api/v1/").to_owned();
    let shown = format!("https://org.okta.invalid/api/v1/{path}");
    let segments: Vec<&str> = path.split('/').collect();
    let get = method == Method::GET;
    match segments.as_slice() {
        ["users"] if get => {
            let (_, users) = org.list("users").await;
            let users = users.as_array().unwrap().iter().cloned();
            let users =
                users
                    .map(|user| org.whole(user))
                    .filter(|user| match query.get("search") {
                        Some(search) => matches(user, search),
                        None => user["status"] != "DEPROVISIONED",
                    });
            page(users.collect(), &shown, &query)
        }
        ["users"] => {
            let path = format!("users?{}", address.query().unwrap_or_default());
            let (status, user) = org.pass(Method::POST, &path, Some(&body)).await;
            if let Some(id) = user["id"].as_str() {
                org.keep(id, &body);
                let member = format!("groups/{EVERYONE}/users/{id}");
                org.pass(Method::PUT, &member, None).await;
                if user["status"] == "ACTIVE" {
                    org.sessions.lock().unwrap().insert(id.to_owned());
                }
            }
            said((status, org.whole(user)))
        }
        ["users", id, "sessions"] => {
            org.sessions.lock().unwrap().remove(*id);
            StatusCode::NO_CONTENT.into_response()
        }
        ["users", id, "lifecycle", step] => {
            let (status, user) = org.pass(Method::GET, &format!("users/{id}"), None).await;
            if status.is_success() && !allows(user["status"].as_str().unwrap(), step) {
                return match *step {
                    "suspend" => error(400, "E0000001", "Api validation failed: suspend"),
                    _ => error(
                        403,
                        "E0000038",
                        "This operation is not allowed in the user's current status.",
                    ),
                };
            }
            let answer = org.pass(method, &path, Some(&json!({}))).await;
            if answer.1["status"] == "ACTIVE" {
                org.sessions.lock().unwrap().insert((*id).to_owned());
            }
            said(answer)
        }
        ["users", id] if !get => {
            let (status, user) = org.pass(method, &path, Some(&body)).await;
            if status.is_success() {
                org.keep(id, &body);
            }
            said((status, org.whole(user)))
        }
        ["users", _] => {
            let (status, user) = org.pass(method, &path, None).await;
            said((status, org.whole(user)))
        }
        ["groups", EVERYONE, "users", _] => error(
            403,
            "E0000006",
            "You do not have permission to perform the requested action",
        ),
        _ if get => match org.list(&path).await {
            (_, Value::Array(items)) => {
                let items = items.into_iter().filter(|item| match query.get("search") {
                    Some(search) => matches(item, search),
                    None => true,
                });
                page(items.collect(), &shown, &query)
            }
            answer => said(answer),
        },
        _ => said(org.pass(method, &path, Some(&body)).await),
    }
}
