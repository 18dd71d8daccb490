//! A link works only for its task, until the task ends, and a completed task cannot be completed twice.

use latchkey_lifecycle::{CaseState, TaskState};
use latchkey_tests::{Answers, Rehearsal, acme, form_of};

const DESK: &str = "Prepare the desk";

async fn asked() -> (Rehearsal, latchkey_lifecycle::CaseId) {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    while it.letters_about(DESK).is_empty() {
        it.play(&mut Answers::none(), Some(it.later(12))).await;
    }
    (it, hire)
}

#[tokio::test]
async fn a_task_is_completed_once_whatever_is_sent_after() {
    let (mut it, hire) = asked().await;
    let question = it.question_of(it.letters_about(DESK)[0]).unwrap();
    let (status, page) = it.page(&question, None).await;
    assert_eq!(status, 200);
    assert!(page.contains("Number of the desk"), "{page}");
    let form = form_of(&it.task(&hire, "desk").await, "done");
    assert_eq!(it.page(&question, Some(&form)).await.0, 200);
    let answer = it.task(&hire, "desk").await.answer;
    for other in ["done", "declined"] {
        let form: Vec<_> = form_of(&it.task(&hire, "desk").await, other)
            .into_iter()
            .map(|(name, value)| (name, value.replace("X1", "X2")))
            .collect();
        assert_eq!(it.page(&question, Some(&form)).await.0, 410);
    }
    assert_eq!(it.task(&hire, "desk").await.answer, answer);
    let (status, page) = it.page(&question, None).await;
    assert_eq!(status, 410, "{page}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.task(&hire, "desk").await.state, TaskState::Verified);
    assert_eq!(
        it.recorded(&hire, Some("desk")).await,
        ["asked", "done", "verified"]
    );
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn two_answers_at_the_same_moment_are_one() {
    let (it, hire) = asked().await;
    let question = it.question_of(it.letters_about(DESK)[0]).unwrap();
    let form = form_of(&it.task(&hire, "desk").await, "done");
    let all = futures::future::join_all((0..6).map(|_| it.page(&question, Some(&form)))).await;
    let mut statuses: Vec<u16> = all.into_iter().map(|(status, _)| status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 410, 410, 410, 410, 410]);
    assert_eq!(it.recorded(&hire, Some("desk")).await, ["asked", "done"]);
}

#[tokio::test]
async fn a_link_opens_nothing_but_its_own_question() {
    let (it, hire) = asked().await;
    let question = it.question_of(it.letters_about(DESK)[0]).unwrap();
    let path = it.stack.links.path(&question);
    let get = async |path: &str| {
        let url = format!("http://{}{path}", it.stack.address);
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(get(&path).await.0, 200);
    let (head, signature) = path.rsplit_once('.').unwrap();
    let wrong = [
        path.replace("/desk/", "/laptop/"),
        path.replace("/desk/do", "/desk/de"),
        path.replace(hire.as_str(), "hire-1043-0"),
        format!("{head}.{}", signature.chars().rev().collect::<String>()),
        format!("{head}."),
        head.to_owned(),
        "/tasks/x/y/z".to_owned(),
    ];
    for path in wrong {
        let (status, page) = get(&path).await;
        assert_eq!(status, 404, "{path}");
        assert!(
            !page.contains("Müller") && page.contains("link"),
            "{path}: {page}"
        );
    }
}
