//! Accounts are made, named anew, cut off and let in again.

use latchkey_lifecycle::{Account, EmployeeId};
use latchkey_systems::{Fault, Faults, Found, unknown_password};
use ldap3::{LdapResult, Scope};

use crate::{
    answers::{code, says_taken},
    calls::{Call, Search, Set},
    directory::{DISABLED, Directory, flags},
    dn::{Dn, has, relative},
    entry::Entry,
    made::UNICODE_PWD,
    password,
    shape::{Dialect, Shape, UAC},
};

/// Where others keep them (RFC 4519 section 2.41).
const USER_PASSWORD: &str = "userPassword";

impl Shape {
    /// What cuts an account off. The password is replaced by one that nobody knows, so that one who still has it cannot
    /// sign in anywhere that asks the directory for passwords only.
    fn locking(&self, control: u32, password: &str) -> Vec<Set> {
        match self.dialect {
            Dialect::OpenLdap => vec![
                Set::to(USER_PASSWORD, Some(password)),
                Set::to(&self.lock.0, Some(&self.lock.1)),
            ],
            Dialect::ActiveDirectory => {
                let mut changes = vec![Set::To(
                    UNICODE_PWD.to_owned(),
                    Some(password::unicode(password)),
                )];
                changes.extend(switched(control, control | DISABLED));
                changes
            }
        }
    }

    /// What lets it in again. Its password stays unknown.
    fn unlocking(&self, control: u32) -> Vec<Set> {
        match self.dialect {
            Dialect::OpenLdap => vec![Set::to(&self.lock.0, None)],
            Dialect::ActiveDirectory => switched(control, control & !DISABLED),
        }
    }
}

/// From one value to another, and only while it has the first: what others switch meanwhile is not lost.
fn switched(from: u32, to: u32) -> Vec<Set> {
    if from == to {
        return Vec::new();
    }
    let text = |flags: u32| flags.cast_signed().to_string();
    vec![Set::remove(UAC, &text(from)), Set::add(UAC, &text(to))]
}

impl Directory {
    pub(crate) async fn create(&self, account: &Account) -> Result<Found, Fault> {
        let named = relative(&self.shape.naming, &account.name);
        let dn = format!("{named},{}", self.shape.people.text());
        let password = unknown_password(self)?;
        let entry = self.shape.entry(account, &password);
        let came = self.link.call(&Call::Add(dn.clone(), entry)).await?;
        match came.answer.rc {
            code::SUCCESS => Ok(Found::new(dn, account.clone())),
            code::NO_SUCH_OBJECT => Err(self.rejected(
                "making an account finds nothing at the distinguished name `people` of the runbook; correct it",
            )),
            _ if self.is_taken(&account.name, &came.answer).await? => {
                Err(self.taken_by(account, &account.name).await?)
            }
            _ => Err(self.link.fault("making an account", &came.answer)),
        }
    }

    /// Whether an answer to making or naming an account says that its name is another's. The overlay unique says only
    /// that something is not unique.
    async fn is_taken(&self, name: &str, answer: &LdapResult) -> Result<bool, Fault> {
        let may_be = matches!(self.link.fault("", answer), Fault::Conflict { .. });
        Ok(says_taken(answer) || (may_be && self.holder(name).await?.is_some()))
    }

    /// The name that an account is to have is taken, by whomever that may be: the domain has more than accounts of
    /// people, and names are held beside them.
    async fn taken_by(&self, account: &Account, name: &str) -> Result<Fault, Fault> {
        let holder = self.holder(name).await?;
        let holder = holder.and_then(|entry| {
            let id = entry.first(&self.shape.employee_id)?;
            EmployeeId::new(id).ok()
        });
        if let Some(id) = holder
            .as_ref()
            .filter(|id| account.employee_id.as_ref() == Some(id))
        {
            return Ok(self.conflict(format!(
                "employee {id} has the account {name} already, but not below `people` of the runbook; move it there"
            )));
        }
        Ok(self.taken(name, holder))
    }

