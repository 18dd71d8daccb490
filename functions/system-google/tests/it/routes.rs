//! What each call does to the company.

use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::workspace::{Asked, CUSTOMER, Org, error};

type Said = Result<Option<Value>, Response>;

fn not_found(what: &str) -> Response {
    error(404, "notFound", &format!("Resource Not Found: {what}"))
}

/// A segment of a path as it was meant.
fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if bytes[at] == b'%' {
            all.push(u8::from_str_radix(&segment[at + 1..at + 3], 16).unwrap());
            at += 3;
        } else {
            all.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8(all).unwrap()
}

/// A page of a list, as the query wants it; `most` at a time. Without anything the key is left out.
fn page(asked: &Asked, key: &str, items: Vec<Value>, most: usize) -> Said {
    let number = |name: &str| asked.query.get(name).and_then(|n| n.parse::<usize>().ok());
    let size = number("maxResults").unwrap_or(most.min(100)).min(most);
    let token = asked
        .query
        .get("pageToken")
        .map(|token| token.strip_prefix("t~").unwrap());
    let from = token.map_or(0, |from| from.parse().unwrap());
    let mut body = Map::new();
    let part: Vec<Value> = items.iter().skip(from).take(size).cloned().collect();
    if !part.is_empty() {
        body.insert(key.into(), json!(part));
    }
    if items.len() > from + size {
        body.insert("nextPageToken".into(), json!(format!("t~{}", from + size)));
    }
    Ok(Some(Value::Object(body)))
}

fn is_at(user: &Value, key: &str) -> bool {
    let is = |its: &Value| {
        its.as_str()
            .is_some_and(|its| its.eq_ignore_ascii_case(key))
    };
    user["id"] == key
        || is(&user["primaryEmail"])
        || user["aliases"]
            .as_array()
            .is_some_and(|all| all.iter().any(is))
}

impl Org {
    pub(crate) fn user(&self, key: &str) -> Option<&Value> {
        self.users.iter().find(|user| is_at(user, key))
    }

    fn place(&self, key: &str) -> Result<usize, Response> {
        let place = self.users.iter().position(|user| is_at(user, key));
        place.ok_or_else(|| not_found("userKey"))
    }

    fn id(&self, key: &str) -> Result<String, Response> {
        let at = self.place(key)?;
        Ok(self.users[at]["id"].as_str().unwrap().to_owned())
    }

    fn group(&self, key: &str) -> Result<String, Response> {
        let mut groups = self.groups.iter();
        let group = groups.find(|group| group["id"] == key || group["email"] == key);
        group
            .map(|group| group["id"].as_str().unwrap().to_owned())
            .ok_or_else(|| not_found("groupKey"))
    }

    /// Whoever works has a session.
    fn begin(&mut self, at: usize) {
        let user = &self.users[at];
        if user["suspended"] == false && user["archived"] == false {
            self.sessions
                .insert(user["id"].as_str().unwrap().to_owned());
        }
    }

    /// Makes a user. What a search shows is one change behind.
    pub(crate) fn insert(&mut self, body: &Value) -> Result<Value, Response> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let address = text(&body["primaryEmail"]).to_lowercase();
        let password = text(&body["password"]);
        let named = !text(&body["name"]["givenName"]).is_empty()
            && !text(&body["name"]["familyName"]).is_empty();
        if !address.contains('@') || !named || !(8..=100).contains(&password.len()) {
            return Err(error(400, "invalid", "Invalid Input: INVALID_USER"));
        }
        if self.user(&address).is_some() || self.group(&address).is_ok() {
            return Err(error(409, "duplicate", "Entity already exists."));
        }
        self.index.clone_from(&self.users);
        self.made += 1;
        let mut user = json!({"suspended": false, "archived": false, "orgUnitPath": "/"});
        merge(&mut user, body);
        user["id"] = json!((100_000 + self.made).to_string());
        user["primaryEmail"] = json!(address);
        user.as_object_mut().unwrap().remove("password");
        self.users.push(user.clone());
        self.begin(self.users.len() - 1);
        Ok(user)
    }

    pub(crate) fn patch(&mut self, key: &str, body: &Value) -> Result<Value, Response> {
        let at = self.place(key)?;
        if let Some(unit) = body["orgUnitPath"].as_str()
            && !self.units.iter().any(|known| known == unit)
        {
            return Err(error(400, "invalid", "Invalid Input: INVALID_OU_ID"));
        }
        self.index.clone_from(&self.users);
        let before = self.users[at].clone();
        merge(&mut self.users[at], body);
        let user = &mut self.users[at];
        if before["primaryEmail"] != user["primaryEmail"] {
            let mut aliases = before["aliases"].as_array().cloned().unwrap_or_default();
            aliases.push(before["primaryEmail"].clone());
            user["aliases"] = json!(aliases);
        }
        if user["suspended"] == true && before["suspended"] != true {
            user["suspensionTime"] = json!("2026-11-20T17:00:00.000Z");
        }
        if user["suspended"] != true {
            user.as_object_mut().unwrap().remove("suspensionTime");
        }
        if body.get("suspended").is_some() {
            self.begin(at);
        }
        Ok(self.users[at].clone())
    }
}

