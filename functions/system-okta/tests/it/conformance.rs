//! What every kind has to pass, against `emulate` with what it lacks (see `front`).

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::PeerError;
use latchkey_systems::{Fault, Secret, Settings, System, client};
use reqwest::Method;
use serde_json::{Value, json};

use crate::front::{Front, TOKEN};

const GROUPS: [&str; 3] = ["everybody here", "Vertrieb & \"Größe\"", "vpn"];
const PAGE: usize = 5;

struct Okta {
    front: Front,
    http: reqwest::Client,
}

impl Okta {
    async fn start() -> Result<Okta, PeerError> {
        Ok(Okta {
            front: Front::start(&GROUPS).await?,
            http: client().unwrap(),
        })
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> Value {
        let address = format!("http://127.0.0.1:{}/api/v1/{path}", self.front.port);
        let call = self.http.request(method, address).json(&body);
        let call = call.header("authorization", format!("SSWS {TOKEN}"));
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    async fn id(&self, name: &str) -> String {
        let user = self
            .call(Method::GET, &format!("users/{name}"), json!(null))
            .await;
        user["id"].as_str().unwrap().to_owned()
    }
}

#[async_trait]
impl Company for Okta {
    fn port(&self) -> u16 {
        self.front.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|name| format!("group:{name}").into()),
            attributes: [
                "givenName",
                "familyName",
                "displayName",
                "email",
                "title",
                "department",
            ]
            .into(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: true,
            // Where the employee id is, the user as it is now, its groups.
            calls_to_read: 3,
            // Where the employee id is, the user as it is now, sessions and tokens, sign-in.
            calls_to_cut: 4,
            // Its groups, and out of one.
            calls_to_exit: 6,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "Okta".into(),
            address: format!("http://127.0.0.1:{port}"),
            settings: [("page".to_owned(), json!(PAGE))].into(),
            ..Settings::default()
        };
        let token = TOKEN.to_owned();
        system_okta::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    /// A login is an e-mail address unless the organisation chose otherwise.
    fn name(&self, plain: &str) -> String {
        format!("{plain}@conformance.example")
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &[""],
            next: Next::Link,
            total: Total::Untold(
                "developer.okta.com, Pagination: the header Link is all that a list has",
            ),
        })
    }

    async fn make(&self, account: &Account) {
        let mut profile = json!({"login": account.name});
        let names = [
            ("givenName", "firstName"),
            ("familyName", "lastName"),
            ("displayName", "displayName"),
            ("email", "email"),
            ("title", "title"),
            ("department", "department"),
        ];
        for (ours, theirs) in names {
            if let Some(value) = account.attributes.get(ours) {
                profile[theirs] = json!(value);
            }
        }
        if let Some(id) = &account.employee_id {
            profile["employeeNumber"] = json!(id.as_str());
        }
        let path = format!("users?activate={}", account.active);
        self.call(Method::POST, &path, json!({ "profile": profile }))
            .await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let step = if active { "unsuspend" } else { "suspend" };
        let path = format!("users/{}/lifecycle/{step}", self.id(name).await);
        self.call(Method::POST, &path, json!({})).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let groups = self.call(Method::GET, "groups", json!(null)).await;
        let mut groups = groups.as_array().unwrap().iter();
        let group = groups.find(|g| g["profile"]["name"] == entitlement.name());
        let group = group.unwrap()["id"].as_str().unwrap();
        let method = if has { Method::PUT } else { Method::DELETE };
        let path = format!("groups/{group}/users/{}", self.id(name).await);
        self.call(method, &path, json!(null)).await;
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        Some(self.front.works(name).await)
    }
}

latchkey_conformance::suite!(Okta::start());
