//! What is given only after something else: asked in order, given together, left out together.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{
    Answer, Case, Entitlement, EventKind, Omission, Person, SystemId, Task, TaskId, TaskState,
    Withheld, Work, left_out_with,
};
use latchkey_runbook::{PlanInput, Runbook, Source, Withholdings, plan};

use crate::acme::{case, person};

const YAML: &str = r#"
company: Clinic
time_zone: Europe/London
hr: hr
operations: it
brake: {within: 24 hours, exits: 10, urgent_exits: 3, transfers: 20, confirm: hr}
teams:
  hr: {email: hr@clinic.example}
  it: {email: it@clinic.example}
  licensing: {email: licensing@clinic.example}
  ward: {email: ward@clinic.example}
systems:
  records:
    name: Health record
    kind: person
    owner: it
    entitlements:
      licensed: {approval: licensing}
      chart: {needs: [licensed]}
      prescribe: {needs: [chart], approval: ward}
      sign: {needs: [prescribe], approval: licensing}
  pharmacy:
    name: Pharmacy
    kind: person
    owner: it
    entitlements:
      order: {needs: [records/chart]}
  lab:
    kind: person
    owner: it
    entitlements:
      results: {needs: [pharmacy/order]}
  door: {kind: person, owner: it}
roles:
  everyone: {gets: {door: [front]}}
  nurse: {match: {title: "*Nurse*"}, gets: {records: [licensed, chart]}}
  doctor: {match: {title: "*Doctor*"}, gets: {records: [licensed, chart, prescribe, sign], pharmacy: [order, shelf], lab: [results]}}
  clerk: {match: {title: "*Clerk*"}, gets: {records: [chart], pharmacy: [order]}}
hire:
  accounts: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}
  licence: {owner: hr, instructions: Look at the licence., only: {department: Ward}, opens: 5 working days before start, due: start}
  medicines: {owner: it, instructions: Open the cupboard., needs: {licence: verified}, opens: start, due: start}
  keys: {owner: it, instructions: Hand them over., needs: {medicines: verified, accounts: done}, opens: start, due: start}
  lunch: {owner: it, instructions: Eat., needs: [licence], opens: start, due: start}
transfer:
  new: {grant: all, opens: transfer, due: 1 day after transfer}
  old: {revoke: all, opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

fn runbook(yaml: &str) -> Runbook {
    let source = Source::from_files([("runbook.yaml".to_owned(), yaml.to_owned())].into());
    let checked = Runbook::check(&source);
    checked
        .runbook
        .unwrap_or_else(|| panic!("{:#?}", checked.problems))
}

fn tasks(case: &Case, withheld: &Withholdings) -> Vec<Task> {
    let input = PlanInput {
        case,
        now: case.opened_at,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld,
        decided: &[],
    };
    plan(&runbook(YAML), &input).unwrap()
}

fn titled(title: &str) -> Person {
    person("Ward", title, "GB", "Europe/London")
}

fn hire(title: &str) -> Vec<Task> {
    let case = case(EventKind::Hire, titled(title), "2027-02-01");
    tasks(&case, &Withholdings::new())
}

fn transfer(from: &str, to: &str, withheld: &Withholdings) -> Vec<Task> {
    let mut case = case(EventKind::Transfer, titled(to), "2027-02-01");
    case.before = Some(titled(from));
    tasks(&case, withheld)
}

fn thing(system: &str, entitlement: &str) -> (SystemId, Entitlement) {
    (
        SystemId::new(system).unwrap(),
        Entitlement::from(entitlement),
    )
}

/// Each task with what it gives and the gates it stands behind.
fn gates(tasks: &[Task]) -> BTreeMap<&str, (Vec<&str>, Vec<&str>)> {
    let of = |task: &&Task| task.gives_in.is_some() || task.approval;
    let mut all = BTreeMap::new();
    for task in tasks.iter().filter(of) {
        let gives = task.access.iter().map(Entitlement::name).collect();
        let gates = task.gates.iter().map(TaskId::as_str).collect();
        all.insert(task.id.as_str(), (gives, gates));
    }
    all
}

fn left_out<'t>(tasks: &'t [Task], id: &str) -> Vec<&'t str> {
    let gone = left_out_with(tasks, &TaskId::new(id).unwrap());
    gone.into_iter().map(|task| task.id.as_str()).collect()
}

