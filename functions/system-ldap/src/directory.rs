//! One directory: who is found, what is read of them, and which change goes where.

use async_trait::async_trait;
use latchkey_lifecycle::{Account, Change, EmployeeId};
use latchkey_systems::{
    Fault, Faults, Found, Page, PageToken, Probe, Sight, Sought, System, Whole, theirs,
};
use ldap3::Scope;
use tokio::sync::Mutex;

use crate::{
    answers::{clean, code},
    calls::{Call, Came, Keep, Search, Set},
    entry::Entry,
    groups::Groups,
    link::Link,
    list::Reading,
    shape::{Dialect, Shape, UAC},
};

/// `ADS_UF_ACCOUNTDISABLE` (MS-ADTS 2.2.16).
pub(crate) const DISABLED: u32 = 0x2;

/// One directory.
pub(crate) struct Directory {
    pub(crate) link: Link,
    pub(crate) shape: Shape,
    pub(crate) known: Groups,
    pub(crate) reading: Mutex<Option<Reading>>,
}

impl Directory {
    pub(crate) fn new(link: Link, shape: Shape) -> Directory {
        Directory {
            link,
            shape,
            known: Groups::default(),
            reading: Mutex::default(),
        }
    }

    /// Looks for entries and takes no other answer than success.
    pub(crate) async fn look(&self, what: &str, search: Search) -> Result<Came, Fault> {
        let came = self.link.call(&Call::Search(search)).await?;
        match came.answer.rc {
            code::SUCCESS => self.all_here(what, came),
            code::NO_SUCH_OBJECT => Err(self.rejected(format!(
                "{what} finds nothing at the distinguished name that the runbook gives; correct it, or let Latchkey's account \
                 read there"
            ))),
            // Who may not read there may do nothing.
            code::NO_RIGHTS => Err(self.unauthorized(self.link.fault(what, &came.answer).problem())),
            _ => Err(self.link.fault_of_looking(what, &came.answer)),
        }
    }

    /// What came, unless an entry has a name that cannot be read, which may be what is looked for, or the server says
    /// that other servers have more of it. Active Directory names some at every search from the top of a domain; those
    /// have no accounts and groups of ours.
    pub(crate) fn all_here(&self, what: &str, came: Came) -> Result<Came, Fault> {
        if let Some(dn) = &came.unnamed {
            return Err(self.incomplete(format!(
                "{what} is answered with the entry `{}`, whose name cannot be read; correct it there",
                clean(dn)
            )));
        }
        match came.elsewhere.iter().find(|at| self.shape.is_of(at)) {
            None => Ok(came),
            Some(_) => Err(self.incomplete(format!(
                "{what} is answered with a reference to another server, which has more; give that server's address"
            ))),
        }
    }

    /// A search for accounts.
    pub(crate) fn accounts(&self, filter: String, keep: Keep) -> Search {
        Search {
            attributes: self.shape.wanted(),
            keep,
            ..Search::new(self.shape.base.text(), Scope::Subtree, filter)
        }
    }

    /// The person's entry. Both the id and the name are asked for at once; what comes is compared with what was asked.
    async fn find(&self, who: &Sought) -> Result<Option<Entry>, Fault> {
        let shape = self.shape.clone();
        let id = who.employee_id.clone();
        let folded = who.name.as_ref().map(|name| name.to_lowercase());
        let filter = shape.account_of(id.as_str(), who.name.as_deref());
        let keep = move |entry: &Entry| {
            let is_theirs = entry.first(&shape.employee_id) == Some(id.as_str());
            // `uid` and `sAMAccountName` are compared without case (RFC 4519 section 2.39, MS-ADA3 2.222).
            let name = entry.first(&shape.name).map(str::to_lowercase);
            shape.holds(&entry.dn) && (is_theirs || (name.is_some() && name == folded))
        };
        let search = self.accounts(filter, Box::new(keep));
        let entries = self.look("looking for an account", search).await?.entries;
        let id = who.employee_id.as_str();
        let (by_id, named): (Vec<Entry>, Vec<Entry>) = entries
            .into_iter()
            .partition(|entry| entry.first(&self.shape.employee_id) == Some(id));
        if by_id.len() > 1 {
            return Err(self.several_of(&who.employee_id, &by_id).await?);
        }
        if let Some(entry) = by_id.into_iter().next() {
            return Ok(Some(entry));
        }
        let name = who.name.as_deref().unwrap_or_default();
        if named.len() > 1 {
            let n = named.len();
            return Err(self.conflict(format!("{n} accounts have the account name {name}")));
        }
        let Some(entry) = named.into_iter().next() else {
            return Ok(None);
        };
        let holder = entry.first(&self.shape.employee_id);
        if holder.is_some_and(|id| EmployeeId::new(id).is_err()) {
            return Err(self.conflict(format!(
                "the account {name} has an employee id that is none; correct it there"
            )));
        }
        let Some(found) = self.shape.found(&entry) else {
            return Ok(None);
        };
        Ok(theirs(self.name(), who, found)?.map(|_| entry))
    }

