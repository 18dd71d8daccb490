//! The company of the demo: the sample runbook, two SCIM servers, and the people who were there before.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use latchkey_embedded::Stack;
use latchkey_lifecycle::{Account, Person, PersonDraft, SystemId};
use latchkey_peers::ScimServer;
use latchkey_runbook::{Runbook, Source};
use latchkey_systems::simulated::Simulated;
use serde_json::{Value, json};

use crate::{
    check,
    outcome::{Problem, read},
};

/// One of the company's SCIM servers.
pub(crate) struct Server {
    pub(crate) system: SystemId,
    pub(crate) base: String,
    pub(crate) token: String,
    secret: String,
    _process: ScimServer,
}

pub(crate) struct Company {
    source: Source,
    servers: Vec<Server>,
}

impl Company {
    /// Starts a server for each SCIM system of the runbook and points the runbook at them.
    pub(crate) async fn start(directory: &Path) -> Result<Company, Problem> {
        let source = check::source(directory)?;
        let checked = Runbook::check(&source);
        let Some(runbook) = checked.runbook else {
            check::show(directory, &checked.problems);
            return Err(Problem::new(format!(
                "{} has errors; mend them first",
                directory.display()
            )));
        };
        let mut files: BTreeMap<String, String> = source.files().clone();
        let mut servers = Vec::new();
        let scim: Vec<_> = runbook
            .systems()
            .filter(|(_, system)| system.kind == "scim")
            .collect();
        for (id, system) in scim {
            let (Some(address), Some(secret)) = (&system.address, &system.secret) else {
                continue;
            };
            let process = ScimServer::start().await?;
            let base = process.base_url().to_owned();
            for text in files.values_mut() {
                *text = text.replace(address.as_str(), &base);
            }
            servers.push(Server {
                system: id.clone(),
                base,
                token: process.token().to_owned(),
                secret: secret.clone(),
                _process: process,
            });
        }
        Ok(Company {
            source: Source::from_files(files),
            servers,
        })
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    pub(crate) fn servers(&self) -> &[Server] {
        &self.servers
    }

    /// Puts the servers' tokens where Latchkey looks for secrets.
    pub(crate) fn hand_over_keys(&self, stack: &Stack) -> Result<(), Problem> {
        for server in &self.servers {
            let name = format!("systems/{}", server.secret);
            let secret = json!({ "token": server.token, "hosts": ["127.0.0.1"] });
            stack.keys.set(&name, secret)?;
        }
        Ok(())
    }

    /// Makes the groups, and the accounts of the people who were there before Latchkey.
    pub(crate) async fn seed(
        &self,
        stack: &Stack,
        events: &Path,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let (_, runbook) = stack.runbooks.current(&stack.ledger).await?;
        let people: Vec<PersonDraft> = serde_json::from_str(&read(&events.join("people.json"))?)?;
        let mut known: Vec<Person> = Vec::with_capacity(people.len());
        for draft in people {
            let person = draft.clone().complete()?;
            // As HR's own file has it: by their address people are known on the pages.
            let draft = PersonDraft {
                work_email: runbook.email_of(&person),
                ..draft
            };
            let imported = stack.ledger.import_person(&person.employee_id, draft, now);
            imported.await?;
            known.push(person);
        }
        let client = reqwest::Client::new();
        for server in &self.servers {
            let groups = groups(&runbook, &server.system).into_iter();
            let mut members: BTreeMap<String, Vec<Value>> =
                groups.map(|name| (name, Vec::new())).collect();
            for person in &known {
                let Some(account) = runbook.desired(person, &server.system) else {
                    continue;
                };
                let made = post(&client, server, "/Users", &user(person, &account)).await?;
                for entitlement in &account.entitlements {
                    let member = json!({ "value": made["id"] });
                    members
                        .entry(entitlement.name().to_owned())
                        .or_default()
                        .push(member);
                }
            }
            server.make_groups(&client, members).await?;
        }
        Ok(())
    }
}

impl Server {
    /// Makes accounts and groups as another system has them.
    pub(crate) async fn fill(&self, other: &Simulated, groups: Vec<String>) -> Result<(), Problem> {
        let client = reqwest::Client::new();
        let groups = groups.into_iter().map(|name| (name, Vec::new()));
        let mut members: BTreeMap<String, Vec<Value>> = groups.collect();
        for account in other.accounts() {
            let user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "externalId": account.employee_id,
                "userName": account.name,
                "active": account.active,
                "displayName": account.name,
            });
            let made = post(&client, self, "/Users", &user).await?;
            for entitlement in &account.entitlements {
                let of = members.entry(entitlement.name().to_owned()).or_default();
                of.push(json!({ "value": made["id"] }));
            }
        }
        self.make_groups(&client, members).await
    }

    async fn make_groups(
        &self,
        client: &reqwest::Client,
        members: BTreeMap<String, Vec<Value>>,
    ) -> Result<(), Problem> {
        for (name, members) in members {
            let group = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": name,
                "members": members,
            });
            post(client, self, "/Groups", &group).await?;
        }
        Ok(())
    }
}

/// The groups that a runbook gives in a system, by their names.
pub(crate) fn groups(runbook: &Runbook, system: &SystemId) -> Vec<String> {
    let all = runbook.entitlements(system).into_iter();
    let groups = all.filter(|e| e.kind() == "group");
    groups.map(|e| e.name().to_owned()).collect()
}

fn user(person: &Person, account: &Account) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "externalId": person.employee_id,
        "userName": account.name,
        "active": true,
        "name": { "givenName": person.given_name, "familyName": person.family_name },
        "displayName": person.full_name(),
    })
}

async fn post(
    client: &reqwest::Client,
    server: &Server,
    path: &str,
    body: &Value,
) -> Result<Value, Problem> {
    let answer = client
        .post(format!("{}{path}", server.base))
        .bearer_auth(&server.token)
        .header("content-type", "application/scim+json")
        .body(body.to_string())
        .send()
        .await?
        .error_for_status()?;
    Ok(answer.json().await?)
}
