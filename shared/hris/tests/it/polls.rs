//! What vendors' APIs tell of changes, page by page.

use std::fs;

use jiff::Timestamp;
use latchkey_hris::{
    Asked, Change, Page, Poll, RecordError, RecordRequest, Source, Translation, source,
};
use serde_json::{Value, json};

use crate::vendor::now;

fn since() -> Timestamp {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn of(name: &str) -> (&'static dyn Source, &'static dyn Poll) {
    let source = source(name).unwrap();
    (source, source.poll().unwrap())
}

fn fixture(file: &str) -> Value {
    let path = format!("{}/../../events/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn read(name: &str, request: &RecordRequest, page: &Value) -> Result<Page, RecordError> {
    let asked = Asked {
        request,
        since: since(),
        begun: now(),
    };
    of(name).1.read(&asked, page)
}

/// What a change means for somebody who is known, or not.
fn told(name: &str, change: &Change, known: bool) -> Vec<String> {
    let (source, poll) = of(name);
    let told = match &change.told {
        Translation::NeedsRecord(notice) => {
            let notice = match known {
                true => notice.clone(),
                false => poll.of_stranger(notice.clone()),
            };
            let record = change.record.clone().unwrap();
            source.translate_record(&notice, &record).unwrap()
        }
        told => told.clone(),
    };
    let Translation::Events(events) = told else {
        return Vec::new();
    };
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |day| day.to_string());
    assert!(events.iter().all(|event| event.source == name));
    events
        .iter()
        .map(|event| format!("{} {}", event.kind, day(event.effective)))
        .collect()
}

fn asked_for<'a>(request: &'a RecordRequest, name: &str) -> Option<&'a str> {
    let found = request.query.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn bamboohr_tells_who_changed_in_the_order_of_their_changes() {
    let (_, poll) = of("bamboohr");
    let request = poll.first(since());
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", "/v1/employees/changed")
    );
    assert_eq!(asked_for(&request, "since"), Some("2026-11-23T06:00:00Z"));
    let page = read(
        "bamboohr",
        &request,
        &fixture("bamboohr/polls/changed.json"),
    )
    .unwrap();
    assert_eq!(page.next, None);
    let ids: Vec<&str> = page
        .changes
        .iter()
        .map(|c| c.employee_id.as_str())
        .collect();
    assert_eq!(ids, ["2017", "2021", "2099", "2042"]);
    assert_eq!(
        page.changes[0].delivery_id,
        "poll-2017-2026-11-23T06:10:00Z"
    );
    assert_eq!(
        told("bamboohr", &page.changes[2], true),
        ["hire_rescinded "]
    );
    // The record of somebody new is read with what is future-dated, that of everybody else as it is.
    let Translation::NeedsRecord(notice) = &page.changes[3].told else {
        panic!("the record is read");
    };
    assert_eq!(asked_for(&notice.request, "onlyCurrent"), Some("true"));
    let new = poll.of_stranger(notice.clone());
    assert_eq!(asked_for(&new.request, "onlyCurrent"), Some("false"));
    // Nobody is a list, as PHP writes an object without names.
    let nobody = json!({"latest": "2026-11-23T06:40:00+00:00", "employees": []});
    assert!(
        read("bamboohr", &request, &nobody)
            .unwrap()
            .changes
            .is_empty()
    );
}

#[test]
fn a_record_that_a_poll_comes_upon_is_read_as_that_of_somebody_known_or_new() {
    let (source, poll) = of("bamboohr");
    let page = read(
        "bamboohr",
        &poll.first(since()),
        &fixture("bamboohr/polls/changed.json"),
    );
    let changes = page.unwrap().changes;
    let events = |change: &Change, record: &str, known: bool| {
        let record = Some(fixture(&format!("bamboohr/records/{record}.json")));
        told(
            "bamboohr",
            &Change {
                record,
                ..change.clone()
            },
            known,
        )
    };
    assert_eq!(source.name(), "bamboohr");
    assert_eq!(events(&changes[3], "created", false), ["hire 2026-12-07"]);
    assert_eq!(events(&changes[3], "created", true), ["hire 2026-12-07"]);
    assert_eq!(
        events(&changes[0], "updated", true),
        ["transfer 2026-11-23"]
    );
    assert!(
        events(&changes[0], "updated", false).is_empty(),
        "here since 2022"
    );
    assert_eq!(events(&changes[1], "terminated", true), ["exit 2026-12-18"]);
    assert!(events(&changes[1], "terminated", false).is_empty());
}