#[test]
fn what_needs_something_that_is_asked_for_is_given_with_it_and_not_before() {
    let tasks = hire("Nurse");
    let all = gates(&tasks);
    assert_eq!(all["approve.records.licensing"], (vec!["licensed"], vec![]));
    assert_eq!(
        all["accounts.records.licensing"],
        (vec!["chart", "licensed"], vec!["approve.records.licensing"])
    );
    // No account either: all that it would take is asked for.
    assert!(!all.contains_key("accounts.records"), "{all:#?}");
    assert_eq!(
        left_out(&tasks, "approve.records.licensing"),
        ["accounts.records.licensing"]
    );
}

#[test]
fn questions_come_in_the_order_of_what_they_are_about() {
    let tasks = hire("Doctor");
    let all = gates(&tasks);
    let second = "approve.records.ward.after-licensing";
    let third = "approve.records.licensing.after-licensing+ward";
    assert_eq!(all["approve.records.licensing"].1, [""; 0]);
    assert_eq!(
        all[second],
        (vec!["prescribe"], vec!["approve.records.licensing"])
    );
    assert_eq!(
        all[third],
        (vec!["sign"], vec!["approve.records.licensing", second])
    );
    // What the first question decides about takes everything with it, in other systems, too; the rest goes on.
    let gone = left_out(&tasks, "approve.records.licensing");
    let given = ["accounts.door", "accounts.pharmacy"];
    for (id, (gives, _)) in &all {
        let stays = given.contains(id) || *id == "approve.records.licensing";
        assert_eq!(!gone.contains(id), stays, "{id} gives {gives:?}");
    }
    assert_eq!(all["accounts.pharmacy"].0, ["shelf"]);
    // Declining what comes last takes only that.
    let gone = left_out(&tasks, third);
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert_eq!(all[gone[0]].0, ["sign"]);
}

#[test]
fn a_chain_across_systems_waits_for_what_was_given_in_the_other() {
    let tasks = hire("Doctor");
    let all = gates(&tasks);
    let of = |what: &str| {
        let found = all
            .iter()
            .find(|(_, (gives, gates))| gives.contains(&what) && !gates.is_empty());
        found.unwrap_or_else(|| panic!("{what}: {all:#?}"))
    };
    let (chart, _) = all
        .iter()
        .find(|(_, (gives, _))| gives.contains(&"chart"))
        .unwrap();
    let (order, (_, before)) = of("order");
    assert!(before.contains(chart), "{before:?}");
    let (_, (_, before)) = of("results");
    assert!(before.contains(order), "{before:?}");
    // Somebody may leave out the giving itself, whatever was approved.
    assert!(left_out(&tasks, chart).contains(order));
}

