//! What every kind has to pass, against `emulate` with what it lacks (see `front`).

use std::sync::Arc;

use async_trait::async_trait;
use latchkey_conformance::{Company, JsonPages, Lists, Next, Offers, Total};
use latchkey_lifecycle::{Account, Entitlement};
use latchkey_peers::PeerError;
use latchkey_systems::{Fault, Secret, Settings, System, client};
use serde_json::{Value, json};

use crate::front::{Front, TEAM, TOKEN};

const CHANNELS: [(&str, bool); 2] = [("everybody-here", false), ("größe-王", true)];
const GROUP: &str = "vertrieb-süd";
const PAGE: usize = 5;

struct Slack {
    front: Front,
    http: reqwest::Client,
    usergroups: bool,
}

impl Slack {
    async fn start(usergroups: bool) -> Result<Slack, PeerError> {
        let mut channels = CHANNELS.to_vec();
        channels.push(("third", false));
        Ok(Slack {
            front: Front::start(&channels, &[GROUP]).await?,
            http: client().unwrap(),
            usergroups,
        })
    }

    async fn call(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let address = format!("http://127.0.0.1:{}/api/{method}", self.front.port);
        let call = self.http.post(address).bearer_auth(TOKEN).form(fields);
        let body: Value = call.send().await.unwrap().json().await.unwrap();
        assert_eq!(body["ok"], true, "{method}: {body}");
        body
    }
}

#[async_trait]
impl Company for Slack {
    fn port(&self) -> u16 {
        self.front.port
    }

    fn offers(&self) -> Offers {
        let channel = |nth: usize| Entitlement::from(format!("channel:{}", CHANNELS[nth].0));
        let second = match self.usergroups {
            true => format!("usergroup:{GROUP}"),
            false => "channel:third".to_owned(),
        };
        let groups = usize::from(self.usergroups);
        Offers {
            entitlements: [channel(0), second.into(), channel(1)],
            attributes: [].into(),
            employee_id: false,
            renames: false,
            suspends: false,
            http: true,
            // By address, the channels, the user groups.
            calls_to_read: 2 + groups,
            // By address, sessions, and out of the workspace, which takes everything.
            calls_to_cut: 3,
            calls_to_exit: 3,
            page: PAGE,
        }
    }

    fn open(&self, port: u16) -> Result<Arc<dyn System>, Fault> {
        let settings = [
            ("page", json!(PAGE)),
            ("usergroups", json!(self.usergroups)),
            ("admin", json!(true)),
            ("team", json!(TEAM)),
        ];
        let settings = Settings {
            name: "Slack".into(),
            address: format!("http://127.0.0.1:{port}/api"),
            settings: settings.map(|(k, v)| (k.to_owned(), v)).into(),
            ..Settings::default()
        };
        let token = TOKEN.to_owned();
        system_slack::open(&settings, Some(Secret::Bearer { token }), self.http.clone())
    }

    /// People sign in with their e-mail address.
    fn name(&self, plain: &str) -> String {
        format!("{plain}@conformance.example")
    }

    fn lists(&self) -> Lists {
        Lists::Json(JsonPages {
            lines: &["/members", "/channels"],
            next: Next::At("/response_metadata/next_cursor"),
            total: Total::Untold("docs.slack.dev, Pagination: a cursor is all that a list has"),
        })
    }

    async fn make(&self, account: &Account) {
        self.front.let_in(&account.name).await;
        for entitlement in &account.entitlements {
            self.entitle(&account.name, entitlement, true).await;
        }
    }

    async fn set_active(&self, _: &str, _: bool) {
        panic!("who is deactivated is not there")
    }

    async fn entitle(&self, name: &str, entitlement: &Entitlement, has: bool) {
        let id = self.front.id(name).await.unwrap();
        if entitlement.kind() == "usergroup" {
            let group = format!("S{GROUP}");
            let body = self
                .call("usergroups.users.list", &[("usergroup", &group)])
                .await;
            let mut users: Vec<&str> = body["users"]
                .as_array()
                .unwrap()
                .iter()
                .map(|u| u.as_str().unwrap())
                .collect();
            users.retain(|user| *user != id);
            if has {
                users.push(&id);
            }
            let whole = users.join(",");
            let update = [("usergroup", group.as_str()), ("users", whole.as_str())];
            self.call("usergroups.users.update", &update).await;
            return;
        }
        let types = [("types", "public_channel,private_channel")];
        let body = self.call("conversations.list", &types).await;
        let mut channels = body["channels"].as_array().unwrap().iter();
        let channel = channels.find(|c| c["name"] == entitlement.name()).unwrap();
        let channel = ("channel", channel["id"].as_str().unwrap());
        match has {
            true => {
                self.call("conversations.invite", &[channel, ("users", &id)])
                    .await
            }
            false => {
                self.call("conversations.kick", &[channel, ("user", &id)])
                    .await
            }
        };
    }

    async fn can_use(&self, name: &str) -> Option<bool> {
        Some(self.front.works(name).await)
    }
}

latchkey_conformance::suite!(Slack::start(true));

/// The same without user groups, where an exit takes four calls in all.
mod channels_only {
    use super::Slack;

    latchkey_conformance::suite!(Slack::start(false); few_calls, a_whole_life_every_step_twice,);
}
