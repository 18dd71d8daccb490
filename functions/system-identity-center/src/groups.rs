//! The groups of one person.

use aws_sdk_identitystore::types::{AlternateIdentifier, MemberId, UniqueAttribute};
use futures::{StreamExt, TryStreamExt, stream};
use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Whole};

use crate::{
    answer::{CONFLICT, NOT_FOUND, is},
    center::{AT_ONCE, Center, PAGE, pages_are_all},
};

/// A group by its name.
pub(crate) fn group(name: &str) -> Entitlement {
    Entitlement::from(format!("group:{name}"))
}

pub(crate) fn member(user: &str) -> MemberId {
    MemberId::UserId(user.to_owned())
}

impl Center {
    /// The groups that a user is in, read afresh.
    pub(crate) async fn groups_of(&self, user: &str) -> Result<Whole<Vec<Entitlement>>, Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_group_memberships_for_member();
        let call = call.identity_store_id(store).member_id(member(user));
        let mut pages = call.into_paginator().page_size(PAGE).send();
        let mut ids = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = self.if_there("list a user's groups", page)? else {
                // The user went away a moment ago.
                return Ok(Whole::asked_for_itself(Vec::new()));
            };
            let memberships = page.group_memberships.into_iter();
            ids.extend(memberships.filter_map(|m| m.group_id));
        }
        let names = stream::iter(ids).map(|id| async move { self.group_name(&id).await });
        let names: Vec<Option<String>> = names.buffer_unordered(AT_ONCE).try_collect().await?;
        let groups = names.into_iter().flatten().map(|n| group(&n));
        Ok(pages_are_all(groups.collect()))
    }

    /// The name of a group; `None` when it is not there any more.
    async fn group_name(&self, id: &str) -> Result<Option<String>, Fault> {
        if let Some(name) = self.groups.name(id) {
            return Ok(Some(name));
        }
        let (client, store) = self.store().await?;
        let call = client.describe_group().identity_store_id(store);
        let group = self.if_there("read a group", call.group_id(id).send().await)?;
        let name = group.and_then(|group| group.display_name);
        Ok(name.inspect(|name| self.groups.know(id, name)))
    }

    /// The id of a group; `None` when there is none of that name.
    async fn group_id(&self, name: &str) -> Result<Option<String>, Fault> {
        if let Some(id) = self.groups.id(name) {
            return Ok(Some(id));
        }
        let (client, store) = self.store().await?;
        let attribute = UniqueAttribute::builder().attribute_path("displayName");
        let attribute = attribute.attribute_value(name.into()).build();
        let attribute = attribute.map_err(|e| self.rejected(e.to_string()))?;
        let call = client.get_group_id().identity_store_id(store);
        let call = call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute));
        let group = self.if_there("find a group", call.send().await)?;
        let id = group.map(|group| group.group_id);
        Ok(id.inspect(|id| self.groups.know(id, name)))
    }

    pub(crate) async fn join_group(&self, user: &str, name: &str) -> Result<(), Fault> {
        let (client, store) = self.store().await?;
        for _ in 0..2 {
            let id = self.group_id(name).await?.ok_or_else(|| {
                self.rejected(format!(
                    "it has no group `{name}`; make it there, or correct its name in the runbook"
                ))
            })?;
            let call = client.create_group_membership().identity_store_id(store);
            match call.group_id(id).member_id(member(user)).send().await {
                Ok(_) => return Ok(()),
                // They are in it.
                Err(e) if is(&e, CONFLICT) => return Ok(()),
                // The known id is of one that was made anew since.
                Err(e) if is(&e, NOT_FOUND) => self.groups.forget(name),
                Err(e) => return Err(self.fault("put a user into a group", &e)),
            }
        }
        Err(self.rejected(format!(
            "its group `{name}`, or the user, goes away while it is being given"
        )))
    }

    /// What is to be taken from a group that is not there any more is taken.
    pub(crate) async fn leave_group(&self, user: &str, name: &str) -> Result<(), Fault> {
        let (client, store) = self.store().await?;
        for _ in 0..2 {
            let Some(id) = self.group_id(name).await? else {
                return Ok(());
            };
            let call = client.get_group_membership_id().identity_store_id(store);
            let membership = call.group_id(id).member_id(member(user)).send().await;
            let Some(membership) = self.if_there("find a membership", membership)? else {
                // They are not in it, or the known id is of one that was made anew since.
                self.groups.forget(name);
                continue;
            };
            let call = client.delete_group_membership().identity_store_id(store);
            let left = call.membership_id(membership.membership_id).send().await;
            let left = self.if_there("take a user out of a group", left);
            return left.map(|_| ());
        }
        Ok(())
    }

    pub(crate) async fn grant(&self, user: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        match entitlement.kind() {
            "group" => self.join_group(user, entitlement.name()).await,
            _ => self.assign(user, entitlement).await,
        }
    }

    pub(crate) async fn revoke(&self, user: &str, entitlement: &Entitlement) -> Result<(), Fault> {
        match entitlement.kind() {
            "group" => self.leave_group(user, entitlement.name()).await,
            _ => self.unassign(user, entitlement).await,
        }
    }
}
