//! The ledger on the in-process DynamoDB, behind the SDK and without it.

#![allow(clippy::unwrap_used)]

mod sdk;

use std::collections::BTreeSet;

use jiff::Timestamp;
use latchkey_ledger::{
    Delivered, DeliveryKey, Gave, Ledger, LedgerError, PersonRecord, Receipt, Received, Row, Shelf,
    embedded,
};
use latchkey_lifecycle::{
    AuditBody, Case, CaseId, CaseState, Checkpoints, EmployeeId, Event, EventKind, Letter,
    LetterId, Names, PersonDraft, QueuedLetter, Revision, RunbookVersion, SystemId, Task, TaskId,
    TaskState, TeamId, Verification, Window, Work,
};
use latchkey_story::Heard;

fn now() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().unwrap()
}

fn note(what: &str) -> AuditBody {
    AuditBody {
        at: now(),
        by: "test".into(),
        what: what.to_owned().into(),
        text: what.into(),
        detail: serde_json::Value::Null,
    }
}

fn receipt(delivery: &str) -> Receipt {
    let employee = EmployeeId::new("1042").unwrap();
    let effective = Some("2026-12-07".parse().unwrap());
    let id = CaseId::of(EventKind::Hire, &employee, effective);
    let record = PersonDraft::try_from("1042").unwrap();
    let event = Event {
        kind: EventKind::Hire,
        source: "generic".into(),
        delivery_id: delivery.into(),
        occurred_at: now(),
        effective,
        person: record.clone(),
        reason: None,
        confirmed_by: None,
    };
    let led_to = Delivered {
        case_id: Some(id.clone()),
        employee_id: Some(employee.clone()),
        words: None,
    };
    let case = Case {
        effective,
        ..Case::received(
            id,
            EventKind::Hire,
            employee.clone(),
            RunbookVersion::new("v1").unwrap(),
            now(),
            now(),
        )
    };
    Receipt {
        heard: Some(Heard::of(event, now())),
        delivery: Some((DeliveryKey::of("generic", delivery), led_to)),
        cases: vec![(Row::new(case), note("received"))],
        people: vec![(employee, Row::new(PersonRecord::new(record, now(), 1)))],
        ..Receipt::default()
    }
}

fn task(case: &Case, id: &str) -> Task {
    Task {
        id: TaskId::new(id).unwrap(),
        case_id: case.id.clone(),
        revision: case.revision,
        title: id.into(),
        why: None,
        owner: TeamId::new("it").unwrap(),
        work: Work::Person {
            instructions: "do it".into(),
            checklist: vec![],
            fields: vec![],
        },
        window: Window {
            opens: now(),
            due: now(),
        },
        checkpoints: Checkpoints {
            remind: now(),
            escalate: now(),
        },
        needs: vec![],
        gates: Default::default(),
        needed_by: vec![],
        verification: Verification::Attested,
        approval: false,
        access: Default::default(),
        gives_in: None,
        state: TaskState::Planned,
        ended_at: None,
        answer: None,
        left_out: None,
        trouble: None,
    }
}

async fn with_case(ledger: Ledger) -> (Ledger, CaseId) {
    let mut first = receipt("d1");
    assert_eq!(ledger.receive(&mut first).await.unwrap(), Received::Written);
    (ledger, first.cases[0].0.item.id.clone())
}

async fn revise(ledger: &Ledger, id: &CaseId) {
    ledger
        .change_case::<LedgerError>(id, |case| {
            case.revision = case.revision.next();
            case.state = CaseState::Received;
            Ok(Some(vec![note("revised")]))
        })
        .await
        .unwrap();
}

