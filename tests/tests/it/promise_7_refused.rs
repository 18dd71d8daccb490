//! Promise 7, when a system will not do the first thing that an exit asks of it: what can be taken is taken, and the
//! owner is told of the rest.

use latchkey_lifecycle::{Account, CaseId, CaseState, Change, EmployeeId};
use latchkey_tests::{Answers, Rehearsal, acme};
use serde_json::json;

const LEAVER: &str = "1030";

async fn urgent(it: &Rehearsal) -> CaseId {
    let exit = json!({"type": "person.exit.urgent", "timestamp": it.now(), "data": {"employee_id": LEAVER}});
    let (status, answer) = it.send("msg_1", &exit).await;
    assert_eq!(status, 202, "{answer}");
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

fn leaver() -> EmployeeId {
    EmployeeId::new(LEAVER).unwrap()
}

fn of_leaver(it: &Rehearsal) -> Account {
    it.systems.get("directory").account_of(&leaver()).unwrap()
}

/// What the owners of open tasks are told.
async fn trouble(it: &Rehearsal, exit: &CaseId) -> String {
    let tasks = it.tasks(exit).await;
    let told = tasks.iter().filter(|task| !task.state.is_ended());
    let told: Vec<String> = told.filter_map(|task| task.trouble.clone()).collect();
    told.join("\n")
}

#[tokio::test]
async fn what_a_system_refuses_holds_up_nothing_else_that_is_to_go() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let directory = it.systems.get("directory");
    assert!(of_leaver(&it).entitlements.len() > 1);
    // A protected account may neither be locked nor leave the group of administrators.
    let first = of_leaver(&it).entitlements.first().unwrap().clone();
    let kept = first.clone();
    directory.refuse(move |_, change| match change {
        Change::Suspend => true,
        Change::Revoke { entitlement } => *entitlement == kept,
        _ => false,
    });
    let exit = urgent(&it).await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let left = of_leaver(&it);
    assert_eq!(left.entitlements, [first.clone()].into());
    let told = trouble(&it, &exit).await;
    assert!(
        told.contains("suspend sign-in: the account is protected"),
        "{told}"
    );
    assert!(
        told.contains(&format!("revoke {first}: the account is protected")),
        "{told}"
    );
    // What was taken is on record, and what is one account's affair is not told of as the system's.
    let recorded = it.recorded(&exit, Some("sign-in.directory")).await;
    assert_eq!(recorded[..3], ["begun", "carried out in part", "trouble"]);
    it.hear().await.unwrap();
    assert_eq!(it.letters_about("Latchkey cannot sign in").len(), 0);
    assert_ne!(it.case(&exit).await.state, CaseState::Closed);
    // Somebody does the rest there by hand.
    let by_hand = Account {
        active: false,
        entitlements: [].into(),
        ..left
    };
    let handle = it.systems.get("directory").handle_of(&leaver()).unwrap();
    it.systems.get("directory").put(&handle, by_hand);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
}

#[tokio::test]
async fn of_two_accounts_with_the_leavers_id_neither_goes_on_and_the_owner_says_whose_they_are() {
    let mut it = Rehearsal::of(&acme()).await;
    it.seed().await;
    let other = Account {
        name: "somebody.else".into(),
        ..of_leaver(&it)
    };
    it.systems.get("directory").put("other", other.clone());
    let exit = urgent(&it).await;
    it.play(&mut Answers::none(), Some(it.now())).await;
    let told = trouble(&it, &exit).await;
    assert!(
        told.contains("somebody.else") && told.contains("each of them was cut off"),
        "{told}"
    );
    let both = it.systems.get("directory").accounts();
    let both = both
        .iter()
        .filter(|account| account.employee_id == Some(leaver()));
    let both: Vec<&Account> = both.collect();
    assert_eq!(both.len(), 2);
    for account in both {
        assert!(
            !account.active && account.entitlements.is_empty(),
            "{account:?}"
        );
    }
    assert_ne!(it.case(&exit).await.state, CaseState::Closed);
    // It was another person's: it gets back what it had, without the id.
    let given_back = Account {
        employee_id: None,
        ..other
    };
    it.systems.get("directory").put("other", given_back);
    it.play(&mut Answers::willing(), None).await;
    assert_eq!(it.case(&exit).await.state, CaseState::Closed);
    assert!(!of_leaver(&it).active);
}
