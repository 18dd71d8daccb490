//! What every kind has to pass, against a company of ours that is held against Google's discovery documents.

use std::{convert::Infallible, sync::Arc};

use async_trait::async_trait;
use axum::{http::StatusCode, response::IntoResponse};
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_systems::{Fault, Secret, Settings, System, client};
use serde_json::{Value, json};

use crate::workspace::{Org, Shared, TOKEN, group, listen};

const GROUPS: [&str; 3] = [
    "everybody@conformance.example",
    "o'neil_team.1@conformance.example",
    "vpn@conformance.example",
];
const PAGE: usize = 5;

struct Google {
    port: u16,
    org: Shared,
    http: reqwest::Client,
    takes_batches: bool,
}

impl Google {
    async fn start(takes_batches: bool) -> Result<Google, Infallible> {
        let groups = GROUPS.iter().enumerate();
        let groups = groups.map(|(n, address)| group(&format!("g{n}"), address));
        let org = Org {
            groups: groups.collect(),
            units: vec!["/".to_owned()],
            batches: (!takes_batches).then_some(|| StatusCode::NOT_FOUND.into_response()),
            ..Org::default()
        };
        let (port, org) = listen(org).await;
        let http = client().unwrap();
        Ok(Google {
            port,
            org,
            http,
            takes_batches,
        })
    }

    /// Changes a user past Latchkey; a search has had the time to see it.
    fn change(&self, name: &str, body: &Value) {
        let mut org = self.org.lock().unwrap();
        assert!(org.patch(name, body).is_ok());
        org.index = org.users.clone();
    }
}

#[async_trait]
impl Company for Google {
    fn port(&self) -> u16 {
        self.port
    }

    fn offers(&self) -> Offers {
        Offers {
            entitlements: GROUPS.map(|address| format!("group:{address}").into()),
            attributes: [
                "givenName",
                "familyName",
                "displayName",
                "title",
                "department",
            ]
            .into(),
            employee_id: true,
            renames: true,
            suspends: true,
            http: true,
            // The address, who else has the employee id, the groups: all at once, where the server lets.
            calls_to_read: if self.takes_batches { 1 } else { 3 },
            // Reading, sessions, sign-in.
            calls_to_cut: if self.takes_batches { 3 } else { 4 },
            // The group.
            calls_to_exit: if self.takes_batches { 4 } else { 6 },
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = Settings {
            name: "Google".into(),
            address: format!("http://127.0.0.1:{port}"),
            settings: [("page".to_owned(), json!(PAGE))].into(),
            ..Settings::default()
        };
        let token = TOKEN.to_owned();
        system_google::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    fn name(&self, plain: &str) -> String {
        format!("{plain}@conformance.example")
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/users", "/groups", "/members", "/items"],
            next: Next::At("/nextPageToken"),
            total: Total::Untold("Directory API, users.list: nextPageToken is all that a list has"),
        })
    }

    async fn make(&self, account: &Account) {
        let text = |name: &str| account.attributes.get(name).map_or("Made", String::as_str);
        let mut user = json!({
            "primaryEmail": account.name, "password": "not Latchkey's",
            "name": {"givenName": text("givenName"), "familyName": text("familyName")},
        });
        if let Some(shown) = account.attributes.get("displayName") {
            user["name"]["displayName"] = json!(shown);
        }
        let mut work = json!({"primary": true, "type": "work"});
        for name in ["title", "department"] {
            if let Some(value) = account.attributes.get(name) {
                work[name] = json!(value);
            }
        }
        user["organizations"] = json!([work]);
        if let Some(id) = &account.employee_id {
            user["externalIds"] = json!([{"value": id.as_str(), "type": "organization"}]);
        }
        assert!(self.org.lock().unwrap().insert(&user).is_ok());
        self.change(&account.name, &json!({"suspended": !account.active}));
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, name: &str, active: bool) {
        self.change(name, &json!({"suspended": !active}));
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let mut org = self.org.lock().unwrap();
        let place = GROUPS
            .iter()
            .position(|group| *group == entitlement.name())
            .unwrap();
        let id = org.user(name).unwrap()["id"].as_str().unwrap().to_owned();
        let member = (format!("g{place}"), id);
        match has {
            true => org.members.insert(member),
            false => org.members.remove(&member),
        };
    }

    /// With a session from before, or because they can sign in.
    async fn can_use(&self, name: &str) -> Option<bool> {
        let org = self.org.lock().unwrap();
        let user = org.user(name);
        Some(user.is_some_and(|user| {
            let id = user["id"].as_str().unwrap();
            org.sessions.contains(id) || user["suspended"] != true
        }))
    }
}

latchkey_conformance::suite!(Google::start(true));

/// Each call is a request of its own.
mod one_by_one {
    use super::Google;

    latchkey_conformance::suite!(Google::start(false);
        a_whole_life_every_step_twice,
        every_call_may_be_cut_before_and_after_it_took_effect,
        few_calls,
        odd_answers_fool_nobody,
    );
}
