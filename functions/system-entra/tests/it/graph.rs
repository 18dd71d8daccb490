//! What Microsoft Graph answers to one request, as its reference describes it
//! (<https://learn.microsoft.com/graph/api/overview>).

use std::collections::HashMap;

use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::tenant::{Asked, Reply, Tenant, error, not_found, ok};

/// Properties of a user that are shown without being asked for ("user resource type").
const USUAL: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
/// What a new user has to have ("Create user").
const NEEDED: [&str; 5] = [
    "accountEnabled",
    "displayName",
    "mailNickname",
    "passwordProfile",
    "userPrincipalName",
];

/// Members on a page of the delta function.
pub(crate) const TOGETHER: usize = 20;

type Query = HashMap<String, String>;

fn no_content() -> Reply {
    Reply {
        status: 204,
        ..ok(Value::Null)
    }
}

fn bad(message: &str) -> Reply {
    error(400, "Request_BadRequest", message)
}

/// An item with the properties that were asked for, or the usual ones.
fn select(item: &Value, query: &Query, usual: &[&str]) -> Value {
    let Some(of) = item.as_object() else {
        return item.clone();
    };
    let asked: Option<Vec<&str>> = query.get("$select").map(|names| names.split(',').collect());
    let names = match (&asked, usual) {
        (None, []) => return item.clone(),
        (None, usual) => usual.to_vec(),
        (Some(asked), _) => asked.clone(),
    };
    let kept = of
        .iter()
        .filter(|(name, _)| *name == "@odata.type" || names.contains(&name.as_str()));
    Value::Object(kept.map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// A page of a list ("Paging Microsoft Graph data").
fn page(items: Vec<Value>, path: &str, query: &Query) -> Reply {
    let number = |name: &str| query.get(name).and_then(|n| n.parse::<usize>().ok());
    let top = number("$top").unwrap_or(100);
    let from = number("$skiptoken").unwrap_or(0);
    if top > 999 {
        return error(
            400,
            "Request_UnsupportedQuery",
            "Invalid page size specified.",
        );
    }
    let left = items.len().saturating_sub(from);
    let some: Vec<Value> = items.into_iter().skip(from).take(top).collect();
    let mut body = json!({ "value": some });
    if left > top {
        let next = from + top;
        let select = query.get("$select").map(|s| format!("&$select={s}"));
        // Microsoft's own address, whatever was asked.
        body["@odata.nextLink"] = json!(format!(
            "https://graph.microsoft.com/v1.0{path}?$top={top}{}&$skiptoken={next}",
            select.unwrap_or_default()
        ));
    }
    ok(body)
}

/// `PROPERTY eq 'VALUE'`, without regard to case.
fn filter(items: &[Value], query: &Query) -> Vec<Value> {
    let Some(filter) = query.get("$filter") else {
        return items.to_vec();
    };
    let (property, value) = filter.split_once(" eq ").unwrap();
    let value = value
        .strip_prefix('\'')
        .unwrap()
        .strip_suffix('\'')
        .unwrap();
    assert!(!value.replace("''", "").contains('\''), "{filter}");
    let value = value.replace("''", "'").to_lowercase();
    let is = |item: &&Value| {
        let its = item[property].as_str();
        its.is_some_and(|its| its.to_lowercase() == value)
    };
    items.iter().filter(is).cloned().collect()
}

#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
pub(crate) fn answer(tenant: &mut Tenant, asked: &Asked) -> Reply {
    let url = Url::parse(&format!("https://graph.invalid{}", asked.url)).unwrap();
    let query: Query = url.query_pairs().into_owned().collect();
    let path = url.path();
    let decode = |segment: &str| {
        let segment = segment.replace('+', "%2B");
        let url = Url::parse(&format!("https://graph.invalid/?{segment}")).unwrap();
        let pair = url.query_pairs().next();
        pair.map(|(name, _)| name.into_owned()).unwrap_or_default()
    };
    let segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let body = &asked.body;
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) => {
            let users = match query.contains_key("$filter") {
                true => filter(&tenant.shown, &query),
                false => tenant.users.clone(),
            };
            let users = users.iter().map(|user| select(user, &query, &USUAL));
            page(users.collect(), path, &query)
        }
        ("POST", ["users"]) => create(tenant, body),
        (_, ["users", id, ..]) if tenant.user(id).is_none() => not_found(id),
        ("GET", ["users", id]) => ok(select(tenant.user(id).unwrap(), &query, &USUAL)),
        ("PATCH", ["users", id]) => update(tenant, id, body),
        ("DELETE", ["users", id]) => delete(tenant, id),
        ("POST", ["users", id, "revokeSignInSessions"]) => {
            let id = tenant.user(id).unwrap()["id"].as_str().unwrap().to_owned();
            tenant.sessions.remove(&id);
            ok(json!({ "value": true }))
        }
        ("GET", ["users", id, "memberOf"]) => {
            let id = tenant.user(id).unwrap()["id"].as_str().unwrap().to_owned();
            let is_in = |of: &&Value| {
                let of = of["id"].as_str().unwrap().to_owned();
                tenant.members.contains(&(of, id.clone()))
            };
            let all = tenant.groups.iter().chain(&tenant.roles);
            page(all.filter(is_in).cloned().collect(), path, &query)
        }
        ("POST", ["users", id, "assignLicense"]) => license(tenant, id, body),
        ("GET", ["groups"]) => {
            let groups = filter(&tenant.groups, &query);
            let groups = groups.iter().map(|group| select(group, &query, &[]));
            page(groups.collect(), path, &query)
        }
        ("GET", ["groups", "delta"]) => delta(tenant, path, &query),
        ("GET", ["directoryRoles"]) => {
            let roles = tenant.roles.iter().map(|role| select(role, &query, &[]));
            page(roles.collect(), path, &query)
        }
        ("GET", ["directoryRoleTemplates"]) => {
            let all = tenant
                .templates
                .iter()
                .map(|role| select(role, &query, &[]));
            page(all.collect(), path, &query)
        }
        ("POST", ["directoryRoles"]) => {
            let template = tenant.templates.iter();
            let mut template = template.filter(|t| t["id"] == body["roleTemplateId"]);
            let Some(name) = template.next().map(|t| t["displayName"].clone()) else {
                return not_found("role");
            };
            let role = json!({"@odata.type": "#microsoft.graph.directoryRole", "id": tenant.id(), "displayName": name,
                "roleTemplateId": body["roleTemplateId"]});
            tenant.roles.push(role.clone());
            Reply {
                status: 201,
                ..ok(role)
            }
        }
        ("GET", ["groups" | "directoryRoles", of, "members"]) => {
            if !is_there(tenant, of) {
                return not_found(of);
            }
            let members = tenant.members.iter().filter(|(group, _)| group == of);
            let members = members
                .map(|(_, user)| json!({"@odata.type": "#microsoft.graph.user", "id": user}));
            page(members.collect(), path, &query)
        }
        ("POST", ["groups" | "directoryRoles", of, "members", "$ref"]) => {
            let id = body["@odata.id"].as_str().unwrap().rsplit('/').next();
            let id = id.unwrap().to_owned();
            if !is_there(tenant, of) {
                return not_found(of);
            }
            if tenant.user(&id).is_none() {
                return not_found(&id);
            }
            if !tenant.members.insert(((*of).to_owned(), id)) {
                return bad(
                    "One or more added object references already exist for the following modified properties: 'members'.",
                );
            }
            no_content()
        }
        ("DELETE", ["groups" | "directoryRoles", of, "members", id, "$ref"]) => {
            let membership = ((*of).to_owned(), (*id).to_owned());
            if !is_there(tenant, of) || !tenant.members.remove(&membership) {
                return not_found(id);
            }
            no_content()
        }
        ("GET", ["subscribedSkus"]) => {
            let skus = tenant.skus.iter().map(|sku| select(sku, &query, &[]));
            ok(json!({ "value": skus.collect::<Vec<_>>() }))
        }
        ("GET", ["directory", "deletedItems", "microsoft.graph.user"]) => {
            let users = filter(&tenant.deleted, &query);
            let users = users.iter().map(|user| select(user, &query, &USUAL));
            page(users.collect(), path, &query)
        }
        ("POST", ["directory", "deletedItems", id, "restore"]) => {
            let Some(place) = tenant.deleted.iter().position(|user| user["id"] == *id) else {
                return not_found(id);
            };
            let user = tenant.deleted.remove(place);
            tenant.users.push(user.clone());
            ok(select(&user, &Query::new(), &USUAL))
        }
        _ => error(400, "BadRequest", "Resource not found for the segment."),
    }
}

