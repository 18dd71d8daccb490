//! Promise 8: a sudden flood of exits is held for a person to confirm before it acts.

use latchkey_lifecycle::{Account, CaseId, CaseState, EmployeeId, Ruling, TaskState};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, form_of};

use crate::{
    promise_11_two_people::{apart, signed},
    sweep::sweeps,
};

/// Acme, which lets three exits and one urgent exit pass in a day.
pub(crate) fn careful() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let before = runbook.clone();
    *runbook = runbook.replace("exits: 20, urgent_exits: 5", "exits: 3, urgent_exits: 1");
    assert_ne!(*runbook, before);
    Source::from_files(files)
}

pub(crate) fn person(n: usize) -> String {
    format!("{}", 2000 + n)
}

/// A company of so many people, each with an account in the directory.
pub(crate) async fn company(people: usize) -> Rehearsal {
    peopled(Rehearsal::of(&careful()).await, people)
}

fn peopled(it: Rehearsal, people: usize) -> Rehearsal {
    for n in 0..people {
        let id = person(n);
        let account = Account {
            employee_id: EmployeeId::new(id.clone()).ok(),
            name: format!("person.{n}"),
            active: true,
            attributes: Default::default(),
            entitlements: Default::default(),
        };
        it.systems.get("directory").put(&id, account);
    }
    it
}

pub(crate) fn active(it: &Rehearsal, people: usize) -> Vec<usize> {
    let works = |n: &usize| {
        it.systems
            .accounts_of(&person(*n))
            .values()
            .flatten()
            .any(|a| a.active)
    };
    (0..people).filter(works).collect()
}

/// Everybody leaves today.
pub(crate) async fn flood(it: &Rehearsal, people: usize) -> Vec<CaseId> {
    let mut cases = Vec::new();
    for n in 0..people {
        cases.push(
            it.happens("person.exiting", &person(n), Some("2026-11-23"))
                .await,
        );
    }
    cases
}

pub(crate) fn everybody_but_security() -> Answers {
    Answers::by(|_, question, task| {
        (question.task.as_str() != "confirm-what-is-held").then(|| form_of(task, "done"))
    })
}

#[tokio::test]
async fn a_flood_of_exits_waits_for_a_named_person_and_then_goes_on() {
    let mut it = company(8).await;
    let cases = flood(&it, 8).await;
    it.play(&mut everybody_but_security(), Some(it.later(30)))
        .await;
    assert_eq!(active(&it, 8), [3, 4, 5, 6, 7]);
    let letters = it.letters_about("Confirm the exits that are held");
    let asked: Vec<&str> = letters.iter().map(|l| l.letter.to.as_str()).collect();
    // Asked, reminded, missed and escalated by now: never silent, and never a letter for each.
    assert_eq!(
        asked
            .iter()
            .filter(|to| **to == "security@acme.example")
            .count(),
        3,
        "{asked:?}"
    );
    assert!(asked.contains(&"ciso@acme.example"));
    // An urgent exit for a single person passes.
    it.happens("person.exit.urgent", &person(7), None).await;
    it.play(&mut everybody_but_security(), Some(it.later(1)))
        .await;
    assert_eq!(active(&it, 8), [3, 4, 5, 6]);

    let question = it
        .question_of(&it.letters_about("Confirm the exits that are held")[0].clone())
        .unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let (status, page) = it.page(&question, None).await;
    assert_eq!(status, 200);
    for n in 3..7 {
        assert!(page.contains(&person(n)), "{page}");
    }
    let (status, _) = it.page(&question, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, 8), [0; 0]);
    for case in &cases[..7] {
        assert_eq!(it.case(case).await.state, CaseState::Closed, "{case}");
    }
    assert_eq!(it.case(&cases[7]).await.state, CaseState::Superseded);
    let trail = it.everything(&cases[4]).await;
    assert!(
        trail.contains(
            "Somebody in security, by the link sent to security@acme.example confirmed it"
        ),
        "{trail}"
    );
    // Whoever confirmed has seen it: counting begins anew.
    assert_eq!(
        it.stack.ledger.brake().await.unwrap().item,
        Default::default()
    );
}

