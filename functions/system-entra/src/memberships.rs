//! Who has what, read once for a whole list of users. To ask for what each user is a member of would be a request each;
//! to ask each group is one for 999 members, and twenty groups are asked in one call. Or groups come with their members
//! (`delta`).

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Memberships, Whole, segment};
use serde_json::Value;

use crate::{
    ask::Ask,
    entra::Entra,
    groups::GROUP,
    user::{is_ours_to_give, named},
};

impl Entra {
    /// Reads what everybody is a member of.
    pub(crate) async fn read_memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut lists: Vec<(Entitlement, String)> = Vec::new();
        let mut all = Memberships::default();
        let mut whole = match self.choices.delta {
            true => self.groups_by_delta().await?.map(|by_delta| all = by_delta),
            false => {
                let groups = Ask::get(format!("groups?$top=999&$select={GROUP}"));
                let see = |group: &Value| {
                    let of = named("group", group).filter(|_| is_ours_to_give(group));
                    lists.extend(of.map(|(entitlement, id)| (entitlement, members("groups", id))));
                };
                self.each(&groups, see).await?
            }
        };
        if self.choices.roles {
            let roles = Ask::get("directoryRoles?$select=id,displayName".to_owned());
            let see = |role: &Value| {
                let of = named("role", role);
                lists.extend(
                    of.map(|(entitlement, id)| (entitlement, members("directoryRoles", id))),
                );
            };
            whole = whole.and(self.each(&roles, see).await?);
        }
        let mut asks = Vec::with_capacity(lists.len());
        let mut places = Vec::with_capacity(lists.len());
        for (entitlement, path) in lists {
            places.push(all.place(entitlement));
            asks.push(Ask::get(path));
        }
        let see = |nth: usize, member: &Value| {
            if let Some(id) = member["id"].as_str() {
                all.add(id, places[nth]);
            }
        };
        whole = whole.and(self.each_of(&asks, see).await?);
        Ok(all.complete(whole))
    }
}

/// The members of a role come on one page ("List directory role members").
fn members(collection: &str, id: &str) -> String {
    let id = segment(id);
    match collection {
        "groups" => format!("groups/{id}/members?$top=999&$select=id"),
        _ => format!("{collection}/{id}/members?$select=id"),
    }
}
