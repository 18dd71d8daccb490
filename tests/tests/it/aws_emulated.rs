//! What is asked of AWS in lists, against an emulator that is none of ours.

use std::collections::HashMap;

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use console::{Attachments, Bucket, path_of, sha256};
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

/// Text between two tags.
fn tagged<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0
}

/// Somebody who may do everything with S3, and an emulator that looks at each signature from now on.
async fn someone_of_s3(moto: &Moto) -> Credentials {
    let client = reqwest::Client::new();
    let iam = async |fields: &[(&str, &str)]| {
        let call = client.post(endpoint(moto)).form(fields);
        let call = call.header("authorization", authorization("iam"));
        let answer = call.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        answer.text().await.unwrap()
    };
    iam(&[("Action", "CreateUser"), ("UserName", "console")]).await;
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }],
    });
    let policy = policy.to_string();
    iam(&[
        ("Action", "PutUserPolicy"),
        ("UserName", "console"),
        ("PolicyName", "files"),
        ("PolicyDocument", &policy),
    ])
    .await;
    let key = iam(&[("Action", "CreateAccessKey"), ("UserName", "console")]).await;
    let looks = format!("{}/moto-api/reset-auth", endpoint(moto));
    let looks = client.post(looks).body("0").send().await.unwrap();
    assert!(looks.status().is_success(), "{}", looks.status());
    let (id, secret) = (tagged(&key, "AccessKeyId"), tagged(&key, "SecretAccessKey"));
    Credentials::new(id, secret, None, None, "test")
}

#[tokio::test]
async fn an_independent_s3_keeps_files_of_tasks_and_gives_them_back() {
    let moto = Moto::start().await.unwrap();
    let made = reqwest::Client::new()
        .put(format!("{}/attachments", endpoint(&moto)))
        .header("authorization", authorization("s3"))
        .body(format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        ));
    assert!(made.send().await.unwrap().status().is_success());
    let credentials = someone_of_s3(&moto).await;
    let signed_by = |credentials: Credentials| {
        let config = config(&moto).into_builder();
        config
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    };
    let config = signed_by(credentials.clone());
    let client = aws_sdk_s3::Client::new(&config);
    let at = format!("{}/attachments", endpoint(&moto));
    let bucket = Bucket::new(&config, &at).unwrap();
    let (case, other) = (
        CaseId::new("hire-1042-0").unwrap(),
        CaseId::new("exit-1042-0").unwrap(),
    );
    let bytes = vec![b'%'; bucket.most_bytes()];
    let sum = sha256(&bytes);
    assert_eq!(bucket.read(&case, &sum).await, Ok(None));
    // The same again is the same file.
    for _ in 0..2 {
        bucket.keep(&case, &sum, bytes.clone()).await.unwrap();
    }
    assert_eq!(bucket.read(&case, &sum).await, Ok(Some(bytes)));
    assert_eq!(bucket.read(&other, &sum).await, Ok(None));
    let head = client
        .head_object()
        .bucket("attachments")
        .key(path_of(&case, &sum));
    let head = head.send().await.unwrap();
    // Nobody's browser shows it, whoever gives its address away.
    assert_eq!(head.content_disposition(), Some("attachment"));
    assert_eq!(head.content_type(), Some("application/octet-stream"));

    let gone = Bucket::new(&config, &format!("{}/another", endpoint(&moto))).unwrap();
    let problem = gone.read(&case, &sum).await.unwrap_err().to_string();
    assert!(
        problem.contains("404 Not Found (NoSuchBucket)"),
        "{problem}"
    );
    let id = credentials.access_key_id();
    let stranger = signed_by(Credentials::new(id, "another", None, None, "test"));
    let stranger = Bucket::new(&stranger, &at).unwrap();
    let problem = stranger.read(&case, &sum).await.unwrap_err().to_string();
    assert!(problem.contains("SignatureDoesNotMatch"), "{problem}");
}
