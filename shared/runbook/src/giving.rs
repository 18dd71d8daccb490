//! What gives a person what they have, and which rules that breaks: for whoever asks why, or what if.

use std::collections::BTreeMap;

use latchkey_lifecycle::{Account, Entitlement, Person, SystemId, TeamId};

use crate::runbook::Runbook;

/// A rule that somebody breaks by having two things together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken<'r> {
    /// The rule, in the runbook's words.
    pub rule: &'r str,
    /// What should not be together.
    pub between: &'r [(SystemId, Entitlement); 2],
    /// The team that decides about it.
    pub owner: &'r TeamId,
}

impl Runbook {
    /// The accounts that a person should have, by the matrix, by system.
    pub fn desired_everywhere(&self, person: &Person) -> BTreeMap<SystemId, Account> {
        let systems = self.systems.keys();
        let accounts = systems.filter_map(|id| Some((id.clone(), self.desired(person, id)?)));
        accounts.collect()
    }

    /// The roles by which a person has an entitlement in a system.
    pub fn roles_giving(
        &self,
        person: &Person,
        system: &SystemId,
        entitlement: &Entitlement,
    ) -> Vec<&str> {
        let roles = self.roles.iter();
        let giving = roles.filter(|role| {
            let gets = role.gets.get(system);
            gets.is_some_and(|gets| gets.contains(entitlement)) && role.matcher.fits(person)
        });
        giving.map(|role| role.name.as_str()).collect()
    }

    /// The team that has to approve an entitlement for each person.
    pub fn approved_by(&self, system: &SystemId, entitlement: &Entitlement) -> Option<&TeamId> {
        self.systems.get(system)?.approvals.get(entitlement)
    }

    /// The rules that a person would break who has all that the matrix gives them.
    pub fn broken_by(&self, person: &Person) -> Vec<Broken<'_>> {
        let has = self.desired_everywhere(person);
        let all = self.conflicts.iter().filter(|conflict| {
            conflict.between.iter().all(|(system, entitlement)| {
                let account = has.get(system);
                account.is_some_and(|account| account.entitlements.contains(entitlement))
            })
        });
        let broken = all.map(|conflict| Broken {
            rule: &conflict.name,
            between: &conflict.between,
            owner: &conflict.owner,
        });
        broken.collect()
    }
}
