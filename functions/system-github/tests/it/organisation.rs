//! An organisation of ours, which answers what GitHub documents: invitations wait until somebody accepts them, who is
//! not in the organisation may be in a repository, names are linked by SAML sign-on, and errors come with GitHub's own
//! bodies.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use reqwest::Url;
use serde_json::{Value, json};

use crate::{
    bodies::{API, done, error, invalid, not_found, offered, organization, user},
    graphql::Seen,
};

pub(crate) const ORG: &str = "acme";
pub(crate) const TOKEN: &str = "github_pat_1";

/// What goes wrong: a method, what the path begins with below the organisation, and the answer.
pub(crate) type Wrong = (Method, &'static str, fn() -> Response);

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Invitation {
    pub(crate) id: u64,
    pub(crate) login: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) role: String,
    pub(crate) teams: BTreeMap<String, &'static str>,
}

#[derive(Default)]
pub(crate) struct Org {
    /// GitHub accounts that there are.
    pub(crate) accounts: BTreeSet<String>,
    /// Who is in, and in which role.
    pub(crate) members: BTreeMap<String, String>,
    pub(crate) invitations: Vec<Invitation>,
    pub(crate) teams: BTreeMap<String, BTreeMap<String, &'static str>>,
    pub(crate) repositories: BTreeMap<String, BTreeMap<String, String>>,
    /// Number, repository, whom, level.
    pub(crate) offered: Vec<(u64, String, String, String)>,
    pub(crate) identities: Option<Vec<(String, Option<String>)>>,
    pub(crate) addresses: Vec<(String, Vec<String>)>,
    pub(crate) page: Option<usize>,
    pub(crate) tokens: BTreeSet<String>,
    /// What an app's key has to have signed, and the tokens that were given for it.
    pub(crate) app: Option<(jsonwebtoken::DecodingKey, usize)>,
    pub(crate) wrong: Vec<Wrong>,
    pub(crate) calls: Vec<String>,
    pub(crate) queries: Vec<String>,
    numbers: u64,
}

/// The organisation as the server and the tests share it.
pub(crate) type Shared = Arc<Mutex<Org>>;

pub(crate) fn acme() -> Org {
    let team = |slug: &str| (slug.to_owned(), BTreeMap::new());
    Org {
        accounts: ["zoe", "Max-M", "boss"].map(str::to_owned).into(),
        members: [("boss".to_owned(), "admin".to_owned())].into(),
        teams: [team("staff"), team("vpn")].into(),
        tokens: [TOKEN.to_owned()].into(),
        ..Org::default()
    }
}

/// Puts an organisation to a port.
pub(crate) async fn serve(org: Org) -> (u16, Shared) {
    let org = Arc::new(Mutex::new(org));
    let routes = Router::new().fallback(answer).with_state(Arc::clone(&org));
    let port = Served::until_the_end(routes).await.unwrap();
    (port, org)
}

impl Invitation {
    fn shown(&self) -> Value {
        let role = if self.role == "admin" {
            "admin"
        } else {
            "direct_member"
        };
        json!({
            "id": self.id, "node_id": "OI_1", "login": self.login, "email": self.email, "role": role,
            "created_at": "2026-11-20T08:00:00Z", "inviter": user("boss"), "team_count": self.teams.len(),
            "invitation_teams_url": format!("{API}/organizations/1/invitations/{}/teams", self.id),
            "invitation_source": "member",
        })
    }
}

impl Org {
    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn invitation(&mut self, login: &str) -> Option<&mut Invitation> {
        self.invitations
            .iter_mut()
            .find(|i| i.login.as_deref() == Some(login))
    }

    /// Somebody accepts what was sent to them, or to an address of theirs.
    pub(crate) fn accept(&mut self, sent_to: &str, login: &str) {
        let is = |i: &Invitation| {
            [&i.login, &i.email]
                .into_iter()
                .flatten()
                .any(|to| to == sent_to)
        };
        let at = self.invitations.iter().position(is).unwrap();
        let invitation = self.invitations.remove(at);
        self.members.insert(login.to_owned(), invitation.role);
        for (slug, role) in invitation.teams {
            self.teams
                .get_mut(&slug)
                .unwrap()
                .insert(login.to_owned(), role);
        }
    }

