//! A directory of ours at a port of its own: who and what is there, what a filter shows, and one call that goes wrong
//! when a test says so. Requests within a batch are answered one by one (`graph`).

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Fault, Found, Secret, Settings, Sought, System, client};
use serde_json::{Value, json};

use crate::{contract, graph};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "t0ken";

/// An answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// One request, alone or within a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path below the version, and query.
    pub(crate) url: String,
    pub(crate) body: Value,
}

/// A request that goes wrong: its method, how its address begins, and what is answered.
pub(crate) type Wrong = (&'static str, String, fn() -> Reply);

/// What is there.
#[derive(Debug, Default)]
pub(crate) struct Tenant {
    pub(crate) users: Vec<Value>,
    pub(crate) deleted: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    pub(crate) roles: Vec<Value>,
    pub(crate) templates: Vec<Value>,
    pub(crate) skus: Vec<Value>,
    /// Group or role, and user.
    pub(crate) members: BTreeSet<(String, String)>,
    /// Users who have a session.
    pub(crate) sessions: BTreeSet<String>,
    /// What filters show: the users of a call before, and of the last one.
    pub(crate) shown: Vec<Value>,
    pub(crate) soon: Vec<Value>,
    pub(crate) wrong: Vec<Wrong>,
    /// Groups as the delta function tells them at the end of a round, for what changed while it went on.
    pub(crate) meanwhile: Vec<Value>,
    /// Every request so far.
    pub(crate) asked: Vec<Asked>,
    /// Calls so far; a batch is one.
    pub(crate) calls: usize,
    pub(crate) made: usize,
}

pub(crate) type Shared = Arc<Mutex<Tenant>>;

/// An id of Microsoft's form.
pub(crate) fn guid(number: usize) -> String {
    format!("00000000-0000-4000-9000-{number:012}")
}

pub(crate) fn ok(body: Value) -> Reply {
    Reply {
        status: 200,
        headers: Vec::new(),
        body,
    }
}

/// An error as Microsoft Graph words it (<https://learn.microsoft.com/graph/errors>).
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    let inner =
        json!({"date": "2026-11-23T07:00:00", "request-id": guid(7), "client-request-id": guid(7)});
    Reply {
        status,
        headers: Vec::new(),
        body: json!({"error": {"code": code, "message": message, "innerError": inner}}),
    }
}

pub(crate) fn not_found(id: &str) -> Reply {
    let text = format!(
        "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
    );
    error(404, "Request_ResourceNotFound", &text)
}

pub(crate) fn forbidden() -> Reply {
    let text = "Insufficient privileges to complete the operation.";
    error(403, "Authorization_RequestDenied", text)
}

pub(crate) fn too_many() -> Reply {
    let mut reply = error(
        429,
        "TooManyRequests",
        "Too many requests. Please retry later.",
    );
    reply.headers = vec![("Retry-After", "13".to_owned())];
    reply
}

/// A user of a number, an account name, and an employee id, who can sign in.
pub(crate) fn user(number: usize, name: &str, employee_id: Option<&str>) -> Value {
    json!({
        "id": guid(number), "userPrincipalName": name, "employeeId": employee_id, "accountEnabled": true, "userType": "Member",
        "displayName": name, "mail": format!("{}@acme.example", name.split('@').next().unwrap()), "usageLocation": "DE",
        "licenseAssignmentStates": [],
    })
}

/// A security group.
pub(crate) fn group(number: usize, name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.group", "id": guid(number), "displayName": name, "groupTypes": [],
        "mailEnabled": false, "securityEnabled": true, "onPremisesSyncEnabled": null,
    })
}

pub(crate) fn role(number: usize, name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.directoryRole", "id": guid(number), "displayName": name,
        "roleTemplateId": guid(number + 1),
    })
}

pub(crate) fn sku(number: usize, part: &str, used: usize, seats: usize) -> Value {
    json!({
        "id": format!("{}_{}", guid(1), guid(number)), "skuId": guid(number), "skuPartNumber": part, "consumedUnits": used,
        "prepaidUnits": {"enabled": seats, "suspended": 0, "warning": 0}, "capabilityStatus": "Enabled",
    })
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
        attributes: [
            ("email".to_owned(), "zoe@acme.example".to_owned()),
            ("displayName".to_owned(), "Zoë".to_owned()),
        ]
        .into(),
        entitlements: Default::default(),
    }
}

/// An account as it was read.
pub(crate) fn at(number: usize) -> Found {
    Found {
        handle: guid(number),
        version: None,
        account: account("zoe@acme.example", "1"),
    }
}