async fn the_same_event_is_written_once(ledger: Ledger) {
    let (ledger, id) = with_case(ledger).await;
    assert_eq!(
        ledger.receive(&mut receipt("d2")).await.unwrap(),
        Received::Again
    );
    assert_eq!(
        ledger
            .delivered("generic", "d1")
            .await
            .unwrap()
            .unwrap()
            .case_id,
        Some(id.clone())
    );
    assert_eq!(ledger.delivered("generic", "d2").await.unwrap(), None);
    assert_eq!(ledger.cases(Shelf::Open, 10).await.unwrap().len(), 1);
    let who = EmployeeId::new("1042").unwrap();
    assert_eq!(
        ledger.cases_of(&who).await.unwrap(),
        vec![(id, EventKind::Hire)]
    );
    let each = ledger.each_case_of(&who).await.unwrap();
    let [case] = each.as_slice() else {
        panic!("{each:?}")
    };
    assert_eq!(case.item.employee_id, who);
    assert!(ledger.find_person(&who).await.unwrap().is_some());
    let heard = ledger.heard_of(&who).await.unwrap();
    assert_eq!(heard, Vec::from_iter(receipt("d1").heard));
}

/// What is not taken in tells nobody; a letter that is there already, of another event, holds nothing up.
async fn letters_go_out_with_what_they_tell_of(ledger: Ledger) {
    let letter = |about: &str| {
        let text = Letter::new("security", "sec@acme.example", about, "held");
        QueuedLetter::new(LetterId::of(&[&about]), text, None, now())
    };
    let waiting = async || {
        let rows = ledger.letters_waiting(10).await.unwrap();
        let subjects = rows.into_iter().map(|row| row.item.letter.subject);
        subjects.collect::<Vec<_>>()
    };
    let mut first = receipt("d1");
    first.letters = vec![letter("the clock")];
    let received = ledger.receive(&mut first).await.unwrap();
    assert_eq!(
        (received, waiting().await),
        (Received::Written, vec!["the clock".to_owned()])
    );
    let mut same = receipt("d1");
    same.letters = vec![letter("another case")];
    let received = ledger.receive(&mut same).await.unwrap();
    assert_eq!((received, waiting().await.len()), (Received::Again, 1));
    let mut next = Receipt {
        letters: vec![letter("the clock"), letter("held")],
        ..Receipt::default()
    };
    let received = ledger.receive(&mut next).await.unwrap();
    assert_eq!((received, waiting().await.len()), (Received::Written, 2));
}

/// Another id's record named it before: nothing was told of the person by that.
async fn who_was_only_named_is_imported_all_the_same(ledger: Ledger) {
    let who = EmployeeId::new("C204").unwrap();
    let mut named = PersonRecord::new(PersonDraft::default(), now(), 0);
    named.linked.insert(EmployeeId::new("1042").unwrap());
    let mut receipt = Receipt {
        people: vec![(who.clone(), Row::new(named))],
        ..Receipt::default()
    };
    assert_eq!(
        ledger.receive(&mut receipt).await.unwrap(),
        Received::Written
    );
    assert!(ledger.find_person(&who).await.unwrap().is_none());
    assert_eq!(ledger.people(None, 10).await.unwrap().people, []);
    let record = PersonDraft::try_from("C204").unwrap();
    ledger.import_person(&who, record, now()).await.unwrap();
    let row = ledger.find_person(&who).await.unwrap().unwrap();
    assert_eq!((row.item.events, row.item.linked.len()), (1, 1));
    assert_eq!(ledger.heard_of(&who).await.unwrap().len(), 1);
    assert_eq!(ledger.people(None, 10).await.unwrap().people.len(), 1);
}

/// Source: DynamoDB API reference, TransactWriteItems: 100 items, 4 MB.
async fn what_no_transaction_takes_is_refused_whole(ledger: Ledger) {
    let other = |nth, reason: &str| {
        let (mut case, _) = receipt("d").cases.remove(0);
        case.item.id = CaseId::of_nth(EventKind::Hire, &case.item.employee_id, None, nth);
        case.item.reason = Some(reason.to_owned());
        (case, note("changed"))
    };
    let many = (1..=33).map(|nth| other(nth, "")).collect();
    let large = vec![other(1, &"x".repeat(4 << 20))];
    for others in [many, large] {
        let others: Vec<(Row<Case>, AuditBody)> = others;
        let mut receipt = receipt("d1");
        receipt.cases.extend(others);
        let refused = ledger.receive(&mut receipt).await;
        assert!(
            matches!(refused, Err(LedgerError::TooMuchAtOnce { .. })),
            "{refused:?}"
        );
        assert_eq!(ledger.cases(Shelf::Open, 10).await.unwrap(), []);
    }
}

