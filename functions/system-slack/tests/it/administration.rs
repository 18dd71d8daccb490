//! Accounts that are made and cut off: by the admin API, or by people who are told whom and where.

use latchkey_lifecycle::{Change, Goal, Managed};
use latchkey_systems::{Fault, carry_out, compare};
use serde_json::json;

use crate::{
    form::{Said, refusal},
    workspace::{Workspace, account, at, channel, start, user, who, zoe},
};

const ADDRESS: &str = "zoe@acme.example";

fn have(channels: &[&str]) -> Goal {
    let mut account = account(ADDRESS);
    account.entitlements = channels
        .iter()
        .map(|name| format!("channel:{name}").into())
        .collect();
    Goal::Have {
        managed: Managed::Only(account.entitlements.clone()),
        account,
        renames: false,
    }
}

fn nobody() -> Workspace {
    Workspace {
        channels: vec![
            channel("C2", "vpn", &["UAPP"]),
            json!({"id": "C9", "name": "general", "is_general": true, "is_private": false, "members": ["UAPP"]}),
        ],
        ..Workspace::default()
    }
}

#[tokio::test]
async fn without_the_admin_api_the_owner_invites_and_latchkey_goes_on() {
    let (system, team) = start(nobody(), json!({})).await;
    let (sought, needs) = (who("1", ADDRESS), Default::default());
    let goal = have(&["vpn"]);
    let fault = carry_out(system.as_ref(), &sought, &goal, &needs)
        .await
        .unwrap_err();
    let text = fault.to_string();
    assert_eq!((fault.name(), fault.is_retryable()), ("Rejected", false));
    for want in [ADDRESS, "https://acme.slack.com/admin/invites", "invite"] {
        assert!(text.contains(want), "{text}");
    }
    // They did, and said so.
    team.lock().unwrap().users.push(user("U1", ADDRESS));
    let outcome = carry_out(system.as_ref(), &sought, &goal, &needs)
        .await
        .unwrap();
    assert_eq!(outcome.changes.len(), 1, "{:?}", outcome.changes);
    assert_eq!(team.lock().unwrap().members("C2"), ["UAPP", "U1"]);
    assert!(
        compare(system.as_ref(), &sought, &goal, &needs)
            .await
            .unwrap()
            .same
    );
}

#[tokio::test]
async fn without_the_admin_api_the_owner_deactivates_and_the_account_counts_as_gone() {
    for goal in [Goal::NoAccess, Goal::Suspended, Goal::Gone] {
        let (system, team) = start(zoe(), json!({})).await;
        let (sought, needs) = (who("1", ADDRESS), Default::default());
        let fault = carry_out(system.as_ref(), &sought, &goal, &needs)
            .await
            .unwrap_err();
        let text = fault.to_string();
        assert_eq!(fault.name(), "Rejected");
        for want in [ADDRESS, "https://acme.slack.com/admin,", "deactivate"] {
            assert!(text.contains(want), "{text}");
        }
        assert!(
            !compare(system.as_ref(), &sought, &goal, &needs)
                .await
                .unwrap()
                .same
        );
        team.lock().unwrap().users[0]["deleted"] = json!(true);
        let outcome = carry_out(system.as_ref(), &sought, &goal, &needs)
            .await
            .unwrap();
        assert_eq!(outcome.changes, []);
        assert!(
            compare(system.as_ref(), &sought, &goal, &needs)
                .await
                .unwrap()
                .same
        );
    }
}

fn admin() -> serde_json::Value {
    json!({"admin": true, "team": "T1"})
}

#[tokio::test]
async fn sessions_end_before_the_account_goes() {
    let (system, team) = start(zoe(), admin()).await;
    let left = system
        .apply(Some(&at("U1")), &Change::Suspend)
        .await
        .unwrap();
    assert_eq!(left, None);
    assert_eq!(
        team.lock().unwrap().calls,
        ["admin.users.session.reset", "admin.users.remove"]
    );
    // Again is no error, nor is an account that is not there.
    system
        .apply(Some(&at("U1")), &Change::Suspend)
        .await
        .unwrap();
    system
        .apply(Some(&at("U7")), &Change::Suspend)
        .await
        .unwrap();
    system
        .apply(Some(&at("U7")), &Change::Delete)
        .await
        .unwrap();
}

