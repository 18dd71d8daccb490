//! What a file of everybody says against what is known: the events that HR confirms by dropping it. Pure.
//!
//! Such a file shows how things are, not what happened. So nobody guesses what it cannot show: somebody who is not in
//! it has not left, and an empty last day withdraws no exit.

use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{Alike, EmployeeId, Event, EventKind, PersonDraft};
use sha2::{Digest, Sha256};

use super::people::Listed;
use crate::{Translation, update::is_new};

/// The source of events that came in a file.
pub const CSV: &str = "csv";

/// A file that HR dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// What the deliveries of its people are called by: the same when the same drop is taken in again.
    pub id: String,
    /// When HR dropped it (UTC).
    pub at: Timestamp,
}

/// What is known of somebody.
#[derive(Debug, Clone, Copy)]
pub enum Known<'a> {
    /// Nothing.
    No,
    /// A record.
    Record {
        /// The record.
        record: &'a PersonDraft,
        /// When HR last changed it (UTC).
        as_of: Timestamp,
    },
    /// Nothing under this id, but somebody under another one who could be them.
    Alike(&'a Alike),
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// What happened, in the order in which to take it in. Never empty.
    Events(Vec<Event>),
    /// Nothing new.
    Nothing,
    /// Something that is not known, in a file that is older than what is.
    Older,
    /// Somebody who has been here for long and whom nobody told Latchkey of: `latchkey import` takes them over. What
    /// happens all the same: an exit, when there is a last day.
    Stranger(Vec<Event>),
    /// Most likely somebody who is known under an id that differs by noughts: nothing happens before HR says so, since
    /// a hire would be the second one, and an exit somebody else's.
    Alike(Alike),
}

/// What a line says against what is known of the person. `day` is the day of the drop where they work.
pub fn changes(listing: &Listing, listed: &Listed, known: Known<'_>, day: Date) -> Told {
    let person = &listed.person;
    let (record, as_of) = match known {
        Known::Alike(alike) => return Told::Alike(alike.clone()),
        Known::Record { record, as_of } => (Some(record), Some(as_of)),
        Known::No => (None, None),
    };
    // Whom only an exit told of, say, is somebody whose record is not known.
    let whole = record.filter(|record| (*record).clone().complete().is_ok());
    let left = has_left(record, person, day) || has_left(Some(person), person, day);
    let gone_unseen = left && record.is_none();
    let stranger = whole.is_none() && !left && !is_new(person.start_date, day);
    let mut steps: Vec<(EventKind, Option<Date>)> = match whole {
        Some(record) => since(record, person, day),
        None if left || stranger => Vec::new(),
        None => vec![(EventKind::Hire, person.start_date)],
    };
    let last_day_before = record.and_then(|record| record.last_day);
    if person.last_day.is_some() && person.last_day != last_day_before && !gone_unseen {
        steps.push((EventKind::Exit, person.last_day));
    }
    // What came since the drop is newer than the file. An exit is intake's to judge: one must not be lost.
    let older = as_of.is_some_and(|as_of| as_of > listing.at);
    let told = steps.len();
    steps.retain(|(kind, _)| !older || *kind == EventKind::Exit);
    let lost = steps.len() < told;
    let events = events(listing, person, steps);
    match events.is_empty() {
        _ if stranger => Told::Stranger(events),
        true if lost => Told::Older,
        true => Told::Nothing,
        false => Told::Events(events),
    }
}

/// The steps as events, each a delivery of its own. It is called by the person and not by the line: what an editor
/// calls a line another program may not, and two people under one id would be one.
fn events(
    listing: &Listing,
    person: &PersonDraft,
    steps: Vec<(EventKind, Option<Date>)>,
) -> Vec<Event> {
    let whose = person.employee_id.as_ref().map_or("", EmployeeId::as_str);
    let whose = hex::encode(&Sha256::digest(whose)[..8]);
    let exits = steps.iter().any(|(kind, _)| *kind == EventKind::Exit);
    let event = |(kind, effective)| {
        let mut person = person.clone();
        // The last day is the exit's to tell: known before it was taken in, it would be no news when the drop is taken
        // in again.
        if exits && kind != EventKind::Exit {
            person.last_day = None;
        }
        Event {
            kind,
            source: CSV.to_owned(),
            delivery_id: format!("{}-{whose}", listing.id),
            occurred_at: listing.at,
            effective,
            person,
            reason: None,
            confirmed_by: None,
        }
    };
    match Translation::of_events(steps.into_iter().map(event).collect(), "") {
        Translation::Events(events) => events,
        _ => Vec::new(),
    }
}

