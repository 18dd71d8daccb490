//! What Latchkey has to be able to do in a directory, tried without changing anything.

use latchkey_systems::{Fault, Probe};
use ldap3::Scope;

use crate::{
    answers::code,
    calls::{Call, Search, Set},
    directory::Directory,
    dn::{Dn, all, relative},
    entry::Entry,
    shape::{Dialect, UAC},
};

/// What nobody has: to remove it from where it is not is refused with other words to one who may than to one who may
/// not.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

const CLASS: &str = "objectClass";

impl Directory {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let shape = &self.shape;
        // Where the rights are asked for; leavers are where they may be moved to.
        let account = self
            .one_of(&shape.people, shape.every_account(), "reading accounts")
            .await;
        let mut probes = vec![Probe::of("read accounts", came(&account))];
        let Ok(account) = account else {
            return probes;
        };
        let group = self
            .one_of(&shape.groups, shape.every_group(), "reading groups")
            .await;
        probes.push(Probe::of("read groups", came(&group)));
        if let Some(account) = &account {
            probes.push(self.tried_lock(account).await);
            if let Some(attribute) = shape.attributes.values().next() {
                let set = Set::remove(attribute, NOBODY);
                let came = self.tried("change accounts", &account.dn, set).await;
                probes.push(Probe::of("change accounts", came));
            }
        }
        if let Ok(Some(group)) = &group {
            let nobody = format!("{},{}", relative("cn", NOBODY), shape.people.text());
            let member = Set::remove(&shape.member, &nobody);
            let what = "change the members of groups";
            let came = self.tried(what, &group.dn, member).await;
            probes.push(Probe::of(what, came));
        }
        probes
    }

    /// Some entry there, to try on. Those that Active Directory protects are no example of the others.
    async fn one_of(&self, base: &Dn, filter: String, what: &str) -> Result<Option<Entry>, Fault> {
        let filter = match self.shape.dialect {
            Dialect::OpenLdap => filter,
            Dialect::ActiveDirectory => all(&[
                filter,
                "(!(adminCount=1))".to_owned(),
                "(!(isCriticalSystemObject=TRUE))".to_owned(),
            ]),
        };
        let search = Search {
            attributes: vec![CLASS.to_owned()],
            page: Some((1, None)),
            ..Search::new(base.text(), Scope::Subtree, filter)
        };
        let came = self.look(what, search).await?;
        Ok(came.entries.into_iter().next())
    }

    /// Whether accounts can be locked: whether they can have what locks them, and whether Latchkey's account may change
    /// it.
    async fn tried_lock(&self, account: &Entry) -> Probe {
        let what = "cut accounts off";
        // A time that is none of ours, and flags that no account has.
        let (name, value) = match self.shape.dialect {
            Dialect::OpenLdap => (self.shape.lock.0.as_str(), "19700101000000Z"),
            Dialect::ActiveDirectory => (UAC, "1"),
        };
        let came = match self.can_have(name, account).await {
            Ok(true) => {
                self.tried(what, &account.dn, Set::remove(name, value))
                    .await
            }
            Ok(false) => Err(self.no_lock()),
            Err(fault) => Err(fault),
        };
        Probe::of(what, came)
    }

    async fn can_have(&self, attribute: &str, account: &Entry) -> Result<bool, Fault> {
        if self.shape.dialect == Dialect::ActiveDirectory {
            return Ok(true);
        }
        let schema = self.schema().await?;
        Ok(schema.is_none_or(|schema| schema.allows(attribute, account.all(CLASS))))
    }

    /// Whether the account may change this: rights are looked at before values.
    async fn tried(&self, what: &str, dn: &str, change: Set) -> Result<(), Fault> {
        let call = Call::Modify(dn.to_owned(), vec![change], false);
        let answer = self.link.call(&call).await?.answer;
        let fault = self.link.fault(what, &answer);
        match (answer.rc, fault) {
            (code::SUCCESS | code::NO_SUCH_ATTRIBUTE, _) => Ok(()),
            (code::UNDEFINED_TYPE | code::NO_RIGHTS, fault) => Err(fault),
            // That nobody has such a value may be said in many ways; what counts is that it may be asked.
            (_, Fault::Rejected { .. } | Fault::Conflict { .. } | Fault::NotYet { .. }) => Ok(()),
            (_, fault) => Err(fault),
        }
    }
}

fn came<T>(of: &Result<T, Fault>) -> Result<(), Fault> {
    of.as_ref().map(|_| ()).map_err(Clone::clone)
}