#[tokio::test]
async fn who_may_not_end_sessions_cuts_the_account_off_all_the_same() {
    let (system, team) = start(zoe(), admin()).await;
    team.lock().unwrap().wrong = vec![("admin.users.session.reset", || refusal("not_an_admin"))];
    let fault = system
        .apply(Some(&at("U1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert_eq!(fault.name(), "Unauthorized", "{fault}");
    assert_eq!(team.lock().unwrap().users[0]["deleted"], true);
    // What may pass by itself is tried again first.
    let (system, team) = start(zoe(), admin()).await;
    team.lock().unwrap().wrong = vec![("admin.users.session.reset", || {
        refusal("user_session_reset_failed")
    })];
    let fault = system
        .apply(Some(&at("U1")), &Change::Suspend)
        .await
        .unwrap_err();
    assert!(fault.is_retryable(), "{fault}");
    assert_eq!(team.lock().unwrap().users[0]["deleted"], false);
}

#[tokio::test]
async fn an_owner_or_a_plan_that_stands_in_the_way_is_told() {
    let wrong: [(Said, &str, &str); 4] = [
        (
            || refusal("cannot_modify_primary_owner"),
            "Rejected",
            "primary owner",
        ),
        (
            || refusal("feature_not_enabled"),
            "Rejected",
            "take `admin` out",
        ),
        (
            || refusal("team_not_found"),
            "Rejected",
            "correct the setting `team`",
        ),
        (
            || refusal("invalid_permissions"),
            "Unauthorized",
            "owner or admin of the organisation",
        ),
    ];
    for (answer, name, want) in wrong {
        let (system, team) = start(zoe(), admin()).await;
        team.lock().unwrap().wrong = vec![("admin.users.remove", answer)];
        let fault = system
            .apply(Some(&at("U1")), &Change::Suspend)
            .await
            .unwrap_err();
        assert_eq!(fault.name(), name);
        assert!(fault.to_string().contains(want), "{fault}");
    }
}

async fn create(team: Workspace, settings: serde_json::Value) -> (Result<(), Fault>, Vec<String>) {
    let (system, team) = start(team, settings).await;
    let change = Change::Create {
        account: account(ADDRESS),
    };
    let came = system.apply(None, &change).await.map(|_| ());
    let calls = team.lock().unwrap().calls.clone();
    (came, calls)
}

#[tokio::test]
async fn people_are_invited_into_the_general_channel_or_another() {
    let (system, team) = start(nobody(), admin()).await;
    let change = Change::Create {
        account: account(ADDRESS),
    };
    let made = system.apply(None, &change).await.unwrap().unwrap();
    assert_eq!(made.handle, "U1");
    let invited = |team: &Workspace| {
        let mut forms = team.forms.iter();
        let form = forms.find(|form| form.contains_key("channel_ids")).unwrap();
        (
            form["team_id"].clone(),
            form["email"].clone(),
            form["channel_ids"].clone(),
        )
    };
    let want = |channel: &str| ("T1".to_owned(), ADDRESS.to_owned(), channel.to_owned());
    assert_eq!(invited(&team.lock().unwrap()), want("C9"));
    // Once more: found, not invited again.
    let calls = team.lock().unwrap().calls.len();
    system.apply(None, &change).await.unwrap();
    assert_eq!(team.lock().unwrap().calls.len(), calls + 1);
    let (system, team) = start(
        nobody(),
        json!({"admin": true, "team": "T1", "invite_to": "vpn"}),
    )
    .await;
    system.apply(None, &change).await.unwrap();
    assert_eq!(invited(&team.lock().unwrap()), want("C2"));
    let mut without = nobody();
    without.channels.pop();
    let (came, _) = create(without, admin()).await;
    assert!(came.unwrap_err().to_string().contains("invite_to"));
}

#[tokio::test]
async fn who_has_not_accepted_yet_is_waited_for() {
    for answer in [(|| refusal("already_in_team_invited_user")) as Said, || {
        crate::form::ok(json!({}))
    }] {
        let team = Workspace {
            wrong: vec![("admin.users.invite", answer)],
            ..nobody()
        };
        let (came, _) = create(team, admin()).await;
        let fault = came.unwrap_err();
        assert_eq!((fault.name(), fault.is_retryable()), ("NotYet", true));
        assert!(fault.to_string().contains("has not accepted"), "{fault}");
    }
}

#[tokio::test]
async fn who_comes_back_gets_the_account_of_old() {
    // Taken out of the workspace: an invitation is refused, and only the list shows the account.
    let mut team = nobody();
    team.users = vec![user("U4", ADDRESS)];
    team.users[0]["deleted"] = json!(true);
    let (came, calls) = create(team, admin()).await;
    came.unwrap();
    assert!(
        calls.contains(&"admin.users.assign".to_owned()),
        "{calls:?}"
    );
    // In the organisation, and not in this workspace.
    let mut team = nobody();
    team.users = vec![user("U4", ADDRESS)];
    team.users[0]["enterprise_user"] = json!({"teams": ["T2"]});
    let (came, calls) = create(team, admin()).await;
    // This workspace forgets to say so afterwards, so it is waited for.
    assert_eq!(came.unwrap_err().name(), "NotYet");
    assert_eq!(
        calls,
        [
            "users.lookupByEmail",
            "admin.users.assign",
            "users.lookupByEmail"
        ]
    );
}

#[tokio::test]
async fn an_account_name_that_is_no_address_is_refused() {
    let (system, team) = start(nobody(), admin()).await;
    let change = Change::Create {
        account: account("zoe.mueller"),
    };
    let fault = system.apply(None, &change).await.unwrap_err();
    assert!(
        fault.to_string().contains("leave `account_name` out"),
        "{fault}"
    );
    assert_eq!(team.lock().unwrap().calls.len(), 0);
}

#[tokio::test]
async fn an_address_is_changed_by_administrators_only() {
    let change = Change::Rename {
        name: "zoe.schmidt@acme.example".into(),
    };
    let (system, team) = start(zoe(), admin()).await;
    system.apply(Some(&at("U1")), &change).await.unwrap();
    let now = team.lock().unwrap().users[0]["profile"]["email"].clone();
    assert_eq!(now, "zoe.schmidt@acme.example");
    team.lock().unwrap().wrong = vec![("users.profile.set", || refusal("email_taken"))];
    let fault = system.apply(Some(&at("U1")), &change).await.unwrap_err();
    assert_eq!(fault.name(), "Conflict");
    let (system, _) = start(zoe(), json!({})).await;
    let fault = system.apply(Some(&at("U1")), &change).await.unwrap_err();
    assert!(
        fault.to_string().contains("https://acme.slack.com/admin;"),
        "{fault}"
    );
}

#[tokio::test]
async fn an_exit_takes_three_calls() {
    let (system, team) = start(zoe(), admin()).await;
    let (sought, needs) = (who("1", ADDRESS), Default::default());
    carry_out(system.as_ref(), &sought, &Goal::NoAccess, &needs)
        .await
        .unwrap();
    assert_eq!(
        team.lock().unwrap().calls,
        [
            "users.lookupByEmail",
            "admin.users.session.reset",
            "admin.users.remove"
        ]
    );
}