#[test]
fn what_the_roles_give_without_what_it_needs_is_left_out_with_the_reason() {
    let tasks = hire("Clerk");
    let all = gates(&tasks);
    let missing: Vec<&Task> = tasks
        .iter()
        .filter(|t| t.id.as_str().starts_with("without."))
        .collect();
    let said: Vec<(&str, String)> = missing
        .iter()
        .map(|task| match &task.answer {
            Some(Answer::Waived { by, reason }) if task.state == TaskState::Waived => {
                (task.title.as_str(), format!("{by}: {reason}"))
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        said,
        [
            ("Pharmacy: order", "the runbook: it needs licensed in Health record, which the person's roles do not give".to_owned()),
            ("Health record: chart", "the runbook: it needs licensed, which the person's roles do not give".to_owned()),
        ]
    );
    // There is nothing else in these systems, so there is no account.
    assert!(
        !all.keys()
            .any(|id| id.starts_with("accounts.records") || id.starts_with("accounts.pharmacy"))
    );
    assert!(all.contains_key("accounts.door"));
}

#[test]
fn a_task_that_needs_another_verified_is_left_out_when_that_is_not_on_the_checklist() {
    let find = |tasks: &[Task], id: &str| {
        let found = tasks.iter().find(|task| task.id.as_str() == id);
        found.map(|task| task.state)
    };
    let tasks_of = |department: &str| {
        let who = person(department, "Porter", "GB", "Europe/London");
        tasks(
            &case(EventKind::Hire, who, "2027-02-01"),
            &Withholdings::new(),
        )
    };
    let ward = tasks_of("Ward");
    for id in ["licence", "medicines", "keys", "lunch"] {
        assert_eq!(find(&ward, id), Some(TaskState::Planned), "{id}");
    }
    assert_eq!(left_out(&ward, "licence"), ["keys", "medicines"]);
    let office = tasks_of("Office");
    assert_eq!(find(&office, "licence"), None);
    assert_eq!(find(&office, "medicines"), Some(TaskState::Waived));
    assert_eq!(
        find(&office, "keys"),
        Some(TaskState::Waived),
        "and what is behind it"
    );
    assert_eq!(
        find(&office, "lunch"),
        Some(TaskState::Planned),
        "plain needs are an order"
    );
}

#[test]
fn a_transfer_gives_what_needs_something_that_is_there_already() {
    let tasks = transfer("Nurse", "Nurse and Clerk", &Withholdings::new());
    let all = gates(&tasks);
    assert_eq!(all["new.pharmacy"].0, ["order"]);
    assert!(tasks.iter().all(|task| !task.approval));
}

#[test]
fn a_transfer_does_not_give_what_needs_something_that_was_declined_before() {
    let no = Omission {
        by: "Ada".into(),
        reason: "“Approve licensed in Health record” was not approved: no licence".into(),
        about: TaskId::new("approve.records.licensing").unwrap(),
    };
    let withheld: Withholdings = [
        (thing("records", "licensed"), Withheld::LeftOut(no.clone())),
        (thing("records", "chart"), Withheld::LeftOut(no)),
    ]
    .into();
    let tasks = transfer("Nurse", "Nurse and Clerk", &withheld);
    let gives_order = |task: &&Task| task.access.contains(&Entitlement::from("order"));
    let order: Vec<&Task> = tasks.iter().filter(gives_order).collect();
    assert_eq!(order.len(), 1);
    assert_eq!(order[0].state, TaskState::Waived);
    let Some(Answer::Waived { by, reason }) = &order[0].answer else {
        panic!("{order:#?}")
    };
    assert_eq!(by, "Ada");
    assert!(reason.ends_with("not approved: no licence"), "{reason}");
}

#[test]
fn a_transfer_asks_for_what_was_not_decided_yet_and_is_needed_now() {
    let withheld: Withholdings = [
        (thing("records", "licensed"), Withheld::Open),
        (thing("records", "chart"), Withheld::Open),
    ]
    .into();
    let tasks = transfer("Nurse", "Nurse and Doctor", &withheld);
    let all = gates(&tasks);
    assert_eq!(all["approve.records.licensing"].0, ["licensed"]);
    let second = "approve.records.ward.after-licensing";
    assert_eq!(all[second].1, ["approve.records.licensing"]);
}

#[test]
fn what_needs_what_a_transfer_takes_is_taken_with_it() {
    let tasks = transfer("Nurse", "Clerk", &Withholdings::new());
    let taken = tasks
        .iter()
        .find(|task| task.id.as_str() == "old.records")
        .unwrap();
    let names: Vec<&str> = taken.access.iter().map(Entitlement::name).collect();
    assert_eq!(names, ["chart", "licensed"]);
}

#[test]
fn a_transfer_that_gives_nothing_does_not_say_how_to_give() {
    let with = YAML.replace(
        "  door: {kind: person, owner: it}",
        "  door: {kind: person, owner: it, give: {instructions: Print the badge., checklist: [It opens]}}",
    );
    let mut case = case(EventKind::Transfer, titled("Porter"), "2027-02-01");
    let mut before = titled("Porter");
    before.family_name = "Before".into();
    case.before = Some(before);
    let input = PlanInput {
        case: &case,
        now: case.opened_at,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld: &Withholdings::new(),
        decided: &[],
    };
    let tasks = plan(&runbook(&with), &input).unwrap();
    let door = tasks
        .iter()
        .find(|task| task.id.as_str() == "new.door")
        .unwrap();
    let Work::Person {
        instructions,
        checklist,
        ..
    } = &door.work
    else {
        panic!("{door:?}")
    };
    assert!(
        checklist.is_empty() && !instructions.contains("badge"),
        "{instructions}"
    );
    assert!(instructions.contains("from"), "{instructions}");
}

#[test]
fn no_two_tasks_of_a_case_have_the_same_title() {
    let twice = YAML.replace(
        "  licence: {owner",
        "  more: {grant: [records, door], opens: start, due: start}\n  licence: {owner",
    );
    let case = case(EventKind::Hire, titled("Doctor"), "2027-02-01");
    let input = PlanInput {
        case: &case,
        now: case.opened_at,
        touched: &[],
        acted: &BTreeSet::new(),
        withheld: &Withholdings::new(),
        decided: &[],
    };
    let tasks = plan(&runbook(&twice), &input).unwrap();
    let titles: BTreeSet<&str> = tasks.iter().map(|task| task.title.as_str()).collect();
    assert_eq!(titles.len(), tasks.len(), "{titles:#?}");
}

fn problems(from: &str, to: &str) -> Vec<String> {
    let text = YAML.replace(from, to);
    assert_ne!(text, YAML);
    let source = Source::from_files([("runbook.yaml".to_owned(), text)].into());
    let known = Runbook::check(&Source::from_files(
        [("runbook.yaml".to_owned(), YAML.to_owned())].into(),
    ));
    let known: Vec<String> = known.problems.iter().map(|p| p.message.clone()).collect();
    let all = Runbook::check(&source).problems;
    all.into_iter()
        .filter(|p| !known.contains(&p.message))
        .map(|p| {
            p.to_string()
                .split_once(": ")
                .map_or_else(String::new, |(_, said)| said.to_owned())
        })
        .collect()
}

#[test]
fn a_role_that_gives_something_without_what_it_needs_is_warned_of() {
    let source = Source::from_files([("runbook.yaml".to_owned(), YAML.to_owned())].into());
    let said: Vec<String> = Runbook::check(&source)
        .problems
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        said.iter().any(|s| s.contains(
            "role `clerk` gives `records/chart` and not `records/licensed`, which it needs"
        )),
        "{said:#?}"
    );
}

#[test]
fn needs_that_could_never_be_met_are_refused() {
    assert_eq!(
        problems("needs: [records/chart]", "needs: [records/chrat]"),
        [
            "error: `order` of system `pharmacy` needs `chrat`, which no role gives in system `records`; did you mean `records/chart`?"
        ]
    );
    let circle = problems(
        "chart: {needs: [licensed]}",
        "chart: {needs: [licensed, pharmacy/order]}",
    );
    assert!(
        circle
            .iter()
            .any(|s| s.contains("needs itself, by way of others")),
        "{circle:#?}"
    );
    let lines = problems(
        "  accounts: {grant: all, opens",
        "  first: {grant: [records], needs: [accounts], opens: start, due: start}\n  accounts: {grant: [pharmacy, lab, door], opens",
    );
    assert!(
        lines
            .iter()
            .any(|s| s.contains("wait for each other for ever")),
        "{lines:#?}"
    );
}

#[test]
fn taking_access_waits_for_nothing_that_could_be_left_out() {
    let said = problems(
        "  old: {revoke: all, opens",
        "  talk: {owner: hr, instructions: Talk., opens: transfer, due: 1 day after transfer}\n  old: {revoke: all, needs: {talk: verified}, opens",
    );
    assert_eq!(
        said,
        [
            "error: task `old` of transfer takes access: it would be left out when `talk` is; say `needs: [talk]`, which is only an order"
        ]
    );
}

#[test]
fn a_need_is_done_or_verified_and_nothing_else() {
    let said = problems("{licence: verified}", "{licence: perhaps}");
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("it takes: done, verified"), "{said:#?}");
    let said = problems("{licence: verified}", "{licnce: verified}");
    assert!(said[0].contains("did you mean `licence`?"), "{said:#?}");
}

