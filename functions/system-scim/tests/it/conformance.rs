//! What every kind has to pass, against `scim2-server`.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, Offers};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::{PeerError, ScimServer};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use reqwest::Method;
use serde_json::{Value, json};

const GROUPS: [&str; 3] = ["everyone", "Vertrieb & Größe", "vpn"];
const PAGE: usize = 5;

struct Scim {
    server: ScimServer,
    http: reqwest::Client,
}

impl Scim {
    async fn start() -> Result<Scim, PeerError> {
        let scim = Scim {
            server: ScimServer::start().await?,
            http: client().unwrap(),
        };
        for name in GROUPS {
            let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
            let group = json!({ "schemas": [schema], "displayName": name });
            scim.call(Method::POST, "/Groups", Some(group)).await;
        }
        Ok(scim)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let address = format!("{}{path}", self.server.base_url());
        let call = self.http.request(method, address);
        let mut call = call.bearer_auth(self.server.token());
        if let Some(body) = body {
            let kind = "application/scim+json";
            call = call.header("content-type", kind).body(body.to_string());
        }
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.unwrap_or_default()
    }

    async fn patch(&self, path: &str, operation: Value) {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let body = json!({ "schemas": [schema], "Operations": [operation] });
        self.call(Method::PATCH, path, Some(body)).await;
    }

    async fn id(&self, kind: &str, attribute: &str, value: &str) -> String {
        let all = self
            .call(Method::GET, &format!("/{kind}?count=500"), None)
            .await;
        let all = all["Resources"].as_array().unwrap();
        let one = all.iter().find(|one| one[attribute] == value);
        one.unwrap_or_else(|| panic!("{value}"))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

#[async_trait]
impl Company for Scim {
    fn port(&self) -> u16 {
        self.server.port()
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
            // The user, and the groups that have it as a member.
            calls_to_read: 2,
            calls_to_exit: 4,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "Directory".into(),
            address: format!("http://127.0.0.1:{port}/v2"),
            settings: [("page".to_owned(), json!(PAGE))].into(),
            ..Settings::default()
        };
        let token = self.server.token().to_owned();
        system_scim::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    async fn make(&self, account: &Account) {
        let email = account.attributes.get("email");
        let emails = email.map(|value| json!([{ "value": value, "primary": true }]));
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": account.name, "externalId": account.employee_id, "active": account.active,
            "emails": emails.unwrap_or(json!([])),
        });
        self.call(Method::POST, "/Users", Some(user)).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let user = self.id("Users", "userName", name).await;
        let operation = json!({ "op": "replace", "path": "active", "value": active });
        self.patch(&format!("/Users/{user}"), operation).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let user = self.id("Users", "userName", name).await;
        let group = self.id("Groups", "displayName", entitlement.name()).await;
        let operation = match has {
            true => json!({ "op": "add", "path": "members", "value": [{ "value": user }] }),
            false => json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
        };
        self.patch(&format!("/Groups/{group}"), operation).await;
    }
}

latchkey_conformance::suite!(Scim::start());
