//! Sources that the company describes in a file.

use std::{collections::BTreeMap, fs, path::PathBuf};

use http::HeaderValue;
use jiff::SignedDuration;
use latchkey_hris::{
    Authentic, Delivery, MapSource, Outgoing, Refusal, Source, SourceSecret, Translation,
};
use latchkey_lifecycle::EventKind;
use serde_json::json;

use crate::vendor::now;

fn sample(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events/map");
    fs::read_to_string(path.join(file)).unwrap()
}

fn papaya() -> MapSource {
    MapSource::read(
        "papaya",
        "source-papaya.yaml",
        &sample("source-papaya.yaml"),
    )
    .unwrap()
}

fn secret() -> SourceSecret {
    SourceSecret::new("a secret that only the vendor and we know")
}

fn signed(source: &MapSource, body: &[u8], seconds_ago: i64) -> Result<Authentic, Refusal> {
    let ago = SignedDuration::from_secs(seconds_ago);
    let sent_at = now().checked_sub(ago).unwrap();
    let outgoing = Outgoing {
        id: "msg_1",
        sent_at,
        body,
    };
    let headers = source.sign(&secret(), &outgoing)?;
    let delivery = Delivery {
        headers: &headers,
        body,
        now: now(),
    };
    source.authenticate(&delivery, &secret())
}

fn told(source: &MapSource, body: &str) -> Result<Translation, Refusal> {
    let authentic = signed(source, body.as_bytes(), 0).unwrap();
    source.translate(&authentic, body.as_bytes())
}

