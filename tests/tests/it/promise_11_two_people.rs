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

/// A name that looks the same, with something unseen after its first letter.
pub(crate) fn apart(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .by_ref()
        .take(1)
        .chain(['\u{200b}'])
        .collect::<String>()
        + letters.as_str()
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
    for name in [
        "Ola Owner",
        " owner,  OLA ",
        // What cannot be seen makes nobody somebody else, and neither does an accent.
        "O\u{200b}la Owner",
        "Ola Ow\u{ad}ner",
        "Ola\u{301} Owner",
        "\u{ff2f}la Owner",
    ] {
        let (status, page) = it
            .page(&question, Some(&signed(form_of(&task, "done"), name)))
            .await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains("somebody else has to confirm it"), "{page}");
    }
    // A letter of another script that looks the same is refused as such.
    let form = signed(form_of(&task, "done"), "Ola \u{41e}wner");
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("more than one script"), "{page}");
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
        apart(&person.full_name()),
        // An initial is the name that it stands for.
        format!("{}. {}", &person.given_name[..1], person.family_name),
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

#[tokio::test]
async fn an_answer_has_what_was_asked_for_and_no_more() {
    let (it, exit) = confirming().await;
    let letter = it.letters_about("Please confirm")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&exit, question.task.as_str()).await;
    let long = [
        (
            signed(form_of(&task, "done"), &"a".repeat(201)),
            "Your name has 201",
        ),
        (
            signed(form_of(&task, "declined"), &"a".repeat(50_000)),
            "Your name has 50000",
        ),
    ];
    for (form, problem) in &long {
        let (status, page) = it.page(&question, Some(form)).await;
        assert_eq!(status, 422, "{page}");
        assert!(page.contains(problem), "{page}");
    }
    let mut form = form_of(&task, "declined");
    for (_, value) in form.iter_mut().filter(|(name, _)| name == "reason") {
        *value = "b".repeat(4_001);
    }
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("The reason has 4001"), "{page}");

    let mut form = signed(form_of(&task, "done"), "Sam\nSecond");
    form.push(("step".to_owned(), "not a step".to_owned()));
    form.push(("field.zzz".to_owned(), "canary".to_owned()));
    let (status, page) = it.page(&question, Some(&form)).await;
    assert_eq!(status, 200, "{page}");
    let trail = it.everything(&exit).await;
    assert!(!trail.contains("not a step"), "{trail}");
    assert!(!trail.contains("canary"), "{trail}");
    assert!(trail.contains("Sam Second confirmed it."), "{trail}");
}
