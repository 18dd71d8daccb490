//! Entitlements that are groups.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Call, Fault, quoted, segment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    dialect::Membership,
    paging,
    scim::{PATCH_OP, SCIM_JSON, Scim},
};

impl Scim {
    /// The groups that a user is in, read afresh.
    pub(crate) async fn groups_of(
        &self,
        id: &str,
        user: &Value,
    ) -> Result<BTreeSet<Entitlement>, Fault> {
        let named = |group: &Value, name: &str| {
            group[name]
                .as_str()
                .map(|n| Entitlement::from(format!("group:{n}")))
        };
        let membership = self.dialect.membership;
        if membership == Membership::UserGroups {
            let groups = user["groups"].as_array().into_iter().flatten();
            return Ok(groups.filter_map(|g| named(g, "display")).collect());
        }
        let by_member = format!("members.value eq {}", quoted(id));
        let filter = (membership == Membership::GroupsByMember).then_some(by_member.as_str());
        let groups = paging::all(&self.http, "Groups", filter, self.page).await?;
        let mut mine = BTreeSet::new();
        for group in &groups {
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
            if let (Some(name), Some(id)) = (group["displayName"].as_str(), group["id"].as_str()) {
                // Whoever is to lose it again need not ask for its id.
                self.know_group(name, id);
            }
            if is_member {
                mine.extend(named(group, "displayName"));
            }
        }
        Ok(mine)
    }

    pub(crate) async fn group(&self, id: &str) -> Result<Option<Value>, Fault> {
        let mut call = Call::new(Method::GET, format!("Groups/{}", segment(id)));
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
        let filter = self.dialect.filters.then_some(by_name.as_str());
        let groups = paging::all(&self.http, "Groups", filter, self.page).await?;
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
                self.know_group(name, &id);
                Ok(id)
            }
            more => Err(self.conflict(format!("{} groups are called `{name}`", more.len()))),
        }
    }

    pub(crate) async fn add_member(&self, group: &str, user: &str) -> Result<(), Fault> {
        let operation = json!({ "op": "add", "path": "members", "value": [{ "value": user }] });
        self.patch_group(group, operation, false).await
    }

    pub(crate) async fn remove_member(&self, group: &str, user: &str) -> Result<(), Fault> {
        let operation = if self.dialect.remove_by_value {
            json!({ "op": "remove", "path": "members", "value": [{ "value": user }] })
        } else {
            json!({ "op": "remove", "path": format!("members[value eq {}]", quoted(user)) })
        };
        self.patch_group(group, operation, true).await
    }

    /// `gone_is_fine`: what is to be taken from a group that is not there any more is taken.
    async fn patch_group(
        &self,
        name: &str,
        operation: Value,
        gone_is_fine: bool,
    ) -> Result<(), Fault> {
        for attempt in 0..2 {
            let id = match self.group_id(name).await {
                Err(Fault::Rejected { .. }) if gone_is_fine => return Ok(()),
                other => other?,
            };
            let mut call = Call::new(Method::PATCH, format!("Groups/{}", segment(&id)));
            call.body = Some((
                SCIM_JSON,
                json!({ "schemas": [PATCH_OP], "Operations": [operation] }),
            ));
            call.expected = &[404];
            let answer = self.http.call(&call).await?;
            if answer.status.is_success() {
                return Ok(());
            }
            // The known id is of a group that was made anew since.
            self.forget_group(name);
            if attempt == 1 && gone_is_fine {
                return Ok(());
            }
        }
        Err(self.rejected(format!(
            "its group `{name}` goes away while it is being changed"
        )))
    }
}

fn has_member(members: &Value, id: &str) -> bool {
    members
        .as_array()
        .into_iter()
        .flatten()
        .any(|m| m["value"] == id)
}
