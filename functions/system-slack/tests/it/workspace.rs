//! A workspace of ours: people, channels and user groups as Slack's reference describes them, and calls that are
//! refused when a test says so.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::header,
    response::Response,
};
use latchkey_conformance::Served;
use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Found, Secret, Settings, Sought, System, client};
use serde_json::{Value, json};

use crate::form::{Form, Said, form, ok, page, refusal};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "xoxb-token";
/// The id of the app itself.
const APP: &str = "UAPP";

/// What is there.
#[derive(Default)]
pub(crate) struct Workspace {
    pub(crate) users: Vec<Value>,
    /// Channels as Slack shows them, and their `members`, which it does not show.
    pub(crate) channels: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    /// Methods that go wrong, and what they are answered with.
    pub(crate) wrong: Vec<(&'static str, Said)>,
    /// What somebody else makes of the user group right after each update of ours.
    pub(crate) meanwhile: VecDeque<Vec<String>>,
    /// Every call so far.
    pub(crate) calls: Vec<String>,
    /// Every form so far.
    pub(crate) forms: Vec<Form>,
}

pub(crate) type Shared = Arc<Mutex<Workspace>>;

pub(crate) fn user(id: &str, address: &str) -> Value {
    json!({
        "id": id, "team_id": "T1", "name": address.split('@').next(), "deleted": false, "is_bot": false,
        "profile": {"email": address, "display_name": "zoe"},
    })
}

pub(crate) fn channel(id: &str, name: &str, members: &[&str]) -> Value {
    json!({
        "id": id, "name": name, "is_channel": true, "is_private": false, "is_general": false, "is_archived": false,
        "members": members,
    })
}

pub(crate) fn group(id: &str, handle: &str, users: &[&str]) -> Value {
    json!({"id": id, "handle": handle, "name": handle, "date_delete": 0, "auto_type": null, "users": users})
}

/// Zoë, and two channels with the app in them.
pub(crate) fn zoe() -> Workspace {
    Workspace {
        users: vec![user("U1", "zoe@acme.example")],
        channels: vec![
            channel("C1", "sales", &[APP, "U1"]),
            channel("C2", "vpn", &[APP]),
        ],
        ..Workspace::default()
    }
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

pub(crate) fn account(name: &str) -> Account {
    Account {
        employee_id: None,
        name: name.to_owned(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    }
}

/// An account as it was read.
pub(crate) fn at(id: &str) -> Found {
    Found {
        handle: id.to_owned(),
        version: None,
        account: account("zoe@acme.example"),
    }
}

/// The workspace at a port of its own, and the system that reaches it.
pub(crate) async fn start(team: Workspace, settings: Value) -> (Arc<dyn System>, Shared) {
    let team: Shared = Arc::new(Mutex::new(team));
    let routes = Router::new().fallback(answer).with_state(Arc::clone(&team));
    let port = Served::until_the_end(routes).await.unwrap();
    let address = format!("http://127.0.0.1:{port}");
    (open(address, settings, TOKEN), team)
}

pub(crate) fn open(address: String, settings: Value, token: &str) -> Arc<dyn System> {
    let settings = Settings {
        name: "Slack".into(),
        address,
        settings: serde_json::from_value(settings).unwrap(),
        ..Settings::default()
    };
    let token = token.to_owned();
    system_slack::open(&settings, Some(Secret::Bearer { token }), client().unwrap()).unwrap()
}

impl Workspace {
    /// The members of a channel.
    pub(crate) fn members(&self, channel: &str) -> Vec<String> {
        let channel = self.channels.iter().find(|c| c["id"] == channel).unwrap();
        serde_json::from_value(channel["members"].clone()).unwrap()
    }

    fn shown(&self, of: Option<&str>) -> Vec<Value> {
        let is_in = |channel: &Value, id: &str| {
            let members = channel["members"].as_array().unwrap();
            members.iter().any(|member| member == id)
        };
        let visible = |c: &&Value| c["is_private"] != true || is_in(c, APP);
        let channels = self.channels.iter().filter(visible);
        let channels = channels.filter(|c| of.is_none_or(|id| is_in(c, id)));
        let hidden = channels.map(|channel| {
            let mut channel = channel.clone();
            channel.as_object_mut().unwrap().remove("members");
            channel
        });
        hidden.collect()
    }

    /// Puts somebody into a channel, or takes them out.
    fn change(&mut self, form: &Form, user: &str, joins: bool) -> Response {
        let known = user == APP || self.users.iter().any(|u| u["id"] == user);
        let channel = self
            .channels
            .iter_mut()
            .find(|c| c["id"] == form["channel"].as_str());
        let Some(channel) = channel else {
            return refusal("channel_not_found");
        };
        let general = channel["is_general"] == true;
        let Value::Array(members) = &mut channel["members"] else {
            panic!("no members")
        };
        if user != APP && !members.contains(&json!(APP)) {
            return refusal("not_in_channel");
        }
        match (known, joins, members.contains(&json!(user))) {
            (false, ..) => return refusal("user_not_found"),
            (_, true, true) if user != APP => return refusal("already_in_channel"),
            (_, false, false) => return refusal("not_in_channel"),
            (_, false, _) if general => return refusal("cant_kick_from_general"),
            _ => {}
        }
        members.retain(|member| member != user);
        if joins {
            members.push(json!(user));
        }
        ok(json!({}))
    }

    #[allow(
        clippy::too_many_lines,
        reason = "one answer for each call of the vendor"
    )]
    fn answer(&mut self, method: &str, form: &Form) -> Response {
        let of = |name: &str| form.get(name).cloned().unwrap_or_default();
        if let Some((_, wrong)) = self.wrong.iter().find(|(of, _)| *of == method) {
            return wrong();
        }
        match method {
            "auth.test" => {
                ok(json!({"url": "https://acme.slack.com/", "team_id": "T1", "user_id": APP}))
            }
            "users.list" => page("members", self.users.clone(), form),
            "users.lookupByEmail" => {
                let mut users = self.users.iter();
                let its = |u: &&Value| {
                    u["profile"]["email"] == of("email").as_str() && u["deleted"] != true
                };
                match users.find(its) {
                    Some(user) => ok(json!({"user": user})),
                    None => refusal("users_not_found"),
                }
            }
            "users.profile.get" => match self.users.iter().find(|u| u["id"] == of("user").as_str())
            {
                Some(user) => ok(json!({"profile": user["profile"]})),
                None => refusal("user_not_found"),
            },
            "users.profile.set" => {
                let user = self
                    .users
                    .iter_mut()
                    .find(|u| u["id"] == of("user").as_str());
                user.unwrap()["profile"][of("name")] = json!(of("value"));
                ok(json!({}))
            }
            "users.conversations" => page("channels", self.shown(Some(&of("user"))), form),
            "conversations.list" => page("channels", self.shown(None), form),
            "conversations.members" => {
                let members = self.members(&of("channel"));
                page(
                    "members",
                    members.into_iter().map(Value::from).collect(),
                    form,
                )
            }
            "conversations.invite" => self.change(form, &of("users"), true),
            "conversations.kick" => self.change(form, &of("user"), false),
            "conversations.join" => self.change(form, APP, true),
            "usergroups.list" => ok(json!({"usergroups": self.groups})),
            "usergroups.users.list" | "usergroups.users.update" => {
                let group = self
                    .groups
                    .iter_mut()
                    .find(|g| g["id"] == of("usergroup").as_str());
                let Some(group) = group else {
                    return refusal("no_such_subteam");
                };
                if method.ends_with("list") {
                    return ok(json!({"users": group["users"]}));
                }
                if of("users").is_empty() {
                    return refusal("no_users_provided");
                }
                let users: Vec<String> = of("users").split(',').map(str::to_owned).collect();
                group["users"] = json!(self.meanwhile.pop_front().unwrap_or(users));
                ok(json!({"usergroup": group}))
            }
            "admin.users.invite" => {
                let address = of("email");
                if self
                    .users
                    .iter()
                    .any(|u| u["profile"]["email"] == address.as_str())
                {
                    return refusal("user_disabled");
                }
                self.users
                    .push(user(&format!("U{}", self.users.len() + 1), &address));
                ok(json!({}))
            }
            "admin.users.assign" | "admin.users.remove" => {
                let user = self
                    .users
                    .iter_mut()
                    .find(|u| u["id"] == of("user_id").as_str());
                let Some(user) = user else {
                    return refusal("user_not_found");
                };
                user["deleted"] = json!(method.ends_with("remove"));
                ok(json!({}))
            }
            "admin.users.session.reset" => {
                match self.users.iter().any(|u| u["id"] == of("user_id").as_str()) {
                    true => ok(json!({})),
                    false => refusal("user_not_found"),
                }
            }
            _ => refusal("unknown_method"),
        }
    }
}

async fn answer(State(team): State<Shared>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION).cloned();
    let path = request.uri().path().trim_start_matches("/api/").to_owned();
    assert_eq!(
        request.uri().query(),
        None,
        "something stands in the address"
    );
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let form = form(&body);
    let mut team = team.lock().unwrap();
    team.calls.push(path.clone());
    team.forms.push(form.clone());
    if shown.is_none_or(|shown| shown != format!("Bearer {TOKEN}")) {
        return refusal("invalid_auth");
    }
    team.answer(&path, &form)
}
