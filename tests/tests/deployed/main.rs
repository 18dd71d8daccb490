//! The real Lambda binaries under a Lambda runtime, with an independent interpreter driving the deployed
//! definition through a full hire against a real SCIM server.

#![allow(clippy::unwrap_used)]

mod cloud;
mod functions;

use std::{collections::BTreeSet, path::Path, time::Duration};

use jiff::Timestamp;
use latchkey_hris::{Outgoing, SourceSecret, source};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{Case, CaseId, CaseState, Step, TaskState};
use latchkey_peers::{EmulatedAws, ScimServer};
use latchkey_runbook::Source;
use latchkey_runtime::{Links, Question};
use serde_json::{Value, json};

use cloud::Cloud;

/// How often the ledger is looked at, and how many times.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: usize = 480;

const RUNBOOK: &str = r#"
company: Acme
time_zone: Europe/Berlin
email: "{given}.{family}@acme.example"
hr: people
operations: it
teams:
  people: {email: people@acme.example}
  it: {email: it@acme.example}
systems:
  directory: {name: Directory, kind: scim, address: "ADDRESS", secret: acme/directory, owner: it, account_name: "{given}.{family}"}
roles:
  everyone: {gets: {directory: [everyone]}}
  sales: {match: {department: Sales}, gets: {directory: [sales]}}
hire:
  accounts: {grant: all, opens: now, due: within 1 hour}
  laptop:
    owner: it
    instructions: Prepare the laptop of {person.full_name}.
    checklist: [Disk encryption is on]
    fields: [{name: serial, required: true}]
    needs: [accounts]
    opens: now
    due: within 2 hours
exit:
  accounts: {revoke: all, opens: last day at 17:30, due: last day at 18:00}
urgent_exit:
  accounts: {revoke: all, opens: now, due: within 15 minutes}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_hire_on_the_deployed_functions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let aws = EmulatedAws::start(&root.join("tests/aws/moto_with_lambda.py"))
        .await
        .unwrap();
    let scim = ScimServer::start().await.unwrap();
    for group in ["everyone", "sales"] {
        make_group(&scim, group).await;
    }
    let cloud = Cloud::new(&aws);
    let result = tokio::spawn(hire(cloud, scim)).await;
    assert!(result.is_ok(), "{}", aws.output());
}

const WEBHOOK_SECRET: &str = "whsec_dGhpcyBpcyBhIHRlc3Qgc2VjcmV0IG9mIDMyIGI=";

/// Publishes the runbook, keeps the secrets, and deploys.
async fn set_up(cloud: &Cloud, scim: &ScimServer) -> Ledger {
    let ledger = cloud.ledger().await;
    let text = RUNBOOK.replace("ADDRESS", scim.base_url());
    let runbook = Source::from_files([("runbook.yaml".to_owned(), text)].into());
    latchkey_embedded::publish(&ledger, &runbook, Timestamp::now())
        .await
        .unwrap();
    cloud.secret("latchkey/hooks/generic", WEBHOOK_SECRET).await;
    cloud.secret("latchkey/link-key", "a key for links").await;
    let token = json!({ "token": scim.token(), "hosts": ["127.0.0.1"] }).to_string();
    cloud
        .secret("latchkey/systems/scim/acme/directory", &token)
        .await;
    cloud.deploy().await;
    ledger
}

async fn hire(cloud: Cloud, scim: ScimServer) {
    let ledger = set_up(&cloud, &scim).await;
    let body = json!({"type": "person.hired", "data": {
        "employee_id": "1042", "effective_date": "2027-01-11",
        "person": {"given_name": "Zoë", "family_name": "Müller", "department": "Sales", "title": "Account Executive",
            "employment_type": "employee", "country": "DE"}}})
    .to_string();
    let answer = cloud
        .webhook("/hooks/generic", &signed(WEBHOOK_SECRET, &body), &body)
        .await;
    assert_eq!(answer.0, 202, "{}", answer.1);
    let answer: Value = serde_json::from_str(&answer.1).unwrap();
    let case = CaseId::new(answer["case"].as_str().unwrap()).unwrap();

    // A forged one is refused by the same binary.
    let forged = body.replace("1042", "1043");
    assert_eq!(
        cloud
            .webhook("/hooks/generic", &signed(WEBHOOK_SECRET, &body), &forged)
            .await
            .0,
        401
    );

    let link = question(&cloud, &ledger, &case).await;
    let path = Links::new("", "a key for links").unwrap().path(&link);
    let page = cloud.page("GET", &path, "").await;
    assert_eq!(page.0, 200, "{}", page.1);
    assert!(page.1.contains("Disk encryption is on"), "{}", page.1);
    let form = "answer=done&by=Jo&step=Disk+encryption+is+on&field.serial=X1";
    let done = cloud.page("POST", &path, form).await;
    assert_eq!(done.0, 200, "{}", done.1);

    closes(&cloud, &ledger, &case).await;
    assert_eq!(cloud.status(&case).await, "SUCCEEDED");
    assert_eq!(
        cloud.page("POST", &path, form).await.0,
        410,
        "a completed task was completed twice"
    );
    assert_eq!(
        groups_of(&scim, "1042").await,
        BTreeSet::from(["everyone".into(), "sales".into()])
    );
}

