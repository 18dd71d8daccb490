//! What GitHub has and `emulate` has not, put before it:
//!
//! - GraphQL, from what `emulate` says of teams;
//! - `DELETE /orgs/ORG/memberships/LOGIN`, which `emulate` has under `members` only;
//! - an owner is not everybody who maintains some team;
//! - the team in which `emulate` keeps the members is none;
//! - a token, and nothing else (401); `emulate` is shown one of its own, another after some thousand calls, for it
//!   refuses more than 5,000 with one;
//! - the list of invitations, which is empty: whoever is invited is a member at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_peers::{Emulate, PeerError};
use serde_json::{Map, Value, json};

use crate::graphql::Seen;

pub(crate) const TOKEN: &str = "github_pat_conformance";
pub(crate) const ORG: &str = "acme";
/// Who owns the organisation, and is nobody of the people.
pub(crate) const OWNER: &str = "the-owner";
/// Teams of `emulate`'s own.
const OWN: [&str; 2] = ["members", "owners"];
const CALLS: usize = 4_000;
const TOKENS: usize = 20;

struct Org {
    emulate: u16,
    client: reqwest::Client,
    calls: AtomicUsize,
}

/// `emulate` with GitHub's habits, at a port of its own.
pub(crate) struct Front {
    pub(crate) port: u16,
    org: Arc<Org>,
    _served: Served,
    _emulate: Emulate,
}

impl Front {
    /// An organisation with these teams, and people who could be called in.
    pub(crate) async fn start(teams: &[&str], people: &[String]) -> Result<Front, PeerError> {
        let tokens = (0..TOKENS).map(|n| (format!("t{n}"), json!({ "login": OWNER })));
        let tokens: Map<String, Value> = tokens.collect();
        let people = people.iter().map(|login| json!({ "login": login }));
        let users: Vec<Value> = people.chain([json!({ "login": OWNER })]).collect();
        // JSON is YAML.
        let seed =
            json!({ "tokens": tokens, "github": { "users": users, "orgs": [{ "login": ORG }] } });
        let emulate = Emulate::start("github", &seed.to_string()).await?;
        let org = Arc::new(Org {
            emulate: emulate.port(),
            client: reqwest::Client::new(),
            calls: AtomicUsize::new(0),
        });
        for name in teams.iter().chain(&["owners"]) {
            let body = json!({ "name": name });
            let path = format!("orgs/{ORG}/teams");
            let (status, team, _) = org.pass(Method::POST, &path, Some(&body)).await;
            assert_eq!((status, &team["slug"]), (StatusCode::CREATED, &json!(name)));
        }
        // Who maintains a team owns the organisation, to `emulate`.
        let path = format!("orgs/{ORG}/teams/owners/memberships/{OWNER}");
        let body = json!({ "role": "maintainer" });
        org.pass(Method::PUT, &path, Some(&body)).await;
        let path = format!("orgs/{ORG}/memberships/{OWNER}");
        let body = json!({ "role": "admin" });
        let (status, ..) = org.pass(Method::PUT, &path, Some(&body)).await;
        assert_eq!(status, StatusCode::OK);
        let routes = Router::new().fallback(answer).with_state(Arc::clone(&org));
        let served = Served::with(routes).await.unwrap();
        Ok(Front {
            port: served.port,
            org,
            _served: served,
            _emulate: emulate,
        })
    }

    /// Whether somebody is in the organisation now.
    pub(crate) async fn is_member(&self, login: &str) -> bool {
        let path = format!("orgs/{ORG}/memberships/{login}");
        let (status, ..) = self.org.pass(Method::GET, &path, None).await;
        status.is_success()
    }
}

impl Org {
    async fn pass(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value, HeaderMap) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) / CALLS;
        assert!(number < TOKENS, "more calls than tokens");
        let address = format!("http://127.0.0.1:{}/{path}", self.emulate);
        let call = self.client.request(method, address);
        let mut call = call.bearer_auth(format!("t{number}"));
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = call.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        (status, answer.json().await.unwrap_or_default(), headers)
    }

    /// The logins of a list of `emulate`'s.
    async fn logins(&self, path: &str) -> Vec<String> {
        let mut all = Vec::new();
        for page in 1.. {
            let with = if path.contains('?') { '&' } else { '?' };
            let path = format!("orgs/{ORG}/{path}{with}page={page}&per_page=100");
            let (_, items, _) = self.pass(Method::GET, &path, None).await;
            let items = items.as_array().unwrap();
            let name = |item: &Value| {
                item["login"]
                    .as_str()
                    .or(item["slug"].as_str())
                    .unwrap()
                    .to_owned()
            };
            all.extend(items.iter().map(name));
            if items.len() < 100 {
                break;
            }
        }
        all
    }

    async fn owners(&self) -> Vec<String> {
        self.logins("teams/members/members?role=maintainer").await
    }

    async fn seen(&self) -> Seen {
        let mut seen = Seen {
            organization: ORG.to_owned(),
            administers: true,
            ..Seen::default()
        };
        for slug in self.logins("teams").await {
            if OWN.contains(&slug.as_str()) {
                continue;
            }
            let mut people = Vec::new();
            for (role, ours) in [("member", "MEMBER"), ("maintainer", "MAINTAINER")] {
                let path = format!("teams/{slug}/members?role={role}");
                let logins = self.logins(&path).await.into_iter();
                people.extend(logins.map(|login| (login, ours)));
            }
            seen.teams.push((slug, people));
        }
        seen
    }
}

async fn answer(State(org): State<Arc<Org>>, request: Request) -> Response {
    let shown = request.headers().get(header::AUTHORIZATION);
    if shown.is_none_or(|shown| shown != &format!("Bearer {TOKEN}")) {
        let body = json!({ "message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401" });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Option<Value> = serde_json::from_slice(&body).ok();
    let method = parts.method;
    let path = parts.uri.path_and_query().unwrap().as_str();
    let path = path.trim_start_matches('/').to_owned();
    let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    let (status, mut answer, headers) = match segments.as_slice() {
        ["graphql"] => return Json(org.seen().await.answer(&body.unwrap())).into_response(),
        ["orgs", _, "invitations"] => return Json(json!([])).into_response(),
        ["orgs", ORG, "memberships", login] if method == Method::DELETE => {
            // What `emulate` says of who is in no team.
            let path = format!("orgs/{ORG}/memberships/{login}");
            let (status, said, headers) = org.pass(Method::GET, &path, None).await;
            if status.is_success() {
                let path = format!("orgs/{ORG}/members/{login}");
                org.pass(method, &path, None).await
            } else {
                (status, said, headers)
            }
        }
        ["orgs", ORG, "members"] if path.contains("role=admin") => {
            let owners = org.owners().await;
            let owners: Vec<Value> = owners
                .iter()
                .map(|login| json!({ "login": login }))
                .collect();
            return Json(owners).into_response();
        }
        _ => org.pass(method, &path, body.as_ref()).await,
    };
    if let ["orgs", ORG, "memberships", login] = segments.as_slice()
        && status == StatusCode::OK
    {
        let is_owner = org.owners().await.iter().any(|owner| owner == login);
        answer["role"] = json!(if is_owner { "admin" } else { "member" });
    }
    let link = headers.get(header::LINK).cloned();
    let link = link.into_iter().map(|link| (header::LINK, link));
    let link: HeaderMap = link.collect();
    match status {
        StatusCode::NO_CONTENT => status.into_response(),
        _ => (status, link, Json(answer)).into_response(),
    }
}
