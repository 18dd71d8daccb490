//! HR systems that are asked what changed: taken in like webhooks, from where the last sweep got to, and nothing is
//! lost.

use std::{
    collections::BTreeMap,
    fs,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use latchkey_hris::{Outgoing, SourceSecret, source};
use latchkey_ledger::{Cursor, Shelf};
use latchkey_lifecycle::{Case, EmployeeId, EventKind, PersonDraft};
use latchkey_tests::{Rehearsal, acme};
use serde_json::{Value, json};
use sweep::Request;

/// An HR system's API, as far as it is asked.
#[derive(Default)]
struct Hr {
    /// What changed: id, action, instant.
    changes: Vec<(String, String, String)>,
    records: BTreeMap<String, Value>,
    everybody: Vec<Value>,
    /// The status that everything, or somebody's record, is answered with.
    down: Option<u16>,
    no_record: BTreeMap<String, u16>,
    /// Each request's path, and its query.
    asked: Vec<String>,
}

type Shared = Arc<Mutex<Hr>>;

fn answer(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn told(hr: &Shared, path: String) -> Option<Response> {
    let mut hr = hr.lock().unwrap();
    hr.asked.push(path);
    let status = StatusCode::from_u16(hr.down?).unwrap();
    Some((status, "<html>not now</html>").into_response())
}

async fn changed(State(hr): State<Shared>, RawQuery(query): RawQuery) -> Response {
    if let Some(no) = told(&hr, format!("changed?{}", query.unwrap_or_default())) {
        return no;
    }
    let changes = hr.lock().unwrap().changes.clone();
    let one = |(id, action, at): (String, String, String)| {
        (
            id.clone(),
            json!({"id": id, "action": action, "lastChanged": at}),
        )
    };
    let employees: serde_json::Map<String, Value> = changes.into_iter().map(one).collect();
    answer(&json!({"latest": "2026-11-23T07:00:00+00:00", "employees": employees}))
}

async fn record(State(hr): State<Shared>, Path(id): Path<String>) -> Response {
    if let Some(no) = told(&hr, id.clone()) {
        return no;
    }
    let hr = hr.lock().unwrap();
    match (hr.no_record.get(&id), hr.records.get(&id)) {
        (Some(status), _) => StatusCode::from_u16(*status).unwrap().into_response(),
        (None, Some(record)) => answer(record),
        (None, None) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn everybody(State(hr): State<Shared>) -> Response {
    if let Some(no) = told(&hr, "search".to_owned()) {
        return no;
    }
    let everybody = hr.lock().unwrap().everybody.clone();
    answer(&json!({ "employees": everybody }))
}

/// A company that asks `source` with each sweep.
async fn company(source: &str) -> (Rehearsal, Shared) {
    let hr = Shared::default();
    let routes = Router::new()
        .route("/v1/employees/changed", get(changed))
        .route("/v1/employees/{id}", get(record))
        .route("/v1/people/search", post(everybody))
        .with_state(Arc::clone(&hr));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let it = Rehearsal::of(&acme()).await;
    let api = json!({"address": address, "username": "key", "password": "x", "poll": true});
    it.stack
        .keys
        .set(&format!("records/{source}"), api)
        .unwrap();
    (it, hr)
}

fn fixture(file: &str) -> Value {
    let path = format!("{}/../events/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn has(hr: &Shared, id: &str, action: &str, at: &str, record: Option<&str>) {
    let mut hr = hr.lock().unwrap();
    let at = format!("2026-11-23T{at}+00:00");
    hr.changes.push((id.into(), action.into(), at));
    let record = record.map(|file| fixture(&format!("bamboohr/records/{file}.json")));
    hr.records
        .extend(record.map(|record| (id.to_owned(), record)));
}

async fn know(it: &Rehearsal, id: &str, title: &str) {
    let employee = EmployeeId::new(id).unwrap();
    let record = PersonDraft {
        employee_id: Some(employee.clone()),
        given_name: Some("Ines".into()),
        family_name: Some("Weber".into()),
        department: Some("Finance".into()),
        title: Some(title.into()),
        employment_type: Some("employee".into()),
        country: Some("DE".into()),
        start_date: "2020-03-01".parse().ok(),
        ..PersonDraft::default()
    };
    let as_of = "2026-11-20T07:00:00Z".parse().unwrap();
    it.stack
        .ledger
        .import_person(&employee, record, as_of)
        .await
        .unwrap();
}

async fn sweep(it: &Rehearsal) -> sweep::Asked {
    let report = sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    report.asked.into_iter().next().unwrap()
}

async fn cursor(it: &Rehearsal, source: &str) -> Cursor {
    it.stack.ledger.cursor(source).await.unwrap().item
}

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

async fn cases(it: &Rehearsal) -> Vec<(String, EventKind)> {
    let cases: Vec<Case> = it.stack.ledger.cases(Shelf::Open, 50).await.unwrap();
    let mut all: Vec<(String, EventKind)> = cases
        .iter()
        .map(|case| (case.employee_id.to_string(), case.kind))
        .collect();
    all.sort();
    all
}

fn asked(hr: &Shared) -> Vec<String> {
    std::mem::take(&mut hr.lock().unwrap().asked)
}

#[tokio::test]
async fn a_sweep_takes_in_what_changed_once_and_goes_on_from_there() {
    let (it, hr) = company("bamboohr").await;
    know(&it, "2017", "Accountant").await;
    know(&it, "2021", "Platform Engineer").await;
    has(&hr, "2042", "Inserted", "06:40:00", Some("created"));
    has(&hr, "2017", "Updated", "06:10:00", Some("updated"));
    has(&hr, "2021", "Updated", "06:20:00", Some("terminated"));
    // Nobody knows these two: one was deleted, the other has been here since 2022.
    has(&hr, "2099", "Deleted", "06:30:00", None);
    has(&hr, "2018", "Updated", "06:35:00", None);
    let mut old = fixture("bamboohr/records/updated.json");
    old["id"] = json!("2018");
    hr.lock().unwrap().records.insert("2018".into(), old);

    let first = sweep(&it).await;
    assert_eq!((first.changes, first.problem), (5, None));
    let expected = [
        ("2017".to_owned(), EventKind::Transfer),
        ("2021".to_owned(), EventKind::Exit),
        ("2042".to_owned(), EventKind::Hire),
    ];
    assert_eq!(cases(&it).await, expected);
    assert_eq!(asked(&hr)[0], "changed?since=2026-11-22T07%3A00%3A00Z");
    assert_eq!(cursor(&it, "bamboohr").await.since, Some(at("06:55:00")));

    it.clock.jump_to(it.later(1));
    let again = sweep(&it).await;
    assert_eq!((again.changes, again.news), (5, 0));
    // Who was taken in is not even read again.
    assert_eq!(
        asked(&hr),
        ["changed?since=2026-11-23T06%3A55%3A00Z", "2018"]
    );
    assert_eq!(cases(&it).await, expected);
    let dry = Request {
        dry_run: true,
        ..Request::default()
    };
    sweep::handle(&it.stack.sweep_deps(), &dry).await.unwrap();
    assert!(asked(&hr).is_empty(), "a dry run asks nobody");
}

#[tokio::test]
async fn a_last_day_that_is_known_without_an_exit_is_one() {
    let (it, hr) = company("bamboohr").await;
    let mut record = fixture("bamboohr/records/updated.json");
    record["terminationDate"] = json!("2026-12-18");
    let known = PersonDraft {
        employee_id: "2017".parse().ok(),
        last_day: "2026-12-18".parse().ok(),
        ..PersonDraft::default()
    };
    let as_of = "2026-11-20T07:00:00Z".parse().unwrap();
    let employee = EmployeeId::new("2017").unwrap();
    // As `latchkey import` takes people over.
    it.stack
        .ledger
        .import_person(&employee, known, as_of)
        .await
        .unwrap();
    has(&hr, "2017", "Updated", "06:10:00", None);
    hr.lock().unwrap().records.insert("2017".into(), record);
    sweep(&it).await;
    let exits = cases(&it).await;
    assert!(
        exits.contains(&("2017".to_owned(), EventKind::Exit)),
        "{exits:?}"
    );
    has(&hr, "2017", "Updated", "06:50:00", None);
    let before = cases(&it).await;
    it.clock.jump_to(it.later(1));
    sweep(&it).await;
    assert_eq!(cases(&it).await, before);
}

#[tokio::test]
async fn a_webhook_that_came_as_well_is_the_same_event_whichever_comes_first() {
    for webhook_first in [true, false] {
        let (it, hr) = company("bamboohr").await;
        has(&hr, "2042", "Inserted", "06:59:58", Some("created"));
        let secret = "a secret that only the vendor and we know";
        it.stack.keys.set("hooks/bamboohr", json!(secret)).unwrap();
        if !webhook_first {
            assert_eq!(sweep(&it).await.news, 1);
        }
        let body = fs::read(format!(
            "{}/../events/bamboohr/created.json",
            env!("CARGO_MANIFEST_DIR")
        ));
        let body = body.unwrap();
        let outgoing = Outgoing {
            id: "",
            sent_at: it.now(),
            body: &body,
        };
        let bamboo = source("bamboohr").unwrap();
        let headers = bamboo.sign(&SourceSecret::new(secret), &outgoing).unwrap();
        let reply =
            latchkey_decisions::receive(&it.stack.intake, "bamboohr", &headers, &body).await;
        assert_eq!(
            reply.status,
            if webhook_first { 202 } else { 200 },
            "{}",
            reply.body
        );
        if webhook_first {
            assert_eq!(sweep(&it).await.news, 0);
        }
        assert_eq!(cases(&it).await, [("2042".to_owned(), EventKind::Hire)]);
    }
}

#[tokio::test]
async fn what_could_not_be_read_is_where_the_next_sweep_begins_and_the_rest_is_taken_in() {
    let (it, hr) = company("bamboohr").await;
    know(&it, "2017", "Accountant").await;
    know(&it, "2021", "Platform Engineer").await;
    has(&hr, "2017", "Updated", "06:10:00", Some("updated"));
    has(&hr, "2021", "Updated", "06:20:00", Some("terminated"));
    has(&hr, "2042", "Inserted", "06:40:00", Some("created"));
    // One record that is broken holds nobody else up.
    hr.lock().unwrap().no_record.insert("2021".into(), 418);
    let first = sweep(&it).await;
    assert!(first.problem.unwrap().contains("2021"));
    assert_eq!(first.news, 2);
    assert_eq!(cursor(&it, "bamboohr").await.since, Some(at("06:20:00")));
    // When it is busy nobody is asked further.
    hr.lock().unwrap().no_record = [("2021".to_owned(), 429)].into();
    asked(&hr);
    it.clock.jump_to(it.later(1));
    assert_eq!(sweep(&it).await.news, 0);
    assert_eq!(
        asked(&hr),
        ["changed?since=2026-11-23T06%3A20%3A00Z", "2021"]
    );
    assert_eq!(cursor(&it, "bamboohr").await.since, Some(at("06:20:00")));
    hr.lock().unwrap().no_record.clear();
    it.clock.jump_to(it.later(1));
    assert_eq!(sweep(&it).await.news, 1);
    assert_eq!(
        cursor(&it, "bamboohr").await,
        Cursor {
            since: Some(at("08:55:00")),
            ..Cursor::default()
        }
    );
    assert_eq!(cases(&it).await.len(), 3);
}

#[tokio::test]
async fn operations_hear_of_a_source_that_fails_for_longer_than_a_day_once_a_day() {
    let (mut it, hr) = company("bamboohr").await;
    has(&hr, "2042", "Inserted", "06:40:00", Some("created"));
    hr.lock().unwrap().down = Some(401);
    let mut told = Vec::new();
    for hour in 0..60 {
        let asked = sweep(&it).await;
        assert!(asked.problem.unwrap().contains("refuses the API key"));
        it.hear().await.unwrap();
        let letters = it
            .letters
            .drain(..)
            .filter(|sent| sent.letter.subject.contains("bamboohr"));
        told.extend(letters.map(|sent| (hour, sent.letter)));
        it.clock.jump_to(it.later(1));
    }
    let hours: Vec<i32> = told.iter().map(|(hour, _)| *hour).collect();
    assert_eq!(hours, [25, 50]);
    let letter = &told[0].1;
    assert!(
        letter.text.contains("records/bamboohr") && letter.text.contains("Sun 22 Nov 2026"),
        "{}",
        letter.text
    );
    assert_eq!(
        cursor(&it, "bamboohr").await.since,
        Some("2026-11-22T07:00:00Z".parse().unwrap())
    );
    hr.lock().unwrap().down = None;
    assert_eq!(sweep(&it).await.news, 1);
    assert_eq!(cursor(&it, "bamboohr").await.failing_since, None);
}

#[tokio::test]
async fn a_list_of_everybody_is_compared_with_who_is_known() {
    let (it, hr) = company("hibob").await;
    let everybody = fixture("hibob/polls/everybody.json");
    hr.lock().unwrap().everybody = everybody["employees"].as_array().unwrap().clone();
    // Of the three only one is new; the others have been here for years, and nobody told of them. One of them leaves.
    assert_eq!(sweep(&it).await.news, 2);
    let (lena, eva) = ("3332883806147740143", "3332883806147740145");
    let (lena, eva) = (lena.to_owned(), eva.to_owned());
    let leaves = (eva.clone(), EventKind::Exit);
    assert_eq!(cases(&it).await, [(lena.clone(), EventKind::Hire), leaves]);
    it.clock.jump_to(it.later(1));
    assert_eq!(sweep(&it).await.news, 0);
    // Her last day is told; then moved, and moved back: three changes.
    for (day, news) in [
        ("2027-05-31", 1),
        ("2027-06-30", 1),
        ("2027-05-31", 1),
        ("2027-05-31", 0),
    ] {
        hr.lock().unwrap().everybody[0]["/employee/lastDayOfWork"] = json!({ "value": day });
        it.clock.jump_to(it.later(1));
        assert_eq!(sweep(&it).await.news, news, "{day}");
    }
    assert_eq!(
        cases(&it).await,
        [
            (lena.clone(), EventKind::Hire),
            (lena, EventKind::Exit),
            (eva, EventKind::Exit)
        ]
    );
    assert!(asked(&hr).iter().all(|path| path == "search"));
}

#[tokio::test]
async fn only_sources_that_are_to_be_asked_are() {
    let (it, hr) = company("bamboohr").await;
    let mut api: Value =
        serde_json::from_str(&it.stack.keys.text("records/bamboohr").unwrap().unwrap()).unwrap();
    api["poll"] = json!(false);
    it.stack.keys.set("records/bamboohr", api).unwrap();
    let report = sweep::handle(&it.stack.sweep_deps(), &Request::default())
        .await
        .unwrap();
    assert_eq!(report.asked, []);
    // A secret that cannot be read is said, and nobody else suffers from it.
    it.stack
        .keys
        .set("records/hibob", json!("no JSON"))
        .unwrap();
    let failed = sweep::handle(&it.stack.sweep_deps(), &Request::default()).await;
    assert!(failed.unwrap_err().to_string().contains("records/hibob"));
    assert!(asked(&hr).is_empty());
}