#[test]
fn two_people_are_two_people() {
    assert_eq!(
        problems(
            "  it: {email: it@clinic.example}",
            "  it: {email: it@clinic.example, escalation: it, backup: it@clinic.example}"
        ),
        [
            "error: team `it` is its own escalation: nobody else would hear; name another team or address",
            "error: team `it` is its own backup: nobody else would hear; name another team or address",
        ]
    );
    let own = "  lunch: {owner: it, verify: {second_team: it}, instructions";
    assert_eq!(
        problems("  lunch: {owner: it, instructions", own),
        [
            "error: the second team of task `lunch` of hire is its owner, `it`: nobody confirms their own work; name another team"
        ]
    );
    let same = problems("ward@clinic.example", "IT@clinic.example");
    assert!(same.is_empty(), "{same:?}");
    let text = YAML
        .replace("ward@clinic.example", "IT@clinic.example")
        .replace(
            "  lunch: {owner: it, instructions",
            "  lunch: {owner: it, verify: {second_team: ward}, instructions",
        );
    let source = Source::from_files([("runbook.yaml".to_owned(), text)].into());
    let said = Runbook::check(&source).problems;
    assert!(
        said.iter()
            .any(|p| p.is_error() && p.message.contains("reads the same mailbox")),
        "{said:#?}"
    );
    let said = problems(
        "door: {kind: person, owner: it}",
        "door: {kind: person, owner: it, entitlements: {front: {approval: it}}}",
    );
    assert!(
        said[0].contains(
            "warning: `front` of system `door` is approved by the team that owns the system"
        ),
        "{said:#?}"
    );
}
