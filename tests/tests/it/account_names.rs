//! Account names: never one for two people, the same again for the same person, renamed only where the runbook says so.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_lifecycle::{Account, CaseId, CaseState, EmployeeId, Work};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal, acme, sample};
use serde_json::{Value, json};

/// Acme with another line instead of one of its own.
fn acme_with(from: &str, to: &str) -> Source {
    let mut files = acme().files().clone();
    let text = &files["runbook.yaml"];
    assert!(text.contains(from), "{from}");
    let text = text.replacen(from, to, 1);
    files.insert("runbook.yaml".to_owned(), text);
    Source::from_files(files)
}

fn follows() -> Source {
    let pattern = r#"account_name: "{given}.{family}""#;
    acme_with(pattern, &format!("{pattern}\n    rename: follow"))
}

/// Somebody is hired as Zoë Müller is, with other details.
fn hire(employee: &str, details: &Value) -> Value {
    let mut payload = sample("hire.json");
    payload["data"]["employee_id"] = json!(employee);
    for (name, value) in details.as_object().unwrap() {
        payload["data"]["person"][name] = value.clone();
    }
    payload
}

async fn send(it: &Rehearsal, mut payload: Value) -> CaseId {
    payload["timestamp"] = json!(it.now());
    let delivery = format!("msg_{:x}", sha(&payload.to_string()));
    let (status, answer) = it.send(&delivery, &payload).await;
    assert_eq!(status, 202, "{answer}");
    CaseId::new(answer["case"].as_str().unwrap()).unwrap()
}