#[test]
fn bob_tells_of_everybody_at_once() {
    let (_, poll) = of("hibob");
    let request = poll.first(since());
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("POST", "/v1/people/search")
    );
    assert_eq!(request.body.as_ref().unwrap()["showInactive"], true);
    let page = read("hibob", &request, &fixture("hibob/polls/everybody.json")).unwrap();
    assert_eq!((page.changes.len(), page.next), (3, None));
    let all: Vec<Vec<String>> = page
        .changes
        .iter()
        .map(|c| told("hibob", c, true))
        .collect();
    assert_eq!(all[0], ["hire 2026-12-07"]);
    assert_eq!(all[1], ["transfer 2026-11-23"]);
    assert_eq!(all[2], ["transfer 2026-11-23", "exit 2026-12-18"]);
    // Nobody knows her, and she leaves.
    assert_eq!(told("hibob", &page.changes[2], false), ["exit 2026-12-18"]);
    let again = read("hibob", &request, &fixture("hibob/polls/everybody.json")).unwrap();
    assert_eq!(again.changes[0].delivery_id, page.changes[0].delivery_id);
}

#[test]
fn personio_tells_page_by_page_from_a_day_before() {
    let (_, poll) = of("personio");
    let request = poll.first(since());
    assert_eq!(
        asked_for(&request, "updated_since"),
        Some("2026-11-22T06:00:00")
    );
    let first = read("personio", &request, &fixture("personio/polls/first.json")).unwrap();
    let next = first.next.unwrap();
    assert_eq!(
        (asked_for(&next, "offset"), asked_for(&next, "limit")),
        (Some("2"), Some("100"))
    );
    assert_eq!(
        asked_for(&next, "updated_since"),
        Some("2026-11-22T06:00:00")
    );
    let second = read("personio", &next, &fixture("personio/polls/second.json")).unwrap();
    assert_eq!(second.next, None);
    assert_eq!(
        first.changes[0].delivery_id,
        "poll-4042-2026-11-23T06:40:00Z"
    );
    assert_eq!(
        told("personio", &first.changes[0], false),
        ["hire 2026-12-07"]
    );
    assert_eq!(
        told("personio", &first.changes[1], true),
        ["transfer 2026-11-23"]
    );
    assert!(
        told("personio", &second.changes[0], true)
            .iter()
            .any(|e| e.starts_with("exit "))
    );
}

#[test]
fn merge_tells_page_by_page_and_of_what_was_deleted() {
    let (_, poll) = of("merge");
    let request = poll.first(since());
    assert_eq!(
        asked_for(&request, "modified_after"),
        Some("2026-11-23T06:00:00Z")
    );
    let first = read("merge", &request, &fixture("merge/polls/first.json")).unwrap();
    let next = first.next.unwrap();
    assert!(asked_for(&next, "cursor").unwrap().starts_with("cD0y"));
    assert_eq!(
        asked_for(&next, "modified_after"),
        Some("2026-11-23T06:00:00Z")
    );
    let second = read("merge", &next, &fixture("merge/polls/second.json")).unwrap();
    assert_eq!(second.next, None);
    assert_eq!(told("merge", &first.changes[0], false), ["hire 2026-12-07"]);
    assert_eq!(told("merge", &second.changes[1], true), ["hire_rescinded "]);
}

#[test]
fn a_page_that_is_not_as_documented_is_refused_and_not_taken_for_an_empty_one() {
    for name in ["bamboohr", "hibob", "merge", "personio"] {
        let request = of(name).1.first(since());
        for page in [
            json!(null),
            json!({}),
            json!({"error": "no"}),
            json!({"data": 7}),
        ] {
            let refused = read(name, &request, &page);
            assert!(
                matches!(refused, Err(RecordError::Unreadable { .. })),
                "{name} {page}"
            );
        }
        let bad = [
            json!({"employees": [{"id": "../admin"}]}),
            json!({"results": [{"id": null}]}),
            json!({"data": [{"attributes": {}}]}),
        ];
        assert!(
            bad.iter().all(|page| read(name, &request, page).is_err()),
            "{name}"
        );
    }
}
