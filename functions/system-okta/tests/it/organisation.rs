//! An organisation of ours: users, groups, apps and administrator roles as Okta's reference describes them, and one
//! call that goes wrong when a test says so. What a search shows may be older than what is there.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Found, Secret, Settings, Sought, System, client};
use reqwest::Url;
use serde_json::{Value, json};

use crate::front::{allows, error, matches, page};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "00token";

/// A call that goes wrong: method, the beginning of its path, and what is answered.
pub(crate) type Wrong = (Method, &'static str, fn() -> Response);

/// What is there.
#[derive(Default)]
pub(crate) struct Org {
    pub(crate) users: Vec<Value>,
    /// What a search shows; the users when `None`.
    pub(crate) index: Option<Vec<Value>>,
    pub(crate) groups: Vec<Value>,
    pub(crate) apps: Vec<Value>,
    /// User, group or app, and how it was given: USER or GROUP.
    pub(crate) given: Vec<(String, String, &'static str)>,
    /// User, id of the assignment, type of the role, and how it was given.
    pub(crate) roles: Vec<(String, String, String, &'static str)>,
    pub(crate) wrong: Vec<Wrong>,
    /// Every call so far, with its query.
    pub(crate) calls: Vec<String>,
}

pub(crate) type Shared = Arc<Mutex<Org>>;

/// A user of an id, a login, a status and an employee id.
pub(crate) fn user(id: &str, login: &str, status: &str, employee_id: Option<&str>) -> Value {
    json!({"id": id, "status": status, "profile": {
        "login": login, "email": format!("{}@acme.example", login.split('@').next().unwrap()),
        "employeeNumber": employee_id,
    }})
}

pub(crate) fn group(id: &str, name: &str, kind: &str) -> Value {
    json!({"id": id, "type": kind, "profile": {"name": name}})
}

pub(crate) fn who(id: &str, name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new(id).unwrap(),
        name: Some(name.to_owned()),
        email: Some("zoe@acme.example".to_owned()),
        previous_id: None,
        known: None,
    }
}

pub(crate) fn account(name: &str, id: &str) -> Account {
    Account {
        employee_id: Some(EmployeeId::new(id).unwrap()),
        name: name.to_owned(),
        active: true,
        attributes: [("email".to_owned(), "zoe@acme.example".to_owned())].into(),
        entitlements: Default::default(),
    }
}

/// An account as it was read.
pub(crate) fn at(id: &str) -> Found {
    Found {
        handle: id.to_owned(),
        version: None,
        account: account("zoe@acme.example", "1"),
    }
}

/// The organisation at a port of its own, and the system that reaches it.
pub(crate) async fn start(org: Org, settings: Value) -> (Arc<dyn System>, Shared) {
    let org: Shared = Arc::new(Mutex::new(org));
    let routes = Router::new().fallback(answer).with_state(Arc::clone(&org));
    let port = Served::until_the_end(routes).await.unwrap();
    let address = format!("http://127.0.0.1:{port}");
    (open(address, settings, TOKEN), org)
}

pub(crate) fn open(address: String, settings: Value, token: &str) -> Arc<dyn System> {
    let token = token.to_owned();
    open_with(address, settings, Secret::Bearer { token })
}

pub(crate) fn open_with(address: String, settings: Value, secret: Secret) -> Arc<dyn System> {
    let settings = Settings {
        name: "Okta".into(),
        address,
        settings: serde_json::from_value(settings).unwrap(),
        ..Settings::default()
    };
    system_okta::open(&settings, Some(secret), client().unwrap()).unwrap()
}

impl Org {
    fn user(&mut self, id: &str) -> Option<&mut Value> {
        // A login is found without regard to case, and by its beginning.
        let query = format!("https://org.okta.invalid/?{}", id.replace('+', "%2B"));
        let query = Url::parse(&query).unwrap();
        let decoded = query
            .query_pairs()
            .next()
            .map(|(name, _)| name.into_owned());
        let folded = decoded.unwrap_or_default().to_lowercase();
        self.users.iter_mut().find(|user| {
            let login = user["profile"]["login"].as_str().unwrap().to_lowercase();
            user["id"] == id || login == folded || login.split('@').next() == Some(&folded)
        })
    }

    pub(crate) fn status(&mut self, id: &str) -> String {
        self.user(id).unwrap()["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn has(&self, user: &str, thing: &Value) -> Option<&'static str> {
        let given = self
            .given
            .iter()
            .find(|(u, t, _)| u == user && thing["id"] == **t);
        given.map(|(_, _, how)| *how)
    }
}

fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn not_found() -> Response {
    error(
        404,
        "E0000007",
        "Not found: Resource not found: zoe@acme.example (User)",
    )
}

fn shown(user: &Value) -> Response {
    axum::Json(user.clone()).into_response()
}

#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
async fn answer(State(org): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut org = org.lock().unwrap();
    let uri = parts.uri.to_string();
    let path = parts.uri.path().trim_start_matches("/api/v1/").to_owned();
    org.calls.push(format!(
        "{} {}",
        parts.method,
        uri.trim_start_matches("/api/v1/")
    ));
    let said = parts.headers.get(header::AUTHORIZATION);
    if said.is_none_or(|said| said != &format!("SSWS {TOKEN}")) {
        return error(401, "E0000011", "Invalid token provided");
    }
    let wrong = org
        .wrong
        .iter()
        .find(|(m, p, _)| *m == parts.method && path.starts_with(p));
    if let Some((_, _, answer)) = wrong {
        return answer();
    }
    let url = Url::parse(&format!("https://org.okta.invalid{uri}")).unwrap();
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let address = format!("https://org.okta.invalid/api/v1/{path}");
    let segments: Vec<&str> = path.split('/').collect();
    match (parts.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) => {
            let users = match (query.get("search"), query.get("filter")) {
                (Some(search), _) => {
                    let all = org.index.as_ref().unwrap_or(&org.users).iter();
                    all.filter(|user| matches(user, search)).cloned().collect()
                }
                (_, Some(filter)) => {
                    let all = org.users.iter();
                    all.filter(|user| matches(user, filter)).cloned().collect()
                }
                _ => {
                    let all = org.users.iter();
                    all.filter(|user| user["status"] != "DEPROVISIONED")
                        .cloned()
                        .collect()
                }
            };
            page(users, &address, &query)
        }
        ("POST", ["users"]) => {
            let status = if query["activate"] == "true" {
                "PROVISIONED"
            } else {
                "STAGED"
            };
            let id = format!("00u{}", org.users.len() + 1);
            let user = json!({"id": id, "status": status, "profile": body["profile"]});
            org.users.push(user.clone());
            shown(&user)
        }
        // Whoever owns the token.
        ("GET", ["users", "me"]) => shown(&org.users[0]),
        (_, ["users", id, ..]) if org.user(id).is_none() => not_found(),
        ("GET", ["users", id]) => shown(org.user(id).unwrap()),
        ("POST", ["users", id]) => {
            let user = org.user(id).unwrap();
            if user["status"] == "DEPROVISIONED" {
                return error(
                    403,
                    "E0000038",
                    "This operation is not allowed in the user's current status.",
                );
            }
            for (name, value) in body["profile"].as_object().unwrap() {
                user["profile"][name] = value.clone();
            }
            shown(user)
        }
        ("DELETE", ["users", id]) => {
            let user = org.user(id).unwrap();
            if user["status"] == "DEPROVISIONED" {
                let id = user["id"].clone();
                org.users.retain(|user| user["id"] != id);
            } else {
                user["status"] = json!("DEPROVISIONED");
            }
            no_content()
        }
        ("DELETE", ["users", _, "sessions"]) => no_content(),
        ("POST", ["users", id, "lifecycle", step]) => {
            let user = org.user(id).unwrap();
            let status = user["status"].as_str().unwrap();
            if !allows(status, step) {
                return match (*step, status) {
                    ("suspend", _) => error(400, "E0000001", "Api validation failed: suspend"),
                    ("activate", _) => error(
                        403,
                        "E0000016",
                        "Activation failed because the user is already active",
                    ),
                    _ => error(
                        403,
                        "E0000038",
                        "This operation is not allowed in the user's current status.",
                    ),
                };
            }
            user["status"] = json!(match *step {
                "suspend" => "SUSPENDED",
                "unsuspend" => "ACTIVE",
                "deactivate" => "DEPROVISIONED",
                _ => "PROVISIONED",
            });
            shown(&json!({}))
        }
        ("GET", ["users", id, "groups"]) => {
            let groups = org
                .groups
                .iter()
                .filter(|group| org.has(id, group).is_some());
            page(groups.cloned().collect(), &address, &query)
        }
        ("GET", ["users", id, "roles"]) => {
            let roles = org.roles.iter().filter(|(user, ..)| user == id);
            let roles = roles
                .map(|(_, id, kind, how)| json!({"id": id, "type": kind, "assignmentType": how}));
            page(roles.collect(), &address, &query)
        }
        ("POST", ["users", id, "roles"]) => {
            let kind = body["type"].as_str().unwrap().to_owned();
            if org.roles.iter().any(|(u, _, k, _)| u == id && *k == kind) {
                return error(
                    409,
                    "E0000090",
                    "The role specified is already assigned to the user.",
                );
            }
            let assignment = format!("ra{}", org.roles.len());
            org.roles.push(((*id).to_owned(), assignment, kind, "USER"));
            StatusCode::CREATED.into_response()
        }
        ("DELETE", ["users", _, "roles", assignment]) => {
            org.roles.retain(|(_, id, ..)| id != assignment);
            no_content()
        }
        ("GET", ["iam", "assignees", "users"]) => {
            let holders = org.roles.iter().map(|(user, ..)| json!({"id": user}));
            shown(&json!({"value": holders.collect::<Vec<_>>(), "_links": {}}))
        }
        ("GET", ["groups"]) => {
            let groups = org.groups.iter().filter(|group| match query.get("search") {
                Some(search) => matches(group, search),
                None => true,
            });
            page(groups.cloned().collect(), &address, &query)
        }
        ("GET", ["apps"]) => {
            let of = query
                .get("filter")
                .map(|filter| filter.split('"').nth(1).unwrap());
            let apps = org.apps.iter().filter(|app| match (of, query.get("q")) {
                (Some(user), _) => org.has(user, app).is_some(),
                (None, Some(q)) => app["label"].as_str().unwrap().starts_with(q),
                _ => true,
            });
            let apps = apps.map(|app| {
                let mut app = app.clone();
                if let Some(user) = of {
                    let how = org.has(user, &app);
                    app["_embedded"]["user"] = json!({"id": user, "scope": how});
                }
                app
            });
            page(apps.collect(), &address, &query)
        }
        ("GET", ["groups" | "apps", thing, "users"]) => {
            let given = org.given.iter().filter(|(_, t, _)| t == thing);
            let users = given.map(|(user, _, how)| json!({"id": user, "scope": how}));
            page(users.collect(), &address, &query)
        }
        ("PUT" | "POST", [_, thing, "users", ..]) => {
            let user = body["id"]
                .as_str()
                .or(segments.get(3).copied())
                .unwrap()
                .to_owned();
            let thing = (*thing).to_owned();
            let is_there = org.groups.iter().chain(&org.apps).any(|t| t["id"] == thing);
            if !is_there {
                return not_found();
            }
            org.given.retain(|(u, t, _)| (u, t) != (&user, &thing));
            org.given.push((user, thing, "USER"));
            no_content()
        }
        ("DELETE", [_, thing, "users", user]) => {
            let is_there = org
                .groups
                .iter()
                .chain(&org.apps)
                .any(|t| t["id"] == *thing);
            if !is_there {
                return not_found();
            }
            org.given
                .retain(|(u, t, _)| (u.as_str(), t.as_str()) != (*user, *thing));
            no_content()
        }
        _ => error(404, "E0000008", "The requested path was not found"),
    }
}

/// Too many calls, with the time as Okta tells it.
pub(crate) fn too_many() -> Response {
    let mut headers = HeaderMap::new();
    headers.insert("x-rate-limit-reset", "1795417230".parse().unwrap());
    headers.insert(
        header::DATE,
        "Mon, 23 Nov 2026 07:00:00 GMT".parse().unwrap(),
    );
    let mut answer = error(
        429,
        "E0000047",
        "API call exceeded rate limit due to too many requests.",
    );
    answer.headers_mut().extend(headers);
    answer
}

/// No right to do this.
pub(crate) fn forbidden() -> Response {
    error(
        403,
        "E0000006",
        "You do not have permission to perform the requested action",
    )
}
