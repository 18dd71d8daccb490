//! Who is in which group, read once for a whole list of users: to ask for each user's groups would be a call each.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, PoisonError},
};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::Fault;
use serde_json::Value;

use crate::{paging, scim::Scim};

/// Groups asked for at once: each comes with all its members.
const PAGE: usize = 20;

/// Who is in which group: twelve bytes for each membership, whatever ids look like.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    groups: Vec<Entitlement>,
    /// A user's id as eight bytes, and the group's place; sorted.
    members: Vec<(u64, u32)>,
}

fn short(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl Memberships {
    fn add(&mut self, name: &str, members: &Value) {
        let Ok(place) = u32::try_from(self.groups.len()) else {
            return;
        };
        self.groups.push(Entitlement::from(format!("group:{name}")));
        let ids = members.as_array().into_iter().flatten();
        let ids = ids.filter_map(|member| member["value"].as_str());
        self.members.extend(ids.map(|id| (short(id), place)));
    }

    /// The groups of a user.
    pub(crate) fn of(&self, user: &str) -> BTreeSet<Entitlement> {
        let id = short(user);
        let from = self.members.partition_point(|(member, _)| *member < id);
        self.members[from..]
            .iter()
            .take_while(|(member, _)| *member == id)
            .filter_map(|(_, place)| self.groups.get(*place as usize).cloned())
            .collect()
    }
}

impl Scim {
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
        let mut seen: HashSet<String> = HashSet::new();
        let mut start = 1;
        loop {
            let page = paging::page(&self.http, "Groups", None, start, PAGE).await?;
            let Some(page) = page.filter(|page| !page.resources.is_empty()) else {
                break;
            };
            let before = seen.len();
            start += page.resources.len();
            for group in &page.resources {
                let (Some(id), Some(name)) = (group["id"].as_str(), group["displayName"].as_str())
                else {
                    continue;
                };
                // A server that ignores paging answers the same again.
                if !seen.insert(id.to_owned()) {
                    continue;
                }
                match group.get("members") {
                    Some(members) => all.add(name, members),
                    // The group is empty, or the list leaves members out: the group itself tells.
                    None => {
                        let group = self.group(id).await?.unwrap_or_default();
                        all.add(name, &group["members"]);
                    }
                }
            }
            let complete = page.total.is_none_or(|total| start > total);
            if complete || seen.len() == before {
                break;
            }
        }
        all.members.sort_unstable();
        all.members.shrink_to_fit();
        Ok(all)
    }
}
