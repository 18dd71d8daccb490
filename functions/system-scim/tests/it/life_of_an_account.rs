//! Absent → made → given → changed → suspended → restored → taken → deleted, every step twice, against
//! `scim2-server`.

use std::collections::BTreeSet;

use latchkey_lifecycle::{Account, EmployeeId, EntitlementNeeds, Goal, Managed};
use latchkey_peers::{ScimServer, Scimmy};
use latchkey_systems::{Fault, Secret, Settings, Sought, System, carry_out, client, compare};
use serde_json::{Value, json};

struct Company {
    server: ScimServer,
    http: reqwest::Client,
}

impl Company {
    async fn start() -> Company {
        let company = Company {
            server: ScimServer::start().await.expect("scim2-server"),
            http: client().expect("client"),
        };
        for name in ["everyone", "sales", "vpn"] {
            company.post("/Groups", json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
            })).await;
        }
        company
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(format!("{}{path}", self.server.base_url()))
            .bearer_auth(self.server.token())
            .header("content-type", "application/scim+json")
            .body(body.to_string())
            .send()
            .await
            .expect("answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("JSON")
    }

    fn open(&self, dialect: Option<&str>) -> std::sync::Arc<dyn System> {
        let settings = Settings {
            id: "directory".into(),
            name: "Directory".into(),
            kind: "scim".into(),
            address: self.server.base_url().to_owned(),
            dialect: dialect.map(str::to_owned),
            ..Settings::default()
        };
        let secret = Secret::Bearer {
            token: self.server.token().to_owned(),
        };
        system_scim::open(&settings, Some(secret), self.http.clone()).expect("opens")
    }
}

fn who() -> Sought {
    Sought {
        employee_id: EmployeeId::new("1042").unwrap(),
        name: Some("zoe.mueller".into()),
        email: Some("zoe.mueller@acme.example".into()),
        previous_id: None,
        known: None,
    }
}

fn account(groups: &[&str], title: &str) -> Account {
    let attributes = [
        ("givenName", "Zoë"),
        ("familyName", "Müller"),
        ("displayName", "Zoë Müller"),
        ("email", "zoe.mueller@acme.example"),
        ("title", title),
        ("department", "Sales"),
    ];
    Account {
        employee_id: Some(who().employee_id),
        name: "zoe.mueller".into(),
        active: true,
        attributes: attributes.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        entitlements: groups.iter().map(|g| (*g).into()).collect(),
    }
}

fn have(groups: &[&str], title: &str) -> Goal {
    let managed: BTreeSet<_> = ["everyone", "sales", "vpn"].map(Into::into).into();
    Goal::Have {
        account: account(groups, title),
        managed: Managed::Only(managed),
        renames: false,
    }
}

async fn reach(company: &Company, dialect: Option<&str>, goal: &Goal) -> Option<Account> {
    let needs = EntitlementNeeds::default();
    let system = company.open(dialect);
    carry_out(system.as_ref(), &who(), goal, &needs)
        .await
        .expect("carried out");
    let again = carry_out(system.as_ref(), &who(), goal, &needs)
        .await
        .expect("carried out again");
    assert_eq!(again.changes, [], "running it again changes something");
    let fresh = company.open(dialect);
    let comparison = compare(fresh.as_ref(), &who(), goal, &needs)
        .await
        .expect("compared");
    assert!(comparison.same, "{:?}", comparison.differences);
    comparison.actual
}

async fn whole_life(dialect: Option<&str>) {
    let company = Company::start().await;
    for goal in [
        have(&[], "Trainee"),
        have(&["everyone", "sales"], "Trainee"),
        have(&["everyone", "vpn"], "Account Executive"),
    ] {
        let actual = reach(&company, dialect, &goal).await.expect("an account");
        let Goal::Have { account, .. } = &goal else {
            unreachable!()
        };
        assert_eq!(&actual, account);
    }
    let suspended = reach(&company, dialect, &Goal::NoAccess)
        .await
        .expect("kept");
    assert!(!suspended.active && suspended.entitlements.is_empty());
    let back = reach(&company, dialect, &have(&["sales"], "Lead"))
        .await
        .expect("restored");
    assert!(back.active);
    assert_eq!(reach(&company, dialect, &Goal::Gone).await, None);
    assert_eq!(reach(&company, dialect, &Goal::NoAccess).await, None);
}

