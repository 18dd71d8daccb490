//! Windows that close before they open, or are escalated before: tried on every day of more than a year.

use std::{collections::HashMap, rc::Rc};

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use latchkey_lifecycle::EventKind;

use super::Check;
use crate::{
    calendar::instant,
    runbook::{Line, Runbook},
    window::{Edge, Moment, Phrase},
};

/// How long before the first day HR usually confirms an event.
const NOTICE_DAYS: i64 = 60;
/// The days that windows are tried on: more than a year, so that every holiday and change of clocks is met.
const DAYS: i32 = 400;

/// What the phrases of a runbook mean on each of those days. Many lines have the same few.
#[derive(Debug, Default)]
pub(super) struct Tried {
    /// By phrase, and by the country of those for whom it is meant.
    ends: HashMap<(End, String), Rc<[Timestamp]>>,
    /// The days, each with the instant at which HR would have confirmed its event: at once, or not.
    days: HashMap<bool, Rc<[(Date, Timestamp)]>>,
}

/// An end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct End {
    phrase: Phrase,
    edge: Edge,
    /// Whether HR confirms the event on its own day, and not long before.
    at_once: bool,
}

/// A window of a line.
#[derive(Debug, Clone, Copy)]
struct Window {
    opens: Phrase,
    due: Phrase,
    escalate: Option<Phrase>,
    at_once: bool,
}

/// The first day on which a window is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    effective: Date,
    /// Whose holidays make it so; empty when nobody's do.
    country: String,
    opens: Timestamp,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    ClosesBefore { due: Timestamp },
    EscalatedBefore { escalate: Timestamp },
}

impl Tried {
    fn wrong(&mut self, runbook: &Runbook, window: &Window) -> Option<Wrong> {
        let countries = runbook.calendar.countries();
        let countries = countries.filter(|_| window.opens.holidays_can_part(&window.due));
        std::iter::once("")
            .chain(countries)
            .find_map(|country| self.wrong_in(country, runbook, window))
    }

    fn wrong_in(&mut self, country: &str, runbook: &Runbook, window: &Window) -> Option<Wrong> {
        let mut on_each_day = |phrase, edge| {
            let at_once = window.at_once;
            let end = End {
                phrase,
                edge,
                at_once,
            };
            self.on_each_day(end, country, runbook)
        };
        let opens = on_each_day(window.opens, Edge::Opens);
        let due = on_each_day(window.due, Edge::Due);
        let escalate = window.escalate.map(|e| on_each_day(e, Edge::Due));
        let days = self.days(window.at_once, runbook);
        days.iter().enumerate().find_map(|(n, (effective, _))| {
            let (opens, due) = (*opens.get(n)?, *due.get(n)?);
            let escalate = escalate.as_ref().and_then(|all| all.get(n).copied());
            let how = match escalate {
                _ if due < opens => How::ClosesBefore { due },
                Some(escalate) if escalate < opens => How::EscalatedBefore { escalate },
                _ => return None,
            };
            Some(Wrong {
                effective: *effective,
                country: country.to_owned(),
                opens,
                how,
            })
        })
    }

    /// What it means for people in a country, day by day.
    fn on_each_day(&mut self, end: End, country: &str, runbook: &Runbook) -> Rc<[Timestamp]> {
        let days = self.days(end.at_once, runbook);
        let tried = self.ends.entry((end, country.to_owned()));
        let all = tried.or_insert_with(|| {
            let resolved = days.iter().map(|(effective, confirmed)| {
                let moment = Moment {
                    effective: *effective,
                    confirmed: *confirmed,
                    zone: &runbook.zone,
                    country,
                    calendar: &runbook.calendar,
                };
                end.phrase.resolve(&moment, end.edge)
            });
            resolved.collect()
        });
        Rc::clone(all)
    }

    fn days(&mut self, at_once: bool, runbook: &Runbook) -> Rc<[(Date, Timestamp)]> {
        let known = self.days.entry(at_once).or_insert_with(|| {
            let first = Date::constant(2026, 1, 1);
            let days = (0..DAYS).map_while(|offset| first.checked_add(offset.days()).ok());
            days.map(|effective| (effective, confirmed(runbook, at_once, effective)))
                .collect()
        });
        Rc::clone(known)
    }
}

/// When HR would have confirmed the event of a day.
fn confirmed(runbook: &Runbook, at_once: bool, effective: Date) -> Timestamp {
    let morning = instant(effective, runbook.calendar.opens(), &runbook.zone);
    if at_once {
        return morning;
    }
    morning
        .saturating_add(SignedDuration::from_hours(-24 * NOTICE_DAYS))
        .unwrap_or(morning)
}

impl Check<'_> {
    /// Whether the window of a line of an event can be kept.
    pub(super) fn window(
        &mut self,
        runbook: &Runbook,
        (event, kind): (&'static str, EventKind),
        line: &Line,
        tried: &mut Tried,
    ) {
        let window = Window {
            opens: line.opens,
            due: line.due,
            escalate: line.escalate,
            at_once: kind == EventKind::UrgentExit,
        };
        let Some(wrong) = tried.wrong(runbook, &window) else {
            return;
        };
        let place = self.place_of(event, line);
        let show = |at: Timestamp| {
            at.to_zoned(runbook.zone.clone())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        };
        let whose = match wrong.country.as_str() {
            "" => String::new(),
            country => format!(" in {country}"),
        };
        let what = format!("task `{}` of {}", line.id, event.replace('_', " "));
        let (effective, opens) = (wrong.effective, show(wrong.opens));
        match wrong.how {
            How::ClosesBefore { due } => self.error(
                place,
                format!(
                    "the window of {what} closes before it opens: for {effective}{whose} it opens {opens} and is due {}",
                    show(due)
                ),
            ),
            How::EscalatedBefore { escalate } => self.refuse(
                place,
                format!(
                    "{what} is escalated before it opens: for {effective}{whose} it is escalated {} and opens {opens}",
                    show(escalate)
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::source::Source;

    fn runbook() -> Runbook {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/acme");
        let source = Source::read(std::path::Path::new(directory)).unwrap();
        Runbook::check(&source).runbook.unwrap()
    }

    fn window(opens: &str, due: &str, at_once: bool) -> Window {
        let phrase = |text: &str| Phrase::parse(text).unwrap();
        Window {
            opens: phrase(opens),
            due: phrase(due),
            escalate: None,
            at_once,
        }
    }

    #[test]
    fn what_a_phrase_means_is_worked_out_once_however_many_windows_have_it() {
        let runbook = runbook();
        let mut tried = Tried::default();
        let wrong = window("start at 09:00", "1 day before start at 09:00", false);
        let first = tried.wrong(&runbook, &wrong).unwrap();
        // Were it worked out again here, it would open at another instant.
        let elsewhere = Runbook {
            zone: jiff::tz::TimeZone::UTC,
            ..runbook
        };
        assert_eq!(tried.wrong(&elsewhere, &wrong), Some(first));
        assert_eq!(tried.ends.len(), 2);
        let another = window("start at 09:00", "2 days after start at 09:00", false);
        assert_eq!(tried.wrong(&elsewhere, &another), None);
        assert_eq!(tried.ends.len(), 3, "only the other end is new");
        let at_once = Window {
            at_once: true,
            ..wrong
        };
        tried.wrong(&elsewhere, &at_once);
        assert_eq!(
            tried.ends.len(),
            5,
            "what is confirmed at once is counted from another instant"
        );
    }
}
