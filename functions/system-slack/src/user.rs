//! Slack's users as accounts: <https://docs.slack.dev/reference/objects/user-object>.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Found, text};
use serde_json::Value;

use crate::slack::Slack;

/// Slack's own assistant, which does not say that it is a bot.
const SLACKBOT: &str = "USLACKBOT";

/// The e-mail address; shown only to whoever has the scope `users:read.email`.
pub(crate) fn email(user: &Value) -> Option<&str> {
    text(&user["profile"]["email"])
}

/// The employee id in a custom field of a profile.
pub(crate) fn employee_id(profile: &Value, holder: &str) -> Option<EmployeeId> {
    let value = text(&profile["fields"][holder]["value"])?;
    EmployeeId::new(value.trim()).ok()
}

/// Whether somebody is in a workspace. Who is deactivated, invited and not there yet, or taken out of it is not.
/// Somebody of an organisation says in which of its workspaces they are.
pub(crate) fn is_in(user: &Value, team: Option<&str>) -> bool {
    let teams = user["enterprise_user"]["teams"].as_array();
    let elsewhere = match (team, teams) {
        (Some(team), Some(teams)) => !teams.iter().any(|its| its == team),
        _ => false,
    };
    user["deleted"] != true && !elsewhere
}

/// Whether it is a person of this company, and no bot, nor somebody of another company whom a shared channel brings.
fn is_person(user: &Value) -> bool {
    let others = [
        "is_bot",
        "is_workflow_bot",
        "is_connector_bot",
        "is_stranger",
    ];
    user["id"] != SLACKBOT && others.iter().all(|what| user[*what] != true)
}

/// A user as an account, without what it has been given: the name is the e-mail address, which people sign in with.
pub(crate) fn found(user: &Value, holder: Option<&str>) -> Option<Found> {
    let name = email(user).or_else(|| text(&user["name"]))?;
    let account = Account {
        employee_id: holder.and_then(|holder| employee_id(&user["profile"], holder)),
        name: name.to_owned(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    Some(Found::new(text(&user["id"])?, account))
}

impl Slack {
    /// Somebody who can sign in; `None` for whoever else stands in a list.
    pub(crate) fn member(&self, user: &Value) -> Option<Found> {
        let is_here = is_person(user) && is_in(user, self.choices.team.as_deref());
        found(user, self.choices.holder.as_deref()).filter(|_| is_here)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_who_is_in_the_workspace_is() {
        let of = |more: Value| {
            let mut user =
                json!({"id": "U1", "name": "zoe", "profile": {"email": "zoe@acme.example"}});
            for (name, value) in more.as_object().unwrap() {
                user[name] = value.clone();
            }
            is_person(&user) && is_in(&user, Some("T1"))
        };
        assert!(of(json!({})));
        assert!(of(json!({"enterprise_user": {"teams": ["T2", "T1"]}})));
        assert!(!of(json!({"enterprise_user": {"teams": ["T2"]}})));
        assert!(!of(json!({"deleted": true})));
        assert!(!of(json!({"is_bot": true})));
        assert!(!of(json!({"is_stranger": true})));
        assert!(!of(json!({"id": SLACKBOT})));
    }

    #[test]
    fn strange_shapes_are_no_users() {
        assert_eq!(found(&json!([]), None), None);
        assert_eq!(found(&json!({"id": "U1"}), None), None);
        assert_eq!(found(&json!({"name": "zoe"}), None), None);
        let user = json!({"id": "U1", "profile": {"email": "z@acme.example", "fields": {"Xf1": {"value": " 7 "}}}});
        let account = found(&user, Some("Xf1")).unwrap().account;
        assert_eq!(account.employee_id.unwrap().as_str(), "7");
        assert_eq!(found(&user, Some("Xf2")).unwrap().account.employee_id, None);
    }
}
