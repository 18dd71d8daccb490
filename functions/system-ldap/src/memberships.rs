//! Who is in which group, read once for a whole list of accounts, where the directory does not say it of each account.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use latchkey_lifecycle::Entitlement;
use latchkey_systems::Fault;

use crate::{directory::Directory, dn::Dn, groups::entitlement};

/// Groups asked for at once: each comes with all its members.
const PAGE: usize = 20;

/// Who is in which group: twelve bytes for each membership, however long names are.
#[derive(Debug, Default)]
pub(crate) struct Memberships {
    groups: Vec<Entitlement>,
    /// A member's name as eight bytes, and the group's place; sorted.
    members: Vec<(u64, u32)>,
}

fn short(dn: &Dn) -> u64 {
    let mut hasher = DefaultHasher::new();
    dn.key().hash(&mut hasher);
    hasher.finish()
}

impl Memberships {
    fn add(&mut self, group: &str, members: &[String]) {
        let place = u32::try_from(self.groups.len());
        let (Ok(place), Some(group)) = (place, Dn::parse(group)) else {
            return;
        };
        self.groups.push(entitlement(&group));
        let members = members.iter().filter_map(|member| Dn::parse(member));
        self.members
            .extend(members.map(|member| (short(&member), place)));
    }

    /// The groups of an entry.
    pub(crate) fn of(&self, dn: &str) -> BTreeSet<Entitlement> {
        let Some(dn) = Dn::parse(dn) else {
            return BTreeSet::new();
        };
        let member = short(&dn);
        let from = self.members.partition_point(|(known, _)| *known < member);
        self.members[from..]
            .iter()
            .take_while(|(known, _)| *known == member)
            .filter_map(|(_, place)| self.groups.get(*place as usize).cloned())
            .collect()
    }
}

impl Directory {
    /// Reads every group.
    pub(crate) async fn memberships(&self) -> Result<Memberships, Fault> {
        let mut all = Memberships::default();
        let mut cookie = Vec::new();
        loop {
            let search = self.groups_with_members(PAGE, cookie);
            let came = self.look("reading groups", search).await?;
            for group in &came.entries {
                all.add(&group.dn, group.all(&self.shape.member));
            }
            match came.next {
                Some(next) => cookie = next,
                None => break,
            }
        }
        all.members.sort_unstable();
        all.members.shrink_to_fit();
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_found_however_its_name_is_written() {
        let mut all = Memberships::default();
        let members = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        all.add(
            "cn=vpn,ou=groups,o=x",
            &members(&["uid=zoe,o=x", "uid=max,o=x"]),
        );
        all.add(
            "cn=all,ou=groups,o=x",
            &members(&["UID=Zoe, O=x", "not a name"]),
        );
        all.members.sort_unstable();
        assert_eq!(
            all.of("uid=zoe,o=x"),
            ["group:all".into(), "group:vpn".into()].into()
        );
        assert_eq!(all.of("uid=max,o=x"), ["group:vpn".into()].into());
        assert!(all.of("uid=eve,o=x").is_empty());
    }
}
