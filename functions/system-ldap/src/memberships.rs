//! Who is in which group, read once for a whole list of accounts, where the directory does not say it of each account.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Leafing, Memberships, Part, System, Turn, Whole};

use crate::{directory::Directory, dn::Dn, groups::entitlement};

/// Groups asked for at once: each comes with all its members.
const PAGE: usize = 20;

fn add(all: &mut Memberships, group: &str, members: &[String]) {
    let Some(group) = Dn::parse(group) else {
        return;
    };
    let place = all.place(entitlement(&group));
    for member in members.iter().filter_map(|member| Dn::parse(member)) {
        all.add(&member.key(), place);
    }
}

/// The groups of an entry, however its name is written.
pub(crate) fn memberships_of(all: &Memberships, dn: &str) -> BTreeSet<Entitlement> {
    Dn::parse(dn).map_or_else(BTreeSet::new, |dn| all.of(&dn.key()))
}

impl Directory {
    /// Reads every group.
    pub(crate) async fn memberships(&self) -> Result<Whole<Memberships>, Fault> {
        let mut all = Memberships::default();
        let mut cookie = None;
        let mut list = Leafing::through(self.name(), "groups");
        for page in 1.. {
            let search = self.groups_with_members(PAGE, cookie);
            let came = self.look("reading groups", search).await?;
            for group in &came.entries {
                self.named(group, &self.shape.member)?;
                add(&mut all, &group.dn, group.all(&self.shape.member));
            }
            let lines = came.entries.iter().map(|group| group.dn.as_str());
            // A cookie says nothing to us, and may be the same on every page (RFC 2696 section 3).
            let next = came.next.as_ref().map(|_| page.to_string());
            match list.turn(&Part::of(lines, next))? {
                Turn::To(_) => cookie = came.next,
                Turn::End(whole) => return Ok(all.complete(whole)),
            }
        }
        Err(list.incomplete("does not end"))
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
        add(
            &mut all,
            "cn=vpn,ou=groups,o=x",
            &members(&["uid=zoe,o=x", "uid=max,o=x"]),
        );
        add(
            &mut all,
            "cn=all,ou=groups,o=x",
            &members(&["UID=Zoe, O=x", ""]),
        );
        let all = all.complete(Whole::in_one_answer(())).into_inner();
        let of = |name| memberships_of(&all, name);
        assert_eq!(
            of("uid=zoe,o=x"),
            ["group:all".into(), "group:vpn".into()].into()
        );
        assert_eq!(of("uid=max,o=x"), ["group:vpn".into()].into());
        assert!(of("uid=eve,o=x").is_empty());
    }
}
