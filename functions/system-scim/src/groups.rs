//! Entitlements that are groups.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, quoted, segment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::{MemberChange, Membership},
    scim::Scim,
    users::patch_op,
    whole,
};

pub(crate) fn entitlement(name: &str) -> Entitlement {
    Entitlement::from(format!("group:{name}"))
}

impl Scim {
    /// The groups that a user is in, read afresh.
    pub(crate) async fn groups_of(
        &self,
        id: &str,
        user: &Value,
    ) -> Result<BTreeSet<Entitlement>, Fault> {
        let membership = self.dialect.membership;
        if membership == Membership::UserGroups
            && let Some(groups) = user["groups"].as_array()
        {
            return self.own_groups(groups).await;
        }
        let filter = format!("members.value eq {}", quoted(id));
        if membership == Membership::FilterAlone {
            let groups = self.filtered("Groups", Some(&filter), |_| true).await?;
            let groups = groups.ok_or_else(|| {
                self.rejected("it does not say in which groups somebody is".to_owned())
            })?;
            return Ok(groups.iter().filter_map(|g| self.learn(g)).collect());
        }
        let filter = (membership == Membership::GroupsByMember).then_some(filter.as_str());
        let mut mine = BTreeSet::new();
        for group in &self.matching("Groups", filter, |_| true).await? {
            let is_member = match group.get("members") {
                Some(members) => has_member(members, id),
                // The list leaves members out: the group itself tells.
                None => match group["id"].as_str() {
                    Some(group) => self
                        .group(group)
                        .await?
                        .is_some_and(|g| has_member(&g["members"], id)),
                    None => false,
                },
            };
            let group = self.learn(group);
            if is_member {
                mine.extend(group);
            }
        }
        Ok(mine)
    }

    /// Groups as a user carries them (RFC 7643 section 4.1.2).
    async fn own_groups(&self, groups: &[Value]) -> Result<BTreeSet<Entitlement>, Fault> {
        let mut mine = BTreeSet::new();
        // Whoever is in a group through another one leaves it with that one.
        for group in groups.iter().filter(|g| g["type"] != "indirect") {
            let name = group["display"].as_str().filter(|name| !name.is_empty());
            let id = group["value"].as_str();
            match (name, id) {
                (Some(name), id) => {
                    if let Some(id) = id {
                        self.know_group(name, id);
                    }
                    mine.insert(entitlement(name));
                }
                (None, Some(id)) => {
                    let group = self.group(id).await?;
                    mine.extend(group.as_ref().and_then(|group| self.learn(group)));
                }
                (None, None) => {}
            }
        }
        Ok(mine)
    }

    /// The entitlement that a group is. Whoever is to lose it again need not ask for its id.
    fn learn(&self, group: &Value) -> Option<Entitlement> {
        let name = group["displayName"].as_str()?;
        if let Some(id) = group["id"].as_str() {
            self.know_group(name, id);
        }
        Some(entitlement(name))
    }

    pub(crate) async fn group(&self, id: &str) -> Result<Option<Value>, Fault> {
        let mut call = self.call(Method::GET, format!("Groups/{}", segment(id)));
        call.expected = &[404];
        let answer = self.http.call(&call).await?;
        Ok(answer.body.filter(|_| answer.status.is_success()))
    }

    /// The id of a group by its name. Ids do not change, so a known one is kept.
    async fn group_id(&self, name: &str) -> Result<String, Fault> {
        if let Some(id) = self.known_group(name) {
            return Ok(id);
        }
        let by_name = format!("displayName eq {}", quoted(name));
        let filter = self.dialect.finds_groups.then_some(by_name.as_str());
        let groups = self.matching("Groups", filter, |_| true).await?;
        // displayName of groups is not caseExact (RFC 7643 section 8.7.1); an exact match wins all the same.
        let name_of = |g: &Value| g["displayName"].as_str().unwrap_or_default().to_owned();
        let exact: Vec<&Value> = groups.iter().filter(|g| name_of(g) == name).collect();
        let folded = name.to_lowercase();
        let loose: Vec<&Value> = groups
            .iter()
            .filter(|g| name_of(g).to_lowercase() == folded)
            .collect();
        let matches = if exact.is_empty() { loose } else { exact };
        match matches.as_slice() {
            [] => Err(self.rejected(format!(
                "it has no group `{name}`; make it there, or correct its name in the runbook"
            ))),
            [one] => {
                let id = one["id"].as_str().unwrap_or_default().to_owned();
                if filter.is_none() {
                    self.know_all(&groups);
                }
                self.know_group(name, &id);
                Ok(id)
            }
            more => Err(self.conflict(format!("{} groups are called `{name}`", more.len()))),
        }
    }

    /// All groups were read to find one: the next one need not be looked for.
    fn know_all(&self, groups: &[Value]) {
        let mut by_name: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for group in groups {
            let name = group["displayName"].as_str().unwrap_or_default();
            by_name.entry(name.to_lowercase()).or_default().push(group);
        }
        // Who is called like another has to be told apart by whoever asks.
        for group in by_name.into_values().filter(|groups| groups.len() == 1) {
            self.learn(group[0]);
        }
    }

    /// Puts a user into a group, or takes them out. What is to be taken from a group that is not there any more is taken.
    pub(crate) async fn set_member(
        &self,
        name: &str,
        user: &str,
        grant: bool,
    ) -> Result<(), Fault> {
        for attempt in 0..2 {
            let id = match self.group_id(name).await {
                Err(Fault::Rejected { .. }) if !grant => return Ok(()),
                other => other?,
            };
            let path = format!("Groups/{}", segment(&id));
            let there = match self.dialect.members {
                MemberChange::Whole => {
                    let change = |group: &mut _| whole::give(group, "members", user, grant);
                    self.rewrite(&path, change).await?
                }
                form => self.patch_group(path, member(form, user, grant)).await?,
            };
            if there {
                return Ok(());
            }
            // The known id is of a group that was made anew since.
            self.forget_group(name);
            if attempt == 1 && !grant {
                return Ok(());
            }
        }
        Err(self.rejected(format!(
            "its group `{name}` goes away while it is being changed"
        )))
    }

    /// `false` when there is no such group.
    async fn patch_group(&self, path: String, operation: Value) -> Result<bool, Fault> {
        let mut call = self.call(Method::PATCH, path);
        call.body = Some((self.dialect.media, patch_op(&operation)));
        call.expected = &[404];
        Ok(self.http.call(&call).await?.status.is_success())
    }
}

/// An operation that puts a user into a group, or takes them out.
pub(crate) fn member(form: MemberChange, user: &str, grant: bool) -> Value {
    let members = json!([{ "value": user }]);
    match (form, grant) {
        (MemberChange::AddNested, true) => {
            json!({ "op": "add", "path": "members", "value": { "members": members } })
        }
        (_, true) => json!({ "op": "add", "path": "members", "value": members }),
        (MemberChange::RemoveByValue, false) => {
            json!({ "op": "remove", "path": "members", "value": members })
        }
        (_, false) => {
            json!({ "op": "remove", "path": format!("members[value eq {}]", quoted(user)) })
        }
    }
}

fn has_member(members: &Value, id: &str) -> bool {
    members
        .as_array()
        .into_iter()
        .flatten()
        .any(|m| m["value"] == id)
}
