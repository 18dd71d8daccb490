//! Promise 11: nobody confirms their own work or decides about their own case.

use latchkey_lifecycle::{CaseState, TaskState};
use latchkey_tests::{Answers, Form, Rehearsal, acme, form_of};

pub(crate) fn signed(mut form: Form, name: &str) -> Form {
    for (field, value) in &mut form {
        if field == "by" {
            name.clone_into(value);
        }
    }
    form
}

/// An exit whose owners have answered and whose second teams have been asked.
async fn confirming() -> (Rehearsal, latchkey_lifecycle::CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it.take_in("exit.json").await;
    let mut owners = Answers::by(|sent, _, task| {
        let asks = sent.letter.subject.starts_with("Please confirm");
        (!asks).then(|| signed(form_of(task, "done"), "Ola Owner"))
    });
    while it.letters_about("Please confirm").is_empty() {
        it.play(&mut owners, Some(it.later(12))).await;
    }
    (it, exit)
}

#[tokio::test]
async fn whoever_did_it_cannot_confirm_it() {
    let (it, exit) = confirming().await;
    let letter = it.letters_about("Please confirm")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&exit, question.task.as_str()).await;
    for name in ["Ola Owner", " owner,  OLA "] {
        let (status, page) = it
            .page(&question, Some(&signed(form_of(&task, "done"), name)))
            .await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains("somebody else has to confirm it"), "{page}");
    }
    assert_eq!(
        it.task(&exit, question.task.as_str()).await.state,
        TaskState::Confirming
    );
    let (status, _) = it
        .page(
            &question,
            Some(&signed(form_of(&task, "done"), "Sam Second")),
        )
        .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn nobody_approves_for_their_own_case() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let transfer = it.take_in("transfer.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let person = it.case(&transfer).await.person.unwrap();
    let letter = it.letters_about("Approve ")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&transfer, question.task.as_str()).await;
    let own = [
        person.full_name(),
        format!("{}, {}", person.family_name, person.given_name),
        person.employee_id.to_string(),
    ];
    for name in own {
        let (status, page) = it
            .page(&question, Some(&signed(form_of(&task, "done"), &name)))
            .await;
        assert_eq!(status, 422, "{name}: {page}");
        assert!(
            page.contains("nobody decides about their own case"),
            "{page}"
        );
    }
    assert_eq!(
        it.task(&transfer, question.task.as_str()).await.state,
        TaskState::Asked
    );
    // They may say no for themselves.
    let (status, _) = it
        .page(
            &question,
            Some(&signed(form_of(&task, "declined"), &person.full_name())),
        )
        .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_second_team_that_does_not_confirm_ends_with_whoever_decides() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = it.take_in("exit.json").await;
    let mut people = Answers::by(|sent, question, task| {
        let subject = &sent.letter.subject;
        if subject.starts_with("Reminder") || subject.starts_with("MISSED") {
            return None;
        }
        let answer = match (subject.contains("Please confirm"), question.may_waive) {
            (true, true) => "waived",
            (true, false) => "declined",
            _ => "done",
        };
        Some(form_of(task, answer))
    });
    it.play(&mut people, None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    for task in it.tasks(&exit).await {
        let about = format!("Please confirm: {}", task.title);
        let asked = it.letters_about(&about).len();
        assert!(asked <= 3, "{}: asked {asked} times", task.id);
        if asked > 0 {
            assert_eq!(task.state, TaskState::Waived, "{}", task.id);
            let escalated = it.letters_about(&format!("ESCALATED: {about}"));
            assert_eq!(escalated.len(), 1, "{}", task.id);
            assert!(
                escalated[0].letter.text.contains("goes to and fro"),
                "{}",
                escalated[0].letter.text
            );
        }
    }
    assert!(it.letters.len() < 120, "{} letters", it.letters.len());
}
