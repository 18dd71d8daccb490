//! The emulated AWS as this test uses it: plain calls of the services' documented protocols.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use latchkey_ledger::Ledger;
use latchkey_lifecycle::{CaseId, Revision, execution_name};
use latchkey_peers::{ACCOUNT, EmulatedAws, REGION};
use serde_json::{Value, json};

use crate::functions;

const DEFINITION: &str = include_str!("../../../infra/workflow.asl.json");
const TABLE: &str = "latchkey";
const STACK: &str = "latchkey";

pub(crate) struct Cloud {
    http: reqwest::Client,
    endpoint: String,
    step_functions: String,
}

/// Which service and region a call is for; nobody here checks signatures.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=none/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=none"
    )
}

impl Cloud {
    pub(crate) fn new(aws: &EmulatedAws) -> Cloud {
        Cloud {
            http: reqwest::Client::new(),
            endpoint: aws.endpoint(),
            step_functions: aws.step_functions(),
        }
    }

    /// The ledger's table, made as the product makes it.
    pub(crate) async fn ledger(&self) -> Ledger {
        use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(REGION))
            .endpoint_url(&self.endpoint)
            .credentials_provider(Credentials::new("none", "none", None, None, "test"))
            .build();
        let ledger = Ledger::new(aws_sdk_dynamodb::Client::from_conf(config), TABLE);
        ledger.create_table().await.unwrap();
        ledger
    }

    /// A call of a service that speaks AWS JSON 1.1 or 1.0.
    async fn json(&self, endpoint: &str, service: &str, target: &str, body: Value) -> Value {
        let answer = self
            .http
            .post(endpoint)
            .header("authorization", authorization(service))
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{target}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    pub(crate) async fn secret(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "SecretString": value, "ClientRequestToken": format!("token-of-32-characters-{name:_>16}")});
        self.json(
            &self.endpoint,
            "secretsmanager",
            "secretsmanager.CreateSecret",
            body,
        )
        .await;
    }

    async fn topic(&self, endpoint: &str, name: &str) {
        let answer = self
            .http
            .post(endpoint)
            .header("authorization", authorization("sns"))
            .form(&[
                ("Action", "CreateTopic"),
                ("Version", "2010-03-31"),
                ("Name", name),
            ])
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    /// Topics, functions and the state machine, as `template.yaml` says.
    pub(crate) async fn deploy(&self) {
        self.topic(&self.endpoint, "letters").await;
        self.topic(&self.step_functions, "alerts").await;
        let binaries = tokio::task::spawn_blocking(functions::build).await.unwrap();
        for function in functions::FUNCTIONS {
            let package = functions::package(&binaries, function);
            self.function(function, &package).await;
        }
        let definition = [
            ("PlanFunction", name("plan")),
            ("AskFunction", name("ask")),
            ("VerifyFunction", name("verify")),
            ("CloseFunction", name("close")),
            ("MailFunction", name("mail")),
            (
                "AlertsTopic",
                format!("arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
            ),
        ]
        .into_iter()
        .fold(DEFINITION.to_owned(), |text, (name, value)| {
            text.replace(&format!("${{{name}}}"), &value)
        });
        let body = json!({"name": STACK, "definition": definition, "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/none")});
        self.json(
            &self.step_functions,
            "states",
            "AWSStepFunctions.CreateStateMachine",
            body,
        )
        .await;
    }

    async fn function(&self, function: &str, package: &[u8]) {
        let prefix = match function {
            "verify" | "sweep" | "system-scim" => format!("{STACK}/systems/"),
            _ => format!("{STACK}/"),
        };
        let variables = json!({
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_SFN": self.step_functions,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "LATCHKEY_TABLE": TABLE,
            "LATCHKEY_TOPIC_ARN": format!("arn:aws:sns:{REGION}:{ACCOUNT}:letters"),
            "LATCHKEY_ALERTS_TOPIC_ARN": format!("arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
            "LATCHKEY_STATE_MACHINE_ARN": format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STACK}"),
            "LATCHKEY_SECRETS_PREFIX": prefix,
            "LATCHKEY_SOURCES_PREFIX": format!("{STACK}/"),
            "LATCHKEY_ATTACHMENTS": format!("{}/{STACK}-attachments", self.endpoint),
            "LATCHKEY_LOOPBACK": "true",
            "LATCHKEY_LINK_SECRET": "latchkey/link-key",
            "LATCHKEY_PUBLIC_URL": "https://latchkey.acme.example",
            "LATCHKEY_SYSTEM_FUNCTION_PREFIX": format!("{STACK}-system-"),
        });
        let body = json!({
            "FunctionName": name(function),
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Architectures": ["x86_64"],
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/none"),
            "Timeout": 60,
            "Environment": {"Variables": variables},
            "Code": {"ZipFile": STANDARD.encode(package)},
        });
        let answer = self
            .http
            .post(format!("{}/2015-03-31/functions", self.endpoint))
            .header("authorization", authorization("lambda"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{function}: {}",
            answer.text().await.unwrap()
        );
        let mut look = tokio::time::interval(crate::LOOK);
        for _ in 0..crate::LOOKS {
            look.tick().await;
            let url = format!("{}/2015-03-31/functions/{}", self.endpoint, name(function));
            let answer = self
                .http
                .get(url)
                .header("authorization", authorization("lambda"))
                .send()
                .await
                .unwrap();
            let answer: Value = answer.json().await.unwrap();
            if answer["Configuration"]["State"] == "Active" {
                return;
            }
        }
        panic!("{function} did not become active");
    }

    /// Invokes a function, and gives its answer as text.
    async fn invoke(&self, function: &str, event: &Value) -> String {
        let url = format!(
            "{}/2015-03-31/functions/{}/invocations",
            self.endpoint,
            name(function)
        );
        let answer = self
            .http
            .post(url)
            .header("authorization", authorization("lambda"))
            .json(event)
            .send()
            .await;
        answer.unwrap().text().await.unwrap()
    }

    /// Sends the letters that wait, as the schedule has it done; gives how many went out.
    pub(crate) async fn mail(&self) -> u64 {
        let text = self.invoke("mail", &json!({})).await;
        let report: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let is = |count: &str, wanted: u64| report[count].as_u64() == Some(wanted);
        assert!(is("failed", 0) && is("givenUp", 0), "mail answers {text}");
        report["letters"].as_u64().unwrap_or_default()
    }

    /// Invokes a function with an API Gateway event (payload format 2.0); gives status and body.
    async fn gateway(
        &self,
        function: &str,
        method: &str,
        path: &str,
        headers: Value,
        body: &str,
    ) -> (u64, String) {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "", "headers": headers,
            "requestContext": {
                "accountId": ACCOUNT, "apiId": "a", "domainName": "latchkey.acme.example", "domainPrefix": "latchkey",
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "test"},
                "requestId": "r", "routeKey": "$default", "stage": "$default",
                "time": "23/Nov/2026:07:00:00 +0000", "timeEpoch": 1_795_417_200_000_u64,
            },
            "body": body, "isBase64Encoded": false,
        });
        let text = self.invoke(function, &event).await;
        let answer: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{function} answers {text}"));
        let status = answer["statusCode"]
            .as_u64()
            .unwrap_or_else(|| panic!("{function} answers {text}"));
        (
            status,
            answer["body"].as_str().unwrap_or_default().to_owned(),
        )
    }

    pub(crate) async fn webhook(
        &self,
        path: &str,
        headers: &HeaderMap,
        body: &str,
    ) -> (u64, String) {
        let headers: serde_json::Map<String, Value> = headers
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_str().unwrap().into()))
            .collect();
        self.gateway("intake", "POST", path, headers.into(), body)
            .await
    }

    pub(crate) async fn page(&self, method: &str, path: &str, body: &str) -> (u64, String) {
        let headers = json!({"content-type": "application/x-www-form-urlencoded"});
        self.gateway("console", method, path, headers, body).await
    }

    /// How the execution of a case's first revision stands, once it has ended.
    pub(crate) async fn status(&self, case: &CaseId) -> String {
        let name = execution_name(case, Revision::FIRST);
        let arn = format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{STACK}:{name}");
        let mut look = tokio::time::interval(crate::LOOK);
        for _ in 0..crate::LOOKS {
            look.tick().await;
            let target = "AWSStepFunctions.DescribeExecution";
            let body = json!({"executionArn": arn});
            let answer = self
                .json(&self.step_functions, "states", target, body)
                .await;
            let status = answer["status"].as_str().unwrap_or_default().to_owned();
            if status != "RUNNING" {
                return status;
            }
        }
        "RUNNING".to_owned()
    }
}

fn name(function: &str) -> String {
    format!("{STACK}-{function}")
}
