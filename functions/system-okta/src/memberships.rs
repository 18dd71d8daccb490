//! Who has what, read once for a whole list of users. To ask for each user's groups would be a call each, and Okta allows some
//! hundred in a minute; to ask each group for its members is a call for 200 memberships.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, PoisonError},
};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::Fault;

use crate::{entitlements::group, okta::Okta, paging::query, user::segment};

/// Who has what: twelve bytes for each membership, whatever ids look like.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    given: Vec<Entitlement>,
    /// A user's id as eight bytes, and the entitlement's place; sorted.
    members: Vec<(u64, u32)>,
}

fn short(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl Memberships {
    fn place(&mut self, entitlement: Entitlement) -> u32 {
        let at = self.given.iter().position(|e| *e == entitlement);
        let at = at.unwrap_or_else(|| {
            self.given.push(entitlement);
            self.given.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn add(&mut self, user: &str, place: u32) {
        self.members.push((short(user), place));
    }

    /// What a user has.
    pub(crate) fn of(&self, user: &str) -> BTreeSet<Entitlement> {
        let id = short(user);
        let from = self.members.partition_point(|(member, _)| *member < id);
        self.members[from..]
            .iter()
            .take_while(|(member, _)| *member == id)
            .filter_map(|(_, place)| self.given.get(*place as usize).cloned())
            .collect()
    }
}

impl Okta {
    /// The memberships for the list that is being read; read anew where a list begins.
    pub(crate) async fn memberships(&self, anew: bool) -> Result<Arc<Memberships>, Fault> {
        if !anew {
            let kept = self.members.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = kept.as_ref() {
                return Ok(Arc::clone(kept));
            }
        }
        let read = Arc::new(self.read_memberships().await?);
        self.keep_memberships(Some(Arc::clone(&read)));
        Ok(read)
    }

    /// Forgets them where a list ends.
    pub(crate) fn keep_memberships(&self, kept: Option<Arc<Memberships>>) {
        *self.members.write().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    async fn read_memberships(&self) -> Result<Memberships, Fault> {
        let mut all = Memberships::default();
        let mut groups = Vec::new();
        let own = query([("filter", r#"type eq "OKTA_GROUP""#), ("limit", "200")]);
        self.each("groups", own, |item| {
            groups.extend(group(item).map(|(entitlement, id)| (entitlement, id.to_owned())));
        })
        .await?;
        for (entitlement, id) in groups {
            let place = all.place(entitlement);
            let path = format!("groups/{}/users", segment(&id));
            self.each(&path, query([("limit", "200")]), |user| {
                if let Some(user) = user["id"].as_str() {
                    all.add(user, place);
                }
            })
            .await?;
        }
        if self.choices.apps {
            self.read_apps(&mut all).await?;
        }
        if self.choices.roles {
            self.read_roles(&mut all).await?;
        }
        all.members.sort_unstable();
        all.members.dedup();
        all.members.shrink_to_fit();
        Ok(all)
    }

    async fn read_apps(&self, all: &mut Memberships) -> Result<(), Fault> {
        let mut apps = Vec::new();
        self.each("apps", query([("limit", "200")]), |item| {
            if let (Some(label), Some(id)) = (item["label"].as_str(), item["id"].as_str()) {
                apps.push((Entitlement::from(format!("app:{label}")), id.to_owned()));
            }
        })
        .await?;
        for (entitlement, id) in apps {
            let place = all.place(entitlement);
            let path = format!("apps/{}/users", segment(&id));
            self.each(&path, query([("limit", "500")]), |of| {
                if let (Some(user), "USER") =
                    (of["id"].as_str(), of["scope"].as_str().unwrap_or_default())
                {
                    all.add(user, place);
                }
            })
            .await?;
        }
        Ok(())
    }

    /// Few people have one, so those are asked one by one.
    async fn read_roles(&self, all: &mut Memberships) -> Result<(), Fault> {
        let holders = self
            .all("iam/assignees/users", query([("limit", "100")]))
            .await?;
        for user in holders.iter().filter_map(|holder| holder["id"].as_str()) {
            for (entitlement, _) in self.roles(user).await? {
                let place = all.place(entitlement);
                all.add(user, place);
            }
        }
        Ok(())
    }
}
