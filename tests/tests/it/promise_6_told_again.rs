//! Promise 6: what was escalated is not forgotten, and an address that takes no letters holds nothing up.

use latchkey_lifecycle::CaseState;
use latchkey_tests::{Answers, Rehearsal, acme, form_of, sample};
use serde_json::json;

use crate::sweep::sweeps;

#[tokio::test]
async fn whoever_decides_is_told_again_each_week_for_as_long_as_it_is_open() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = it.take_in("hire.json").await;
    let mut people =
        Answers::by(|_, _, task| (task.id.as_str() != "laptop").then(|| form_of(task, "done")));
    while it.letters_about("ESCALATED: Prepare the laptop").is_empty() {
        it.play(&mut people, Some(it.later(24))).await;
    }
    let told = |it: &Rehearsal| it.letters_about("ESCALATED: Prepare the laptop").len();
    for weeks in 1..=3 {
        for _day in 0..7 {
            sweeps(&mut it).await;
            it.play(&mut people, Some(it.later(24))).await;
        }
        sweeps(&mut it).await;
        sweeps(&mut it).await;
        it.play(&mut people, Some(it.later(1))).await;
        assert_eq!(told(&it), 1 + weeks, "after {weeks} weeks");
    }
    // Nobody else was asked anew by that.
    assert_eq!(
        it.letters_about("Prepare the laptop").len() - told(&it),
        4,
        "asked, reminded, missed twice"
    );
    it.play(&mut Answers::willing(), Some(it.later(1))).await;
    let last = it
        .letters_about("ESCALATED: Prepare the laptop")
        .last()
        .map(|s| (*s).clone())
        .unwrap();
    let question = it.question_of(&last).unwrap();
    let task = it.task(&hire, "laptop").await;
    let (status, _) = it.page(&question, Some(&form_of(&task, "waived"))).await;
    assert_eq!(status, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Closed);
}

#[tokio::test]
async fn a_manager_who_cannot_be_reached_is_told_to_hr_once() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut hire = sample("hire.json");
    hire["data"]["person"]["manager_email"] = json!("boss at acme");
    let hire = it.confirm(hire).await.unwrap();
    it.play(&mut Answers::willing(), None).await;
    let case = it.case(&hire).await;
    assert_eq!((case.state, case.summary_sent), (CaseState::Closed, true));
    assert_eq!(it.letters_about("Closed: hire").len(), 1);
    let told = it.letters_about("cannot be reached at boss at acme");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].letter.to, "people@acme.example");
    assert!(it.letters_about("needs an operator").is_empty());
}
