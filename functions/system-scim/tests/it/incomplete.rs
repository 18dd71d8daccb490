//! Lists that show a part: by `scimmy` from npm, which shows the first 20 of any list and says how many there are.

use std::sync::Arc;

use latchkey_lifecycle::{EmployeeId, Goal, KnownAs};
use latchkey_peers::Scimmy;
use latchkey_systems::{
    Fault, Secret, Settings, Sought, System, carry_out_into, client, compare, find,
};
use serde_json::{Value, json};

/// People and groups that are there: more than a list shows.
const PEOPLE: usize = 60;
const GROUPS: usize = 33;

struct Company {
    server: Scimmy,
    users: Vec<String>,
    groups: Vec<String>,
}

impl Company {
    async fn start() -> Company {
        let mut company = Company {
            server: Scimmy::without_pages().await.expect("scimmy"),
            users: Vec::new(),
            groups: Vec::new(),
        };
        for n in 0..PEOPLE {
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": format!("p{n}"), "externalId": n.to_string(), "active": true,
            });
            let id = company.post("Users", &user).await;
            company.users.push(id);
        }
        for n in 0..GROUPS {
            let group = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": format!("g{n}"),
            });
            let id = company.post("Groups", &group).await;
            company.groups.push(id);
        }
        company
    }

    async fn post(&self, path: &str, body: &Value) -> String {
        let call = client()
            .unwrap()
            .post(format!("{}/{path}", self.server.base_url()));
        let call = call
            .bearer_auth(self.server.token())
            .header("content-type", "application/scim+json");
        let answer = call.body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let made: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    async fn is_active(&self, n: usize) -> bool {
        let address = format!("{}/Users/{}", self.server.base_url(), self.users[n]);
        let call = client()
            .unwrap()
            .get(address)
            .bearer_auth(self.server.token());
        let text = call.send().await.unwrap().text().await.unwrap();
        let user: Value = serde_json::from_str(&text).unwrap();
        user["active"] == true
    }

    fn open(&self) -> Arc<dyn System> {
        let settings = Settings {
            name: "Directory".into(),
            address: self.server.base_url(),
            ..Settings::default()
        };
        let token = self.server.token().to_owned();
        system_scim::open(&settings, Some(Secret::Bearer { token }), client().unwrap()).unwrap()
    }

    fn who(&self, n: usize, known: bool) -> Sought {
        Sought {
            employee_id: EmployeeId::new(n.to_string()).unwrap(),
            name: Some(format!("p{n}")),
            email: None,
            previous_id: None,
            known: known.then(|| KnownAs {
                handle: self.users[n].clone(),
                name: format!("p{n}"),
            }),
        }
    }
}

fn shows_20_of_60(fault: &Fault) {
    assert!(matches!(fault, Fault::Incomplete { .. }), "{fault:?}");
    let text = fault.to_string();
    assert!(
        text.contains("shows 20 of 60 users and ignores paging"),
        "{text}"
    );
}

#[tokio::test]
async fn whoever_is_not_shown_is_not_taken_for_nobody() {
    let company = Company::start().await;
    let system = company.open();
    let (goal, needs) = (Goal::NoAccess, Default::default());
    let who = company.who(40, false);
    shows_20_of_60(&system.read(&who).await.unwrap_err());
    let compared = compare(system.as_ref(), &who, &goal, &needs).await;
    shows_20_of_60(&compared.unwrap_err());
    let mut done = Vec::new();
    let came = carry_out_into(system.as_ref(), &who, &goal, &needs, &mut done).await;
    shows_20_of_60(&came.unwrap_err());
    assert_eq!(done, []);
}

#[tokio::test]
async fn whose_account_is_known_is_cut_off_and_not_verified() {
    let company = Company::start().await;
    let system = company.open();
    let (goal, needs) = (Goal::NoAccess, Default::default());
    for (n, known) in [(40, true), (3, false), (5, true)] {
        let who = company.who(n, known);
        let mut done = Vec::new();
        let came = carry_out_into(system.as_ref(), &who, &goal, &needs, &mut done).await;
        shows_20_of_60(&came.unwrap_err());
        assert_eq!(done.len(), 1, "{n}: {done:?}");
        assert!(!company.is_active(n).await, "{n} can sign in");
        let compared = compare(system.as_ref(), &who, &goal, &needs).await;
        shows_20_of_60(&compared.unwrap_err());
        shows_20_of_60(&find(system.as_ref(), &who).await.unwrap_err());
    }
}

#[tokio::test]
async fn a_list_does_not_end_where_it_stops_showing_more() {
    let company = Company::start().await;
    let system = company.open();
    // The groups come first: who is in them has to be known before anybody's account.
    let fault = system.list(None).await.unwrap_err();
    let text = fault.to_string();
    assert!(
        text.contains("shows 20 of 33 groups and ignores paging"),
        "{text}"
    );
    let probes = system.probe().await;
    let said: Vec<String> = probes
        .iter()
        .filter_map(|probe| Some(probe.came.as_ref().err()?.to_string()))
        .collect();
    assert!(
        said[0].contains("shows 20 of 60 users and ignores paging"),
        "{said:?}"
    );
}
