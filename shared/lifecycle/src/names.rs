//! The names that were given to a person: a work e-mail address, and an account name for each system. A name once
//! given is never given to another person, so these stay, whatever becomes of the person.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::SystemId;

/// What one person is called in the company's systems.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Names {
    /// The person's full name when the names were chosen; a name change shows by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The work e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Account names, by system. A system whose accounts are named by the e-mail address is not among them, unless
    /// the account is called otherwise there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<SystemId, String>,
    /// Names that a system has for somebody else, in lower case: not tried there again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<SystemId, BTreeSet<String>>,
}

impl Names {
    /// Every name, in lower case: systems and mail servers do not tell names apart by case.
    pub fn all(&self) -> BTreeSet<String> {
        let accounts = self.accounts.values();
        accounts
            .chain(&self.email)
            .map(|name| name.to_lowercase())
            .collect()
    }

    /// The system has the person's name for somebody else: another one has to be chosen there.
    pub fn refuse(&mut self, system: &SystemId, name: &str) {
        self.accounts.remove(system);
        let refused = self.refused.entry(system.clone()).or_default();
        refused.insert(name.to_lowercase());
    }

    /// Whether the system has the name for somebody else.
    pub fn is_refused(&self, system: &SystemId, name: &str) -> bool {
        let refused = self.refused.get(system);
        refused.is_some_and(|refused| refused.contains(&name.to_lowercase()))
    }
}
