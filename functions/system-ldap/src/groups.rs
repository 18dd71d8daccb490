//! Entitlements that are groups: by the cn that their distinguished name begins with.

use std::collections::BTreeSet;

use latchkey_lifecycle::Entitlement;
use latchkey_systems::{Fault, Faults, Found, Known, Namesakes};
use ldap3::Scope;

use crate::{
    answers::{clean, code, says_in, says_out},
    calls::{Call, Cookie, Search, Set},
    directory::Directory,
    dn::{Dn, all, has, is_there},
    entry::Entry,
    shape::MEMBER_OF,
};

/// Groups by name. A group that was made anew elsewhere since is found by its name again.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Where groups of this name are that somebody who was read is in.
    pub(crate) seen: Known<Namesakes>,
    /// The only group of this name.
    only: Known<String>,
}

impl Groups {
    fn forget(&self, name: &str) {
        self.seen.forget(name);
        self.only.forget(name);
    }
}

/// The entitlement that a group is.
pub(crate) fn entitlement(group: &Dn) -> Entitlement {
    Entitlement::from(format!("group:{}", group.first().1))
}

impl Directory {
    /// The groups that an entry is in.
    pub(crate) async fn groups_of(&self, entry: &Entry) -> Result<BTreeSet<Entitlement>, Fault> {
        let groups = match self.shape.member_of {
            true => self.member_of(entry).await?,
            false => self.groups_with(&entry.dn).await?,
        };
        let mut mine = BTreeSet::new();
        for group in groups.iter().filter_map(|group| Dn::parse(group)) {
            if group.is_below(&self.shape.groups) {
                // Whoever is to lose it again need not ask where it is.
                self.known.seen.meet(group.first().1, group.text());
                mine.insert(entitlement(&group));
            }
        }
        Ok(mine)
    }

    /// What the directory itself keeps of it. Of many values Active Directory gives a part at a time.
    async fn member_of(&self, entry: &Entry) -> Result<Vec<String>, Fault> {
        self.named(entry, MEMBER_OF)?;
        let mut groups = entry.all(MEMBER_OF).to_vec();
        let mut part = entry
            .part(MEMBER_OF)
            .map(|(values, next)| (values.to_vec(), next));
        while let Some((values, next)) = part {
            groups.extend(values);
            let Some(next) = next else {
                break;
            };
            let mut search = self.entry_at(&entry.dn);
            search.attributes = vec![format!("{MEMBER_OF};range={next}-*")];
            let more = self.look("reading an account's groups", search).await?;
            let more = more.entries.first();
            more.map_or(Ok(()), |more| self.named(more, MEMBER_OF))?;
            let more = more.and_then(|more| more.part(MEMBER_OF));
            let further = more.filter(|(_, after)| after.is_none_or(|after| after > next));
            let Some((values, after)) = further else {
                return Err(self.incomplete(format!(
                    "it shows the first {next} groups of an account and not those that follow"
                )));
            };
            part = Some((values.to_vec(), after));
        }
        Ok(groups)
    }

    /// Says that a name in an attribute cannot be read: it may be the one that is looked for.
    pub(crate) fn named(&self, entry: &Entry, attribute: &str) -> Result<(), Fault> {
        match entry.odd_name(attribute) {
            None => Ok(()),
            Some(odd) => Err(self.incomplete(format!(
                "the attribute {attribute} of its entry `{}` has the name `{}`, which cannot be read; correct it there",
                clean(&entry.dn),
                clean(odd)
            ))),
        }
    }

    /// The groups that have it as a member.
    async fn groups_with(&self, dn: &str) -> Result<Vec<String>, Fault> {
        let member = self.shape.member.clone();
        let is_member = has(&member, dn);
        let key = self.parsed(dn)?.key();
        let attribute = member.clone();
        let has_it = move |group: &Entry| {
            let mut members = group.all(&attribute).iter();
            members.any(|member| Dn::parse(member).is_some_and(|dn| dn.key() == key))
        };
        let is_theirs = has_it.clone();
        let filter = all(&[self.shape.every_group(), is_member.clone()]);
        let search = Search {
            attributes: vec![member.clone()],
            // Of all members only this one is asked for, to see that the group is really theirs.
            values: Some(format!("({is_member})")),
            keep: Box::new(move |group| is_theirs(group) || group.odd_name(&member).is_some()),
            ..Search::new(self.shape.groups.text(), Scope::Subtree, filter)
        };
        let came = self.look("looking for an account's groups", search).await?;
        for group in came.entries.iter().filter(|group| !has_it(group)) {
            self.named(group, &self.shape.member)?;
        }
        Ok(came.entries.into_iter().map(|group| group.dn).collect())
    }