#[tokio::test]
async fn a_mistake_is_left_out_by_name_and_nobody_is_cut() {
    let mut it = company(6).await;
    let cases = flood(&it, 6).await;
    let mut answers = Answers::by(|sent, question, task| {
        let held = question.task.as_str() == "confirm-what-is-held";
        match (held, question.may_waive) {
            (true, true) => Some(form_of(task, "waived")),
            (true, false) => None,
            _ => (!sent.letter.subject.starts_with("Reminder")).then(|| form_of(task, "done")),
        }
    });
    it.play(&mut answers, None).await;
    assert_eq!(active(&it, 6), [3, 4, 5]);
    for case in &cases[3..] {
        let case = it.case(case).await;
        assert_eq!(
            (case.state, case.superseded_by),
            (CaseState::Superseded, None)
        );
        let trail = it.everything(&case.id).await;
        assert!(trail.contains("left it out: a reason"), "{trail}");
    }
    let task = it.task(&cases[3], "confirm-what-is-held").await;
    assert_eq!(task.state, TaskState::Waived);
}

#[tokio::test]
async fn nobody_who_is_held_decides_about_what_is_held() {
    let mut it = company(5).await;
    flood(&it, 3).await;
    // Somebody who signs with a name of their own: the record says what it is.
    let hire = it.take_in("hire.json").await;
    it.play(&mut everybody_but_security(), Some(it.later(1)))
        .await;
    let zoe = it.case(&hire).await.person.unwrap();
    it.happens("person.exiting", &person(4), Some("2026-11-23"))
        .await;
    let own = it.happens("person.exit.urgent", &person(3), None).await;
    assert_ne!(it.case(&own).await.state, CaseState::Held);
    let own = it
        .happens("person.exit.urgent", zoe.employee_id.as_str(), None)
        .await;
    assert_eq!(it.case(&own).await.state, CaseState::Held);
    it.play(&mut everybody_but_security(), Some(it.later(8)))
        .await;
    for (letter, answer) in [("Confirm", "done"), ("ESCALATED: Confirm", "waived")] {
        let letter = it.letters_about(&format!("{letter} the "))[0].clone();
        let question = it.question_of(&letter).unwrap();
        let task = it.task(&question.case, "confirm-what-is-held").await;
        let last_first = format!("{}, {}", zoe.family_name, zoe.given_name);
        // The case that asks is another's than theirs.
        for name in [
            zoe.full_name(),
            last_first,
            apart(&zoe.full_name()),
            zoe.employee_id.to_string(),
            person(4),
        ] {
            let form = signed(form_of(&task, answer), &name);
            let (status, page) = it.page(&question, Some(&form)).await;
            assert_eq!(status, 422, "{name}: {page}");
            let refusal = "nobody decides about their own case";
            assert!(page.contains(refusal), "{page}");
        }
    }
    assert_eq!(it.case(&own).await.state, CaseState::Held);
    let letter = it.letters_about("Confirm the exits")[0].clone();
    let question = it.question_of(&letter).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let (status, page) = it.page(&question, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200, "{page}");
    assert_ne!(it.case(&own).await.state, CaseState::Held);
}

#[tokio::test]
async fn urgent_exits_are_held_when_they_come_for_many() {
    let mut it = company(3).await;
    for n in 0..3 {
        it.happens("person.exit.urgent", &person(n), None).await;
    }
    it.play(&mut everybody_but_security(), Some(it.later(5)))
        .await;
    assert_eq!(active(&it, 3), [1, 2]);
}

