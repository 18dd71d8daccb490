//! Google's users as accounts, and accounts as users (schema `User`).

use latchkey_lifecycle::{Account, EmployeeId, Entitlement};
use latchkey_systems::{Found, text};
use serde_json::{Map, Value, json};

use crate::choices::Choices;

/// The organizational unit at the top.
pub(crate) const TOP: &str = "/";
/// What is asked for of a user.
pub(crate) const FIELDS: &str = "id,primaryEmail,aliases,nonEditableAliases,name,suspended,archived,orgUnitPath,externalIds,organizations,relations,\
     suspensionTime";

/// Where a user has one of our attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// In `name`.
    Name(&'static str),
    /// In the first of `organizations`.
    Work(&'static str),
}

const KEPT: [(&str, Field); 5] = [
    ("givenName", Field::Name("givenName")),
    ("familyName", Field::Name("familyName")),
    ("displayName", Field::Name("displayName")),
    ("title", Field::Work("title")),
    ("department", Field::Work("department")),
];

/// Where a user has one of our attributes; `None` for one that Google does not have.
pub(crate) fn field_of(attribute: &str) -> Option<Field> {
    let of = KEPT.iter().find(|(ours, _)| *ours == attribute);
    of.map(|(_, field)| *field)
}

/// Where the primary one of `organizations` stands.
fn primary(organizations: &[Value]) -> Option<usize> {
    let marked = organizations.iter().position(|o| o["primary"] == true);
    marked.or((!organizations.is_empty()).then_some(0))
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// `organizations` with one field of the primary one set, or left out. A list is changed as a whole.
pub(crate) fn with_work(user: &Value, field: &str, value: Option<&str>) -> Value {
    let mut all = list(&user["organizations"]);
    let at = primary(&all).unwrap_or_else(|| {
        all.push(json!({"type": "work", "primary": true}));
        all.len() - 1
    });
    if let Some(of) = all[at].as_object_mut() {
        match value {
            Some(value) => of.insert(field.to_owned(), json!(value)),
            None => of.remove(field),
        };
    }
    Value::Array(all)
}

fn is_holder(entry: &Value, choices: &Choices) -> bool {
    if choices.own_holder() {
        entry["type"] == "custom" && entry["customType"] == *choices.holder
    } else {
        entry["type"] == *choices.holder
    }
}

/// `externalIds` with this employee id, or without one. A list is changed as a whole.
pub(crate) fn with_employee_id(user: &Value, choices: &Choices, id: Option<&EmployeeId>) -> Value {
    let mut all = list(&user["externalIds"]);
    all.retain(|entry| !is_holder(entry, choices));
    if let Some(id) = id {
        let mut entry = json!({"value": id.as_str(), "type": choices.holder});
        if choices.own_holder() {
            entry["type"] = json!("custom");
            entry["customType"] = json!(choices.holder);
        }
        all.push(entry);
    }
    Value::Array(all)
}

/// A new user. Google wants a password; nobody learns this one.
pub(crate) fn new_user(account: &Account, choices: &Choices, password: &str) -> Value {
    let mut user = json!({
        "primaryEmail": account.name,
        "password": password,
        "suspended": !account.active,
    });
    let mut name = Map::new();
    for (attribute, value) in &account.attributes {
        match field_of(attribute) {
            Some(Field::Name(field)) => drop(name.insert(field.to_owned(), json!(value))),
            Some(Field::Work(field)) => {
                user["organizations"] = with_work(&user, field, Some(value))
            }
            None => {}
        }
    }
    user["name"] = Value::Object(name);
    if account.employee_id.is_some() {
        user["externalIds"] = with_employee_id(&user, choices, account.employee_id.as_ref());
    }
    user
}

/// A user as an account, without groups and licences. `None` for what is no user.
pub(crate) fn found(user: &Value, choices: &Choices) -> Option<Found> {
    let ids = user["externalIds"].as_array().into_iter().flatten();
    let id = ids
        .filter(|entry| is_holder(entry, choices))
        .find_map(|entry| text(&entry["value"]));
    let mut account = Account {
        employee_id: id.and_then(|id| EmployeeId::new(id).ok()),
        name: text(&user["primaryEmail"])?.to_owned(),
        active: works(user),
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    let organizations = user["organizations"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let work = primary(organizations).map_or(&Value::Null, |at| &organizations[at]);
    for (ours, field) in KEPT {
        let value = match field {
            Field::Name(field) => &user["name"][field],
            Field::Work(field) => &work[field],
        };
        if let Some(value) = text(value) {
            account.attributes.insert(ours.to_owned(), value.to_owned());
        }
    }
    let unit = org_unit(user);
    let is_own = unit != TOP && choices.leavers.as_deref() != Some(unit);
    if choices.org_units && is_own {
        let unit = Entitlement::from(format!("orgunit:{unit}"));
        account.entitlements.insert(unit);
    }
    Some(Found::new(text(&user["id"])?, account))
}

/// Whether somebody can sign in: an archived user cannot either.
fn works(user: &Value) -> bool {
    user["suspended"] != true && user["archived"] != true
}

/// A user's organizational unit.
pub(crate) fn org_unit(user: &Value) -> &str {
    let path = user["orgUnitPath"].as_str().unwrap_or_default();
    if path.is_empty() { TOP } else { path }
}

/// Whether mail to an address reaches the user. Google writes addresses in lower case.
pub(crate) fn is_reached_at(user: &Value, address: &str) -> bool {
    let others = [&user["aliases"], &user["nonEditableAliases"]];
    let others = others.into_iter().filter_map(Value::as_array).flatten();
    let mut all = others
        .chain([&user["primaryEmail"]])
        .filter_map(Value::as_str);
    all.any(|its| its.eq_ignore_ascii_case(address))
}

/// The manager that the directory has.
pub(crate) fn manager(user: &Value) -> Option<&str> {
    let mut all = user["relations"].as_array().into_iter().flatten();
    let manager = all.find(|relation| relation["type"] == "manager")?;
    manager["value"]
        .as_str()
        .filter(|value| value.contains('@'))
}
