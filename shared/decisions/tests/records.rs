//! Records over HTTP, against a server that answers as vendors document it.

#![allow(clippy::unwrap_used)]

use std::{
    collections::VecDeque,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use latchkey_decisions::{HttpRecords, SourceSecrets};
use latchkey_hris::{
    Notice, RecordError, RecordRequest, Records, SourceSecret, Translation, source,
};
use latchkey_runtime::Failure;
use serde_json::{Value, json};

/// Status, a header as `name: value`, body.
type Answer = (u16, &'static str, String);

/// A vendor: answers one after the other, and remembers what it was asked.
#[derive(Clone, Default)]
struct Vendor {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Host and port.
    at: String,
}

#[derive(Debug, Clone)]
struct Asked {
    line: String,
    headers: axum::http::HeaderMap,
    body: String,
}

impl Asked {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

async fn serve(State(vendor): State<Vendor>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    vendor.asked.lock().unwrap().push(Asked {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let next = vendor.answers.lock().unwrap().pop_front();
    let (status, header, text) = next.unwrap_or((500, "", "nothing is left to answer".to_owned()));
    let status = StatusCode::from_u16(status).unwrap();
    match header.split_once(": ") {
        Some((name, value)) => (status, [(name, value)], text).into_response(),
        None => (status, text).into_response(),
    }
}

/// What a test says how the API is reached.
struct Secrets(Result<Option<String>, Failure>);

#[async_trait]
impl SourceSecrets for Secrets {
    async fn secret(&self, _: &str) -> Result<Option<SourceSecret>, Failure> {
        Ok(None)
    }

    async fn api(&self, _: &str) -> Result<Option<String>, Failure> {
        self.0.clone()
    }
}

fn reader(api: Result<Option<String>, Failure>) -> HttpRecords {
    HttpRecords::new(Arc::new(Secrets(api))).unwrap()
}

impl Vendor {
    /// The vendor, and a reader with its address in `api`.
    async fn start(mut api: Value) -> (Vendor, HttpRecords) {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let vendor = Vendor {
            at: listener.local_addr().unwrap().to_string(),
            ..Vendor::default()
        };
        let routes = Router::new().fallback(serve).with_state(vendor.clone());
        let address = format!("http://{}", vendor.at);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        for (name, path) in [("address", "/api/"), ("tokenAddress", "/token")] {
            if name == "address" || api.get("clientId").is_some() {
                api[name] = json!(format!("{address}{path}"));
            }
        }
        (vendor, reader(Ok(Some(api.to_string()))))
    }

    fn answers(&self, status: u16, header: &'static str, body: impl ToString) {
        self.answers
            .lock()
            .unwrap()
            .push_back((status, header, body.to_string()));
    }

    fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// What a vendor's webhook asks for.
fn notice(name: &str, body: &Value) -> Notice {
    let authentic = latchkey_hris::Authentic {
        delivery_id: "1".into(),
        timestamp: "2026-11-23T07:00:00Z".parse().unwrap(),
    };
    let told = source(name)
        .unwrap()
        .translate(&authentic, body.to_string().as_bytes());
    match told.unwrap() {
        Translation::NeedsRecord(notice) => notice,
        other => panic!("{other:?}"),
    }
}

fn bamboo() -> RecordRequest {
    let data = json!({"companyId": "acme", "employeeId": "2042", "changedFields": []});
    let body =
        json!({"type": "employee.updated", "timestamp": "2026-11-23T07:00:00Z", "data": data});
    notice("bamboohr", &body).request
}

fn personio() -> RecordRequest {
    let body = json!({"event_name": "person.updated", "payload": {"person_id": "4017"}});
    notice("personio", &body).request
}

fn basic() -> Value {
    json!({"username": "key", "password": "x"})
}

fn client() -> Value {
    json!({"clientId": "papi-1", "clientSecret": "a+b c"})
}

#[tokio::test]
async fn a_request_is_made_as_the_vendor_documents_it() {
    let (vendor, records) = Vendor::start(basic()).await;
    vendor.answers(200, "", json!({"id": "2042"}));
    assert_eq!(
        records.fetch(bamboo()).await.unwrap(),
        json!({"id": "2042"})
    );
    let asked = &vendor.asked()[0];
    let line = "GET /api/v1/employees/2042?fields=firstName%2CpreferredName%2C";
    assert!(
        asked.line.starts_with(line) && asked.line.ends_with("&onlyCurrent=true"),
        "{}",
        asked.line
    );
    assert_eq!(asked.header("authorization"), "Basic a2V5Ong=");
    assert_eq!(asked.header("accept"), "application/json");

    let merge = json!({"token": "API KEY", "headers": {"X-Account-Token": "linked"}});
    let (vendor, records) = Vendor::start(merge).await;
    vendor.answers(200, "", json!({"id": "0958"}));
    let body = json!({"hook": {"event": "Employee.changed"}, "data": {"id": "0958"}});
    records.fetch(notice("merge", &body).request).await.unwrap();
    let asked = &vendor.asked()[0];
    assert_eq!(asked.header("authorization"), "Bearer API KEY");
    assert_eq!(asked.header("x-account-token"), "linked");
}

#[tokio::test]
async fn several_requests_make_one_record() {
    let (vendor, records) = Vendor::start(json!({"token": "t"})).await;
    vendor.answers(200, "", json!({"responses": [{"code": 200}]}));
    vendor.answers(200, "", json!({"responses": [{"code": 202}]}));
    let body = json!({"event_type": "employment.updated", "data": {"individual_id": "f-1"}});
    let record = records.fetch(notice("finch", &body).request).await.unwrap();
    assert_eq!(record[1]["responses"][0]["code"], 202);
    let asked = vendor.asked();
    assert_eq!(asked[0].line, "POST /api/employer/employment");
    assert_eq!(asked[1].line, "POST /api/employer/individual");
    assert_eq!(asked[1].body, r#"{"requests":[{"individual_id":"f-1"}]}"#);
    assert_eq!(asked[1].header("content-type"), "application/json");
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_again_when_it_is_refused_before_its_time() {
    let (vendor, records) = Vendor::start(client()).await;
    // Personio's version 1 has the token in `data`.
    vendor.answers(
        200,
        "",
        json!({"success": true, "data": {"token": "one", "expires_in": 86400}}),
    );
    for _ in 0..3 {
        vendor.answers(200, "", json!({"success": true, "data": {}}));
        records.fetch(personio()).await.unwrap();
    }
    let asked = vendor.asked();
    let lines: Vec<&str> = asked.iter().map(|one| one.line.as_str()).collect();
    let record = "GET /api/v1/company/employees/4017";
    assert_eq!(lines, ["POST /token", record, record, record]);
    assert_eq!(
        asked[0].body,
        "grant_type=client_credentials&client_id=papi-1&client_secret=a%2Bb+c"
    );
    assert!(
        asked[1..]
            .iter()
            .all(|one| one.header("authorization") == "Bearer one")
    );

    let refused =
        json!({"success": false, "error": {"code": 0, "message": "The token is expired"}});
    vendor.answers(401, "", &refused);
    vendor.answers(
        200,
        "",
        json!({"access_token": "two", "token_type": "bearer", "expires_in": 3600}),
    );
    vendor.answers(200, "", json!({"success": true, "data": {}}));
    records.fetch(personio()).await.unwrap();
    assert_eq!(vendor.asked()[2].header("authorization"), "Bearer two");

    // One that was just given and is refused is not tried again: the key may not read this.
    vendor.answers(401, "", &refused);
    vendor.answers(200, "", json!({"access_token": "three"}));
    vendor.answers(401, "", &refused);
    let error = records.fetch(personio()).await.unwrap_err();
    assert!(matches!(error, RecordError::Unauthorized { .. }), "{error}");
    assert!(error.to_string().contains("`personio`"), "{error}");
    assert_eq!(vendor.asked().len(), 3);
}

#[tokio::test]
async fn a_token_that_lasts_for_seconds_is_not_kept() {
    let (vendor, records) = Vendor::start(client()).await;
    for _ in 0..2 {
        vendor.answers(200, "", json!({"access_token": "short", "expires_in": 30}));
        vendor.answers(200, "", json!({}));
        records.fetch(personio()).await.unwrap();
    }
    assert_eq!(
        vendor
            .asked()
            .iter()
            .filter(|one| one.line == "POST /token")
            .count(),
        2
    );
}

#[tokio::test]
async fn who_may_not_have_a_token_is_told_so() {
    let (vendor, records) = Vendor::start(client()).await;
    vendor.answers(
        403,
        "",
        json!({"success": false, "error": {"code": 0, "message": "Wrong credentials"}}),
    );
    let error = records.fetch(personio()).await.unwrap_err();
    assert!(matches!(error, RecordError::Unauthorized { .. }), "{error}");
    vendor.answers(200, "", json!({"error": "invalid_client"}));
    let error = records.fetch(personio()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the answer with a token has none"),
        "{error}"
    );
}

#[tokio::test]
async fn each_status_means_what_it_means() {
    let (vendor, records) = Vendor::start(basic()).await;
    let html = "<!DOCTYPE html><html><body>Ada Okafor, we are upgrading</body></html>";
    let cases = [
        (
            401,
            "x-bamboohr-error-message: Invalid API key",
            "",
            "Unauthorized",
        ),
        (403, "", "", "Unauthorized"),
        (404, "", "", "NotFound"),
        (410, "", "", "NotFound"),
        (
            429,
            "retry-after: 7",
            r#"{"detail":"Request was throttled."}"#,
            "Busy",
        ),
        (503, "retry-after: 120", html, "Busy"),
        (500, "", html, "Unreachable"),
        (502, "", html, "Unreachable"),
        (302, "location: https://login.example/", "", "Unreadable"),
        (400, "", "{}", "Unreadable"),
        // An error page that calls itself a success.
        (200, "content-type: text/html", html, "Unreadable"),
        (200, "content-type: application/json", "", "Unreadable"),
    ];
    for (status, header, body, kind) in cases {
        vendor.answers(status, header, body);
        let error = records.fetch(bamboo()).await.unwrap_err();
        assert!(
            format!("{error:?}").starts_with(kind),
            "{status}: {error:?}"
        );
        let text = error.to_string();
        assert!(
            text.contains("2042") && !text.contains("Ada") && !text.contains("key:"),
            "{text}"
        );
        if let RecordError::Busy { retry_after, .. } = error {
            assert_eq!(retry_after, Some(if status == 429 { 7 } else { 120 }));
        }
    }
    assert_eq!(
        vendor.asked().len(),
        12,
        "nothing is followed, and nothing is tried again"
    );
}

#[tokio::test]
async fn a_record_of_one_person_is_not_longer_than_a_mebibyte_and_a_list_may_be() {
    let (vendor, records) = Vendor::start(basic()).await;
    let long = json!({ "id": "2042", "notes": "x".repeat(1024 * 1024) }).to_string();
    vendor.answers(200, "", &long);
    let error = records.fetch(bamboo()).await.unwrap_err();
    assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
    vendor.answers(200, "", &long);
    let list = RecordRequest {
        list: true,
        ..bamboo()
    };
    assert!(records.fetch(list).await.is_ok());
}

#[tokio::test]
async fn without_a_usable_secret_nobody_is_asked() {
    let api = |text: &str| Ok(Some(text.to_owned()));
    let cases = [
        (Ok(None), "records/bamboohr is not set", false),
        (
            api("{"),
            "records/bamboohr is not as documented (line 1",
            false,
        ),
        (
            api(r#"{"address": "https://a.example", "secret": "hunter2"}"#),
            "is not as documented",
            false,
        ),
        (
            api(r#"{"address": "http://a.example", "token": "hunter2"}"#),
            "without encryption",
            false,
        ),
        (Err(Failure::Busy("throttled".into())), "throttled", true),
    ];
    for (secret, says, passing) in cases {
        let error = reader(secret).fetch(bamboo()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(says) && !text.contains("hunter2"), "{text}");
        assert_eq!(error.is_passing(), passing, "{text}");
    }
    // Nobody listens there.
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let secret = json!({"address": format!("http://{address}"), "token": "hunter2"});
    let error = reader(api(&secret.to_string()))
        .fetch(bamboo())
        .await
        .unwrap_err();
    assert!(matches!(error, RecordError::Unreachable { .. }), "{error}");
    assert!(!error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_key_goes_to_no_other_host_than_the_api_s_whatever_a_path_says() {
    let (here, _) = Vendor::start(basic()).await;
    let (elsewhere, _) = Vendor::start(basic()).await;
    let api = json!({"address": format!("http://{}", here.at), "username": "key"});
    let records = reader(Ok(Some(api.to_string())));
    here.answers(200, "", json!({}));
    let request = RecordRequest {
        path: format!("@{}/x", elsewhere.at),
        ..bamboo()
    };
    records.fetch(request).await.unwrap();
    assert!(here.asked()[0].line.starts_with("GET /@"));
    assert!(elsewhere.asked().is_empty());
}
