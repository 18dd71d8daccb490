//! What only shows when everything is put together: windows that close before they open, systems that no exit
//! takes back, conflicts that roles can produce.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use latchkey_lifecycle::{EventKind, SystemId};

use super::Check;
use crate::{
    calendar::instant,
    runbook::{Does, Line, Role, Runbook},
    window::{Edge, Moment},
};

/// How long before the first day HR usually confirms an event.
const NOTICE_DAYS: i64 = 60;
/// The days that windows are tried on: more than a year, so that every holiday and change of clocks is met.
const DAYS: i32 = 400;

impl Check<'_> {
    pub(super) fn meaning(&mut self, runbook: &Runbook) {
        for (event, kind) in [
            ("hire", EventKind::Hire),
            ("transfer", EventKind::Transfer),
            ("exit", EventKind::Exit),
            ("urgent_exit", EventKind::UrgentExit),
        ] {
            for line in runbook.lines(kind) {
                self.window(runbook, event, kind, line);
            }
        }
        self.coverage(runbook, "exit", &runbook.exit);
        self.coverage(runbook, "urgent_exit", &runbook.urgent_exit);
        self.grants_are_made(runbook);
        self.possible_conflicts(runbook);
    }

    fn window(&mut self, runbook: &Runbook, event: &'static str, kind: EventKind, line: &Line) {
        let first = Date::constant(2026, 1, 1);
        for offset in 0..DAYS {
            let Ok(effective) = first.checked_add(offset.days()) else {
                return;
            };
            let confirmed = confirmed(runbook, kind, effective);
            let moment = Moment {
                effective,
                confirmed,
                zone: &runbook.zone,
                country: "",
                calendar: &runbook.calendar,
            };
            let opens = line.opens.resolve(&moment, Edge::Opens);
            let due = line.due.resolve(&moment, Edge::Due);
            if due < opens {
                let place = self
                    .line_places
                    .get(&(event, line.id.clone()))
                    .copied()
                    .unwrap_or_default();
                let show = |at: Timestamp| {
                    at.to_zoned(runbook.zone.clone())
                        .strftime("%Y-%m-%d %H:%M")
                        .to_string()
                };
                let message = format!(
                    "the window of task `{}` of {} closes before it opens: for {} it opens {} and is due {}",
                    line.id,
                    event.replace('_', " "),
                    effective,
                    show(opens),
                    show(due)
                );
                self.error(place, message);
                return;
            }
        }
    }

    /// An exit that leaves a system out leaves access behind (promise 7).
    fn coverage(&mut self, runbook: &Runbook, event: &'static str, lines: &[Line]) {
        let covered: BTreeSet<&SystemId> = lines
            .iter()
            .filter(|line| line.only.conditions.is_empty())
            .flat_map(|line| match &line.does {
                Does::Revoke(systems) => systems.iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect();
        let document = self.document;
        for name in document.systems.keys() {
            let known = SystemId::new(name.value.clone()).ok();
            if known.is_some_and(|id| runbook.systems.contains_key(&id) && !covered.contains(&id)) {
                let words = if event == "exit" {
                    "exit"
                } else {
                    "urgent exit"
                };
                let message = format!(
                    "no task of {words} takes access to system `{}` back; add it to a `revoke`, or say `revoke: all`",
                    name.value
                );
                self.error(name.place, message);
            }
        }
    }

    /// Roles that give something in a system that no hire task grants.
    fn grants_are_made(&mut self, runbook: &Runbook) {
        let granted: BTreeSet<&SystemId> = runbook
            .hire
            .iter()
            .flat_map(|line| match &line.does {
                Does::Grant(systems) => systems.iter().collect::<Vec<_>>(),
                _ => Vec::new(),
            })
            .collect();
        let document = self.document;
        for name in document.systems.keys() {
            let Ok(id) = SystemId::new(name.value.clone()) else {
                continue;
            };
            let given = runbook
                .systems
                .get(&id)
                .is_some_and(|s| !s.grantable.is_empty());
            if given && !granted.contains(&id) {
                let message = format!(
                    "roles give access to system `{}`, and no task of hire grants it",
                    name.value
                );
                self.warning(name.place, message);
            }
        }
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
