//! What every kind has to pass, against `scim2-server` from PyPI, against `scimmy` from npm, and against the crate
//! `scim-server`, which takes whole resources only.

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::{PeerError, ScimCrate, ScimServer, Scimmy};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use reqwest::Method;
use serde_json::{Value, json};

const GROUPS: [&str; 3] = ["everyone", "Vertrieb & Größe", "vpn"];
const ATTRIBUTES: [&str; 6] = [
    "givenName",
    "familyName",
    "displayName",
    "email",
    "title",
    "department",
];
const PAGE: usize = 5;

/// A company's directory, by whichever server.
struct Scim<Server> {
    /// Stops when it is dropped.
    _server: Server,
    port: u16,
    token: String,
    dialect: Option<&'static str>,
    attributes: &'static [&'static str],
    /// To read an account, to cut sign-in, and for an exit.
    calls: (usize, usize, usize),
    http: reqwest::Client,
}

async fn scim2_server() -> Result<Scim<ScimServer>, PeerError> {
    let server = ScimServer::start().await?;
    let scim = Scim {
        port: server.port(),
        token: server.token().to_owned(),
        _server: server,
        dialect: None,
        attributes: &ATTRIBUTES,
        // The user, and the groups that have it as a member.
        calls: (2, 2, 4),
        http: client().unwrap(),
    };
    Ok(scim.with_groups().await)
}

async fn scim_server() -> Result<Scim<ScimCrate>, PeerError> {
    let server = ScimCrate::start().await?;
    let scim = Scim {
        port: server.port(),
        token: server.token().to_owned(),
        _server: server,
        dialect: Some("no-patch"),
        // It does not know the enterprise extension, where the department would stand.
        attributes: ATTRIBUTES.split_last().unwrap().1,
        // Groups without members are asked themselves, and what is written is read before.
        calls: (4, 3, 8),
        http: client().unwrap(),
    };
    Ok(scim.with_groups().await)
}

async fn scimmy() -> Result<Scim<Scimmy>, PeerError> {
    let server = Scimmy::start().await?;
    let scim = Scim {
        port: server.port(),
        token: server.token().to_owned(),
        _server: server,
        dialect: None,
        attributes: &ATTRIBUTES,
        calls: (2, 2, 4),
        http: client().unwrap(),
    };
    Ok(scim.with_groups().await)
}

impl<Server> Scim<Server> {
    async fn with_groups(self) -> Self {
        for name in GROUPS {
            let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
            let group = json!({ "schemas": [schema], "displayName": name });
            self.call(Method::POST, "/Groups", Some(group)).await;
        }
        self
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let address = format!("http://127.0.0.1:{}/v2{path}", self.port);
        let call = self.http.request(method, address);
        let mut call = call.bearer_auth(&self.token);
        if let Some(body) = body {
            let kind = "application/scim+json";
            call = call.header("content-type", kind).body(body.to_string());
        }
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let answer = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {answer}");
        serde_json::from_str(&answer).unwrap_or_default()
    }

    async fn change(&self, path: &str, change: impl Fn(&mut Value)) {
        let mut resource = self.call(Method::GET, path, None).await;
        change(&mut resource);
        // Nobody but the server writes it (RFC 7643 section 3.1), and one of the servers refuses it.
        resource.as_object_mut().unwrap().remove("meta");
        self.call(Method::PUT, path, Some(resource)).await;
    }

    async fn id(&self, kind: &str, attribute: &str, value: &str) -> String {
        let all = self
            .call(Method::GET, &format!("/{kind}?count=100"), None)
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
impl<Server: Send + Sync> Company for Scim<Server> {
    fn port(&self) -> u16 {
        self.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|name| format!("group:{name}").into()),
            attributes: self.attributes.iter().copied().collect(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: true,
            calls_to_read: self.calls.0,
            calls_to_cut: self.calls.1,
            calls_to_exit: self.calls.2,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "Directory".into(),
            address: format!("http://127.0.0.1:{port}/v2"),
            dialect: self.dialect.map(str::to_owned),
            settings: [
                ("page".to_owned(), json!(PAGE)),
                ("attributes".to_owned(), json!(self.attributes)),
            ]
            .into(),
            ..Settings::default()
        };
        let token = self.token.clone();
        system_scim::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/Resources"],
            next: Next::Number {
                parameter: "startIndex",
                first: 1,
            },
            total: Total::At("/totalResults"),
        })
    }

    async fn make(&self, account: &Account) {
        let email = account.attributes.get("email");
        let emails = email.map(|value| json!([{ "value": value, "primary": true }]));
        let mut user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": account.name, "active": account.active, "emails": emails.unwrap_or(json!([])),
        });
        if let Some(id) = &account.employee_id {
            user["externalId"] = id.as_str().into();
        }
        self.call(Method::POST, "/Users", Some(user)).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let user = self.id("Users", "userName", name).await;
        let set = |user: &mut Value| user["active"] = active.into();
        self.change(&format!("/Users/{user}"), set).await;
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let user = self.id("Users", "userName", name).await;
        let group = self.id("Groups", "displayName", entitlement.name()).await;
        let set = |group: &mut Value| {
            let members = group["members"].as_array().cloned().unwrap_or_default();
            let others = members.into_iter().filter(|one| one["value"] != user);
            let own = has.then(|| json!({ "value": user }));
            group["members"] = others.chain(own).collect();
        };
        self.change(&format!("/Groups/{group}"), set).await;
    }
}

mod on_scim2_server {
    latchkey_conformance::suite!(super::scim2_server());
}

mod on_scimmy {
    latchkey_conformance::suite!(super::scimmy());
}

mod on_the_crate_scim_server {
    latchkey_conformance::suite!(super::scim_server());
}
