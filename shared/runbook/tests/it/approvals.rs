//! Who has to say yes, and what waits for it: nothing else does, and what was decided once stays decided.

use std::collections::BTreeSet;

use latchkey_lifecycle::{
    Answer, Case, Entitlement, EventKind, Evidence, Goal, Managed, Person, Task, TaskState, Work,
};
use latchkey_runbook::{PlanInput, Runbook, Source, plan};

use crate::acme::{case, person};

const YAML: &str = r#"
company: Small
time_zone: Europe/Berlin
hr: it
operations: it
teams:
  it: {email: it@small.example}
  audit: {email: audit@small.example}
  money: {email: money@small.example}
systems:
  pay:
    kind: scim
    address: https://pay.small.example
    secret: pay
    owner: it
    entitlements: {sign: {approval: money}, vault: {approval: money}}
  shop: {kind: person, owner: it}
roles:
  everyone: {gets: {pay: [read], shop: [read]}}
  clerk: {match: {title: "*Clerk*"}, gets: {pay: [enter]}}
  signer: {match: {title: "*Signer*"}, gets: {pay: [sign]}}
  keeper: {match: {title: "*Keeper*"}, gets: {pay: [vault]}}
  seller: {match: {title: "*Seller*"}, gets: {shop: [refund]}}
conflicts:
  - {name: Enter or sign, between: [pay/enter, pay/sign], owner: audit}
  - {name: Refund or sign, between: [shop/refund, pay/sign], owner: audit}
hire:
  accounts: {grant: [pay], opens: 2 days before start, due: start}
  rest: {grant: all, opens: 1 day before start, due: start}
  tour: {owner: it, instructions: Show around., needs: [accounts], opens: start, due: start}
transfer:
  new: {grant: all, opens: transfer, due: 1 day after transfer}
  old: {revoke: all, needs: [new], opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

fn tasks(case: &Case) -> Vec<Task> {
    after(case, &[])
}

/// The tasks of a case in which these were decided.
fn after(case: &Case, decided: &[Task]) -> Vec<Task> {
    let source = Source::from_files([("runbook.yaml".to_owned(), YAML.to_owned())].into());
    let checked = Runbook::check(&source);
    let runbook = checked
        .runbook
        .unwrap_or_else(|| panic!("{:#?}", checked.problems));
    let now = case.opened_at;
    plan(
        &runbook,
        &PlanInput {
            case,
            now,
            touched: &[],
            acted: &BTreeSet::new(),
            withheld: &Default::default(),
            decided,
        },
    )
    .unwrap()
}

fn titled(title: &str) -> Person {
    person("Any", title, "DE", "Europe/Berlin")
}

fn hire(title: &str) -> Vec<Task> {
    tasks(&case(EventKind::Hire, titled(title), "2027-02-01"))
}

fn transfer(from: &str, to: &str) -> Vec<Task> {
    let mut case = case(EventKind::Transfer, titled(to), "2027-02-01");
    case.before = Some(titled(from));
    tasks(&case)
}

fn find<'t>(tasks: &'t [Task], id: &str) -> &'t Task {
    let ids: Vec<&str> = tasks.iter().map(|t| t.id.as_str()).collect();
    let found = tasks.iter().find(|t| t.id.as_str() == id);
    found.unwrap_or_else(|| panic!("no {id} in {ids:?}"))
}

fn approvals(tasks: &[Task]) -> Vec<&str> {
    let asked = tasks.iter().filter(|t| t.approval);
    asked.map(|t| t.id.as_str()).collect()
}

fn needs(task: &Task) -> Vec<&str> {
    task.needs.iter().map(|n| n.as_str()).collect()
}

/// What a task gives, and what it neither gives nor takes.
fn gives(task: &Task) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let Work::System {
        goal:
            Goal::Have {
                account,
                managed: Managed::Only(managed),
                ..
            },
        ..
    } = &task.work
    else {
        panic!("{task:?}")
    };
    let all = ["read", "enter", "sign", "vault"];
    let left_alone = all
        .into_iter()
        .filter(|n| managed.iter().all(|m| m.name() != *n));
    (
        account.entitlements.iter().map(|e| e.name()).collect(),
        left_alone.collect(),
    )
}