/// A change of objects goes deep, lists are exchanged, null takes away.
fn merge(into: &mut Value, body: &Value) {
    for (name, value) in body.as_object().unwrap() {
        match value {
            Value::Null => drop(into.as_object_mut().unwrap().remove(name)),
            Value::Object(_) if into[name].is_object() => merge(&mut into[name], value),
            _ => into[name] = value.clone(),
        }
    }
}

/// Does what is asked.
#[allow(
    clippy::too_many_lines,
    reason = "one answer for each call of the vendor"
)]
pub(crate) fn route(org: &mut Org, asked: &Asked) -> Said {
    let segments: Vec<String> = asked.path.split('/').map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let own = |name: &str| {
        asked
            .query
            .get(name)
            .is_some_and(|c| c == "my_customer" || c == CUSTOMER)
    };
    match (asked.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) if !own("customer") => Err(error(400, "badRequest", "Bad Request")),
        ("GET", ["users"]) => {
            let users = match asked.query.get("query") {
                None => org.users.clone(),
                Some(query) => {
                    let wanted = query
                        .strip_prefix("externalId=")
                        .unwrap()
                        .trim_matches('\'');
                    let has = |user: &&Value| {
                        let mut ids = user["externalIds"].as_array().into_iter().flatten();
                        ids.any(|id| id["value"] == wanted)
                    };
                    org.index.iter().filter(has).cloned().collect()
                }
            };
            page(asked, "users", users, 500)
        }
        ("POST", ["users"]) => org.insert(&asked.body).map(Some),
        ("GET", ["users", key]) => org.place(key).map(|at| Some(org.users[at].clone())),
        ("PATCH", ["users", key]) => org.patch(key, &asked.body).map(Some),
        ("DELETE", ["users", key]) => {
            let at = org.place(key)?;
            let user = org.users.remove(at);
            org.index.retain(|of| of["id"] != user["id"]);
            org.members.retain(|(_, member)| user["id"] != **member);
            org.sessions.retain(|of| user["id"] != **of);
            Ok(None)
        }
        ("POST", ["users", key, "signOut"]) => {
            let at = org.place(key)?;
            let id = org.users[at]["id"].clone();
            org.sessions.retain(|of| id != **of);
            Ok(None)
        }
        ("GET", ["users", key, "tokens"]) => {
            let id = org.id(key)?;
            let of = org.tokens.iter().filter(|(user, _)| *user == id);
            let items = of.map(
                |(user, client)| json!({"clientId": client, "userKey": user, "scopes": ["openid"]}),
            );
            Ok(Some(
                json!({"kind": "admin#directory#tokenList", "items": items.collect::<Vec<_>>()}),
            ))
        }
        ("DELETE", ["users", key, "tokens", client]) => {
            match org.tokens.remove(&((*key).into(), (*client).into())) {
                true => Ok(None),
                false => Err(not_found("clientId")),
            }
        }
        ("GET", ["users", key, "asps"]) => {
            let id = org.id(key)?;
            let of = org.passwords.iter().filter(|(user, _)| *user == id);
            let items = of.map(|(user, code)| json!({"codeId": code, "userKey": user}));
            Ok(Some(
                json!({"kind": "admin#directory#aspList", "items": items.collect::<Vec<_>>()}),
            ))
        }
        ("DELETE", ["users", key, "asps", code]) => {
            org.passwords
                .remove(&((*key).into(), code.parse().unwrap()));
            Ok(None)
        }
        ("GET", ["groups"]) => {
            let groups = match asked.query.get("userKey") {
                Some(_) if asked.query.contains_key("customer") => {
                    return Err(error(400, "badRequest", "Bad Request"));
                }
                Some(key) if org.new_addresses.contains(key.as_str()) => {
                    return Err(not_found("userKey"));
                }
                Some(key) => {
                    let id = org.id(key)?;
                    // Google does not say that an alias will do. The worst that could be: nobody is told.
                    let will_do = org.users.iter().any(|user| {
                        user["id"] == **key || user["primaryEmail"] == key.to_lowercase()
                    });
                    let has = |group: &&Value| {
                        let member = (group["id"].as_str().unwrap().into(), id.clone());
                        will_do && org.members.contains(&member)
                    };
                    org.groups.iter().filter(has).cloned().collect()
                }
                None if own("customer") => org.groups.clone(),
                None => return Err(error(400, "badRequest", "Bad Request")),
            };
            page(asked, "groups", groups, 200)
        }
        ("GET", ["groups", key, "members"]) => {
            let group = org.group(key)?;
            let of = org.members.iter().filter(|(g, _)| *g == group);
            let mut members: Vec<Value> = of
                .map(|(_, id)| json!({"id": id, "type": "USER", "role": "MEMBER"}))
                .collect();
            // A group within the group.
            members.push(json!({"id": "g9", "type": "GROUP", "role": "MEMBER"}));
            page(asked, "members", members, 200)
        }
        ("POST", ["groups", key, "members"]) => {
            let group = org.group(key)?;
            let id = asked.body["id"].as_str().unwrap();
            org.place(id).map_err(|_| not_found("memberKey"))?;
            match org.members.insert((group, id.into())) {
                true => Ok(Some(json!({"id": id, "role": "MEMBER", "type": "USER"}))),
                false => Err(error(409, "duplicate", "Member already exists.")),
            }
        }
        ("DELETE", ["groups", key, "members", member]) => {
            let group = org.group(key)?;
            match org.members.remove(&(group, (*member).into())) {
                true => Ok(None),
                false => Err(not_found("memberKey")),
            }
        }
        ("GET" | "POST" | "DELETE", ["product", product, "sku", sku, rest @ ..]) => {
            licences(org, asked, product, sku, rest)
        }
        ("GET", ["transfers"]) => {
            let of = asked.query.get("oldOwnerUserId");
            let mut all = org.transfers.clone();
            all.retain(|transfer| of.is_none_or(|of| transfer["oldOwnerUserId"] == **of));
            page(asked, "dataTransfers", all, 500)
        }
        ("POST", ["transfers"]) => {
            let mut transfer = asked.body.clone();
            transfer["id"] = json!(format!("tr{}", org.transfers.len()));
            transfer["overallTransferStatusCode"] = json!("inProgress");
            transfer["requestTime"] = json!("2026-11-21T08:00:00.000Z");
            org.transfers.push(transfer.clone());
            Ok(Some(transfer))
        }
        _ => Err(error(
            501,
            "notImplemented",
            &format!("{} {}", asked.method, asked.path),
        )),
    }
}

