//! The lines of hire, transfer, exit, urgent exit, leave and return.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::SystemId;

use super::Check;
use crate::{
    document::{Named, Need, OneOrMany, TaskDoc},
    problem::Place,
    runbook::{Does, Line, LineNeed},
    source::MAIN,
    window::Phrase,
    yaml::At,
};

/// A task's name is at most so long, so that the ids made from it fit.
pub(super) const LONGEST_NAME: usize = 40;

/// What a line of an event does mostly.
fn usual_verb(event: &str) -> &'static str {
    match event {
        "hire" => "`grant`",
        "exit" | "urgent_exit" => "`revoke`",
        "leave" => "`suspend`",
        "return" => "`restore`",
        _ => "`grant`, `revoke`",
    }
}

impl Check<'_> {
    pub(super) fn lines(&mut self) -> [Vec<Line>; 6] {
        let document = self.document;
        [
            ("hire", &document.hire),
            ("transfer", &document.transfer),
            ("exit", &document.exit),
            ("urgent_exit", &document.urgent_exit),
            ("leave", &document.leave),
            ("return", &document.back),
        ]
        .map(|(event, lines)| self.event(event, lines))
    }

    fn event(&mut self, event: &'static str, lines: &Named<TaskDoc>) -> Vec<Line> {
        let mut all = Vec::with_capacity(lines.len());
        for (name, task) in lines {
            self.line_places
                .insert((event, name.value.clone()), name.place);
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.value.len() > LONGEST_NAME
                || !name.value.chars().all(plain)
                || name.value == "approve"
            {
                let message = format!(
                    "`{}` cannot name a task: take up to {LONGEST_NAME} letters, digits, - or _, and not \"approve\"",
                    name.value
                );
                self.error(name.place, message);
            }
            all.extend(self.line(event, name, task));
        }
        self.needs(event, lines);
        all
    }

    fn line(&mut self, event: &str, name: &At<String>, task: &TaskDoc) -> Option<Line> {
        let context = format!("task `{}` of {}", name.value, event.replace('_', " "));
        let phrase = |check: &mut Self, text: &At<String>| match Phrase::parse(&text.value) {
            Ok(phrase) => Some(phrase),
            Err(problem) => {
                check.error(
                    text.place,
                    format!("`{}` in {context} is not understood: {problem}", text.value),
                );
                None
            }
        };
        let opens = phrase(self, &task.opens);
        let due = phrase(self, &task.due);
        let remind = task.remind.as_ref().and_then(|text| phrase(self, text));
        let escalate = task.escalate.as_ref().and_then(|text| phrase(self, text));
        let only = self.matcher(&task.only, &context);
        let does = self.does(event, name, task, &context);
        let title = task.title.as_ref().map(|title| {
            self.text(
                &At {
                    value: title.clone(),
                    place: name.place,
                },
                &context,
            )
        });
        Some(Line {
            id: name.value.clone(),
            title,
            does: does?,
            only,
            opens: opens?,
            due: due?,
            remind,
            escalate,
            needs: task
                .needs
                .0
                .iter()
                .map(|(of, need)| LineNeed {
                    of: of.value.clone(),
                    verified: *need == Need::Verified,
                })
                .collect(),
        })
    }

    /// What a person does, in the runbook's words.
    fn work(
        &mut self,
        name: &At<String>,
        task: &TaskDoc,
        instructions: &At<String>,
        context: &str,
    ) -> Option<Does> {
        let Some(owner) = &task.owner else {
            self.error(
                name.place,
                format!("{context} lacks `owner`: nobody would do it"),
            );
            return None;
        };
        let owner = self.team(owner, context);
        let by_hand = self.by_hand(
            instructions,
            &task.checklist,
            &task.fields,
            task.verify.as_ref(),
            context,
        );
        let title = task
            .title
            .clone()
            .unwrap_or_else(|| name.value.replace(['-', '_'], " "));
        let title = self.text(
            &At {
                value: title,
                place: name.place,
            },
            context,
        );
        Some(Does::Work {
            title,
            owner: owner?,
            by_hand,
        })
    }

    fn does(
        &mut self,
        event: &str,
        name: &At<String>,
        task: &TaskDoc,
        context: &str,
    ) -> Option<Does> {
        let verbs = [
            (
                "grant",
                &task.grant,
                &["hire", "transfer", "return"][..],
                "gives access",
            ),
            (
                "revoke",
                &task.revoke,
                &["transfer", "exit", "urgent_exit"][..],
                "takes access back",
            ),
            (
                "suspend",
                &task.suspend,
                &["leave"][..],
                "cuts sign-in for a time",
            ),
            (
                "restore",
                &task.restore,
                &["return"][..],
                "allows sign-in again",
            ),
            (
                "delete",
                &task.delete,
                &["exit", "urgent_exit"][..],
                "deletes accounts",
            ),
        ];
        let mut named = verbs
            .into_iter()
            .filter_map(|(verb, systems, fits, what)| Some((verb, systems.as_ref()?, fits, what)));
        match (named.next(), named.next(), &task.instructions) {
            (Some((verb, systems, fits, what)), None, None) => {
                if !fits.contains(&event) {
                    let fits: Vec<String> = fits.iter().map(|e| e.replace('_', " ")).collect();
                    let message =
                        format!("{context} {what}: `{verb}` belongs to {}", fits.join(", "));
                    self.error(name.place, message);
                }
                let systems = self.systems_of(systems, context);
                Some(match verb {
                    "grant" => Does::Grant(systems),
                    "revoke" => Does::Revoke(systems),
                    "suspend" => Does::Suspend(systems),
                    "restore" => Does::Restore(systems),
                    _ => Does::Delete(systems),
                })
            }
            (None, None, Some(instructions)) => self.work(name, task, instructions, context),
            // What it does did not fit, which was said.
            (None, None, None) if self.problems.cut.iter().any(|(of, _)| *of == name.value) => None,
            (None, None, None) => {
                let verb = usual_verb(event);
                let message = format!(
                    "{context} does nothing: it needs {verb}, or `owner` with `instructions`"
                );
                self.error(name.place, message);
                None
            }
            _ => {
                let message = format!(
                    "{context} does several things at once: make one task of each of `grant`, `revoke`, `suspend`, `restore`, `delete` and `instructions`"
                );
                self.error(name.place, message);
                None
            }
        }
    }

    /// `all`, or the systems that are named.
    fn systems_of(&mut self, names: &OneOrMany, context: &str) -> BTreeSet<SystemId> {
        let document = self.document;
        if let [only] = names.0.as_slice()
            && only.value == "all"
        {
            return document
                .systems
                .keys()
                .filter_map(|k| SystemId::new(k.value.clone()).ok())
                .collect();
        }
        names
            .0
            .iter()
            .filter_map(|name| self.system(name, context))
            .collect()
    }

    fn needs(&mut self, event: &'static str, lines: &Named<TaskDoc>) {
        let mut graph: BTreeMap<&str, Vec<(&str, Place)>> = BTreeMap::new();
        for (name, task) in lines {
            // An account is deleted after access was taken, also when nobody wrote so.
            if task.delete.is_some() {
                let takes = lines.iter().filter(|(_, other)| other.revoke.is_some());
                let after = takes.map(|(other, _)| (other.value.as_str(), name.place));
                graph.entry(&name.value).or_default().extend(after);
            }
            for (need, _) in &task.needs.0 {
                let (line, system) = match need.value.split_once('.') {
                    Some((line, system)) => (line, Some(system)),
                    None => (need.value.as_str(), None),
                };
                if let Some(system) = system {
                    let system = At {
                        value: system.to_owned(),
                        place: need.place,
                    };
                    let words = event.replace('_', " ");
                    self.system(
                        &system,
                        &format!("`needs` of task `{}` of {words}", name.value),
                    );
                }
                let Some((known, _)) = lines.iter().find(|(k, _)| k.value == line) else {
                    let words = event.replace('_', " ");
                    let message = format!(
                        "unknown task `{}` in `needs` of task `{}` of {words}",
                        need.value, name.value
                    );
                    let line = At {
                        value: line.to_owned(),
                        place: need.place,
                    };
                    self.unknown(MAIN, &line, message, lines.keys().map(|k| k.value.as_str()));
                    continue;
                };
                graph
                    .entry(&name.value)
                    .or_default()
                    .push((&known.value, need.place));
            }
        }
        let mut reported: BTreeSet<&str> = BTreeSet::new();
        for start in graph.keys() {
            if let Some((path, place)) = round(&graph, start)
                && path.iter().all(|p| !reported.contains(p))
            {
                reported.extend(path.iter().copied());
                let path: Vec<String> = path.iter().map(|p| format!("`{p}`")).collect();
                let message = format!(
                    "these tasks of {} wait for each other for ever: {}",
                    event.replace('_', " "),
                    path.join(" needs ")
                );
                self.error(place, message);
            }
        }
    }
}

/// The way from a task back to itself.
fn round<'g>(
    graph: &BTreeMap<&'g str, Vec<(&'g str, Place)>>,
    start: &'g str,
) -> Option<(Vec<&'g str>, Place)> {
    let first = graph.get(start)?.first()?.1;
    let mut seen = BTreeSet::new();
    let mut stack = vec![vec![start]];
    while let Some(path) = stack.pop() {
        let last = path.last()?;
        for (next, _) in graph.get(last).into_iter().flatten() {
            let mut longer = path.clone();
            longer.push(next);
            if *next == start {
                return Some((longer, first));
            }
            if seen.insert(*next) {
                stack.push(longer);
            }
        }
    }
    None
}