fn sha(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Her new name comes with a transfer.
async fn marries(it: &Rehearsal, employee: &str, family: &str) -> CaseId {
    // On the first day, or before, it would correct the hire.
    it.clock.jump_to(it.later(24));
    let data = json!({ "employee_id": employee, "person": { "family_name": family } });
    send(it, json!({ "type": "person.transferred", "data": data })).await
}

fn account(it: &Rehearsal, system: &str, employee: &str) -> Option<Account> {
    let employee = EmployeeId::new(employee).unwrap();
    it.systems.get(system).account_of(&employee)
}

fn name(it: &Rehearsal, system: &str, employee: &str) -> String {
    account(it, system, employee).unwrap().name
}

async fn closed(it: &mut Rehearsal, cases: &[&CaseId]) {
    it.play(&mut Answers::willing(), None).await;
    for case in cases {
        assert_eq!(it.case(case).await.state, CaseState::Closed, "{case}");
    }
}

#[tokio::test]
async fn two_people_of_one_name_are_told_apart_by_a_number() {
    let mut it = Rehearsal::of(&acme()).await;
    let first = send(&it, hire("1042", &json!({}))).await;
    let second = send(&it, hire("1043", &json!({"title": "Sales Lead"}))).await;
    closed(&mut it, &[&first, &second]).await;
    let of = |employee: &str| {
        [
            name(&it, "directory", employee),
            name(&it, "chat", employee),
        ]
    };
    let mut names = [of("1042"), of("1043")];
    names.sort();
    assert_eq!(
        names,
        [
            ["zoe.mueller", "zoe.mueller@acme.example"],
            ["zoe.mueller2", "zoe.mueller2@acme.example"]
        ]
    );
    // What people read says the same.
    let second = if name(&it, "directory", "1043").ends_with('2') {
        &second
    } else {
        &first
    };
    let Work::Person { instructions, .. } = it.task(second, "first-sign-in").await.work else {
        panic!("a person's task");
    };
    assert!(
        instructions.contains("as zoe.mueller2 and"),
        "{instructions}"
    );
    let Work::Person { instructions, .. } = it.task(second, "tools.mailbox").await.work else {
        panic!("a person's task");
    };
    assert!(
        instructions.contains("mailbox zoe.mueller2@acme.example"),
        "{instructions}"
    );
}

#[tokio::test]
async fn twenty_people_of_one_name_at_one_instant_get_twenty_names() {
    let mut it = Rehearsal::of(&acme()).await;
    let mut cases = Vec::new();
    for n in 0..20 {
        cases.push(send(&it, hire(&format!("2{n:03}"), &json!({}))).await);
    }
    closed(&mut it, &cases.iter().collect::<Vec<_>>()).await;
    for system in ["directory", "chat"] {
        let names: BTreeSet<String> = (0..20)
            .map(|n| name(&it, system, &format!("2{n:03}")))
            .collect();
        assert_eq!(names.len(), 20, "{names:?}");
    }
}

#[tokio::test]
async fn names_that_are_chosen_side_by_side_are_different_ones() {
    let it = Rehearsal::of(&acme()).await;
    let mut cases = Vec::new();
    for n in 0..30 {
        let case = send(&it, hire(&format!("2{n:03}"), &json!({}))).await;
        cases.push(it.case(&case).await);
    }
    let ledger = &it.stack.ledger;
    let (_, runbook) = it.stack.runbooks.current(ledger).await.unwrap();
    let one = async |case: &latchkey_lifecycle::Case| {
        latchkey_runtime::give_names(ledger, &runbook, case, it.now())
            .await
            .unwrap()
            .unwrap()
    };
    let all = futures::future::join_all(cases.iter().map(one)).await;
    let names: BTreeSet<String> = all.iter().flat_map(|names| names.all()).collect();
    assert_eq!(names.len(), 2 * cases.len(), "{names:?}");
    // The ledger agrees on whose they are, and each of them gets the same again.
    let held = ledger.holders([&"zoe.mueller".to_owned()]).await.unwrap();
    for (case, given) in cases.iter().zip(&all) {
        assert!(
            given
                .all()
                .iter()
                .all(|name| held[name] == case.employee_id),
            "{given:?}"
        );
        assert_eq!(one(case).await, *given);
    }
}

#[tokio::test]
async fn who_comes_back_finds_the_old_account_and_nobody_got_its_name_meanwhile() {
    let mut it = Rehearsal::of(&acme()).await;
    let hired = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&hired]).await;
    let exit = it.happens("person.exit.urgent", "1042", None).await;
    closed(&mut it, &[&exit]).await;
    // The account is removed there, and with it all trace of the name but the ledger's.
    let other = send(&it, hire("1043", &json!({}))).await;
    closed(&mut it, &[&other]).await;
    assert_eq!(name(&it, "directory", "1043"), "zoe.mueller2");
    let day = it.later(24 * 30).strftime("%Y-%m-%d").to_string();
    let back = it.happens("person.rehired", "1042", Some(&day)).await;
    closed(&mut it, &[&back]).await;
    let account = account(&it, "directory", "1042").unwrap();
    assert_eq!(
        (account.name.as_str(), account.active),
        ("zoe.mueller", true)
    );
    let made = it.systems.applied();
    let made = made.iter().filter(|a| a.change.starts_with("create"));
    assert_eq!(made.count(), 4, "two people, two systems");
}

#[tokio::test]
async fn planning_anew_keeps_the_names() {
    let mut it = Rehearsal::of(&acme()).await;
    let case = send(&it, hire("1042", &json!({}))).await;
    it.play(&mut Answers::willing(), Some(it.now())).await;
    let names = it.case(&case).await.names.unwrap();
    let again = send(&it, hire("1042", &json!({"title": "Sales Lead"}))).await;
    assert_eq!(again, case);
    closed(&mut it, &[&case]).await;
    let after = it.case(&case).await;
    assert_eq!((after.revision.0, after.names), (2, Some(names)));
}