/// It closes with all of it verified, and every letter goes out.
async fn closes(cloud: &Cloud, ledger: &Ledger, case: &CaseId) {
    let closed = until(ledger, case, |case| case.state == CaseState::Closed).await;
    assert!(closed.closed_at.is_some());
    assert!(cloud.mail().await > 0, "nobody is told of the end");
    assert_eq!(ledger.letters_waiting(1).await.unwrap(), []);
    for row in ledger.tasks(case).await.unwrap() {
        assert_eq!(
            row.item.task.state,
            TaskState::Verified,
            "{}",
            row.item.task.id
        );
    }
}

fn signed(secret: &str, body: &str) -> axum::http::HeaderMap {
    let id = format!("msg_{}", body.len());
    let outgoing = Outgoing {
        id: &id,
        sent_at: Timestamp::now(),
        body: body.as_bytes(),
    };
    source("generic")
        .unwrap()
        .sign(&SourceSecret::new(secret), &outgoing)
        .unwrap()
}

async fn until(ledger: &Ledger, case: &CaseId, is: impl Fn(&Case) -> bool) -> Case {
    let mut look = tokio::time::interval(LOOK);
    for _ in 0..LOOKS {
        look.tick().await;
        let case = ledger.case(case).await.unwrap().item;
        if is(&case) {
            return case;
        }
    }
    let tasks = ledger.tasks(case).await.unwrap();
    panic!("{case} did not come so far: {tasks:#?}");
}

/// The question that the laptop's owner gets, once the accounts are there and the letter has gone out.
async fn question(cloud: &Cloud, ledger: &Ledger, case: &CaseId) -> Question {
    let task = latchkey_lifecycle::TaskId::new("laptop").unwrap();
    let mut look = tokio::time::interval(LOOK);
    for _ in 0..LOOKS {
        look.tick().await;
        cloud.mail().await;
        let row = ledger.find_task(case, &task).await.unwrap();
        let asking = row
            .and_then(|row| row.item.asking)
            .filter(|a| !a.sent.is_empty());
        let gone_out = ledger.letters_waiting(1).await.unwrap().is_empty();
        if let Some(asking) = asking.filter(|_| gone_out) {
            let serial = asking.serial;
            return Question {
                case: case.clone(),
                task,
                step: Step::Do,
                serial,
                may_waive: false,
            };
        }
    }
    panic!("the owner was not asked: {:#?}", ledger.tasks(case).await);
}

async fn make_group(scim: &ScimServer, name: &str) {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name});
    let answer = reqwest::Client::new()
        .post(format!("{}/Groups", scim.base_url()))
        .bearer_auth(scim.token())
        .header("content-type", "application/scim+json")
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
}

/// What the server itself says, by none of Latchkey's code.
async fn groups_of(scim: &ScimServer, employee: &str) -> BTreeSet<String> {
    let get = |path: &str| {
        let call = reqwest::Client::new()
            .get(format!("{}{path}", scim.base_url()))
            .bearer_auth(scim.token());
        async move { call.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let users = get("/Users").await;
    let user = users["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .find(|u| u["externalId"] == employee)
        .unwrap();
    assert_eq!(user["active"], true);
    let groups = get("/Groups").await;
    let groups = groups["Resources"].as_array().unwrap();
    let has = |g: &&Value| {
        g["members"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|m| m["value"] == user["id"])
    };
    groups
        .iter()
        .filter(has)
        .map(|g| g["displayName"].as_str().unwrap().to_owned())
        .collect()
}
