//! Whom tasks are for (`only`): people who would be left out of one that they need.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{EventKind, SystemId};

use super::Check;
use crate::{
    document::{Named, OneOrMany, TaskDoc},
    employment::EmploymentTypes,
    matching::{ATTRIBUTES, Matcher, Wanted},
    runbook::{Does, Line, Role, Runbook},
};

/// More kinds of people than this are not compared.
const MOST: usize = 20_000;
/// Attributes that a complete record may lack.
const OPTIONAL: [&str; 2] = ["level", "location"];

/// Somebody whom the conditions tell apart from others: a value for each attribute that counts, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Somebody {
    values: BTreeMap<&'static str, Option<String>>,
    /// Attributes with a value that no condition names.
    other: BTreeSet<&'static str>,
}

impl Somebody {
    /// Attributes that are not told apart fit.
    fn fits(&self, matcher: &Matcher) -> bool {
        matcher.fits_by(|attribute| match self.values.get(attribute) {
            None => true,
            Some(None) => false,
            Some(Some(value)) => matcher.allows(attribute, value),
        })
    }

    /// "with country DE and no level".
    fn in_words(&self) -> String {
        let parts: Vec<String> = self
            .values
            .iter()
            .map(|(attribute, value)| match value {
                None => format!("no {}", attribute.replace('_', " ")),
                Some(_) if self.other.contains(attribute) => {
                    format!("another {}", attribute.replace('_', " "))
                }
                Some(value) => format!("{} `{value}`", attribute.replace('_', " ")),
            })
            .collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!(" with {}", parts.join(" and ")),
        }
    }
}

/// Everybody whom these conditions tell apart; `None` when they are too many. `lacks` says which attributes somebody
/// may be without.
fn everybody(matchers: &[&Matcher], lacks: &[&str]) -> Option<Vec<Somebody>> {
    let mut all = vec![Somebody::default()];
    for attribute in ATTRIBUTES {
        let conditions = matchers.iter().filter_map(|m| m.conditions.get(attribute));
        let wanted: Vec<&Wanted> = conditions.flatten().collect();
        if wanted.is_empty() {
            continue;
        }
        let mut values: BTreeSet<String> = wanted.iter().map(|w| an_example(w.text())).collect();
        values.extend(between(&wanted));
        let mut more = Vec::new();
        for one in &all {
            let with = |value: Option<String>, other: bool| {
                let mut one = one.clone();
                one.values.insert(attribute, value);
                one.other.extend(other.then_some(attribute));
                one
            };
            more.extend(values.iter().map(|value| with(Some(value.clone()), false)));
            more.push(with(Some("\u{1}".to_owned()), true));
            more.extend(lacks.contains(&attribute).then(|| with(None, false)));
        }
        if more.len() > MOST {
            return None;
        }
        all = more;
    }
    Some(all)
}

/// A value that a pattern fits.
fn an_example(wanted: &str) -> String {
    wanted.replace('*', "x")
}

/// Values that fit two patterns: one by their beginning, one by their end.
fn between(wanted: &[&Wanted]) -> Vec<String> {
    let starts = wanted.iter().filter_map(|w| w.text().strip_suffix('*'));
    let ends: Vec<&str> = wanted
        .iter()
        .filter_map(|w| w.text().strip_prefix('*'))
        .collect();
    starts
        .flat_map(|start| {
            ends.iter()
                .map(move |end| an_example(&format!("{start} {end}")))
        })
        .collect()
}

/// Somebody of a role for whom none of the lines is. Where they are too many to be compared, somebody of whom nothing
/// is known.
fn left_out(role: &Matcher, lines: &[&Matcher], lacks: &[&str]) -> Option<Somebody> {
    if lines.iter().any(|only| only.conditions.is_empty()) {
        return None;
    }
    let mut conditions = lines.to_vec();
    let told_apart: BTreeSet<&String> = lines.iter().flat_map(|l| l.conditions.keys()).collect();
    let of_role = Matcher {
        conditions: role
            .conditions
            .iter()
            .filter(|(attribute, _)| told_apart.contains(attribute))
            .map(|(attribute, wanted)| (attribute.clone(), wanted.clone()))
            .collect(),
    };
    conditions.push(&of_role);
    let Some(all) = everybody(&conditions, lacks) else {
        return Some(Somebody::default());
    };
    all.into_iter()
        .find(|one| one.fits(&of_role) && !lines.iter().any(|only| one.fits(only)))
}

