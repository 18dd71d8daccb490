//! Microsoft Entra's users as accounts, and accounts as users
//! (<https://learn.microsoft.com/graph/api/resources/user>).

use latchkey_lifecycle::{Account, EmployeeId, Entitlement};
use latchkey_systems::{Found, text};
use serde_json::{Map, Value, json};

/// Our names of attributes, and those of a user's properties.
const FIELDS: [(&str, &str); 6] = [
    ("givenName", "givenName"),
    ("familyName", "surname"),
    ("displayName", "displayName"),
    ("email", "mail"),
    ("title", "jobTitle"),
    ("department", "department"),
];
/// What is asked for of a user; most of it is shown only then.
pub(crate) const PROPERTIES: &str = "id,userPrincipalName,employeeId,accountEnabled,userType,givenName,surname,displayName,mail,jobTitle,department";
/// How long a mail nickname may be.
const NICKNAME: usize = 64;

/// The user's name of one of our attributes; `None` for one that users do not have.
pub(crate) fn field_of(attribute: &str) -> Option<&'static str> {
    let of = FIELDS.iter().find(|(ours, _)| *ours == attribute);
    of.map(|(_, theirs)| *theirs)
}

/// A new user ("Create user"), who changes the password at the first sign-in.
pub(crate) fn new(account: &Account, password: &str, usage_location: Option<&str>) -> Value {
    let mut user = Map::new();
    for (attribute, value) in &account.attributes {
        if let Some(field) = field_of(attribute) {
            user.insert(field.into(), value.clone().into());
        }
    }
    // It has to have one.
    user.entry("displayName")
        .or_insert_with(|| account.name.clone().into());
    user.insert("accountEnabled".into(), account.active.into());
    user.insert("userPrincipalName".into(), account.name.clone().into());
    user.insert("mailNickname".into(), nickname(&account.name).into());
    let profile = json!({ "forceChangePasswordNextSignIn": true, "password": password });
    user.insert("passwordProfile".into(), profile);
    if let Some(id) = &account.employee_id {
        user.insert("employeeId".into(), id.as_str().into());
    }
    if let Some(country) = usage_location {
        user.insert("usageLocation".into(), country.into());
    }
    user.into()
}

/// What comes before the `@` of an account name, as far as a mail nickname takes it.
fn nickname(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    let kept = local
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c));
    let nickname: String = kept.take(NICKNAME).collect();
    if nickname.is_empty() {
        "account".to_owned()
    } else {
        nickname
    }
}

/// A user as an account, without what it has been given. `None` for what is no user.
pub(crate) fn found(user: &Value) -> Option<Found> {
    let mut account = Account {
        employee_id: text(&user["employeeId"]).and_then(|id| EmployeeId::new(id).ok()),
        name: text(&user["userPrincipalName"])?.to_owned(),
        // Whose status is not told is taken for somebody who can sign in, so that an exit does not pass over them.
        active: user["accountEnabled"] != false,
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    for (ours, theirs) in FIELDS {
        if let Some(value) = text(&user[theirs]) {
            account.attributes.insert(ours.to_owned(), value.to_owned());
        }
    }
    Some(Found::new(text(&user["id"])?, account))
}

/// Whether somebody is a guest of the directory. Old members have no type.
pub(crate) fn is_guest(user: &Value) -> bool {
    user["userType"] == "Guest"
}

/// The ids of licences that were assigned to the user alone: one that a group gives goes with the group.
pub(crate) fn own_licences(user: &Value) -> impl Iterator<Item = &str> {
    let states = user["licenseAssignmentStates"].as_array();
    let own = |state: &&Value| state["assignedByGroup"].is_null();
    let states = states.into_iter().flatten().filter(own);
    states.filter_map(|state| state["skuId"].as_str())
}

/// What somebody who is a member of this has, and its id; `None` for what nobody can give or take by hand.
pub(crate) fn given(item: &Value) -> Option<(Entitlement, &str)> {
    let kind = match item["@odata.type"].as_str()? {
        "#microsoft.graph.group" if is_ours_to_give(item) => "group",
        "#microsoft.graph.directoryRole" => "role",
        _ => return None,
    };
    named(kind, item)
}

/// Whether it is told that somebody is a member of something, and not of what: the app may not read it
/// (<https://learn.microsoft.com/graph/permissions-overview#limited-information-returned-for-inaccessible-member-objects>).
pub(crate) fn is_hidden(item: &Value, roles: bool) -> bool {
    let is_group = item["@odata.type"] == "#microsoft.graph.group";
    let is_role = item["@odata.type"] == "#microsoft.graph.directoryRole" && roles;
    (is_group || is_role) && item["displayName"].is_null()
}

/// The entitlement of a group or role, and its id.
pub(crate) fn named<'a>(kind: &str, item: &'a Value) -> Option<(Entitlement, &'a str)> {
    let name = item["displayName"].as_str()?;
    Some((format!("{kind}:{name}").into(), item["id"].as_str()?))
}

