//! Promise 8: what is held is decided person by person; what stops in the middle is carried on, and nobody is decided
//! about twice. Also for thousands.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use latchkey_decisions::{Became, Decider, NotDecided};
use latchkey_lifecycle::{CaseId, CaseState, Choice, Decided, OneByOne, Themselves, What};
use latchkey_tests::{Rehearsal, form_of};

use crate::{
    promise_8_brake::{active, company, everybody_but_security, flood, person},
    sweep::sweeps,
};

/// Three of them pass, and so many are more than are carried out side by side.
const PEOPLE: usize = 23;

const ADA: &str = "ada.king@acme.example";

fn ada() -> Decider {
    Decider {
        by: "Ada King (ada.king@acme.example)".to_owned(),
        themselves: Themselves::at(ADA),
    }
}

/// Fills in and looks once more; gives the checksum of what was shown.
async fn look(it: &Rehearsal, said: &[(CaseId, Choice)]) -> String {
    let intake = &it.stack.intake;
    latchkey_decisions::fill_in(intake, &ada(), |draft, _| {
        draft.reason = "not yet".to_owned();
        said.iter()
            .for_each(|(id, choice)| draft.say(id, *choice, None));
    })
    .await
    .unwrap();
    let draft = latchkey_decisions::look_again(intake, &ada(), &BTreeSet::new()).await;
    draft.unwrap().look.unwrap().list
}

/// How often a case was decided.
async fn decided(it: &Rehearsal, case: &CaseId) -> usize {
    let words = it.recorded(case, None).await;
    let ruled = [What::Confirmed.to_string(), What::LeftOut.to_string()];
    words.iter().filter(|word| ruled.contains(word)).count()
}

