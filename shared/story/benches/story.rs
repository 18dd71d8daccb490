//! What one event costs: the story of a person with thirty events, the wanted cases, and what becomes of the cases.

#![allow(missing_docs)]

use criterion::{Criterion, criterion_group, criterion_main};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::HeardKind;
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use latchkey_story::{Heard, KnownCase, Progress, Story, apply, difference};
use std::hint::black_box;

/// Ten years of somebody: two contracts, a new id, transfers, leaves, exits that move and are withdrawn.
fn thirty_events() -> Vec<Heard> {
    use HeardKind::{
        DateMoved, Exit, ExitWithdrawn, Hire, HireRescinded, Leave, Rehire, Return, Transfer,
        UrgentExit,
    };
    let year = [
        Hire,
        Transfer,
        Transfer,
        Leave,
        Return,
        Transfer,
        Exit,
        DateMoved,
        ExitWithdrawn,
        Exit,
        Rehire,
        Transfer,
        Leave,
        Leave,
        Return,
        Transfer,
        Exit,
        Hire,
        HireRescinded,
        Hire,
        Transfer,
        UrgentExit,
        Rehire,
        Transfer,
        Exit,
        Exit,
        Hire,
        Transfer,
        Transfer,
        Exit,
    ];
    let first = Date::constant(2020, 1, 1);
    let start = Timestamp::constant(1_577_869_200, 0);
    let event = |(n, kind): (usize, &HeardKind)| {
        let n = n as i64;
        let at = start + (n * 100 * 24).hours();
        let text = |text: &str| Some(format!("{text} {}", n % 7));
        let second = n > 25;
        Heard {
            kind: *kind,
            employee_id: EmployeeId::new(if second { "E1042" } else { "C1042" }).expect("an id"),
            source: "workday".to_owned(),
            delivery_id: n.to_string(),
            occurred_at: at,
            received_at: at,
            effective: Some(first.saturating_add((n * 100 + 20).days())),
            person: PersonDraft {
                given_name: Some("Ines".to_owned()),
                family_name: Some("Moravec".to_owned()),
                work_email: Some("ines.moravec@acme.example".to_owned()),
                department: text("Department"),
                title: text("Title"),
                employment_type: Some("employee".to_owned()),
                country: Some("DE".to_owned()),
                location: text("Office"),
                time_zone: Some("Europe/Berlin".to_owned()),
                manager_email: text("manager@acme.example"),
                previous_id: second.then(|| EmployeeId::new("C1042").expect("an id")),
                ..PersonDraft::default()
            },
            same: None,
            reason: None,
            confirmed_by: None,
        }
    };
    year.iter().enumerate().map(event).collect()
}

/// The cases as they are when all but the last event have come, each closed when it was begun.
fn cases_before(events: &[Heard], zone: &TimeZone) -> Vec<KnownCase> {
    let mut cases = Vec::new();
    for n in 1..events.len() {
        let becomes = difference(&cases, &Story::of(&events[..n], zone));
        apply(&mut cases, becomes);
        for case in &mut cases {
            if case.progress == Progress::Open {
                (case.progress, case.acted) = (Progress::Closed, true);
            }
        }
    }
    cases
}

fn bench(c: &mut Criterion) {
    let zone = TimeZone::get("Europe/Berlin").expect("a zone");
    let events = thirty_events();
    let cases = cases_before(&events, &zone);
    let story = Story::of(&events, &zone);
    assert!(story.wants().len() >= 10 && cases.len() >= 10);
    c.bench_function("story of thirty events", |b| {
        b.iter(|| Story::of(black_box(&events), &zone).wants().len());
    });
    c.bench_function("difference", |b| {
        b.iter(|| difference(black_box(&cases), &story).len());
    });
    c.bench_function("one event decided", |b| {
        b.iter(|| difference(black_box(&cases), &Story::of(black_box(&events), &zone)).len());
    });
    let ids = || events.iter().map(Heard::id).max();
    c.bench_function("ids of thirty events", |b| b.iter(ids));
}

criterion_group!(benches, bench);
criterion_main!(benches);