    /// Whatever has an account name, wherever in the domain it is.
    async fn holder(&self, name: &str) -> Result<Option<Entry>, Fault> {
        let (attribute, folded) = (self.shape.name.clone(), name.to_lowercase());
        let (domain, filter) = (self.shape.people.domain(), has(&self.shape.name, name));
        let search = Search {
            attributes: vec![self.shape.name.clone(), self.shape.employee_id.clone()],
            keep: Box::new(move |entry| {
                let all = entry.all(&attribute).iter();
                all.map(|value| value.to_lowercase())
                    .any(|value| value == folded)
            }),
            ..Search::new(domain.text(), Scope::Subtree, filter)
        };
        // Who may not look there knows no less than before.
        let came = self.link.call(&Call::Search(search)).await?;
        Ok(came.entries.into_iter().next())
    }

    /// Moves the account to the leavers first, since `active` has to tell the truth about sign-in wherever this is cut
    /// short; but it is locked also when it may not be moved.
    pub(crate) async fn suspend(&self, at: &Found) -> Result<Found, Fault> {
        let mut now = at.clone();
        let leavers = self.shape.leavers.as_ref();
        let moved = match leavers.filter(|leavers| !is_below(&at.handle, leavers)) {
            Some(leavers) => self.move_to(&at.handle, leavers).await,
            None => Ok(at.handle.clone()),
        };
        if let Ok(dn) = &moved {
            now.handle.clone_from(dn);
        }
        self.switch(&mut now, true).await?;
        moved?;
        Ok(now)
    }

    /// Moves it back first, so that it is not let in where it does not belong.
    pub(crate) async fn restore(&self, at: &Found) -> Result<Found, Fault> {
        let mut now = at.clone();
        let leavers = self.shape.leavers.as_ref();
        if leavers.is_some_and(|leavers| is_below(&at.handle, leavers)) {
            now.handle = self.move_to(&at.handle, &self.shape.people).await?;
        }
        self.switch(&mut now, false).await?;
        Ok(now)
    }

    /// Locks or unlocks.
    async fn switch(&self, at: &mut Found, lock: bool) -> Result<(), Fault> {
        let what = if lock {
            "cutting an account off"
        } else {
            "letting an account in"
        };
        for _ in 0..2 {
            let control = match self.shape.dialect {
                Dialect::OpenLdap => 0,
                Dialect::ActiveDirectory => self.control(at).await?,
            };
            let changes = match lock {
                true => self.shape.locking(control, &unknown_password(self)?),
                false => self.shape.unlocking(control),
            };
            if changes.is_empty() {
                return Ok(());
            }
            let call = Call::Modify(at.handle.clone(), changes, false);
            let answer = self.link.call(&call).await?.answer;
            match answer.rc {
                code::SUCCESS => {
                    let now = if lock {
                        control | DISABLED
                    } else {
                        control & !DISABLED
                    };
                    at.version = at.version.is_some().then(|| now.to_string());
                    return Ok(());
                }
                // Somebody switched something else meanwhile: it is read again.
                code::NO_SUCH_ATTRIBUTE if at.version.is_some() => at.version = None,
                code::UNDEFINED_TYPE | code::CLASS_VIOLATION
                    if self.shape.dialect == Dialect::OpenLdap =>
                {
                    return Err(self.no_lock());
                }
                _ => return Err(self.link.fault(what, &answer)),
            }
        }
        Err(self.busy(None))
    }

    /// The attribute that is to lock accounts cannot.
    pub(crate) fn no_lock(&self) -> Fault {
        self.rejected(format!(
            "its accounts can have no attribute {}, which is to lock them: load the overlay ppolicy in OpenLDAP, or name another \
             in the setting `lock`, for 389 Directory Server nsAccountLock=true",
            self.shape.lock.0
        ))
    }

