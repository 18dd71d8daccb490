//! What a comparison outside a case may ask of an account.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Entitlement, EntitlementNeeds, Person, SystemId};

use crate::{Runbook, gates::Thing};

impl Runbook {
    /// Of what the matrix gives the person in a system, that which a team decides on for each person, and what needs
    /// such a thing: whoever has it was allowed to, and whoever has it not may have been refused.
    pub fn decided_on(&self, person: &Person, system: &SystemId) -> BTreeSet<Entitlement> {
        let account = self.desired(person, system);
        let mut mine = account.map(|a| a.entitlements).unwrap_or_default();
        mine.retain(|e| {
            let thing = (system.clone(), e.clone());
            self.is_decided(person, &thing, &mut Vec::new())
        });
        mine
    }

    /// Whether a team decides on something, or on what it needs.
    fn is_decided(&self, person: &Person, thing: &Thing, path: &mut Vec<Thing>) -> bool {
        if path.contains(thing) {
            return false;
        }
        if self.decided_itself(person, &thing.0).contains(&thing.1) {
            return true;
        }
        path.push(thing.clone());
        let needs = self.needs_of(thing);
        let decided = needs.iter().any(|need| self.is_decided(person, need, path));
        path.pop();
        decided
    }

    fn decided_itself(&self, person: &Person, system: &SystemId) -> BTreeSet<Entitlement> {
        let gives = |system: &SystemId| {
            let account = self.desired(person, system);
            account.map(|a| a.entitlements).unwrap_or_default()
        };
        let mine = gives(system);
        let declared = self.system(system).map(|s| &s.approvals);
        let mut decided: BTreeSet<Entitlement> = declared
            .into_iter()
            .flat_map(|approvals| approvals.keys())
            .filter(|entitlement| mine.contains(*entitlement))
            .cloned()
            .collect();
        for conflict in &self.conflicts {
            let both = conflict
                .between
                .iter()
                .all(|(system, entitlement)| gives(system).contains(entitlement));
            let here = conflict.between.iter().filter(|(s, _)| both && s == system);
            decided.extend(here.map(|(_, entitlement)| entitlement.clone()));
        }
        decided
    }

    /// What each entitlement of a system needs in it.
    pub fn needs_in(&self, system: &SystemId) -> EntitlementNeeds {
        self.system(system)
            .map(|s| s.needs.clone())
            .unwrap_or_default()
    }
}
