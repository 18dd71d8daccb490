//! What is asked of AWS in lists, against an emulator that is none of ours.

use std::collections::HashMap;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use latchkey_lifecycle::{CaseId, Revision};
use latchkey_peers::Moto;
use latchkey_runtime::{Begin, Execution, Gets, Subscriptions, Workflow, aws};
use serde_json::{Value, json};

const REGION: &str = "eu-central-1";

fn endpoint(moto: &Moto) -> String {
    format!("http://127.0.0.1:{}", moto.port())
}

fn config(moto: &Moto) -> SdkConfig {
    let credentials = Credentials::new("none", "none", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(endpoint(moto))
        .build()
}

fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=none/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=none"
    )
}

async fn sns(moto: &Moto, fields: &[(&str, &str)]) -> String {
    let call = reqwest::Client::new()
        .post(endpoint(moto))
        .header("authorization", authorization("sns"))
        .form(fields);
    let answer = call.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.text().await.unwrap()
}

#[tokio::test]
async fn an_independent_sns_tells_who_gets_which_letters() {
    let moto = Moto::start().await.unwrap();
    sns(&moto, &[("Action", "CreateTopic"), ("Name", "letters")]).await;
    let topic = "arn:aws:sns:eu-central-1:123456789012:letters";
    for n in 0..120 {
        let endpoint = format!("{n}@acme.example");
        let policy = format!(r#"{{"team":["team{n}"]}}"#);
        let mut fields = vec![
            ("Action", "Subscribe"),
            ("TopicArn", topic),
            ("Protocol", "email"),
            ("Endpoint", endpoint.as_str()),
        ];
        if n > 0 {
            fields.extend([
                ("Attributes.entry.1.key", "FilterPolicy"),
                ("Attributes.entry.1.value", policy.as_str()),
            ]);
        }
        sns(&moto, &fields).await;
    }
    let subscribers = aws::Subscribers::new(&config(&moto), topic);
    // Two pages of a hundred.
    let all = subscribers.subscriptions().await.unwrap();
    assert_eq!(all.len(), 120);
    let of: HashMap<&str, &Gets> = all.iter().map(|s| (s.endpoint.as_str(), &s.gets)).collect();
    assert_eq!(of["0@acme.example"], &Gets::Everything);
    let filter = json!({ "team": ["team119"] });
    assert_eq!(of["119@acme.example"], &Gets::Filtered(filter));
}

#[tokio::test]
async fn an_independent_step_functions_lists_what_runs() {
    let moto = Moto::start().await.unwrap();
    let definition = json!({ "StartAt": "Wait", "States": { "Wait": { "Type": "Wait", "Seconds": 3600, "End": true } } });
    let made: Value = reqwest::Client::new()
        .post(endpoint(&moto))
        .header("authorization", authorization("states"))
        .header("x-amz-target", "AWSStepFunctions.CreateStateMachine")
        .header("content-type", "application/x-amz-json-1.0")
        .body(json!({ "name": "latchkey", "definition": definition.to_string(), "roleArn": "arn:aws:iam::123456789012:role/none" }).to_string())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let machine = aws::StateMachine::new(&config(&moto), made["stateMachineArn"].as_str().unwrap());
    let case = |n: u32| CaseId::new(format!("hire-{n}-0")).unwrap();
    for n in 0..5 {
        let begin = Begin::new(case(n), Revision::FIRST);
        machine.start(&begin).await.unwrap();
    }
    machine
        .stop(&case(3), Revision::FIRST, "a test")
        .await
        .unwrap();
    let running = machine.running().await.unwrap();
    let mut names: Vec<&str> = running.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["hire-0-0-r1", "hire-1-0-r1", "hire-2-0-r1", "hire-4-0-r1"]
    );
    // What the list says of one is what a look at it says.
    let looked = machine.execution(&case(4), Revision::FIRST).await.unwrap();
    let since = running["hire-4-0-r1"];
    assert_eq!(looked, Execution::Running { since });
}
