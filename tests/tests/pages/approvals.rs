//! An approval by whoever signed in: yes to one thing, no to another.

use latchkey_lifecycle::{CaseState, TaskState};
use latchkey_runbook::Source;
use latchkey_tests::{Answers, Rehearsal};
use serde_json::json;

use crate::{
    browser::Browser,
    tasks::{question, shows, until},
};

const BANK: &str = r#"
company: Bank
time_zone: Europe/London
email: "{given}.{family}@bank.example"
hr: hr
operations: it
teams:
  hr: {name: Human Resources, email: hr@bank.example, members: [hanna.ross@bank.example]}
  it: {name: IT, email: it@bank.example, escalation: cio@bank.example, members: [ivo.stone@bank.example]}
  money: {name: Money, email: money@bank.example, escalation: cfo@bank.example, members: [mara.bell@bank.example]}
systems:
  pay:
    name: Payments
    kind: scim
    address: https://pay.bank.example
    secret: bank/pay
    owner: it
    entitlements: {sign: {approval: money}, vault: {approval: money}, archive: {needs: [vault]}}
roles:
  everyone: {gets: {pay: [enter]}}
  keeper: {match: {title: "*Keeper*"}, gets: {pay: [sign, vault, archive]}}
hire:
  accounts: {grant: all, opens: 5 working days before start at 09:00, due: 1 working day before start at 17:00}
transfer:
  new: {grant: all, opens: transfer at 09:00, due: 1 day after transfer}
  old: {revoke: all, opens: 5 days after transfer, due: 6 days after transfer}
exit:
  all: {revoke: all, opens: last day at 17:00, due: last day at 18:00}
urgent_exit:
  all: {revoke: all, opens: now, due: within 1 hour}
"#;

#[tokio::test]
async fn one_thing_is_approved_and_another_is_not() {
    let source = Source::from_files([("runbook.yaml".to_owned(), BANK.to_owned())].into());
    let mut rehearsal = Rehearsal::of(&source).await;
    let payload = json!({ "type": "person.hired", "data": {
        "employee_id": "31", "effective_date": "2026-12-07", "person": {
            "given_name": "Ida", "family_name": "Holm", "department": "Back office", "title": "Keeper",
            "employment_type": "employee", "country": "GB",
        },
    }});
    let hire = rehearsal.confirm(payload).await.unwrap();
    until(&mut rehearsal, "Approve sign, vault").await;
    let path = format!("/cases/{hire}/tasks/approve.pay.money");
    let mut mara = Browser::of(&rehearsal, "mara.bell@bank.example").await;
    let page = mara.get(&path).await;
    shows(
        &page.text,
        &[
            "By the role keeper",
            "archive in Payments",
            "A no: it is not given",
            "Without a yes nothing of it is given",
            "If HR moves the first day",
        ],
    );
    let asked = question(&page);
    let said = |sign: &'static str, vault: &'static str, why: &'static str| {
        [
            ("answer", "done"),
            ("question", asked.as_str()),
            ("grant.sign", sign),
            ("grant.vault", vault),
            ("why.vault", why),
        ]
        .map(|(name, value)| (name, value.to_owned()))
    };
    for (form, problem) in [
        (said("yes", "", ""), "Say yes or no to “vault”."),
        (said("yes", "no", " "), "Say why “vault” is not given"),
    ] {
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let refused = mara.post(&path, &form).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        shows(&refused.text, &[problem, r##"href="#thing-2""##]);
        assert!(
            refused.text.contains(" checked"),
            "what was chosen stays chosen"
        );
    }
    let form = said("yes", "no", "not in the first month");
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(mara.post(&path, &form).await.status, 303);
    rehearsal.play(&mut Answers::none(), None).await;
    assert_eq!(rehearsal.case(&hire).await.state, CaseState::Closed);
    let accounts = rehearsal.systems.accounts_of("31");
    let has = accounts
        .values()
        .flatten()
        .flat_map(|account| &account.entitlements);
    let has: Vec<&str> = has.map(|e| e.name()).collect();
    assert_eq!(has, ["enter", "sign"]);
    let vault = rehearsal.task(&hire, "without.pay.vault").await;
    assert_eq!(vault.state, TaskState::Waived);
    let trail = rehearsal.everything(&hire).await;
    let record = "sign approved by Mara Bell (mara.bell@bank.example). Not approved: vault: not in the first month";
    shows(&trail, &[record]);
    let mut hanna = Browser::of(&rehearsal, "hanna.ross@bank.example").await;
    let case = hanna.get(&format!("/cases/{hire}")).await.text;
    shows(&case, &["“vault” was not approved: not in the first month"]);
    let mut mara = Browser::of(&rehearsal, "mara.bell@bank.example").await;
    let page = mara.get(&path).await.text;
    shows(&page, &["Not vault", "not in the first month"]);
}
