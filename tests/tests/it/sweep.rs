//! Sweep: each difference becomes one finding with an owner and a window, closes when it is gone, and is set right on
//! request; cases without an execution are started again.

use std::sync::Mutex;

use jiff::SignedDuration;
use latchkey_engine::Status;
use latchkey_ledger::{Shelf, Where};
use latchkey_lifecycle::{
    Account, CaseState, Change, EmployeeId, Entitlement, Finding, FindingId, FindingKind,
    PersonDraft, SystemId,
};
use latchkey_runtime::Failure;
use latchkey_systems::{Fault, Found, System};
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use sweep::{RepairError, Report, Request};

const AMARA: &str = "1017";

/// A minute later: what a case did in the same instant is its own.
pub(crate) async fn sweeps(it: &mut Rehearsal) -> Report {
    it.clock
        .jump_to(it.now().checked_add(SignedDuration::from_mins(1)).unwrap());
    let report = sweep::handle(&it.stack.sweep_deps(), &Request::default()).await;
    // Letters are heard while time passes.
    it.play(&mut Answers::none(), Some(it.now())).await;
    report.unwrap()
}

async fn open(it: &Rehearsal) -> Vec<Finding> {
    let page = it
        .stack
        .ledger
        .findings(Shelf::Open, Where::Everywhere, None)
        .await;
    page.unwrap().findings
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|f| f.seen.kind).collect()
}

async fn recorded(it: &Rehearsal, finding: &FindingId) -> Vec<String> {
    let trail = it.stack.ledger.finding_trail(finding).await.unwrap();
    assert_eq!(trail.fault, None);
    trail
        .records
        .iter()
        .map(|r| r.body.what.to_string())
        .collect()
}

fn account(it: &Rehearsal, system: &str, employee: &str) -> Account {
    let employee = EmployeeId::new(employee).unwrap();
    it.systems.get(system).account_of(&employee).unwrap()
}

fn nobodys(name: &str, employee: Option<&str>) -> Account {
    Account {
        employee_id: employee.map(|id| EmployeeId::new(id).unwrap()),
        name: name.into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    }
}

async fn delete(it: &Rehearsal, system: &str, handle: &str) {
    let found = Found {
        handle: handle.into(),
        version: None,
        account: nobodys("any", None),
    };
    let system = it.systems.get(system);
    system.apply(Some(&found), &Change::Delete).await.unwrap();
}

/// Somebody the ledger knows by an import, with these days.
async fn known(it: &Rehearsal, employee: &str, start: &str, last: Option<&str>) {
    let people: Vec<PersonDraft> = serde_json::from_value(sample("people.json")).unwrap();
    let id = EmployeeId::new(employee).unwrap();
    let draft = PersonDraft {
        employee_id: Some(id.clone()),
        given_name: Some("Kim".into()),
        family_name: Some("Berg".into()),
        start_date: Some(start.parse().unwrap()),
        last_day: last.map(|day| day.parse().unwrap()),
        ..people[0].clone()
    };
    it.stack
        .ledger
        .import_person(&id, draft, it.now())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_company_that_is_as_it_should_be_has_no_findings() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    // What the runbook cannot grant is nobody's business here.
    let mut amara = account(&it, "chat", AMARA);
    amara.entitlements.insert(Entitlement::from("book-club"));
    amara.attributes.insert("title".into(), "Queen".into());
    it.systems.get("chat").put(AMARA, amara);
    // What a team decides on for each person may have been refused.
    let mut jonas = account(&it, "directory", "1021");
    assert!(jonas.entitlements.remove(&Entitlement::from("production")));
    it.systems.get("directory").put("1021", jonas);
    let report = sweeps(&mut it).await;
    let read: Vec<_> = report
        .systems
        .iter()
        .map(|s| (s.accounts, s.opened, s.fault.clone()))
        .collect();
    let people = it.systems.accounts_of(AMARA).len();
    assert_eq!(read.len(), people + 1, "each automatic system, and people");
    assert!(
        read.iter()
            .all(|(_, opened, fault)| *opened == 0 && fault.is_none()),
        "{read:?}"
    );
    assert!(
        read.iter().filter(|(accounts, ..)| *accounts > 0).count() == people,
        "{read:?}"
    );
    assert_eq!(
        (
            open(&it).await.len(),
            it.letters.len(),
            report.restarted.len()
        ),
        (0, 0, 0)
    );
}

