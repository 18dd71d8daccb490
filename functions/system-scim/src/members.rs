//! Whether the members of groups are users by their ids. Where a server puts account names there, or does not find
//! groups by their members, whoever is looked for by their id is in no group, and that proves nothing.

use std::collections::BTreeSet;

use latchkey_lifecycle::Account;
use latchkey_systems::{Fault, Faults, Whole, quoted};
use serde_json::Value;

use crate::{dialect::Membership, memberships::PAGE, scim::Scim};

/// Members that are looked at before it counts that none of them is known.
const SAMPLE: usize = 5;

/// The ids of members, as a group shows them; `None` when one has none, or what is shown is no list. An attribute
/// without a value is left out (RFC 7643 section 2.5).
fn ids(members: &Value) -> Option<Vec<String>> {
    let id = |member: &Value| member["value"].as_str().map(str::to_owned);
    match members {
        Value::Null => Some(Vec::new()),
        members => members.as_array()?.iter().map(id).collect(),
    }
}

/// Whether a member is somebody's account by its name or e-mail address. An employee id may be another user's id.
pub(crate) fn is_called(member: &str, account: &Account) -> bool {
    let email = account.attributes.get("email").map(String::as_str);
    let mut called = [Some(account.name.as_str()), email].into_iter().flatten();
    called.any(|one| one.eq_ignore_ascii_case(member))
}

impl Scim {
    /// What a group is called.
    pub(crate) fn name_of<'g>(&self, group: &'g Value) -> Result<&'g str, Fault> {
        // Entitlements have no spaces at their ends.
        let name = group["displayName"].as_str().map(str::trim);
        let name = name.filter(|name| !name.is_empty());
        name.ok_or_else(|| self.incomplete("it has a group without a name"))
    }

    /// The members of a group: by its place in a list, or, where the list leaves them out, by the group itself.
    pub(crate) async fn members_of(&self, group: &Value) -> Result<Vec<String>, Fault> {
        let id = group["id"].as_str().unwrap_or_default();
        let ids = match group.get("members") {
            Some(members) => ids(members),
            None => {
                let group = self.resource("Groups", id).await?.unwrap_or_default();
                ids(&group["members"])
            }
        };
        ids.ok_or_else(|| {
            let name = group["displayName"].as_str().unwrap_or_default();
            let problem = format!("its group `{name}` has a member without an id");
            self.incomplete(problem)
        })
    }

    /// A member that is not looked for by the id that users have.
    pub(crate) fn odd_member(&self, group: &Value, member: &str) -> Fault {
        let name = group["displayName"].as_str().unwrap_or_default();
        self.incomplete(format!(
            "its group `{name}` has the member `{member}`, which is the id of no user, so nobody is known to be in no group"
        ))
    }

    /// Looks at members of groups before it is believed that somebody is in none.
    ///
    /// # Errors
    /// [`Fault::Incomplete`] when they are nobody, or when groups are not found by them.
    pub(crate) async fn prove_members(&self) -> Result<(), Fault> {
        if self.members_are_users.get().is_some() {
            return Ok(());
        }
        let page = self.page("Groups", None, None, PAGE).await?;
        let (mut odd, mut looked) = (None, 0);
        for group in page.map(|page| page.resources).unwrap_or_default() {
            for member in self.members_of(&group).await? {
                if looked == SAMPLE {
                    break;
                }
                looked += 1;
                if self.resource("Users", &member).await?.is_some() {
                    if self.proves_filter(&group, &member).await? {
                        let _ = self.members_are_users.set(());
                        return Ok(());
                    }
                } else if !self.is_somebody(&group, &member).await? {
                    odd.get_or_insert_with(|| self.odd_member(&group, &member));
                }
            }
        }
        odd.map_or(Ok(()), Err)
    }

    /// Whether a member that is no user of those that were listed is somebody all the same, or has left the group
    /// since: others change groups while they are read.
    async fn is_somebody(&self, group: &Value, member: &str) -> Result<bool, Fault> {
        // Groups may be members, too (RFC 7643 section 4.2).
        Ok(self.resource("Groups", member).await?.is_some()
            || self.resource("Users", member).await?.is_some()
            || !self.still_has(group, member).await?)
    }

    /// Whether nothing shows that a member of a listed group has left it since.
    async fn still_has(&self, group: &Value, member: &str) -> Result<bool, Fault> {
        let id = group["id"].as_str().unwrap_or_default();
        let now = self.resource("Groups", id).await?;
        let members = now.and_then(|group| ids(&group["members"]));
        Ok(members.is_none_or(|ids| ids.iter().any(|id| id == member)))
    }

    /// Whether a group is found by a member that it has; not if the member has left it since, which proves nothing
    /// either way.
    async fn proves_filter(&self, group: &Value, member: &str) -> Result<bool, Fault> {
        if self.dialect.membership != Membership::GroupsByMember {
            return Ok(true);
        }
        let filter = format!("members.value eq {}", quoted(member));
        let is_it = |found: &Value| found["id"] == group["id"];
        let found = self.matching("Groups", Some(&filter), is_it).await?;
        if !found.found.is_empty() {
            return Ok(true);
        }
        if !self.still_has(group, member).await? {
            return Ok(false);
        }
        let name = group["displayName"].as_str().unwrap_or_default();
        Err(self.incomplete(format!(
            "it does not find its group `{name}` by a member that the group has; use the dialect `no-filters`"
        )))
    }

    /// Every member of every group is a user or a group.
    pub(crate) async fn prove_all_members(
        &self,
        users: &BTreeSet<String>,
        groups: Whole<Vec<Value>>,
    ) -> Result<(), Fault> {
        let groups = groups.into_inner();
        let nested: BTreeSet<&str> = groups.iter().filter_map(|g| g["id"].as_str()).collect();
        for group in &groups {
            self.name_of(group)?;
            let members = self.members_of(group).await?;
            for member in members {
                let is_known = users.contains(&member) || nested.contains(member.as_str());
                if !is_known && !self.is_somebody(group, &member).await? {
                    return Err(self.odd_member(group, &member));
                }
            }
        }
        self.prove_members().await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_without_an_id_is_not_left_out() {
        let two = json!([{"value": "a"}, {"value": "b"}]);
        assert_eq!(ids(&two), Some(vec!["a".into(), "b".into()]));
        assert_eq!(ids(&Value::Null), Some(Vec::new()));
        assert_eq!(ids(&json!([])), Some(Vec::new()));
        for odd in [
            json!([{"value": "a"}, {"display": "Zoe"}]),
            json!({"value": "a"}),
            json!("a"),
        ] {
            assert_eq!(ids(&odd), None, "{odd}");
        }
    }
}