/// "group: delta", a round from the beginning. A page has [`TOGETHER`] members, or groups without; a group goes on
/// where the page before ended. Tokens stand for what was asked first, and nothing may be asked again with them.
fn delta(tenant: &Tenant, path: &str, query: &Query) -> Reply {
    let from = match (query.get("$select"), query.get("$skiptoken")) {
        (Some(select), None) if query.len() == 1 && select.split(',').any(|s| s == "members") => 0,
        (None, Some(token)) if query.len() == 1 => token.parse().unwrap(),
        _ => return bad("Unsupported query."),
    };
    let mut rows = Vec::new();
    for group in &tenant.groups {
        let id = group["id"].as_str().unwrap();
        let members = tenant.members.iter().filter(|(of, _)| of == id);
        let members: Vec<&String> = members.map(|(_, user)| user).collect();
        let some = members.chunks(TOGETHER);
        let mut parts: Vec<Vec<&String>> = some.map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        for part in parts {
            let mut shown = group.clone();
            let of = shown.as_object_mut().unwrap();
            // What was never set is left out, and so are members of a group that has none.
            of.retain(|name, value| name != "@odata.type" && !value.is_null());
            if !part.is_empty() {
                let users = part.iter();
                let users =
                    users.map(|id| json!({"@odata.type": "#microsoft.graph.user", "id": id}));
                of.insert("members@delta".into(), users.collect());
            }
            rows.push(shown);
        }
    }
    rows.extend(tenant.meanwhile.iter().cloned());
    let (mut some, mut members) = (Vec::new(), 0);
    for row in rows.iter().skip(from) {
        let more = row["members@delta"].as_array().map_or(1, Vec::len);
        if members > 0 && members + more > TOGETHER {
            break;
        }
        members += more;
        some.push(row.clone());
    }
    let to = from + some.len();
    let link = |token: &str| json!(format!("https://graph.microsoft.com/v1.0{path}?{token}"));
    let mut body = json!({ "value": some });
    match to < rows.len() {
        true => body["@odata.nextLink"] = link(&format!("$skiptoken={to}")),
        false => body["@odata.deltaLink"] = link("$deltatoken=end"),
    }
    ok(body)
}

