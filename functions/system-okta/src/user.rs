//! Okta's users as accounts, and accounts as profiles.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Found, text};
use serde_json::{Map, Value};

/// Our names of attributes, and those of Okta's default profile (schema `UserProfile` of the reference).
const FIELDS: [(&str, &str); 6] = [
    ("givenName", "firstName"),
    ("familyName", "lastName"),
    ("displayName", "displayName"),
    ("email", "email"),
    ("title", "title"),
    ("department", "department"),
];

/// The profile's name of one of our attributes; `None` for one that Okta does not have.
pub(crate) fn field_of(attribute: &str) -> Option<&'static str> {
    let of = FIELDS.iter().find(|(ours, _)| *ours == attribute);
    of.map(|(_, theirs)| *theirs)
}

/// The profile of a new user. `holder` is the attribute that holds the employee id.
pub(crate) fn profile(account: &Account, holder: &str) -> Value {
    let mut profile = Map::new();
    profile.insert("login".into(), account.name.clone().into());
    for (attribute, value) in &account.attributes {
        if let Some(field) = field_of(attribute) {
            profile.insert(field.into(), value.clone().into());
        }
    }
    if let Some(id) = &account.employee_id {
        profile.insert(holder.into(), id.as_str().into());
    }
    profile.into()
}

/// A user as an account, without what it has been given. `None` for what is no user.
pub(crate) fn found(user: &Value, holder: &str) -> Option<Found> {
    let profile = &user["profile"];
    let mut account = Account {
        employee_id: text(&profile[holder]).and_then(|id| EmployeeId::new(id).ok()),
        name: text(&profile["login"])?.to_owned(),
        active: works(user),
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    for (ours, theirs) in FIELDS {
        if let Some(value) = text(&profile[theirs]) {
            account.attributes.insert(ours.to_owned(), value.to_owned());
        }
    }
    Some(Found::new(text(&user["id"])?, account))
}

/// Whether somebody can sign in, or only has to do something of their own first: set a password (PROVISIONED, RECOVERY,
/// PASSWORD_EXPIRED) or wait and unlock (LOCKED_OUT). A status that is not known is taken for one that works, so that
/// an exit does not pass over it. See `UserStatus` of the reference.
pub(crate) fn works(user: &Value) -> bool {
    match (status(user), transition(user)) {
        (_, "ACTIVE") => true,
        ("STAGED" | "SUSPENDED" | "DEPROVISIONED", _) => false,
        _ => true,
    }
}

/// A user's status.
pub(crate) fn status(user: &Value) -> &str {
    user["status"].as_str().unwrap_or_default()
}

/// The status that a user is on the way to; empty when on none.
pub(crate) fn transition(user: &Value) -> &str {
    user["transitioningToStatus"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_account_survives_the_way_through_okta() {
        let account = Account {
            employee_id: Some(EmployeeId::new("1042").unwrap()),
            name: "zoe.mueller@acme.example".into(),
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
        let user =
            json!({"id": "00u1", "status": "PROVISIONED", "profile": profile(&account, "staffId")});
        assert_eq!(user["profile"]["staffId"], "1042");
        assert_eq!(found(&user, "staffId").unwrap().account, account);
        let other = found(&user, "employeeNumber").unwrap().account;
        assert_eq!(other.employee_id, None);
    }

    #[test]
    fn every_status_says_whether_sign_in_works() {
        for (status, to, want) in [
            ("ACTIVE", "", true),
            ("PROVISIONED", "", true),
            ("RECOVERY", "", true),
            ("PASSWORD_EXPIRED", "", true),
            ("LOCKED_OUT", "", true),
            ("ODD", "", true),
            ("STAGED", "", false),
            ("SUSPENDED", "", false),
            ("DEPROVISIONED", "", false),
            ("STAGED", "ACTIVE", true),
            ("ACTIVE", "DEPROVISIONED", true),
        ] {
            let user = json!({"status": status, "transitioningToStatus": to});
            assert_eq!(works(&user), want, "{status} to {to}");
        }
    }

    #[test]
    fn strange_shapes_are_no_users() {
        assert_eq!(found(&json!({"id": "1"}), "employeeNumber"), None);
        assert_eq!(found(&json!([]), "employeeNumber"), None);
        assert_eq!(
            found(&json!({"profile": {"login": "a"}}), "employeeNumber"),
            None
        );
        let odd =
            json!({"id": "1", "profile": {"login": "a", "title": null, "employeeNumber": {}}});
        let account = found(&odd, "employeeNumber").unwrap().account;
        assert!(account.employee_id.is_none() && account.attributes.is_empty());
    }
}
