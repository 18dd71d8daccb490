//! Start dates more than a year ahead, which no execution lives to see, and start dates in the past.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{CaseId, CaseState, EmployeeId, Task, Work};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::json;

use crate::sweep::sweeps;

/// Acme, where the contract is signed as soon as a hire is confirmed.
fn with_a_contract() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let before = runbook.clone();
    *runbook = runbook.replace(
        "\nhire:\n",
        "\nhire:\n  contract:\n    title: Sign the contract\n    owner: people\n    opens: now\n    \
         due: 2 working days after confirmation at 17:00\n    escalate: start at 09:00\n    instructions: Sign it.\n    checklist: [Signed]\n\n",
    );
    assert_ne!(*runbook, before);
    Source::from_files(files)
}

async fn hired(it: &Rehearsal, start: &str) -> CaseId {
    let mut hire = sample("hire.json");
    hire["data"]["effective_date"] = json!(start);
    it.confirm(hire).await.unwrap()
}

/// Everybody does what they are asked, but the contract waits until somebody is here to sign it.
fn all_but_the_contract() -> Answers {
    Answers::by(|sent, _, task| {
        let first = !sent.letter.subject.starts_with("Reminder");
        (first && task.id.as_str() != "contract").then(|| form_of(task, "done"))
    })
}

/// Lets months pass, with a sweep each week, as it would in life.
async fn weeks(it: &mut Rehearsal, answers: &mut Answers, until: Timestamp) {
    while it.now() < until {
        let next = it.later(7 * 24).min(until);
        it.play(answers, Some(next)).await;
        sweeps(it).await;
    }
}

/// Letters that went to one address under one subject more than once.
fn twice(it: &Rehearsal) -> Vec<(String, String)> {
    let mut count: BTreeMap<(String, String), usize> = BTreeMap::new();
    for sent in &it.letters {
        let key = (sent.letter.to.clone(), sent.letter.subject.clone());
        *count.entry(key).or_default() += 1;
    }
    count
        .into_iter()
        .filter(|(_, n)| *n > 1)
        .map(|(key, _)| key)
        .collect()
}

async fn far_ahead(start: &str, first_day: &str, renewals: u32) {
    let mut it = Rehearsal::of(&with_a_contract()).await;
    let hire = hired(&it, start).await;
    let mut answers = all_but_the_contract();
    let first_day: Timestamp = first_day.parse().unwrap();
    let month_before = first_day
        .checked_sub(SignedDuration::from_hours(31 * 24))
        .unwrap();
    it.play(&mut answers, Some(it.later(1))).await;
    let windows: BTreeMap<_, _> = it
        .tasks(&hire)
        .await
        .into_iter()
        .map(|task| (task.id, task.window))
        .collect();
    // Whoever is to sign was asked, reminded and chased once, and answers by that link after the first renewal.
    let after_renewal = it.later(330 * 24);
    weeks(&mut it, &mut answers, after_renewal).await;
    assert_eq!(stands(&it, &hire).await.1, 2);
    signs(&it, &hire).await;
    weeks(&mut it, &mut answers, month_before).await;
    assert!(
        it.systems.applied().is_empty(),
        "nobody has anything a month before"
    );
    assert_eq!(stands(&it, &hire).await, (CaseState::Open, 1 + renewals));
    let renewed = it.recorded(&hire, None).await;
    let renewed = renewed.iter().filter(|what| *what == "renewed").count();
    assert_eq!(renewed, renewals as usize);
    weeks(&mut it, &mut answers, first_day).await;
    it.play(&mut Answers::willing(), None).await;

    assert_eq!(twice(&it), []);
    assert_eq!(stands(&it, &hire).await, (CaseState::Closed, 1 + renewals));
    let who = EmployeeId::new("1042").unwrap();
    assert_eq!(it.stack.ledger.cases_of(&who).await.unwrap().len(), 1);
    let tasks = it.tasks(&hire).await;
    let after: BTreeMap<_, _> = tasks
        .iter()
        .map(|task| (task.id.clone(), task.window))
        .collect();
    assert_eq!(after, windows);
    tasks
        .iter()
        .for_each(|task| in_time_but_the_contract(&it, task));
    assert!(it.letters_about("needs an operator").is_empty());
}