async fn a_step_of_an_older_revision_is_fenced_and_changes_nothing(ledger: Ledger) {
    let (ledger, id) = with_case(ledger).await;
    let case = ledger.case(&id).await.unwrap();
    ledger
        .write_plan(&case, &[task(&case.item, "laptop")], now())
        .await
        .unwrap();
    revise(&ledger, &id).await;
    let case = ledger.case(&id).await.unwrap();
    ledger
        .write_plan(&case, &[task(&case.item, "laptop")], now())
        .await
        .unwrap();

    let laptop = TaskId::new("laptop").unwrap();
    let late = ledger
        .change_task::<LedgerError>(&id, &laptop, Revision::FIRST, |row| {
            row.task.state = TaskState::Verified;
            Ok(Some(vec![note("verified")]))
        })
        .await;
    assert!(matches!(late, Err(LedgerError::Fenced { .. })), "{late:?}");
    let row = ledger.find_task(&id, &laptop).await.unwrap().unwrap();
    assert_eq!(row.item.task.state, TaskState::Planned);
    assert!(matches!(
        ledger.fenced_case(&id, Revision::FIRST).await,
        Err(LedgerError::Fenced { .. })
    ));
}

async fn planning_anew_keeps_what_is_done_and_leaves_out_what_is_gone(ledger: Ledger) {
    let (ledger, id) = with_case(ledger).await;
    let case = ledger.case(&id).await.unwrap();
    let tasks: Vec<Task> = ["badge", "desk", "laptop"]
        .map(|t| task(&case.item, t))
        .into();
    ledger.write_plan(&case, &tasks, now()).await.unwrap();
    ledger
        .change_task::<LedgerError>(&id, &tasks[0].id, Revision::FIRST, |row| {
            row.task.state = TaskState::Verified;
            row.task.ended_at = Some(now());
            Ok(Some(vec![note("verified")]))
        })
        .await
        .unwrap();
    revise(&ledger, &id).await;
    let case = ledger.case(&id).await.unwrap();
    let tasks: Vec<Task> = ["badge", "laptop", "phone"]
        .map(|t| task(&case.item, t))
        .into();
    let first = ledger.write_plan(&case, &tasks, now()).await.unwrap();
    let again = ledger.write_plan(&case, &tasks, now()).await.unwrap();
    assert_eq!(first, again);
    let states: Vec<_> = first
        .tasks
        .iter()
        .map(|row| (row.task.id.as_str(), row.task.state))
        .collect();
    assert_eq!(
        states,
        [
            ("badge", TaskState::Verified),
            ("desk", TaskState::Waived),
            ("laptop", TaskState::Planned),
            ("phone", TaskState::Planned)
        ]
    );
    assert!(
        first
            .tasks
            .iter()
            .all(|row| row.task.revision == Revision(2))
    );
    for trail in ledger.audit_trail(&id).await.unwrap() {
        assert_eq!(trail.fault, None, "{:?}", trail.task);
    }
}

async fn a_plan_of_two_hundred_tasks_is_written_whole(ledger: Ledger) {
    let (ledger, id) = with_case(ledger).await;
    let case = ledger.case(&id).await.unwrap();
    let tasks: Vec<Task> = (0..200)
        .map(|n| task(&case.item, &format!("t{n:03}")))
        .collect();
    let written = ledger.write_plan(&case, &tasks, now()).await.unwrap();
    assert_eq!(written.tasks.len(), 200);
    assert_eq!(ledger.tasks(&id).await.unwrap().len(), 200);
}

