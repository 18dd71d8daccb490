//! Accounts: what a person should have in a system, and what the system answers when asked. The same
//! type for both, so that carrying out, verifying and finding drift are one comparison.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::EmployeeId;

/// One thing a system can give: a group, role, licence, channel. Written `kind:name`; a name without a
/// kind is a group.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Entitlement {
    kind: String,
    name: String,
}

impl Entitlement {
    /// `group`, `role`, `licence`, `channel`, … as the system's page in docs/SYSTEMS.md lists them.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The name in the system.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As people call it: groups by their name alone.
    pub fn called(&self) -> String {
        match self.kind() {
            "group" => self.name.clone(),
            _ => self.to_string(),
        }
    }
}

impl From<&str> for Entitlement {
    fn from(text: &str) -> Self {
        match text.split_once(':') {
            Some((kind, name))
                if !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic()) =>
            {
                Entitlement {
                    kind: kind.to_ascii_lowercase(),
                    name: name.trim().to_owned(),
                }
            }
            _ => Entitlement {
                kind: "group".to_owned(),
                name: text.trim().to_owned(),
            },
        }
    }
}

impl From<String> for Entitlement {
    fn from(text: String) -> Self {
        Entitlement::from(text.as_str())
    }
}

impl From<Entitlement> for String {
    fn from(e: Entitlement) -> String {
        e.to_string()
    }
}

impl fmt::Display for Entitlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

/// An account in a system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Whose it is: the id under which the system knows the person (SCIM `externalId`), when it keeps one.
    pub employee_id: Option<EmployeeId>,
    /// The account name that the person signs in with.
    pub name: String,
    /// Whether the person can sign in.
    pub active: bool,
    /// Attributes that Latchkey keeps, by our names: `givenName`, `familyName`, `displayName`, `email`,
    /// `title`, `department`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// What it has been given.
    #[serde(default)]
    pub entitlements: BTreeSet<Entitlement>,
}

impl Account {
    /// What it has been given, in a line; `None` when that is nothing.
    pub fn has_in_words(&self) -> Option<String> {
        let has: Vec<String> = self.entitlements.iter().map(ToString::to_string).collect();
        (!has.is_empty()).then(|| has.join(", "))
    }
}

/// Which entitlements a comparison is about. What other people gave outside the runbook is left alone on
/// a hire or transfer, and taken on an exit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Managed {
    /// Only these: those that the runbook's matrix can grant in this system.
    Only(BTreeSet<Entitlement>),
    /// All that the account has.
    All,
}

impl Managed {
    /// Whether the entitlement is part of the comparison.
    pub fn covers(&self, entitlement: &Entitlement) -> bool {
        match self {
            Managed::Only(set) => set.contains(entitlement),
            Managed::All => true,
        }
    }
}

/// What a task wants of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "want")]
pub enum Goal {
    /// The account is there, with exactly these of the managed entitlements.
    Have {
        /// The desired account.
        account: Account,
        /// What is compared.
        managed: Managed,
        /// Whether an account that is there under another name is renamed. Else it keeps its name.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        renames: bool,
    },
    /// The person cannot sign in and has nothing left. An account that is not there is as good.
    NoAccess,
    /// The person cannot sign in for a time, and keeps what they have. An account that is not there is as good.
    Suspended,
    /// The account is not there.
    Gone,
}

impl Goal {
    /// What is compared.
    pub fn managed(&self) -> &Managed {
        match self {
            Goal::Have { managed, .. } => managed,
            Goal::NoAccess | Goal::Suspended | Goal::Gone => &Managed::All,
        }
    }

    /// Whether it wants nothing but that something goes.
    pub fn only_takes(&self) -> bool {
        match self {
            Goal::Have { .. } => false,
            Goal::NoAccess | Goal::Suspended | Goal::Gone => true,
        }
    }

    /// The same goal, which also sees to these entitlements: those that it does not want are taken.
    #[must_use]
    pub fn seeing_to(mut self, entitlements: &BTreeSet<Entitlement>) -> Goal {
        if let Goal::Have {
            managed: Managed::Only(managed),
            ..
        } = &mut self
        {
            managed.extend(entitlements.iter().cloned());
        }
        self
    }

    /// What it wants the account to have.
    pub fn entitlements(&self) -> BTreeSet<Entitlement> {
        match self {
            Goal::Have { account, .. } => account.entitlements.clone(),
            Goal::NoAccess | Goal::Suspended | Goal::Gone => BTreeSet::new(),
        }
    }

    /// The desired account, given what the system answered. For an exit it is what was found, suspended
    /// and emptied; where nothing was found nothing is wanted, and no account is made to be suspended.
    pub fn desired(&self, actual: Option<&Account>) -> Option<Account> {
        match self {
            Goal::Have {
                account, renames, ..
            } => {
                let mut wanted = account.clone();
                if let Some(found) = actual.filter(|_| !renames) {
                    wanted.name.clone_from(&found.name);
                }
                Some(wanted)
            }
            Goal::Gone => None,
            Goal::Suspended => actual.map(|found| Account {
                active: false,
                ..found.clone()
            }),
            Goal::NoAccess => actual.map(|found| Account {
                active: false,
                entitlements: BTreeSet::new(),
                ..found.clone()
            }),
        }
    }

    /// What the system answered, as far as this goal is concerned: unmanaged entitlements and attributes
    /// that the desired account does not name are left out.
    pub fn concerns(&self, actual: Option<&Account>) -> Option<Account> {
        let mut seen = actual?.clone();
        let managed = self.managed();
        seen.entitlements.retain(|e| managed.covers(e));
        if let Goal::Have { account, .. } = self {
            seen.attributes
                .retain(|name, _| account.attributes.contains_key(name));
            if account.employee_id.is_none() {
                seen.employee_id = None;
            }
        }
        Some(seen)
    }
}