/// A difference in the system `chat`.
async fn differ(it: &Rehearsal, kind: FindingKind) {
    let chat = it.systems.get("chat");
    let mut amara = account(it, "chat", AMARA);
    match kind {
        FindingKind::OrphanAccount => chat.put("x", nobodys("old.bot", None)),
        FindingKind::UnknownPerson => chat.put("x", nobodys("who", Some("9999"))),
        FindingKind::SecondAccount => chat.put("x", nobodys("amara.again", Some(AMARA))),
        FindingKind::MissingAccount => delete(it, "chat", AMARA).await,
        FindingKind::MissingEntitlement => {
            amara.entitlements.remove(&Entitlement::from("sales"));
            chat.put(AMARA, amara);
        }
        FindingKind::ExtraEntitlement => {
            amara.entitlements.insert(Entitlement::from("finance"));
            chat.put(AMARA, amara);
        }
        FindingKind::Suspended => {
            amara.active = false;
            chat.put(AMARA, amara);
        }
        FindingKind::LeaverActive => {
            known(it, "2001", "2020-01-01", Some("2026-11-20")).await;
            chat.put("x", nobodys("kim.berg", Some("2001")));
        }
        FindingKind::ExtraAccount => {
            known(it, "2002", "2027-01-04", None).await;
            chat.put("x", nobodys("kim.berg", Some("2002")));
        }
        FindingKind::LeftWithoutCase => known(it, "2003", "2020-01-01", Some("2026-11-20")).await,
        FindingKind::Tampered => unreachable!("promise_9_tampering.rs has it"),
        FindingKind::NoReader => unreachable!("sweep_readers.rs has it"),
        FindingKind::NotRead => {
            let down = Fault::Unreachable {
                system: "chat".into(),
                problem: "no answer".into(),
            };
            chat.fail_with(std::iter::repeat_n(down, 3));
        }
    }
}

const KINDS: [FindingKind; 11] = [
    FindingKind::LeaverActive,
    FindingKind::LeftWithoutCase,
    FindingKind::UnknownPerson,
    FindingKind::OrphanAccount,
    FindingKind::SecondAccount,
    FindingKind::ExtraAccount,
    FindingKind::ExtraEntitlement,
    FindingKind::MissingAccount,
    FindingKind::MissingEntitlement,
    FindingKind::Suspended,
    FindingKind::NotRead,
];

#[tokio::test]
async fn every_kind_of_difference_is_opened_once_told_once_and_closed_when_gone() {
    for kind in KINDS {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let amara = account(&it, "chat", AMARA);
        differ(&it, kind).await;
        sweeps(&mut it).await;
        let findings = open(&it).await;
        let of_kind: Vec<&Finding> = findings.iter().filter(|f| f.seen.kind == kind).collect();
        let [finding] = of_kind.as_slice() else {
            panic!("{kind:?}: {findings:#?}")
        };
        // A leaver who is still active left without a case, too.
        let expected = 1 + usize::from(kind == FindingKind::LeaverActive);
        assert_eq!(findings.len(), expected, "{findings:#?}");
        let window = finding.window.due.duration_since(it.now());
        match kind {
            FindingKind::LeaverActive | FindingKind::NotRead => {
                assert_eq!(window, SignedDuration::from_mins(60));
            }
            // Monday 08:01 in Berlin, until Wednesday 17:30.
            _ => assert_eq!(
                window,
                SignedDuration::from_mins(2 * 24 * 60 + 9 * 60 + 29),
                "{kind:?}"
            ),
        }
        let owner = if kind == FindingKind::LeftWithoutCase {
            "people"
        } else {
            "it"
        };
        assert_eq!(finding.owner.as_str(), owner);
        let told = it.letters.len();
        assert!(
            it.letters
                .iter()
                .any(|sent| sent.letter.text.contains(finding.id.as_str()))
        );
        assert_eq!(told, expected, "{:#?}", it.letters);

        if kind == FindingKind::NotRead {
            differ(&it, kind).await;
        }
        sweeps(&mut it).await;
        assert_eq!(
            kinds(&open(&it).await),
            kinds(&findings),
            "the same difference is the same finding"
        );
        assert_eq!(it.letters.len(), told, "nobody is told twice");
        assert_eq!(recorded(&it, &finding.id).await, ["opened", "told"]);

        it.systems.get("chat").put(AMARA, amara);
        delete(&it, "chat", "x").await;
        if kind == FindingKind::LeftWithoutCase {
            it.happens("person.exiting", "2003", Some("2026-11-20"))
                .await;
        }
        sweeps(&mut it).await;
        let left = kinds(&open(&it).await);
        assert!(!left.contains(&kind), "{kind:?}: {left:?}");
        assert_eq!(
            recorded(&it, &finding.id).await,
            ["opened", "told", "closed"]
        );

        if kind == FindingKind::OrphanAccount {
            differ(&it, kind).await;
            sweeps(&mut it).await;
            let again = ["opened", "told", "closed", "opened again", "told"];
            assert_eq!(recorded(&it, &finding.id).await, again);
        }
    }
}

