//! Promise 9, against somebody who may write to the table: what is changed beside the trail is found, wherever it is.

use latchkey_ledger::{Attribute, AuditRound, Row, Shelf, TaskRow, Where, embedded::by_hand};
use latchkey_lifecycle::{Account, CaseId, Finding, FindingKind};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::{Value, json};

use crate::sweep::sweeps;

/// Everything that does not fit, in words; a page is a person, so that a round has many.
pub(crate) async fn faults(it: &Rehearsal) -> Vec<String> {
    let mut faults = Vec::new();
    let mut round = Some(AuditRound::default());
    while let Some(here) = round {
        // Where it stands is kept between sweeps.
        let here: AuditRound = serde_json::from_value(json!(here)).unwrap();
        let page = it.stack.ledger.audit_page(&here, 1).await.unwrap();
        faults.extend(page.faults.iter().map(ToString::to_string));
        round = page.next;
    }
    faults.sort();
    faults.dedup();
    faults
}

/// A closed hire and an open one.
async fn played() -> (Rehearsal, CaseId, CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::willing(), None).await;
    let exit = it.take_in("exit.json").await;
    it.play(
        &mut Answers::willing(),
        Some("2026-11-24T12:00:00Z".parse().unwrap()),
    )
    .await;
    (it, hire, exit)
}

/// Somebody who may write to the table.
pub(crate) struct Hand<'a> {
    pub(crate) it: &'a Rehearsal,
    pub(crate) case: &'a CaseId,
}

impl Hand<'_> {
    pub(crate) async fn change(&self, sk: &str, change: impl FnOnce(&mut Value)) {
        let pk = format!("CASE#{}", self.case);
        let changed = |mut body: Value| {
            assert!(!body.is_null(), "{sk}");
            change(&mut body);
            Some(body)
        };
        by_hand(&self.it.stack.ledger, (&pk, sk), changed)
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, sk: &str) {
        let pk = format!("CASE#{}", self.case);
        by_hand(&self.it.stack.ledger, (&pk, sk), |_| None)
            .await
            .unwrap();
    }

    async fn read(&self, sk: &str) -> Value {
        let mut read = Value::Null;
        self.change(sk, |row| read = row.clone()).await;
        read
    }

    async fn put(&self, sk: &str, body: Value) {
        let pk = format!("CASE#{}", self.case);
        by_hand(&self.it.stack.ledger, (&pk, sk), |_| Some(body))
            .await
            .unwrap();
    }
}

/// The records of a task that was asked for, done and verified.
const RECORDS: [&str; 3] = [
    "AUDIT#TASK#laptop#00000001",
    "AUDIT#TASK#laptop#00000002",
    "AUDIT#TASK#laptop#00000003",
];
const TASK: &str = "TASK#laptop";

/// A way to tamper with rows.
#[derive(Debug, Clone, Copy)]
enum Tamper {
    Change(&'static str, fn(&mut Value)),
    Delete(&'static [&'static str]),
    Insert,
    CutOff,
}

impl Tamper {
    async fn carry_out(self, hand: &Hand<'_>) {
        match self {
            Tamper::Change(sk, change) => hand.change(sk, change).await,
            Tamper::Delete(all) => {
                for sk in all {
                    hand.delete(sk).await;
                }
            }
            Tamper::Insert => {
                let mut record = hand.read(RECORDS[2]).await;
                record["seq"] = json!(4);
                hand.put("AUDIT#TASK#laptop#00000004", record).await;
            }
            Tamper::CutOff => {
                hand.delete(RECORDS[2]).await;
                let before = hand.read(RECORDS[1]).await;
                hand.change(TASK, |row| {
                    row["auditSeq"] = json!(2);
                    row["auditHash"] = before["hash"].clone();
                    row["item"]["task"]["state"] = before["mark"]["state"].clone();
                })
                .await;
            }
        }
    }
}

#[tokio::test]
async fn what_was_done_by_the_product_itself_is_no_tampering() {
    let (mut it, _, _) = played().await;
    // Two cases of one person stand on one page of the index.
    it.happens("person.exiting", "1042", Some("2027-03-31"))
        .await;
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    assert_eq!(faults(&it).await, Vec::<String>::new());
}