#[test]
fn the_rest_does_not_wait_for_an_approval() {
    let tasks = hire("Signer");
    assert_eq!(approvals(&tasks), ["approve.pay.money"]);
    assert_eq!(
        gives(find(&tasks, "accounts.pay")),
        (["read"].into(), ["sign"].into())
    );
    assert!(find(&tasks, "accounts.pay").needs.is_empty());
    let signing = find(&tasks, "accounts.pay.money");
    assert_eq!(gives(signing), (["read", "sign"].into(), [].into()));
    assert_eq!(needs(signing), ["accounts.pay", "approve.pay.money"]);
}

#[test]
fn a_conflict_asks_its_owner_too_where_an_approval_is_wanted_anyway() {
    let tasks = hire("Clerk and Signer and Keeper");
    assert_eq!(
        approvals(&tasks),
        ["approve.pay.audit", "approve.pay.money"]
    );
    let signing = find(&tasks, "accounts.pay.audit+money");
    assert_eq!(
        needs(signing),
        ["accounts.pay", "approve.pay.audit", "approve.pay.money"]
    );
    assert_eq!(
        gives(signing),
        (["read", "enter", "sign"].into(), ["vault"].into())
    );
    let vault = find(&tasks, "accounts.pay.money");
    assert_eq!(
        gives(vault),
        (["read", "enter", "vault"].into(), ["sign"].into())
    );
    let Work::Person { instructions, .. } = &find(&tasks, "approve.pay.audit").work else {
        panic!("an approval is a question to people")
    };
    assert!(
        instructions.contains("sign")
            && instructions.contains("enter")
            && !instructions.contains("vault")
    );
}

#[test]
fn only_what_is_given_after_it_needs_an_approval() {
    // Who declines an approval leaves out every task that needs it: never a tour, never the taking back.
    for tasks in [
        hire("Clerk and Signer"),
        transfer("Keeper", "Clerk and Signer"),
    ] {
        let asked = approvals(&tasks);
        assert!(!asked.is_empty());
        for task in &tasks {
            if needs(task).iter().any(|n| asked.contains(n)) {
                let main = task.id.as_str().rsplit_once('.').map(|(main, _)| main);
                assert!(main.is_some_and(|m| m.ends_with(".pay")), "{}", task.id);
            }
        }
    }
    let tour = hire("Signer");
    assert_eq!(
        needs(find(&tour, "tour")),
        ["accounts.pay", "accounts.pay.money"]
    );
}

#[test]
fn no_two_tasks_have_the_same_id_and_a_team_is_asked_once() {
    // Two lines of the hire give in `pay`.
    for title in ["Signer", "Clerk and Signer and Keeper", "Seller and Signer"] {
        let tasks = hire(title);
        let ids: BTreeSet<&str> = tasks.iter().map(|t| t.id.as_str()).collect();
        assert_eq!(ids.len(), tasks.len(), "{title}");
    }
}

#[test]
fn a_transfer_that_completes_a_conflict_asks_for_what_it_adds() {
    // Entering comes to a signer: signing was there, so entering waits.
    let tasks = transfer("Signer", "Clerk and Signer");
    assert_eq!(approvals(&tasks), ["approve.pay.audit"]);
    assert_eq!(
        gives(find(&tasks, "new.pay")),
        (["read"].into(), ["enter", "sign"].into())
    );
    assert_eq!(
        gives(find(&tasks, "new.pay.audit")).0,
        ["read", "enter"].into()
    );
}

