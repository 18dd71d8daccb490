//! What entitlements need: of what a person's roles give, only that counts whose needs are there, too (promise 12).

use std::collections::BTreeSet;

use latchkey_lifecycle::{Entitlement, Person, SystemId};

use crate::{Runbook, gates::Thing};

impl Runbook {
    /// What an entitlement needs, in its own system and in others.
    pub(crate) fn needs_of(&self, (system, entitlement): &Thing) -> Vec<Thing> {
        let Some(known) = self.systems.get(system) else {
            return Vec::new();
        };
        let here = known.needs.0.get(entitlement).into_iter().flatten();
        let elsewhere = known.needs_elsewhere.get(entitlement);
        here.map(|need| (system.clone(), need.clone()))
            .chain(elsewhere.into_iter().flatten().cloned())
            .collect()
    }

    /// All that a person's roles give in a system; `None` when none of them is about it.
    pub(crate) fn by_roles(
        &self,
        person: &Person,
        system: &SystemId,
    ) -> Option<BTreeSet<Entitlement>> {
        let mut all: Option<BTreeSet<Entitlement>> = None;
        for role in &self.roles {
            if let Some(gets) = role.gets.get(system)
                && role.matcher.fits(person)
            {
                all.get_or_insert_default().extend(gets.iter().cloned());
            }
        }
        all
    }

    /// Those of these whose needs the person's roles give.
    pub(crate) fn with_their_needs(
        &self,
        person: &Person,
        system: &SystemId,
        mut entitlements: BTreeSet<Entitlement>,
    ) -> BTreeSet<Entitlement> {
        let known = self.systems.get(system);
        let none = known.is_none_or(|s| s.needs.0.is_empty() && s.needs_elsewhere.is_empty());
        if !none {
            entitlements.retain(|e| {
                let thing = (system.clone(), e.clone());
                self.lacks(person, &thing, &mut Vec::new()).is_none()
            });
        }
        entitlements
    }

    /// What the person's roles give in a system and what it needs is not there, each with what it lacks.
    pub(crate) fn without_needs(
        &self,
        person: &Person,
        system: &SystemId,
    ) -> Vec<(Entitlement, Thing)> {
        let all = self.by_roles(person, system).unwrap_or_default();
        all.into_iter()
            .filter_map(|entitlement| {
                let thing = (system.clone(), entitlement);
                let lacks = self.lacks(person, &thing, &mut Vec::new())?;
                Some((thing.1, lacks))
            })
            .collect()
    }

    /// What something needs that the person's roles do not give, directly or by way of others. A circle, which the
    /// check refuses, lacks nothing.
    fn lacks(&self, person: &Person, thing: &Thing, path: &mut Vec<Thing>) -> Option<Thing> {
        if path.contains(thing) {
            return None;
        }
        path.push(thing.clone());
        let lacks = self.needs_of(thing).into_iter().find_map(|need| {
            let given = self.by_roles(person, &need.0);
            match given.is_some_and(|all| all.contains(&need.1)) {
                true => self.lacks(person, &need, path),
                false => Some(need),
            }
        });
        path.pop();
        lacks
    }
}