    /// Where the groups of this name are.
    async fn groups_named(&self, name: &str) -> Result<Vec<String>, Fault> {
        let folded = name.to_lowercase();
        let filter = all(&[self.shape.every_group(), has("cn", name)]);
        let search = Search {
            keep: Box::new(move |group| {
                Dn::parse(&group.dn).is_some_and(|dn| dn.first().1.to_lowercase() == folded)
            }),
            ..Search::new(self.shape.groups.text(), Scope::Subtree, filter)
        };
        let came = self.look("looking for a group", search).await?;
        Ok(came.entries.into_iter().map(|group| group.dn).collect())
    }

    /// The group of this name.
    async fn group(&self, name: &str) -> Result<String, Fault> {
        if let Some(dn) = self.known.only.of(name) {
            return Ok(dn);
        }
        let groups = self.groups_named(name).await?;
        match groups.as_slice() {
            [] => Err(self.rejected(format!(
                "it has no group `{name}`; make it there, or correct its name in the runbook"
            ))),
            [dn] => {
                // What is read is compared letter by letter.
                let its = self.parsed(dn)?.first().1.to_owned();
                if its != name {
                    return Err(self.rejected(format!(
                        "it has no group `{name}` but `{its}`; write it so in the runbook"
                    )));
                }
                self.known.only.know(name, dn.as_str());
                Ok(dn.clone())
            }
            more => Err(self.conflict(format!("{} groups are called `{name}`", more.len()))),
        }
    }

    fn is_group(&self, entitlement: &Entitlement) -> Result<(), Fault> {
        match entitlement.kind() {
            "group" => Ok(()),
            _ => Err(self.rejected(format!(
                "it cannot give `{entitlement}`: directories have the kind group"
            ))),
        }
    }

    pub(crate) async fn grant(&self, at: &Found, entitlement: &Entitlement) -> Result<(), Fault> {
        self.is_group(entitlement)?;
        let name = entitlement.name();
        for _ in 0..2 {
            let group = self.group(name).await?;
            let add = vec![Set::add(&self.shape.member, &at.handle)];
            let call = Call::Modify(group, add, true);
            let answer = self.link.call(&call).await?.answer;
            match answer.rc {
                _ if says_in(&answer) => return Ok(()),
                // The known one is not there any more; there may be another.
                code::NO_SUCH_OBJECT => self.known.forget(name),
                _ => {
                    let what = format!("putting an account into the group `{name}`");
                    return Err(self.link.fault(&what, &answer));
                }
            }
        }
        // Active Directory says so of a member that is not there, too.
        Err(self.not_yet(format!(
            "its group `{name}`, or the account, goes away while it is being changed"
        )))
    }

    pub(crate) async fn revoke(&self, at: &Found, entitlement: &Entitlement) -> Result<(), Fault> {
        self.is_group(entitlement)?;
        let name = entitlement.name();
        let seen = self.known.seen.of(name).unwrap_or_default();
        let mut groups: Vec<String> = seen.ids.into_iter().collect();
        let remembered = !groups.is_empty();
        if !remembered {
            groups = self.groups_named(name).await?;
        }
        let mut gone = false;
        for group in groups {
            gone |= !self.remove(&group, name, &at.handle).await?;
        }
        if gone && remembered {
            // It was made anew elsewhere, maybe with its members.
            self.known.forget(name);
            for group in self.groups_named(name).await? {
                self.remove(&group, name, &at.handle).await?;
            }
        }
        Ok(())
    }

    /// Removes a member; `false` when there is no such group. A group that must not be empty gets the placeholder
    /// (RFC 4519 section 3.5).
    async fn remove(&self, group: &str, name: &str, member: &str) -> Result<bool, Fault> {
        let take = Set::remove(&self.shape.member, member);
        let stay = Set::add(&self.shape.member, &self.shape.placeholder);
        let what = format!("taking an account out of the group `{name}`");
        for changes in [vec![take.clone()], vec![stay, take]] {
            let call = Call::Modify(group.to_owned(), changes, true);
            let answer = self.link.call(&call).await?.answer;
            match answer.rc {
                _ if says_out(&answer) => return Ok(true),
                code::NO_SUCH_OBJECT => return Ok(false),
                code::CLASS_VIOLATION => {}
                _ => return Err(self.link.fault(&what, &answer)),
            }
        }
        Err(self.rejected(format!(
            "{what} would leave it empty, and the placeholder may not be put in"
        )))
    }

    /// Puts a new name in the place of an old one in every group that has it.
    pub(crate) async fn move_memberships(&self, old: &str, new: &str) -> Result<(), Fault> {
        for group in self.groups_with(old).await? {
            let member = &self.shape.member;
            let changes = vec![Set::add(member, new), Set::remove(member, old)];
            self.change("moving a membership", &group, changes).await?;
        }
        Ok(())
    }

    /// A search for groups with their members, a page at a time.
    pub(crate) fn groups_with_members(&self, page: usize, cookie: Option<Cookie>) -> Search {
        let filter = all(&[self.shape.every_group(), is_there(&self.shape.member)]);
        Search {
            attributes: vec![self.shape.member.clone()],
            page: Some((page, cookie)),
            ..Search::new(self.shape.groups.text(), Scope::Subtree, filter)
        }
    }
}
