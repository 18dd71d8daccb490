//! Events that nobody has written down.

use latchkey_lifecycle::HeardKind;
use latchkey_story::Heard;
use serde_json::{Value, json};

use crate::{
    chance::Chance,
    events::{Raw, heard},
};

/// Any events at all: three ids, any kind, any day, any record, previous ids in circles, clocks ahead, several at one
/// instant.
pub(crate) fn any_event(chance: &mut Chance) -> Heard {
    let kinds = [
        "identity",
        "there",
        "hire",
        "hire",
        "rehire",
        "transfer",
        "exit",
        "urgent_exit",
        "date_moved",
        "hire_rescinded",
        "exit_withdrawn",
        "leave",
        "return",
    ];
    let at = chance.between(1, 30);
    let mut raw = Raw {
        kind: serde_json::from_value(json!(chance.one(&kinds))).unwrap(),
        id: (*chance.one(&["A", "A", "A", "B", "B", "C"])).to_owned(),
        at: json!(format!("{at} {:02}:00", chance.between(8, 11))),
        received: Value::Null,
        day: Value::Null,
        start_date: Value::Null,
        last_day: Value::Null,
        person: Value::Null,
        previous_id: None,
        unread: Vec::new(),
    };
    if chance.percent(75) {
        raw.day = json!((at + chance.between(-9, 20)).max(1));
    }
    if chance.percent(30) {
        raw.previous_id = Some((*chance.one(&["A", "B", "C"])).to_owned());
    }
    if chance.percent(20) {
        raw.start_date = raw.day.clone();
    } else if chance.percent(20) {
        raw.last_day = raw.day.clone();
    }
    if chance.percent(20) {
        raw.day = Value::Null;
    }
    if chance.percent(8) {
        raw.received = json!(chance.between(1, at));
    }
    if chance.percent(8) {
        let fields = [
            "title",
            "level",
            "manager",
            "country",
            "start_date",
            "last_day",
            "effective_date",
        ];
        raw.unread = vec![(*chance.one(&fields)).to_owned()];
    }
    let people = [
        json!(["ines", "sales"]),
        json!(["ines", "sales contractor"]),
        json!(["ines", "finance", { "employment_type": "employee" }]),
        json!(["sales"]),
        json!(["finance"]),
        json!(["other", "sales"]),
        json!({}),
        json!({ "level": "L5" }),
        json!({ "manager_email": "b@acme.example", "work_email": "a@acme.example" }),
        json!(["ines", { "given_name": "" }]),
    ];
    raw.person = match raw.kind {
        HeardKind::Identity => json!({ "same": chance.one(&["yes", "no"]) }),
        _ => chance.one(&people).clone(),
    };
    heard(&raw)
}
