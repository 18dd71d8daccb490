//! Whose account is whose.
//!
//! The Identity Store finds a user by name or by e-mail address (reference, "GetUserId"), and by no other attribute: an
//! employee id is looked for among all users, where neither of those leads to it.

use aws_sdk_identitystore::types::{AlternateIdentifier, UniqueAttribute};
use latchkey_lifecycle::EmployeeId;
use latchkey_systems::{Fault, Faults, Found, Sought, System, Whole, theirs};

use crate::{
    center::{Center, PAGE, pages_are_all},
    user::{ENTERPRISE, Seen},
};

impl Center {
    /// The person's account, without what it has been given.
    pub(crate) async fn find(&self, who: &Sought) -> Result<Whole<Option<Found>>, Fault> {
        let id = &who.employee_id;
        let has_it = |found: &Found| found.is_of(id);
        // The id of a user never changes. Whose it is stands in what is read now.
        if let Some(known) = self.users.id(id.as_str()) {
            if let Some(found) = self.user(&known).await?.filter(has_it) {
                return Ok(Whole::asked_for_itself(Some(found)));
            }
            self.users.forget(id.as_str());
        }
        let named = self.by_attribute("userName", who.name.as_deref()).await?;
        let mut nobody = Whole::asked_for_itself(());
        let is_named = named.as_ref().is_some_and(has_it);
        let theirs_by_id = match is_named {
            true => named.clone(),
            false => {
                let mailed = self.by_attribute("emails.value", who.email.as_deref());
                match mailed.await?.filter(has_it) {
                    None if self.choices.searches => {
                        let by_id = self.by_employee_id(id).await?;
                        let mut found = None;
                        nobody = by_id.map(|by_id| found = by_id);
                        found
                    }
                    mailed => mailed,
                }
            }
        };
        if let Some(found) = theirs_by_id {
            self.users.know(&found.handle, id.as_str());
            return Ok(nobody.map(|()| Some(found)));
        }
        let named = match named {
            Some(found) => theirs(self.name(), who, found)?,
            None => None,
        };
        Ok(nobody.map(|()| named))
    }

    /// The user with a value that only one can have.
    async fn by_attribute(&self, path: &str, value: Option<&str>) -> Result<Option<Found>, Fault> {
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let (client, store) = self.store().await?;
        let attribute = UniqueAttribute::builder().attribute_path(path);
        let attribute = attribute.attribute_value(value.into()).build();
        let attribute = attribute.map_err(|e| self.rejected(e.to_string()))?;
        let call = client.get_user_id().identity_store_id(store);
        let call = call.alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute));
        match self.if_there("find a user", call.send().await)? {
            Some(answer) => self.user(answer.user_id()).await,
            None => Ok(None),
        }
    }

    /// A user as it is now, by its id.
    pub(crate) async fn user(&self, id: &str) -> Result<Option<Found>, Fault> {
        let (client, store) = self.store().await?;
        let call = client.describe_user().identity_store_id(store).user_id(id);
        let user = call.extensions(ENTERPRISE).send().await;
        let Some(user) = self.if_there("read a user", user)? else {
            return Ok(None);
        };
        let found = Seen::from(&user).found();
        // What was not asked for is not taken.
        let found = found.filter(|found| found.handle == id);
        let odd = || self.unreachable("AWS answers with something that is not this user");
        found.map(Some).ok_or_else(odd)
    }

    async fn by_employee_id(&self, id: &EmployeeId) -> Result<Whole<Option<Found>>, Fault> {
        let (client, store) = self.store().await?;
        let call = client.list_users().identity_store_id(store);
        let call = call.extensions(ENTERPRISE).into_paginator();
        let mut pages = call.page_size(PAGE).send();
        let mut matches: Vec<Found> = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.fault("list users", &e))?;
            let users = page.users().iter().filter_map(|u| Seen::from(u).found());
            matches.extend(users.filter(|found| found.is_of(id)));
        }
        matches.sort_by(|a, b| a.handle.cmp(&b.handle));
        matches.dedup_by(|a, b| a.handle == b.handle);
        match matches.len() {
            0 | 1 => Ok(pages_are_all(matches.pop())),
            _ => Err(self.several(id, matches)),
        }
    }
}
