//! A server with the rules of one vendor, as the vendor's page has them. It refuses what the vendor does not take.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_conformance::Served;
use latchkey_systems::{Settings, System, client};
use serde_json::{Map, Value, json};

use crate::rules::{Change, MemberForm, Members, Rules};

pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) users: Vec<Value>,
    pub(crate) groups: Vec<Value>,
    /// Method and path of what was asked.
    pub(crate) calls: Vec<String>,
}

pub(crate) struct Vendor {
    pub(crate) rules: Rules,
    pub(crate) kept: Mutex<Kept>,
}

fn refused(status: u16, kind: &str, detail: &str) -> Response {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(), "scimType": kind, "detail": detail,
    });
    answer(status, &body)
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    let kind = [(header::CONTENT_TYPE, "application/scim+json")];
    (status, kind, body.to_string()).into_response()
}

/// The place that a path names: `a`, `a.b`, or `urn:…:User:a`.
fn steps(path: &str) -> Vec<&str> {
    match path.strip_prefix(ENTERPRISE) {
        Some(rest) => vec![ENTERPRISE, rest.trim_start_matches(':')],
        None => path.split('.').collect(),
    }
}

fn get<'a>(resource: &'a Value, path: &str) -> &'a Value {
    steps(path).into_iter().fold(resource, |at, step| &at[step])
}

fn set(resource: &mut Value, path: &str, value: Value) {
    let at = steps(path)
        .into_iter()
        .fold(resource, |at, step| &mut at[step]);
    *at = value;
}

/// Everything that an object says, by path.
fn said(object: &Map<String, Value>) -> Vec<(String, Value)> {
    let mut said = Vec::new();
    for (name, value) in object {
        match value {
            Value::Object(inner) => {
                let dot = if name == ENTERPRISE { ":" } else { "." };
                said.extend(
                    inner
                        .iter()
                        .map(|(sub, v)| (format!("{name}{dot}{sub}"), v.clone())),
                );
            }
            other => said.push((name.clone(), other.clone())),
        }
    }
    said
}

impl Vendor {
    /// Starts one with three groups, and opens it as a system.
    pub(crate) async fn start(rules: Rules) -> (Arc<Vendor>, Arc<dyn System>) {
        Vendor::start_keeping(rules, None).await
    }

