//! What Slack has and `emulate` has not, put before it:
//!
//! - the token that is accepted, and nothing else (`invalid_auth`); `emulate` is shown one of its own, another after
//!   some thousand calls, for it refuses more than 5,000 with one;
//! - the admin API: an invited person is one of many whom `emulate` was told of at the start, with the invited address,
//!   and has accepted at once; who is removed leaves the channels, is not found by address, and stands in the list as
//!   deleted;
//! - sessions: one begins when somebody comes in, and only `admin.users.session.reset` ends it;
//! - user groups; `users.conversations`; which channel is the general one.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::header,
    response::Response,
};
use latchkey_conformance::Served;
use latchkey_peers::{Emulate, PeerError};
use serde_json::{Map, Value, json};

use crate::form::{Form, form, ok, page, refusal};

/// The token that is accepted.
pub(crate) const TOKEN: &str = "xoxp-conformance";
/// The workspace.
pub(crate) const TEAM: &str = "T000000001";
/// Whose token it is; always in every channel and user group.
const OWNER: &str = "U000000001";
/// People who can be invited.
const MANY: usize = 250;
/// Calls with one of `emulate`'s tokens, which takes less than 5,000.
const CALLS: usize = 4_000;
const TOKENS: usize = 20;

#[derive(Default)]
struct Known {
    /// People whom nobody has invited yet.
    waiting: Vec<String>,
    /// Person → whether they are in the workspace.
    people: HashMap<String, bool>,
    sessions: BTreeSet<String>,
    /// Handle → members.
    groups: BTreeMap<String, BTreeSet<String>>,
}

struct Team {
    emulate: u16,
    client: reqwest::Client,
    calls: AtomicUsize,
    known: Mutex<Known>,
    /// Whoever is invited is invited once: Slack does one after the other.
    inviting: tokio::sync::Mutex<()>,
}

/// `emulate` with Slack's habits, at a port of its own.
pub(crate) struct Front {
    pub(crate) port: u16,
    team: Arc<Team>,
    _served: Served,
    _emulate: Emulate,
}

impl Front {
    /// A workspace with these channels, and whether they are private, and these user groups.
    pub(crate) async fn start(
        channels: &[(&str, bool)],
        groups: &[&str],
    ) -> Result<Front, PeerError> {
        let tokens = (0..TOKENS).map(|n| (format!("t{n}"), json!({"login": OWNER})));
        let tokens: Map<String, Value> = tokens.collect();
        let users = (0..MANY).map(|n| json!({"name": format!("waiting{n}")}));
        let users: Vec<Value> = users.collect();
        let channels = channels
            .iter()
            .map(|(name, private)| json!({"name": name, "is_private": private}));
        let channels: Vec<Value> = channels.collect();
        // JSON is YAML.
        let seed = json!({"tokens": tokens, "slack": {"users": users, "channels": channels}});
        let emulate = Emulate::start("slack", &seed.to_string()).await?;
        let owner = BTreeSet::from([OWNER.to_owned()]);
        let team = Arc::new(Team {
            emulate: emulate.port(),
            client: reqwest::Client::new(),
            calls: AtomicUsize::new(0),
            inviting: tokio::sync::Mutex::default(),
            known: Mutex::new(Known {
                groups: groups
                    .iter()
                    .map(|handle| ((*handle).to_owned(), owner.clone()))
                    .collect(),
                ..Known::default()
            }),
        });
        let people = team.list("users.list", "members", &[]).await;
        let waiting = people.iter().filter(|user| user["id"] != OWNER);
        let waiting = waiting.map(|user| user["id"].as_str().unwrap().to_owned());
        team.known.lock().unwrap().waiting = waiting.collect();
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&team));
        let served = Served::with(routes).await.unwrap();
        Ok(Front {
            port: served.port,
            team,
            _served: served,
            _emulate: emulate,
        })
    }

    /// Lets somebody in, past the API.
    pub(crate) async fn let_in(&self, address: &str) {
        self.team.let_in(address).await;
    }

    /// The id of whoever has an address.
    pub(crate) async fn id(&self, address: &str) -> Option<String> {
        let body = self
            .team
            .pass("users.lookupByEmail", &[("email", address)])
            .await;
        body["user"]["id"].as_str().map(str::to_owned)
    }

    /// Whether somebody can use the workspace: with a session from before, or because they can sign in.
    pub(crate) async fn works(&self, address: &str) -> bool {
        let Some(id) = self.id(address).await else {
            return false;
        };
        let known = self.team.known.lock().unwrap();
        known.sessions.contains(&id) || known.people.get(&id) == Some(&true)
    }
}