/// Each tampering with one row, and what the auditor reads: case, task and record.
#[allow(clippy::too_many_lines, reason = "a table")]
#[tokio::test]
async fn each_row_that_is_tampered_with_is_named() {
    use Tamper::{Change, CutOff, Delete, Insert};
    let all: [(&str, Tamper, &str); 13] = [
        (
            "a task's state",
            Change(TASK, |row| row["item"]["task"]["state"] = json!("waived")),
            "task laptop: it is waived, and its last record (3) left it verified",
        ),
        (
            "a task's evidence",
            Change(TASK, |row| {
                row["item"]["task"]["answer"]["by"] = json!("Eve")
            }),
            "task laptop: it is not as record 3 was written with it",
        ),
        (
            "what a system was to do",
            Change("TASK#accounts.directory", |row| {
                row["item"]["task"]["owner"] = json!("eve")
            }),
            "task accounts.directory: it is not as record",
        ),
        (
            "a case's state",
            Change("CASE", |row| row["item"]["state"] = json!("open")),
            ": it is open, and its last record",
        ),
        (
            "what somebody is",
            Change("CASE", |row| row["item"]["person"]["title"] = json!("CEO")),
            ": it is not as record",
        ),
        (
            "a record changed",
            Change(RECORDS[1], |record| record["by"] = json!("Eve")),
            "task laptop: audit record 2 was changed after it was written",
        ),
        (
            "a record's mark left out",
            Change(RECORDS[2], |record| {
                record.as_object_mut().unwrap().remove("mark");
            }),
            "task laptop: audit record 3 was changed after it was written",
        ),
        (
            "a record removed",
            Delete(&["AUDIT#TASK#laptop#00000002"]),
            "task laptop: audit record 2 does not follow the record before it: one was removed or inserted",
        ),
        (
            "a record inserted",
            Insert,
            "task laptop: audit record 4 does not follow",
        ),
        (
            "a task deleted",
            Delete(&[TASK]),
            "task laptop: record 2 of the case names it, and it is not there: it was deleted",
        ),
        (
            "a task deleted with its trail",
            Delete(&[
                TASK,
                "AUDIT#TASK#laptop#00000001",
                "AUDIT#TASK#laptop#00000002",
                "AUDIT#TASK#laptop#00000003",
            ]),
            "task laptop: record 2 of the case names it, and it is not there: it was deleted",
        ),
        (
            "a trail cut off at its end, and its head with it",
            CutOff,
            "of the case closed it over 3 records of this task, and the last of them is not there as it was",
        ),
        (
            "a case deleted",
            Delete(&["CASE"]),
            ": the list of employee 1042 names it, and it is not there: it was deleted",
        ),
    ];
    for (what, tamper, said) in all {
        let (it, hire, _) = played().await;
        tamper
            .carry_out(&Hand {
                it: &it,
                case: &hire,
            })
            .await;
        let faults = faults(&it).await;
        let named =
            |fault: &String| fault.starts_with(&format!("case {hire}")) && fault.contains(said);
        assert!(faults.iter().any(named), "{what}: {faults:#?}");
    }
}

#[tokio::test]
async fn an_open_case_that_is_tampered_with_is_named_too() {
    let (it, _, exit) = played().await;
    let hand = Hand {
        it: &it,
        case: &exit,
    };
    let tasks = it.stack.ledger.tasks(&exit).await.unwrap();
    let waiting = tasks.iter().find(|row| row.audit_seq == 0).unwrap();
    let id = &waiting.item.task.id;
    // Its window moves, so that nobody sees that it is late; nothing was recorded of it but the plan.
    hand.change(&format!("TASK#{id}"), |row| {
        row["item"]["task"]["window"]["due"] = json!("2030-01-01T00:00:00Z")
    })
    .await;
    let said = faults(&it).await;
    let moved = format!(
        "case {exit}, task {id}: it is not as record 2 of the case planned it: it was changed beside its trail"
    );
    assert_eq!(said, [moved]);
    // It counts as verified, and nobody ever began it.
    hand.change(&format!("TASK#{id}"), |row| {
        row["item"]["task"]["state"] = json!("verified")
    })
    .await;
    let said = faults(&it).await;
    let done = format!(
        "case {exit}, task {id}: it is verified, and no record says so: it was changed beside its trail"
    );
    assert_eq!(said, [done]);
    // One more task than was planned.
    hand.delete(&format!("TASK#{id}")).await;
    let mut more = json!(waiting);
    more["item"]["task"]["id"] = json!("made-up");
    hand.put("TASK#made-up", more).await;
    let said = faults(&it).await;
    assert_eq!(
        said,
        [
            format!(
                "case {exit}, task made-up: record 2 of the case does not name it: it was put there beside the trail"
            ),
            format!(
                "case {exit}, task {id}: record 2 of the case names it, and it is not there: it was deleted"
            ),
        ]
    );
}