    /// The same, where the runbook says itself which attributes are kept.
    pub(crate) async fn start_keeping(
        rules: Rules,
        attributes: Option<&[&str]>,
    ) -> (Arc<Vendor>, Arc<dyn System>) {
        let group = |n: usize, name: &str| json!({"id": format!("g{n}"), "displayName": name, "members": []});
        let groups = ["everyone", "sales & more", "vpn"];
        let groups = groups.iter().enumerate().map(|(n, name)| group(n, name));
        let kept = Kept {
            groups: groups.collect(),
            ..Kept::default()
        };
        let vendor = Arc::new(Vendor {
            rules,
            kept: Mutex::new(kept),
        });
        let routes = Router::new()
            .fallback(respond)
            .with_state(Arc::clone(&vendor));
        let port = Served::until_the_end(routes).await.unwrap();
        let address = format!("http://127.0.0.1:{port}/scim/v2");
        let attributes = attributes.map(|names| ("attributes".to_owned(), json!(names)));
        let settings = Settings {
            name: rules.dialect.to_owned(),
            address,
            dialect: Some(rules.dialect.to_owned()),
            settings: attributes.into_iter().collect(),
            ..Settings::default()
        };
        let system = system_scim::open(&settings, None, client().unwrap()).unwrap();
        (vendor, system)
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.kept.lock().unwrap().calls)
    }

    fn is_in(group: &Value, user: &Value) -> bool {
        let members = group["members"].as_array().unwrap();
        members.iter().any(|member| member["value"] == user["id"])
    }

    fn shown(&self, kept: &Kept, kind: &str, resource: &Value, alone: bool) -> Value {
        let mut shown = resource.clone();
        if kind == "Users" {
            if self.rules.users_show_groups {
                let groups = kept.groups.iter().filter(|g| Vendor::is_in(g, resource));
                let groups = groups.map(|g| json!({"value": g["id"], "display": g["displayName"]}));
                shown["groups"] = groups.collect();
            }
            return shown;
        }
        match self.rules.members {
            Members::Everywhere => {}
            Members::Alone if alone => {}
            Members::Alone => {
                shown.as_object_mut().unwrap().remove("members");
            }
            Members::Nowhere => shown["members"] = json!([]),
        }
        shown
    }

    /// Whether a filter lets a resource through; `None` for one that the vendor does not take.
    fn lets(&self, kept: &Kept, kind: &str, filter: &str, resource: &Value) -> Option<bool> {
        let (attribute, value) = filter.split_once(" eq ")?;
        let value: String = serde_json::from_str(value).ok()?;
        let known = match kind {
            "Users" => self.rules.user_filters,
            _ => self.rules.group_filters,
        };
        if !known.contains(&attribute) {
            return None;
        }
        let same = |v: &Value| v.as_str().is_some_and(|v| v.eq_ignore_ascii_case(&value));
        Some(match attribute {
            "email" => same(&resource["userName"]),
            "members.value" => Vendor::is_in(resource, &json!({"id": value})),
            "groups.value" => {
                let group = kept.groups.iter().find(|g| g["id"] == value.as_str());
                group.is_some_and(|group| Vendor::is_in(group, resource))
            }
            other => same(get(resource, other)),
        })
    }

    fn list(&self, kept: &Kept, kind: &str, query: &[(String, String)]) -> Response {
        let value = |name: &str| {
            query
                .iter()
                .find(|(k, _)| k == name)
                .map(|(_, v)| v.as_str())
        };
        let all = if kind == "Users" {
            &kept.users
        } else {
            &kept.groups
        };
        let gone = |user: &Value| self.rules.inactive_is_gone && user["active"] == false;
        let mut all: Vec<&Value> = all.iter().filter(|one| !gone(one)).collect();
        if let Some(filter) = value("filter") {
            let probe = json!({"id": "", "members": []});
            match self.lets(kept, kind, filter, &probe) {
                Some(_) => all.retain(|one| self.lets(kept, kind, filter, one) == Some(true)),
                None if self.rules.unknown_is_nobody => all.clear(),
                None => return refused(400, "invalidFilter", "this filter is not supported"),
            }
        }
        let count = value("count").map_or(self.rules.most, |c| c.parse().unwrap());
        assert!(count <= self.rules.most, "asks for {count} at once");
        let (from, total) = match self.rules.cursor {
            true => {
                assert_eq!(value("startIndex"), None, "startIndex is not supported");
                let cursor = value("cursor").expect("a cursor, empty at first");
                (cursor.parse().unwrap_or(0), all.len())
            }
            false => {
                assert_eq!(value("cursor"), None);
                let start: usize = value("startIndex").unwrap().parse().unwrap();
                (start - 1, all.len())
            }
        };
        let to = (from + count).min(total);
        let page = all.get(from..to).unwrap_or_default().iter();
        let page: Vec<Value> = page.map(|one| self.shown(kept, kind, one, false)).collect();
        let mut body = json!({"Resources": page, "itemsPerPage": page.len()});
        match self.rules.cursor {
            true if to < total => body["nextCursor"] = to.to_string().into(),
            true => {}
            false => body["totalResults"] = total.into(),
        }
        answer(200, &body)
    }

    /// What of a change is kept.
    fn keep(&self, user: &mut Value, changes: Vec<(String, Value)>) -> Option<Response> {
        for (path, value) in changes {
            if path == "schemas" || !self.rules.keeps.contains(&path.as_str()) {
                continue;
            }
            let is_email = value.as_str().is_some_and(|name| name.contains('@'));
            if path == "userName" && self.rules.email_names && !is_email {
                return Some(refused(
                    400,
                    "invalidValue",
                    "userName is no e-mail address",
                ));
            }
            set(user, &path, value);
        }
        None
    }

    fn patch_user(&self, user: &mut Value, operation: &Value) -> Response {
        let value = operation["value"].clone();
        let changes = match (operation["path"].as_str(), self.rules.change) {
            (Some(_), Change::PatchWithoutPath) => {
                return refused(400, "invalidPath", "name the attribute within the value");
            }
            (Some(path), Change::Put) if path != "active" => {
                return refused(400, "invalidPath", "PATCH deactivates, and nothing else");
            }
            (Some(path), _) => vec![(path.to_owned(), value)],
            (None, _) => said(value.as_object().unwrap()),
        };
        let wrong = self.keep(user, changes);
        wrong.unwrap_or_else(|| answer(200, user))
    }

    fn patch_group(&self, group: &mut Value, operation: &Value) -> Response {
        let form = self.rules.member_form;
        let path = operation["path"].as_str().unwrap_or_default();
        let members = group["members"].as_array_mut().unwrap();
        let is_add = operation["op"] == "add";
        let value = match (is_add, form) {
            (true, MemberForm::AddNested) => &operation["value"]["members"],
            _ => &operation["value"],
        };
        if is_add && path == "members" && value.is_array() {
            members.extend(value.as_array().unwrap().iter().cloned());
            return StatusCode::NO_CONTENT.into_response();
        }
        let id = match form {
            MemberForm::RemoveByValue if path == "members" => value[0]["value"].clone(),
            MemberForm::Standard | MemberForm::AddNested => {
                let id = path.strip_prefix("members[value eq ");
                let id = id.and_then(|rest| rest.strip_suffix(']'));
                id.map_or(Value::Null, |id| serde_json::from_str(id).unwrap())
            }
            MemberForm::RemoveByValue => Value::Null,
        };
        if operation["op"] != "remove" || id.is_null() {
            return refused(400, "invalidPath", "members are not changed so");
        }
        members.retain(|member| member["value"] != id);
        StatusCode::NO_CONTENT.into_response()
    }
}

