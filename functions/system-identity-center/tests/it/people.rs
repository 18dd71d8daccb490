//! Whose account is whose, as a server of ours answers.

use latchkey_lifecycle::{Change, EmployeeId, Goal};
use latchkey_systems::{Fault, Sought, carry_out};
use serde_json::{Value, json};

use crate::{aws::open, server::Server};

pub(crate) fn who(id: &str, name: &str) -> Sought {
    Sought {
        employee_id: EmployeeId::new(id).unwrap(),
        name: Some(name.into()),
        email: Some(format!("{name}@acme.example")),
        previous_id: None,
        known: None,
    }
}

pub(crate) fn user(id: &str, name: &str, employee: Option<&str>) -> Value {
    let mut user = json!({
        "UserId": id, "UserName": name, "DisplayName": name, "IdentityStoreId": "d-1234567890", "UserStatus": "ENABLED",
        "Emails": [{"Value": format!("{name}@acme.example"), "Primary": true}],
    });
    if let Some(employee) = employee {
        user["Extensions"] = json!({"aws:identitystore:enterprise": {"employeeNumber": employee}});
    }
    user
}

/// How often each action was asked for.
fn asked(server: &Server, action: &str) -> usize {
    let calls = server.calls();
    calls.iter().filter(|(asked, _)| asked == action).count()
}

#[tokio::test]
async fn a_name_or_an_address_leads_to_the_employee_id_without_a_search() {
    for path in ["userName", "emails.value"] {
        let server = Server::start().await;
        server.say_when(
            "GetUserId",
            path,
            json!({"UserId": "u1", "IdentityStoreId": "d-1"}),
        );
        server.says("DescribeUser", user("u1", "zoe", Some("1")));
        let system = open(server.port, json!({})).unwrap();
        let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
        assert_eq!(found.handle, "u1", "{path}");
        assert_eq!(asked(&server, "ListUsers"), 0, "{path}");
        // The second time its id is known.
        let before = server.calls().len();
        system.read(&who("1", "zoe")).await.unwrap().unwrap();
        assert_eq!(server.calls().len() - before, 3, "{path}");
    }
}

#[tokio::test]
async fn an_employee_id_is_looked_for_on_every_page_unless_the_runbook_says_not_to() {
    let server = Server::start().await;
    let page = |users: Value, next: Value| json!({"Users": users, "NextToken": next});
    let first = page(json!([user("u1", "ann", Some("7"))]), json!("more"));
    let second = page(json!([user("u2", "zoe.old", Some("1"))]), json!(null));
    server.say_in_turn("ListUsers", [first, second.clone()]);
    server.says("DescribeUser", user("u2", "zoe.old", Some("1")));
    let system = open(server.port, json!({})).unwrap();
    let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
    assert_eq!(found.account.name, "zoe.old");
    assert_eq!(asked(&server, "ListUsers"), 2);
    let server = Server::start().await;
    server.says("ListUsers", second);
    let system = open(server.port, json!({"by_name_only": true})).unwrap();
    assert_eq!(system.read(&who("1", "zoe")).await, Ok(None));
    assert_eq!(asked(&server, "ListUsers"), 0);
}