#[tokio::test]
async fn reserved_names_and_names_of_signs_are_given_to_nobody() {
    let mut it = Rehearsal::of(&acme_with(
        "hr: people",
        "reserved_names: [boss]\nhr: people",
    ))
    .await;
    let mut cases = Vec::new();
    for (employee, given, family) in [
        ("3001", "Root", ""),
        ("3002", "Boss", "-"),
        ("3003", "☺", "!"),
        ("3004", "小龙", "李"),
        ("3005", "Anne-Marie", "O’Neill Çelik"),
        ("3006", "X", "Æ"),
    ] {
        let details = json!({"given_name": given, "family_name": family});
        cases.push(send(&it, hire(employee, &details)).await);
    }
    closed(&mut it, &cases.iter().collect::<Vec<_>>()).await;
    let names: BTreeMap<String, String> = (3001..=3006)
        .map(|n| (n.to_string(), name(&it, "directory", &n.to_string())))
        .collect();
    let names: Vec<&str> = names.values().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "root2",
            "boss2",
            "3003",
            "xiaolong.li",
            "anne-marie.oneill-celik",
            "x.ae"
        ]
    );
}

/// Somebody whom nobody told Latchkey about.
fn stranger(employee: Option<&str>, name: &str) -> Account {
    Account {
        employee_id: employee.map(|e| EmployeeId::new(e).unwrap()),
        name: name.to_owned(),
        active: true,
        attributes: BTreeMap::new(),
        entitlements: BTreeSet::new(),
    }
}

#[tokio::test]
async fn an_account_of_a_stranger_is_left_alone_and_the_next_name_is_given() {
    let mut it = Rehearsal::of(&acme()).await;
    let theirs = stranger(Some("77"), "zoe.mueller");
    let also = stranger(Some("78"), "zoe.mueller2");
    it.systems.get("directory").put("legacy", theirs.clone());
    it.systems.get("directory").put("older", also.clone());
    let case = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&case]).await;
    assert_eq!(name(&it, "directory", "1042"), "zoe.mueller3");
    assert_eq!(name(&it, "chat", "1042"), "zoe.mueller@acme.example");
    assert_eq!(account(&it, "directory", "77"), Some(theirs));
    assert_eq!(account(&it, "directory", "78"), Some(also));
    // The case says why, and whoever reads its tasks reads the new name.
    let recorded = it.recorded(&case, None).await;
    assert_eq!(recorded.iter().filter(|what| *what == "named").count(), 2);
    let Work::Person { instructions, .. } = it.task(&case, "first-sign-in").await.work else {
        panic!("a person's task");
    };
    assert!(
        instructions.contains("as zoe.mueller3 and"),
        "{instructions}"
    );
    // It stays so.
    let exit = it.happens("person.exit.urgent", "1042", None).await;
    closed(&mut it, &[&exit]).await;
    assert!(!account(&it, "directory", "1042").unwrap().active);
    assert!(account(&it, "directory", "77").unwrap().active);
}

#[tokio::test]
async fn a_leaver_who_was_never_there_does_not_take_a_namesake_with_them() {
    let mut it = Rehearsal::of(&acme()).await;
    let hired = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&hired]).await;
    // Nobody told Latchkey of the second one before.
    let mut exit = hire("1043", &json!({}));
    exit["type"] = json!("person.exit.urgent");
    let exit = send(&it, exit).await;
    closed(&mut it, &[&exit]).await;
    assert!(account(&it, "directory", "1042").unwrap().active);
    assert!(account(&it, "chat", "1042").unwrap().active);
    // Also when only the system knows the first one.
    it.systems
        .get("directory")
        .put("legacy", stranger(Some("77"), "amara.okafor"));
    let mut exit = hire(
        "1044",
        &json!({"given_name": "Amara", "family_name": "Okafor"}),
    );
    exit["type"] = json!("person.exit.urgent");
    let exit = send(&it, exit).await;
    closed(&mut it, &[&exit]).await;
    assert!(account(&it, "directory", "77").unwrap().active);
}