    /// Seven days are over.
    pub(crate) fn expire(&mut self) {
        self.invitations.clear();
    }

    fn seen(&self) -> Seen {
        let teams = self.teams.iter().map(|(slug, people)| {
            let people = people.iter().map(|(login, role)| (login.clone(), *role));
            (slug.clone(), people.collect())
        });
        let repositories = self
            .repositories
            .iter()
            .map(|(name, people)| (name.clone(), people.clone().into_iter().collect()));
        Seen {
            organization: ORG.to_owned(),
            administers: true,
            teams: teams.collect(),
            repositories: repositories.collect(),
            identities: self.identities.clone(),
            members: self.members.keys().cloned().collect(),
            addresses: self.addresses.clone(),
            page: self.page,
        }
    }

    fn membership(&self, login: &str, state: &str, role: &str) -> Response {
        Json(json!({
            "url": format!("{API}/orgs/{ORG}/memberships/{login}"), "state": state, "role": role,
            "organization_url": format!("{API}/orgs/{ORG}"), "organization": organization(), "user": user(login),
            "direct_membership": true,
        }))
        .into_response()
    }

    /// As GitHub writes it.
    fn spelled(&self, login: &str) -> Option<String> {
        self.accounts
            .iter()
            .find(|a| a.eq_ignore_ascii_case(login))
            .cloned()
    }

    fn forget(&mut self, login: &str) {
        for people in self.teams.values_mut() {
            people.remove(login);
        }
        for people in self.repositories.values_mut() {
            people.remove(login);
        }
    }

    fn memberships(&mut self, method: &Method, login: &str, body: &Value) -> Response {
        let Some(login) = self.spelled(login) else {
            return not_found();
        };
        let role = self.members.get(&login).cloned();
        let invited = self.invitation(&login).map(|i| i.role.clone());
        match (method.as_str(), role, invited) {
            ("GET", Some(role), _) => self.membership(&login, "active", &role),
            ("GET", None, Some(role)) => self.membership(&login, "pending", &role),
            ("PUT", is, invited) => {
                let role = body["role"].as_str().unwrap().to_owned();
                let state = match (is, invited) {
                    (Some(_), _) => {
                        self.members.insert(login.clone(), role.clone());
                        "active"
                    }
                    (None, Some(_)) => {
                        self.invitation(&login).unwrap().role.clone_from(&role);
                        "pending"
                    }
                    (None, None) => {
                        let id = self.number();
                        let invitation = Invitation {
                            id,
                            login: Some(login.clone()),
                            role: role.clone(),
                            ..Invitation::default()
                        };
                        self.invitations.push(invitation);
                        "pending"
                    }
                };
                self.membership(&login, state, &role)
            }
            ("DELETE", Some(_), _) => {
                self.members.remove(&login);
                self.forget(&login);
                done()
            }
            ("DELETE", None, Some(_)) => {
                self.invitations
                    .retain(|i| i.login.as_deref() != Some(&login));
                done()
            }
            _ => not_found(),
        }
    }

    fn invite(&mut self, body: &Value) -> Response {
        let email = body["email"].as_str().unwrap().to_owned();
        let taken = self.addresses.iter().any(|(_, all)| all.contains(&email));
        if taken {
            return invalid(
                "A user with this email addresss is already a part of this organization",
            );
        }
        let id = self.number();
        let role = if body["role"] == "admin" {
            "admin"
        } else {
            "member"
        };
        let invitation = Invitation {
            id,
            email: Some(email),
            role: role.to_owned(),
            ..Invitation::default()
        };
        let shown = invitation.shown();
        self.invitations.push(invitation);
        (StatusCode::CREATED, Json(shown)).into_response()
    }

