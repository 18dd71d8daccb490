//! SCIM resources as accounts, and accounts as SCIM resources.

use latchkey_lifecycle::{Account, EmployeeId, Entitlement};
use latchkey_systems::{Found, text};
use serde_json::{Map, Value, json};

use crate::{
    dialect::{ALL, Dialect},
    place::{ACTIVE, ENTERPRISE, NAME, USER},
};

/// The value of one of our attributes, as SCIM writes it.
pub(crate) fn value_of(attribute: &str, value: &str) -> Value {
    match attribute {
        "email" => json!([{ "value": value, "type": "work", "primary": true }]),
        _ => Value::String(value.to_owned()),
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
    for (attribute, value) in &account.attributes {
        if let Some(place) = dialect.place_of(attribute) {
            place.put(&mut user, value_of(attribute, value));
        }
    }
    NAME.put(&mut user, account.name.clone().into());
    ACTIVE.put(&mut user, active(dialect, account.active));
    if let Some(id) = &account.employee_id {
        dialect.id_place().put(&mut user, id.as_str().into());
    }
    let extension = user.contains_key(ENTERPRISE).then_some(ENTERPRISE);
    let schemas: Vec<&str> = [USER].into_iter().chain(extension).collect();
    user.insert("schemas".into(), json!(schemas));
    user.into()
}

/// The work e-mail address: the primary one, or the first.
fn email(user: &Value) -> Option<String> {
    let emails = user["emails"].as_array()?;
    let email = emails
        .iter()
        .find(|e| e["primary"] == true)
        .or_else(|| emails.iter().find(|e| e["type"] == "work"))
        .or_else(|| emails.first());
    text(&email?["value"]).map(str::to_owned)
}

/// A user as an account, without its groups. `None` for what is no user.
pub(crate) fn found(user: &Value, dialect: &Dialect) -> Option<Found> {
    let handle = text(&user["id"])?.to_owned();
    let id = text(dialect.id_place().get(user));
    let mut account = Account {
        employee_id: id.and_then(|id| EmployeeId::new(id).ok()),
        name: text(NAME.get(user))?.to_owned(),
        // RFC 7643 leaves open what an absent `active` means; every vendor takes it as active.
        active: match ACTIVE.get(user) {
            Value::Bool(active) => *active,
            Value::String(text) => !text.eq_ignore_ascii_case("false"),
            _ => true,
        },
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    for attribute in ALL {
        let value = match *attribute {
            "email" => email(user),
            other => dialect
                .place_of(other)
                .and_then(|p| text(p.get(user)).map(str::to_owned)),
        };
        if let Some(value) = value {
            account.attributes.insert((*attribute).to_owned(), value);
        }
    }
    for (kind, holder) in dialect.values {
        let values = user[*holder].as_array().into_iter().flatten();
        let fixed = |value: &Value| {
            dialect
                .fixed_values
                .is_some_and(|fixed| value["type"] == fixed)
        };
        for value in values.filter(|value| !fixed(value)) {
            if let Some(name) = text(&value["value"]) {
                account
                    .entitlements
                    .insert(Entitlement::from(format!("{kind}:{name}")));
            }
        }
    }
    let version = text(&user["meta"]["version"]).map(str::to_owned);
    Some(Found {
        handle,
        version,
        account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        dialect::{UserChange, dialect},
        users::operation,
    };

    fn zoe(keeps: &[&str]) -> Account {
        let attributes = [
            ("givenName", "Zoë"),
            ("familyName", "Müller"),
            ("displayName", "Zoë Müller"),
            ("email", "zoe@acme.example"),
            ("title", "Account Executive"),
            ("department", "Sales"),
        ];
        let kept = attributes
            .into_iter()
            .filter(|(name, _)| keeps.contains(name));
        Account {
            employee_id: Some(EmployeeId::new("1042").unwrap()),
            name: "zoe@acme.example".into(),
            active: true,
            attributes: kept.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            entitlements: Default::default(),
        }
    }

    #[test]
    fn an_account_survives_the_way_through_every_dialect() {
        for dialect in crate::dialects::DIALECTS {
            let account = zoe(dialect.keeps);
            let mut user = user(&account, &dialect);
            user["id"] = "u1".into();
            let back = found(&user, &dialect).unwrap().account;
            assert_eq!(back, account, "{}", dialect.name);
        }
    }

    #[test]
    fn the_employee_id_and_the_full_name_stand_where_the_vendor_keeps_them() {
        let notion = dialect(Some("notion")).unwrap();
        let user = user(&zoe(notion.keeps), &notion);
        assert_eq!(user[ENTERPRISE]["employeeNumber"], "1042");
        assert_eq!(user["name"], json!({"formatted": "Zoë Müller"}));
        assert_eq!(user["schemas"], json!([USER, ENTERPRISE]));
        assert_eq!(user.get("externalId"), None);
        let path = notion.id_place().path();
        assert_eq!(path, format!("{ENTERPRISE}:employeeNumber"));
    }

    #[test]
    fn a_change_is_written_with_a_path_or_without() {
        let rfc = dialect(None).unwrap();
        let department = rfc.place_of("department").unwrap();
        let path = format!("{ENTERPRISE}:department");
        let sales = || Some("Sales".into());
        for (form, value, want) in [
            (
                UserChange::Patch,
                sales(),
                json!({"op": "replace", "path": path, "value": "Sales"}),
            ),
            (
                UserChange::Patch,
                None,
                json!({"op": "remove", "path": path}),
            ),
            (
                UserChange::PatchWithoutPath,
                sales(),
                json!({"op": "replace", "value": {ENTERPRISE: {"department": "Sales"}}}),
            ),
            (
                UserChange::PatchWithoutPath,
                None,
                json!({"op": "replace", "value": {ENTERPRISE: {"department": ""}}}),
            ),
        ] {
            assert_eq!(operation(form, &department, value), want);
        }
    }

    #[test]
    fn text_booleans_and_strange_shapes_are_read() {
        let rfc = dialect(None).unwrap();
        let user = json!({"id": "1", "userName": "a", "active": "False", "emails": "none", "roles": {"x": 1}});
        assert!(!found(&user, &rfc).unwrap().account.active);
        assert_eq!(found(&json!({"id": "1"}), &rfc), None);
        assert_eq!(found(&json!([]), &rfc), None);
    }

    #[test]
    fn what_an_account_cannot_be_without_is_not_to_be_taken() {
        let salesforce = dialect(Some("salesforce")).unwrap();
        let user = json!({"id": "1", "userName": "a@b.example", "roles": [{"value": "r"}], "entitlements": [
            {"value": "00e1", "type": "Profile"}, {"value": "0PS1", "type": "PermissionSet"},
        ]});
        let account = found(&user, &salesforce).unwrap().account;
        assert_eq!(account.entitlements, ["licence:0PS1".into()].into());
    }
}
