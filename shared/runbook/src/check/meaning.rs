//! What only shows when everything is put together: systems that no exit takes back, conflicts that roles can produce.

use std::collections::BTreeSet;

use latchkey_lifecycle::{EventKind, SystemId, TaskId};

use super::{Check, tasks::LONGEST_NAME, windows::Tried};
use crate::{
    document::OneOrMany,
    problem::Place,
    runbook::{Line, Role, Runbook},
};

impl<'c> Check<'c> {
    pub(super) fn meaning(&mut self, runbook: &Runbook) {
        let mut tried = Tried::default();
        for (event, kind) in [
            ("hire", EventKind::Hire),
            ("transfer", EventKind::Transfer),
            ("exit", EventKind::Exit),
            ("urgent_exit", EventKind::UrgentExit),
            ("leave", EventKind::Leave),
            ("return", EventKind::Return),
        ] {
            for line in runbook.lines(kind) {
                self.window(runbook, (event, kind), line, &mut tried);
            }
            self.needs_are_met(runbook, event, runbook.lines(kind));
        }
        self.coverage("exit", &self.document.exit);
        self.coverage("urgent_exit", &self.document.urgent_exit);
        self.grants_are_made(runbook);
        self.moves(runbook);
        self.only_for_some(runbook);
        self.near_misses();
        self.possible_conflicts(runbook);
        self.names_fit(runbook);
    }

    /// The longest id that a plan could make has to be one: LINE.SYSTEM.TEAM+TEAM.
    fn names_fit(&mut self, runbook: &Runbook) {
        for (system, known) in &runbook.systems {
            let conflicts = runbook.conflicts.iter();
            let owners = conflicts.filter(|c| c.between.iter().any(|side| side.0 == *system));
            let teams: BTreeSet<&str> = owners
                .map(|c| c.owner.as_str())
                .chain(known.approvals.values().map(|team| team.as_str()))
                .collect();
            let teams: Vec<&str> = teams.into_iter().collect();
            let line = "x".repeat(LONGEST_NAME);
            let longest = format!("{line}.{system}.{}", teams.join("+"));
            if TaskId::new(longest).is_err() {
                let place = self
                    .document
                    .systems
                    .keys()
                    .find(|k| k.value == system.as_str());
                let message = format!(
                    "the name of system `{system}`, together with those of the teams that approve in it, is too long"
                );
                self.error(place.map(|k| k.place).unwrap_or_default(), message);
            }
        }
    }

    /// Where a line of an event stands.
    pub(super) fn place_of(&self, event: &'static str, line: &Line) -> Place {
        let known = self.line_places.get(&(event, line.id.clone()));
        known.copied().unwrap_or_default()
    }

    /// Roles that give something in a system that no hire task grants.
    fn grants_are_made(&mut self, runbook: &Runbook) {
        if self.has_cut("hire") {
            return;
        }
        let document = self.document;
        let granted = self.named(document.hire.values().filter_map(|t| t.grant.as_ref()));
        for name in document.systems.keys() {
            let Ok(id) = SystemId::new(name.value.clone()) else {
                continue;
            };
            let given = runbook
                .systems
                .get(&id)
                .is_some_and(|s| !s.grantable.is_empty());
            if given && !granted.contains(name.value.as_str()) {
                let message = format!(
                    "roles give access to system `{}`, and no task of hire grants it",
                    name.value
                );
                self.warning(name.place, message);
            }
        }
    }

    /// Whether a task of the event did not fit: what it would have done is not known.
    pub(super) fn has_cut(&self, event: &str) -> bool {
        self.problems.cut.iter().any(|(line, _)| line == event)
    }

    /// The systems that are named, `all` being every one.
    fn named(&self, lists: impl Iterator<Item = &'c OneOrMany>) -> BTreeSet<&'c str> {
        let named: BTreeSet<&str> = lists
            .flat_map(|list| list.0.iter().map(|name| name.value.as_str()))
            .collect();
        if named.contains("all") {
            return self
                .document
                .systems
                .keys()
                .map(|k| k.value.as_str())
                .collect();
        }
        named
    }

    fn possible_conflicts(&mut self, runbook: &Runbook) {
        for (n, conflict) in runbook.conflicts.iter().enumerate() {
            let [first, second] = &conflict.between;
            let gives = |role: &Role, side: &(SystemId, latchkey_lifecycle::Entitlement)| {
                role.gets.get(&side.0).is_some_and(|e| e.contains(&side.1))
            };
            let firsts = runbook.roles.iter().filter(|r| gives(r, first));
            let pair = firsts.flat_map(|a| {
                let seconds = runbook.roles.iter().filter(|r| gives(r, second));
                seconds.map(move |b| (a, b))
            });
            let place = self
                .document
                .conflicts
                .get(n)
                .map(|c| c.place)
                .unwrap_or_default();
            for (a, b) in pair {
                if a.name == b.name {
                    let message = format!(
                        "role `{}` alone gives both sides of conflict `{}`: everybody in it needs an approval",
                        a.name, conflict.name
                    );
                    self.warning(place, message);
                } else if a.matcher.can_meet(&b.matcher) {
                    let message = format!(
                        "one person can have the roles `{}` and `{}`, which together break conflict `{}`; the second \
                         entitlement is then given only after an approval",
                        a.name, b.name, conflict.name
                    );
                    // What a conflict is for: its owner decides about each.
                    self.note(place, message);
                }
            }
        }
    }
}
