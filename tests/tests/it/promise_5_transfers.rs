//! Promise 5, transfers: what is gained, what is lost and when, and what is never interrupted; and a last day that
//! moves into the past.

use jiff::Timestamp;
use latchkey_lifecycle::{CaseId, CaseState};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, form_of};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) async fn transferred(it: &Rehearsal, employee: &str, day: &str) -> CaseId {
    let payload = json!({
        "type": "person.transferred",
        "data": {
            "employee_id": employee, "effective_date": day,
            "person": { "department": "Finance", "title": "Accountant" },
        },
    });
    it.confirm(payload).await.unwrap()
}

fn groups(it: &Rehearsal, employee: &str) -> Vec<String> {
    let accounts = it.systems.accounts_of(employee);
    let directory = accounts["directory"].as_ref().unwrap();
    let names = directory.entitlements.iter().map(|e| e.name().to_owned());
    names.collect()
}

#[tokio::test]
async fn what_is_new_comes_for_the_day_what_is_old_goes_after_the_overlap_and_the_rest_is_never_touched()
 {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let before = groups(&it, "1017");
    assert_eq!(before, ["everyone", "sales", "vpn"]);
    let case = transferred(&it, "1017", "2026-12-07").await;
    // One working day before the transfer, at nine in London.
    let opens = at("2026-12-04T09:00:00Z");
    it.play(&mut Answers::willing(), Some(at("2026-12-04T08:59:59Z")))
        .await;
    assert_eq!(groups(&it, "1017"), before);
    it.play(&mut Answers::willing(), Some(at("2026-12-11T12:00:00Z")))
        .await;
    assert_eq!(groups(&it, "1017"), ["everyone", "finance", "sales", "vpn"]);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(groups(&it, "1017"), ["everyone", "finance", "vpn"]);
    assert_eq!(it.case(&case).await.state, CaseState::Closed);
    // Five working days after the transfer, at nine.
    let overlap = at("2026-12-14T09:00:00Z");
    for applied in it.systems.applied() {
        let change = applied.change.as_str();
        let from = match change.split_once(' ') {
            Some(("revoke", _)) => overlap,
            _ => opens,
        };
        assert!(applied.at >= from, "{change} at {}", applied.at);
        let both = ["everyone", "vpn", "general", "suspend", "create", "rename"];
        assert!(!both.iter().any(|kept| change.contains(kept)), "{change}");
    }
}

#[tokio::test]
async fn a_last_day_that_moves_into_the_past_takes_everything_at_once() {
    for kind in ["person.date_moved", "person.exiting"] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let exit = it
            .happens("person.exiting", "1017", Some("2026-12-18"))
            .await;
        it.play(&mut Answers::willing(), Some(at("2026-12-02T12:00:00Z")))
            .await;
        assert!(it.systems.applied().is_empty());
        let moved = it.happens(kind, "1017", Some("2026-11-30")).await;
        assert_eq!(moved, exit, "{kind}");
        let now = it.now();
        it.play(&mut Answers::none(), Some(now)).await;
        let accounts = it.systems.accounts_of("1017");
        assert!(accounts.values().flatten().all(|a| !a.active), "{kind}");
        let task = it.task(&exit, "sign-in.directory").await;
        assert_eq!(task.on_time(), Some(false), "it shows as late");
        it.play(&mut Answers::willing(), None).await;
    }
}

/// Acme, which lets one transfer that takes access away pass in a day.
fn careful() -> Source {
    let mut files = acme().files().clone();
    let runbook = files.get_mut("runbook.yaml").unwrap();
    let before = runbook.clone();
    *runbook = runbook.replace("transfers: 50", "transfers: 1");
    assert_ne!(*runbook, before);
    Source::from_files(files)
}