/// The contract is signed by the first link.
async fn signs(it: &Rehearsal, hire: &CaseId) {
    let asked = it.letters_about("Sign the contract")[0].clone();
    let question = it.question_of(&asked).unwrap();
    let task = it.task(hire, "contract").await;
    let (status, page) = it.page(&question, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200, "{page}");
}

async fn stands(it: &Rehearsal, case: &CaseId) -> (CaseState, u32) {
    let case = it.case(case).await;
    (case.state, case.revision.0)
}

fn in_time_but_the_contract(it: &Rehearsal, task: &Task) {
    let late = task.id.as_str() == "contract";
    assert_eq!(task.on_time(), Some(!late), "{}", task.id);
    if let Work::System { system, .. } = &task.work {
        let early = |a: &latchkey_tests::Applied| a.system == *system && a.at < task.window.opens;
        assert!(!it.systems.applied().iter().any(early), "{}", task.id);
    }
}

#[tokio::test]
async fn a_hire_of_fourteen_months_ahead_is_renewed_and_carried_out_on_its_day() {
    far_ahead("2028-01-24", "2028-01-24T12:00:00Z", 1).await;
}

#[tokio::test]
async fn a_hire_of_almost_two_years_ahead_is_renewed_as_often_as_it_takes() {
    far_ahead("2028-11-13", "2028-11-13T12:00:00Z", 2).await;
}

#[tokio::test]
async fn a_hire_that_is_confirmed_after_the_first_day_is_late_from_the_start_and_says_so_once() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = hired(&it, "2026-11-09").await;
    let now = it.now();
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let late: Vec<_> = it
        .tasks(&hire)
        .await
        .into_iter()
        .filter(|task| task.window.due < now)
        .collect();
    for task in &late {
        if let Work::System { .. } = task.work {
            assert_eq!(task.on_time(), Some(false), "{}", task.id);
        } else if task.needs.is_empty() {
            // One letter says that it is late from the start.
            let about: Vec<String> = { it.letters_about(&task.title) }
                .iter()
                .map(|sent| sent.letter.subject.clone())
                .collect();
            assert_eq!(about.len(), 1, "{about:?}");
            assert!(about[0].starts_with("LATE: "), "{about:?}");
            let text = &it.letters_about(&task.title)[0].letter.text;
            assert!(
                text.contains("late from the start") && text.contains(" ago)"),
                "{text}"
            );
        }
    }
    // Nobody is silent about what stays undone, nor about what it holds back.
    it.play(&mut Answers::none(), Some(it.later(30))).await;
    for task in late
        .iter()
        .filter(|task| matches!(task.work, Work::Person { .. }))
    {
        let missed = format!("MISSED: {}", task.title);
        assert!(!it.letters_about(&missed).is_empty(), "{missed}");
        let recorded = it.recorded(&hire, Some(task.id.as_str())).await;
        assert!(
            recorded.contains(&"missed".to_owned()),
            "{}: {recorded:?}",
            task.id
        );
    }
    it.play(&mut Answers::none(), Some(it.later(48))).await;
    assert_eq!(it.letters_about("ESCALATED: Prepare the laptop").len(), 1);
    let mut answers = Answers::willing();
    let letters = it.letters_about("Prepare the laptop").len();
    assert!(letters >= 2);
    // Everybody answers by the link that they have.
    for sent in it.letters.clone() {
        let Some(question) = it.question_of(&sent) else {
            continue;
        };
        let task = it.task(&hire, question.task.as_str()).await;
        it.page(&question, Some(&form_of(&task, "done"))).await;
    }
    it.play(&mut answers, None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
    let summary = it.letters_about("Closed: hire")[0].letter.text.clone();
    assert!(summary.contains(", late"), "{summary}");
}
