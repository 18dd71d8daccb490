//! Promise 7: an exit covers every system in the runbook, whether or not the ledger thinks the person is there.

use latchkey_lifecycle::{CaseId, CaseState, Goal, Task, Work};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::json;

async fn urgent(it: &Rehearsal, employee: &str) -> CaseId {
    let exit = json!({"type": "person.exit.urgent", "timestamp": it.now(), "data": {"employee_id": employee}});
    let (status, answer) = it.send("msg_1", &exit).await;
    assert_eq!(status, 202, "{answer}");
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

fn taken(task: &Task) -> Option<String> {
    match &task.work {
        Work::System {
            system,
            goal: Goal::NoAccess | Goal::Gone,
            ..
        } => Some(system.to_string()),
        _ => None,
    }
}

#[tokio::test]
async fn every_system_is_closed_to_a_leaver_whom_the_ledger_does_not_know() {
    let mut it = Rehearsal::of(&acme()).await;
    // The systems know them; neither HR's records here nor the ledger do.
    let known = Rehearsal::of(&acme()).await;
    known.seed().await;
    for (system, account) in known.systems.accounts_of("1030") {
        if let Some(account) = account {
            it.systems.get(system.as_str()).put("1030", account);
        }
    }
    let exit = urgent(&it, "1030").await;
    let began = it.now();
    it.play(&mut Answers::none(), Some(began)).await;
    // Those that a machine can close are closed at once, before anybody answered anything.
    for (system, account) in it.systems.accounts_of("1030") {
        assert!(
            account.is_none_or(|a| !a.active && a.entitlements.is_empty()),
            "{system}"
        );
    }
    let tasks = it.tasks(&exit).await;
    let mut closed: Vec<String> = tasks.iter().filter_map(taken).collect();
    closed.sort();
    assert_eq!(closed, ["chat", "directory"]);
    // The others are with their owners, every one of them.
    for system in [
        "mailbox", "code", "erp", "crm", "badge", "devices", "payroll",
    ] {
        assert!(
            tasks
                .iter()
                .any(|t| t.id.as_str().ends_with(&format!(".{system}"))),
            "{system} of {:?}",
            tasks.iter().map(|t| t.id.as_str()).collect::<Vec<_>>()
        );
    }
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
}

#[tokio::test]
async fn sign_in_is_cut_before_anything_else_is_taken() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let exit = urgent(&it, "1030").await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    for system in ["directory", "chat"] {
        let changes: Vec<String> = it
            .systems
            .applied()
            .into_iter()
            .filter(|a| a.system.as_str() == system)
            .map(|a| a.change.to_string())
            .collect();
        assert!(
            changes.first().is_some_and(|c| c.contains("suspend")),
            "{system}: {changes:?}"
        );
    }
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
}

#[tokio::test]
async fn an_exit_of_somebody_who_has_no_account_anywhere_is_read_back_all_the_same() {
    let mut it = Rehearsal::of(&acme()).await;
    let exit = urgent(&it, "9999").await;
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    assert_eq!(it.systems.applied(), []);
    let recorded = it.recorded(&exit, Some("sign-in.directory")).await;
    assert_eq!(recorded, ["begun", "carried out", "verified"]);
}

/// HR's reason for the exit is not why somebody is cut off, and the other way round.
#[tokio::test]
async fn somebody_is_cut_off_for_the_reason_of_the_urgent_exit() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    for (employee, why) in [("1030", Some("theft")), ("1031", None)] {
        let says = |kind: &str, day: Option<&str>, reason: Option<&str>| {
            json!({
                "type": kind, "timestamp": it.now(),
                "data": { "employee_id": employee, "effective_date": day, "reason": reason },
            })
        };
        let exit = says("person.exiting", Some("2026-12-18"), Some("Resignation"));
        let cut = says("person.exit.urgent", None, why);
        let mut cases = Vec::new();
        for (n, word) in [exit, cut].into_iter().enumerate() {
            let (status, answer) = it.send(&format!("why-{employee}-{n}"), &word).await;
            assert_eq!(status, 202, "{answer}");
            cases.push(CaseId::new(answer["case"].as_str().unwrap()).unwrap());
            it.pass_seconds(60);
        }
        let reasons = [
            it.case(&cases[0]).await.reason,
            it.case(&cases[1]).await.reason,
        ];
        let why = why.map(str::to_owned);
        assert_eq!(reasons, [Some("Resignation".to_owned()), why], "{employee}");
    }
    it.play(&mut Answers::none(), Some(it.later(1))).await;
    let told = it.letters_about("URGENT");
    assert!(!told.is_empty());
    for sent in told {
        assert!(
            !sent.letter.text.contains("Resignation"),
            "{}",
            sent.letter.text
        );
    }
}
