//! What every kind has to pass, against JupyterHub.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::{JupyterHub, Lender, Lent, PeerError};
use latchkey_systems::{Fault, Secret, System, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::samples;

pub(crate) const GROUPS: [&str; 3] = ["everyone", "Vertrieb & Größe", "vpn"];
const PAGE: usize = 5;

static HUBS: Lender<JupyterHub> = Lender::new();

pub(crate) struct Hub {
    pub(crate) server: Lent<JupyterHub>,
    http: reqwest::Client,
    /// Tokens of users, which stand for what they are signed in with.
    tokens: Mutex<BTreeMap<String, String>>,
}

impl Hub {
    /// A hub without users, which nobody else has.
    pub(crate) async fn start() -> Result<Hub, PeerError> {
        let hub = Hub {
            server: HUBS.lend(JupyterHub::start(&GROUPS)).await?,
            http: client().unwrap(),
            tokens: Mutex::default(),
        };
        hub.empty().await;
        Ok(hub)
    }

    /// Takes away whom an earlier test has made, with all that they have.
    async fn empty(&self) {
        loop {
            // A page of them.
            let users = self.call(Method::GET, &["users"], None).await;
            let users = users.as_array().unwrap();
            if users.is_empty() {
                return;
            }
            for user in users {
                let name = user["name"].as_str().unwrap();
                self.call(Method::DELETE, &["users", name], None).await;
            }
        }
    }

    pub(crate) fn open_with(&self, token: &str, port: u16) -> Arc<dyn System> {
        let token = token.to_owned();
        let address = format!("http://127.0.0.1:{port}/hub/api");
        samples::open("notebooks", address, Secret::Bearer { token }, PAGE).unwrap()
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
        token: &str,
    ) -> (StatusCode, Value) {
        let base = format!("http://127.0.0.1:{}/hub/api", self.server.port());
        let mut url: reqwest::Url = base.parse().unwrap();
        url.path_segments_mut().unwrap().extend(path);
        let call = self.http.request(method, url);
        let call = call.header("authorization", format!("token {token}"));
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        let answer = call.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or_default())
    }

    pub(crate) async fn call(&self, method: Method, path: &[&str], body: Option<Value>) -> Value {
        let token = self.server.admin_token();
        let (status, answer) = self.ask(method, path, body, &token).await;
        assert!(status.is_success(), "{path:?}: {status}: {answer}");
        answer
    }
}

#[async_trait]
impl Company for Hub {
    fn port(&self) -> u16 {
        self.server.port()
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|name| format!("group:{name}").into()),
            attributes: [].into(),
            employee_id: false,
            // It can, but whoever has no employee id there is not found under the old name again.
            renames: false,
            suspends: false,
            http: true,
            calls_to_read: 1,
            calls_to_cut: 2,
            calls_to_exit: 2,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        Ok(self.open_with(self.server.token(), port))
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/items"],
            next: Next::Number {
                parameter: "offset",
                first: 0,
            },
            total: Total::At("/_pagination/total"),
        })
    }

    async fn make(&self, account: &Account) {
        self.call(Method::POST, &["users", &account.name], None)
            .await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let method = if active { Method::POST } else { Method::DELETE };
        self.call(method, &["users", name], None).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let method = if has { Method::POST } else { Method::DELETE };
        let body = json!({ "users": [name] });
        let path = ["groups", entitlement.name(), "users"];
        self.call(method, &path, Some(body)).await;
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        let kept = self.tokens.lock().unwrap().get(name).cloned();
        if let Some(token) = kept {
            let (status, _) = self.ask(Method::GET, &["user"], None, &token).await;
            if status.is_success() {
                return Some(true);
            }
        }
        let admin = self.server.admin_token();
        let path = ["users", name, "tokens"];
        let (status, made) = self.ask(Method::POST, &path, None, &admin).await;
        let token = made["token"].as_str().map(str::to_owned);
        if let Some(token) = token {
            self.tokens.lock().unwrap().insert(name.to_owned(), token);
        }
        Some(status.is_success())
    }
}

latchkey_conformance::suite!(Hub::start());
