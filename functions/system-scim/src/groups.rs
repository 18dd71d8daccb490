//! Entitlements that are groups.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Found, Whole, quoted, segment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::{MemberChange, Membership},
    members::is_called,
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
        user: &Found,
    ) -> Result<Whole<BTreeSet<Entitlement>>, Fault> {
        let (id, membership) = (user.handle.as_str(), self.dialect.membership);
        let filter = format!("members.value eq {}", quoted(id));
        if membership == Membership::FilterAlone {
            let groups = self.filtered("Groups", Some(&filter), |_| true).await?;
            let groups = groups
                .ok_or_else(|| self.rejected("it does not say in which groups somebody is"))?;
            let groups = groups.whole()?;
            let mine = groups.get().iter().map(|group| self.learn(group));
            let mine = mine.collect::<Result<_, Fault>>()?;
            return Ok(groups.map(|_| mine));
        }
        let filter = (membership == Membership::GroupsByMember).then_some(filter.as_str());
        let groups = self.matching("Groups", filter, |_| true).await?.whole()?;
        let mut mine = BTreeSet::new();
        for group in groups.get() {
            let members = self.members_of(group).await?;
            if members.iter().any(|member| member == id) {
                mine.insert(self.learn(group)?);
            } else if let Some(odd) = members.iter().find(|m| is_called(m, &user.account)) {
                return Err(self.odd_member(group, odd));
            }
        }
        if mine.is_empty() {
            self.prove_members().await?;
        }
        Ok(groups.map(|_| mine))
    }

    /// Groups as a user carries them (RFC 7643 section 4.1.2).
    pub(crate) async fn own_groups(&self, user: &Value) -> Result<BTreeSet<Entitlement>, Fault> {
        let mut mine = BTreeSet::new();
        let groups = user["groups"].as_array().into_iter().flatten();
        // Whoever is in a group through another one leaves it with that one.
        for group in groups.filter(|g| g["type"] != "indirect") {
            let name = group["display"].as_str().filter(|name| !name.is_empty());
            let Some(id) = group["value"].as_str() else {
                mine.extend(name.map(entitlement));
                continue;
            };
            let is_known = |name: &str| {
                let carries = self.dialect.membership == Membership::UserGroups;
                carries
                    || self
                        .groups
                        .of(name)
                        .is_some_and(|named| named.ids.contains(id))
            };
            if let Some(name) = name.filter(|name| is_known(name)) {
                self.groups.meet(name, id);
                mine.insert(entitlement(name));
                continue;
            }
            // What a user calls its group need not be the group's name.
            match self.resource("Groups", id).await? {
                Some(group) => {
                    mine.insert(self.learn(&group)?);
                }
                None => mine.extend(name.map(entitlement)),
            }
        }
        Ok(mine)
    }

    /// The entitlement that a group is. Whoever is to lose it again need not ask for its id.
    fn learn(&self, group: &Value) -> Result<Entitlement, Fault> {
        let name = self.name_of(group)?;
        if let Some(id) = group["id"].as_str() {
            self.groups.meet(name, id);
        }
        Ok(entitlement(name))
    }

    /// The ids of the groups of a name. What is to be given needs to know that there is one; what is to be taken is
    /// taken wherever it was met.
    async fn group_ids(&self, name: &str, grant: bool) -> Result<BTreeSet<String>, Fault> {
        let known = self.groups.of(name).filter(|named| named.all || !grant);
        if let Some(known) = known.filter(|named| !named.ids.is_empty()) {
            return Ok(known.ids);
        }
        let by_name = format!("displayName eq {}", quoted(name));
        let filter = self.dialect.finds_groups.then_some(by_name.as_str());
        let groups = self.matching("Groups", filter, |_| true).await?;
        let groups = groups.whole()?.into_inner();
        // displayName of groups is not caseExact (RFC 7643 section 8.7.1); an exact match wins all the same.
        let name_of = |g: &Value| {
            g["displayName"]
                .as_str()
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        let of = |is_it: &dyn Fn(&str) -> bool| -> BTreeSet<String> {
            let groups = groups.iter().filter(|g| is_it(&name_of(g)));
            groups
                .filter_map(|g| g["id"].as_str())
                .map(str::to_owned)
                .collect()
        };
        let folded = name.to_lowercase();
        let exact = of(&|its| its == name);
        let ids = match exact.is_empty() {
            true => of(&|its| its.to_lowercase() == folded),
            false => exact,
        };
        if filter.is_none() {
            self.know_all(&groups);
        }
        self.groups.know_all(name, ids.clone());
        Ok(ids)
    }

    /// All groups were read to find one: the next one need not be looked for.
    fn know_all(&self, groups: &[Value]) {
        let mut by_name: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for group in groups {
            if let (Some(name), Some(id)) = (group["displayName"].as_str(), group["id"].as_str()) {
                by_name
                    .entry(name.trim())
                    .or_default()
                    .insert(id.to_owned());
            }
        }
        for (name, ids) in by_name {
            self.groups.know_all(name, ids);
        }
    }

    /// Puts a user into a group, or takes them out. What is to be taken from a group that is not there any more is
    /// taken; where several groups have the name, from all of them.
    pub(crate) async fn set_member(
        &self,
        name: &str,
        user: &str,
        grant: bool,
    ) -> Result<(), Fault> {
        for attempt in 0..2 {
            let ids = self.group_ids(name, grant).await?;
            match (ids.len(), grant) {
                (0, false) => return Ok(()),
                (0, true) => {
                    self.groups.forget(name);
                    return Err(self.rejected(format!(
                        "it has no group `{name}`; make it there, or correct its name in the runbook"
                    )));
                }
                (2.., true) => {
                    self.groups.forget(name);
                    return Err(self.conflict(format!(
                        "{} groups are called `{name}`, and Latchkey cannot know which one is meant; give them different names",
                        ids.len()
                    )));
                }
                _ => {}
            }
            let mut there = true;
            for id in &ids {
                there &= self.set_in(id, user, grant, ids.len() > 1).await?;
            }
            if there {
                return Ok(());
            }
            // A known id is of a group that was made anew since.
            self.groups.forget(name);
            if attempt == 1 && !grant {
                return Ok(());
            }
        }
        Err(self.rejected(format!(
            "its group `{name}` goes away while it is being changed"
        )))
    }

    /// `false` when there is no such group. Where it is one of several, it is left alone when it is as wanted: they may
    /// never have been in it.
    async fn set_in(
        &self,
        id: &str,
        user: &str,
        grant: bool,
        several: bool,
    ) -> Result<bool, Fault> {
        if several {
            let Some(group) = self.resource("Groups", id).await? else {
                return Ok(false);
            };
            if self.members_of(&group).await?.iter().any(|m| m == user) == grant {
                return Ok(true);
            }
        }
        let path = format!("Groups/{}", segment(id));
        match self.dialect.members {
            MemberChange::Whole => {
                let change = |group: &mut _| whole::give(group, "members", user, grant);
                self.rewrite(&path, change).await
            }
            form => self.patch_group(path, member(form, user, grant)).await,
        }
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
