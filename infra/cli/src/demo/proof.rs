//! The proof: the SCIM servers are asked directly who has which access, by none of Latchkey's own code.

use std::collections::BTreeSet;

use latchkey_embedded::Stack;
use latchkey_lifecycle::{CaseId, SystemId};
use serde::Serialize;
use serde_json::Value;

use super::company::Company;
use crate::{outcome::Problem, table::table};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    pub(crate) person: String,
    pub(crate) system: SystemId,
    /// What the server says.
    pub(crate) account: String,
    pub(crate) groups: BTreeSet<String>,
    /// What the runbook wants.
    pub(crate) wanted: BTreeSet<String>,
    pub(crate) agrees: bool,
}

pub(crate) async fn ask(
    company: &Company,
    stack: &Stack,
    cases: &[CaseId],
) -> Result<Vec<Proof>, Problem> {
    let client = reqwest::Client::new();
    let mut all = Vec::new();
    for id in cases {
        let case = stack.ledger.case(id).await?.item;
        let runbook = stack.runbooks.get(&stack.ledger, &case.runbook).await?;
        let Some(person) = &case.person else { continue };
        for server in company.servers() {
            let wanted = match case.kind.takes_all() {
                true => None,
                false => runbook.desired(person, &server.system),
            };
            let users = get(&client, &server.base, &server.token, "/Users").await?;
            let groups = get(&client, &server.base, &server.token, "/Groups").await?;
            let is_mine = |user: &&Value| user["externalId"] == case.employee_id.as_str();
            let mine: Vec<&Value> = users.iter().filter(is_mine).collect();
            let active = mine.iter().any(|user| user["active"] != false);
            let ids: BTreeSet<&str> = mine.iter().filter_map(|user| user["id"].as_str()).collect();
            let has: BTreeSet<String> = groups
                .iter()
                .filter(|group| {
                    let members = group["members"].as_array();
                    let members = members.into_iter().flatten();
                    members
                        .filter_map(|m| m["value"].as_str())
                        .any(|m| ids.contains(m))
                })
                .filter_map(|group| group["displayName"].as_str().map(str::to_owned))
                .collect();
            let wanted_groups: BTreeSet<String> = wanted
                .iter()
                .flat_map(|a| &a.entitlements)
                .filter(|e| e.kind() == "group")
                .map(|e| e.name().to_owned())
                .collect();
            let account = match (mine.len(), active) {
                (0, _) => "none".to_owned(),
                (1, true) => "can sign in".to_owned(),
                (1, false) => "suspended".to_owned(),
                (n, _) => format!("{n} accounts"),
            };
            let right_account = match wanted {
                Some(_) => mine.len() == 1 && active,
                None => !active,
            };
            all.push(Proof {
                person: latchkey_questions::facts::whom(&case),
                system: server.system.clone(),
                account,
                agrees: right_account && has == wanted_groups,
                groups: has,
                wanted: wanted_groups,
            });
        }
    }
    Ok(all)
}

/// All resources of a list, page by page (RFC 7644 section 3.4.2.4).
async fn get(
    client: &reqwest::Client,
    base: &str,
    token: &str,
    path: &str,
) -> Result<Vec<Value>, Problem> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let start = (all.len() + 1).to_string();
        let answer = client
            .get(format!("{base}{path}"))
            .query(&[("startIndex", start.as_str()), ("count", "200")])
            .bearer_auth(token)
            .send()
            .await?
            .error_for_status()?;
        let page: Value = answer.json().await?;
        let resources = page["Resources"].as_array().cloned().unwrap_or_default();
        let total = page["totalResults"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0);
        let none = resources.is_empty();
        all.extend(resources);
        if none || all.len() >= total {
            return Ok(all);
        }
    }
}

pub(crate) fn show(proofs: &[Proof]) {
    println!("What the SCIM servers themselves say:");
    let mut rows = table(&[
        "Person",
        "System",
        "Account",
        "Groups",
        "As the runbook wants",
    ]);
    for p in proofs {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
        let verdict = if p.agrees {
            "yes".to_owned()
        } else {
            format!("NO: {}", list(&p.wanted))
        };
        rows.add_row([
            p.person.clone(),
            p.system.to_string(),
            p.account.clone(),
            list(&p.groups),
            verdict,
        ]);
    }
    println!("{rows}\n");
}
