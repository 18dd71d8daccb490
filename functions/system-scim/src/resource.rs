//! SCIM resources as accounts, and accounts as SCIM resources.

use latchkey_lifecycle::{Account, EmployeeId, Entitlement};
use latchkey_systems::Found;
use serde_json::{Map, Value, json};

use crate::dialect::Dialect;

/// Core user schema (RFC 7643 section 4.1).
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Enterprise user extension (RFC 7643 section 4.3).
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The SCIM path of one of our attributes (RFC 7644 figure 1); `None` for one that SCIM does not have.
pub(crate) fn path_of(attribute: &str) -> Option<String> {
    Some(match attribute {
        "givenName" => "name.givenName".to_owned(),
        "familyName" => "name.familyName".to_owned(),
        "displayName" | "title" => attribute.to_owned(),
        "email" => "emails".to_owned(),
        "department" => format!("{ENTERPRISE}:department"),
        _ => return None,
    })
}

/// The value of one of our attributes, as SCIM writes it.
pub(crate) fn value_of(attribute: &str, value: &str) -> Value {
    match attribute {
        "email" => json!([{ "value": value, "type": "work", "primary": true }]),
        _ => Value::String(value.to_owned()),
    }
}

/// The attribute that holds entitlements of a kind, for kinds other than `group`.
pub(crate) fn holder_of(kind: &str) -> Option<&'static str> {
    match kind {
        "role" => Some("roles"),
        "licence" => Some("entitlements"),
        _ => None,
    }
}

/// `active` as the dialect writes it.
pub(crate) fn active(dialect: &Dialect, active: bool) -> Value {
    match (dialect.active_as_text, active) {
        (false, _) => Value::Bool(active),
        (true, true) => "True".into(),
        (true, false) => "False".into(),
    }
}

/// A new user.
pub(crate) fn user(account: &Account, dialect: &Dialect) -> Value {
    let mut user = Map::new();
    let mut schemas = vec![USER];
    let mut name = Map::new();
    let mut enterprise = Map::new();
    for (attribute, value) in &account.attributes {
        match attribute.as_str() {
            "givenName" | "familyName" => {
                name.insert(attribute.clone(), value.clone().into());
            }
            "department" => {
                enterprise.insert("department".into(), value.clone().into());
            }
            known if path_of(known).is_some() => {
                let path = if known == "email" { "emails" } else { known };
                user.insert(path.into(), value_of(known, value));
            }
            _ => {}
        }
    }
    if !name.is_empty() {
        user.insert("name".into(), name.into());
    }
    if !enterprise.is_empty() {
        schemas.push(ENTERPRISE);
        user.insert(ENTERPRISE.into(), enterprise.into());
    }
    user.insert("schemas".into(), json!(schemas));
    user.insert("userName".into(), account.name.clone().into());
    user.insert("active".into(), active(dialect, account.active));
    if let Some(id) = &account.employee_id {
        user.insert("externalId".into(), id.as_str().into());
    }
    user.into()
}

/// A user as an account, without its groups. `None` for what is no user.
pub(crate) fn found(user: &Value) -> Option<Found> {
    let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(str::to_owned);
    let handle = text(&user["id"])?;
    let mut account = Account {
        employee_id: text(&user["externalId"]).and_then(|id| EmployeeId::new(id).ok()),
        name: text(&user["userName"])?,
        // RFC 7643 leaves open what an absent `active` means; every vendor takes it as active.
        active: match &user["active"] {
            Value::Bool(active) => *active,
            Value::String(text) => !text.eq_ignore_ascii_case("false"),
            _ => true,
        },
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    let emails = user["emails"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let email = emails
        .iter()
        .find(|e| e["primary"] == true)
        .or_else(|| emails.iter().find(|e| e["type"] == "work"))
        .or_else(|| emails.first());
    let attributes = [
        ("givenName", &user["name"]["givenName"]),
        ("familyName", &user["name"]["familyName"]),
        ("displayName", &user["displayName"]),
        ("title", &user["title"]),
        ("department", &user[ENTERPRISE]["department"]),
        ("email", email.map_or(&Value::Null, |e| &e["value"])),
    ];
    for (name, value) in attributes {
        if let Some(value) = text(value) {
            account.attributes.insert(name.to_owned(), value);
        }
    }
    for (kind, holder) in [("role", "roles"), ("licence", "entitlements")] {
        for each in user[holder].as_array().into_iter().flatten() {
            if let Some(name) = text(&each["value"]) {
                account
                    .entitlements
                    .insert(Entitlement::from(format!("{kind}:{name}")));
            }
        }
    }
    let version = text(&user["meta"]["version"]);
    Some(Found {
        handle,
        version,
        account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::dialect;

    #[test]
    fn an_account_survives_the_way_through_scim() {
        let rfc = dialect(None).unwrap();
        let account = Account {
            employee_id: Some(EmployeeId::new("1042").unwrap()),
            name: "zoe.mueller".into(),
            active: true,
            attributes: [
                ("givenName", "Zoë"),
                ("familyName", "Müller"),
                ("displayName", "Zoë Müller"),
                ("email", "zoe@acme.example"),
                ("title", "Account Executive"),
                ("department", "Sales"),
            ]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
            entitlements: Default::default(),
        };
        let mut user = user(&account, &rfc);
        user["id"] = "u1".into();
        assert_eq!(found(&user).unwrap().account, account);
    }

    #[test]
    fn text_booleans_and_strange_shapes_are_read() {
        let user = json!({"id": "1", "userName": "a", "active": "False", "emails": "none", "roles": {"x": 1}});
        assert!(!found(&user).unwrap().account.active);
        assert_eq!(found(&json!({"id": "1"})), None);
        assert_eq!(found(&json!([])), None);
    }
}