#[tokio::test]
async fn a_difference_is_set_right_on_request_and_the_record_names_who_asked() {
    for kind in KINDS {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let amara = account(&it, "chat", AMARA);
        differ(&it, kind).await;
        sweeps(&mut it).await;
        let findings = open(&it).await;
        let finding = findings.iter().find(|f| f.seen.kind == kind).unwrap();
        let deps = it.stack.sweep_deps();
        assert!(matches!(
            sweep::repair(&deps, &finding.id, " ").await,
            Err(RepairError::Refused(_))
        ));
        let repaired = sweep::repair(&deps, &finding.id, "Priya Nair").await;
        if !kind.is_repairable() {
            let refused = repaired.unwrap_err().to_string();
            assert!(refused.contains("for a person to"), "{refused}");
            continue;
        }
        assert!(!repaired.unwrap().changes.is_empty());
        let trail = it.stack.ledger.finding_trail(&finding.id).await.unwrap();
        let last = &trail.records.last().unwrap().body;
        assert_eq!(
            (last.what.as_str(), last.by.as_str()),
            ("repaired", "Priya Nair")
        );
        let changes = it.systems.applied();
        match kind {
            FindingKind::MissingAccount
            | FindingKind::MissingEntitlement
            | FindingKind::ExtraEntitlement
            | FindingKind::Suspended => assert_eq!(account(&it, "chat", AMARA), amara),
            _ => {
                let changes: Vec<&str> = changes.iter().map(|a| a.change.as_str()).collect();
                assert_eq!(changes, ["suspend sign-in"], "never deleted");
            }
        }
        // A second request, and the next sweep, find nothing to do.
        let again = sweep::repair(&it.stack.sweep_deps(), &finding.id, "Priya Nair").await;
        assert_eq!(again.unwrap().changes, [""; 0]);
        sweeps(&mut it).await;
        assert!(!kinds(&open(&it).await).contains(&kind));
    }
}

#[tokio::test]
async fn what_a_case_is_at_work_on_is_no_finding() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    // The record says Finance at once; access follows on the day.
    let transfer = it.take_in("transfer.json").await;
    let person = it.case(&transfer).await.employee_id;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let report = sweeps(&mut it).await;
    assert_eq!(open(&it).await, [], "{report:?}");
    let refused = |e: RepairError| e.to_string();
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    sweeps(&mut it).await;
    assert_eq!(open(&it).await, []);
    // Now nothing is at work, and what somebody takes by hand is found.
    let mut account = account(&it, "chat", person.as_str());
    let taken = account.entitlements.pop_first().unwrap();
    it.systems.get("chat").put(person.as_str(), account);
    sweeps(&mut it).await;
    let [finding] = open(&it).await.try_into().unwrap();
    assert_eq!(
        (finding.seen.kind, finding.seen.entitlements),
        (FindingKind::MissingEntitlement, [taken].into())
    );
    // With a new case at work, a repair is refused.
    it.happens("person.exit.urgent", person.as_str(), None)
        .await;
    let repaired = sweep::repair(&it.stack.sweep_deps(), &finding.id, "Priya Nair").await;
    assert!(
        repaired
            .map_err(refused)
            .unwrap_err()
            .contains("is at work there already")
    );
}

