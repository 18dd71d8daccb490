//! The plan of one person, without the ledger. `cargo bench -p latchkey-runbook --bench plan`

#![allow(missing_docs, clippy::unwrap_used)]

use std::{collections::BTreeSet, fmt::Write, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use latchkey_lifecycle::Case;
use latchkey_runbook::{PlanInput, Runbook, Source, plan};

fn case() -> Case {
    serde_json::from_str(
        r#"{"id": "hire-1042-0", "kind": "hire", "employeeId": "1042", "effective": "2027-02-01",
        "confirmedAt": "2026-11-23T07:00:00Z", "openedAt": "2026-11-23T07:00:00Z", "state": "received", "revision": 1,
        "runbook": "v", "person": {"employeeId": "1042", "givenName": "Zoë", "familyName": "Müller",
        "department": "Sales", "title": "Account Executive", "employmentType": "employee", "country": "DE",
        "location": "Berlin", "startDate": "2027-02-01"}}"#,
    )
    .unwrap()
}

/// Twenty systems and twenty tasks of people.
fn forty_tasks() -> Runbook {
    let mut yaml = String::from(
        "company: Bench\ntime_zone: Europe/Berlin\nemail: \"{given}.{family}@bench.example\"\nhr: it\noperations: it\n\
         teams:\n  it: {email: it@bench.example}\nsystems:\n",
    );
    for n in 0..20 {
        let _ = writeln!(
            yaml,
            "  s{n}: {{kind: scim, address: \"https://s{n}.bench.example\", secret: x, owner: it}}"
        );
    }
    yaml.push_str("roles:\n  everyone:\n    gets:\n");
    for n in 0..20 {
        let _ = writeln!(yaml, "      s{n}: [a, b, c]");
    }
    yaml.push_str("hire:\n  a: {grant: all, opens: 5 working days before start, due: 1 working day before start}\n");
    for n in 0..20 {
        let _ = writeln!(
            yaml,
            "  t{n}: {{owner: it, instructions: \"For {{person.full_name}}\", checklist: [one, two], needs: [a], \
             opens: 10 working days before start at 09:00, due: 2 working days before start at 17:00}}"
        );
    }
    for event in ["exit", "urgent_exit"] {
        let _ = writeln!(
            yaml,
            "{event}:\n  a: {{revoke: all, opens: now, due: within 1 hour}}"
        );
    }
    let source = Source::from_files([("runbook.yaml".to_owned(), yaml)].into());
    Runbook::check(&source).runbook.unwrap()
}

fn plans(c: &mut Criterion) {
    let case = case();
    let input = PlanInput {
        case: &case,
        now: case.opened_at,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld: &Default::default(),
        decided: &[],
    };
    let runbook = forty_tasks();
    assert_eq!(plan(&runbook, &input).unwrap().len(), 40);
    c.bench_function("plan of 40 tasks", |b| {
        b.iter(|| plan(black_box(&runbook), &input).unwrap())
    });
    let acme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../runbooks/acme");
    let source = Source::read_dir(acme.as_ref()).unwrap();
    let runbook = Runbook::check(&source).runbook.unwrap();
    c.bench_function("plan of a hire of acme", |b| {
        b.iter(|| plan(black_box(&runbook), &input).unwrap())
    });
    c.bench_function("check of acme", |b| {
        b.iter(|| Runbook::check(black_box(&source)))
    });
}

criterion_group!(benches, plans);
criterion_main!(benches);
