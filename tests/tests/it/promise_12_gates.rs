//! Promise 12: what needs something that was declined or left out is not given.

use latchkey_lifecycle::{Answer, CaseId, CaseState, Task, TaskId, TaskState};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, form_of};
use serde_json::json;

const CLINIC: &str = r#"
company: Clinic
time_zone: Europe/London
email: "{given}.{family}@clinic.example"
hr: hr
operations: it
brake: {within: 24 hours, exits: 10, urgent_exits: 3, transfers: 20, confirm: hr}
teams:
  hr: {name: Human Resources, email: hr@clinic.example}
  it: {name: IT, email: it@clinic.example, escalation: cio@clinic.example}
  licensing: {name: Licensing, email: licensing@clinic.example, escalation: director@clinic.example}
  ward: {name: Ward, email: ward@clinic.example, escalation: director@clinic.example}
systems:
  records:
    name: Health record
    kind: scim
    address: https://records.clinic.example
    secret: clinic/records
    owner: it
    entitlements:
      licensed: {approval: licensing}
      chart: {needs: [licensed]}
      prescribe: {needs: [chart], approval: ward}
  pharmacy:
    name: Pharmacy
    kind: person
    owner: it
    entitlements:
      order: {needs: [records/chart]}
  door: {name: Door, kind: person, owner: it}
roles:
  everyone: {gets: {door: [front]}}
  nurse: {match: {title: "*Nurse*"}, gets: {records: [licensed, chart]}}
  doctor: {match: {title: "*Doctor*"}, gets: {records: [licensed, chart, prescribe], pharmacy: [order]}}
hire:
  accounts: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}
  training: {title: Train them, owner: hr, instructions: Train., opens: 5 working days before start at 09:00, due: start at 12:00}
  cupboard: {title: Open the cupboard, owner: it, instructions: Open it., needs: {training: verified}, opens: start at 09:00, due: start at 17:00}
  lunch: {title: Have lunch, owner: it, instructions: Eat., needs: [training], opens: start at 09:00, due: start at 17:00}
transfer:
  new: {grant: all, opens: transfer at 09:00, due: 1 day after transfer}
  old: {revoke: all, opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

fn clinic() -> Source {
    Source::from_files([("runbook.yaml".to_owned(), CLINIC.to_owned())].into())
}

async fn hired(it: &Rehearsal, title: &str) -> CaseId {
    let payload = json!({ "type": "person.hired", "data": {
        "employee_id": "31", "effective_date": "2026-12-07", "person": {
            "given_name": "Ida", "family_name": "Holm", "department": "Ward", "title": title,
            "employment_type": "employee", "country": "GB",
        },
    }});
    it.confirm(payload).await.unwrap()
}

async fn becomes(it: &Rehearsal, title: &str) -> CaseId {
    let payload = json!({ "type": "person.transferred", "data": {
        "employee_id": "31", "effective_date": "2027-01-18", "person": { "title": title },
    }});
    it.confirm(payload).await.unwrap()
}

/// Everybody does what they are asked, but for these tasks, which are declined, or left out by whoever decides.
fn but(declined: &'static [&'static str]) -> Answers {
    Answers::by(move |sent, question, task| {
        let first = !sent.letter.subject.starts_with("Reminder")
            && !sent.letter.subject.starts_with("MISSED");
        let no = declined.contains(&task.id.as_str());
        let answer = match (no, question.may_waive) {
            (true, true) => "waived",
            (true, false) => "declined",
            (false, _) => "done",
        };
        first.then(|| form_of(task, answer))
    })
}

fn has(it: &Rehearsal) -> Vec<String> {
    let accounts = it.systems.accounts_of("31");
    let all = accounts
        .values()
        .flatten()
        .flat_map(|account| &account.entitlements);
    all.map(|e| e.name().to_owned()).collect()
}

fn word(task: &Task) -> (&str, &str) {
    match &task.answer {
        Some(Answer::Waived { by, reason } | Answer::Declined { by, reason })
            if task.state == TaskState::Waived =>
        {
            (by, reason)
        }
        other => panic!("{} is {}: {other:?}", task.id, task.state),
    }
}

const FIRST: &str = "approve.records.licensing";
const SECOND: &str = "approve.records.ward.after-licensing";

#[tokio::test]
async fn what_needs_something_that_was_declined_is_not_given_and_says_why() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Doctor").await;
    it.play(&mut but(&[FIRST]), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    // Not the licence, nor the chart, nor what needs the chart; in another system neither. No account was made for
    // nothing.
    assert_eq!(has(&it), [""; 0]);
    assert!(
        it.systems
            .accounts_of("31")
            .values()
            .flatten()
            .next()
            .is_none()
    );
    let said = (
        "Somebody in licensing",
        "“Approve licensed in Health record” was not approved: a reason",
    );
    for task in it.tasks(&hire).await {
        match task.id.as_str() {
            "accounts.door" | "training" | "cupboard" | "lunch" => {
                assert_eq!(task.state, TaskState::Verified, "{}", task.id)
            }
            FIRST => assert_eq!(word(&task), ("Somebody in licensing", "a reason")),
            _ => assert_eq!(word(&task), said, "{}", task.id),
        }
    }
    // Whoever would have been asked next is not asked, and the summary says what was left out and why.
    assert!(it.letters_about("Approve prescribe").is_empty());
    let summary = it.letters_about("Closed: hire")[0].letter.text.clone();
    assert!(summary.contains("was not approved: a reason"), "{summary}");
    assert!(
        summary.contains("Pharmacy: give access (order)"),
        "{summary}"
    );
}

