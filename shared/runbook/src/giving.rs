//! What gives a person what they have, and which rules that breaks: for whoever asks why, or what if.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{Account, Case, Entitlement, Person, SystemId, Task, TeamId};

use crate::runbook::Runbook;

/// Something that somebody has, or is to have, with which something else would break a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against<'r> {
    /// The rule, in the runbook's words.
    pub rule: &'r str,
    /// What it should not be together with.
    pub other: &'r (SystemId, Entitlement),
}

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

    /// What else the person of a case has by the matrix, or had before it, that should not be together with this.
    pub fn conflicts_of(
        &self,
        case: &Case,
        system: &SystemId,
        entitlement: &Entitlement,
    ) -> Vec<Against<'_>> {
        let people = [case.person.as_ref(), case.before.as_ref()];
        let held = |(system, entitlement): &(SystemId, Entitlement)| {
            let accounts = people.into_iter().flatten();
            let mut accounts = accounts.filter_map(|person| self.desired(person, system));
            accounts.any(|account| account.entitlements.contains(entitlement))
        };
        let is_it = |one: &(SystemId, Entitlement)| one.0 == *system && one.1 == *entitlement;
        let all = self.conflicts.iter().filter_map(|conflict| {
            let [first, second] = &conflict.between;
            let other = match (is_it(first), is_it(second)) {
                (true, _) => second,
                (_, true) => first,
                _ => return None,
            };
            let rule = conflict.name.as_str();
            held(other).then_some(Against { rule, other })
        });
        all.collect()
    }

    /// What a person is to have that needs this, directly or by way of others.
    pub fn needing(
        &self,
        person: &Person,
        system: &SystemId,
        entitlement: &Entitlement,
    ) -> BTreeSet<(SystemId, Entitlement)> {
        let has = self.desired_everywhere(person);
        let mut all: BTreeSet<(SystemId, Entitlement)> = BTreeSet::new();
        let mut queue = vec![(system.clone(), entitlement.clone())];
        while let Some(needed) = queue.pop() {
            for (system, account) in &has {
                for entitlement in &account.entitlements {
                    let thing = (system.clone(), entitlement.clone());
                    if self.needs_of(&thing).contains(&needed) && all.insert(thing.clone()) {
                        queue.push(thing);
                    }
                }
            }
        }
        all
    }

    /// The system that an approval is about: its task's name says it.
    pub fn approved_in(&self, approval: &Task) -> Option<&SystemId> {
        let rest = approval.id.as_str().strip_prefix("approve.")?;
        let named = |id: &&SystemId| {
            let after = rest.strip_prefix(id.as_str());
            after.is_some_and(|after| after.starts_with('.'))
        };
        let ids = self.systems.keys().filter(named);
        ids.max_by_key(|id| id.as_str().len())
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