    /// `userAccountControl` as it was read with the account, or as it is now.
    async fn control(&self, at: &mut Found) -> Result<u32, Fault> {
        let none = || self.rejected(format!("Latchkey's account may not read {UAC}"));
        if at.version.is_none() {
            let mut search = self.entry_at(&at.handle);
            search.attributes = vec![UAC.to_owned()];
            let came = self.link.call(&Call::Search(search)).await?;
            if came.answer.rc != code::SUCCESS {
                return Err(self.link.fault("reading an account", &came.answer));
            }
            let entry = came.entries.first();
            at.version = entry.and_then(|entry| entry.first(UAC)).map(str::to_owned);
        }
        at.version.as_deref().and_then(flags).ok_or_else(none)
    }

    /// A search for one entry by its name.
    pub(crate) fn entry_at(&self, dn: &str) -> Search {
        Search::new(dn, Scope::Base, "(objectClass=*)")
    }

    /// Names an account anew. What names the entry is changed first: it is what could be taken by another.
    pub(crate) async fn rename(&self, at: &Found, name: &str) -> Result<String, Fault> {
        let dn = self.parsed(&at.handle)?;
        let (naming, value) = dn.first();
        let mut now = at.handle.clone();
        let by_name = naming.eq_ignore_ascii_case(&self.shape.name);
        if by_name || value == at.account.name {
            let relative = relative(naming, name);
            now = match self.rename_entry(&dn, &relative, None).await {
                Err(Fault::Conflict { .. }) => {
                    return Err(self.taken_by(&at.account, name).await?);
                }
                renamed => renamed?,
            };
        }
        let mut changes = Vec::new();
        if !by_name {
            changes.push(Set::to(&self.shape.name, Some(name)));
        }
        if self.shape.dialect == Dialect::ActiveDirectory {
            let principal = self.shape.principal(name);
            changes.extend(principal.map(|name| Set::to("userPrincipalName", Some(&name))));
        }
        if !changes.is_empty() {
            let call = Call::Modify(now.clone(), changes, true);
            let answer = self.link.call(&call).await?.answer;
            match answer.rc {
                code::SUCCESS => {}
                _ if self.is_taken(name, &answer).await? => {
                    return Err(self.taken_by(&at.account, name).await?);
                }
                _ => return Err(self.link.fault("renaming an account", &answer)),
            }
        }
        Ok(now)
    }

    async fn move_to(&self, dn: &str, place: &Dn) -> Result<String, Fault> {
        let dn = self.parsed(dn)?;
        self.rename_entry(&dn, dn.relative(), Some(place)).await
    }

    /// Names an entry anew, and moves it (RFC 4511 section 4.9). Where memberships do not follow by themselves they are
    /// moved before: whoever comes by the old name later must not come by its groups.
    async fn rename_entry(
        &self,
        dn: &Dn,
        relative: &str,
        to: Option<&Dn>,
    ) -> Result<String, Fault> {
        let parent = to.map_or(dn.parent(), Dn::text);
        let new = format!("{relative},{parent}");
        let mut moved = false;
        if !self.shape.member_of && self.parsed(&new)?.key() != dn.key() {
            let taken = self.link.call(&Call::Search(self.entry_at(&new))).await?;
            if !taken.entries.is_empty() {
                return Err(self.conflict(
                    "the name that an account is to be moved to is taken by another entry",
                ));
            }
            self.move_memberships(dn.text(), &new).await?;
            moved = true;
        }
        let call = Call::Rename {
            dn: dn.text().to_owned(),
            relative: relative.to_owned(),
            to: to.map(|place| place.text().to_owned()),
        };
        let came = self.link.call(&call).await?;
        if came.answer.rc == code::SUCCESS {
            return Ok(new);
        }
        // It stays, and so do its groups: else whoever comes by the new name later would come by them.
        if moved {
            self.move_memberships(&new, dn.text()).await?;
        }
        Err(self.link.fault("moving an account", &came.answer))
    }

    pub(crate) fn parsed(&self, dn: &str) -> Result<Dn, Fault> {
        Dn::parse(dn).ok_or_else(|| self.rejected("it has an entry without a name"))
    }
}

fn is_below(dn: &str, place: &Dn) -> bool {
    Dn::parse(dn).is_some_and(|dn| dn.is_below(place))
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
