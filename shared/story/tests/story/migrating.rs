//! A ledger of an earlier release becomes a story that changes nothing, or says what it would change.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{
    Case, CaseId, CaseState, EmployeeId, EventKind, Person, PersonDraft, RunbookVersion,
};
use latchkey_lifecycle::{HeardKind, Matter, Until};
use latchkey_story::{
    Migrated, OldCase, OldPerson, Progress, Story, Verb, apply, difference, migrate,
};

use crate::events::id;

fn who(employee: &str, department: &str) -> Person {
    let text = |text: &str| Some(text.to_owned());
    let draft = PersonDraft {
        employee_id: Some(id(employee)),
        given_name: text("Ines"),
        family_name: text("Moravec"),
        department: text(department),
        title: text("Specialist"),
        employment_type: text("employee"),
        country: text("DE"),
        start_date: Some(Date::constant(2027, 3, 1)),
        manager_email: text("old@acme.example"),
        ..PersonDraft::default()
    };
    draft.complete().unwrap()
}

fn at(day: i8) -> Timestamp {
    format!("2027-03-{day:02}T09:00:00Z").parse().unwrap()
}

/// A case that came, and was confirmed, on a day of March 2027.
fn case(kind: EventKind, employee: &str, came: i8, day: i8, state: CaseState) -> Case {
    let day = Some(Date::constant(2027, 3, day));
    let version = RunbookVersion::new("v").unwrap();
    let case_id = CaseId::of(kind, &id(employee), day);
    Case {
        effective: day,
        person: Some(who(employee, "Sales")),
        state,
        ..Case::received(case_id, kind, id(employee), version, at(came), at(came))
    }
}

fn old<'o>(employee: &'o EmployeeId, record: &'o PersonDraft, cases: &'o [Case]) -> OldPerson<'o> {
    OldPerson {
        employee_id: employee,
        record,
        as_of: at(28),
        origin: None,
        became: None,
        cases: cases
            .iter()
            .map(|case| OldCase {
                case,
                decided: None,
            })
            .collect(),
    }
}

fn migrated(cases: &[Case]) -> Migrated {
    let record = who("7", "Sales").into();
    migrate(&[old(&id("7"), &record, cases)], &TimeZone::UTC)
}

/// The next event of the person: what is decided from then on.
fn verbs(migrated: &Migrated) -> Vec<(Verb, Matter)> {
    let pinned = migrated.pinned.iter();
    pinned.map(|one| (one.verb, one.now.matter)).collect()
}

#[test]
fn a_hire_and_an_exit_go_on_as_they_are() {
    let cases = [
        case(EventKind::Hire, "7", 1, 5, CaseState::Closed),
        case(EventKind::Exit, "7", 10, 20, CaseState::Open),
    ];
    let migrated = migrated(&cases);
    assert_eq!(verbs(&migrated), []);
    assert_eq!(migrated.heard.len(), 2);
    assert_eq!(
        migrated.heard[0].delivery_id,
        format!("migrated-{}", cases[0].id)
    );
    // The first difference notes how long what the hire gave counts, and does nothing.
    let mut known: Vec<_> = migrated
        .cases
        .iter()
        .map(|(_, known)| known.clone())
        .collect();
    let story = Story::of(&migrated.heard, &TimeZone::UTC);
    let becomes = difference(&known, &story);
    assert!(becomes.iter().all(|one| one.verb == Verb::Refresh));
    apply(&mut known, becomes);
    assert_eq!(known[0].until, Until::Day(Date::constant(2027, 3, 21)));
    assert_eq!(difference(&known, &story), []);
}

#[test]
fn what_was_superseded_stays_so() {
    let mut hire = case(EventKind::Hire, "7", 1, 20, CaseState::Superseded);
    let rescinded = case(EventKind::HireRescinded, "7", 10, 10, CaseState::Open);
    hire.superseded_by = Some(rescinded.id.clone());
    // The case that took its place raised when it was confirmed.
    hire.confirmed_at = rescinded.confirmed_at;
    let migrated = migrated(&[hire, rescinded]);
    assert_eq!(verbs(&migrated), []);
    assert_eq!(migrated.cases[0].1.by, Some(1));
    assert_eq!(migrated.cases[0].1.progress, Progress::Superseded);
    let story = Story::of(&migrated.heard, &TimeZone::UTC);
    assert_eq!(story.wrong_clocks().count(), 0);
}