#[tokio::test]
async fn questions_that_need_each_other_come_in_order() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Doctor").await;
    let mut slow = Answers::by(|sent, _, task| {
        let late = task.id.as_str() != FIRST || sent.letter.subject.starts_with("Reminder");
        late.then(|| form_of(task, "done"))
    });
    it.play(&mut slow, Some(it.later(24))).await;
    assert_eq!(it.letters_about("Approve licensed").len(), 1);
    assert!(
        it.letters_about("Approve prescribe").is_empty(),
        "not before the first was answered"
    );
    it.play(&mut slow, None).await;
    let at = |subject: &str| it.letters_about(subject)[0].at;
    assert!(at("Approve prescribe") > at("Reminder: Approve licensed"));
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(has(&it), ["chart", "licensed", "prescribe"]);
    let summary = it.letters_about("Closed: hire")[0].letter.text.clone();
    assert!(
        summary.contains("approved by Somebody in ward"),
        "{summary}"
    );
}

#[tokio::test]
async fn declining_the_last_question_leaves_out_only_what_needs_it() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Doctor").await;
    it.play(&mut but(&[SECOND]), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(has(&it), ["chart", "licensed"]);
    for task in it.tasks(&hire).await {
        let out = task.state == TaskState::Waived;
        assert_eq!(
            out,
            task.id.as_str() == SECOND || task.id.as_str() == "accounts.records.licensing+ward",
            "{}",
            task.id
        );
    }
}

#[tokio::test]
async fn what_leaving_something_out_does_is_said_before_it_is_done() {
    let mut it = Rehearsal::of(&clinic()).await;
    hired(&it, "Doctor").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let letter = it.letters_about("Approve licensed")[0].clone();
    let text = &letter.letter.text;
    assert!(
        text.contains("When it is not approved, these are left out, too:"),
        "{text}"
    );
    for title in [
        "Approve prescribe in Health record",
        "Pharmacy: give access (order)",
    ] {
        assert!(text.contains(title), "{text}");
    }
    let question = it.question_of(&letter).unwrap();
    let (_, page) = it.page(&question, None).await;
    assert!(page.contains("Leaving this out also leaves out:"), "{page}");
    assert!(page.contains("Pharmacy: give access (order)"), "{page}");
    // How far it is stands beside when it is.
    assert!(text.contains(" (in ") && page.contains(" (in "), "{text}");
}

#[tokio::test]
async fn a_task_opens_only_when_what_it_needs_was_verified_and_plain_needs_are_an_order() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Porter").await;
    it.play(&mut but(&["training"]), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let cupboard = it.task(&hire, "cupboard").await;
    let (by, reason) = word(&cupboard);
    assert_eq!(reason, "“Train them” was left out: a reason");
    assert_eq!(by, word(&it.task(&hire, "training").await).0);
    assert!(it.letters_about("Open the cupboard").is_empty());
    assert_eq!(it.task(&hire, "lunch").await.state, TaskState::Verified);
}

#[tokio::test]
async fn an_operator_who_leaves_something_out_leaves_out_what_needs_it() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Porter").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let training = TaskId::new("training").unwrap();
    let why = ("Olga in operations", "the trainer is ill");
    let waived = latchkey_runtime::waive(&it.stack.ledger, (&hire, &training), why, it.now());
    waived.await.unwrap();
    let cupboard = it.task(&hire, "cupboard").await;
    assert_eq!(
        word(&cupboard),
        (
            "Olga in operations",
            "“Train them” was left out: the trainer is ill"
        )
    );
    it.stack.resume_open_cases().await.unwrap();
    it.play(&mut but(&[]), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_transfer_does_not_give_what_needs_something_that_was_declined_before() {
    for declined in [false, true] {
        let mut it = Rehearsal::of(&clinic()).await;
        hired(&it, "Nurse").await;
        let no: &[&str] = if declined { &[FIRST] } else { &[] };
        it.play(&mut but(no), None).await;
        it.clock.jump_to("2027-01-12T09:00:00Z".parse().unwrap());
        let transfer = becomes(&it, "Doctor").await;
        it.play(&mut but(&[]), None).await;
        assert_eq!(
            it.case(&transfer).await.state,
            CaseState::Closed,
            "{declined}"
        );
        let order: Vec<Task> = it
            .tasks(&transfer)
            .await
            .into_iter()
            .filter(|task| task.title.contains("order"))
            .collect();
        if declined {
            assert_eq!(has(&it), [""; 0]);
            assert!(it.letters_about("Approve prescribe").is_empty());
            assert_eq!(order.len(), 1);
            assert!(
                word(&order[0]).1.ends_with("was not approved: a reason"),
                "{order:?}"
            );
        } else {
            assert_eq!(has(&it), ["chart", "licensed", "prescribe"]);
            assert_eq!(
                it.letters_about("Approve licensed").len(),
                1,
                "what was decided is not asked again"
            );
        }
    }
}

#[tokio::test]
async fn what_was_left_out_stays_out_when_the_day_moves() {
    let mut it = Rehearsal::of(&clinic()).await;
    let hire = hired(&it, "Doctor").await;
    it.play(&mut but(&[FIRST]), Some(it.later(24))).await;
    it.happens("person.date_moved", "31", Some("2026-12-14"))
        .await;
    it.play(&mut but(&[]), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    assert_eq!(has(&it), [""; 0]);
}
