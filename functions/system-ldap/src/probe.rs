//! What Latchkey has to be able to do in a directory, tried without changing anything.

use latchkey_systems::{Fault, Probe};
use ldap3::Scope;

use crate::{
    answers::code,
    calls::{Call, Search, Set},
    directory::Directory,
    dn::{Dn, relative},
    shape::{Dialect, UAC},
};

/// What nobody has: to remove it from where it is not is refused with other words to one who may than to one who may not.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

impl Directory {
    pub(crate) async fn try_all(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        let account = self
            .one_of(
                &self.shape.base,
                self.shape.every_account(),
                "reading accounts",
            )
            .await;
        let group = match &account {
            Ok(_) => {
                self.one_of(
                    &self.shape.groups,
                    self.shape.every_group(),
                    "reading groups",
                )
                .await
            }
            Err(_) => Ok(None),
        };
        let stop = account.is_err();
        probes.push(Probe::of(
            "read accounts",
            account.as_ref().map(|_| ()).map_err(Clone::clone),
        ));
        if stop {
            return probes;
        }
        probes.push(Probe::of(
            "read groups",
            group.as_ref().map(|_| ()).map_err(Clone::clone),
        ));
        if let Ok(Some(account)) = &account {
            // A time that is none of ours, and flags that no account has.
            let (name, value) = match self.shape.dialect {
                Dialect::OpenLdap => (self.shape.lock.0.as_str(), "19700101000000Z"),
                Dialect::ActiveDirectory => (UAC, "1"),
            };
            let lock = Set::remove(name, value);
            probes.push(self.tried("cut accounts off", account, lock).await);
            let attribute = self.shape.attributes.values().next();
            if let Some(attribute) = attribute {
                let set = Set::remove(attribute, NOBODY);
                probes.push(self.tried("change accounts", account, set).await);
            }
        }
        if let Ok(Some(group)) = &group {
            let nobody = format!("{},{}", relative("cn", NOBODY), self.shape.people.text());
            let member = Set::remove(&self.shape.member, &nobody);
            let what = "change the members of groups";
            probes.push(self.tried(what, group, member).await);
        }
        probes
    }

    /// Some entry there, to try on.
    async fn one_of(&self, base: &Dn, filter: String, what: &str) -> Result<Option<String>, Fault> {
        let search = Search {
            base: base.text().to_owned(),
            scope: Scope::Subtree,
            filter,
            attributes: vec!["1.1".to_owned()],
            keep: Box::new(|_| true),
            page: Some((1, Vec::new())),
            values: None,
        };
        let came = self.look(what, search).await?;
        Ok(came.entries.into_iter().next().map(|entry| entry.dn))
    }

    /// Whether the account may change this: rights are looked at before values.
    async fn tried(&self, what: &str, dn: &str, change: Set) -> Probe {
        let call = Call::Modify(dn.to_owned(), vec![change], false);
        let came = match self.link.call(&call).await {
            Err(fault) => Err(fault),
            Ok(came) => match (came.answer.rc, self.link.fault(what, &came.answer)) {
                (code::SUCCESS | code::NO_SUCH_ATTRIBUTE, _) => Ok(()),
                (code::UNDEFINED_TYPE, fault) => Err(fault),
                // That nobody has such a value may be said in many ways; what counts is that it may be asked.
                (_, Fault::Rejected { .. } | Fault::Conflict { .. } | Fault::NotYet { .. }) => {
                    Ok(())
                }
                (_, fault) => Err(fault),
            },
        };
        Probe::of(what, came)
    }
}
