//! Three inputs that an earlier Latchkey got wrong: webhooks as they came.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::Matter;
use latchkey_lifecycle::{Event, EventKind, PersonDraft};
use latchkey_story::{Access, Heard, Story};
use serde_json::Value;

use crate::{events::id, invariants};

/// The webhooks of a folder, received when they say that they were decided, or all in the evening of a day.
fn read(folder: &str, evening: Option<&str>) -> Vec<Heard> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let files = (1..)
        .map(|n| root.join(format!("{n}.json")))
        .take_while(|path| path.exists());
    let texts = files.map(|path| std::fs::read_to_string(path).unwrap());
    let mut heard = Vec::new();
    for (n, text) in texts.enumerate() {
        let raw: Value = serde_json::from_str(&text).unwrap();
        let kind = match raw["type"].as_str().unwrap() {
            "person.hired" => EventKind::Hire,
            "person.exiting" => EventKind::Exit,
            "person.exit_withdrawn" => EventKind::ExitWithdrawn,
            "person.hire_rescinded" => EventKind::HireRescinded,
            other => panic!("{other} is no webhook that is known here"),
        };
        let data = &raw["data"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let told = &data["person"];
        let at: Timestamp = raw["timestamp"].as_str().unwrap().parse().unwrap();
        let event = Event {
            kind,
            source: "generic".to_owned(),
            delivery_id: n.to_string(),
            occurred_at: at,
            effective: text(&data["effective_date"]).map(|day| day.parse().unwrap()),
            person: PersonDraft {
                employee_id: Some(id(data["employee_id"].as_str().unwrap())),
                given_name: text(&told["given_name"]),
                family_name: text(&told["family_name"]),
                department: text(&told["department"]),
                title: text(&told["title"]),
                employment_type: text(&told["employment_type"]),
                country: text(&told["country"]),
                previous_id: text(&told["previous_employee_id"]).map(|text| id(&text)),
                ..PersonDraft::default()
            },
            reason: None,
            confirmed_by: None,
        };
        let received = match evening {
            Some(evening) => format!("{evening}:{n:02}:00Z").parse().unwrap(),
            None => at,
        };
        heard.push(Heard::of(event, received));
    }
    assert!(heard.len() > 1, "{folder} has no webhooks");
    heard
}

fn check(
    folder: &str,
    evening: Option<&str>,
    cases: &[(EventKind, &str)],
    access: &[(&str, &str, &str)],
) {
    let events = read(folder, evening);
    let story = Story::of(&events, &TimeZone::UTC);
    let mut found: Vec<(EventKind, String)> = Vec::new();
    for want in story.wants().iter().filter(|want| want.over.is_none()) {
        if let Matter::Carry(kind) = want.from.matter {
            found.push((kind, want.from.employee_id.to_string()));
        }
    }
    found.sort();
    let mut cases: Vec<(EventKind, String)> = cases
        .iter()
        .map(|(kind, id)| (*kind, (*id).to_owned()))
        .collect();
    cases.sort();
    assert_eq!(found, cases, "{folder}");
    for (who, day, is) in access {
        let day: Date = day.parse().unwrap();
        let got = match story.human(&id(who)).unwrap().access(day) {
            Access::None => String::new(),
            Access::Have(is) => is.employment_type.unwrap_or_default(),
            Access::Suspended(_) => "suspended".to_owned(),
        };
        assert_eq!(got, *is, "{folder}: {who} on {day}");
    }
    assert_eq!(invariants::of_all_arrivals(&events), Vec::<String>::new());
}

#[test]
fn after_a_gap_a_contractor_comes_back_under_another_id() {
    use EventKind::{Exit, Hire};
    check(
        "conversion-gap",
        None,
        &[(Hire, "C204"), (Exit, "C204"), (Hire, "E204")],
        &[
            ("C204", "2026-11-30", "contractor"),
            ("C204", "2026-12-01", ""),
            ("E204", "2027-01-31", ""),
            ("E204", "2027-02-01", "employee"),
        ],
    );
}

#[test]
fn a_withdrawal_beside_a_rehire_leaves_the_exit_as_it_is() {
    use EventKind::{Exit, Hire};
    check(
        "withdrawn-exit-stuck",
        None,
        &[(Hire, "9601"), (Exit, "9601"), (Hire, "9601")],
        &[
            ("9601", "2026-11-20", "employee"),
            ("9601", "2026-11-28", ""),
            ("9601", "2026-12-21", "employee"),
        ],
    );
}

#[test]
fn what_was_confirmed_in_the_future_is_corrected_today() {
    use EventKind::{ExitWithdrawn, Hire, HireRescinded};
    check(
        "future-confirmation",
        Some("2026-11-28T20"),
        &[
            (HireRescinded, "9701"),
            (Hire, "6103"),
            (ExitWithdrawn, "6103"),
        ],
        &[
            ("9701", "2026-12-14", ""),
            ("6103", "2027-01-01", "employee"),
        ],
    );
    let events = read("future-confirmation", Some("2026-11-28T20"));
    let story = Story::of(&events, &TimeZone::UTC);
    assert_eq!(story.wrong_clocks().count(), 2, "HR is told of both");
}