fn is_there(tenant: &Tenant, id: &str) -> bool {
    let mut all = tenant.groups.iter().chain(&tenant.roles);
    all.any(|of| of["id"] == id)
}

/// What a property may not be.
fn problem(tenant: &Tenant, id: Option<&Value>, user: &Map<String, Value>) -> Option<Reply> {
    for (name, value) in user {
        let text = value.as_str();
        let long = name == "employeeId" && text.is_some_and(|id| id.len() > 16);
        let cleared =
            ["displayName", "userPrincipalName"].contains(&name.as_str()) && value.is_null();
        if long || cleared || text == Some("") {
            return Some(bad(&format!(
                "Invalid value specified for property '{name}' of resource 'User'."
            )));
        }
    }
    let name = user.get("userPrincipalName")?.as_str()?;
    let holds = |other: &Value| {
        let its = other["userPrincipalName"].as_str().unwrap_or_default();
        its.eq_ignore_ascii_case(name) && Some(&other["id"]) != id
    };
    let taken = tenant.users.iter().any(holds);
    let text = "Another object with the same value for property userPrincipalName already exists.";
    taken.then(|| {
        let mut reply = bad(text);
        reply.body["error"]["details"] =
            json!([{"code": "ObjectConflict", "message": text, "target": "userPrincipalName"}]);
        reply
    })
}