#[tokio::test]
async fn a_flood_of_hires_waits_too_and_gives_nothing() {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    *runbook = runbook.replace("hires: 40", "hires: 3");
    let mut it = Rehearsal::of(&Source::from_files(files)).await;
    let mut cases = Vec::new();
    for n in 0..5 {
        let payload = serde_json::json!({ "type": "person.hired", "data": {
            "employee_id": person(n), "effective_date": "2026-12-07", "person": {
                "given_name": format!("New{n}"), "family_name": "Hire", "department": "Sales",
                "title": "Account Executive", "employment_type": "employee", "country": "DE",
            },
        }});
        cases.push(it.confirm(payload).await.unwrap());
    }
    it.play(&mut everybody_but_security(), Some(it.later(24 * 21)))
        .await;
    assert_eq!(active(&it, 5), [0, 1, 2]);
    for case in &cases[3..] {
        assert_eq!(it.case(case).await.state, CaseState::Held);
    }
    let letters = it.letters_about("Confirm the hires that are held");
    assert_eq!(letters[0].letter.to, "security@acme.example");
    let question = it.question_of(&letters[0].clone()).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let (status, page) = it.page(&question, None).await;
    assert!(
        status == 200 && page.contains("New3") && page.contains("New4"),
        "{page}"
    );
    it.page(&question, Some(&form_of(&task, "done"))).await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, 5), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn the_question_goes_over_when_its_own_case_is_withdrawn_and_survives_a_restart() {
    let mut it = peopled(Rehearsal::lasting(&careful()).await, 6);
    let cases = flood(&it, 6).await;
    it.play(&mut everybody_but_security(), Some(it.later(1)))
        .await;
    it.happens("person.exit_withdrawn", &person(3), None).await;
    it.play(&mut everybody_but_security(), Some(it.later(1)))
        .await;
    let asks = it
        .stack
        .ledger
        .brake()
        .await
        .unwrap()
        .item
        .asking()
        .cloned();
    assert_eq!(asks.as_ref(), Some(&cases[4]).or(asks.as_ref()));
    assert!(asks.is_some() && asks != Some(cases[3].clone()));
    let mut it = it.restart().await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(active(&it, 6), [3]);
    for case in &cases[4..] {
        assert_eq!(it.case(case).await.state, CaseState::Closed);
    }
}

#[tokio::test]
async fn the_same_flood_delivered_twice_is_held_once() {
    let mut it = company(5).await;
    flood(&it, 5).await;
    for n in 0..5 {
        let again = serde_json::json!({
            "type": "person.exiting", "timestamp": it.now(),
            "data": { "employee_id": person(n), "effective_date": "2026-11-23" },
        });
        assert_eq!(it.send(&format!("again-{n}"), &again).await.0, 200);
    }
    it.play(&mut everybody_but_security(), Some(it.later(30)))
        .await;
    assert_eq!(active(&it, 5), [3, 4]);
    assert_eq!(it.stack.ledger.brake().await.unwrap().item.held().len(), 2);
}

#[tokio::test]
async fn what_a_held_exit_would_end_goes_on_until_it_is_confirmed_and_when_it_is_left_out() {
    for (answer, hired) in [
        ("waived", CaseState::Closed),
        ("done", CaseState::Superseded),
    ] {
        let mut it = company(2).await;
        let hire = it.take_in("hire.json").await;
        it.play(&mut everybody_but_security(), Some(it.later(1)))
            .await;
        // Two urgent exits, of which one may pass: the second is that of somebody who is only coming.
        it.happens("person.exit.urgent", &person(0), None).await;
        let held = it.happens("person.exit.urgent", "1042", None).await;
        assert_eq!(it.case(&held).await.state, CaseState::Held);
        let mut answers = Answers::by(move |_, question, task| {
            let asks = question.task.as_str() == "confirm-what-is-held";
            match (asks, question.may_waive) {
                (true, false) => None,
                (true, true) => Some(form_of(task, answer)),
                _ => Some(form_of(task, "done")),
            }
        });
        it.play(&mut everybody_but_security(), Some(it.later(1)))
            .await;
        assert!(!it.case(&hire).await.state.is_ended(), "{answer}");
        it.play(&mut answers, None).await;
        assert_eq!(it.case(&hire).await.state, hired, "{answer}");
        let works = it.systems.accounts_of("1042").into_values().flatten();
        assert_eq!(works.filter(|a| a.active).count() > 0, answer == "waived");
    }
}

