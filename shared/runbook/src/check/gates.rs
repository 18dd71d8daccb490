//! Needs that cannot be met, and needs where there must be none.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Entitlement, SystemId};

use super::Check;
use crate::{
    document::{Named, Need, TaskDoc},
    gates::Thing,
    problem::Place,
    runbook::{Role, Runbook},
    source::MAIN,
    yaml::At,
};

impl Check<'_> {
    pub(super) fn gates(&mut self, runbook: &Runbook) {
        self.needs_elsewhere_are_given(runbook);
        self.circles(runbook);
        self.roles_give_what_is_needed(runbook);
        let document = self.document;
        for (event, lines) in [
            ("transfer", &document.transfer),
            ("exit", &document.exit),
            ("urgent exit", &document.urgent_exit),
            ("leave", &document.leave),
        ] {
            self.taking_needs_nothing_verified(event, lines);
        }
    }

    /// Whether a need is written as that of another system.
    pub(super) fn is_elsewhere(&self, need: &At<String>) -> bool {
        let system = need.value.split_once('/').map(|(system, _)| system);
        let known = |name: &str| self.document.systems.keys().any(|k| k.value == name);
        system.is_some_and(known)
    }

    fn needs_elsewhere_are_given(&mut self, runbook: &Runbook) {
        let document = self.document;
        for (system, doc) in &document.systems {
            let Ok(here) = SystemId::new(system.value.clone()) else {
                continue;
            };
            let given = runbook.entitlements(&here);
            for (name, need) in doc
                .entitlements
                .iter()
                .flat_map(|(name, rules)| rules.needs.iter().map(move |need| (name, need)))
            {
                let of_here = given.contains(&Entitlement::from(need.value.as_str()));
                let Some((other, needed)) = need.value.split_once('/').filter(|_| !of_here) else {
                    continue;
                };
                let Some(other) = SystemId::new(other)
                    .ok()
                    .filter(|_| self.is_elsewhere(need))
                else {
                    continue;
                };
                let given = runbook.entitlements(&other);
                if !given.contains(&Entitlement::from(needed)) {
                    let message = format!(
                        "`{}` of system `{}` needs `{needed}`, which no role gives in system `{other}`",
                        name.value, system.value
                    );
                    let names: Vec<String> = given
                        .iter()
                        .map(|e| format!("{other}/{}", e.name()))
                        .collect();
                    self.unknown(MAIN, need, message, names.iter().map(String::as_str));
                }
            }
        }
    }

    /// Entitlements that need each other by way of other systems, and lines that then wait for each other.
    fn circles(&mut self, runbook: &Runbook) {
        let across: Vec<(Thing, Thing)> = runbook
            .systems
            .iter()
            .flat_map(|(system, known)| {
                known.needs_elsewhere.iter().flat_map(move |(e, needs)| {
                    let thing = (system.clone(), e.clone());
                    needs.iter().map(move |need| (thing.clone(), need.clone()))
                })
            })
            .collect();
        for (thing, _) in &across {
            if comes_back(runbook, thing) {
                let message = format!(
                    "the entitlement `{}` of system `{}` needs itself, by way of others",
                    thing.1.name(),
                    thing.0
                );
                self.error(self.place_of_system(&thing.0), message);
            }
        }
        let document = self.document;
        for (event, lines) in [("hire", &document.hire), ("transfer", &document.transfer)] {
            for (thing, need) in &across {
                self.lines_wait_for_each_other(event, lines, (&thing.0, &need.0));
            }
        }
    }

    /// A line that gives what needs something comes after the line that gives that: it must not be needed by it.
    fn lines_wait_for_each_other(
        &mut self,
        event: &str,
        lines: &Named<TaskDoc>,
        (system, needed): (&SystemId, &SystemId),
    ) {
        let gives = |task: &TaskDoc, system: &SystemId| {
            let grant = task.grant.iter().flat_map(|list| &list.0);
            { grant }.any(|name| name.value == "all" || name.value == system.as_str())
        };
        for (first, task) in lines.iter().filter(|(_, task)| gives(task, needed)) {
            let comes_after = needed_lines(lines, task);
            let wrong = lines.iter().find(|(name, other)| {
                comes_after.contains(name.value.as_str()) && gives(other, system)
            });
            if let Some((second, _)) = wrong.filter(|(second, _)| second != &first) {
                let message = format!(
                    "these tasks of {event} wait for each other for ever: `{}` needs `{}`, which gives in `{system}` what \
                     needs something of `{needed}`",
                    first.value, second.value
                );
                self.error(first.place, message);
            }
        }
    }

    /// Access is taken whatever was left out before.
    fn taking_needs_nothing_verified(&mut self, event: &str, lines: &Named<TaskDoc>) {
        for (name, task) in lines {
            if task.revoke.is_none() && task.suspend.is_none() {
                continue;
            }
            for (of, _) in task
                .needs
                .0
                .iter()
                .filter(|(_, need)| *need == Need::Verified)
            {
                let message = format!(
                    "task `{}` of {event} takes access: it would be left out when `{}` is; say `needs: [{}]`, which is only \
                     an order",
                    name.value, of.value, of.value
                );
                self.error(of.place, message);
            }
        }
    }

    /// Roles that give something without what it needs.
    fn roles_give_what_is_needed(&mut self, runbook: &Runbook) {
        let gives = |role: &Role, (system, e): &Thing| {
            role.gets.get(system).is_some_and(|all| all.contains(e))
        };
        for role in &runbook.roles {
            for (system, entitlements) in &role.gets {
                for entitlement in entitlements {
                    let thing = (system.clone(), entitlement.clone());
                    for need in runbook.needs_of(&thing) {
                        let together = |other: &Role| other.matcher.fits_whom(&role.matcher);
                        let mut others = runbook.roles.iter();
                        let nobody = !runbook.entitlements(&need.0).contains(&need.1);
                        if nobody || others.any(|other| together(other) && gives(other, &need)) {
                            continue;
                        }
                        let message = format!(
                            "role `{}` gives `{system}/{}` and not `{}/{}`, which it needs: whoever has no other role that \
                             gives that gets neither",
                            role.name,
                            entitlement.name(),
                            need.0,
                            need.1.name()
                        );
                        self.warning(self.place_of_role(&role.name), message);
                    }
                }
            }
        }
    }

    fn place_of_system(&self, system: &SystemId) -> Place {
        let mut all = self.document.systems.keys();
        let found = all.find(|name| name.value == system.as_str());
        found.map(|name| name.place).unwrap_or_default()
    }

    fn place_of_role(&self, role: &str) -> Place {
        let mut all = self.document.roles.keys();
        let found = all.find(|name| name.value == role);
        found.map(|name| name.place).unwrap_or_default()
    }
}

/// Whether what something needs needs it.
fn comes_back(runbook: &Runbook, start: &Thing) -> bool {
    let mut seen = BTreeSet::new();
    let mut queue = runbook.needs_of(start);
    while let Some(thing) = queue.pop() {
        if thing == *start {
            return true;
        }
        if seen.insert(thing.clone()) {
            queue.extend(runbook.needs_of(&thing));
        }
    }
    false
}

/// The lines that a line needs, directly or by way of others.
fn needed_lines<'l>(lines: &'l Named<TaskDoc>, task: &'l TaskDoc) -> BTreeSet<&'l str> {
    let mut all = BTreeSet::new();
    let mut queue = vec![task];
    while let Some(task) = queue.pop() {
        for (of, _) in &task.needs.0 {
            let line = of
                .value
                .split_once('.')
                .map_or(of.value.as_str(), |(line, _)| line);
            if all.insert(line)
                && let Some((_, next)) = lines.iter().find(|(name, _)| name.value == line)
            {
                queue.push(next);
            }
        }
    }
    all
}