    fn team(&mut self, method: &Method, slug: &str, login: &str, body: &Value) -> Response {
        let Some(login) = self
            .spelled(login)
            .filter(|_| self.teams.contains_key(slug))
        else {
            return not_found();
        };
        let url = format!("{API}/teams/1/memberships/{login}");
        let shown = |role: &str, state: &str| {
            let role = role.to_lowercase();
            Json(json!({ "url": url, "role": role, "state": state })).into_response()
        };
        let maintains = body["role"] == "maintainer";
        let role = if maintains { "MAINTAINER" } else { "MEMBER" };
        let is_member = self.members.contains_key(&login);
        match method.as_str() {
            "GET" => match self.teams[slug].get(&login) {
                Some(role) => shown(role, "active"),
                None => {
                    let invitation = self.invitation(&login);
                    let offered = invitation.and_then(|i| i.teams.get(slug).copied());
                    offered.map_or_else(not_found, |role| shown(role, "pending"))
                }
            },
            "PUT" if is_member => {
                self.teams.get_mut(slug).unwrap().insert(login, role);
                shown(role, "active")
            }
            "PUT" => {
                // Who is not in the organisation is invited to it.
                if self.invitation(&login).is_none() {
                    self.memberships(&Method::PUT, &login, &json!({ "role": "member" }));
                }
                let invitation = self.invitation(&login).unwrap();
                invitation.teams.insert(slug.to_owned(), role);
                shown(role, "pending")
            }
            _ => {
                self.teams.get_mut(slug).unwrap().remove(&login);
                done()
            }
        }
    }

    fn collaborator(&mut self, method: &Method, name: &str, login: &str, body: &Value) -> Response {
        let Some(login) = self
            .spelled(login)
            .filter(|_| self.repositories.contains_key(name))
        else {
            return not_found();
        };
        if method == Method::DELETE {
            self.repositories.get_mut(name).unwrap().remove(&login);
            return done();
        }
        let level = match body["permission"].as_str().unwrap_or("push") {
            "pull" => "read",
            "push" => "write",
            other => other,
        };
        let people = self.repositories.get_mut(name).unwrap();
        if self.members.contains_key(&login) || people.contains_key(&login) {
            people.insert(login, level.to_owned());
            return done();
        }
        let id = self.number();
        let offer = (id, name.to_owned(), login, level.to_owned());
        let shown = offered(&offer);
        self.offered.push(offer);
        (StatusCode::CREATED, Json(shown)).into_response()
    }

    fn outsiders(&self) -> BTreeSet<String> {
        let people = self.repositories.values().flat_map(BTreeMap::keys).cloned();
        people
            .filter(|login| !self.members.contains_key(login))
            .collect()
    }

    fn token(&mut self, shown: Option<&str>) -> Response {
        let Some((key, given)) = &mut self.app else {
            return not_found();
        };
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.set_required_spec_claims(&["exp", "iss"]);
        rules.set_issuer(&["Iv23app"]);
        let decoded = jsonwebtoken::decode::<Value>(shown.unwrap_or_default(), key, &rules);
        let Ok(decoded) = decoded else {
            return error(401, "A JSON web token could not be decoded");
        };
        let claims = decoded.claims;
        assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 600);
        *given += 1;
        let token = format!("ghs_{given}");
        self.tokens.insert(token.clone());
        let body = json!({
            "token": token, "expires_at": "2099-01-01T00:00:00Z", "permissions": { "members": "write" },
            "repository_selection": "all",
        });
        (StatusCode::CREATED, Json(body)).into_response()
    }

    fn part(&self, items: Vec<Value>, url: &Url) -> Response {
        let number = |name: &str| {
            let found = url.query_pairs().find(|(n, _)| n == name);
            found.and_then(|(_, n)| n.parse::<usize>().ok())
        };
        let (page, size) = (
            number("page").unwrap_or(1),
            number("per_page").unwrap_or(30),
        );
        let size = self.page.map_or(size, |most| size.min(most));
        let more = items.len() > page * size;
        let part: Vec<Value> = items
            .into_iter()
            .skip((page - 1) * size)
            .take(size)
            .collect();
        let mut headers = HeaderMap::new();
        if more {
            let kept = url.query_pairs().filter(|(n, _)| n != "page");
            let kept: Vec<String> = kept.map(|(n, v)| format!("{n}={v}")).collect();
            let next = format!(
                "<{API}{}?{}&page={}>; rel=\"next\"",
                url.path(),
                kept.join("&"),
                page + 1
            );
            headers.insert(header::LINK, next.parse().unwrap());
        }
        (headers, Json(part)).into_response()
    }
}