fn licences(org: &mut Org, asked: &Asked, product: &str, sku: &str, rest: &[&str]) -> Said {
    let key = |address: &str| (product.to_owned(), sku.to_owned(), address.to_lowercase());
    let assignment = |address: &str| json!({"userId": address, "productId": product, "skuId": sku});
    match (asked.method.as_str(), rest) {
        ("GET", ["users"]) => {
            if asked.query.get("customerId").is_none_or(|c| c != CUSTOMER) {
                return Err(error(400, "invalid", "Invalid customerId"));
            }
            let of = org
                .licences
                .iter()
                .filter(|(p, s, _)| p == product && s == sku);
            let items = of.map(|(_, _, address)| assignment(address));
            page(asked, "items", items.collect(), 1000)
        }
        ("GET", ["user", address]) => match org.licences.contains(&key(address)) {
            true => Ok(Some(assignment(address))),
            false => Err(error(
                404,
                "notFound",
                "User does not have a license for specified sku and product",
            )),
        },
        ("POST", ["user"]) => {
            let address = asked.body["userId"].as_str().unwrap();
            if org.user(address).is_none() {
                return Err(not_found("userId"));
            }
            let of_product = |(p, _, a): &&(String, String, String)| p == product && *a == address;
            if org.licences.iter().any(|l| of_product(&l)) {
                return Err(error(
                    412,
                    "conditionNotMet",
                    "User already has a license for the specified product",
                ));
            }
            let given = org.licences.iter().filter(|(_, s, _)| s == sku).count();
            if org.seats.get(sku).is_some_and(|seats| given >= *seats) {
                return Err(error(
                    412,
                    "limitExceeded",
                    "There aren't enough available licenses for the specified product-SKU pair",
                ));
            }
            org.licences.insert(key(address));
            Ok(Some(assignment(address)))
        }
        ("DELETE", ["user", address]) => match org.licences.remove(&key(address)) {
            true => Ok(Some(json!({}))),
            false => Err(error(
                404,
                "notFound",
                "User does not have a license for specified sku and product",
            )),
        },
        _ => Err(error(501, "notImplemented", "licences")),
    }
}