/// The conditions of a task. What is wrong with them is said elsewhere.
fn written(only: &Named<OneOrMany>, types: &EmploymentTypes) -> Matcher {
    let known = |name: &str| ATTRIBUTES.contains(&name);
    Matcher {
        conditions: only
            .iter()
            .filter(|(attribute, _)| known(&attribute.value))
            .map(|(attribute, wanted)| {
                let wanted = wanted.0.iter();
                let read =
                    wanted.filter_map(|w| Wanted::read(&attribute.value, &w.value, types).ok());
                (attribute.value.clone(), read.collect())
            })
            .collect(),
    }
}

impl<'c> Check<'c> {
    /// An exit that leaves a system out leaves access behind (promise 7). Looks at what is written: a task whose window
    /// is not understood covers its systems all the same. Somebody of whom an attribute is not known is covered by
    /// every line that names it.
    pub(super) fn coverage(&mut self, event: &str, lines: &'c Named<TaskDoc>) {
        if self.has_cut(event) {
            return;
        }
        let takes: Vec<(&OneOrMany, Matcher)> = lines
            .values()
            .filter_map(|task| {
                Some((
                    task.revoke.as_ref()?,
                    written(&task.only, &self.employment_types),
                ))
            })
            .collect();
        let words = event.replace('_', " ");
        for name in self.document.systems.keys() {
            let of_system = takes.iter().filter(|(systems, _)| {
                let mut named = systems.0.iter();
                named.any(|named| named.value == "all" || named.value == name.value)
            });
            let only: Vec<&Matcher> = of_system.map(|(_, only)| only).collect();
            let whose = match only.is_empty() {
                true => String::new(),
                false => match left_out(&Matcher::default(), &only, &[]) {
                    Some(somebody) => format!(" from people{}", somebody.in_words()),
                    None => continue,
                },
            };
            let message = format!(
                "no task of {words} takes access to system `{}` back{whose}; add it to a `revoke`, or say `revoke: all`",
                name.value
            );
            self.error(name.place, message);
        }
    }

    /// Systems that some roles give and others do not, and that no task of a transfer touches: whoever moves keeps what
    /// they had there, or gets nothing.
    pub(super) fn moves(&mut self, runbook: &Runbook) {
        let lines = runbook.lines(EventKind::Transfer);
        for name in self.document.systems.keys() {
            let Some(role) = runbook.roles.iter().find(|role| {
                let gives = role.gets.keys().any(|system| system.as_str() == name.value);
                gives && !role.matcher.conditions.is_empty()
            }) else {
                continue;
            };
            let touches = |gives: bool| {
                lines.iter().any(|line| match &line.does {
                    Does::Grant(systems) => {
                        gives && systems.iter().any(|s| s.as_str() == name.value)
                    }
                    Does::Revoke(systems) => {
                        !gives && systems.iter().any(|s| s.as_str() == name.value)
                    }
                    _ => false,
                })
            };
            let (system, role) = (&name.value, &role.name);
            let message = match (touches(true), touches(false)) {
                (true, true) => continue,
                (false, false) => format!(
                    "no task of transfer gives or takes access to system `{system}`: whoever moves into or out of role `{role}` keeps what \
                     they had there; add one with `grant: all` and one with `revoke: all`"
                ),
                (false, true) => format!(
                    "no task of transfer gives access to system `{system}`: whoever moves into role `{role}` gets nothing there; add one \
                     with `grant: all`"
                ),
                (true, false) => format!(
                    "no task of transfer takes access to system `{system}` back: whoever moves out of role `{role}` keeps it; add one \
                     with `revoke: all`"
                ),
            };
            self.warning(name.place, message);
        }
    }

