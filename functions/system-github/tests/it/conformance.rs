//! What every kind has to pass, against `emulate` with what it lacks (see `front`).

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::PeerError;
use latchkey_systems::{Fault, Secret, Settings, System, client};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::front::{Front, ORG, OWNER, TOKEN};

const TEAMS: [&str; 2] = ["everybody-here", "vpn"];
const PAGE: usize = 5;

struct GitHub {
    front: Front,
    http: reqwest::Client,
}

impl GitHub {
    async fn start() -> Result<GitHub, PeerError> {
        // GitHub accounts are people's own: everybody of the suite has one.
        let few = (1..50).chain(100..500);
        let many = (1_000..1_020).chain(3_000..3_020);
        let people: Vec<String> = few
            .chain(many)
            .map(|number| format!("zoe{number}"))
            .collect();
        Ok(GitHub {
            front: Front::start(&TEAMS, &people).await?,
            http: client().unwrap(),
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> StatusCode {
        let address = format!("http://127.0.0.1:{}/orgs/{ORG}/{path}", self.front.port);
        let call = self.http.request(method, address);
        let call = call.header("authorization", format!("Bearer {TOKEN}"));
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        call.send().await.unwrap().status()
    }
}

#[async_trait]
impl Company for GitHub {
    fn port(&self) -> u16 {
        self.front.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: [
                "team:everybody-here".into(),
                "maintainer:everybody-here".into(),
                "team:vpn".into(),
            ],
            attributes: [].into(),
            employee_id: false,
            renames: false,
            suspends: false,
            http: true,
            // The membership; the teams.
            calls_to_read: 2,
            // The membership, and out: everything goes with it.
            calls_to_cut: 2,
            calls_to_exit: 2,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "GitHub".into(),
            address: format!("http://127.0.0.1:{port}"),
            settings: [
                ("organization".to_owned(), json!(ORG)),
                ("ignore".to_owned(), json!([OWNER])),
                ("page".to_owned(), json!(PAGE)),
            ]
            .into(),
            ..Settings::default()
        };
        let token = TOKEN.to_owned();
        system_github::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &[""],
            next: Next::Link,
            total: Total::Untold(
                "docs.github.com, Using pagination in the REST API: the header Link is all that a list has",
            ),
        })
    }

    async fn make(&self, account: &Account) {
        self.set_active(&account.name, true).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        let path = format!("memberships/{name}");
        let status = match active {
            true => {
                self.call(Method::PUT, &path, Some(json!({ "role": "member" })))
                    .await
            }
            false => self.call(Method::DELETE, &path, None).await,
        };
        assert!(status.is_success(), "{name}: {status}");
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let path = format!("teams/{}/memberships/{name}", entitlement.name());
        let maintains = entitlement.kind() == "maintainer";
        let role = if maintains && has {
            "maintainer"
        } else {
            "member"
        };
        let status = match has || maintains {
            true => {
                self.call(Method::PUT, &path, Some(json!({ "role": role })))
                    .await
            }
            false => self.call(Method::DELETE, &path, None).await,
        };
        assert!(status.is_success(), "{name}: {status}");
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        Some(self.front.is_member(name).await)
    }
}

latchkey_conformance::suite!(GitHub::start());
