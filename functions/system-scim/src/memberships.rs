//! Who is in which group, read once for a whole list of users: to ask for each user's groups would be a call each.

use std::collections::HashSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships};
use serde_json::Value;

use crate::{paging, scim::Scim};

/// Groups asked for at once: each comes with all its members.
const PAGE: usize = 20;

fn add(all: &mut Memberships, name: &str, members: &Value) {
    let place = all.place(Entitlement::from(format!("group:{name}")));
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
                    Some(members) => add(&mut all, name, members),
                    // The group is empty, or the list leaves members out: the group itself tells.
                    None => {
                        let group = self.group(id).await?.unwrap_or_default();
                        add(&mut all, name, &group["members"]);
                    }
                }
            }
            let complete = page.total.is_none_or(|total| start > total);
            if complete || seen.len() == before {
                break;
            }
        }
        Ok(all.complete())
    }
}