async fn a_runbook_version_comes_back_as_it_was_stored(ledger: Ledger) {
    let version = RunbookVersion::new("v1").unwrap();
    assert!(matches!(
        ledger.runbook_files(&version).await,
        Err(LedgerError::Absent { .. })
    ));
    let files = [("runbook.yaml".to_owned(), "company: Acme".to_owned())].into();
    ledger
        .publish_runbook(&version, &files, now())
        .await
        .unwrap();
    assert_eq!(
        ledger.current_runbook().await.unwrap(),
        Some(version.clone())
    );
    assert_eq!(ledger.runbook_files(&version).await.unwrap(), files);
}

#[tokio::test]
async fn a_file_backed_ledger_is_there_after_a_restart() {
    let file = std::env::temp_dir().join(format!("latchkey-ledger-{}.db", std::process::id()));
    let _ = std::fs::remove_file(&file);
    {
        let ledger = embedded::open(Some(&file)).await.unwrap();
        ledger.receive(&mut receipt("d1")).await.unwrap();
    }
    let ledger = embedded::open(Some(&file)).await.unwrap();
    assert_eq!(ledger.cases(Shelf::Open, 10).await.unwrap().len(), 1);
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn a_row_that_the_table_cannot_read_is_called_damaged_and_not_busy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let (ledger, id) = with_case(embedded::open(Some(&file)).await.unwrap()).await;
    let table = rusqlite::Connection::open(&file).unwrap();
    let damaged =
        "update \"latchkey\" set item_json = 'x' where pk = ?1 and sk like 'S:AUDIT#CASE#%'";
    assert_ne!(table.execute(damaged, [format!("S:CASE#{id}")]).unwrap(), 0);
    let faults = ledger.verify_case(&id, "a test").await.unwrap();
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let said = format!(
        "case {id}: what is stored of it cannot be read: a row of it, AUDIT#CASE#\u{2026}, is damaged: it is no JSON"
    );
    assert_eq!(faults, [said]);
    let error = ledger.audit_trail(&id).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains(id.as_str()), "{error}");
}

fn names(accounts: &[(&str, &str)]) -> Names {
    let accounts = accounts
        .iter()
        .map(|(system, name)| (SystemId::new(*system).unwrap(), (*name).to_owned()));
    Names {
        accounts: accounts.collect(),
        ..Names::default()
    }
}

async fn a_name_is_given_to_one_person_and_never_taken_away(ledger: Ledger) {
    let [zoe, other] = ["1042", "1043"].map(|id| EmployeeId::new(id).unwrap());
    let nothing = BTreeSet::new();
    let give = async |who: &EmployeeId, wanted: &Names, own: &BTreeSet<String>| {
        let before = ledger.names_of(who).await.unwrap();
        let gave = ledger.give_names(who, &before, wanted, own, now()).await;
        gave.unwrap()
    };
    let hers = names(&[("directory", "Zoe"), ("erp", "z2")]);
    assert_eq!(give(&zoe, &hers, &nothing).await, Gave::All);
    assert_eq!(give(&zoe, &hers, &nothing).await, Gave::All);

    // Case does not count. Nothing is written when one of the names is somebody else's.
    let wanted = names(&[("directory", "new"), ("erp", "ZOE")]);
    let held = Gave::Not([("zoe".to_owned(), zoe.clone())].into());
    assert_eq!(give(&other, &wanted, &nothing).await, held);
    assert_eq!(
        ledger.names_of(&other).await.unwrap().item,
        Names::default()
    );
    let new = "new".to_owned();
    assert_eq!(ledger.holders([&new]).await.unwrap().len(), 0);

    // Who is called otherwise keeps the old name; and names with numbers are found with those without.
    let later = names(&[("directory", "zoe7"), ("erp", "z2")]);
    assert_eq!(give(&zoe, &later, &nothing).await, Gave::All);
    let held = ledger
        .holders([&"zoe@acme.example".to_owned()])
        .await
        .unwrap();
    let held: Vec<(&str, &EmployeeId)> = held.iter().map(|(n, e)| (n.as_str(), e)).collect();
    assert_eq!(held, [("zoe", &zoe), ("zoe7", &zoe)]);

    // A writer that read before another one wrote looks again.
    let before = Row::new(Names::default());
    let gave = ledger.give_names(&zoe, &before, &wanted, &nothing, now());
    assert!(matches!(gave.await.unwrap(), Gave::Not(_)));
    assert_eq!(ledger.names_of(&zoe).await.unwrap().item, later);
}