#[tokio::test]
async fn a_case_that_is_missing_from_its_person_and_a_person_who_is_missing_are_found() {
    let (it, hire, _) = played().await;
    by_hand(
        &it.stack.ledger,
        ("PERSON#1042", &format!("CASE#{hire}")),
        |_| None,
    )
    .await
    .unwrap();
    assert_eq!(
        faults(&it).await,
        [format!(
            "case {hire}: the list of its person, employee 1042, does not name it: the entry was deleted, or the case was put \
             there by hand"
        )]
    );
    by_hand(&it.stack.ledger, ("PERSON#1042", "PROFILE"), |_| None)
        .await
        .unwrap();
    // Whoever has no person is nobody's on the way to them: the trail is verified all the same.
    Hand {
        it: &it,
        case: &hire,
    }
    .change("CASE", |row| row["item"]["state"] = json!("open"))
    .await;
    let said = faults(&it).await;
    assert!(
        said.iter()
            .any(|fault| fault.contains("its person, employee 1042, is not in the ledger")),
        "{said:#?}"
    );
    assert!(
        said.iter()
            .any(|fault| fault.contains("it is open, and its last record")),
        "{said:#?}"
    );
}

#[tokio::test]
async fn a_sweep_tells_the_operators_once_and_closes_its_finding_when_all_fits_again() {
    let (mut it, hire, _) = played().await;
    let told = it.letters.len();
    Hand {
        it: &it,
        case: &hire,
    }
    .change("CASE", |row| row["item"]["state"] = json!("open"))
    .await;
    let mut sweeps_until = 0;
    let finding = loop {
        sweeps(&mut it).await;
        sweeps_until += 1;
        if let [finding] = tampered(&it).await.as_slice() {
            break finding.clone();
        }
        assert!(sweeps_until < 50, "every part has its turn");
    };
    assert_eq!(finding.owner.as_str(), "it");
    let letters: Vec<_> = it.letters[told..]
        .iter()
        .map(|sent| &sent.letter)
        .filter(|letter| letter.text.contains("audit trail"))
        .collect();
    let [letter] = letters.as_slice() else {
        panic!("{letters:#?}")
    };
    assert_eq!(letter.subject, "URGENT: 1 finding in the audit trail");
    let due = letter.text.split_once(", due ").unwrap().1;
    let due = due.lines().next().unwrap();
    assert!(due.contains(" CET (in ") && due.ends_with(')'), "{due}");
    assert!(
        letter
            .text
            .contains(&format!("case {hire}: it is open, and its last record")),
        "{}",
        letter.text
    );
    // Somebody sets it right by hand.
    Hand {
        it: &it,
        case: &hire,
    }
    .change("CASE", |row| row["item"]["state"] = json!("closed"))
    .await;
    sweeps(&mut it).await;
    assert_eq!(tampered(&it).await, []);
}

#[tokio::test]
async fn a_finding_that_is_closed_past_its_trail_is_found() {
    let (mut it, _, _) = played().await;
    let bot = Account {
        employee_id: None,
        name: "old.bot".into(),
        active: true,
        attributes: Default::default(),
        entitlements: Default::default(),
    };
    it.systems.get("chat").put("x", bot);
    sweeps(&mut it).await;
    let page = it
        .stack
        .ledger
        .findings(Shelf::Open, Where::Everywhere, None)
        .await;
    let finding = page.unwrap().findings.remove(0);
    assert_eq!(faults(&it).await, Vec::<String>::new());
    let pk = format!("FINDING#{}", finding.id);
    let closed = |mut row: Value| {
        row["item"]["state"] = json!("accepted");
        Some(row)
    };
    by_hand(&it.stack.ledger, (&pk, "FINDING"), closed)
        .await
        .unwrap();
    let said = format!(
        "finding {}: it is accepted, and its last record (2) left it open: it was changed beside its trail",
        finding.id
    );
    assert_eq!(faults(&it).await, [said]);
}

