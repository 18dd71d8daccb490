//! Promise 2: a case closes only when everything on it was read back, attested or waived by name.

use latchkey_lifecycle::{Answer, CaseState, TaskId, TaskState};
use latchkey_tests::{Answers, Form, Rehearsal, acme, form_of};

fn filled(pairs: &[(&str, &str)]) -> Form {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(own).collect()
}

/// Everybody does what they are asked but one task, which is left to the escalation contact.
fn all_but(left: &'static str) -> Answers {
    Answers::by(move |_, _, task| (task.id.as_str() != left).then(|| form_of(task, "done")))
}

#[tokio::test]
async fn one_open_task_keeps_the_case_open_and_only_its_escalation_link_leaves_it_out() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let mut people = all_but("welcome");
    while it
        .letters_about("ESCALATED: Send the welcome letter")
        .is_empty()
    {
        it.play(&mut people, Some(it.later(24))).await;
    }
    it.play(&mut people, Some(it.later(24 * 30))).await;
    let open: Vec<_> = it
        .tasks(&hire)
        .await
        .into_iter()
        .filter(|t| !t.state.is_ended())
        .collect();
    assert_eq!(
        open.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(),
        ["welcome"]
    );
    assert_eq!(it.case(&hire).await.state, CaseState::Open);

    let link = |head: &str| it.question_of(it.letters_about(head)[0]).unwrap();
    let waive = filled(&[
        ("answer", "waived"),
        ("by", "Ada Boss"),
        ("reason", "She knows us"),
    ]);
    // The owner's own link cannot leave it out.
    let (status, text) = it
        .page(&link("Send the welcome letter"), Some(&waive))
        .await;
    assert_eq!(status, 403, "{text}");
    let escalated = link("ESCALATED: Send the welcome letter");
    for lacking in [
        [
            ("answer", "waived"),
            ("by", " "),
            ("reason", "She knows us"),
        ],
        [("answer", "waived"), ("by", "Ada Boss"), ("reason", "")],
    ] {
        let (status, text) = it.page(&escalated, Some(&filled(&lacking))).await;
        assert_eq!(status, 422, "{text}");
    }
    assert!(!it.task(&hire, "welcome").await.state.is_ended());

    assert_eq!(it.page(&escalated, Some(&waive)).await.0, 200);
    it.play(&mut people, None).await;
    let task = it.task(&hire, "welcome").await;
    let waived = Answer::Waived {
        by: "Ada Boss".into(),
        reason: "She knows us".into(),
    };
    assert_eq!((task.state, task.answer), (TaskState::Waived, Some(waived)));
    assert_eq!(
        it.recorded(&hire, Some("welcome")).await.last().unwrap(),
        "waived"
    );
    let case = it.case(&hire).await;
    assert_eq!(
        (case.state, case.closed_at),
        (CaseState::Closed, task.ended_at)
    );
    let summary = it.letters.last().unwrap();
    assert!(
        summary.letter.text.contains("Ada Boss"),
        "{}",
        summary.letter.text
    );
}

#[tokio::test]
async fn what_the_owner_declines_goes_to_the_escalation_contact_at_once_and_stays_open() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let mut people = Answers::by(|_, question, task| match task.id.as_str() {
        "desk" if question.may_waive => None,
        "desk" => Some(form_of(task, "declined")),
        _ => Some(form_of(task, "done")),
    });
    it.play(&mut people, Some(it.later(24 * 40))).await;
    assert_eq!(it.task(&hire, "desk").await.state, TaskState::Declined);
    assert_eq!(it.case(&hire).await.state, CaseState::Open);
    let escalated = it.letters_about("ESCALATED: Prepare the desk");
    assert_eq!(escalated[0].letter.to, "coo@acme.example");
    assert!(
        escalated[0]
            .letter
            .text
            .contains("declined this task: a reason")
    );
    assert!(escalated[0].at < it.task(&hire, "desk").await.window.due);
}

#[tokio::test]
async fn what_is_not_approved_is_left_out_by_name_and_never_granted() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let transfer = it.take_in("transfer.json").await;
    let mut people = Answers::by(|_, _, task| {
        let no = task.id.as_str() == "approve.erp.security";
        Some(form_of(task, if no { "declined" } else { "done" }))
    });
    it.play(&mut people, None).await;
    assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
    let tasks = it.tasks(&transfer).await;
    let waived: Vec<&str> = tasks
        .iter()
        .filter(|t| t.state == TaskState::Waived)
        .map(|t| t.id.as_str())
        .collect();
    assert_eq!(
        waived,
        [
            "approve.erp.security",
            "new-access.erp.controlling+security"
        ]
    );
    let left_out = it
        .task(&transfer, "new-access.erp.controlling+security")
        .await;
    let Some(Answer::Waived { by, reason }) = left_out.answer else {
        panic!("{left_out:?}")
    };
    assert_eq!(
        (by.as_str(), reason.as_str()),
        (
            "Somebody in security",
            "“Approve approve-payments in Finance system (Security)” was not approved: a reason"
        )
    );
    assert!(
        it.letters_about(&left_out.title)
            .iter()
            .all(|s| !s.letter.text.contains("approve-payments"))
    );
}

#[tokio::test]
async fn an_approval_that_is_left_out_is_none_whoever_leaves_it_out() {
    for operator in [false, true] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let transfer = it.take_in("transfer.json").await;
        let mut people = Answers::by(|_, question, task| {
            let form = match (task.id.as_str(), question.may_waive) {
                ("approve.erp.security", false) => return None,
                ("approve.erp.security", true) => "waived",
                _ => "done",
            };
            Some(form_of(task, form))
        });
        if operator {
            it.play(&mut people, Some(it.later(1))).await;
            let approval = TaskId::new("approve.erp.security").unwrap();
            let what = (&transfer, &approval);
            let why = ("Olga in operations", "security is away");
            let waived = latchkey_runtime::waive(&it.stack.ledger, what, why, it.now());
            waived.await.unwrap();
            it.stack.resume_open_cases().await.unwrap();
        }
        it.play(&mut people, None).await;
        assert_eq!(it.case(&transfer).await.state, CaseState::Closed);
        let left_out = it
            .task(&transfer, "new-access.erp.controlling+security")
            .await;
        assert_eq!(left_out.state, TaskState::Waived, "{operator}");
        // Its owner is asked for the rest of the access, and not for this.
        let asked = it.letters.iter().map(|sent| &sent.letter).filter(|letter| {
            letter.subject.starts_with(&left_out.title) && letter.text.contains("approve-payments")
        });
        assert_eq!(asked.count(), 0, "{operator}");
    }
}

#[tokio::test]
async fn a_case_does_not_close_by_hand_either() {
    use latchkey_engine::Invoker;
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let request = serde_json::json!({ "caseId": hire, "revision": 1 });
    let refused = it
        .stack
        .handlers
        .invoke("close", request)
        .await
        .unwrap_err();
    assert_eq!(refused.error, "NotAllEnded");
    assert_eq!(it.case(&hire).await.state, CaseState::Open);
}