#[test]
fn the_overlap_of_a_transfer_is_no_way_round_a_conflict() {
    let tasks = transfer("Clerk", "Signer");
    assert_eq!(
        approvals(&tasks),
        ["approve.pay.audit", "approve.pay.money"]
    );
    // What a clerk had stays until the overlap ends, and is nothing that this gives.
    assert_eq!(
        gives(find(&tasks, "new.pay")),
        (["read"].into(), ["enter", "sign"].into())
    );
    // In another system, too.
    let tasks = transfer("Seller", "Signer");
    assert_eq!(
        approvals(&tasks),
        ["approve.pay.audit", "approve.pay.money"]
    );
}

#[test]
fn what_was_decided_before_a_transfer_is_not_decided_again() {
    // Perhaps it was declined then: a transfer neither asks again nor gives it.
    let tasks = transfer("Keeper", "Keeper and Clerk");
    assert!(approvals(&tasks).is_empty());
    assert_eq!(
        gives(find(&tasks, "new.pay")),
        (["read", "enter"].into(), ["vault"].into())
    );
    // Nor does the overlap give what goes.
    let tasks = transfer("Keeper", "Clerk");
    assert_eq!(
        gives(find(&tasks, "new.pay")),
        (["read", "enter"].into(), ["vault"].into())
    );
    // And it is taken in the end.
    assert_eq!(
        gives(find(&tasks, "old.pay")),
        (["read", "enter"].into(), [].into())
    );
}

/// The answer of a team that says no to some of what it was asked.
fn decided(tasks: &[Task], id: &str, refused: &[&str]) -> Task {
    let refused = refused.iter();
    let refused = refused.map(|e| (Entitlement::from(*e), "not yet".to_owned()));
    Task {
        state: TaskState::Verified,
        answer: Some(Answer::Done(Evidence {
            by: "Ada".to_owned(),
            refused: refused.collect(),
            ..Evidence::default()
        })),
        ..find(tasks, id).clone()
    }
}

#[test]
fn what_was_refused_is_left_out_and_the_rest_keeps_its_names() {
    let case = case(EventKind::Hire, titled("Signer and Keeper"), "2027-02-01");
    let before = tasks(&case);
    let money = decided(&before, "approve.pay.money", &["vault"]);
    let then = after(&case, std::slice::from_ref(&money));
    // The question is the same, so that it is not asked again.
    assert_eq!(find(&then, "approve.pay.money").access, money.access);
    assert_eq!(
        gives(find(&then, "accounts.pay.money")),
        (["read", "sign"].into(), ["vault"].into())
    );
    let vault = find(&then, "without.pay.vault");
    assert_eq!(vault.state, TaskState::Waived);
    let Some(Answer::Waived { by, reason }) = &vault.answer else {
        panic!("{vault:?}")
    };
    assert_eq!(
        (by.as_str(), reason.as_str()),
        ("Ada", "“vault” was not approved: not yet")
    );
    let ids = |tasks: &[Task]| -> BTreeSet<String> {
        let all = tasks.iter().map(|task| task.id.to_string());
        all.filter(|id| !id.starts_with("without")).collect()
    };
    assert_eq!(ids(&then), ids(&before));
    // Answered for other things, it says nothing of these.
    let mut other = money;
    other.access.insert(Entitlement::from("more"));
    assert_eq!(after(&case, &[other]), before);
}

#[test]
fn what_one_team_refused_another_one_is_not_asked_about() {
    let titles = "Clerk and Signer and Keeper";
    let case = case(EventKind::Hire, titled(titles), "2027-02-01");
    let before = tasks(&case);
    assert_eq!(
        approvals(&before),
        ["approve.pay.audit", "approve.pay.money"]
    );
    let money = decided(&before, "approve.pay.money", &["sign"]);
    let then = after(&case, &[money]);
    assert_eq!(approvals(&then), ["approve.pay.money"]);
    assert_eq!(
        gives(find(&then, "accounts.pay.money")).0,
        ["read", "enter", "vault"].into()
    );
    assert!(
        then.iter()
            .all(|task| task.id.as_str() != "accounts.pay.audit+money")
    );
    assert_eq!(find(&then, "without.pay.sign").state, TaskState::Waived);
}
