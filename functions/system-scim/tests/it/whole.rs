//! Servers that take whole resources only, by the crate `scim-server`: what others write at the same time stays.

use std::sync::Arc;

use latchkey_lifecycle::{Account, Change, EmployeeId};
use latchkey_peers::ScimCrate;
use latchkey_systems::{Fault, Secret, Settings, Sought, System, client};
use serde_json::json;

fn open(server: &ScimCrate, token: &str) -> Arc<dyn System> {
    let settings = Settings {
        name: "Directory".into(),
        address: format!("http://127.0.0.1:{}/v2", server.port()),
        dialect: Some("no-patch".into()),
        ..Settings::default()
    };
    let token = token.to_owned();
    system_scim::open(&settings, Some(Secret::Bearer { token }), client().unwrap()).unwrap()
}

async fn with_group(server: &ScimCrate) {
    let group =
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "vpn" });
    let call = client()
        .unwrap()
        .post(format!("http://127.0.0.1:{}/v2/Groups", server.port()));
    let call = call.bearer_auth(server.token()).body(group.to_string());
    let call = call.header("content-type", "application/json");
    assert_eq!(call.send().await.unwrap().status(), 201);
}

#[tokio::test]
async fn who_joins_a_group_at_the_same_time_is_in_it() {
    let server = ScimCrate::start().await.expect("scim-server");
    with_group(&server).await;
    let system = open(&server, server.token());
    let join = |number: &'static str| {
        let system = Arc::clone(&system);
        async move {
            let account = Account {
                employee_id: EmployeeId::new(number).ok(),
                name: format!("person{number}"),
                active: true,
                attributes: Default::default(),
                entitlements: Default::default(),
            };
            let made = system.apply(None, &Change::Create { account }).await;
            let entitlement = "group:vpn".into();
            let grant = Change::Grant { entitlement };
            system.apply(made.unwrap().as_ref(), &grant).await.unwrap();
        }
    };
    tokio::join!(join("1"), join("2"), join("3"));
    for number in ["1", "2", "3"] {
        let who = Sought {
            employee_id: EmployeeId::new(number).unwrap(),
            name: None,
            email: None,
            previous_id: None,
            known: None,
        };
        let found = system.read(&who).await.unwrap().unwrap();
        let all = ["group:vpn".into()].into();
        assert_eq!(found.account.entitlements, all, "{number}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told_without_a_change() {
    let server = ScimCrate::start().await.expect("scim-server");
    let probes = open(&server, server.token()).probe().await;
    assert_eq!(probes.len(), 5, "{probes:?}");
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    let page = open(&server, server.token()).list(None).await.unwrap();
    assert!(page.accounts.is_empty(), "{:?}", page.accounts);
    let probes = open(&server, "wrong").probe().await;
    let fault = probes[0].came.as_ref().unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
}