async fn respond(State(vendor): State<Arc<Vendor>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut kept = vendor.kept.lock().unwrap();
    let kept = &mut *kept;
    kept.calls.push(format!("{} {}", parts.method, parts.uri));
    let rules = &vendor.rules;
    let accept = parts.headers.get(header::ACCEPT).unwrap();
    assert!(accept.to_str().unwrap().contains("application/scim+json"));
    if !body.is_empty() && parts.headers[header::CONTENT_TYPE] != rules.media {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut path = parts.uri.path().trim_start_matches("/scim/v2/").split('/');
    let (kind, id) = (path.next().unwrap(), path.next());
    let place = |all: &[Value]| {
        all.iter()
            .position(|one| Some(one["id"].as_str().unwrap()) == id)
    };
    let at = match kind {
        "Users" => place(&kept.users),
        _ => place(&kept.groups),
    };
    match (parts.method.clone(), kind, id, at) {
        (Method::GET, kind, None, _) => {
            let query = parts.uri.query().unwrap_or_default();
            let query = reqwest::Url::parse(&format!("http://x/?{query}")).unwrap();
            let query: Vec<(String, String)> = query.query_pairs().into_owned().collect();
            vendor.list(kept, kind, &query)
        }
        (Method::POST, "Users", None, _) => {
            let mut user = json!({"id": format!("u{}", kept.users.len())});
            if let Some(wrong) = vendor.keep(&mut user, said(body.as_object().unwrap())) {
                return wrong;
            }
            let same = |one: &Value| one["userName"] == user["userName"] && one["active"] == true;
            if kept.users.iter().any(same) {
                return refused(409, "uniqueness", "it is there");
            }
            // Whoever was removed comes back.
            kept.users.retain(|one| one["userName"] != user["userName"]);
            kept.users.push(user.clone());
            answer(201, &user)
        }
        (_, _, _, None) => refused(404, "", "not found"),
        (Method::GET, "Groups", _, Some(at)) => {
            answer(200, &vendor.shown(kept, "Groups", &kept.groups[at], true))
        }
        (Method::GET, "Users", _, Some(at)) => {
            let user = &kept.users[at];
            match rules.inactive_is_gone && user["active"] == false {
                true => refused(404, "", "not found"),
                false => answer(200, &vendor.shown(kept, "Users", user, true)),
            }
        }
        (Method::PATCH, "Groups", _, Some(at)) => {
            vendor.patch_group(&mut kept.groups[at], &body["Operations"][0])
        }
        (Method::PATCH, "Users", _, Some(at)) => {
            vendor.patch_user(&mut kept.users[at], &body["Operations"][0])
        }
        (Method::PUT, "Users", _, Some(at)) if rules.change == Change::Put => {
            let changes = said(body.as_object().unwrap());
            let wrong = vendor.keep(&mut kept.users[at], changes);
            wrong.unwrap_or_else(|| answer(200, &kept.users[at]))
        }
        (Method::DELETE, "Users", _, Some(at)) => {
            match rules.deletes {
                true => drop(kept.users.remove(at)),
                false => kept.users[at]["active"] = false.into(),
            }
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}