#[test]
fn an_exit_that_was_withdrawn_is_history() {
    let mut exit = case(EventKind::Exit, "7", 10, 25, CaseState::Superseded);
    let back = case(EventKind::ExitWithdrawn, "7", 15, 15, CaseState::Closed);
    exit.superseded_by = Some(back.id.clone());
    let cases = [
        case(EventKind::Hire, "7", 1, 5, CaseState::Closed),
        exit,
        back,
    ];
    assert_eq!(verbs(&migrated(&cases)), []);
}

#[test]
fn whoever_was_imported_is_there() {
    let record = PersonDraft::from(who("7", "Finance"));
    let origin = PersonDraft::from(who("7", "Sales"));
    let mut transfer = case(EventKind::Transfer, "7", 10, 12, CaseState::Closed);
    transfer.before = Some(who("7", "Sales"));
    transfer.person = Some(who("7", "Finance"));
    let employee = id("7");
    let cases = [transfer];
    let person = OldPerson {
        origin: Some(&origin),
        ..old(&employee, &record, &cases)
    };
    let migrated = migrate(&[person], &TimeZone::UTC);
    assert_eq!(verbs(&migrated), []);
    assert_eq!(migrated.heard[0].kind, HeardKind::There);
    let told = &migrated.heard[1].person;
    assert_eq!(
        (told.department.as_deref(), told.title.as_deref()),
        (Some("Finance"), None)
    );
    let story = Story::of(&migrated.heard, &TimeZone::UTC);
    let human = story.human(&employee).unwrap();
    assert_eq!(
        human.on(Date::constant(2027, 3, 11)).department.as_deref(),
        Some("Sales")
    );
    assert_eq!(
        human.on(Date::constant(2027, 3, 12)).department.as_deref(),
        Some("Finance")
    );
}

#[test]
fn how_to_reach_somebody_is_what_the_record_says() {
    let record = PersonDraft {
        manager_email: Some("new@acme.example".to_owned()),
        ..who("7", "Sales").into()
    };
    let cases = [case(EventKind::Hire, "7", 1, 5, CaseState::Open)];
    let migrated = migrate(&[old(&id("7"), &record, &cases)], &TimeZone::UTC);
    let story = Story::of(&migrated.heard, &TimeZone::UTC);
    let is = story
        .human(&id("7"))
        .unwrap()
        .on(Date::constant(2027, 3, 5));
    assert_eq!(is.manager_email.as_deref(), Some("new@acme.example"));
    assert_eq!(verbs(&migrated), []);
}

#[test]
fn a_question_about_an_unknown_event_is_not_the_story_s() {
    let mut unknown = case(EventKind::DateMoved, "7", 1, 5, CaseState::Open);
    unknown.unknown_event = Some(latchkey_lifecycle::UnknownEvent {
        source: "generic".to_owned(),
        name: "person.sneezed".to_owned(),
        described: true,
        employee_id: None,
    });
    let migrated = migrated(&[case(EventKind::Hire, "7", 1, 5, CaseState::Closed), unknown]);
    assert_eq!((migrated.heard.len(), migrated.cases.len()), (1, 1));
}

/// The fault of `conversion-gap` in an old ledger: an exit that was superseded by a transfer to another id long after
/// it.
#[test]
fn what_the_story_would_change_is_pinned_and_told() {
    let (old_id, new_id) = (id("C1"), id("E1"));
    let mut exit = case(EventKind::Exit, "C1", 10, 15, CaseState::Superseded);
    let mut over = case(EventKind::Transfer, "E1", 12, 28, CaseState::Received);
    exit.superseded_by = Some(over.id.clone());
    over.before = Some(who("C1", "Sales"));
    let first = [case(EventKind::Hire, "C1", 1, 2, CaseState::Closed), exit];
    let second = [over];
    let record = PersonDraft::from(who("E1", "Sales"));
    let before = PersonDraft::from(who("C1", "Sales"));
    let people = [
        OldPerson {
            became: Some(&new_id),
            ..old(&old_id, &before, &first)
        },
        old(&new_id, &record, &second),
    ];
    let migrated = migrate(&people, &TimeZone::UTC);
    let story = Story::of(&migrated.heard, &TimeZone::UTC);
    assert_eq!(
        story.humans().len(),
        1,
        "HR had said that they are one human"
    );
    let verbs = verbs(&migrated);
    assert!(
        verbs.contains(&(Verb::Revive, Matter::Carry(EventKind::Exit))),
        "{verbs:?}"
    );
}