/// Moves all rows of a task, with its trail, to where they stood in the other case, and back.
async fn exchange(one: &Hand<'_>, other: &Hand<'_>, rows: &[&str]) {
    for sk in rows {
        let (ours, theirs) = (one.read(sk).await, other.read(sk).await);
        one.put(sk, theirs).await;
        other.put(sk, ours).await;
    }
}

/// Every hash stays right, and so does every head: the rows themselves say whose they are.
#[tokio::test]
async fn rows_that_were_exchanged_between_cases_or_copied_are_named() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let mut cases = Vec::new();
    for employee in ["1021", "1030"] {
        cases.push(
            it.happens("person.exiting", employee, Some("2026-12-18"))
                .await,
        );
    }
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let of = |case| Hand { it: &it, case };
    let (one, other) = (of(&cases[0]), of(&cases[1]));
    let tasks = it.stack.ledger.tasks(&cases[0]).await.unwrap();
    let also = it.stack.ledger.tasks(&cases[1]).await.unwrap();
    let is_untouched = |row: &&Row<TaskRow>| row.audit_seq == 0;
    let also: Vec<_> = also
        .iter()
        .filter(is_untouched)
        .map(|row| &row.item.task.id)
        .collect();
    let mut all = tasks.iter().filter(is_untouched);
    let untouched = all.find(|row| also.contains(&&row.item.task.id)).unwrap();
    let sk = format!("TASK#{}", untouched.item.task.id);
    exchange(&one, &other, &[&sk]).await;
    let id = &untouched.item.task.id;
    let said = faults(&it).await;
    for (there, own) in [(&cases[0], &cases[1]), (&cases[1], &cases[0])] {
        let named = format!(
            "case {there}, task {id}: what is stored in its place is case {own}, task {id}: it was moved or copied there"
        );
        assert!(said.contains(&named), "{said:#?}");
    }
    exchange(&one, &other, &[&sk]).await;
    assert_eq!(faults(&it).await, Vec::<String>::new());
    // The cases themselves, with their trails.
    let rows = ["CASE", "AUDIT#CASE#00000001", "AUDIT#CASE#00000002"];
    exchange(&one, &other, &rows).await;
    let said = faults(&it).await;
    let named = format!(
        "case {}: what is stored in its place is case {}: it was moved or copied there",
        cases[0], cases[1]
    );
    assert!(said.contains(&named), "{said:#?}");
}

#[tokio::test]
async fn a_runbook_that_was_changed_under_its_version_is_named() {
    let (it, hire, _) = played().await;
    let version = it.stack.ledger.case(&hire).await.unwrap().item.runbook;
    let pk = format!("RUNBOOK#{version}");
    let changed = |mut file: Value| {
        file["text"] = json!(format!("{}\n# by hand", file["text"].as_str().unwrap()));
        Some(file)
    };
    by_hand(&it.stack.ledger, (&pk, "FILE#runbook.yaml"), changed)
        .await
        .unwrap();
    let named = format!(
        "runbook version {version}: its files are not those that the version was made of: they were changed after it was published"
    );
    assert_eq!(faults(&it).await, std::slice::from_ref(&named));
    let place = format!("runbook version {version}");
    let again = it.stack.ledger.audit_again(&place).await.unwrap();
    assert_eq!(again[0].to_string(), named);
}

async fn tampered(it: &Rehearsal) -> Vec<Finding> {
    let page = it
        .stack
        .ledger
        .findings(Shelf::Open, Where::In(None), None)
        .await;
    let findings = page.unwrap().findings.into_iter();
    findings
        .filter(|f| f.seen.kind == FindingKind::Tampered)
        .collect()
}

#[tokio::test]
async fn what_hr_confirmed_is_whole_or_the_person_is_named() {
    type Change = fn(Value) -> Option<Value>;
    let changes: [(Change, &str); 3] = [
        (
            |_| None,
            "employee 1042: 2 events of HR were kept, and 1 are there",
        ),
        (
            |mut words| {
                words["occurredAt"] = json!("2026-11-20T00:00:00Z");
                Some(words)
            },
            "employee 1042: an event of HR that is kept there has other words by now",
        ),
        (|_| Some(json!("no event")), "employee 1042: an event of HR"),
    ];
    for (change, said) in changes {
        let (it, _, _) = played().await;
        it.happens("person.exiting", "1042", Some("2027-03-31"))
            .await;
        assert_eq!(faults(&it).await, Vec::<String>::new());
        let employee = latchkey_lifecycle::EmployeeId::new("1042").unwrap();
        let heard = it.stack.ledger.heard_of(&employee).await.unwrap();
        let row = format!("HEARD#{}", heard[0].id());
        by_hand(&it.stack.ledger, ("PERSON#1042", &row), change)
            .await
            .unwrap();
        let found = faults(&it).await;
        assert!(found.iter().any(|fault| fault.contains(said)), "{found:?}");
    }
}