#[tokio::test]
async fn the_standard_dialect() {
    whole_life(None).await;
}

#[tokio::test]
async fn reading_every_group() {
    whole_life(Some("1password")).await;
}

#[tokio::test]
async fn without_filters() {
    whole_life(Some("no-filters")).await;
}

#[tokio::test]
async fn an_account_is_renamed_only_where_that_is_wanted() {
    let company = Company::start().await;
    reach(&company, None, &have(&["sales"], "Trainee")).await;
    let married = |renames| {
        let mut account = account(&["sales"], "Trainee");
        account.name = "zoe.okafor".to_owned();
        let display = "Zoë Okafor".to_owned();
        account.attributes.insert("displayName".to_owned(), display);
        Goal::Have {
            account,
            managed: Managed::Only(["sales".into()].into()),
            renames,
        }
    };
    let kept = reach(&company, None, &married(false)).await.expect("kept");
    assert_eq!(kept.name, "zoe.mueller");
    assert_eq!(kept.attributes["displayName"], "Zoë Okafor");
    let renamed = reach(&company, None, &married(true))
        .await
        .expect("renamed");
    assert_eq!(renamed.name, "zoe.okafor");
    assert_eq!(renamed.entitlements, ["sales".into()].into());
}

#[tokio::test]
async fn a_group_that_is_not_there_is_named() {
    let company = Company::start().await;
    let goal = Goal::Have {
        account: account(&["nobodys"], "Trainee"),
        managed: Managed::Only(["nobodys".into()].into()),
        renames: false,
    };
    let system = company.open(None);
    let fault = carry_out(system.as_ref(), &who(), &goal, &EntitlementNeeds::default())
        .await
        .unwrap_err();
    assert!(matches!(&fault, Fault::Rejected { .. }), "{fault:?}");
    assert!(fault.to_string().contains("`nobodys`"), "{fault}");
}

#[tokio::test]
async fn an_account_of_somebody_else_is_never_taken() {
    let company = Company::start().await;
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "Zoe.Mueller", "externalId": "77", "active": true,
    });
    company.post("/Users", user).await;
    let system = company.open(None);
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(&fault, Fault::Taken { .. }), "{fault:?}");
    assert!(fault.to_string().contains("employee 77"), "{fault}");
    // Who leaves and has nothing there loses nothing, and least of all somebody else's account.
    let left = reach(&company, None, &Goal::NoAccess).await;
    assert_eq!(left, None);
}

#[tokio::test]
async fn an_account_without_an_employee_id_is_adopted() {
    let company = Company::start().await;
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "zoe.mueller", "active": true,
        "emails": [{ "value": "zoe.mueller@acme.example", "primary": true }],
    });
    company.post("/Users", user).await;
    let actual = reach(&company, None, &have(&["sales"], "Trainee"))
        .await
        .expect("adopted");
    assert_eq!(actual.employee_id, Some(who().employee_id));
}

#[tokio::test]
async fn a_wrong_token_is_the_owners_to_mend() {
    let company = Company::start().await;
    let settings = Settings {
        name: "Directory".into(),
        address: company.server.base_url().to_owned(),
        ..Settings::default()
    };
    let secret = Secret::Bearer {
        token: "wrong".into(),
    };
    let system = system_scim::open(&settings, Some(secret), company.http.clone()).unwrap();
    let fault = system.read(&who()).await.unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
    // What is missing is told before anybody's access depends on it.
    let probes = system.probe().await;
    assert_eq!(probes.len(), 1, "{probes:?}");
    let fault = probes[0].came.as_ref().unwrap_err();
    assert!(matches!(fault, Fault::Unauthorized { .. }), "{fault:?}");
    let probes = company.open(None).probe().await;
    assert_eq!(probes.len(), 5, "{probes:?}");
    assert!(probes.iter().all(|probe| probe.came.is_ok()), "{probes:?}");
}