/// What became of somebody whose record is known, apart from their last day.
fn since(known: &PersonDraft, person: &PersonDraft, day: Date) -> Vec<(EventKind, Option<Date>)> {
    let start = person.start_date;
    let moved = known.start_date != start;
    if moved && known.last_day.is_some_and(|last| start > Some(last)) {
        return vec![(EventKind::Rehire, start)];
    }
    if has_left(Some(known), person, day) {
        return Vec::new();
    }
    let differs = differs(known, person);
    let to_come = |start: Option<Date>| start > Some(day);
    if to_come(start) || (moved && to_come(known.start_date)) {
        // Before the first day it is the hire again, with the newer record and day.
        let news = differs || moved;
        return news
            .then_some((EventKind::Hire, start))
            .into_iter()
            .collect();
    }
    // The first day of somebody who has begun changes nobody's access.
    let news = differs.then_some((EventKind::Transfer, Some(day)));
    news.into_iter().collect()
}

/// Whether somebody has left, and does not begin again on the day that the file names.
fn has_left(record: Option<&PersonDraft>, person: &PersonDraft, day: Date) -> bool {
    let last = record.and_then(|record| record.last_day);
    last.is_some_and(|last| last < day && person.start_date <= Some(last))
}

/// Whether the file makes something else of the person than what is known. Days are told by hires and exits.
fn differs(known: &PersonDraft, person: &PersonDraft) -> bool {
    let alike = |mut record: PersonDraft| {
        record.start_date = None;
        record.last_day = None;
        record.employment_type = record.employment_type.map(|t| t.to_lowercase());
        record.country = record.country.map(|c| c.to_uppercase());
        record
    };
    alike(known.clone().updated_with(person.clone())) != alike(known.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 11, 23);

    fn listing() -> Listing {
        Listing {
            id: "people".into(),
            at: "2026-11-23T07:00:00Z".parse().unwrap(),
        }
    }

    fn person(start: &str, last: &str) -> PersonDraft {
        PersonDraft {
            employee_id: Some("1042".parse().unwrap()),
            given_name: Some("Ada".into()),
            family_name: Some("Okafor".into()),
            department: Some("Sales".into()),
            title: Some("Account Executive".into()),
            employment_type: Some("employee".into()),
            country: Some("DE".into()),
            start_date: start.parse().ok(),
            last_day: last.parse().ok(),
            ..PersonDraft::default()
        }
    }

    fn told(known: Option<&PersonDraft>, now: PersonDraft) -> Vec<String> {
        let as_of = "2026-11-01T07:00:00Z".parse().unwrap();
        let known = known.map_or(Known::No, |record| Known::Record { record, as_of });
        words(changes(&listing(), &listed(now), known, DAY))
    }

    fn listed(person: PersonDraft) -> Listed {
        Listed {
            line: 7,
            person,
            asked: Vec::new(),
        }
    }

    fn words(told: Told) -> Vec<String> {
        let (events, before) = match told {
            Told::Events(events) => (events, None),
            Told::Stranger(events) => (events, Some("stranger")),
            other => return vec![format!("{other:?}").to_lowercase()],
        };
        let day = |event: &Event| event.effective.map_or_else(String::new, |d| d.to_string());
        let before = before.into_iter().map(str::to_owned);
        let events = events.iter().map(|e| format!("{} {}", e.kind, day(e)));
        before.chain(events).collect()
    }

    #[test]
    fn whom_nobody_knew_is_hired_unless_they_have_been_here_for_long_or_have_left() {
        assert_eq!(told(None, person("2026-12-07", "")), ["hire 2026-12-07"]);
        assert_eq!(
            told(None, person("2026-12-07", "2027-05-31")),
            ["hire 2026-12-07", "exit 2027-05-31"]
        );
        assert_eq!(told(None, person("2026-09-24", "")), ["hire 2026-09-24"]);
        assert_eq!(told(None, person("2026-09-23", "")), ["stranger"]);
        assert_eq!(told(None, person("2026-10-05", "2026-11-20")), ["nothing"]);
    }

    #[test]
    fn what_is_known_already_is_nothing_new() {
        for (start, last) in [
            ("2026-12-07", ""),
            ("2020-01-01", ""),
            ("2020-01-01", "2026-12-18"),
        ] {
            let known = person(start, last);
            assert_eq!(told(Some(&known), known.clone()), ["nothing"]);
        }
        let known = person("2020-01-01", "2026-12-18");
        let mut shouted = person("2020-01-01", "");
        shouted.employment_type = Some("Employee".into());
        shouted.country = Some("de".into());
        assert_eq!(
            told(Some(&known), shouted),
            ["nothing"],
            "an empty last day says nothing"
        );
        // Days of long ago are nobody's access.
        assert_eq!(told(Some(&known), person("2019-06-01", "")), ["nothing"]);
    }

    #[test]
    fn another_title_is_a_transfer_and_before_the_first_day_the_hire_again() {
        let promoted = |start: &str, last: &str| PersonDraft {
            title: Some("Lead".into()),
            ..person(start, last)
        };
        let here = person("2020-01-01", "");
        assert_eq!(
            told(Some(&here), promoted("2020-01-01", "")),
            ["transfer 2026-11-23"]
        );
        assert_eq!(
            told(Some(&here), promoted("2020-01-01", "2026-12-18")),
            ["transfer 2026-11-23", "exit 2026-12-18"]
        );
        let to_come = person("2026-12-07", "");
        assert_eq!(
            told(Some(&to_come), promoted("2026-12-07", "")),
            ["hire 2026-12-07"]
        );
        assert_eq!(
            told(Some(&to_come), person("2027-01-04", "")),
            ["hire 2027-01-04"]
        );
        assert_eq!(
            told(Some(&to_come), person("2026-11-23", "")),
            ["hire 2026-11-23"]
        );
    }

    #[test]
    fn last_days_are_exits_and_a_first_day_after_the_last_one_is_a_rehire() {
        let here = person("2020-01-01", "");
        assert_eq!(
            told(Some(&here), person("2020-01-01", "2026-12-18")),
            ["exit 2026-12-18"]
        );
        assert_eq!(
            told(Some(&here), person("2020-01-01", "2026-11-20")),
            ["exit 2026-11-20"]
        );
        let leaves = person("2020-01-01", "2026-12-18");
        assert_eq!(
            told(Some(&leaves), person("2020-01-01", "2027-01-29")),
            ["exit 2027-01-29"]
        );
        let left = person("2020-01-01", "2026-06-30");
        let mut other = left.clone();
        other.title = Some("Lead".into());
        assert_eq!(
            told(Some(&left), other),
            ["nothing"],
            "who has left is given nothing"
        );
        assert_eq!(
            told(Some(&left), person("2026-12-01", "")),
            ["rehire 2026-12-01"]
        );
        let back = person("2026-12-01", "2026-06-30");
        assert_eq!(told(Some(&back), person("2026-12-01", "")), ["nothing"]);
    }

    #[test]
    fn who_is_known_by_an_exit_alone_is_not_hired_by_an_old_row() {
        let only_exit = PersonDraft {
            employee_id: Some("1042".parse().unwrap()),
            last_day: "2026-11-20".parse().ok(),
            ..PersonDraft::default()
        };
        assert_eq!(
            told(Some(&only_exit), person("2026-10-05", "")),
            ["nothing"]
        );
        assert_eq!(
            told(Some(&only_exit), person("2020-01-01", "")),
            ["nothing"]
        );
        let incomplete = PersonDraft {
            department: None,
            ..person("2026-12-07", "")
        };
        assert_eq!(
            told(Some(&incomplete), person("2026-12-07", "")),
            ["hire 2026-12-07"]
        );
    }

    #[test]
    fn a_file_from_before_what_is_known_tells_of_exits_only() {
        let record = person("2020-01-01", "");
        let known = Known::Record {
            record: &record,
            as_of: "2026-11-23T07:00:01Z".parse().unwrap(),
        };
        let mut now = person("2020-01-01", "2026-12-18");
        now.title = Some("Lead".into());
        assert_eq!(
            words(changes(&listing(), &listed(now.clone()), known, DAY)),
            ["exit 2026-12-18"]
        );
        now.last_day = None;
        assert_eq!(
            words(changes(&listing(), &listed(now), known, DAY)),
            ["older"]
        );
    }

    #[test]
    fn a_stranger_who_leaves_leaves_all_the_same() {
        assert_eq!(
            told(None, person("2020-01-01", "2026-12-18")),
            ["stranger", "exit 2026-12-18"]
        );
        assert_eq!(
            told(None, person("2020-01-01", "2026-11-20")),
            ["nothing"],
            "who has left is not known, and has left"
        );
    }

    #[test]
    fn a_last_day_is_still_news_when_the_taking_in_was_cut_off_before_the_exit() {
        let news = listed(person("2026-12-07", "2027-05-31"));
        let Told::Events(events) = changes(&listing(), &news, Known::No, DAY) else {
            panic!("nothing is told");
        };
        let after_the_hire = events[0].person.clone();
        assert_eq!(
            told(Some(&after_the_hire), news.person.clone()),
            ["exit 2027-05-31"]
        );
    }

    #[test]
    fn each_event_is_a_delivery_of_its_own_also_where_two_people_have_one_line() {
        let ids = |id: &str| {
            let mut news = listed(person("2026-12-07", "2027-05-31"));
            news.person.employee_id = id.parse().ok();
            let Told::Events(events) = changes(&listing(), &news, Known::No, DAY) else {
                panic!("nothing is told");
            };
            assert!(
                events
                    .iter()
                    .all(|e| e.source == CSV && e.occurred_at == listing().at)
            );
            let ids = events.into_iter().map(|e| e.delivery_id);
            ids.collect::<std::collections::BTreeSet<String>>()
        };
        let (one, other) = (ids("7100"), ids("7101"));
        assert_eq!((one.len(), one.intersection(&other).count()), (2, 0));
        assert_eq!(one, ids("7100"));
        assert!(one.iter().all(|id| id.starts_with("people-")));
    }
}
