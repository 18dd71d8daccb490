//! The SCIM servers are asked who has which access, by none of Latchkey's code.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::company::{Company, Server};

/// What a server says of one employee id.
#[derive(Debug, Default, PartialEq, Eq)]
struct Has {
    accounts: usize,
    active: usize,
    groups: BTreeSet<String>,
}

/// Asserts that each server shows what the events say; gives the number of accounts in all of them.
pub(crate) async fn systems_agree(company: &Company) -> usize {
    let client = reqwest::Client::new();
    let mut wrong = Vec::new();
    let mut accounts = 0;
    for server in company.servers() {
        let mut shown = shown(&client, server).await;
        for person in &company.people {
            let has = shown.remove(&person.id).unwrap_or_default();
            accounts += has.accounts;
            let groups = has.groups.iter().map(String::as_str);
            let right = match person.wanted(server.system) {
                Some(group) => (has.accounts, has.active) == (1, 1) && groups.eq([group]),
                None => has.accounts <= 1 && has.active == 0 && has.groups.is_empty(),
            };
            if !right {
                let wanted = person.wanted(server.system);
                let (system, id) = (server.system, &person.id);
                wrong.push(format!("{system}: {id} has {has:?}, wanted {wanted:?}"));
            }
        }
        for (id, has) in shown {
            wrong.push(format!(
                "{}: nobody is {id:?}, who has {has:?}",
                server.system
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    accounts
}

async fn shown(client: &reqwest::Client, server: &Server) -> BTreeMap<String, Has> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut all: BTreeMap<String, Has> = BTreeMap::new();
    let mut whose: BTreeMap<String, String> = BTreeMap::new();
    for user in list(client, server, "/Users").await {
        let employee = text(&user, "externalId");
        let has = all.entry(employee.clone()).or_default();
        has.accounts += 1;
        has.active += usize::from(user["active"] != false);
        whose.insert(text(&user, "id"), employee);
    }
    for group in list(client, server, "/Groups").await {
        for member in group["members"].as_array().into_iter().flatten() {
            let employee = whose.get(&text(member, "value")).cloned();
            let has = all.entry(employee.unwrap_or_default()).or_default();
            has.groups.insert(text(&group, "displayName"));
        }
    }
    all
}

/// All resources, page by page (RFC 7644 section 3.4.2.4).
async fn list(client: &reqwest::Client, server: &Server, path: &str) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let start = (all.len() + 1).to_string();
        let request = client
            .get(format!("{}{path}", server.base))
            .query(&[("startIndex", start.as_str()), ("count", "200")])
            .bearer_auth(&server.token);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        let page: Value = answer.json().await.unwrap();
        let before = all.len();
        all.extend(page["Resources"].as_array().cloned().unwrap_or_default());
        let total = page["totalResults"].as_u64().unwrap();
        if all.len() == before || u64::try_from(all.len()).unwrap() >= total {
            return all;
        }
    }
}
