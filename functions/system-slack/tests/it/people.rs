//! Whose account is whose, and what is listed.

use latchkey_systems::Fault;
use serde_json::{Value, json};

use crate::workspace::{Workspace, start, user, who, zoe};

#[tokio::test]
async fn somebody_is_found_by_the_account_name_or_the_work_address() {
    let (system, team) = start(zoe(), json!({})).await;
    for name in ["zoe@acme.example", "Zoe@Acme.example", "zoe.mueller"] {
        let found = system.read(&who("1", name)).await.unwrap().unwrap();
        assert_eq!(
            (found.handle.as_str(), found.account.active),
            ("U1", true),
            "{name}"
        );
        let held: Vec<String> = found
            .account
            .entitlements
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(held, ["channel:sales"]);
    }
    // Another name and the work address: two people may be meant.
    let other = "z.mueller@acme.example";
    let found = system.read(&who("1", other)).await.unwrap().unwrap();
    assert_eq!(found.handle, "U1");
    team.lock().unwrap().users.push(user("U2", other));
    let fault = system.read(&who("1", other)).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict { .. }), "{fault}");
}

#[tokio::test]
async fn who_is_deactivated_or_not_here_is_not_there() {
    let (system, team) = start(zoe(), json!({"team": "T1"})).await;
    let read = async || system.read(&who("1", "zoe@acme.example")).await.unwrap();
    assert!(read().await.is_some());
    team.lock().unwrap().users[0]["enterprise_user"] = json!({"teams": ["T2"]});
    assert_eq!(read().await, None);
    team.lock().unwrap().users[0]["enterprise_user"] = json!({"teams": ["T1", "T2"]});
    assert!(read().await.is_some());
    team.lock().unwrap().users[0]["deleted"] = json!(true);
    assert_eq!(read().await, None);
}

#[tokio::test]
async fn an_answer_about_somebody_else_is_not_taken() {
    let ann = || crate::form::ok(json!({"user": user("U9", "ann@acme.example")}));
    let team = Workspace {
        wrong: vec![("users.lookupByEmail", ann)],
        ..zoe()
    };
    let (system, _) = start(team, json!({})).await;
    assert_eq!(
        system.read(&who("1", "zoe@acme.example")).await.unwrap(),
        None
    );
}

#[tokio::test]
async fn a_profile_field_says_whose_an_address_is() {
    let (system, team) = start(zoe(), json!({"employee_id": "Xf1"})).await;
    let set = |value: Value| team.lock().unwrap().users[0]["profile"]["fields"] = value;
    let read = async || system.read(&who("1", "zoe@acme.example")).await;
    // Nothing there: the address decides.
    assert_eq!(read().await.unwrap().unwrap().account.employee_id, None);
    set(json!({"Xf1": {"value": "1", "alt": ""}}));
    assert!(read().await.unwrap().unwrap().account.employee_id.is_some());
    // The address went over to somebody else.
    set(json!({"Xf1": {"value": "7", "alt": ""}}));
    match read().await {
        Err(Fault::Taken { holder, .. }) => assert_eq!(holder.unwrap().as_str(), "7"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_list_has_people_only_and_what_they_have() {
    let mut others = ["is_bot", "deleted", "is_stranger"].map(|what| {
        let mut other = user(&format!("U{what}"), "other@acme.example");
        other[what] = json!(true);
        other
    });
    others[2]["profile"]["email"] = json!(null);
    let mut team = zoe();
    team.users.extend(others);
    team.users.push(user("USLACKBOT", "slackbot@acme.example"));
    team.users.push(user("U3", "ann@acme.example"));
    team.channels[0]["members"] = json!(["UAPP", "U1", "U3"]);
    team.channels.push(json!({
        "id": "C9", "name": "general", "is_general": true, "is_private": false, "members": ["UAPP", "U1"],
    }));
    team.groups = vec![crate::workspace::group("S1", "sellers", &["U3"])];
    let (system, team) = start(team, json!({"usergroups": true, "page": 2})).await;
    let (mut seen, mut next) = (Vec::new(), None);
    loop {
        let page = system.list(next.as_ref()).await.unwrap();
        seen.extend(page.accounts.into_iter().map(|found| {
            let held = found.account.entitlements.iter().map(ToString::to_string);
            format!("{} {}", found.handle, held.collect::<Vec<_>>().join(" "))
        }));
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        ["U1 channel:sales", "U3 channel:sales usergroup:sellers"]
    );
    // Three pages of people, one of channels, two channels' members, the user groups.
    assert_eq!(team.lock().unwrap().calls.len(), 7);
}

#[tokio::test]
async fn only_the_channels_of_the_runbook_are_read() {
    let mut team = zoe();
    team.channels[1]["members"] = json!(["UAPP", "U1"]);
    let (system, team) = start(team, json!({"channels": ["#vpn"]})).await;
    let found = system
        .read(&who("1", "zoe@acme.example"))
        .await
        .unwrap()
        .unwrap();
    let held: Vec<String> = found
        .account
        .entitlements
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(held, ["channel:vpn"]);
    let page = system.list(None).await.unwrap();
    assert_eq!(
        page.accounts[0].account.entitlements,
        found.account.entitlements
    );
    let calls = team.lock().unwrap().calls.clone();
    assert_eq!(
        calls
            .iter()
            .filter(|call| *call == "conversations.members")
            .count(),
        1
    );
}

#[test]
fn a_setting_that_cannot_be_is_refused() {
    for (settings, want) in [
        (json!({"admin": true}), "team"),
        (json!({"team": "acme"}), "team"),
        (json!({"team": "T1&x"}), "team"),
        (json!({"employee_id": "employeeNumber"}), "employee_id"),
    ] {
        let settings = latchkey_systems::Settings {
            name: "Slack".into(),
            address: "https://slack.com/api".into(),
            settings: serde_json::from_value(settings).unwrap(),
            ..Default::default()
        };
        let client = latchkey_systems::client().unwrap();
        let Err(fault) = system_slack::open(&settings, None, client) else {
            panic!("{want}")
        };
        assert!(fault.to_string().contains(want), "{fault}");
    }
}