#[tokio::test]
async fn a_case_that_is_gone_with_whatever_names_it_is_named_by_what_hr_confirmed() {
    let (it, hire, _) = played().await;
    let row = format!("CASE#{hire}");
    for (pk, sk) in [(row.as_str(), "CASE"), ("PERSON#1042", row.as_str())] {
        by_hand(&it.stack.ledger, (pk, sk), |_| None).await.unwrap();
    }
    let named = format!(
        "case {hire}: an event of HR about employee 1042 names it, and it is not there: it was deleted"
    );
    assert_eq!(faults(&it).await, [named]);
}

/// What a look at the whole table finds, in words.
async fn misplaced(it: &Rehearsal) -> Vec<String> {
    let (mut faults, mut from) = (Vec::new(), None);
    loop {
        let page = it.stack.ledger.verify_places(from).await.unwrap();
        faults.extend(page.faults.iter().map(ToString::to_string));
        from = page.next;
        if from.is_none() {
            return faults;
        }
    }
}

/// Whoever may write to the table takes items out of their index, or puts them into another.
async fn places(it: &Rehearsal, of: &str, place: Option<&str>) {
    let (mut from, mut taken) = (None, Vec::new());
    loop {
        let page = it.stack.ledger.every_item(from).await.unwrap();
        for mut item in page.items {
            let sk = item.0.get("sk").cloned();
            if item.0.get("pk") != Some(&Attribute::S(of.to_owned()))
                || !matches!(sk, Some(Attribute::S(sk)) if ["CASE", "FINDING"].contains(&sk.as_str()))
            {
                continue;
            }
            match place {
                Some(shelf) => drop(
                    item.0
                        .insert("gsi1pk".to_owned(), Attribute::S(shelf.to_owned())),
                ),
                None => item.0.retain(|name, _| !name.starts_with("gsi1")),
            }
            taken.push(item);
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(taken.len(), 1, "{of}");
    assert_eq!(it.stack.ledger.put_items(taken).await.unwrap(), []);
}

/// No page, no sweep and no round through the indexes meets what stands in none.
#[tokio::test]
async fn what_was_taken_out_of_its_index_is_found_in_the_table() {
    let (mut it, hire, exit) = played().await;
    sweeps(&mut it).await;
    assert_eq!((faults(&it).await, misplaced(&it).await), (vec![], vec![]));
    places(&it, &format!("CASE#{exit}"), Some("CASES#closed")).await;
    places(&it, &format!("CASE#{hire}"), None).await;
    let found = misplaced(&it).await;
    for case in [&hire, &exit] {
        let told = |fault: &&String| {
            fault.contains(case.as_str()) && fault.contains("does not stand where it is looked for")
        };
        assert!(found.iter().any(|fault| told(&fault)), "{case}: {found:?}");
    }
}

/// A case that is held and that the brake does not name can be decided by nobody.
#[tokio::test]
async fn a_held_case_that_the_brake_lost_is_found() {
    let mut it = crate::promise_8_brake::company(3).await;
    let cases = crate::promise_8_brake::flood(&it, 4).await;
    let held = cases.last().unwrap();
    assert_eq!(faults(&it).await, [] as [String; 0]);
    let brake = ("BRAKE", "BRAKE");
    by_hand(&it.stack.ledger, brake, |mut body| {
        let all = body["item"]["held"].as_array_mut().unwrap();
        all.retain(|id| id != held.as_str());
        Some(body)
    })
    .await
    .unwrap();
    let found = faults(&it).await;
    assert!(
        matches!(found.as_slice(), [one] if one.contains(held.as_str()) && one.contains("nobody can decide about it")),
        "{found:?}"
    );
    sweeps(&mut it).await;
}