    /// People of a role for whom a `grant` or `revoke` is not, and no other either.
    pub(super) fn only_for_some(&mut self, runbook: &Runbook) {
        for (event, kind) in [("hire", EventKind::Hire), ("transfer", EventKind::Transfer)] {
            for gives in [true, false] {
                let of = |line: &Line, system: &SystemId| match &line.does {
                    Does::Grant(systems) => gives && systems.contains(system),
                    Does::Revoke(systems) => !gives && systems.contains(system),
                    _ => false,
                };
                for system in runbook.systems.keys() {
                    let lines = runbook.lines(kind).iter();
                    let lines: Vec<&Line> = lines.filter(|line| of(line, system)).collect();
                    if let Some(first) = lines.first() {
                        self.some_of_a_role(runbook, (event, gives), system, first, &lines);
                    }
                }
            }
        }
    }

    fn some_of_a_role(
        &mut self,
        runbook: &Runbook,
        (event, gives): (&'static str, bool),
        system: &SystemId,
        first: &Line,
        lines: &[&Line],
    ) {
        let only: Vec<&Matcher> = lines.iter().map(|line| &line.only).collect();
        let roles = runbook.roles.iter().filter(|r| r.gets.contains_key(system));
        let found = roles.filter_map(|r| Some((r, left_out(&r.matcher, &only, &OPTIONAL)?)));
        let Some((role, somebody)) = found.into_iter().next() else {
            return;
        };
        let message = format!(
            "no task of {event} {} system `{system}` {} people of role `{}`{}: mind `only`",
            if gives {
                "gives access to"
            } else {
                "takes access to"
            },
            if gives { "to" } else { "from" },
            role.name,
            somebody.in_words()
        );
        self.warning(self.place_of(event, first), message);
    }

    /// Tasks that need another one, which somebody who gets them does not get.
    pub(super) fn needs_are_met(&mut self, runbook: &Runbook, event: &'static str, lines: &[Line]) {
        for line in lines {
            for need in &line.needs {
                let of = &need.of;
                let (name, system) = match of.split_once('.') {
                    Some((name, system)) => (name, SystemId::new(system).ok()),
                    None => (of.as_str(), None),
                };
                let Some(needed) = lines.iter().find(|other| other.id == name) else {
                    continue;
                };
                let words = event.replace('_', " ");
                let place = self.place_of(event, line);
                // That there is no such system is said elsewhere.
                let known = system.as_ref().filter(|s| runbook.systems.contains_key(*s));
                if let Some(system) = known.filter(|s| !needed.does.is_in(s)) {
                    let message = format!(
                        "task `{}` of {words} needs `{of}`, and `{name}` does nothing in system `{system}`",
                        line.id
                    );
                    self.refuse(place, message);
                    continue;
                }
                let roles: Vec<&Role> = match (&system, &needed.does) {
                    (Some(system), Does::Grant(_)) => {
                        let roles = runbook.roles.iter();
                        roles.filter(|r| r.gets.contains_key(system)).collect()
                    }
                    _ => Vec::new(),
                };
                let Some(somebody) = without(line, needed, &roles) else {
                    continue;
                };
                let then = match need.verified {
                    true => "it is left out",
                    false => "it waits for nothing",
                };
                let message = format!(
                    "task `{}` of {words} needs `{of}`, which people{} do not get: for them {then}",
                    line.id,
                    somebody.in_words()
                );
                self.warning(place, message);
            }
        }
    }
}

/// Somebody who gets a task and not the one that it needs, of which a role gives the reason where there are some.
fn without(line: &Line, needed: &Line, roles: &[&Role]) -> Option<Somebody> {
    let mut conditions = vec![&line.only, &needed.only];
    conditions.extend(roles.iter().map(|role| &role.matcher));
    let mut all = everybody(&conditions, &OPTIONAL)?.into_iter();
    all.find(|one| {
        let given = roles.is_empty() || roles.iter().any(|role| one.fits(&role.matcher));
        one.fits(&line.only) && !(one.fits(&needed.only) && given)
    })
}

impl Does {
    /// Whether it does something in a system.
    fn is_in(&self, system: &SystemId) -> bool {
        match self {
            Does::Grant(systems)
            | Does::Revoke(systems)
            | Does::Suspend(systems)
            | Does::Restore(systems)
            | Does::Delete(systems) => systems.contains(system),
            Does::Work { .. } => false,
        }
    }
}