fn create(tenant: &mut Tenant, body: &Value) -> Reply {
    let user = body.as_object().unwrap();
    let missing = NEEDED.iter().find(|name| !user.contains_key(**name));
    if let Some(name) = missing {
        return bad(&format!(
            "A value is required for property '{name}' of resource 'User'."
        ));
    }
    if let Some(problem) = problem(tenant, None, user) {
        return problem;
    }
    let mut user = body.clone();
    user.as_object_mut().unwrap().remove("passwordProfile");
    let id = tenant.id();
    user["id"] = json!(id);
    user["userType"] = json!("Member");
    user["licenseAssignmentStates"] = json!([]);
    if user["accountEnabled"] == true {
        tenant.sessions.insert(id);
    }
    tenant.users.push(user.clone());
    Reply {
        status: 201,
        ..ok(select(&user, &Query::new(), &USUAL))
    }
}

fn update(tenant: &mut Tenant, id: &str, body: &Value) -> Reply {
    let change = body.as_object().unwrap();
    let own = tenant.user(id).unwrap()["id"].clone();
    if let Some(problem) = problem(tenant, Some(&own), change) {
        return problem;
    }
    if change.get("accountEnabled") == Some(&json!(true)) {
        tenant.sessions.insert(own.as_str().unwrap().to_owned());
    }
    let user = tenant.user(id).unwrap();
    for (name, value) in change {
        user[name] = value.clone();
    }
    no_content()
}

/// Deleted users keep what they had, for 30 days.
fn delete(tenant: &mut Tenant, id: &str) -> Reply {
    let user = tenant.user(id).unwrap().clone();
    tenant.users.retain(|other| other["id"] != user["id"]);
    tenant.deleted.push(user);
    no_content()
}

/// "user: assignLicense".
fn license(tenant: &mut Tenant, id: &str, body: &Value) -> Reply {
    let (added, removed) = (&body["addLicenses"], &body["removeLicenses"]);
    let (Some(added), Some(removed)) = (added.as_array(), removed.as_array()) else {
        return bad(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload.",
        );
    };
    let mut user = tenant.user(id).unwrap().clone();
    let mut states = user["licenseAssignmentStates"].as_array().unwrap().clone();
    let direct =
        |state: &Value, sku: &Value| state["skuId"] == *sku && state["assignedByGroup"].is_null();
    for license in added {
        let sku = &license["skuId"];
        let Some(of) = tenant.skus.iter_mut().find(|of| of["skuId"] == *sku) else {
            return bad("License assignment failed because service plan does not exist.");
        };
        if !user["usageLocation"].is_string() {
            return bad("License assignment cannot be done for user with invalid usage location.");
        }
        if states.iter().any(|state| direct(state, sku)) {
            continue;
        }
        let used = of["consumedUnits"].as_u64().unwrap();
        if used >= of["prepaidUnits"]["enabled"].as_u64().unwrap() {
            let sku = sku.as_str().unwrap();
            return bad(&format!(
                "Subscription with SKU {sku} does not have any available licenses."
            ));
        }
        of["consumedUnits"] = json!(used + 1);
        states.push(
            json!({"skuId": sku, "assignedByGroup": null, "disabledPlans": [], "state": "Active"}),
        );
    }
    for sku in removed {
        if !states.iter().any(|state| direct(state, sku)) {
            return bad("User does not have a corresponding license.");
        }
        states.retain(|state| !direct(state, sku));
        if let Some(of) = tenant.skus.iter_mut().find(|of| of["skuId"] == *sku) {
            let used = of["consumedUnits"].as_u64().unwrap();
            of["consumedUnits"] = json!(used.saturating_sub(1));
        }
    }
    user["licenseAssignmentStates"] = json!(states);
    let shown = select(&user, &Query::new(), &USUAL);
    *tenant.user(id).unwrap() = user;
    ok(shown)
}
