//! `converge`: the ordered changes that turn an actual account into the desired one. Pure.
//!
//! Joiner, mover, leaver, verification and drift are this one function. Order: sign-in is cut before
//! anything else is taken; an account exists before it is given anything; an entitlement comes after those
//! it needs and goes before them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Account, EmployeeId, Entitlement, Goal};

/// One change to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "change")]
pub enum Change {
    /// Cut sign-in and end running sessions.
    Suspend,
    /// Make the account, without entitlements.
    Create {
        /// The account to make; its entitlements are empty.
        account: Account,
    },
    /// Record whose account it is.
    Adopt {
        /// The person's id; `None` removes it.
        #[serde(rename = "employeeId", alias = "employee_id")]
        employee_id: Option<EmployeeId>,
    },
    /// Change the account name.
    Rename {
        /// The new name.
        name: String,
    },
    /// Set an attribute, or clear it.
    SetAttribute {
        /// Our name of the attribute.
        name: String,
        /// The new value; `None` clears it.
        value: Option<String>,
    },
    /// Take an entitlement.
    Revoke {
        /// Which.
        entitlement: Entitlement,
    },
    /// Allow sign-in again.
    Restore,
    /// Give an entitlement.
    Grant {
        /// Which.
        entitlement: Entitlement,
    },
    /// Remove the account.
    Delete,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Change::Suspend => f.write_str("suspend sign-in"),
            Change::Create { account } => write!(f, "create account {}", account.name),
            Change::Adopt {
                employee_id: Some(id),
            } => write!(f, "record employee id {id}"),
            Change::Adopt { employee_id: None } => f.write_str("clear the employee id"),
            Change::Rename { name } => write!(f, "rename account to {name}"),
            Change::SetAttribute {
                name,
                value: Some(_),
            } => write!(f, "set {name}"),
            Change::SetAttribute { name, value: None } => write!(f, "clear {name}"),
            Change::Revoke { entitlement } => write!(f, "revoke {entitlement}"),
            Change::Restore => f.write_str("restore sign-in"),
            Change::Grant { entitlement } => write!(f, "grant {entitlement}"),
            Change::Delete => f.write_str("delete account"),
        }
    }
}

/// What each entitlement needs in the same system, as the runbook says. A cycle is refused when the
/// runbook is checked; here it only loses its order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntitlementNeeds(pub BTreeMap<Entitlement, BTreeSet<Entitlement>>);

impl EntitlementNeeds {
    /// The wanted entitlements, each after those it needs; otherwise in order of name.
    fn in_order<'a>(&self, wanted: impl Iterator<Item = &'a Entitlement>) -> Vec<&'a Entitlement> {
        let wanted: BTreeSet<&Entitlement> = wanted.collect();
        let mut done = BTreeSet::new();
        let mut ordered = Vec::with_capacity(wanted.len());
        for &first in &wanted {
            // Depth first without recursion; `false` marks "needs not looked at yet".
            let mut stack = vec![(first, false)];
            while let Some((entitlement, looked)) = stack.pop() {
                if looked {
                    ordered.push(entitlement);
                } else if done.insert(entitlement) {
                    stack.push((entitlement, true));
                    let needs = self.0.get(entitlement).into_iter().flatten().rev();
                    stack.extend(needs.filter_map(|n| wanted.get(n)).map(|n| (*n, false)));
                }
            }
        }
        ordered
    }
}

/// The ordered changes that turn `actual` into `desired`. Nothing when they are the same already.
pub fn converge(
    desired: Option<&Account>,
    actual: Option<&Account>,
    needs: &EntitlementNeeds,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let (desired, from) = match (desired, actual) {
        (None, None) => return changes,
        (None, Some(actual)) => {
            if actual.active {
                changes.push(Change::Suspend);
            }
            changes.extend(revocations(actual, &BTreeSet::new(), needs));
            changes.push(Change::Delete);
            return changes;
        }
        (Some(desired), None) => {
            let bare = Account {
                entitlements: BTreeSet::new(),
                ..desired.clone()
            };
            changes.push(Change::Create {
                account: bare.clone(),
            });
            (desired, bare)
        }
        (Some(desired), Some(actual)) => (desired, actual.clone()),
    };
    if from.active && !desired.active {
        changes.push(Change::Suspend);
    }
    if from.employee_id != desired.employee_id {
        changes.push(Change::Adopt {
            employee_id: desired.employee_id.clone(),
        });
    }
    if from.name != desired.name {
        changes.push(Change::Rename {
            name: desired.name.clone(),
        });
    }
    for (name, value) in &desired.attributes {
        if from.attributes.get(name) != Some(value) {
            changes.push(Change::SetAttribute {
                name: name.clone(),
                value: Some(value.clone()),
            });
        }
    }
    for name in from
        .attributes
        .keys()
        .filter(|name| !desired.attributes.contains_key(*name))
    {
        changes.push(Change::SetAttribute {
            name: name.clone(),
            value: None,
        });
    }
    // What goes, goes before sign-in comes back: a restored account never has more than it should.
    changes.extend(revocations(&from, &desired.entitlements, needs));
    if !from.active && desired.active {
        changes.push(Change::Restore);
    }
    let gained = needs.in_order(desired.entitlements.difference(&from.entitlements));
    changes.extend(gained.into_iter().map(|e| Change::Grant {
        entitlement: e.clone(),
    }));
    changes
}

impl Goal {
    /// The ordered changes that bring what a system answered to this goal.
    pub fn changes(&self, actual: Option<&Account>, needs: &EntitlementNeeds) -> Vec<Change> {
        let concerns = self.concerns(actual);
        let desired = self.desired(concerns.as_ref());
        converge(desired.as_ref(), concerns.as_ref(), needs)
    }
}

fn revocations(
    from: &Account,
    keep: &BTreeSet<Entitlement>,
    needs: &EntitlementNeeds,
) -> Vec<Change> {
    let mut lost = needs.in_order(from.entitlements.difference(keep));
    lost.reverse();
    lost.into_iter()
        .map(|e| Change::Revoke {
            entitlement: e.clone(),
        })
        .collect()
}

/// The account after one change. A change that does not fit (a grant where there is no account) changes
/// nothing: systems answer such with an error of their own.
#[must_use]
pub fn after(account: Option<Account>, change: &Change) -> Option<Account> {
    let mut account = match (account, change) {
        (None, Change::Create { account }) => return Some(account.clone()),
        (None, _) | (Some(_), Change::Delete) => return None,
        (Some(account), _) => account,
    };
    match change {
        Change::Suspend => account.active = false,
        Change::Restore => account.active = true,
        Change::Adopt { employee_id } => account.employee_id.clone_from(employee_id),
        Change::Rename { name } => account.name.clone_from(name),
        Change::SetAttribute {
            name,
            value: Some(value),
        } => {
            account.attributes.insert(name.clone(), value.clone());
        }
        Change::SetAttribute { name, value: None } => {
            account.attributes.remove(name);
        }
        Change::Revoke { entitlement } => {
            account.entitlements.remove(entitlement);
        }
        Change::Grant { entitlement } => {
            account.entitlements.insert(entitlement.clone());
        }
        Change::Create { .. } | Change::Delete => {}
    }
    Some(account)
}
