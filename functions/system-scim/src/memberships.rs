//! Who is in which group, read once for a whole list of users: to ask for each user's groups would be a call each.

use std::collections::HashSet;

use latchkey_systems::{Fault, Memberships, quoted};
use serde_json::Value;

use crate::{
    dialect::{Membership, Paging},
    groups::entitlement,
    scim::Scim,
};

/// Groups asked for at once: each comes with all its members.
const PAGE: usize = 20;

fn add(all: &mut Memberships, place: u32, members: &Value) {
    let ids = members.as_array().into_iter().flatten();
    for id in ids.filter_map(|member| member["value"].as_str()) {
        all.add(id, place);
    }
}

impl Scim {
    /// Reads every group.
    pub(crate) async fn read_memberships(&self) -> Result<Memberships, Fault> {
        let mut all = Memberships::default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut at: Option<String> = None;
        loop {
            let page = self.page("Groups", None, at.as_deref(), PAGE).await?;
            let Some(page) = page else {
                break;
            };
            let before = seen.len();
            for group in &page.resources {
                let (Some(id), Some(name)) = (group["id"].as_str(), group["displayName"].as_str())
                else {
                    continue;
                };
                // A server that ignores paging answers the same again.
                if !seen.insert(id.to_owned()) {
                    continue;
                }
                let place = all.place(entitlement(name));
                if self.dialect.membership == Membership::FilterAlone {
                    self.add_by_filter(&mut all, place, id).await?;
                    continue;
                }
                match group.get("members") {
                    Some(members) => add(&mut all, place, members),
                    // The group is empty, or the list leaves members out: the group itself tells.
                    None => {
                        let group = self.group(id).await?.unwrap_or_default();
                        add(&mut all, place, &group["members"]);
                    }
                }
            }
            let stands = match self.dialect.paging {
                Paging::Index => seen.len() == before,
                Paging::Cursor => page.next == at,
            };
            if page.next.is_none() || stands {
                break;
            }
            at = page.next;
        }
        Ok(all.complete())
    }

    /// The members of a group that does not show them.
    async fn add_by_filter(
        &self,
        all: &mut Memberships,
        place: u32,
        group: &str,
    ) -> Result<(), Fault> {
        let filter = format!("groups.value eq {}", quoted(group));
        let members = self.filtered("Users", Some(&filter), |_| true).await?;
        let members = members.ok_or_else(|| {
            self.rejected("it does not say who is in which of its groups".to_owned())
        })?;
        for id in members.iter().filter_map(|member| member["id"].as_str()) {
            all.add(id, place);
        }
        Ok(())
    }
}