#[tokio::test]
async fn a_known_id_counts_only_as_long_as_it_is_theirs() {
    let server = Server::start().await;
    server.say_when(
        "GetUserId",
        "userName",
        json!({"UserId": "u1", "IdentityStoreId": "d-1"}),
    );
    server.says("DescribeUser", user("u1", "zoe", Some("1")));
    let system = open(server.port, json!({})).unwrap();
    system.read(&who("1", "zoe")).await.unwrap().unwrap();
    // Somebody gave the account to another employee.
    server.says("DescribeUser", user("u1", "zoe", Some("2")));
    let seen = system.read(&who("1", "zoe")).await;
    assert!(
        matches!(&seen, Err(Fault::Taken { holder: Some(holder), .. }) if holder.as_str() == "2"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn somebody_who_was_not_asked_for_is_not_taken() {
    let server = Server::start().await;
    server.say_when(
        "GetUserId",
        "userName",
        json!({"UserId": "u1", "IdentityStoreId": "d-1"}),
    );
    server.says("DescribeUser", user("u9", "zoe", Some("1")));
    let system = open(server.port, json!({})).unwrap();
    let seen = system.read(&who("1", "zoe")).await;
    assert!(matches!(seen, Err(Fault::Unreachable { .. })), "{seen:?}");
}

#[tokio::test]
async fn what_groups_give_and_what_is_gone_is_not_the_persons_own() {
    let server = Server::start().await;
    server.say_when(
        "GetUserId",
        "userName",
        json!({"UserId": "u1", "IdentityStoreId": "d-1"}),
    );
    server.says("DescribeUser", user("u1", "zoe", Some("1")));
    let member = |group: &str| json!({"GroupId": group, "MembershipId": format!("m-{group}"), "IdentityStoreId": "d-1"});
    server.says(
        "ListGroupMembershipsForMember",
        json!({"GroupMemberships": [member("g1"), member("g2")]}),
    );
    server.say_when(
        "DescribeGroup",
        "g1",
        json!({"GroupId": "g1", "DisplayName": "sales", "IdentityStoreId": "d-1"}),
    );
    let one = |set: &str, kind: &str, of: &str| json!({"AccountId": "123456789012", "PermissionSetArn": set, "PrincipalType": kind, "PrincipalId": of});
    let all = [
        one("arn:p1", "USER", "u1"),
        one("arn:p2", "USER", "u1"),
        one("arn:p3", "GROUP", "g1"),
    ];
    server.says(
        "ListAccountAssignmentsForPrincipal",
        json!({ "AccountAssignments": all }),
    );
    server.say_when(
        "DescribePermissionSet",
        "arn:p3",
        json!({"PermissionSet": {"Name": "OfTheGroup"}}),
    );
    server.say_when(
        "DescribePermissionSet",
        "arn:p1",
        json!({"PermissionSet": {"Name": "Billing"}}),
    );
    let system = open(server.port, json!({})).unwrap();
    let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
    let held: Vec<String> = found
        .account
        .entitlements
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(held, ["assignment:123456789012/Billing", "group:sales"]);
    let system = open(server.port, json!({"groups_only": true})).unwrap();
    let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
    assert_eq!(found.account.entitlements, ["group:sales".into()].into());
}

#[tokio::test]
async fn who_is_disabled_is_cut_off_and_comes_back_in_the_console() {
    let server = Server::start().await;
    server.say_when(
        "GetUserId",
        "userName",
        json!({"UserId": "u1", "IdentityStoreId": "d-1"}),
    );
    let mut disabled = user("u1", "zoe", Some("1"));
    disabled["UserStatus"] = json!("DISABLED");
    server.says("DescribeUser", disabled);
    let system = open(server.port, json!({})).unwrap();
    let found = system.read(&who("1", "zoe")).await.unwrap().unwrap();
    assert!(!found.account.active);
    let goal = Goal::NoAccess;
    let outcome = carry_out(
        system.as_ref(),
        &who("1", "zoe"),
        &goal,
        &Default::default(),
    )
    .await;
    assert_eq!(outcome.unwrap().changes, []);
    let restored = system
        .apply(Some(&found), &Change::Restore)
        .await
        .unwrap_err();
    assert!(restored.to_string().contains("console"), "{restored}");
}

#[tokio::test]
async fn which_instance_it_is_has_to_be_clear() {
    let one = |n: u8| json!({"InstanceArn": format!("arn:aws:sso:::instance/ssoins-{n}"), "IdentityStoreId": format!("d-{n}")});
    for (shown, settings, says) in [
        (json!([]), json!({}), "no instance"),
        (json!([one(1), one(2)]), json!({}), "2 instances"),
        (
            json!([one(1)]),
            json!({"instance": "arn:aws:sso:::instance/ssoins-2"}),
            "ssoins-2",
        ),
        (
            json!([one(1), one(2)]),
            json!({"instance": "arn:aws:sso:::instance/ssoins-2"}),
            "",
        ),
    ] {
        let server = Server::start().await;
        server.says("ListInstances", json!({ "Instances": shown }));
        let system = open(server.port, settings).unwrap();
        match system.read(&who("1", "zoe")).await {
            Ok(found) => {
                assert_eq!((found, says), (None, ""));
                let (_, body) = server.calls().last().unwrap().clone();
                assert_eq!(body["IdentityStoreId"], "d-2");
            }
            Err(fault) => {
                assert!(
                    !says.is_empty() && fault.to_string().contains(says),
                    "{fault}"
                );
                assert!(matches!(fault, Fault::Rejected { .. }), "{fault:?}");
            }
        }
    }
    let none = open(1, json!({"role": "latchkey"})).err().unwrap();
    assert!(none.to_string().contains("`latchkey`"), "{none}");
}