#[tokio::test]
async fn a_leaver_who_is_let_in_again_by_hand_is_found_and_suspended() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it.happens("person.exit.urgent", AMARA, None).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    sweeps(&mut it).await;
    assert_eq!(open(&it).await, []);
    let mut back = account(&it, "directory", AMARA);
    back.active = true;
    back.entitlements.insert(Entitlement::from("vpn"));
    it.systems.get("directory").put(AMARA, back);
    sweeps(&mut it).await;
    let [finding] = open(&it).await.try_into().unwrap();
    assert_eq!(finding.seen.kind, FindingKind::LeaverActive);
    assert_eq!(it.letters_about("URGENT: 1 finding").len(), 1);
    // Nobody acts within the hour.
    it.clock.jump_to(it.later(2));
    sweeps(&mut it).await;
    sweeps(&mut it).await;
    let missed: Vec<&str> = it
        .letters_about("MISSED")
        .iter()
        .map(|s| s.letter.to.as_str())
        .collect();
    assert!(
        missed.contains(&"it@acme.example") && missed.contains(&"cio@acme.example"),
        "{missed:?}"
    );
    assert_eq!(missed.len(), 2, "told once");
    // Whoever decides above gets it as urgent, with the name and the way to the page.
    let letter = it.letters_about("URGENT: MISSED")[0].letter.clone();
    assert!(letter.urgent);
    let page = format!("/findings#f-{}", finding.id);
    for seen in ["Amara Okafor (1017)", page.as_str(), "“Repair it”"] {
        assert!(letter.text.contains(seen), "{seen}: {}", letter.text);
    }
    assert!(!letter.text.contains("--repair"), "{}", letter.text);
    sweep::repair(&it.stack.sweep_deps(), &finding.id, "Priya Nair")
        .await
        .unwrap();
    let account = account(&it, "directory", AMARA);
    assert!(!account.active && account.entitlements.is_empty());
    sweeps(&mut it).await;
    assert_eq!(open(&it).await, []);
}

#[tokio::test]
async fn a_system_that_fails_keeps_no_other_from_being_swept_and_closes_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    it.systems.get("chat").put("x", nobodys("old.bot", None));
    sweeps(&mut it).await;
    it.systems
        .get("directory")
        .put("x", nobodys("old.bot", None));
    delete(&it, "chat", "x").await;
    differ(&it, FindingKind::NotRead).await;
    let report = sweeps(&mut it).await;
    let chat = SystemId::new("chat").ok();
    let swept = report.systems.iter().find(|s| s.system == chat).unwrap();
    assert_eq!(swept.fault.as_deref(), Some("Unreachable"));
    let mut all = kinds(&open(&it).await);
    all.sort();
    let orphan = FindingKind::OrphanAccount;
    assert_eq!(
        all,
        [orphan, orphan, FindingKind::NotRead],
        "what chat had is not closed unread"
    );
    let alert = it.letters_about("URGENT")[0];
    assert!(
        alert.letter.text.contains("could not be read"),
        "{}",
        alert.letter.text
    );
    sweeps(&mut it).await;
    assert_eq!(kinds(&open(&it).await), [orphan]);
}

#[tokio::test]
async fn a_dry_run_shows_the_same_and_writes_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    differ(&it, FindingKind::ExtraEntitlement).await;
    let dry = Request {
        dry_run: true,
        ..Request::default()
    };
    let heard = Mutex::new(Vec::new());
    let hear = |_: sweep::Met, finding: &Finding| heard.lock().unwrap().push(finding.id.clone());
    let mut deps = it.stack.sweep_deps();
    deps.heard = Some(&hear);
    let report = sweep::handle(&deps, &dry).await.unwrap();
    assert_eq!(report.systems.iter().map(|s| s.opened).sum::<usize>(), 1);
    assert_eq!(open(&it).await, []);
    sweeps(&mut it).await;
    let [finding] = open(&it).await.try_into().unwrap();
    assert_eq!(*heard.lock().unwrap(), [finding.id]);
    assert_eq!(it.letters.len(), 1);
    let nowhere = Request {
        system: SystemId::new("nowhere").ok(),
        ..Request::default()
    };
    let refused = sweep::handle(&it.stack.sweep_deps(), &nowhere).await;
    assert!(matches!(refused, Err(Failure::Rejected(_))));
}

