//! Who is in which group, read once for a whole list of users: to ask for each user's groups would be a call each.

use std::collections::HashSet;

use latchkey_systems::{Fault, Faults, Leafing, Memberships, Turn, Whole, quoted};

use crate::{dialect::Membership, groups::entitlement, scim::Scim};

/// Groups asked for at once: each comes with all its members.
pub(crate) const PAGE: usize = 20;

impl Scim {
    /// Reads every group.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let by_filter = self.dialect.membership == Membership::FilterAlone;
        if !by_filter {
            self.prove_members().await?;
        }
        let mut all = Memberships::default();
        let mut seen: HashSet<String> = HashSet::new();
        let mut list = Leafing::through(self.http.system(), "groups");
        let mut at: Option<String> = None;
        loop {
            let page = self.page("Groups", None, at.as_deref(), PAGE).await?;
            let page = page.ok_or_else(|| self.rejected("it refuses to list groups"))?;
            for group in &page.resources {
                let id = group["id"].as_str().unwrap_or_default();
                // A page that moved while it was read brings the same group again.
                if !seen.insert(id.to_owned()) {
                    continue;
                }
                let place = all.place(entitlement(self.name_of(group)?));
                let members = match by_filter {
                    true => self.found_by_group(id).await?,
                    false => self.members_of(group).await?,
                };
                members.iter().for_each(|member| all.add(member, place));
            }
            match list.turn(&page.part)? {
                Turn::To(next) => at = Some(next),
                Turn::End(whole) => return Ok(all.complete(whole)),
            }
        }
    }

    /// The members of a group that does not show them.
    async fn found_by_group(&self, group: &str) -> Result<Vec<String>, Fault> {
        let filter = format!("groups.value eq {}", quoted(group));
        let members = self.filtered("Users", Some(&filter), |_| true).await?;
        let members = members
            .ok_or_else(|| self.rejected("it does not say who is in which of its groups"))?;
        let members = members.whole()?.into_inner();
        let ids = members.iter().filter_map(|member| member["id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }
}
