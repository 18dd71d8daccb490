//! What a sweep of five systems costs, and how much memory it takes, by the number of people.
//!
//! `cargo bench -p sweep --bench reconcile`; add `-- 1000 10000` for other numbers. Each number has processes of its
//! own, so that the peak of memory is that of one sweep: one takes the people in, another sweeps twice.

#![allow(clippy::unwrap_used, missing_docs)]

use std::{path::Path, process::Command, sync::Arc, time::Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use latchkey_ledger::{Ledger, embedded};
use latchkey_lifecycle::{Change, EmployeeId, Entitlement, PersonDraft, SystemId};
use latchkey_runbook::{Runbook, Source};
use latchkey_runtime::{Runbooks, Systems, WallClock};
use latchkey_systems::{Fault, Found, Page, PageToken, Sight, Sought, System, Whole};
use sweep::{Deps, Report, Request};

const SYSTEMS: usize = 5;
const PAGE: usize = 200;
/// What the processes of one line do.
const TAKE_IN: &str = "take-in";
const SWEEP: &str = "sweep";

fn runbook() -> Source {
    let mut yaml = String::from(
        "company: Bench\ntime_zone: Europe/Berlin\nemail: \"{given}.{family}@bench.example\"\nhr: it\noperations: it\n\
         teams:\n  it: {email: it@bench.example}\nsystems:\n",
    );
    let systems: Vec<String> = (0..SYSTEMS).map(|n| format!("s{n}")).collect();
    for s in &systems {
        yaml += &format!(
            "  {s}: {{kind: scim, address: \"https://{s}.bench.example\", secret: x, owner: it}}\n"
        );
    }
    yaml += "roles:\n";
    for (role, matches) in [
        ("everyone", "{}"),
        ("sales", "{department: Sales}"),
        ("finance", "{department: Finance}"),
    ] {
        yaml += &format!("  {role}:\n    match: {matches}\n    gets:\n");
        for s in &systems {
            yaml += &format!("      {s}: [{role}]\n");
        }
    }
    for (event, does) in [
        ("hire", "grant"),
        ("transfer", "grant"),
        ("exit", "revoke"),
        ("urgent_exit", "revoke"),
    ] {
        yaml += &format!(
            "{event}:\n  accounts:\n    {does}: all\n    opens: now\n    due: within 1 hours\n"
        );
    }
    Source::from_files([("runbook.yaml".to_owned(), yaml)].into())
}

fn person(n: usize) -> PersonDraft {
    let text = |value: &str| Some(value.to_owned());
    PersonDraft {
        employee_id: EmployeeId::new(format!("{n:06}")).ok(),
        given_name: text("Kim"),
        family_name: Some(format!("Berg{n}")),
        department: text(["Sales", "Finance", "Research"][n % 3]),
        title: text("Analyst"),
        employment_type: text("employee"),
        country: text("DE"),
        start_date: "2020-01-01".parse().ok(),
        ..PersonDraft::default()
    }
}

/// A company's accounts, made when they are asked for: the systems take no memory of this process. Of a thousand, ten
/// have no employee id, and two differ.
struct Made {
    id: SystemId,
    people: usize,
    runbook: Arc<Runbook>,
}

impl Made {
    fn account(&self, n: usize) -> Found {
        let person = person(n).complete().unwrap();
        let mut account = self.runbook.desired(&person, &self.id).unwrap();
        match n % 1000 {
            0..10 => account.employee_id = None,
            500 => account.active = false,
            501 => {
                account.entitlements.remove(&Entitlement::from("everyone"));
            }
            _ => {}
        }
        Found {
            handle: format!("u{n}"),
            version: None,
            account,
        }
    }
}

#[async_trait]
impl System for Made {
    fn name(&self) -> &str {
        self.id.as_str()
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let n: usize = who.employee_id.as_str().parse().unwrap();
        Ok(Sight::Whole(Whole::in_one_answer(self.account(n))))
    }

    async fn look_at(&self, _: &str, who: &Sought) -> Result<Sight, Fault> {
        self.look_up(who).await
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let from: usize = page.map_or(0, |token| token.0.parse().unwrap());
        let to = (from + PAGE).min(self.people);
        let accounts = (from..to).map(|n| self.account(n)).collect();
        Ok(Page::every(
            accounts,
            (to < self.people).then(|| to.to_string()),
        ))
    }

    async fn apply(&self, at: Option<&Found>, _: &Change) -> Result<Option<Found>, Fault> {
        Ok(at.cloned())
    }
}

struct Company {
    people: usize,
    runbook: Arc<Runbook>,
}

#[async_trait]
impl Systems for Company {
    async fn open(&self, _: &Runbook, system: &SystemId) -> Result<Arc<dyn System>, Fault> {
        Ok(Arc::new(Made {
            id: system.clone(),
            people: self.people,
            runbook: Arc::clone(&self.runbook),
        }))
    }
}

async fn take_in(ledger: &Ledger, people: usize) {
    let source = runbook();
    let checked = Runbook::check(&source);
    assert!(checked.runbook.is_some(), "{:#?}", checked.problems);
    let now = Timestamp::now();
    ledger
        .publish_runbook(&source.version(), source.files(), now)
        .await
        .unwrap();
    for draft in (0..people).map(person) {
        let employee = draft.employee_id.clone().unwrap();
        ledger.import_person(&employee, draft, now).await.unwrap();
    }
}

async fn sweeps(ledger: &Ledger, people: usize) {
    let runbooks = Runbooks::default();
    let (_, runbook) = runbooks.current(ledger).await.unwrap();
    let systems = Company { people, runbook };
    let deps = Deps {
        ledger,
        clock: &WallClock,
        runbooks: &runbooks,
        systems: &systems,
        workflow: None,
        subscriptions: None,
        hr: None,
        pages: None,
        heard: None,
    };
    let before = kilobytes("VmRSS");
    let sweep = async || -> (Report, f64) {
        let began = Instant::now();
        let report = sweep::handle(&deps, &Request::default()).await.unwrap();
        (report, began.elapsed().as_secs_f64())
    };
    let (first, took) = sweep().await;
    let (second, took_again) = sweep().await;
    let count = |of: fn(&sweep::Swept) -> usize, report: &Report| {
        report.systems.iter().map(of).sum::<usize>()
    };
    let accounts = count(|s| s.accounts, &first);
    let opened = count(|s| s.opened, &first);
    assert_eq!(
        (accounts, opened),
        (people * SYSTEMS, people * SYSTEMS / 500)
    );
    assert_eq!(count(|s| s.opened, &second), 0);
    assert_eq!(count(|s| s.kept, &second), opened);
    println!(
        "| {people} | {accounts} | {opened} | {took:.2} s | {took_again:.2} s | {:.0} µs | {:.1} MB | {:.1} MB |",
        took_again * 1e6 / accounts as f64,
        before / 1024.0,
        kilobytes("VmHWM") / 1024.0,
    );
}

fn kilobytes(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(f64::NAN)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let part = args
        .first()
        .is_some_and(|a| [TAKE_IN, SWEEP].contains(&a.as_str()));
    if let (true, [what, people, file]) = (part, args.as_slice()) {
        let ledger = embedded::open(Some(Path::new(file))).await.unwrap();
        let people = people.parse().unwrap();
        match what.as_str() {
            TAKE_IN => take_in(&ledger, people).await,
            _ => sweeps(&ledger, people).await,
        }
        return;
    }
    println!(
        "| people | accounts | findings | first sweep | next sweep | an account | memory before | peak |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let sizes = if args.is_empty() {
        ["1000", "10000", "100000"].map(str::to_owned).to_vec()
    } else {
        args
    };
    let directory = tempfile::tempdir().unwrap();
    for people in sizes {
        let file = directory.path().join(&people);
        for what in [TAKE_IN, SWEEP] {
            let mut process = Command::new(std::env::current_exe().unwrap());
            let done = process.args([what, &people]).arg(&file).status().unwrap();
            assert!(done.success());
        }
    }
}
