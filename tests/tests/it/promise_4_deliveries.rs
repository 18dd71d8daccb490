//! Promise 4: deliveries may come twice, late or out of order; there is one case and one outcome.

use latchkey_lifecycle::{CaseId, CaseState, EmployeeId};
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::{Value, json};

fn case_of(answer: &Value) -> CaseId {
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

async fn cases_of(it: &Rehearsal, employee: &str) -> usize {
    let employee = EmployeeId::new(employee).unwrap();
    it.stack.ledger.cases_of(&employee).await.unwrap().len()
}

#[tokio::test]
async fn the_same_delivery_again_is_the_same_case_and_starts_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = sample("hire.json");
    let (status, first) = it.send("msg_1", &hire).await;
    assert_eq!(status, 202);
    let case = case_of(&first);
    it.play(&mut Answers::willing(), Some(it.later(0))).await;
    let before = it.everything(&case).await;
    for _ in 0..3 {
        let (status, again) = it.send("msg_1", &hire).await;
        assert_eq!((status, case_of(&again)), (200, case.clone()));
    }
    it.play(&mut Answers::willing(), Some(it.later(0))).await;
    assert_eq!(it.everything(&case).await, before);
    assert_eq!(
        (cases_of(&it, "1042").await, it.stack.engine.running()),
        (1, 1)
    );
}

#[tokio::test]
async fn a_delivery_under_another_id_is_the_same_case_too() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = sample("hire.json");
    let (_, first) = it.send("msg_1", &hire).await;
    let (status, second) = it.send("msg_2", &hire).await;
    assert!(matches!(status, 200 | 202), "{status} {second}");
    assert_eq!(case_of(&first), case_of(&second));
    it.play(&mut Answers::willing(), None).await;
    let case = it.case(&case_of(&first)).await;
    assert_eq!((case.state, case.revision.0), (CaseState::Closed, 1));
    // And after the end.
    let mut late = hire.clone();
    late["timestamp"] = json!(it.now());
    let (_, third) = it.send("msg_3", &late).await;
    assert_eq!(case_of(&third), case.id);
    assert_eq!(
        (cases_of(&it, "1042").await, it.stack.engine.running()),
        (1, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_at_the_same_moment_make_one_case() {
    let it = std::sync::Arc::new(Rehearsal::of(&acme()).await);
    for employee in ["1042", "1043", "1044"] {
        let mut hire = sample("hire.json");
        hire["data"]["employee_id"] = json!(employee);
        let deliveries: Vec<_> = (0..8)
            .map(|n| {
                // The same delivery four times, and the same event under another id four times.
                let (it, hire, id) = (
                    it.clone(),
                    hire.clone(),
                    format!("msg_{employee}_{}", n / 4),
                );
                tokio::spawn(async move { it.send(&id, &hire).await })
            })
            .collect();
        let mut cases = std::collections::BTreeSet::new();
        let mut started = 0;
        for delivery in deliveries {
            let (status, answer) = delivery.await.unwrap();
            match status {
                202 => started += 1,
                200 => {}
                // A vendor sends it again.
                503 => continue,
                other => panic!("{other} {answer}"),
            }
            cases.insert(case_of(&answer));
        }
        assert_eq!((cases.len(), cases_of(&it, employee).await), (1, 1));
        assert!(started >= 1);
        let case = cases.pop_first().unwrap();
        assert_eq!(it.case(&case).await.revision.0, 1);
        assert_eq!(it.recorded(&case, None).await, ["received"]);
    }
    assert_eq!(it.stack.engine.running(), 3);
}

/// Each hire is counted by the brake, in one row.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_morning_of_hires_at_the_same_moment_is_taken_in_at_once() {
    let it = std::sync::Arc::new(Rehearsal::of(&acme()).await);
    let deliveries: Vec<_> = (0..40)
        .map(|n| {
            let mut hire = sample("hire.json");
            hire["data"]["employee_id"] = json!(format!("20{n:02}"));
            hire["data"]["person"]["family_name"] = json!(format!("Number{n}"));
            let it = it.clone();
            tokio::spawn(async move { it.send(&format!("msg_{n}"), &hire).await })
        })
        .collect();
    for delivery in deliveries {
        let (status, answer) = delivery.await.unwrap();
        assert_eq!(status, 202, "{answer}");
        assert_ne!(it.case(&case_of(&answer)).await.state, CaseState::Held);
    }
    assert_eq!(it.stack.engine.running(), 40);
}

#[tokio::test]
async fn what_was_confirmed_earlier_and_comes_later_changes_nothing() {
    let mut it = Rehearsal::of(&acme()).await;
    let hire = sample("hire.json");
    let mut moved = hire.clone();
    moved["timestamp"] = json!("2026-11-23T07:30:00Z");
    moved["data"]["person"]["department"] = json!("Finance");
    it.clock.jump_to("2026-11-23T07:31:00Z".parse().unwrap());
    let (_, newer) = it.send("msg_2", &moved).await;
    let case = case_of(&newer);
    let before = it.case(&case).await;
    let (status, older) = it.send("msg_1", &hire).await;
    assert!(matches!(status, 200 | 202), "{status} {older}");
    assert_eq!(case_of(&older), case);
    it.play(&mut Answers::willing(), None).await;
    let after = it.case(&case).await;
    assert_eq!(
        (after.revision, &after.person),
        (before.revision, &before.person)
    );
    let accounts = it.systems.accounts_of("1042");
    let account = accounts["directory"].as_ref().unwrap();
    assert!(
        account.entitlements.contains(&"finance".into()),
        "{account:?}"
    );
    assert!(
        !account.entitlements.contains(&"sales".into()),
        "{account:?}"
    );
}
