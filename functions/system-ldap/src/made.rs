//! What new entries are made of.

use std::collections::HashSet;

use latchkey_lifecycle::Account;
use latchkey_systems::Found;

use crate::{
    calls::Set,
    directory::DISABLED,
    dn::Dn,
    password,
    shape::{Dialect, Shape, UAC},
};

/// `ADS_UF_NORMAL_ACCOUNT` (MS-ADTS 2.2.16).
const NORMAL: u32 = 0x200;
/// Where Active Directory keeps passwords; nobody reads it (MS-ADTS 3.1.1.3.1.5.1).
pub(crate) const UNICODE_PWD: &str = "unicodePwd";

impl Shape {
    /// `cn` goes with the display name, unless the entry is named by it. Only where classes ask for `cn` (RFC 4519
    /// section 3.12).
    pub(crate) fn common_name(&self, at: &Found, name: &str, value: Option<&str>) -> Option<Set> {
        let is_named_so = Dn::parse(&at.handle)?.first().0.eq_ignore_ascii_case("cn");
        let applies = name == "displayName" && self.dialect == Dialect::OpenLdap && !is_named_so;
        let taken = self
            .attributes
            .values()
            .any(|there| there.eq_ignore_ascii_case("cn"));
        value
            .filter(|_| applies && !taken)
            .map(|value| Set::to("cn", Some(value)))
    }

    /// What a new entry is made of.
    pub(crate) fn entry(
        &self,
        account: &Account,
        password: &str,
    ) -> Vec<(String, HashSet<Vec<u8>>)> {
        let mut entry: Vec<(String, HashSet<Vec<u8>>)> = Vec::new();
        let mut put = |name: &str, value: &[u8]| {
            let known = entry
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(name));
            match known {
                Some(_) if value.is_empty() => {}
                Some((_, values)) => {
                    values.insert(value.to_vec());
                }
                None if value.is_empty() => {}
                None => entry.push((name.to_owned(), [value.to_vec()].into())),
            }
        };
        for class in &self.object_classes {
            put("objectClass", class.as_bytes());
        }
        put(&self.name, account.name.as_bytes());
        put(&self.naming, account.name.as_bytes());
        if let Some(id) = &account.employee_id {
            put(&self.employee_id, id.as_str().as_bytes());
        }
        for (ours, theirs) in &self.attributes {
            if let Some(value) = account.attributes.get(ours) {
                put(theirs, value.as_bytes());
            }
        }
        let has = |name: &str| {
            entry
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        match self.dialect {
            Dialect::OpenLdap => {
                // What the class person asks for (RFC 4519 section 3.12).
                let shown = account
                    .attributes
                    .get("displayName")
                    .unwrap_or(&account.name);
                let musts = [("cn", shown), ("sn", &account.name)]
                    .map(|(name, value)| (!has(name)).then_some((name, value)));
                for (name, value) in musts.into_iter().flatten() {
                    entry.push((name.to_owned(), [value.clone().into_bytes()].into()));
                }
                if !account.active {
                    let (name, value) = self.lock.clone();
                    entry.push((name, [value.into_bytes()].into()));
                }
            }
            Dialect::ActiveDirectory => {
                let control = if account.active {
                    NORMAL
                } else {
                    NORMAL | DISABLED
                };
                entry.push((UAC.to_owned(), [control.to_string().into_bytes()].into()));
                entry.push((UNICODE_PWD.to_owned(), [password::unicode(password)].into()));
                if let Some(principal) = self.principal(&account.name) {
                    entry.push((
                        "userPrincipalName".to_owned(),
                        [principal.into_bytes()].into(),
                    ));
                }
            }
        }
        entry
    }

    /// `userPrincipalName`, the name in the form of an e-mail address (RFC 822) that Windows signs in with, too.
    pub(crate) fn principal(&self, name: &str) -> Option<String> {
        self.domain
            .as_ref()
            .map(|domain| format!("{name}@{domain}"))
    }
}
