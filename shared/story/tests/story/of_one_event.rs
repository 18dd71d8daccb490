//! What is kept of one event: its identity, its day where the person works, and what of it could not be read.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{Event, EventKind, PersonDraft, Unread};
use latchkey_lifecycle::{EventId, HeardKind, Reason};
use latchkey_story::{Claim, Heard, Story, Want};
use serde_json::json;

use crate::events::{CATALOGUE, id};

fn event(kind: EventKind, at: &str, day: Option<Date>, person: PersonDraft) -> Heard {
    let at: Timestamp = at.parse().unwrap();
    let event = Event {
        kind,
        source: "generic".to_owned(),
        delivery_id: "1".to_owned(),
        occurred_at: at,
        effective: day,
        person: PersonDraft {
            employee_id: Some(id("7")),
            ..person
        },
        reason: Some("HR knows".to_owned()),
        confirmed_by: None,
    };
    Heard::of(event, at)
}

fn in_zone(zone: &str) -> PersonDraft {
    PersonDraft {
        time_zone: Some(zone.to_owned()),
        ..PersonDraft::default()
    }
}

fn hire_in_berlin() -> Heard {
    let day = Some(Date::constant(2027, 3, 10));
    event(
        EventKind::Hire,
        "2027-03-01T09:00:00Z",
        day,
        in_zone("Europe/Berlin"),
    )
}

/// The ids stand in ledgers: they must not change with a release.
#[test]
fn the_id_of_an_event_stays() {
    let hire = hire_in_berlin();
    assert_eq!(hire.id().to_string(), "9666294c35c904c06fce49606bc3fdda");
    let other = Heard {
        delivery_id: "2".to_owned(),
        source: "another".to_owned(),
        reason: None,
        received_at: hire.received_at + jiff::SignedDuration::from_hours(9),
        ..hire.clone()
    };
    assert_eq!(hire.id(), other.id());
    let ids: std::collections::BTreeSet<EventId> = CATALOGUE.iter().map(Heard::id).collect();
    assert_eq!(ids.len(), CATALOGUE.len());
    let text = serde_json::to_string(&hire.id()).unwrap();
    assert_eq!(serde_json::from_str::<EventId>(&text).unwrap(), hire.id());
    for wrong in [
        "",
        "12",
        "+0000000000000000000000000000000",
        &"g".repeat(32),
    ] {
        assert!(EventId::try_from(wrong.to_owned()).is_err(), "{wrong}");
    }
}

#[test]
fn an_event_is_kept_as_one_row() {
    let hire = hire_in_berlin();
    let row = json!({
        "kind": "hire", "employeeId": "7", "source": "generic", "deliveryId": "1", "occurredAt": "2027-03-01T09:00:00Z",
        "receivedAt": "2027-03-01T09:00:00Z", "effective": "2027-03-10",
        "person": { "employeeId": "7", "timeZone": "Europe/Berlin" }, "reason": "HR knows",
    });
    assert_eq!(serde_json::to_value(&hire).unwrap(), row);
    assert_eq!(serde_json::from_value::<Heard>(row).unwrap(), hire);
}

#[test]
fn an_event_without_an_employee_id_is_about_the_stand_in_of_its_delivery() {
    let nobody = |delivery: &str| Event {
        kind: EventKind::Hire,
        source: "generic".to_owned(),
        delivery_id: delivery.to_owned(),
        occurred_at: Timestamp::UNIX_EPOCH,
        effective: None,
        person: PersonDraft::default(),
        reason: None,
        confirmed_by: None,
    };
    let one = Heard::of(nobody("1"), Timestamp::UNIX_EPOCH);
    assert!(one.employee_id.as_str().starts_with("unknown-"));
    assert_ne!(one.id(), Heard::of(nobody("2"), Timestamp::UNIX_EPOCH).id());
    assert_eq!(one.claim(), None);
}

#[test]
fn today_is_the_day_where_the_person_works() {
    let cut = |zone: PersonDraft, company: &str| {
        let events = [
            event(
                EventKind::Hire,
                "2027-03-01T09:00:00Z",
                Some(Date::constant(2027, 3, 2)),
                zone,
            ),
            event(
                EventKind::UrgentExit,
                "2027-03-10T23:30:00Z",
                None,
                PersonDraft::default(),
            ),
        ];
        let company = TimeZone::get(company).unwrap();
        let story = Story::of(&events, &company);
        let cut = story.wants().iter().find(|want| want.from.after.is_none());
        cut.unwrap().from.day.unwrap().day()
    };
    assert_eq!(cut(PersonDraft::default(), "UTC"), 10);
    assert_eq!(cut(PersonDraft::default(), "Asia/Tokyo"), 11);
    assert_eq!(cut(in_zone("Europe/Berlin"), "UTC"), 11);
    assert_eq!(cut(in_zone("America/New_York"), "Asia/Tokyo"), 10);
    assert_eq!(
        cut(in_zone("Mars/Olympus_Mons"), "Asia/Tokyo"),
        11,
        "a zone that does not exist is none"
    );
}

