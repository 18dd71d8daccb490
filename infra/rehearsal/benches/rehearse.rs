//! How long a rehearsal takes: sixty days of calendar, 25 tasks of machines and teams.
//!
//! `cargo bench -p latchkey-rehearsal --bench rehearse`

#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use latchkey_rehearsal::{Script, Terms, rehearse};
use latchkey_runbook::{Runbook, Source};
use serde_json::json;

/// As the command line has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each is measured; the median counts.
const TIMES: usize = 31;

/// A runbook whose hires have 25 tasks over sixty days: ten of systems, fifteen of teams.
fn sixty_days() -> Source {
    let mut yaml = String::from(
        "company: Bench\ntime_zone: Europe/Berlin\nemail: \"{given}.{family}@bench.example\"\nhr: it\noperations: it\n\
         teams:\n  it: {email: it@bench.example}\n  people: {email: people@bench.example}\nsystems:\n",
    );
    for n in 0..10 {
        let _ = writeln!(
            yaml,
            "  s{n}: {{kind: scim, address: \"https://s{n}.bench.example\", secret: x, owner: it}}"
        );
    }
    yaml.push_str("roles:\n  everyone:\n    gets:\n");
    for n in 0..10 {
        let _ = writeln!(yaml, "      s{n}: [staff]");
    }
    yaml.push_str("hire:\n");
    yaml.push_str("  a: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}\n");
    for n in 0..15 {
        let days = 1 + n * 2;
        let _ = writeln!(
            yaml,
            "  t{n}: {{title: Task {n}, owner: people, instructions: Do it., opens: {days} days before start at 09:00, \
             due: {days} days after start at 17:00}}"
        );
    }
    for event in ["exit", "urgent_exit"] {
        let _ = writeln!(
            yaml,
            "{event}:\n  a: {{revoke: all, opens: now, due: within 1 hour}}"
        );
    }
    Source::from_files([("runbook.yaml".to_owned(), yaml)].into())
}

fn median(mut measured: Vec<Duration>) -> Duration {
    measured.sort();
    measured[measured.len() / 2]
}

fn hire(day: &str) -> serde_json::Value {
    json!({"type": "person.hired", "data": {"employee_id": "1", "effective_date": day, "person": {
        "given_name": "Ann", "family_name": "Able", "department": "Sales", "title": "Account Executive",
        "employment_type": "employee", "country": "DE", "location": "Berlin", "personal_email": "a@private.example",
    }}})
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/acme");
    let acme = Source::read_dir(acme.as_ref()).unwrap();
    let cases = [
        ("hire of 25 tasks over sixty days", sixty_days(), vec![]),
        (
            "the same, nobody answers",
            sixty_days(),
            vec!["nobody answers".to_owned()],
        ),
        ("hire of runbooks/acme", acme, vec![]),
    ];
    println!(
        "| what | days | tasks | e-mails | took, median | wanted |\n| --- | --- | --- | --- | --- | --- |"
    );
    for (what, runbook, choices) in cases {
        let zone = Runbook::check(&runbook)
            .runbook
            .unwrap()
            .time_zone()
            .clone();
        let confirmed = Some("2026-12-30T08:00:00Z".parse().unwrap());
        let script = Script::of_payload(hire("2027-01-30"), confirmed, Vec::new(), &zone).unwrap();
        let terms = Terms {
            choices,
            until: None,
            seed: 7,
        };
        let mut measured = Vec::new();
        let mut summary = None;
        for _ in 0..TIMES {
            let began = Instant::now();
            let report = rehearse(&runbook, &script, &terms).await.unwrap();
            measured.push(began.elapsed());
            summary = Some(report.summary);
        }
        let s = summary.unwrap();
        println!(
            "| {what} | {} | {} | {} | {:.1?} | 50 ms |",
            s.days,
            s.tasks,
            s.emails,
            median(measured)
        );
    }
}
