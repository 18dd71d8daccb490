//! Events as the scenarios and the catalogue write them: days of March 2027, and people by name.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::HeardKind;
use latchkey_lifecycle::{EmployeeId, PersonDraft, Unread};
use latchkey_story::Heard;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Day n is the nth of March 2027.
const BASE: Date = Date::constant(2027, 2, 28);

pub(crate) fn day(n: i64) -> Date {
    BASE.saturating_add(n.days())
}

/// A number, or an ISO date.
pub(crate) fn day_of(raw: &Value) -> Option<Date> {
    match raw {
        Value::Null => None,
        Value::Number(n) => Some(day(n.as_i64().unwrap())),
        other => Some(other.as_str().unwrap().parse().unwrap()),
    }
}

/// 12 is day 12 at 09:00; `12 14:30`; or an ISO instant.
fn instant(raw: &Value) -> Timestamp {
    let at = |n: i64, hour: i8, minute: i8| {
        let there = day(n)
            .at(hour, minute, 0, 0)
            .to_zoned(TimeZone::UTC)
            .unwrap();
        there.timestamp()
    };
    match raw {
        Value::Number(n) => at(n.as_i64().unwrap(), 9, 0),
        other => {
            let text = other.as_str().unwrap();
            if text.contains('T') {
                return text.parse().unwrap();
            }
            let (day, time) = text.split_once(' ').unwrap();
            let (hour, minute) = time.split_once(':').unwrap();
            at(
                day.parse().unwrap(),
                hour.parse().unwrap(),
                minute.parse().unwrap(),
            )
        }
    }
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    pub(crate) kind: HeardKind,
    pub(crate) id: String,
    pub(crate) at: Value,
    #[serde(default)]
    pub(crate) received: Value,
    #[serde(default)]
    pub(crate) day: Value,
    #[serde(default)]
    pub(crate) start_date: Value,
    #[serde(default)]
    pub(crate) last_day: Value,
    #[serde(default)]
    pub(crate) person: Value,
    #[serde(default)]
    pub(crate) previous_id: Option<String>,
    #[serde(default)]
    pub(crate) unread: Vec<String>,
}

pub(crate) type People = BTreeMap<String, Map<String, Value>>;

#[derive(Deserialize)]
pub(crate) struct Scenarios {
    #[allow(dead_code)]
    about: String,
    pub(crate) people: People,
    pub(crate) scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    #[allow(dead_code)]
    why: String,
    pub(crate) events: Vec<Raw>,
    pub(crate) cases: Vec<Vec<Value>>,
    pub(crate) asks: Vec<[String; 2]>,
    pub(crate) access: Vec<(String, Value, String)>,
}

pub(crate) static SCENARIOS: LazyLock<Scenarios> =
    LazyLock::new(|| serde_json::from_str(include_str!("../model/scenarios.json")).unwrap());

pub(crate) static CATALOGUE: LazyLock<Vec<Heard>> = LazyLock::new(|| {
    let raw: Vec<Raw> = serde_json::from_str(include_str!("../model/catalogue.json")).unwrap();
    raw.iter().map(heard).collect()
});

pub(crate) fn id(text: &str) -> EmployeeId {
    EmployeeId::new(text).unwrap()
}

/// The names of fields in scenarios and model are those of the record, with underscores.
fn draft(fields: &Map<String, Value>) -> PersonDraft {
    let camel = |name: &str| {
        let mut words = name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        words.fold(first, |all, word| {
            all + &word[..1].to_uppercase() + &word[1..]
        })
    };
    let fields = fields
        .iter()
        .map(|(name, value)| (camel(name), value.clone()));
    serde_json::from_value(Value::Object(fields.collect())).unwrap()
}

pub(crate) fn heard(raw: &Raw) -> Heard {
    let mut fields = Map::new();
    let parts = match &raw.person {
        Value::Array(parts) => parts.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    for part in parts {
        match part {
            Value::String(name) => fields.extend(SCENARIOS.people[&name].clone()),
            other => fields.extend(other.as_object().unwrap().clone()),
        }
    }
    let same = fields.remove("same").map(|same| same == "yes");
    let unread = raw.unread.iter().map(|field| Unread {
        field: field.replace('_', " "),
        place: "the payload".to_owned(),
        wanted: "a text".to_owned(),
    });
    let at = instant(&raw.at);
    Heard {
        kind: raw.kind,
        employee_id: id(&raw.id),
        source: "generic".to_owned(),
        delivery_id: "1".to_owned(),
        occurred_at: at,
        received_at: if raw.received.is_null() {
            at
        } else {
            instant(&raw.received)
        },
        effective: day_of(&raw.day),
        person: PersonDraft {
            start_date: day_of(&raw.start_date),
            last_day: day_of(&raw.last_day),
            previous_id: raw.previous_id.as_deref().map(id),
            unread: unread.collect(),
            ..draft(&fields)
        },
        same,
        reason: None,
        confirmed_by: None,
    }
}

/// An event in a few words, for messages.
pub(crate) fn in_short(event: &Heard) -> String {
    let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
    format!(
        "{} {} {} (at {}, received {}, previous {:?}, told {:?})",
        event.kind,
        event.employee_id,
        day(event.effective),
        event.occurred_at,
        event.received_at,
        event.person.previous_id.as_ref().map(EmployeeId::as_str),
        serde_json::to_string(&event.person).unwrap()
    )
}