#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
async fn answer(State(org): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let url = Url::parse(&format!("{API}{}", parts.uri)).unwrap();
    let segments: Vec<&str> = parts.uri.path().split('/').skip(1).collect();
    let shown = parts.headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|s| s.to_str().ok()?.strip_prefix("Bearer "));
    let method = parts.method;
    let mut org = org.lock().unwrap();
    let path = segments.get(2..).unwrap_or(&segments).join("/");
    org.calls.push(format!("{method} {path}"));
    if let Some((.., wrong)) = org
        .wrong
        .iter()
        .find(|(m, p, _)| *m == method && path.starts_with(p))
    {
        return wrong();
    }
    if let ["app", "installations", id, "access_tokens"] = segments.as_slice() {
        return if *id == "42" {
            org.token(shown)
        } else {
            not_found()
        };
    }
    if shown.is_none_or(|shown| !org.tokens.contains(shown)) {
        return error(401, "Bad credentials");
    }
    assert_eq!(parts.headers["x-github-api-version"], "2022-11-28");
    let get = method == Method::GET;
    match segments.as_slice() {
        ["graphql"] => {
            org.queries.push(body["query"].as_str().unwrap().to_owned());
            Json(org.seen().answer(&body)).into_response()
        }
        ["orgs" | "repos", other, ..] if !other.eq_ignore_ascii_case(ORG) => not_found(),
        ["orgs", _, "members"] => {
            let owners = url.query_pairs().any(|(n, v)| n == "role" && v == "admin");
            let members = org
                .members
                .iter()
                .filter(|(_, role)| !owners || *role == "admin");
            let members = members.map(|(login, _)| user(login)).collect();
            org.part(members, &url)
        }
        ["orgs", _, "memberships", login] => org.memberships(&method, login, &body),
        ["orgs", _, "invitations"] if get => {
            let all = org.invitations.iter().map(Invitation::shown).collect();
            org.part(all, &url)
        }
        ["orgs", _, "invitations"] => org.invite(&body),
        ["orgs", _, "invitations", id] => {
            let before = org.invitations.len();
            org.invitations.retain(|i| i.id.to_string() != *id);
            if org.invitations.len() < before {
                done()
            } else {
                not_found()
            }
        }
        ["orgs", _, "outside_collaborators"] => {
            let all = org.outsiders().iter().map(|login| user(login)).collect();
            org.part(all, &url)
        }
        ["orgs", _, "outside_collaborators", login] => {
            if org.members.contains_key(*login) {
                return error(
                    422,
                    "You cannot specify an organization member to remove as an outside collaborator.",
                );
            }
            org.forget(login);
            done()
        }
        ["orgs", _, "teams", slug, "memberships", login] => org.team(&method, slug, login, &body),
        ["repos", _, name, "collaborators", login] => org.collaborator(&method, name, login, &body),
        ["repos", _, name, "invitations"] => {
            let here = org.offered.iter().filter(|(_, n, ..)| n == name);
            let here = here.map(offered).collect();
            org.part(here, &url)
        }
        ["repos", _, _, "invitations", id] => {
            org.offered.retain(|(i, ..)| i.to_string() != *id);
            done()
        }
        _ => not_found(),
    }
}
