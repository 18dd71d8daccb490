//! The life of an account in every vendor's dialect, each against a server with that vendor's rules.

use latchkey_lifecycle::{Account, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_systems::{Fault, Sought, System, carry_out, compare};
use serde_json::json;

use crate::{
    rules::{DEPARTMENT, EMPLOYEE_NUMBER, Members, Rules, VENDORS},
    vendor::{ENTERPRISE, Vendor},
};

const NAME: &str = "zoe.mueller@acme.example";

fn who() -> Sought {
    Sought {
        employee_id: EmployeeId::new("1042").unwrap(),
        name: Some(NAME.into()),
        email: Some(NAME.into()),
        previous_id: None,
        known: None,
    }
}

fn account(rules: &Rules, groups: &[&str], title: &str) -> Account {
    let keeps = |path: &str| rules.keeps.contains(&path);
    let attributes = [
        ("givenName", "Zoë", keeps("name.givenName")),
        ("familyName", "Müller", keeps("name.familyName")),
        (
            "displayName",
            "Zoë Müller",
            keeps("displayName") || keeps("name.formatted"),
        ),
        ("email", NAME, keeps("emails")),
        ("title", title, keeps("title")),
        ("department", title, keeps(DEPARTMENT)),
    ];
    let kept = attributes.into_iter().filter(|(_, _, kept)| *kept);
    Account {
        employee_id: Some(who().employee_id),
        name: NAME.into(),
        active: true,
        attributes: kept.map(|(k, v, _)| (k.to_owned(), v.to_owned())).collect(),
        entitlements: groups
            .iter()
            .map(|g| format!("group:{g}").as_str().into())
            .collect(),
    }
}

fn have(rules: &Rules, groups: &[&str], title: &str) -> Goal {
    Goal::Have {
        account: account(rules, groups, title),
        managed: Managed::All,
        renames: true,
    }
}

async fn reach(system: &dyn System, goal: &Goal, what: &str) -> Option<Account> {
    let needs = EntitlementNeeds::default();
    for once_more in [false, true] {
        let outcome = carry_out(system, &who(), goal, &needs).await;
        let outcome = outcome.unwrap_or_else(|fault| panic!("{what}: {fault}"));
        assert!(
            !once_more || outcome.changes.is_empty(),
            "{what}: {:?}",
            outcome.changes
        );
    }
    let seen = compare(system, &who(), goal, &needs).await.unwrap();
    assert!(seen.same, "{what}: {:?}", seen.differences);
    seen.actual
}

#[tokio::test]
async fn every_vendor_from_the_first_day_to_the_last() {
    for rules in VENDORS {
        let what = rules.dialect;
        let (vendor, system) = Vendor::start(rules).await;
        let system = system.as_ref();
        for (groups, title) in [
            (vec![], "Trainee"),
            (vec!["everyone", "sales & more"], "Trainee"),
            (vec!["everyone", "vpn"], "Lead"),
        ] {
            let actual = reach(system, &have(&rules, &groups, title), what).await;
            assert_eq!(actual, Some(account(&rules, &groups, title)), "{what}");
            // A list shows what reading one shows.
            let listed = system.list(None).await.unwrap().accounts;
            let listed: Vec<_> = listed.into_iter().map(|found| found.account).collect();
            assert_eq!(listed, actual.into_iter().collect::<Vec<_>>(), "{what}");
        }
        let left = reach(system, &Goal::NoAccess, what).await;
        assert_eq!(left.is_none(), rules.inactive_is_gone, "{what}");
        assert!(left.is_none_or(|left| !left.active && left.entitlements.is_empty()));
        let back = have(&rules, &["sales & more"], "Lead");
        assert!(reach(system, &back, what).await.unwrap().active, "{what}");
        let needs = EntitlementNeeds::default();
        let gone = carry_out(system, &who(), &Goal::Gone, &needs).await;
        match gone {
            Ok(_) => assert_eq!(system.read(&who()).await.unwrap(), None, "{what}"),
            Err(fault) => {
                assert!(!rules.deletes, "{what}: {fault}");
                assert!(fault.to_string().contains("never deletes"), "{fault}");
                let seen = system.read(&who()).await.unwrap().unwrap();
                assert!(!seen.account.active, "{what}");
            }
        }
        assert!(vendor.calls().len() > 10);
    }
}

#[tokio::test]
async fn an_account_is_read_with_few_calls_and_an_exit_takes_four_at_most() {
    for rules in VENDORS {
        let what = rules.dialect;
        let (vendor, system) = Vendor::start(rules).await;
        reach(system.as_ref(), &have(&rules, &["vpn"], "Lead"), what).await;
        vendor.calls();
        system.read(&who()).await.unwrap().unwrap();
        let calls = vendor.calls();
        let read = match (rules.users_show_groups, rules.members) {
            (true, _) => 1,
            (false, Members::Everywhere | Members::Nowhere) => 2,
            // Each of the three teams has to be asked.
            (false, Members::Alone) => 5,
        };
        assert_eq!(calls.len(), read, "{what}: {calls:#?}");
        let needs = EntitlementNeeds::default();
        let goal = Goal::NoAccess;
        carry_out(system.as_ref(), &who(), &goal, &needs)
            .await
            .unwrap();
        let calls = vendor.calls();
        // Who it is, and sign-in is cut, before anybody asks for groups.
        assert!(calls[0].starts_with("GET ") && !calls[0].contains("/Groups"));
        assert!(!calls[1].starts_with("GET "), "{what}: {calls:#?}");
        // The one group, where it does not go with the account.
        let exit = match rules.inactive_is_gone {
            true => 2,
            false => read + 2,
        };
        assert_eq!(calls.len(), exit, "{what}: {calls:#?}");
        assert!(exit <= 4 || rules.members == Members::Alone, "{what}");
    }
}

#[tokio::test]
async fn whoever_has_another_name_is_found_by_the_employee_id_and_nobody_is_made_twice() {
    for rules in VENDORS {
        let what = rules.dialect;
        let (vendor, system) = Vendor::start(rules).await;
        reach(system.as_ref(), &have(&rules, &["vpn"], "Lead"), what).await;
        // More people than stand on a page, and somebody who has the name by now.
        {
            let mut kept = vendor.kept.lock().unwrap();
            kept.users[0]["userName"] = json!("zoe@acme.example");
            for n in 0..rules.most {
                let name = format!("p{n}@acme.example");
                let user = json!({"id": format!("other{n}"), "userName": name, "active": true});
                kept.users.insert(0, user);
            }
            let mut other = kept.users.last().unwrap().clone();
            other["id"] = json!("namesake");
            other["userName"] = json!(NAME);
            let id = match rules.keeps.contains(&EMPLOYEE_NUMBER) {
                true => &mut other[ENTERPRISE]["employeeNumber"],
                false => &mut other["externalId"],
            };
            *id = json!("77");
            kept.users.push(other);
        }
        let seen = system.read(&who()).await.unwrap().unwrap();
        assert_eq!(seen.account.name, "zoe@acme.example", "{what}");
        let mut stranger = who();
        stranger.employee_id = EmployeeId::new("5").unwrap();
        let fault = system.read(&stranger).await.unwrap_err();
        assert!(matches!(fault, Fault::Taken { .. }), "{what}: {fault}");
        // A list goes on to the end.
        let (mut next, mut listed) = (None, 0);
        loop {
            let page = system.list(next.as_ref()).await.unwrap();
            listed += page.accounts.len();
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(listed, rules.most + 2, "{what}");
    }
}

#[tokio::test]
async fn what_a_vendor_does_not_keep_is_said_before_and_when_it_is_asked_for() {
    let figma = VENDORS.into_iter().find(|v| v.dialect == "figma").unwrap();
    let (_, system) = Vendor::start(figma).await;
    let probes = system.probe().await;
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
    let (_, wanting) = Vendor::start_keeping(figma, Some(&["title", "email"])).await;
    let probes = wanting.probe().await;
    let fault = probes.last().unwrap().came.as_ref().unwrap_err();
    assert!(fault.to_string().contains("attributes: ["), "{fault}");
    let mut account = account(&figma, &[], "Lead");
    account.attributes.insert("email".into(), NAME.into());
    let create = |account| latchkey_lifecycle::Change::Create { account };
    let fault = system
        .apply(None, &create(account.clone()))
        .await
        .unwrap_err();
    assert!(
        fault.to_string().contains("does not keep `email`"),
        "{fault}"
    );
    account.attributes.remove("email");
    account.name = "zoe.mueller".into();
    let fault = system.apply(None, &create(account)).await.unwrap_err();
    assert!(fault.to_string().contains("e-mail addresses"), "{fault}");
}