async fn more_names_than_a_transaction_takes_and_names_that_others_chose(ledger: Ledger) {
    let [zoe, other] = ["1042", "1043"].map(|id| EmployeeId::new(id).unwrap());
    let many: Vec<(String, String)> = (0..230)
        .map(|n| (format!("s{n}"), format!("zoe{n}")))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(s, n)| (s.as_str(), n.as_str())).collect();
    let many = names(&many);
    let before = ledger.names_of(&zoe).await.unwrap();
    let nothing = BTreeSet::new();
    let gave = ledger.give_names(&zoe, &before, &many, &nothing, now());
    assert_eq!(gave.await.unwrap(), Gave::All);
    let all = ledger.holders([&"zoe1".to_owned()]).await.unwrap();
    assert_eq!(all.len(), 230);

    // An account is called what it is called, also by a name of somebody else's; that stays theirs.
    let directory = SystemId::new("directory").unwrap();
    for name in ["zoe1", "legacy"] {
        ledger
            .note_name(&other, &directory, name, now())
            .await
            .unwrap();
        let noted = ledger.names_of(&other).await.unwrap().item;
        assert_eq!(noted.accounts["directory"], name);
    }
    let held = ledger
        .holders([&"zoe1".to_owned(), &"legacy".to_owned()])
        .await
        .unwrap();
    assert_eq!((&held["zoe1"], &held["legacy"]), (&zoe, &other));
}

async fn people_come_page_by_page_in_the_order_of_their_ids(ledger: Ledger) {
    let ids: Vec<EmployeeId> = ["1042", "1007", "1100", "1001", "1055"]
        .map(|id| EmployeeId::new(id).unwrap())
        .into();
    for id in &ids {
        let draft = PersonDraft::try_from(id.as_str()).unwrap();
        ledger.import_person(id, draft, now()).await.unwrap();
    }
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = ledger.people(after.as_ref(), 2).await.unwrap();
        let ids = page.people.iter().map(|(id, _)| id.to_string());
        pages.push(ids.collect::<Vec<_>>());
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(pages.concat(), ["1001", "1007", "1042", "1055", "1100"]);
    assert!(pages.iter().all(|page| page.len() <= 2), "{pages:?}");

    let nobody = EmployeeId::new("9999").unwrap();
    let asked = [&ids[..], std::slice::from_ref(&nobody)].concat();
    let known = ledger.records_of(&asked).await.unwrap();
    assert_eq!((known.len(), known.get(&nobody)), (5, None));
}

/// One page of the index has them, or each person is asked for.
async fn open_cases_of_people_are_found_however_many_are_open(ledger: Ledger) {
    let who = |n: usize| EmployeeId::new(format!("e{n}")).unwrap();
    let mut asked = vec![who(3), who(27), EmployeeId::new("nobody").unwrap()];
    for begin in (0..308).step_by(28) {
        let cases = (begin..begin + 28).map(|n| {
            let (mut case, note) = receipt("d").cases.remove(0);
            case.item.employee_id = who(n);
            case.item.id = CaseId::of(EventKind::Hire, &who(n), None);
            if n == 3 {
                case.item.state = CaseState::Superseded;
            }
            (case, note)
        });
        let mut receipt = Receipt {
            cases: cases.collect(),
            ..Receipt::default()
        };
        ledger.receive(&mut receipt).await.unwrap();
        let open = ledger.open_cases_of(&asked).await.unwrap();
        let found: BTreeSet<&EmployeeId> = open.keys().collect();
        let wanted: BTreeSet<&EmployeeId> =
            asked[1..].iter().filter(|id| **id != asked[2]).collect();
        assert_eq!(found, wanted, "{begin}");
        assert!(open.values().all(|cases| cases.len() == 1));
        if begin > 0 && asked.len() == 3 {
            asked.push(who(30));
        }
    }
}