#[tokio::test]
async fn transfers_that_take_access_away_are_held_and_those_that_do_not_pass() {
    let mut it = Rehearsal::of(&careful()).await;
    it.seed().await;
    let first = transferred(&it, "1017", "2026-12-07").await;
    let held = transferred(&it, "1003", "2026-12-07").await;
    // A new title that takes nothing away.
    let title = json!({
        "type": "person.transferred",
        "data": { "employee_id": "1021", "effective_date": "2026-12-07", "person": { "title": "Platform Lead" } },
    });
    let passes = it.confirm(title).await.unwrap();
    let mut all_but_security = Answers::by(|_, question, task| {
        (question.task.as_str() != "confirm-what-is-held").then(|| form_of(task, "done"))
    });
    it.play(&mut all_but_security, Some(at("2026-12-22T12:00:00Z")))
        .await;
    assert_eq!(it.case(&first).await.state, CaseState::Closed);
    assert_eq!(it.case(&passes).await.state, CaseState::Closed);
    assert_eq!(it.case(&held).await.state, CaseState::Held);
    assert!(groups(&it, "1003").contains(&"sales".to_owned()));
    let asked = it.letters_about("Confirm the transfers that are held");
    assert_eq!(asked[0].letter.to, "security@acme.example");
    let question = it.question_of(&asked[0].clone()).unwrap();
    let task = it.task(&held, "confirm-what-is-held").await;
    let (status, _) = it.page(&question, Some(&form_of(&task, "done"))).await;
    assert_eq!(status, 200);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&held).await.state, CaseState::Closed);
    assert!(!groups(&it, "1003").contains(&"sales".to_owned()));
}

#[tokio::test]
async fn a_transfer_that_comes_between_does_not_give_what_a_later_one_will() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let before = groups(&it, "1017");
    // To Finance in two weeks; and then, for a week until then, to another job where they are.
    transferred(&it, "1017", "2026-12-14").await;
    let between = json!({
        "type": "person.transferred",
        "data": {
            "employee_id": "1017", "effective_date": "2026-12-07",
            "person": { "department": "Sales", "title": "Account Executive" },
        },
    });
    it.confirm(between).await.unwrap();
    it.play(&mut Answers::willing(), Some(at("2026-12-11T08:59:59Z")))
        .await;
    assert_eq!(groups(&it, "1017"), before);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(groups(&it, "1017"), ["everyone", "finance", "vpn"]);
}

#[tokio::test]
async fn two_transfers_for_one_day_count_both_in_whatever_order_they_come() {
    let move_ = |it: &Rehearsal, person: serde_json::Value| {
        json!({
            "type": "person.transferred", "timestamp": it.now(),
            "data": { "employee_id": "1017", "effective_date": "2026-12-07", "person": person },
        })
    };
    for later_first in [false, true] {
        let mut it = Rehearsal::of(&acme()).await;
        it.seed().await;
        let to_finance = move_(
            &it,
            json!({ "department": "Finance", "title": "Accountant" }),
        );
        it.clock.jump_to(it.later(1));
        let manager = move_(&it, json!({ "manager_email": "new.boss@acme.example" }));
        let (first, second) = match later_first {
            true => (&manager, &to_finance),
            false => (&to_finance, &manager),
        };
        it.send("first", first).await;
        it.play(&mut Answers::willing(), Some(it.later(1))).await;
        let (status, answer) = it.send("second", second).await;
        assert!(status < 300, "{answer}");
        it.play(&mut Answers::willing(), None).await;
        assert_eq!(groups(&it, "1017"), ["everyone", "finance", "vpn"]);
        // Neither counts again.
        let applied = it.systems.applied().len();
        for (id, again) in [("first-again", first), ("second-again", second)] {
            let (status, answer) = it.send(id, again).await;
            assert_eq!(status, 200, "{answer}");
        }
        it.play(&mut Answers::willing(), None).await;
        assert_eq!(it.systems.applied().len(), applied);
        assert_eq!(it.stack.engine.running(), 0);
    }
}

#[tokio::test]
async fn what_a_later_change_was_planned_with_goes_when_an_earlier_transfer_becomes_known() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let of = |it: &Rehearsal, day: &str, person: serde_json::Value| {
        json!({
            "type": "person.transferred", "timestamp": it.now(),
            "data": { "employee_id": "1017", "effective_date": day, "person": person },
        })
    };
    let finance = json!({ "department": "Finance", "title": "Accountant" });
    let to_finance = of(&it, "2026-12-07", finance);
    it.clock.jump_to(it.later(1));
    let married = of(&it, "2026-12-08", json!({ "family_name": "Winter" }));
    let (status, answer) = it.send("married", &married).await;
    assert!(status < 300, "{answer}");
    it.play(&mut Answers::willing(), None).await;
    it.clock.jump_to(at("2026-12-10T12:00:00Z"));
    let (status, answer) = it.send("finance", &to_finance).await;
    assert!(status < 300, "{answer}");
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(groups(&it, "1017"), ["everyone", "finance", "vpn"]);
}
