//! Channels: who may change them, and what is so already.

use std::sync::Arc;

use latchkey_lifecycle::Change;
use latchkey_systems::{Fault, System};
use serde_json::json;

use crate::{
    form::{Said, refusal},
    workspace::{Shared, Workspace, at, channel, start, zoe},
};

fn grant(what: &str) -> Change {
    Change::Grant {
        entitlement: what.into(),
    }
}

fn revoke(what: &str) -> Change {
    Change::Revoke {
        entitlement: what.into(),
    }
}

async fn apply(system: &Arc<dyn System>, change: Change) -> Result<(), Fault> {
    system.apply(Some(&at("U1")), &change).await.map(|_| ())
}

fn members(team: &Shared, of: &str) -> Vec<String> {
    team.lock().unwrap().members(of)
}

#[tokio::test]
async fn what_is_so_already_is_done() {
    let (system, team) = start(zoe(), json!({})).await;
    for _ in 0..2 {
        apply(&system, grant("channel:vpn")).await.unwrap();
        assert_eq!(members(&team, "C2"), ["UAPP", "U1"]);
    }
    for _ in 0..2 {
        apply(&system, revoke("channel:sales")).await.unwrap();
        assert_eq!(members(&team, "C1"), ["UAPP"]);
    }
    // Channels that are gone were left by everybody.
    apply(&system, revoke("channel:gone")).await.unwrap();
}

#[tokio::test]
async fn the_app_goes_into_public_channels_itself_and_asks_for_private_ones() {
    let mut team = zoe();
    team.channels = vec![channel("C1", "sales", &["U1"]), channel("C2", "vpn", &[])];
    let (system, team) = start(team, json!({})).await;
    apply(&system, grant("channel:vpn")).await.unwrap();
    assert_eq!(members(&team, "C2"), ["UAPP", "U1"]);
    // "Not in channel" may be about the app.
    apply(&system, revoke("channel:sales")).await.unwrap();
    assert_eq!(members(&team, "C1"), ["UAPP"]);
    team.lock().unwrap().channels.push(json!({
        "id": "C3", "name": "board", "is_private": true, "members": ["U2"],
    }));
    let fault = apply(&system, grant("channel:board")).await.unwrap_err();
    assert!(
        fault
            .to_string()
            .contains("when it is private, put the app into it"),
        "{fault}"
    );
    // It was in there, and was taken out.
    team.lock().unwrap().channels[2]["members"] = json!(["UAPP"]);
    apply(&system, grant("channel:board")).await.unwrap();
    team.lock().unwrap().channels[2]["members"] = json!([]);
    let fault = apply(&system, grant("channel:board")).await.unwrap_err();
    assert!(fault.to_string().contains("/invite"), "{fault}");
    assert_eq!(fault.name(), "Rejected");
}

#[tokio::test]
async fn a_channel_that_was_made_anew_is_found_again() {
    let (system, team) = start(zoe(), json!({})).await;
    apply(&system, grant("channel:vpn")).await.unwrap();
    team.lock().unwrap().channels[1] = channel("C7", "vpn", &["UAPP", "U1"]);
    apply(&system, revoke("channel:vpn")).await.unwrap();
    assert_eq!(members(&team, "C7"), ["UAPP"]);
    team.lock().unwrap().channels[1] = channel("C8", "vpn", &["UAPP"]);
    apply(&system, grant("channel:vpn")).await.unwrap();
    assert_eq!(members(&team, "C8"), ["UAPP", "U1"]);
}

#[tokio::test]
async fn a_channel_that_cannot_be_given_is_named() {
    let mut team = zoe();
    team.channels.push(json!({
        "id": "C9", "name": "general", "is_general": true, "is_private": false, "members": ["UAPP", "U1"],
    }));
    team.channels.push(channel("C5", "twice", &["UAPP"]));
    team.channels.push(channel("C6", "twice", &["UAPP"]));
    let settings = json!({"channels": ["sales", "general", "twice", "nowhere"]});
    let (system, _) = start(team, settings).await;
    for (what, want) in [
        ("channel:general", "everybody is in the channel `general`"),
        ("channel:nowhere", "the app sees no channel `nowhere`"),
        ("channel:twice", "2 channels are called `twice`"),
        ("channel:vpn", "setting `channels`"),
        ("usergroup:sellers", "setting `usergroups`"),
        ("role:admin", "channel and usergroup"),
    ] {
        let fault = apply(&system, grant(what)).await.unwrap_err();
        assert!(fault.to_string().contains(want), "{fault}");
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let kick: [(Said, &str, &str); 3] = [
        (
            || refusal("restricted_action"),
            "Rejected",
            "Settings & permissions",
        ),
        (
            || refusal("cant_kick_self"),
            "Rejected",
            "this person's own",
        ),
        (
            || refusal("method_not_supported_for_channel_type"),
            "Rejected",
            "method_not_supported",
        ),
    ];
    for (wrong, name, want) in kick {
        let team = Workspace {
            wrong: vec![("conversations.kick", wrong)],
            ..zoe()
        };
        let (system, _) = start(team, json!({})).await;
        let fault = apply(&system, revoke("channel:sales")).await.unwrap_err();
        assert_eq!(fault.name(), name);
        assert!(fault.to_string().contains(want), "{fault}");
    }
    for code in ["user_not_found", "user_not_in_channel", "is_archived"] {
        let wrong: Said = match code {
            "user_not_found" => || refusal("user_not_found"),
            "user_not_in_channel" => || refusal("user_not_in_channel"),
            _ => || refusal("is_archived"),
        };
        let team = Workspace {
            wrong: vec![("conversations.kick", wrong)],
            ..zoe()
        };
        let (system, _) = start(team, json!({})).await;
        apply(&system, revoke("channel:sales")).await.unwrap();
    }
    let team = Workspace {
        wrong: vec![("conversations.invite", || refusal("user_is_restricted"))],
        ..zoe()
    };
    let (system, _) = start(team, json!({})).await;
    let fault = apply(&system, grant("channel:vpn")).await.unwrap_err();
    assert!(fault.to_string().contains("guest"), "{fault}");
}
