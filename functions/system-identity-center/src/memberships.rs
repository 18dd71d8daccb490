//! Who has what, read once for a whole list of users. To ask for each user's groups and assignments would be two calls
//! each; to ask each group for its members is a call for 100 of them, and assignments take one for each account with a
//! permission set.

use aws_sdk_identitystore::types::MemberId;
use aws_sdk_ssoadmin::types::PrincipalType;
use futures::{StreamExt, TryStreamExt, stream};
use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships, Whole};

use crate::{
    assignments::assignment,
    center::{AT_ONCE, Center, PAGE, pages_are_all},
    groups::group,
};

/// Something that can be had, and the ids of those who have it.
type Held = (Entitlement, Vec<String>);

impl Center {
    /// Reads what everybody has.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let mut add = |(entitlement, members): Held| {
            let place = all.place(entitlement);
            members.iter().for_each(|member| all.add(member, place));
        };
        let groups = self.all_groups().await?;
        let members = stream::iter(groups).map(|(id, name)| self.members(id, name));
        let mut members = members.buffer_unordered(AT_ONCE);
        while let Some(held) = members.try_next().await? {
            add(held);
        }
        if self.choices.assignments {
            let sets = self.all_sets().await?;
            let places = stream::iter(sets).map(|arn| self.places(arn));
            let places: Vec<Vec<_>> = places.buffer_unordered(AT_ONCE).try_collect().await?;
            let places = places.into_iter().flatten();
            let held =
                stream::iter(places).map(|(arn, name, account)| self.assigned(arn, name, account));
            let mut held = held.buffer_unordered(AT_ONCE);
            while let Some(held) = held.try_next().await? {
                add(held);
            }
        }
        Ok(all.complete(pages_are_all(())))
    }

    async fn all_groups(&self) -> Result<Vec<(String, String)>, Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_groups().identity_store_id(store);
        let mut pages = call.into_paginator().page_size(PAGE).send();
        let mut groups = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.fault("list groups", &e))?;
            let named = page.groups.into_iter();
            groups.extend(named.filter_map(|g| Some((g.group_id, g.display_name?))));
        }
        Ok(groups)
    }

    async fn members(&self, id: String, name: String) -> Result<Held, Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_group_memberships().identity_store_id(store);
        let call = call.group_id(id).into_paginator();
        let mut pages = call.page_size(PAGE).send();
        let mut members = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = self.if_there("list a group's members", page)? else {
                // The group went away a moment ago.
                break;
            };
            let ids = page.group_memberships.into_iter();
            members.extend(ids.filter_map(|m| match m.member_id {
                Some(MemberId::UserId(id)) => Some(id),
                _ => None,
            }));
        }
        Ok((group(&name), members))
    }

    /// The accounts in which a permission set is used, with its ARN and name.
    async fn places(&self, arn: String) -> Result<Vec<(String, String, String)>, Fault> {
        let Some(name) = self.set_name(&arn).await? else {
            return Ok(Vec::new());
        };
        let (client, instance) = self.admin().await?;
        let call = client.list_accounts_for_provisioned_permission_set();
        let call = call.instance_arn(instance).permission_set_arn(&arn);
        let mut pages = call.into_paginator().page_size(PAGE).send();
        let mut places = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = self.if_there("list a permission set's accounts", page)? else {
                break;
            };
            let accounts = page.account_ids.unwrap_or_default().into_iter();
            places.extend(accounts.map(|account| (arn.clone(), name.clone(), account)));
        }
        Ok(places)
    }

    async fn assigned(&self, arn: String, name: String, account: String) -> Result<Held, Fault> {
        let (client, instance) = self.admin().await?;
        let call = client.list_account_assignments().instance_arn(instance);
        let call = call.permission_set_arn(arn).account_id(&account);
        let mut pages = call.into_paginator().page_size(PAGE).send();
        let mut users = Vec::new();
        while let Some(page) = pages.next().await {
            let Some(page) = self.if_there("list an account's assignments", page)? else {
                break;
            };
            let all = page.account_assignments.unwrap_or_default().into_iter();
            let direct = all.filter(|a| a.principal_type == Some(PrincipalType::User));
            users.extend(direct.filter_map(|a| a.principal_id));
        }
        Ok((assignment(&account, &name), users))
    }
}