#[tokio::test]
async fn a_list_shows_what_reading_one_shows() {
    let company = Company::start().await;
    let goal = have(&["everyone", "sales"], "Trainee");
    reach(&company, None, &goal).await;
    for n in 0..3 {
        company.post("/Users", json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("other{n}"),
        })).await;
    }
    for dialect in [
        None,
        Some("1password"),
        Some("no-filters"),
        Some("atlassian"),
    ] {
        let system = company.open(dialect);
        let one = system.read(&who()).await.expect("answer").expect("found");
        let mut all = Vec::new();
        let mut token = None;
        loop {
            let page = system.list(token.as_ref()).await.expect("answer");
            all.extend(page.accounts);
            token = page.next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!(all.len(), 4, "{dialect:?}");
        let listed = all
            .iter()
            .find(|found| found.handle == one.handle)
            .expect("listed");
        assert_eq!(listed.account, one.account, "{dialect:?}");
        let others = all.iter().filter(|found| found.handle != one.handle);
        assert!(
            others
                .into_iter()
                .all(|found| found.account.entitlements.is_empty())
        );
    }
}

/// The servers keep both attributes: what stands in them is what was written there, by the setting or by the dialect.
#[tokio::test]
async fn the_full_name_stands_where_the_setting_says() {
    let scim2 = ScimServer::start().await.unwrap();
    full_names(scim2.base_url(), scim2.token()).await;
    let scimmy = Scimmy::start().await.unwrap();
    full_names(&scimmy.base_url(), scimmy.token()).await;
}

async fn full_names(address: &str, token: &str) {
    let http = client().unwrap();
    let open = |dialect: &str, full_name: Option<&str>| {
        let setting = full_name.map(|at| ("full_name".to_owned(), json!(at)));
        let settings = Settings {
            name: "Directory".into(),
            address: address.to_owned(),
            dialect: Some(dialect.to_owned()),
            settings: setting.into_iter().collect(),
            ..Settings::default()
        };
        let token = token.to_owned();
        system_scim::open(&settings, Some(Secret::Bearer { token }), http.clone())
    };
    let user = async || -> Value {
        let call = http.get(format!("{address}/Users")).bearer_auth(token);
        let all: Value = call.send().await.unwrap().json().await.unwrap();
        all["Resources"][0].clone()
    };
    let name = |name: &str| {
        let mut account = account(&[], "Trainee");
        let attributes = &mut account.attributes;
        attributes.retain(|attribute, _| attribute == "displayName");
        attributes.insert("displayName".to_owned(), name.to_owned());
        let managed = Managed::Only(BTreeSet::new());
        Goal::Have {
            account,
            managed,
            renames: false,
        }
    };
    let (formatted, display) = (["name", "formatted"], ["displayName", ""]);
    for (dialect, full_name, at, not) in [
        ("rfc", Some("name.formatted"), formatted, display),
        ("rfc", None, display, formatted),
        ("rfc", Some("displayName"), display, formatted),
    ] {
        let read = |user: &Value, [attribute, part]: [&str; 2]| match part {
            "" => user[attribute].clone(),
            part => user[attribute][part].clone(),
        };
        let system = open(dialect, full_name).unwrap();
        let needs = EntitlementNeeds::default();
        // Made, and then changed.
        for called in ["Zoë Müller", "Zoë Okafor"] {
            let goal = name(called);
            carry_out(system.as_ref(), &who(), &goal, &needs)
                .await
                .unwrap();
            let stored = user().await;
            assert_eq!(read(&stored, at), called, "{full_name:?}: {stored}");
            assert_ne!(read(&stored, not), called, "{full_name:?}: {stored}");
            let compared = compare(system.as_ref(), &who(), &goal, &needs)
                .await
                .unwrap();
            assert!(compared.same, "{:?}", compared.differences);
        }
        carry_out(system.as_ref(), &who(), &Goal::Gone, &needs)
            .await
            .unwrap();
    }
    let fault = open("rfc", Some("nickName")).err().unwrap().to_string();
    assert!(
        fault.contains("there are displayName and name.formatted"),
        "{fault}"
    );
}