#[tokio::test]
async fn a_new_name_changes_what_is_displayed_and_keeps_the_account_name() {
    let mut it = Rehearsal::of(&acme()).await;
    let hired = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&hired]).await;
    let case = marries(&it, "1042", "Okafor").await;
    closed(&mut it, &[&case]).await;
    for (system, name) in [
        ("directory", "zoe.mueller"),
        ("chat", "zoe.mueller@acme.example"),
    ] {
        let account = account(&it, system, "1042").unwrap();
        assert_eq!(account.name, name);
        assert_eq!(account.attributes["displayName"], "Zoë Okafor");
        assert_eq!(account.attributes["email"], "zoe.mueller@acme.example");
    }
    // Systems that people change are told what changed, and what did not.
    let Work::Person { instructions, .. } = it.task(&case, "new-access.crm").await.work else {
        panic!("a person's task");
    };
    assert!(
        instructions.contains("from Zoë Müller to Zoë Okafor"),
        "{instructions}"
    );
}

#[tokio::test]
async fn where_the_runbook_says_so_the_account_follows_the_name() {
    let mut it = Rehearsal::of(&follows()).await;
    let hired = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&hired]).await;
    let married = marries(&it, "1042", "Okafor").await;
    closed(&mut it, &[&married]).await;
    assert_eq!(name(&it, "directory", "1042"), "zoe.okafor");
    assert_eq!(name(&it, "chat", "1042"), "zoe.mueller@acme.example");
    let renamed = it.systems.applied();
    let renamed = renamed.iter().filter(|a| a.change.starts_with("rename"));
    assert_eq!(renamed.count(), 1);
    // The old name stays hers: nobody else gets it, and she gets it back.
    let other = send(&it, hire("1043", &json!({}))).await;
    closed(&mut it, &[&other]).await;
    assert_eq!(name(&it, "directory", "1043"), "zoe.mueller2");
    let divorced = marries(&it, "1042", "Müller").await;
    closed(&mut it, &[&divorced]).await;
    assert_eq!(name(&it, "directory", "1042"), "zoe.mueller");
}

#[tokio::test]
async fn an_account_that_is_called_otherwise_keeps_its_name_and_the_ledger_learns_it() {
    // Also where accounts follow the person's name: it did not change.
    let mut it = Rehearsal::of(&follows()).await;
    it.systems
        .get("directory")
        .put("legacy", stranger(Some("1042"), "zmu"));
    let hired = send(&it, hire("1042", &json!({}))).await;
    closed(&mut it, &[&hired]).await;
    assert_eq!(name(&it, "directory", "1042"), "zmu");
    let employee = EmployeeId::new("1042").unwrap();
    let names = it.stack.ledger.names_of(&employee).await.unwrap().item;
    assert_eq!(names.accounts["directory"], "zmu");
    // A namesake of the account does not get its name.
    let held = it.stack.ledger.holders([&"zmu".to_owned()]).await.unwrap();
    assert_eq!(held["zmu"], employee);
    let married = marries(&it, "1042", "Okafor").await;
    closed(&mut it, &[&married]).await;
    assert_eq!(name(&it, "directory", "1042"), "zoe.okafor");
}

#[tokio::test]
async fn an_address_that_hr_gives_twice_is_given_once_and_hr_is_told() {
    let mut it = Rehearsal::of(&acme()).await;
    let address = json!({"work_email": "Zoe@acme.example"});
    let first = send(&it, hire("1042", &address)).await;
    closed(&mut it, &[&first]).await;
    let second = send(&it, hire("1043", &address)).await;
    closed(&mut it, &[&second]).await;
    assert_eq!(name(&it, "chat", "1042"), "Zoe@acme.example");
    assert_eq!(name(&it, "chat", "1043"), "zoe.mueller@acme.example");
    let task = it.task(&second, "work-address").await;
    assert_eq!(task.owner.as_str(), "people");
    let Work::Person { instructions, .. } = task.work else {
        panic!("a person's task");
    };
    assert!(instructions.contains("Zoe@acme.example"), "{instructions}");
    assert!(
        instructions.contains("zoe.mueller@acme.example"),
        "{instructions}"
    );
}
