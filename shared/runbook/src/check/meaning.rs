//! What only shows when everything is put together: windows that close before they open, systems that no exit
//! takes back, conflicts that roles can produce.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use latchkey_lifecycle::{EventKind, SystemId, TaskId};

use super::{Check, tasks::LONGEST_NAME};
use crate::{
    calendar::instant,
    document::OneOrMany,
    problem::Place,
    runbook::{Line, Role, Runbook},
    window::{Edge, Moment},
};

/// How long before the first day HR usually confirms an event.
const NOTICE_DAYS: i64 = 60;
/// The days that windows are tried on: more than a year, so that every holiday and change of clocks is met.
const DAYS: i32 = 400;

impl<'c> Check<'c> {
    pub(super) fn meaning(&mut self, runbook: &Runbook) {
        for (event, kind) in [
            ("hire", EventKind::Hire),
            ("transfer", EventKind::Transfer),
            ("exit", EventKind::Exit),
            ("urgent_exit", EventKind::UrgentExit),
            ("leave", EventKind::Leave),
            ("return", EventKind::Return),
        ] {
            for line in runbook.lines(kind) {
                self.window(runbook, event, kind, line);
            }
            self.needs_are_met(runbook, event, runbook.lines(kind));
        }
        self.coverage("exit", &self.document.exit);
        self.coverage("urgent_exit", &self.document.urgent_exit);
        self.grants_are_made(runbook);
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

    fn window(&mut self, runbook: &Runbook, event: &'static str, kind: EventKind, line: &Line) {
        let countries = runbook.calendar.countries();
        let countries = countries.filter(|_| line.opens.holidays_can_part(&line.due));
        for country in std::iter::once("").chain(countries) {
            if self.window_in(country, runbook, event, kind, line) {
                return;
            }
        }
    }

    /// Tries a window on every day, for people in a country; whether it closes before it opens on one of them.
    fn window_in(
        &mut self,
        country: &str,
        runbook: &Runbook,
        event: &'static str,
        kind: EventKind,
        line: &Line,
    ) -> bool {
        let first = Date::constant(2026, 1, 1);
        for offset in 0..DAYS {
            let Ok(effective) = first.checked_add(offset.days()) else {
                break;
            };
            let confirmed = confirmed(runbook, kind, effective);
            let moment = Moment {
                effective,
                confirmed,
                zone: &runbook.zone,
                country,
                calendar: &runbook.calendar,
            };
            let opens = line.opens.resolve(&moment, Edge::Opens);
            let due = line.due.resolve(&moment, Edge::Due);
            let escalate = line.escalate.map(|e| e.resolve(&moment, Edge::Due));
            let early = escalate.filter(|escalate| *escalate < opens);
            if due < opens || early.is_some() {
                let place = self.place_of(event, line);
                let show = |at: Timestamp| {
                    at.to_zoned(runbook.zone.clone())
                        .strftime("%Y-%m-%d %H:%M")
                        .to_string()
                };
                let whose = match country {
                    "" => String::new(),
                    country => format!(" in {country}"),
                };
                let what = format!("task `{}` of {}", line.id, event.replace('_', " "));
                match early {
                    Some(escalate) if due >= opens => self.refuse(
                        place,
                        format!(
                            "{what} is escalated before it opens: for {effective}{whose} it is escalated {} and opens {}",
                            show(escalate),
                            show(opens)
                        ),
                    ),
                    _ => self.error(
                        place,
                        format!(
                            "the window of {what} closes before it opens: for {effective}{whose} it opens {} and is due {}",
                            show(opens),
                            show(due)
                        ),
                    ),
                }
                return true;
            }
        }
        false
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
                    self.warning(place, message);
                }
            }
        }
    }
}

/// When HR would have confirmed the event.
fn confirmed(runbook: &Runbook, kind: EventKind, effective: Date) -> Timestamp {
    let morning = instant(effective, runbook.calendar.opens(), &runbook.zone);
    if kind == EventKind::UrgentExit {
        return morning;
    }
    morning
        .saturating_add(SignedDuration::from_hours(-24 * NOTICE_DAYS))
        .unwrap_or(morning)
}