/// Taken down, and carried out for one person only when whoever did it was cut off; then by the sweep, or by the next
/// event.
#[tokio::test]
async fn a_decision_that_stops_in_the_middle_is_carried_on_and_nobody_is_decided_twice() {
    for by_the_sweep in [true, false] {
        let mut it = company(PEOPLE).await;
        let cases = flood(&it, PEOPLE).await;
        it.play(&mut everybody_but_security(), Some(it.later(1)))
            .await;
        let said = |n: usize| match n {
            3..12 => Some(Choice::GoesOn),
            12..21 => Some(Choice::LeftOut),
            _ => None,
        };
        let said = (0..PEOPLE).filter_map(|n| Some((cases[n].clone(), said(n)?)));
        let said: Vec<(CaseId, Choice)> = said.collect();
        let list = look(&it, &said).await;
        // Written down as the page does it, and cut off after that.
        let ledger = &it.stack.ledger;
        let mut draft = ledger.held_draft(ADA).await.unwrap();
        let mut brake = ledger.brake().await.unwrap();
        assert!(brake.item.rule_each(Decided {
            by: ada().by,
            second: None,
            goes_on: draft.item.goes_on.clone(),
            left_out: draft.item.left_out.keys().cloned().collect(),
            each: OneByOne {
                address: ADA.to_owned(),
                list,
                looked_at: it.now(),
                decided_at: it.now(),
                go_on: 0,
                leave_out: 0,
            },
        }));
        let drafts = &mut [(ADA, &mut draft)];
        assert!(
            ledger
                .decide_what_is_held(&mut brake, drafts)
                .await
                .unwrap()
        );
        let (looks, workflow) = (it.stack.intake.looks(), it.stack.workflow.as_ref());
        let past = it.now() - SignedDuration::from_secs(1);
        for left in [10, 2] {
            let whole = latchkey_decisions::act_until(looks, workflow, past).await;
            assert!(!whole.unwrap());
            let brake = ledger.brake().await.unwrap().item;
            assert_eq!(brake.ruled().unwrap().left(), left);
        }
        // Nothing is filled in, nor decided, by the same person meanwhile.
        let busy = latchkey_decisions::fill_in(&it.stack.intake, &ada(), |_, _| {}).await;
        assert!(matches!(busy, Err(NotDecided::UnderWay)), "{busy:?}");

        match by_the_sweep {
            true => drop(sweeps(&mut it).await),
            false => drop(
                it.happens("person.exiting", "2999", Some("2026-11-30"))
                    .await,
            ),
        }
        let brake = it.stack.ledger.brake().await.unwrap().item;
        assert_eq!(brake.ruled(), None);
        for (n, case) in cases.iter().enumerate() {
            let times = usize::from((3..21).contains(&n));
            assert_eq!(decided(&it, case).await, times, "{n}");
        }
        // Those who stay held are asked about, and what was filled in is forgotten.
        assert!(cases[21..].contains(brake.asking().unwrap()));
        let draft = it.stack.ledger.held_draft(ADA).await.unwrap();
        assert_eq!(draft.item, Default::default());
        it.play(&mut everybody_but_security(), Some(it.later(30)))
            .await;
        assert_eq!(active(&it, PEOPLE), (12..PEOPLE).collect::<Vec<_>>());
        // They are asked about by another letter, and by its link all of them are confirmed.
        let asking = brake.asking().unwrap();
        let asked = it.letters_about("Confirm the exits that are held");
        let asked = asked.into_iter().filter_map(|sent| it.question_of(sent));
        let mut asked = asked.filter(|question| question.case == *asking);
        let question = asked.find(|question| !question.may_waive).unwrap();
        let task = it.task(&question.case, "confirm-what-is-held").await;
        let (status, page) = it.page(&question, Some(&form_of(&task, "done"))).await;
        assert_eq!(status, 200, "{page}");
        it.play(&mut everybody_but_security(), None).await;
        assert_eq!(active(&it, PEOPLE), (12..21).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn three_thousand_are_decided_about_and_each_once() {
    let it = company(0).await;
    let cases = flood(&it, 3_003).await;
    let held = it.stack.ledger.brake().await.unwrap().item.held().clone();
    assert_eq!(held.len(), 3_000);
    let said: Vec<(CaseId, Choice)> = held
        .iter()
        .enumerate()
        .map(|(n, id)| match n % 3 {
            0 => (id.clone(), Choice::LeftOut),
            1 => (id.clone(), Choice::GoesOn),
            _ => (id.clone(), Choice::Later),
        })
        .collect();
    let list = look(&it, &said).await;
    let intake = &it.stack.intake;
    let nobody = BTreeSet::new();
    let wrong = latchkey_decisions::decide_each(intake, &ada(), (&list, Some(3)), &nobody).await;
    assert!(matches!(wrong, Err(NotDecided::Number(1_000))), "{wrong:?}");
    let typed = (list.as_str(), Some(1_000));
    let became = latchkey_decisions::decide_each(intake, &ada(), typed, &nobody).await;
    let counts = Became::Counts {
        go_on: 1_000,
        leave_out: 1_000,
        whole: true,
    };
    assert_eq!(became.unwrap(), counts);
    let brake = it.stack.ledger.brake().await.unwrap().item;
    assert_eq!((brake.held().len(), brake.ruled()), (1_000, None));
    let all = it.stack.ledger.cases_by_id(held).await.unwrap();
    let of = |state| all.iter().filter(|case| case.state == state).count();
    assert_eq!(
        [CaseState::Received, CaseState::Superseded, CaseState::Held].map(of),
        [1_000; 3]
    );
    for case in cases[3..].iter().step_by(100) {
        assert!(decided(&it, case).await <= 1);
    }
}

/// An exit that was let pass is an exit still, when its move is held and left out.
#[tokio::test]
async fn who_leaves_out_the_move_of_an_exit_does_not_leave_out_the_exit() {
    let mut it = company(5).await;
    let case = it
        .happens("person.exiting", &person(4), Some("2026-12-09"))
        .await;
    it.play(&mut everybody_but_security(), Some(it.later(30)))
        .await;
    for n in 0..3 {
        it.happens("person.exiting", &person(n), Some("2026-11-24"))
            .await;
    }
    let moved = it
        .happens("person.exiting", &person(4), Some("2026-12-18"))
        .await;
    assert_eq!(
        (it.case(&case).await.state, &moved),
        (CaseState::Held, &case)
    );
    let list = look(&it, &[(case.clone(), Choice::LeftOut)]).await;
    let (intake, typed) = (&it.stack.intake, (list.as_str(), Some(0)));
    let became = latchkey_decisions::decide_each(intake, &ada(), typed, &BTreeSet::new()).await;
    became.unwrap();
    let decided = it.case(&case).await;
    assert_eq!(decided.effective, Some("2026-12-09".parse().unwrap()));
    let day = |text: &str| text.parse().unwrap();
    it.play(
        &mut everybody_but_security(),
        Some(day("2026-12-08T12:00:00Z")),
    )
    .await;
    // HR is told, as of what is left out as a whole: else it reads one day there, and another here.
    let told = it.letters_about("A change is left out");
    let [told] = told.as_slice() else {
        panic!("{} letters", told.len());
    };
    assert_eq!(told.letter.team, "people");
    for words in [
        "the exit goes on for Wed 9 Dec 2026",
        "left out by Ada King: not yet",
        "confirm again there",
    ] {
        assert!(told.letter.text.contains(words), "{}", told.letter.text);
    }
    assert_eq!(active(&it, 5), [3, 4]);
    it.play(
        &mut everybody_but_security(),
        Some(day("2026-12-11T12:00:00Z")),
    )
    .await;
    assert_eq!(active(&it, 5), [3]);
}