impl Team {
    async fn pass(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) / CALLS;
        assert!(number < TOKENS, "more calls than tokens");
        let address = format!("http://127.0.0.1:{}/api/{method}", self.emulate);
        let call = self.client.post(address).bearer_auth(format!("t{number}"));
        let answer = call.form(fields).send().await.unwrap();
        answer.json().await.unwrap_or_default()
    }

    /// A list of `emulate`'s, all of it.
    async fn list(&self, method: &str, field: &str, fields: &[(&str, &str)]) -> Vec<Value> {
        let fields = [fields, &[("limit", "1000")]].concat();
        let mut body = self.pass(method, &fields).await;
        match body[field].take() {
            Value::Array(items) => items,
            other => panic!("{method}: {other}"),
        }
    }

    /// Channels, and which is the general one.
    async fn channels(&self) -> Vec<Value> {
        let types = [("types", "public_channel,private_channel")];
        let mut channels = self.list("conversations.list", "channels", &types).await;
        for channel in &mut channels {
            channel["is_general"] = json!(channel["name"] == "general");
        }
        channels
    }

    async fn members(&self, channel: &Value) -> Vec<Value> {
        let of = [("channel", channel["id"].as_str().unwrap())];
        self.list("conversations.members", "members", &of).await
    }

    async fn leave_all(&self, id: &str) {
        for channel in self.channels().await {
            let kick = [("channel", channel["id"].as_str().unwrap()), ("user", id)];
            self.pass("conversations.kick", &kick).await;
        }
    }

    async fn let_in(&self, address: &str) -> String {
        let id = self
            .known
            .lock()
            .unwrap()
            .waiting
            .pop()
            .expect("enough people");
        // `emulate` puts everybody into every channel at first.
        self.leave_all(&id).await;
        let set = [("user", id.as_str()), ("name", "email"), ("value", address)];
        self.pass("users.profile.set", &set).await;
        self.come_in(&id);
        id
    }

    fn come_in(&self, id: &str) {
        let mut known = self.known.lock().unwrap();
        known.people.insert(id.to_owned(), true);
        known.sessions.insert(id.to_owned());
    }

    fn is_in(&self, id: &str) -> Option<bool> {
        self.known.lock().unwrap().people.get(id).copied()
    }

    async fn invite(&self, form: &Form) -> Response {
        let _turn = self.inviting.lock().await;
        let address = form["email"].as_str();
        let body = self
            .pass("users.lookupByEmail", &[("email", address)])
            .await;
        match body["user"]["id"].as_str().map(|id| self.is_in(id)) {
            Some(Some(true)) => return refusal("already_in_team"),
            Some(_) => return refusal("user_disabled"),
            None => {}
        }
        let id = self.let_in(address).await;
        for channel in form["channel_ids"].split(',') {
            let invite = [("channel", channel), ("users", id.as_str())];
            self.pass("conversations.invite", &invite).await;
        }
        ok(json!({}))
    }

    fn update_group(&self, form: &Form) -> Response {
        let mut known = self.known.lock().unwrap();
        let users: BTreeSet<String> = form["users"].split(',').map(str::to_owned).collect();
        if users
            .iter()
            .any(|id| id != OWNER && known.people.get(id) != Some(&true))
        {
            return refusal("invalid_users");
        }
        match known
            .groups
            .get_mut(form["usergroup"].trim_start_matches('S'))
        {
            None => refusal("no_such_subteam"),
            Some(members) => {
                *members = users;
                ok(json!({}))
            }
        }
    }
}

#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
async fn answer(State(team): State<Arc<Team>>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    if shown.is_none_or(|shown| shown != &format!("Bearer {TOKEN}")) {
        return refusal("invalid_auth");
    }
    let path = request.uri().path().trim_start_matches("/api/").to_owned();
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let form = form(&body);
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    let wrong_team =
        path.starts_with("admin.") && !path.contains("session") && of("team_id") != TEAM;
    if wrong_team {
        return refusal("team_not_found");
    }
    let user = of("user_id");
    match path.as_str() {
        "admin.users.invite" => team.invite(&form).await,
        "admin.users.assign" => {
            team.come_in(&user);
            ok(json!({}))
        }
        "admin.users.session.reset" => {
            team.known.lock().unwrap().sessions.remove(&user);
            ok(json!({}))
        }
        "admin.users.remove" => {
            if team.is_in(&user) != Some(true) {
                return refusal("user_not_found");
            }
            team.leave_all(&user).await;
            let mut known = team.known.lock().unwrap();
            known.people.insert(user.clone(), false);
            for members in known.groups.values_mut() {
                members.remove(&user);
            }
            ok(json!({}))
        }
        "usergroups.list" => {
            let known = team.known.lock().unwrap();
            let groups = known.groups.iter().map(|(handle, users)| {
                json!({"id": format!("S{handle}"), "handle": handle, "date_delete": 0, "users": users})
            });
            ok(json!({"usergroups": groups.collect::<Vec<_>>()}))
        }
        "usergroups.users.list" => {
            let known = team.known.lock().unwrap();
            match known.groups.get(of("usergroup").trim_start_matches('S')) {
                None => refusal("no_such_subteam"),
                Some(users) => ok(json!({"users": users})),
            }
        }
        "usergroups.users.update" => team.update_group(&form),
        "users.list" => {
            let mut shown = Vec::new();
            for mut user in team.list("users.list", "members", &[]).await {
                let id = user["id"].as_str().unwrap().to_owned();
                match team.is_in(&id) {
                    None if id != OWNER => continue,
                    Some(false) => user["deleted"] = json!(true),
                    _ => {}
                }
                shown.push(user);
            }
            page("members", shown, &form)
        }
        "users.info" => {
            let mut body = team.pass(&path, &[("user", &of("user"))]).await;
            // Whoever was taken out is still shown by their id.
            let is_here = of("user") == OWNER || team.is_in(&of("user")) == Some(true);
            body["user"]["deleted"] = (!is_here).into();
            ok(body)
        }
        "users.lookupByEmail" => {
            let body = team.pass(&path, &[("email", &of("email"))]).await;
            match body["user"]["id"].as_str() {
                Some(id) if id == OWNER || team.is_in(id) == Some(true) => ok(body),
                _ => refusal("users_not_found"),
            }
        }
        "users.conversations" => {
            let mut channels = Vec::new();
            for channel in team.channels().await {
                if team.members(&channel).await.contains(&json!(of("user"))) {
                    channels.push(channel);
                }
            }
            page("channels", channels, &form)
        }
        "conversations.list" => page("channels", team.channels().await, &form),
        _ => {
            let fields: Vec<(&str, &str)> =
                form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            axum::response::IntoResponse::into_response(axum::Json(team.pass(&path, &fields).await))
        }
    }
}