pub(crate) fn lock(tenant: &Shared) -> MutexGuard<'_, Tenant> {
    tenant.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tenant {
    /// Everything is as it was long ago, so that filters show it.
    pub(crate) fn settle(&mut self) {
        self.shown = self.users.clone();
        self.soon = self.users.clone();
    }

    /// A new id.
    pub(crate) fn id(&mut self) -> String {
        self.made += 1;
        guid(1_000_000 + self.made)
    }

    pub(crate) fn user(&mut self, id: &str) -> Option<&mut Value> {
        let named = |user: &Value| {
            let name = user["userPrincipalName"].as_str().unwrap_or_default();
            user["id"] == id || name.eq_ignore_ascii_case(id)
        };
        self.users.iter_mut().find(|user| named(user))
    }

    /// The requests so far, as method and address.
    pub(crate) fn log(&self) -> Vec<String> {
        let all = self.asked.iter();
        all.map(|asked| format!("{} {}", asked.method, asked.url))
            .collect()
    }

    fn reply(&mut self, asked: Asked) -> Reply {
        // The published description has no delta functions; what is answered follows their pages of the reference.
        let known = contract::is_known(&asked) || asked.url.starts_with("/groups/delta?");
        assert!(known, "no request of the contract's: {asked:?}");
        self.asked.push(asked.clone());
        let is_it = |(method, begins, _): &&Wrong| {
            asked.method == *method && asked.url.starts_with(begins.as_str())
        };
        match self.wrong.iter().find(is_it) {
            Some((_, _, answer)) => answer(),
            None => graph::answer(self, &asked),
        }
    }

    /// A batch, one by one (<https://learn.microsoft.com/graph/json-batching>).
    fn batch(&mut self, requests: &[Value]) -> Reply {
        if requests.len() > 20 {
            let text = "Number of batch request steps exceeds the maximum value of 20.";
            return error(400, "BadRequest", text);
        }
        let mut responses: Vec<Value> = Vec::new();
        for request in requests {
            let failed = |id: &Value| {
                let of = responses.iter().find(|response| response["id"] == *id);
                of.is_none_or(|response| response["status"].as_u64() >= Some(300))
            };
            let after = request["dependsOn"].as_array().into_iter().flatten();
            let reply = if after.clone().any(failed) {
                let text = "One of the dependent requests failed.";
                error(424, "FailedDependency", text)
            } else if request.get("body").is_some()
                && request["headers"]["Content-Type"] != "application/json"
            {
                let text = "Write request id does not contain Content-Type header or body.";
                error(400, "BadRequest", text)
            } else {
                let url = request["url"].as_str().unwrap();
                self.reply(Asked {
                    method: request["method"].as_str().unwrap().to_owned(),
                    url: url.to_owned(),
                    body: request["body"].clone(),
                })
            };
            let headers = reply.headers.iter();
            let headers: serde_json::Map<String, Value> = headers
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect();
            let mut response =
                json!({"id": request["id"], "status": reply.status, "headers": headers});
            if !reply.body.is_null() {
                response["body"] = reply.body;
            }
            responses.push(response);
        }
        // They need not come in the requests' order.
        responses.reverse();
        ok(json!({ "responses": responses }))
    }
}

/// The directory at a port of its own.
pub(crate) async fn serve(tenant: Tenant) -> (u16, Shared) {
    let tenant: Shared = Arc::new(Mutex::new(tenant));
    lock(&tenant).settle();
    let routes = Router::new()
        .fallback(answer)
        .with_state(Arc::clone(&tenant));
    let port = Served::until_the_end(routes).await.unwrap();
    (port, tenant)
}

/// The directory, and the system that reaches it.
pub(crate) async fn start(tenant: Tenant, settings: Value) -> (Arc<dyn System>, Shared) {
    let (port, tenant) = serve(tenant).await;
    (open(port, settings).unwrap(), tenant)
}

pub(crate) fn open(port: u16, settings: Value) -> Result<Arc<dyn System>, Fault> {
    let token = TOKEN.to_owned();
    let address = format!("http://127.0.0.1:{port}");
    open_with(address, settings, Secret::Bearer { token })
}

pub(crate) fn open_with(
    address: String,
    settings: Value,
    secret: Secret,
) -> Result<Arc<dyn System>, Fault> {
    let settings = Settings {
        name: "Entra".into(),
        address,
        settings: serde_json::from_value(settings).unwrap(),
        ..Settings::default()
    };
    system_entra::open(&settings, Some(secret), client().unwrap())
}

async fn answer(State(tenant): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut tenant = lock(&tenant);
    tenant.calls += 1;
    let said = parts.headers.get(header::AUTHORIZATION);
    let whole = parts.uri.to_string();
    let reply = match whole.strip_prefix("/v1.0") {
        _ if said.is_none_or(|said| said != &format!("Bearer {TOKEN}")) => {
            let text = "Access token validation failure. Invalid audience.";
            error(401, "InvalidAuthenticationToken", text)
        }
        None => error(400, "BadRequest", "Invalid version."),
        Some("/$batch") => match body["requests"].as_array() {
            Some(requests) => tenant.batch(requests),
            None => error(400, "BadRequest", "Invalid batch payload format."),
        },
        Some(url) => tenant.reply(Asked {
            method: parts.method.to_string(),
            url: url.to_owned(),
            body,
        }),
    };
    tenant.shown = std::mem::take(&mut tenant.soon);
    tenant.soon = tenant.users.clone();
    let mut headers = HeaderMap::new();
    for (name, value) in reply.headers {
        let name: HeaderName = name.parse().unwrap();
        headers.insert(name, HeaderValue::from_str(&value).unwrap());
    }
    let status = StatusCode::from_u16(reply.status).unwrap();
    match reply.body {
        Value::Null => (status, headers).into_response(),
        body => (status, headers, axum::Json(body)).into_response(),
    }
}