    /// The entry of this distinguished name, asked for itself.
    async fn entry_named(&self, dn: &str) -> Result<Option<Entry>, Fault> {
        let shape = self.shape.clone();
        let keep = move |entry: &Entry| shape.holds(&entry.dn);
        let mut search = self.accounts("(objectClass=*)".to_owned(), Box::new(keep));
        dn.clone_into(&mut search.base);
        search.scope = Scope::Base;
        let came = self.link.call(&Call::Search(search)).await?;
        match came.answer.rc {
            code::SUCCESS => {
                let came = self.all_here("looking at an account", came)?;
                Ok(came.entries.into_iter().next())
            }
            code::NO_SUCH_OBJECT => Ok(None),
            _ => Err(self
                .link
                .fault_of_looking("looking at an account", &came.answer)),
        }
    }

    async fn sight(&self, who: &Sought, entry: Option<Entry>) -> Result<Sight, Fault> {
        let Some(entry) = entry else {
            return Ok(Sight::Nobody(Whole::in_one_answer(())));
        };
        let Some(found) = self.shape.found(&entry) else {
            return Err(self.conflict(format!(
                "the account of employee {} has no {}",
                who.employee_id, self.shape.name
            )));
        };
        let found = found.with(self.groups_of(&entry).await?);
        Ok(Sight::Whole(Whole::in_one_answer(found)))
    }

    /// Several entries have the person's employee id.
    async fn several_of(&self, id: &EmployeeId, entries: &[Entry]) -> Result<Fault, Fault> {
        let mut accounts = Vec::new();
        for entry in entries {
            if let Some(found) = self.shape.found(entry) {
                accounts.push(found.with(self.groups_of(entry).await?));
            }
        }
        Ok(self.several(id, accounts))
    }

    /// Changes an entry and takes no other answer than success.
    pub(crate) async fn change(
        &self,
        what: &str,
        dn: &str,
        changes: Vec<Set>,
    ) -> Result<(), Fault> {
        let came = self
            .link
            .call(&Call::Modify(dn.to_owned(), changes, true))
            .await?;
        match came.answer.rc {
            code::SUCCESS => Ok(()),
            _ => Err(self.link.fault(what, &came.answer)),
        }
    }

    async fn delete(&self, at: &Found) -> Result<(), Fault> {
        let came = self.link.call(&Call::Delete(at.handle.clone())).await?;
        match came.answer.rc {
            code::SUCCESS | code::NO_SUCH_OBJECT => Ok(()),
            _ => Err(self.link.fault("removing an account", &came.answer)),
        }
    }

    async fn set(&self, at: &Found, name: &str, value: Option<&str>) -> Result<(), Fault> {
        let Some(attribute) = self.shape.attributes.get(name) else {
            return Err(self.rejected(format!(
                "it has no attribute for `{name}`; name one in the setting `attributes`"
            )));
        };
        // A directory keeps no empty texts (RFC 4517 section 3.3.6).
        let value = value.filter(|value| !value.is_empty());
        let mut changes = vec![Set::to(attribute, value)];
        changes.extend(self.shape.common_name(at, name, value));
        self.change("changing an account", &at.handle, changes)
            .await
    }
}

impl Shape {
    /// What is read of an entry, without its groups; `None` when it has no name.
    pub(crate) fn found(&self, entry: &Entry) -> Option<Found> {
        let name = entry.first(&self.name)?.to_owned();
        let attributes = self.attributes.iter().filter_map(|(ours, theirs)| {
            let value = entry.first(theirs)?;
            Some((ours.clone(), value.to_owned()))
        });
        Some(Found {
            handle: entry.dn.clone(),
            // What it was when it was read: it is changed only when it is still so.
            version: entry.first(UAC).map(str::to_owned),
            account: Account {
                employee_id: entry
                    .first(&self.employee_id)
                    .and_then(|id| EmployeeId::new(id).ok()),
                name,
                active: self.is_active(entry),
                attributes: attributes.collect(),
                entitlements: Default::default(),
            },
        })
    }