#[tokio::test]
async fn a_case_whose_execution_was_lost_is_started_again_and_comes_to_its_end() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let (lost, runs) = (it.take_in("hire.json").await, it.take_in("exit.json").await);
    it.play(&mut Answers::willing(), Some(it.later(48))).await;
    let before = it.case(&lost).await;
    it.stack
        .engine
        .stop(&before.execution_name(), "Lost", "a test")
        .unwrap();
    let report = sweeps(&mut it).await;
    assert_eq!(report.restarted, std::slice::from_ref(&lost));
    assert_eq!(it.case(&lost).await.revision, before.revision.next());
    assert_eq!(sweeps(&mut it).await.restarted, []);
    it.play(&mut Answers::willing(), None).await;
    for case in [&lost, &runs] {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
    }
    let records = it.recorded(&lost, None).await;
    assert_eq!(
        records.iter().filter(|word| *word == "restarted").count(),
        1,
        "{records:?}"
    );
    assert_eq!(sweeps(&mut it).await.restarted, []);
    assert_eq!(open(&it).await, []);
}

#[tokio::test]
async fn everybody_is_looked_at_whatever_the_page() {
    let mut it = Rehearsal::of(&acme()).await;
    let (_, runbook) = it.stack.runbooks.current(&it.stack.ledger).await.unwrap();
    let last = 449;
    for n in 0..=last {
        let employee = format!("{n:05}");
        known(&it, &employee, "2020-01-01", None).await;
        let row = it
            .stack
            .ledger
            .find_person(&EmployeeId::new(employee.as_str()).unwrap())
            .await
            .unwrap();
        let mut draft = row.unwrap().item.record;
        draft.family_name = Some(format!("Berg{n}"));
        let person = draft.complete().unwrap();
        for system in it.systems.names() {
            let mut account = runbook.desired(&person, system).unwrap();
            if n == last {
                account.entitlements.clear();
            }
            it.systems.get(system.as_str()).put(&employee, account);
        }
    }
    delete(&it, "chat", "00448").await;
    let report = sweeps(&mut it).await;
    let read: Vec<usize> = report.systems.iter().map(|s| s.accounts).collect();
    assert_eq!(read, [0, 449, 450]);
    let mut all: Vec<(FindingKind, String)> = open(&it)
        .await
        .into_iter()
        .map(|f| (f.seen.kind, f.seen.employee_id.unwrap().to_string()))
        .collect();
    all.sort();
    let last = format!("{last:05}");
    assert_eq!(
        all,
        [
            (FindingKind::MissingAccount, "00448".to_owned()),
            (FindingKind::MissingEntitlement, last.clone()),
            (FindingKind::MissingEntitlement, last),
        ]
    );
}

#[tokio::test]
async fn an_execution_that_nears_its_year_is_renewed() {
    let mut it = Rehearsal::of(&acme()).await;
    let case = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let first = it.case(&case).await;
    it.clock.jump_to(it.later(299 * 24));
    assert_eq!(
        sweep::handle(&it.stack.sweep_deps(), &Request::default())
            .await
            .unwrap()
            .restarted,
        []
    );
    it.clock.jump_to(it.later(24));
    let report = sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    assert_eq!(report.restarted, std::slice::from_ref(&case));
    let second = it.case(&case).await;
    let status = |case: &latchkey_lifecycle::Case| it.stack.engine.status(&case.execution_name());
    assert_eq!(status(&first), Some(Status::Aborted));
    assert_eq!(status(&second), Some(Status::Running));
    assert_eq!(it.recorded(&case, None).await.last().unwrap(), "renewed");
}
