//! Directory roles.

use latchkey_lifecycle::Change;
use serde_json::json;

use crate::tenant::{Tenant, at, guid, lock, role, start, user, who};

const ZOE: &str = "zoe@acme.example";

fn zoe() -> Tenant {
    Tenant {
        users: vec![user(10, ZOE, Some("1"))],
        roles: vec![role(3, "Helpdesk Administrator")],
        templates: vec![json!({"id": guid(30), "displayName": "Reports Reader"})],
        ..Tenant::default()
    }
}

#[tokio::test]
async fn a_role_is_given_and_taken_and_activated_when_it_is_not() {
    let (system, tenant) = start(zoe(), json!({"roles": true})).await;
    for name in ["role:Helpdesk Administrator", "role:Reports Reader"] {
        let (entitlement, again) = (name.into(), name.into());
        system
            .apply(Some(&at(10)), &Change::Grant { entitlement })
            .await
            .unwrap();
        system
            .apply(Some(&at(10)), &Change::Grant { entitlement: again })
            .await
            .unwrap();
    }
    let has = [
        "role:Helpdesk Administrator".into(),
        "role:Reports Reader".into(),
    ]
    .into();
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements, has);
    assert_eq!(
        system.list(None).await.unwrap().accounts[0]
            .account
            .entitlements,
        has
    );
    for name in ["role:Helpdesk Administrator", "role:Reports Reader"] {
        let entitlement = name.into();
        system
            .apply(Some(&at(10)), &Change::Revoke { entitlement })
            .await
            .unwrap();
    }
    assert!(lock(&tenant).members.is_empty());
    let entitlement = "role:Wizard".into();
    let fault = system
        .apply(Some(&at(10)), &Change::Grant { entitlement })
        .await
        .unwrap_err();
    assert!(fault.to_string().contains("no role `Wizard`"), "{fault}");
}

#[tokio::test]
async fn roles_are_not_looked_at_unless_the_runbook_says_so() {
    let mut directory = zoe();
    directory.members = [(guid(3), guid(10))].into();
    let (system, tenant) = start(directory, json!({})).await;
    let found = system.read(&who("1", ZOE)).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements, [].into());
    system.list(None).await.unwrap();
    assert!(
        !lock(&tenant)
            .log()
            .iter()
            .any(|asked| asked.contains("directoryRoles"))
    );
}
