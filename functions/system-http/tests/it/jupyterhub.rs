//! What is special of JupyterHub.

use latchkey_conformance::Company;
use latchkey_lifecycle::{Account, Change, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Fault, Sought, carry_out};
use reqwest::Method;

use crate::conformance::Hub;

fn sought(name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new("1042").unwrap(),
        name: Some(name.to_owned()),
        email: None,
        previous_id: None,
        known: None,
    }
}

fn account(name: &str) -> Account {
    Account {
        employee_id: None,
        name: name.to_owned(),
        active: true,
        attributes: [].into(),
        entitlements: ["vpn".into()].into(),
    }
}

async fn have(hub: &Hub, name: &str) -> Result<(), Fault> {
    let goal = Goal::Have {
        account: account(name),
        managed: Managed::All,
        renames: false,
    };
    let system = hub.open(hub.port()).unwrap();
    let needs = EntitlementNeeds::default();
    carry_out(system.as_ref(), &sought(name), &goal, &needs).await?;
    Ok(())
}

#[tokio::test]
async fn an_exit_ends_what_was_begun_before() {
    let hub = Hub::start().await.unwrap();
    have(&hub, "zoe").await.unwrap();
    assert_eq!(hub.can_use("zoe").await, Some(true));
    let system = hub.open(hub.port()).unwrap();
    let needs = EntitlementNeeds::default();
    let outcome = carry_out(system.as_ref(), &sought("zoe"), &Goal::NoAccess, &needs).await;
    let outcome = outcome.unwrap();
    assert_eq!(outcome.changes, [Change::Suspend]);
    assert_eq!(outcome.found, None);
    assert_eq!(hub.can_use("zoe").await, Some(false));
    // Somebody of the same name who comes later has nothing of it.
    have(&hub, "zoe").await.unwrap();
    let found = system.read(&sought("zoe")).await.unwrap().unwrap();
    assert_eq!(found.account, account("zoe"));
}

#[tokio::test]
async fn a_user_is_renamed_and_called_by_the_new_name() {
    let hub = Hub::start().await.unwrap();
    have(&hub, "zoe").await.unwrap();
    let system = hub.open(hub.port()).unwrap();
    let found = system.read(&sought("zoe")).await.unwrap();
    let rename = Change::Rename {
        name: "zoe.okafor".to_owned(),
    };
    let renamed = system.apply(found.as_ref(), &rename).await.unwrap();
    assert_eq!(renamed.as_ref().unwrap().handle, "zoe.okafor");
    let fresh = system.read(&sought("zoe.okafor")).await.unwrap();
    assert_eq!(fresh, renamed);
    assert_eq!(system.read(&sought("zoe")).await.unwrap(), None);
}

#[tokio::test]
async fn a_name_with_special_characters_stays_a_name() {
    let hub = Hub::start().await.unwrap();
    for name in [
        "zoe",
        "zoe m\"ü'ller",
        "100%",
        "a?b=c#d",
        "{account.handle}",
    ] {
        hub.call(Method::POST, &["users", name], None).await;
    }
    let system = hub.open(hub.port()).unwrap();
    for name in ["zoe m\"ü'ller", "100%", "a?b=c#d", "{account.handle}"] {
        let found = system.read(&sought(name)).await.unwrap();
        assert_eq!(found.as_ref().unwrap().account.name, name);
        let grant = Change::Grant {
            entitlement: "Vertrieb & Größe".into(),
        };
        system.apply(found.as_ref(), &grant).await.unwrap();
        assert_eq!(
            system
                .apply(found.as_ref(), &Change::Suspend)
                .await
                .unwrap(),
            None
        );
        assert_eq!(system.read(&sought(name)).await.unwrap(), None);
    }
    for name in ["../groups", "zoe/../zoe", "zoe?x", ".", "..", ""] {
        let read = system.read(&sought(name)).await;
        assert!(!matches!(read, Ok(Some(_))), "{name}: {read:?}");
    }
    assert!(system.read(&sought("zoe")).await.unwrap().is_some());
}

#[tokio::test]
async fn what_the_hub_says_is_understood() {
    let hub = Hub::start().await.unwrap();
    have(&hub, "zoe").await.unwrap();
    let system = hub.open(hub.port()).unwrap();
    let found = system.read(&sought("zoe")).await.unwrap();
    let grant = Change::Grant {
        entitlement: "nobodys".into(),
    };
    let fault = system.apply(found.as_ref(), &grant).await.unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
    assert!(fault.to_string().contains("`nobodys`"), "{fault}");
    let twice = Change::Create {
        account: account("zoe"),
    };
    let fault = system.apply(None, &twice).await.unwrap_err();
    assert!(matches!(&fault, Fault::Conflict { .. }), "{fault:?}");
    // Somebody has deleted the user meanwhile: there is nothing to take, and nothing to delete.
    hub.call(Method::DELETE, &["users", "zoe"], None).await;
    let revoke = Change::Revoke {
        entitlement: "vpn".into(),
    };
    system.apply(found.as_ref(), &revoke).await.unwrap();
    assert_eq!(
        system
            .apply(found.as_ref(), &Change::Suspend)
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn what_is_missing_is_told_before_anybodys_access_depends_on_it() {
    let hub = Hub::start().await.unwrap();
    let probes = hub.open(hub.port()).unwrap().probe().await;
    assert_eq!(probes.len(), 4, "{probes:?}");
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    let weak = hub.open_with(hub.server.weak_token(), hub.port());
    let probes = weak.probe().await;
    let came: Vec<bool> = probes.iter().map(|probe| probe.came.is_ok()).collect();
    assert_eq!(came, [true, true, false, false], "{probes:?}");
    let lacks = probes[3].came.as_ref().unwrap_err();
    assert!(lacks.to_string().contains("`admin:groups`"), "{lacks}");
    let create = Change::Create {
        account: account("zoe"),
    };
    let fault = weak.apply(None, &create).await.unwrap_err();
    assert!(matches!(fault, Fault::Forbidden { .. }), "{fault:?}");
    let wrong = hub.open_with("not-the-token", hub.port());
    let probes = wrong.probe().await;
    assert_eq!(probes.len(), 1, "{probes:?}");
    let fault = probes[0].came.as_ref().unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
    assert!(!fault.to_string().contains("not-the-token"), "{fault}");
}