fn unread(field: &str) -> PersonDraft {
    PersonDraft {
        unread: vec![Unread {
            field: field.to_owned(),
            place: "data.person".to_owned(),
            wanted: "a day like 2026-12-31".to_owned(),
        }],
        ..PersonDraft::default()
    }
}

#[test]
fn what_could_not_be_read_is_never_nothing_nor_today() {
    let whole = CATALOGUE
        .iter()
        .find(|event| event.kind == HeardKind::Hire)
        .unwrap()
        .person
        .clone();
    let hire = event(
        EventKind::Hire,
        "2027-03-01T09:00:00Z",
        Some(Date::constant(2027, 3, 2)),
        whole,
    );
    let day = Date::constant(2027, 3, 20);
    let title = event(
        EventKind::Transfer,
        "2027-03-08T09:00:00Z",
        Some(day),
        unread("title"),
    );
    let events = [hire.clone(), title];
    let story = Story::of(&events, &TimeZone::UTC);
    // What was known stands, and HR is asked.
    let goes_on = |want: &&Want| want.from.day == Some(day) && !want.from.matter.asks();
    let goes_on = story.wants().iter().find(goes_on).unwrap();
    assert!(goes_on.from.missing.is_empty());
    let human = story.human(&id("7")).unwrap();
    let asked: Vec<EventId> = human.questions().map(|(event, _)| event).collect();
    assert_eq!(asked, [events[1].id()]);
    let record = human.record(&id("7"), day);
    assert_eq!(record.unread.len(), 1);
    assert_eq!(record.start_date, Some(Date::constant(2027, 3, 2)));
    assert!(record.complete().is_err());

    for (kind, field) in [
        (EventKind::Transfer, "effective date"),
        (EventKind::Return, "effective date"),
        (EventKind::Leave, "effective date"),
        (EventKind::Exit, "last day"),
        (EventKind::DateMoved, "start date"),
    ] {
        let events = [
            hire.clone(),
            event(kind, "2027-03-08T09:00:00Z", Some(day), unread(field)),
        ];
        let story = Story::of(&events, &TimeZone::UTC);
        let human = story.human(&id("7")).unwrap();
        let asked: Vec<EventId> = human.questions().map(|(event, _)| event).collect();
        assert_eq!(asked, [events[1].id()], "{kind}");
    }
}

#[test]
fn sentences_say_what_to_do() {
    let claim = Claim {
        employee: id("E1"),
        previous: id("C1"),
    };
    let answer = Heard::identity(claim.clone(), true, Timestamp::UNIX_EPOCH, "console", "1");
    assert_eq!(answer.claim(), Some(claim));
    let who = Reason::OneHuman {
        employee: id("E1"),
        previous: id("C1"),
    };
    assert!(
        who.to_string().contains("Say whether they are one human"),
        "{who}"
    );
    assert!(
        Reason::GoneOver(id("E1"))
            .to_string()
            .contains("confirm the exit of E1")
    );
}

/// A4: who comes back to another country has its zone, or none until one is told.
#[test]
fn a_time_zone_counts_in_the_country_that_it_was_told_for() {
    let of = |kind, at: &str, day: (i16, i8, i8), country: &str, zone: Option<&str>| {
        let person = PersonDraft {
            country: Some(country.to_owned()),
            time_zone: zone.map(str::to_owned),
            ..PersonDraft::default()
        };
        let day = Some(Date::constant(day.0, day.1, day.2));
        event(kind, &format!("{at}T09:00:00Z"), day, person)
    };
    let london = Some("Europe/London");
    let hire = of(EventKind::Hire, "2026-01-05", (2026, 2, 2), "GB", london);
    let exit = of(EventKind::Exit, "2026-03-02", (2026, 3, 31), "GB", None);
    let again = |zone| of(EventKind::Rehire, "2026-09-01", (2026, 10, 1), "DE", zone);
    for (zone, then) in [(None, None), (Some("Europe/Berlin"), Some("Europe/Berlin"))] {
        let events = [hire.clone(), exit.clone(), again(zone)];
        let story = Story::of(&events, &TimeZone::UTC);
        let human = story.human(&id("7")).unwrap();
        let on = |day: &str| human.on(day.parse().unwrap()).time_zone;
        assert_eq!(on("2026-10-01").as_deref(), then);
        assert_eq!(on("2026-03-01").as_deref(), london);
        assert_eq!(human.latest(&id("7")).time_zone.as_deref(), then);
    }
}