/// The mistakes, as they are shown.
fn wrong(text: &str) -> Vec<String> {
    let problems = MapSource::read("x", "source-x.yaml", text).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_sample_says_what_its_payload_is() {
    let Translation::Events(events) = told(&papaya(), &sample("joined.json")).unwrap() else {
        panic!("no event");
    };
    insta::assert_json_snapshot!(events);
}

#[test]
fn its_signature_is_the_one_that_pythons_hmac_makes() {
    let outgoing = Outgoing {
        id: "",
        sent_at: now(),
        body: "{\"a\":\"\u{e9}\"}".as_bytes(),
    };
    let headers = papaya().sign(&secret(), &outgoing).unwrap();
    assert_eq!(headers["x-papaya-time"], "1795428000");
    assert_eq!(headers["x-papaya-signature"], VECTOR);
}

#[test]
fn a_wrong_old_or_changed_delivery_is_refused() {
    let source = papaya();
    let body = br#"{"delivery":"d-1"}"#;
    assert_eq!(signed(&source, body, 300).unwrap().delivery_id, "d-1");
    assert_eq!(signed(&source, body, 301).unwrap_err().status(), 401);
    assert_eq!(signed(&source, body, -301).unwrap_err().status(), 401);
    let outgoing = Outgoing {
        id: "",
        sent_at: now(),
        body,
    };
    let right = source.sign(&secret(), &outgoing).unwrap();
    for (header, value) in [
        ("x-papaya-signature", "sha256=00"),
        ("x-papaya-time", "1795428001"),
    ] {
        let mut headers = right.clone();
        headers.insert(header, HeaderValue::from_static(value));
        let delivery = Delivery {
            headers: &headers,
            body,
            now: now(),
        };
        let refusal = source.authenticate(&delivery, &secret()).unwrap_err();
        assert_eq!(refusal.status(), 401, "{header}");
    }
    let delivery = Delivery {
        headers: &right,
        body: b"{}",
        now: now(),
    };
    assert_eq!(
        source
            .authenticate(&delivery, &secret())
            .unwrap_err()
            .status(),
        401
    );
    let empty = SourceSecret::new("");
    assert_eq!(
        source.authenticate(&delivery, &empty).unwrap_err().status(),
        500
    );
}

#[test]
fn what_is_not_known_is_a_note_and_what_does_not_fit_is_named_without_its_value() {
    let note = |body: &str| matches!(told(&papaya(), body), Ok(Translation::Nothing { .. }));
    let knighted = told(
        &papaya(),
        r#"{"what":"worker/knighted","worker":{"number":1042}}"#,
    );
    let Ok(Translation::Unknown { events, unknown }) = knighted else {
        panic!("{knighted:?}");
    };
    assert!(events.is_empty());
    let one = &unknown[0];
    assert_eq!(
        (one.name.as_str(), one.described),
        ("worker/knighted", true)
    );
    assert_eq!(one.employee_id, "1042".parse().ok());
    assert!(note(r#"{"what":"worker/birthday"}"#));
    let refused = |body: &str| told(&papaya(), body).unwrap_err();
    for (body, said) in [
        (r#"{}"#, "`what`"),
        (
            r#"{"what":"worker/left","confirmed":"2026-11-23T07:00:00Z"}"#,
            "`worker.number`",
        ),
        (
            r#"{"what":"worker/left","confirmed":"soon","worker":{"number":1}}"#,
            "`confirmed`",
        ),
    ] {
        let refusal = refused(body);
        assert_eq!(refusal.status(), 422);
        assert!(refusal.to_string().contains(said), "{refusal}");
        assert!(!refusal.to_string().contains("soon"), "{refusal}");
    }
    let authentic = signed(&papaya(), b"no json", 0).unwrap();
    assert_eq!(
        papaya()
            .translate(&authentic, b"no json")
            .unwrap_err()
            .status(),
        400
    );
}

#[test]
fn a_list_becomes_several_events_or_none() {
    let text = "signed: {by: token}\neach: rows\nevent: e\nevents: {h: hire, x: exit}\nat: t\nemployee: id\nday: d\n";
    let source = MapSource::read("list", "source-list.yaml", text).unwrap();
    let row =
        |event: &str, id: u32| json!({"e": event, "id": id, "t": 1795428000, "d": "2026-12-18"});
    let body = json!({"rows": [row("h", 1), row("x", 2)]}).to_string();
    let Ok(Translation::Events(events)) = told(&source, &body) else {
        panic!("no events");
    };
    let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::Hire, EventKind::Exit]);
    assert_ne!(events[0].delivery_id, events[1].delivery_id);
    assert_eq!(events[0].person.start_date, events[0].effective);
    assert_eq!(events[1].person.last_day, events[1].effective);
    assert_eq!(events[0].occurred_at, now());
    // One that is not understood neither gets lost among the others nor holds them up.
    let whole = events[1].delivery_id.clone();
    let body = json!({"rows": [row("h", 1), row("z", 2)]}).to_string();
    let Ok(Translation::Unknown { events, unknown }) = told(&source, &body) else {
        panic!("it is understood");
    };
    assert_eq!((events.len(), unknown.len()), (1, 1));
    assert_ne!(
        events[0].delivery_id, whole,
        "the delivery is welcome again"
    );
    assert_eq!(
        (unknown[0].name.as_str(), &unknown[0].employee_id),
        ("z", &"2".parse().ok())
    );
    assert_eq!(told(&source, "{}").unwrap_err().status(), 422);
}

#[test]
fn a_vendors_words_keep_their_own_text() {
    for word in [
        "on", "NO", "1.10", "007", "0x1F", "1e3", "12:30", "null", "~", "true", "101",
    ] {
        let text = format!(
            "signed: {{by: token}}\nevent: e\nevents: {{{word}: hire}}\nat: t\nemployee: id\n"
        );
        let source = MapSource::read("words", "source-words.yaml", &text).unwrap();
        let body = json!({"e": word, "id": 1, "t": 1795428000}).to_string();
        let told = told(&source, &body).unwrap();
        assert!(
            matches!(told, Translation::Events(events) if events.len() == 1),
            "{word}"
        );
    }
}

#[test]
fn every_mistake_is_said_at_once_with_its_place() {
    let problems = wrong(
        "signed: {by: magic}\nid: a..b\nevent: what\nevents:\n  gone: vanish\nemploye: x\nperson:\n  shoe_size: y\n",
    );
    insta::assert_json_snapshot!(problems);
}

#[test]
fn what_would_prove_nothing_is_a_mistake() {
    let rest = "\nat: t\nevent: e\nevents: {h: hire}\nemployee: id\n";
    for (signed, said) in [
        ("{by: hmac-sha256, header: x-s, over: '{x-t}'}", "{body}"),
        (
            "{by: hmac-sha256, header: x-s, time: x-t}",
            "proves no time",
        ),
        ("{by: hmac-sha256}", "`header` is missing"),
        ("{by: hmac-sha256, header: x-s, over: '{body'}", "no `}`"),
        ("{by: hmac-sha256, header: 'x s'}", "no name of a header"),
        (
            "{by: hmac-sha256, header: x-s, as: binary}",
            "`as` has to be",
        ),
        ("{header: x-s}", "`by` is missing"),
        ("plain", "named values"),
    ] {
        let problems = wrong(&format!("signed: {signed}{rest}"));
        assert!(
            problems.iter().any(|one| one.contains(said)),
            "{problems:?}"
        );
        assert!(problems.iter().all(|one| one.starts_with("source-x.yaml:")));
    }
    assert_eq!(
        wrong("a: [")[0],
        "source-x.yaml:1:4: `[` opens here and is not closed: `]` is missing"
    );
    assert!(wrong("")[0].starts_with("source-x.yaml:"));
    let neither = format!("signed: {{by: token}}{}", rest.replace("\nat: t", ""));
    assert!(wrong(&neither)[0].contains("`id` or `at`"));
    let none = format!("signed: {{by: token}}{}", rest.replace("hire", "nothing"));
    assert!(wrong(&none)[0].contains("no event becomes anything"));
}

#[test]
fn a_runbooks_files_name_their_sources() {
    for (file, name) in [
        ("source-papaya.yaml", Some("papaya")),
        ("sources/papaya.yaml", Some("papaya")),
        ("source-papaya.yml", Some("papaya")),
        ("source-.yaml", None),
        ("source-Papaya.yaml", None),
        ("runbook.yaml", None),
        ("source-papaya.csv", None),
    ] {
        assert_eq!(MapSource::name_in(file), name, "{file}");
    }
    let text = sample("source-papaya.yaml");
    let files = BTreeMap::from([("source-papaya.yaml".to_owned(), text)]);
    assert!(MapSource::among(&files, "papaya").unwrap().is_ok());
    assert!(MapSource::among(&files, "mango").is_none());
}

/// HMAC-SHA256 of `1795428000.` and the body, as `sha256=` and hexadecimal.
const VECTOR: &str = "sha256=5512181c493bdcba503dfeeec20b109b8ccf2bb0540226f34f0b4ff4172298ab";
