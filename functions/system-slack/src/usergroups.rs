//! User groups. Slack only takes the whole list of a group's members, and knows no versions
//! (<https://docs.slack.dev/reference/methods/usergroups.users.update>): whoever writes at the same moment may undo it.
//! Within a process one changes at a time; against others the list is read again after it was written, until it is so.

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, text};
use serde_json::Value;

use crate::slack::{Slack, Venue};

/// How often a list is written when others write it, too.
const ROUNDS: usize = 4;

/// A user group as an entitlement, by its handle; `None` for those that Slack fills itself, and those that are
/// disabled.
fn usergroup(item: &Value) -> Option<(Entitlement, Venue)> {
    let disabled = item["date_delete"].as_i64().unwrap_or(0) != 0;
    if disabled || text(&item["auto_type"]).is_some() {
        return None;
    }
    let entitlement = Entitlement::from(format!("usergroup:{}", text(&item["handle"])?));
    let place = Venue {
        id: text(&item["id"])?.to_owned(),
        private: false,
    };
    Some((entitlement, place))
}

/// Whether a group, as it is listed, has a member.
pub(crate) fn has(group: &Value, id: &str) -> bool {
    members(group).any(|member| member == id)
}

/// The members of a group, as it is listed; one without any says none.
pub(crate) fn members(group: &Value) -> impl Iterator<Item = &str> {
    let users = group["users"].as_array().into_iter().flatten();
    users.filter_map(Value::as_str)
}

/// Whether a group has members, as it says itself, and does not show them.
fn hides_members(group: &Value) -> bool {
    let count = match &group["user_count"] {
        Value::String(text) => text.parse().ok(),
        count => count.as_u64(),
    };
    count.is_some_and(|count: u64| count > 0) && !group["users"].is_array()
}

impl Slack {
    /// Every user group with its members: one call for all.
    pub(crate) async fn usergroups(&self) -> Result<Vec<(Entitlement, Value)>, Fault> {
        let method = "usergroups.list";
        let mut body = self.call(method, &[("include_users", "true")]).await?;
        let Value::Array(groups) = body["usergroups"].take() else {
            return Err(self.rejected(format!(
                "{method} is answered with no list; check the address in the runbook"
            )));
        };
        let mut all = Vec::new();
        for group in groups {
            let Some((entitlement, place)) = usergroup(&group) else {
                continue;
            };
            if hides_members(&group) {
                return Err(self.incomplete(format!(
                    "it does not show who is in the user group `{}`",
                    entitlement.name()
                )));
            }
            self.places.know(&entitlement, place);
            all.push((entitlement, group));
        }
        Ok(all)
    }

    async fn usergroup_of(&self, entitlement: &Entitlement) -> Result<Option<Venue>, Fault> {
        if self.places.of(entitlement).is_none() {
            self.usergroups().await?;
        }
        Ok(self.places.of(entitlement))
    }

    /// Puts somebody into a user group, or takes them out.
    pub(crate) async fn set_member(
        &self,
        id: &str,
        entitlement: &Entitlement,
        wanted: bool,
    ) -> Result<(), Fault> {
        let handle = entitlement.name();
        let _turn = self.turn.lock().await;
        let mut again = true;
        let mut rounds = 0;
        while let Some(place) = self.usergroup_of(entitlement).await? {
            let Some(mut members) = self.members_of(&place).await? else {
                // The known id is of one that was made anew since.
                self.places.forget(entitlement);
                match std::mem::take(&mut again) {
                    true => continue,
                    false => break,
                }
            };
            if members.iter().any(|member| member == id) == wanted {
                return Ok(());
            }
            if rounds == ROUNDS {
                return Err(self.not_yet(format!(
                    "its user group `{handle}` is changed by others at the same time"
                )));
            }
            rounds += 1;
            match wanted {
                true => members.push(id.to_owned()),
                false => members.retain(|member| member != id),
            }
            if members.is_empty() {
                return Err(self.rejected(format!(
                    "this is the last member of the user group `{handle}`, and Slack keeps none without members: put somebody \
                     else in, or disable the group there"
                )));
            }
            let whole = members.join(",");
            let update = [("usergroup", place.id.as_str()), ("users", whole.as_str())];
            self.call("usergroups.users.update", &update).await?;
        }
        match wanted {
            false => Ok(()),
            true => Err(self.rejected(format!(
                "it has no user group with the handle `{handle}` that can be given by hand; make it there, or correct its \
                 handle in the runbook"
            ))),
        }
    }

    /// The ids of a group's members, read afresh; `None` when it is not there.
    async fn members_of(&self, place: &Venue) -> Result<Option<Vec<String>>, Fault> {
        let (method, of) = ("usergroups.users.list", [("usergroup", place.id.as_str())]);
        let Some(group) = self.call_unless(method, &of, &["no_such_subteam"]).await? else {
            return Ok(None);
        };
        // A list that could not be read must not be written.
        if !group["users"].is_array() {
            return Err(self.rejected(format!("{method} is answered with no list")));
        }
        Ok(Some(members(&group).map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_groups_that_people_fill_are_given() {
        let of = |more: Value| {
            let mut group =
                json!({"id": "S1", "handle": "sales", "date_delete": 0, "auto_type": null});
            for (name, value) in more.as_object().unwrap() {
                group[name] = value.clone();
            }
            usergroup(&group).map(|(entitlement, _)| entitlement.to_string())
        };
        assert_eq!(of(json!({})).as_deref(), Some("usergroup:sales"));
        assert_eq!(of(json!({"auto_type": "admin"})), None);
        assert_eq!(of(json!({"date_delete": 1446746793})), None);
        assert!(has(&json!({"users": ["U1"]}), "U1"));
        assert!(!has(&json!({}), "U1"));
        assert!(hides_members(&json!({"user_count": "2"})));
        for fine in [
            json!({"user_count": 0}),
            json!({}),
            json!({"user_count": 1, "users": ["U1"]}),
        ] {
            assert!(!hides_members(&fine), "{fine}");
        }
    }
}