/// Whether members of a group are changed by hand, and here: not those of a group that follows a rule, comes from
/// another directory, or is Exchange's (distribution lists and mail-enabled security groups; "Working with groups").
pub(crate) fn is_ours_to_give(group: &Value) -> bool {
    let types: Vec<&str> = group["groupTypes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let follows_a_rule = types.contains(&"DynamicMembership");
    let synchronised = group["onPremisesSyncEnabled"] == true;
    let exchange = group["mailEnabled"] == true && !types.contains(&"Unified");
    !follows_a_rule && !synchronised && !exchange
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_survives_the_way_through_entra() {
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
        let mut user = new(&account, "Aa1-x", Some("DE"));
        assert_eq!(user["usageLocation"], "DE");
        assert_eq!(user["mailNickname"], "zoe.mueller");
        user["id"] = json!("u1");
        assert_eq!(found(&user).unwrap().account, account);
        for (property, _) in user.as_object().unwrap().iter() {
            let shown = PROPERTIES.split(',').any(|p| p == property);
            let never = ["passwordProfile", "mailNickname", "usageLocation"];
            assert!(shown || never.contains(&property.as_str()), "{property}");
        }
    }

    #[test]
    fn a_user_without_a_name_to_show_gets_one() {
        let account = Account {
            employee_id: None,
            name: "#^~@acme.example".into(),
            active: false,
            attributes: Default::default(),
            entitlements: Default::default(),
        };
        let user = new(&account, "x", None);
        assert_eq!(user["displayName"], "#^~@acme.example");
        assert_eq!(user["mailNickname"], "account");
        assert_eq!(user["accountEnabled"], false);
        assert!(user.get("usageLocation").is_none());
    }

    #[test]
    fn strange_shapes_are_no_users_and_work_until_it_is_said_that_they_do_not() {
        assert_eq!(found(&json!({"id": "1"})), None);
        assert_eq!(found(&json!([])), None);
        assert_eq!(found(&json!({"userPrincipalName": "a@b"})), None);
        let odd =
            json!({"id": "1", "userPrincipalName": "a@b", "employeeId": {}, "jobTitle": null});
        let account = found(&odd).unwrap().account;
        assert!(account.active && account.employee_id.is_none() && account.attributes.is_empty());
    }

    #[test]
    fn only_what_can_be_given_by_hand_counts() {
        let is = |types: Value, mail: bool, synchronised: Value| {
            let item = json!({"@odata.type": "#microsoft.graph.group", "id": "g", "displayName": "x", "groupTypes": types,
                "mailEnabled": mail, "onPremisesSyncEnabled": synchronised});
            given(&item).is_some()
        };
        assert!(is(json!([]), false, json!(null)));
        assert!(is(json!(["Unified"]), true, json!(false)));
        assert!(!is(
            json!(["Unified", "DynamicMembership"]),
            true,
            json!(null)
        ));
        assert!(!is(json!([]), true, json!(null)));
        assert!(!is(json!([]), false, json!(true)));
        let unit = json!({"@odata.type": "#microsoft.graph.administrativeUnit", "id": "a", "displayName": "x"});
        assert!(given(&unit).is_none());
        let role = json!({"@odata.type": "#microsoft.graph.directoryRole", "id": "r", "displayName": "Reader"});
        assert_eq!(given(&role).unwrap().0, Entitlement::from("role:Reader"));
    }

    #[test]
    fn a_licence_that_a_group_gives_is_not_the_users_own() {
        let user = json!({"licenseAssignmentStates": [
            {"skuId": "s1", "assignedByGroup": null}, {"skuId": "s2", "assignedByGroup": "g1"},
        ]});
        assert_eq!(own_licences(&user).collect::<Vec<_>>(), ["s1"]);
    }
}