/// Names and addresses of so many people do not go into the transaction of their rows.
async fn who_is_written_with_many_others_is_found_all_the_same(ledger: Ledger) {
    let people = (0..30).map(|n| {
        let record = PersonDraft {
            given_name: Some("Kai".to_owned()),
            family_name: Some(format!("M\u{fc}ller{n:02}")),
            work_email: Some(format!("kai.{n:02}@acme.example")),
            ..PersonDraft::default()
        };
        let id = EmployeeId::new(format!("k{n}")).unwrap();
        (id, Row::new(PersonRecord::new(record, now(), 1)))
    });
    let mut receipt = Receipt {
        people: people.collect(),
        ..Receipt::default()
    };
    let received = ledger.receive(&mut receipt).await.unwrap();
    assert_eq!(received, Received::Written);
    for (typed, found) in [("kai mueller", 30), ("mueller07", 1), ("kai.29@acme", 1)] {
        let page = ledger.people_named(typed, 50, None).await.unwrap();
        assert_eq!(page.people.len(), found, "{typed}");
    }
}

async fn a_step_reads_its_case_and_its_task_or_hears_what_is_missing(ledger: Ledger) {
    let (ledger, id) = with_case(ledger).await;
    let one = TaskId::new("one").unwrap();
    let step = async |task: &TaskId, revision| ledger.fenced_step(&id, task, revision).await;
    let absent = step(&one, Revision::FIRST).await.unwrap_err();
    assert_eq!(
        absent.to_string(),
        format!("there is no task one of case {id} in the ledger")
    );
    let case = ledger.case(&id).await.unwrap();
    let tasks = [task(&case.item, "one"), task(&case.item, "two")];
    ledger.write_plan(&case, &tasks, now()).await.unwrap();
    let (case, row) = step(&one, Revision::FIRST).await.unwrap();
    assert_eq!((&case.item.id, &row.item.task.id), (&id, &one));
    revise(&ledger, &id).await;
    let fenced = step(&one, Revision::FIRST).await;
    assert!(
        matches!(fenced, Err(LedgerError::Fenced { .. })),
        "{fenced:?}"
    );
    // The case is at the next revision, the task is not yet: it has not been planned anew.
    let fenced = step(&one, Revision::FIRST.next()).await;
    assert!(
        matches!(fenced, Err(LedgerError::Fenced { .. })),
        "{fenced:?}"
    );
}

/// Every test on the table behind the SDK, and on those that are called without it: all have to answer alike.
macro_rules! each_way {
    ($($test:ident,)*) => {
        mod behind_the_sdk {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::sdk::open().await).await;
            })*
        }
        mod in_a_thread {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::embedded::open(None).await.unwrap()).await;
            })*
        }
        mod straight {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::embedded::open_here().await.unwrap()).await;
            })*
        }
    };
}

each_way! {
    the_same_event_is_written_once,
    letters_go_out_with_what_they_tell_of,
    who_was_only_named_is_imported_all_the_same,
    what_no_transaction_takes_is_refused_whole,
    a_step_of_an_older_revision_is_fenced_and_changes_nothing,
    planning_anew_keeps_what_is_done_and_leaves_out_what_is_gone,
    a_plan_of_two_hundred_tasks_is_written_whole,
    a_runbook_version_comes_back_as_it_was_stored,
    a_name_is_given_to_one_person_and_never_taken_away,
    more_names_than_a_transaction_takes_and_names_that_others_chose,
    people_come_page_by_page_in_the_order_of_their_ids,
    open_cases_of_people_are_found_however_many_are_open,
    who_is_written_with_many_others_is_found_all_the_same,
    a_step_reads_its_case_and_its_task_or_hears_what_is_missing,
}