    fn is_active(&self, entry: &Entry) -> bool {
        match self.dialect {
            Dialect::ActiveDirectory => {
                let control = entry.first(UAC).and_then(flags);
                control.is_none_or(|control| control & DISABLED == 0)
            }
            // Another time stands for a lock that passes, after too many wrong passwords.
            Dialect::OpenLdap => {
                let (attribute, locked) = &self.lock;
                let values = entry.all(attribute);
                !values
                    .iter()
                    .any(|value| value.eq_ignore_ascii_case(locked))
            }
        }
    }
}

/// `userAccountControl` as it is written: a whole number, which some tools write as a negative one.
pub(crate) fn flags(text: &str) -> Option<u32> {
    let number = text.parse::<i64>().ok()?;
    u32::try_from(number)
        .ok()
        .or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned))
}

#[async_trait]
impl System for Directory {
    fn name(&self) -> &str {
        self.link.its_name()
    }

    /// A search that ends with success has shown everything: a limit is another result (RFC 4511 section 4.1.9).
    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let entry = self.find(who).await?;
        self.sight(who, entry).await
    }

    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        let entry = self.entry_named(handle).await?;
        self.sight(who, entry).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        self.page(page).await
    }

    async fn probe(&self) -> Vec<Probe> {
        self.try_all().await
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        if let Change::Create { account } = change {
            return self.create(account).await.map(Some);
        }
        let at = at.ok_or_else(|| self.no_account(change))?;
        let mut now = at.clone();
        match change {
            Change::Suspend => now = self.suspend(at).await?,
            Change::Restore => now = self.restore(at).await?,
            Change::Rename { name } => now.handle = self.rename(at, name).await?,
            Change::Adopt { employee_id } => {
                let value = employee_id.as_ref().map(EmployeeId::as_str);
                let changes = vec![Set::to(&self.shape.employee_id, value)];
                self.change("recording an employee id", &at.handle, changes)
                    .await?;
            }
            Change::SetAttribute { name, value } => {
                self.set(at, name, value.as_deref()).await?;
            }
            Change::Grant { entitlement } => self.grant(at, entitlement).await?,
            Change::Revoke { entitlement } => self.revoke(at, entitlement).await?,
            Change::Delete => self.delete(at).await?,
            Change::Create { .. } => {}
        }
        Ok(now.after(change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::tests::shape;

    const PEOPLE: (&str, &str) = ("people", "ou=people,dc=acme,dc=example");

    #[test]
    fn an_account_is_read_as_active_directory_shows_it() {
        let shape = shape("active-directory", &[PEOPLE]);
        let account = |control: &str| {
            let entry = Entry::new(
                "CN=zoe,OU=people,DC=acme,DC=example",
                &[
                    ("sAMAccountName", &["zoe"]),
                    ("employeeID", &["7"]),
                    ("mail", &["zoe@acme.example"]),
                    ("userAccountControl", &[control]),
                ],
            );
            shape.found(&entry).expect("an account")
        };
        // 512 is an enabled account, 514 a disabled one, 66050 one whose password does not expire.
        for (control, active) in [
            ("512", true),
            ("514", false),
            ("66048", true),
            ("66050", false),
        ] {
            let found = account(control);
            assert_eq!(found.account.active, active, "{control}");
            assert_eq!(found.version.as_deref(), Some(control));
        }
        let account = account("512").account;
        assert_eq!(account.name, "zoe");
        assert_eq!(account.attributes["email"], "zoe@acme.example");
        assert_eq!(account.employee_id, EmployeeId::new("7").ok());
    }

    #[test]
    fn only_a_lock_for_good_is_one() {
        let shape = shape("openldap", &[PEOPLE]);
        let active = |time: &[&str]| {
            let entry = Entry::new(
                "uid=zoe",
                &[("uid", &["zoe"]), ("pwdAccountLockedTime", time)],
            );
            shape.found(&entry).expect("an account").account.active
        };
        assert!(active(&[]));
        assert!(active(&["20261123070000Z"]));
        assert!(!active(&["000001010000Z"]));
    }

    #[test]
    fn flags_are_read_however_they_are_written() {
        assert_eq!(flags("514"), Some(0x202));
        assert_eq!(flags("-2147483136"), Some(0x8000_0200));
        assert_eq!(flags("many"), None);
    }
}
