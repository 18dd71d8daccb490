//! A server of ours that says what a test wants: answers and errors by action, as AWS documents them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use serde_json::{Value, json};

/// An answer: status, headers, body.
#[derive(Debug, Clone)]
pub(crate) struct Says {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

impl Says {
    pub(crate) fn ok(body: Value) -> Says {
        Says {
            status: 200,
            headers: Vec::new(),
            body,
        }
    }

    /// An error as AWS says it.
    pub(crate) fn error(status: u16, code: &str, more: Value) -> Says {
        let mut body = json!({"__type": code, "Message": "Because."});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        Says {
            status,
            headers: Vec::new(),
            body,
        }
    }
}

#[derive(Default)]
struct Told {
    /// Action → what is said, the last of them from then on.
    says: HashMap<String, VecDeque<Says>>,
    /// Action and a text in what is asked → what is said.
    when: Vec<(String, String, Says)>,
    calls: Vec<(String, Value)>,
}

pub(crate) struct Server {
    pub(crate) port: u16,
    told: Arc<Mutex<Told>>,
    _served: Served,
}

impl Server {
    /// One with an instance, nobody in it, and nothing that could be found.
    pub(crate) async fn start() -> Server {
        let told = Arc::new(Mutex::new(Told::default()));
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&told));
        let served = Served::with(routes).await.unwrap();
        let server = Server {
            port: served.port,
            told,
            _served: served,
        };
        let instance = json!({"InstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef", "IdentityStoreId": "d-1234567890"});
        server.says("ListInstances", json!({ "Instances": [instance] }));
        server.says("ListUsers", json!({"Users": []}));
        server.says(
            "ListGroupMembershipsForMember",
            json!({"GroupMemberships": []}),
        );
        server.says(
            "ListAccountAssignmentsForPrincipal",
            json!({"AccountAssignments": []}),
        );
        server
    }

    pub(crate) fn says(&self, action: &str, body: Value) {
        self.say(action, [Says::ok(body)]);
    }

    pub(crate) fn say_in_turn(&self, action: &str, bodies: impl IntoIterator<Item = Value>) {
        self.say(action, bodies.into_iter().map(Says::ok));
    }

    pub(crate) fn say(&self, action: &str, says: impl IntoIterator<Item = Says>) {
        let mut told = self.told.lock().unwrap();
        told.says
            .insert(action.to_owned(), says.into_iter().collect());
    }

    /// Says it where the text stands in what is asked.
    pub(crate) fn say_when(&self, action: &str, text: &str, body: Value) {
        let mut told = self.told.lock().unwrap();
        told.when
            .push((action.to_owned(), text.to_owned(), Says::ok(body)));
    }

    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        self.told.lock().unwrap().calls.clone()
    }
}

async fn answer(State(told): State<Arc<Mutex<Told>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts
        .headers
        .get("x-amz-target")
        .and_then(|t| t.to_str().ok());
    let action = target
        .and_then(|t| t.rsplit('.').next())
        .unwrap_or_default()
        .to_owned();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    let mut told = told.lock().unwrap();
    told.calls.push((
        action.clone(),
        serde_json::from_str(&text).unwrap_or_default(),
    ));
    let when = told
        .when
        .iter()
        .find(|(of, part, _)| *of == action && text.contains(part.as_str()));
    let when = when.map(|(_, _, says)| says.clone());
    let says = when.or_else(|| {
        let says = told.says.get_mut(&action)?;
        if says.len() > 1 {
            says.pop_front()
        } else {
            says.front().cloned()
        }
    });
    let says = says.unwrap_or_else(|| Says::error(400, "ResourceNotFoundException", json!({})));
    let mut headers = HeaderMap::new();
    for (name, value) in says.headers {
        headers.insert(name, value.parse().unwrap());
    }
    (
        StatusCode::from_u16(says.status).unwrap(),
        headers,
        Json(says.body),
    )
        .into_response()
}