#[tokio::test]
async fn what_was_left_out_did_not_happen_and_is_carried_out_when_it_is_confirmed_again() {
    let mut it = company(2).await;
    let hire = it.take_in("hire.json").await;
    it.happens("person.exit.urgent", &person(0), None).await;
    let held = it.happens("person.exit.urgent", "1042", None).await;
    let mut left_out = Answers::by(|_, question, task| {
        let asks = question.task.as_str() == "confirm-what-is-held";
        (asks && question.may_waive).then(|| form_of(task, "waived"))
    });
    it.play(&mut left_out, Some(it.later(6))).await;
    assert_eq!(it.case(&held).await.state, CaseState::Superseded);
    // Something else is confirmed: the hire goes on.
    let manager = serde_json::json!({
        "type": "person.transferred", "timestamp": it.now(),
        "data": { "employee_id": "1042", "person": { "manager_email": "boss@acme.example" } },
    });
    it.send("manager", &manager).await;
    assert!(!it.case(&hire).await.state.is_ended());
    it.clock.jump_to(it.later(48));
    let again = it.happens("person.exit.urgent", "1042", None).await;
    assert_ne!(again, held);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&hire).await.state, CaseState::Superseded);
    let works = it.systems.accounts_of("1042").into_values().flatten();
    assert_eq!(works.filter(|a| a.active).count(), 0);
}

/// A ruling that was taken down when whoever carried it out was cut off.
async fn ruled_and_cut_off(ruling: Ruling) -> (Rehearsal, Vec<CaseId>) {
    let mut it = company(6).await;
    let cases = flood(&it, 6).await;
    it.play(&mut everybody_but_security(), Some(it.later(1)))
        .await;
    let mut row = it.stack.ledger.brake().await.unwrap();
    assert_eq!(row.item.asking(), Some(&cases[3]));
    assert!(row.item.rule(ruling));
    assert!(it.stack.ledger.put_brake(&mut row).await.unwrap());
    (it, cases)
}

fn confirmed() -> Ruling {
    Ruling::Confirmed {
        by: "Grace Hopper".into(),
    }
}

async fn all_are_gone(mut it: Rehearsal, cases: &[CaseId]) {
    it.play(&mut everybody_but_security(), None).await;
    assert_eq!(active(&it, 6), [0; 0]);
    for case in cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed, "{case}");
    }
    assert_eq!(
        it.stack.ledger.brake().await.unwrap().item.ruled(),
        None,
        "it is carried out"
    );
}

#[tokio::test]
async fn a_ruling_that_was_cut_off_is_carried_out_by_the_sweep() {
    let (mut it, cases) = ruled_and_cut_off(confirmed()).await;
    sweeps(&mut it).await;
    all_are_gone(it, &cases).await;
}

#[tokio::test]
async fn a_ruling_that_was_cut_off_is_carried_out_when_somebody_else_leaves() {
    let (it, cases) = ruled_and_cut_off(confirmed()).await;
    it.happens("person.exiting", "2999", Some("2026-11-30"))
        .await;
    all_are_gone(it, &cases).await;
}

/// The case by which the confirmers were asked gives way meanwhile: what was decided with it is not forgotten.
#[tokio::test]
async fn a_ruling_that_was_cut_off_outlives_the_case_that_asked() {
    let (it, cases) = ruled_and_cut_off(confirmed()).await;
    let urgent = it.happens("person.exit.urgent", &person(3), None).await;
    assert_eq!(it.case(&cases[3]).await.state, CaseState::Superseded);
    let rest = [&cases[..3], &cases[4..], &[urgent]].concat();
    all_are_gone(it, &rest).await;
}

#[tokio::test]
async fn the_first_word_of_two_counts_and_the_second_one_is_told_so() {
    let (it, cases) = ruled_and_cut_off(confirmed()).await;
    let letters = it.letters_about("Confirm the exits that are held");
    let question = it.question_of(letters[0]).unwrap();
    let task = it.task(&question.case, "confirm-what-is-held").await;
    let (status, page) = it.page(&question, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 410);
    assert!(page.contains("This task is done"), "{page}");
    let trail = it.everything(&cases[4]).await;
    assert!(trail.contains("Grace Hopper confirmed it"), "{trail}");
    assert!(!trail.contains("Somebody in security"), "{trail}");
    all_are_gone(it, &cases).await;
}
