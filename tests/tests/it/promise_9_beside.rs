//! Promise 9: what stands beside a trail (files, what was asked of HR, an answer to an open question, what HR confirmed)
//! is compared with the records that tell of it.

use jiff::Timestamp;
use latchkey_ledger::{Attached, Somebody, embedded::by_hand};
use latchkey_lifecycle::{Answer, CaseId, EmployeeId};
use latchkey_questions::{Deps, Saying, attach, say};
use latchkey_runtime::Question;
use latchkey_tests::{Answers, Rehearsal, acme, form_of};
use serde_json::{Value, json};

use crate::promise_9_tampering::{Hand, faults};

fn deps(it: &Rehearsal) -> Deps<'_> {
    let intake = &it.stack.intake;
    Deps {
        ledger: &intake.ledger,
        clock: intake.clock.as_ref(),
        runbooks: &intake.runbooks,
        workflow: intake.workflow.as_ref(),
        links: &it.stack.links,
    }
}

fn ada() -> Somebody {
    Somebody {
        name: "Ada King".to_owned(),
        address: "ada.king@acme.example".to_owned(),
    }
}

async fn asked(it: &mut Rehearsal, about: &str) -> Question {
    while it.letters_about(about).is_empty() {
        let later = it.later(6);
        it.play(&mut Answers::none(), Some(later)).await;
    }
    it.question_of(it.letters_about(about)[0]).unwrap()
}

/// A hire whose laptop has two files, a question to HR and its answer; verified, where `done`, and else declined.
async fn with_evidence(done: bool) -> (Rehearsal, CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let hire = it.take_in("hire.json").await;
    let question = asked(&mut it, "Prepare the laptop").await;
    let file = |n: u8, by: Somebody, at: Timestamp| Attached {
        sha256: console::sha256(&[n]),
        name: format!("{n}.pdf"),
        kind: "PDF".to_owned(),
        bytes: u64::from(n),
        by,
        at,
    };
    let nobody = Somebody {
        name: "Jo".to_owned(),
        address: String::new(),
    };
    for (n, by) in [(1, ada()), (2, nobody)] {
        let file = file(n, by, it.now());
        attach(&deps(&it), &question, &[file]).await.unwrap();
    }
    let about = (&question.case, &question.task);
    for (answers, text) in [(false, "Which: German or English?"), (true, "German.")] {
        let saying = Saying {
            by: ada(),
            text: text.to_owned(),
            answers,
        };
        say(&deps(&it), about, &saying).await.unwrap();
    }
    let form = form_of(
        &it.task(&hire, "laptop").await,
        if done { "done" } else { "declined" },
    );
    assert_eq!(it.page(&question, Some(&form)).await.0, 200);
    let later = it.later(1);
    it.play(&mut Answers::none(), Some(later)).await;
    assert_eq!(it.task(&hire, "laptop").await.state.is_ended(), done);
    (it, hire)
}

type Change = fn(&mut Value);

const FILES: &str =
    "task laptop: the files that stand with it are not those that its records tell of";
const TALK: &str =
    "task laptop: what was asked of HR about it and answered is not what its records tell";

/// What somebody changes by hand, in which row, and what is said of it.
const CHANGES: [(&str, Change, &str); 11] = [
    (
        "TASK#laptop",
        |row| row["item"]["attached"][0]["sha256"] = json!(console::sha256(b"x")),
        FILES,
    ),
    (
        "TASK#laptop",
        |row| row["item"]["attached"][0]["name"] = json!("other.pdf"),
        FILES,
    ),
    (
        "TASK#laptop",
        |row| row["item"]["attached"][1]["bytes"] = json!(7),
        FILES,
    ),
    (
        "TASK#laptop",
        |row| row["item"]["attached"][1]["by"]["name"] = json!("Eve"),
        FILES,
    ),
    (
        "TASK#laptop",
        |row| row["item"]["attached"][1]["by"]["address"] = json!("eve@acme.example"),
        FILES,
    ),
    (
        "TASK#laptop",
        |row| row["item"]["attached"] = json!([]),
        FILES,
    ),
    (
        "TALK#laptop",
        |row| row["item"]["said"][1]["text"] = json!("English."),
        TALK,
    ),
    // The end of what was said.
    (
        "TALK#laptop",
        |row| row["item"]["said"][0]["text"] = json!("German or English?"),
        TALK,
    ),
    (
        "TALK#laptop",
        |row| row["item"]["said"][1]["by"]["name"] = json!("Eve"),
        TALK,
    ),
    (
        "TALK#laptop",
        |row| row["item"]["said"][0]["at"] = json!("2026-01-01T00:00:00Z"),
        TALK,
    ),
    ("TALK#laptop", |row| row["item"]["said"] = json!([]), TALK),
];

