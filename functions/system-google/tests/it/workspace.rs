//! A company of ours, as Google documents it, and the system that reaches it. What a search shows may be older than
//! what is there; one call goes wrong when a test says so.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Found, Secret, Settings, Sought, System, client};
use reqwest::Url;
use serde_json::{Value, json};

use crate::{batches, contract::contract, fields::partial, routes::route};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "ya29.conformance";
pub(crate) const CUSTOMER: &str = "C0123abc";

/// A call that goes wrong: method, the beginning of its path below the API, and what is answered.
pub(crate) type Wrong = (Method, &'static str, fn() -> Response);

/// What is there.
#[derive(Default)]
pub(crate) struct Org {
    pub(crate) users: Vec<Value>,
    /// What a search shows.
    pub(crate) index: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    /// Group, and user.
    pub(crate) members: BTreeSet<(String, String)>,
    pub(crate) units: Vec<String>,
    /// Product, SKU, and address.
    pub(crate) licences: BTreeSet<(String, String, String)>,
    /// How many licences of a SKU there are; enough where none stands.
    pub(crate) seats: HashMap<String, usize>,
    /// User, and the client that may act for them.
    pub(crate) tokens: BTreeSet<(String, String)>,
    /// User, and app password.
    pub(crate) passwords: BTreeSet<(String, i64)>,
    pub(crate) transfers: Vec<Value>,
    /// Users with a session.
    pub(crate) sessions: BTreeSet<String>,
    /// Addresses that groups do not know yet.
    pub(crate) new_addresses: BTreeSet<&'static str>,
    pub(crate) wrong: Vec<Wrong>,
    /// What batches are answered with where they are not taken as Google takes them.
    pub(crate) batches: Option<fn() -> Response>,
    /// Every call so far, with its query; those in batches, too.
    pub(crate) calls: Vec<String>,
    /// Every request so far, without its query.
    pub(crate) requests: Vec<String>,
    pub(crate) made: usize,
}

pub(crate) type Shared = Arc<Mutex<Org>>;

/// A user of an id, an address, and an employee id.
pub(crate) fn user(id: &str, address: &str, employee_id: Option<&str>) -> Value {
    let mut user = json!({
        "id": id, "primaryEmail": address, "suspended": false, "archived": false, "orgUnitPath": "/",
        "name": {"givenName": "Zoe", "familyName": "M"},
    });
    if let Some(id) = employee_id {
        user["externalIds"] = json!([{"value": id, "type": "organization"}]);
    }
    user
}

pub(crate) fn group(id: &str, address: &str) -> Value {
    json!({"id": id, "email": address, "name": "A group"})
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

/// An account as it was read.
pub(crate) fn at(id: &str, address: &str) -> Found {
    Found {
        handle: id.to_owned(),
        version: None,
        account: Account {
            employee_id: Some(EmployeeId::new("1").unwrap()),
            name: address.to_owned(),
            active: true,
            attributes: Default::default(),
            entitlements: Default::default(),
        },
    }
}

/// Zoe, who is in a group, and the company around her.
pub(crate) fn zoe() -> Org {
    let zoe = user("101", "zoe@acme.example", Some("1"));
    Org {
        index: vec![zoe.clone()],
        users: vec![zoe],
        groups: vec![
            group("g1", "sales@acme.example"),
            group("g2", "vpn@acme.example"),
        ],
        members: [("g1".to_owned(), "101".to_owned())].into(),
        units: ["/", "/Sales", "/Leavers"].map(str::to_owned).into(),
        sessions: ["101".to_owned()].into(),
        ..Org::default()
    }
}

/// The company at a port of its own.
pub(crate) async fn listen(org: Org) -> (u16, Shared) {
    contract().await;
    let org: Shared = Arc::new(Mutex::new(org));
    let routes = Router::new().fallback(answer).with_state(Arc::clone(&org));
    let port = Served::until_the_end(routes).await.unwrap();
    (port, org)
}

/// The company, and the system that reaches it.
pub(crate) async fn start(org: Org, settings: Value) -> (Arc<dyn System>, Shared) {
    let (port, org) = listen(org).await;
    let token = TOKEN.to_owned();
    (open(port, settings, Secret::Bearer { token }), org)
}

pub(crate) fn open(port: u16, settings: Value, secret: Secret) -> Arc<dyn System> {
    let settings = Settings {
        name: "Google".into(),
        address: format!("http://127.0.0.1:{port}"),
        settings: serde_json::from_value(settings).unwrap(),
        ..Settings::default()
    };
    system_google::open(&settings, Some(secret), client().unwrap()).unwrap()
}

/// The calls that change something, below the API and without a query.
pub(crate) fn changes(org: &Shared) -> Vec<String> {
    let all = org.lock().unwrap().calls.clone();
    let changes = all.into_iter().filter(|call| !call.starts_with("GET"));
    changes
        .map(|call| call.split('?').next().unwrap().to_owned())
        .collect()
}

/// An error as Google says it.
pub(crate) fn error(status: u16, reason: &str, message: &str) -> Response {
    let one = json!({"message": message, "domain": "global", "reason": reason});
    let body = json!({"error": {"code": status, "message": message, "errors": [one]}});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// A call as it came.
pub(crate) struct Asked {
    pub(crate) method: Method,
    /// Below the API.
    pub(crate) path: String,
    pub(crate) query: HashMap<String, String>,
    pub(crate) body: Value,
}

async fn answer(State(org): State<Shared>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    if shown.is_none_or(|shown| shown != &format!("Bearer {TOKEN}")) {
        return error(401, "authError", "Invalid Credentials");
    }
    let (parts, body) = request.into_parts();
    // Google's front end wants to know how long a body is, also one that is not there.
    let length = parts.headers.get(header::CONTENT_LENGTH);
    if parts.method == Method::POST && length.is_none() {
        return StatusCode::LENGTH_REQUIRED.into_response();
    }
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path();
    let request = format!("{} {}", parts.method, path.trim_start_matches('/'));
    org.lock().unwrap().requests.push(request);
    if batches::is_at(path).await {
        return batches::answer(&org, &parts.headers, &body).await;
    }
    carry_out(&org, parts.method, &parts.uri, &body).await
}

/// Carries one call out.
pub(crate) async fn carry_out(org: &Shared, method: Method, uri: &Uri, body: &[u8]) -> Response {
    let body: Option<Value> = (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap());
    let address = Url::parse(&format!("https://google.invalid{uri}")).unwrap();
    let query: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let whole = address.path().trim_start_matches('/').to_owned();
    let below = whole.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
    let shown = match address.query() {
        Some(query) => format!("{method} {below}?{query}"),
        None => format!("{method} {below}"),
    };
    let wrong = {
        let mut org = org.lock().unwrap();
        org.calls.push(shown);
        let goes_wrong = |(of, path, _): &&Wrong| method == *of && below.starts_with(path);
        org.wrong.iter().find(goes_wrong).map(|(_, _, how)| how())
    };
    if let Some(wrong) = wrong {
        return wrong;
    }
    let refused = |what: String| {
        error(
            400,
            "contract",
            &format!("not as Google publishes it: {what}"),
        )
    };
    let known = match contract().await.method(&method, &whole) {
        Ok(known) => known,
        Err(what) => return refused(what),
    };
    if let Err(what) = known.takes(&query, body.as_ref()) {
        return refused(what);
    }
    let asked = Asked {
        method,
        path: below,
        query: query.into_iter().collect(),
        body: body.unwrap_or_default(),
    };
    let answer = route(&mut org.lock().unwrap(), &asked);
    let body = match answer {
        Err(error) => return error,
        Ok(body) => body,
    };
    if let Err(what) = known.gives(body.as_ref()) {
        return refused(what);
    }
    match (body, asked.query.get("fields")) {
        (None, _) => StatusCode::NO_CONTENT.into_response(),
        (Some(body), None) => Json(body).into_response(),
        (Some(body), Some(fields)) => match partial(&known, fields, body) {
            Ok(body) => Json(body).into_response(),
            Err(what) => refused(what),
        },
    }
}