#[tokio::test]
async fn a_file_what_was_said_and_an_open_answer_that_were_changed_are_named() {
    for done in [true, false] {
        let (it, hire) = with_evidence(done).await;
        assert_eq!(faults(&it).await, Vec::<String>::new());
        let hand = Hand {
            it: &it,
            case: &hire,
        };
        for (sk, change, said) in CHANGES {
            let mut before = Value::Null;
            hand.change(sk, |row| {
                before = row.clone();
                change(row);
            })
            .await;
            let found = faults(&it).await;
            assert!(
                found.iter().any(|fault| fault.contains(said)),
                "{said}: {found:?}"
            );
            hand.change(sk, |row| *row = before).await;
        }
        hand.delete("TALK#laptop").await;
        let found = faults(&it).await;
        assert!(found.iter().any(|fault| fault.contains(TALK)), "{found:?}");
    }
}

#[tokio::test]
async fn the_answer_to_a_question_that_is_still_open_is_the_one_that_was_recorded() {
    let (it, hire) = with_evidence(false).await;
    let hand = Hand {
        it: &it,
        case: &hire,
    };
    for (name, value) in [("by", "Eve"), ("reason", "nobody needs one")] {
        let mut before = Value::Null;
        hand.change("TASK#laptop", |row| {
            before = row.clone();
            row["item"]["task"]["answer"][name] = json!(value);
        })
        .await;
        let found = faults(&it).await;
        let said = "task laptop: its answer is not the one that record";
        assert!(
            found.iter().any(|fault| fault.contains(said)),
            "{name}: {found:?}"
        );
        hand.change("TASK#laptop", |row| *row = before).await;
    }
    let answer = it.task(&hire, "laptop").await.answer;
    assert!(matches!(answer, Some(Answer::Declined { .. })));
    assert_eq!(faults(&it).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_word_of_hr_is_compared_and_who_confirmed_it() {
    let changes: [(&str, Change); 6] = [
        ("confirmedBy", |words| words["confirmedBy"] = json!("Eve")),
        ("source", |words| words["source"] = json!("csv")),
        ("deliveryId", |words| words["deliveryId"] = json!("another")),
        ("receivedAt", |words| {
            words["receivedAt"] = json!("2026-01-01T00:00:00Z")
        }),
        ("reason", |words| words["reason"] = json!("for no reason")),
        ("employeeId", |words| {
            words["person"]["employeeId"] = json!("7")
        }),
    ];
    let it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it.take_in("exit.json").await;
    let employee: EmployeeId = it.case(&exit).await.employee_id;
    let (pk, heard) = (
        format!("PERSON#{employee}"),
        it.stack.ledger.heard_of(&employee).await.unwrap(),
    );
    let event = heard.iter().find(|heard| heard.reason.is_some()).unwrap();
    let sk = format!("HEARD#{}", event.id());
    assert_eq!(faults(&it).await, Vec::<String>::new());
    let said =
        format!("employee {employee}: an event of HR that is kept there has other words by now");
    for (field, change) in changes {
        let mut before = Value::Null;
        let changed = |mut words: Value| {
            before = words.clone();
            change(&mut words);
            Some(words)
        };
        by_hand(&it.stack.ledger, (&pk, &sk), changed)
            .await
            .unwrap();
        let found = faults(&it).await;
        assert!(
            found.iter().any(|fault| fault.starts_with(&said)),
            "{field}: {found:?}"
        );
        // A sweep that looks again finds it, too.
        let again = it
            .stack
            .ledger
            .audit_again(&format!("employee {employee}"))
            .await;
        assert!(!again.unwrap().is_empty(), "{field}");
        by_hand(&it.stack.ledger, (&pk, &sk), |_| Some(before))
            .await
            .unwrap();
    }
}
