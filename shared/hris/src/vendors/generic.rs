//! Any HR system, or a script: Standard Webhooks with a payload of our own.
//!
//! Payload: `events/generic/schema.json`, generated from the types here.

use http::HeaderMap;
use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{EmployeeId, Event, EventKind, shown::without_values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::typed;
use crate::{
    Authentic, Delivery, Outgoing, Refusal, Source, SourceSecret, Translation,
    normalise::{DAY, Reading, Told, is_blank, text, told},
    record_fields::id_at,
    standard_webhooks::StandardWebhooks,
    translation::shortened,
};

const NAME: &str = "generic";
const SCHEME: StandardWebhooks = StandardWebhooks {
    source_name: NAME,
    id: "webhook-id",
    timestamp: "webhook-timestamp",
    signature: "webhook-signature",
};

/// The body of a `generic` webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "Latchkey's generic HR webhook")]
pub struct GenericPayload {
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: GenericType,
    /// When HR confirmed it (RFC 3339, with an offset). When absent, the time of sending counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Timestamp>,
    /// Who confirmed it, by name. The audit trail names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<String>,
    /// To whom, from when, and what HR knows of the person.
    pub data: GenericData,
}

/// What happened, in the `type` of a `generic` webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GenericType {
    /// Somebody will start.
    #[serde(rename = "person.hired")]
    Hired,
    /// Department, title, level, place or manager changes.
    #[serde(rename = "person.transferred")]
    Transferred,
    /// Somebody will leave, on a planned last day.
    #[serde(rename = "person.exiting")]
    Exiting,
    /// Somebody has to be cut off now.
    #[serde(rename = "person.exit.urgent")]
    UrgentExit,
    /// The start date or last day moved.
    #[serde(rename = "person.date_moved")]
    DateMoved,
    /// A confirmed hire will not happen.
    #[serde(rename = "person.hire_rescinded")]
    HireRescinded,
    /// A confirmed exit will not happen.
    #[serde(rename = "person.exit_withdrawn")]
    ExitWithdrawn,
    /// Somebody who left comes back.
    #[serde(rename = "person.rehired")]
    Rehired,
    /// Somebody is away for a time, from the effective date on.
    #[serde(rename = "person.leave_started")]
    LeaveStarted,
    /// Somebody who was away is back on the effective date, or does not go.
    #[serde(rename = "person.leave_ended")]
    LeaveEnded,
}

impl GenericType {
    /// The name and the kind of every type, in the order of the documentation.
    pub const ALL: [(&'static str, EventKind); 10] = [
        ("person.hired", EventKind::Hire),
        ("person.transferred", EventKind::Transfer),
        ("person.exiting", EventKind::Exit),
        ("person.exit.urgent", EventKind::UrgentExit),
        ("person.date_moved", EventKind::DateMoved),
        ("person.hire_rescinded", EventKind::HireRescinded),
        ("person.exit_withdrawn", EventKind::ExitWithdrawn),
        ("person.rehired", EventKind::Rehire),
        ("person.leave_started", EventKind::Leave),
        ("person.leave_ended", EventKind::Return),
    ];
}

/// The `data` of a `generic` webhook. Only the employee id has to be there; HR is asked for what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GenericData {
    /// The HR system's identifier of the person. It never changes.
    pub employee_id: EmployeeId,
    /// Start date, day of transfer, or last day, in the person's time zone (`2026-12-07`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<Date>,
    /// Why, in HR's words. Owners of tasks see it; systems do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What HR knows of the person after the event. Leave out what the event does not touch.
    #[serde(default)]
    pub person: GenericPerson,
}

/// The `data.person` of a `generic` webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GenericPerson {
    /// Given name as the person writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name as the person writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Work e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_email: Option<String>,
    /// Private e-mail address, for what must reach the person before day one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_email: Option<String>,
    /// Department, as the runbook names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Job level or grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// `employee`, `contractor`, `intern`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employment_type: Option<String>,
    /// ISO 3166-1 alpha-2 country of work, e.g. `DE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Office, or `remote`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// IANA time zone of work, e.g. `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The manager's employee id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<EmployeeId>,
    /// The manager's work e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager_email: Option<String>,
    /// First day of work, where the event is not the hire itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Date>,
    /// Last day of work, where the event is not the exit itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_day: Option<Date>,
    /// The id under which the HR system knew the person before: a contractor who becomes an employee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_employee_id: Option<EmployeeId>,
}

/// A person's fields by their documented names, and what a `generic` webhook and a mapping call them.
pub(crate) const PERSON: [(&str, &str); 16] = [
    ("givenName", "given_name"),
    ("familyName", "family_name"),
    ("workEmail", "work_email"),
    ("personalEmail", "personal_email"),
    ("department", "department"),
    ("title", "title"),
    ("level", "level"),
    ("employmentType", "employment_type"),
    ("country", "country"),
    ("location", "location"),
    ("timeZone", "time_zone"),
    ("manager", "manager"),
    ("managerEmail", "manager_email"),
    ("startDate", "start_date"),
    ("lastDay", "last_day"),
    ("previousId", "previous_employee_id"),
];

/// Standard Webhooks with a payload of our own.
pub(crate) struct Generic;

impl Source for Generic {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        SCHEME.authenticate(delivery, secret)
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let (event_type, payload) = typed(NAME, body, "see events/generic/schema.json")?;
        let Some((_, kind)) = GenericType::ALL
            .into_iter()
            .find(|(name, _)| *name == event_type)
        else {
            let known: Vec<&str> = GenericType::ALL.iter().map(|(name, _)| *name).collect();
            return Err(Refusal::UnknownEvent {
                event_type: shortened(&event_type),
                known: known.join(", "),
            });
        };
        let said = without_blanks(payload);
        let payload = read(&said)?;
        let employee = id_at(NAME, "data.employee_id", &said["data"]["employee_id"])?;
        let mut read = Reading::of(&employee);
        for (field, name) in PERSON {
            let place = format!("data.person.{name}");
            read = read.value(field, &place, &said["data"]["person"][name]);
        }
        let day = ("data.effective_date", &said["data"]["effective_date"]);
        let reason = ("data.reason", &said["data"]["reason"]);
        let Told {
            effective,
            reason,
            person,
        } = told(NAME, kind, day, reason, read.done())?;
        Ok(Translation::Events(vec![Event {
            kind,
            source: NAME.to_owned(),
            delivery_id: authentic.delivery_id.clone(),
            occurred_at: payload.timestamp.unwrap_or(authentic.timestamp),
            effective,
            person,
            reason,
            confirmed_by: text(&said["confirmed_by"]).map(|name| shortened(&name)),
        }]))
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        SCHEME.sign(secret, outgoing)
    }
}

/// The JSON Schema of a `generic` webhook (draft 2020-12). `events/generic/schema.json` is a copy.
pub fn generic_schema() -> Value {
    schemars::schema_for!(GenericPayload).to_value()
}

/// The payload without blank values, which say nothing. An empty name stays: it is one that the person has not.
fn without_blanks(mut payload: Value) -> Value {
    let says = |name: &str, value: &Value| {
        let is_name = matches!(name, "given_name" | "family_name");
        is_name || !value.as_str().is_some_and(is_blank)
    };
    for place in ["/data", "/data/person"] {
        if let Some(Value::Object(entries)) = payload.pointer_mut(place) {
            entries.retain(|name, value| says(name, value));
        }
    }
    payload
}

/// The payload's types, or a refusal that names every part that does not fit, without its value.
fn read(payload: &Value) -> Result<GenericPayload, Refusal> {
    serde_json::from_value(payload.clone()).map_err(|error| {
        let mut problems = misfits(payload);
        if problems.is_empty() {
            problems.push(without_values(&error.to_string()));
        }
        Refusal::Unreadable {
            source_name: NAME,
            problem: format!("{}; see events/generic/schema.json", problems.join("; ")),
        }
    })
}

/// Which parts do not fit, each tried by itself.
fn misfits(payload: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut attempt = |place: String, data: Value| {
        if let Err(error) = serde_json::from_value::<GenericData>(data) {
            problems.push(match place.rsplit('.').next() {
                Some("effective_date" | "start_date" | "last_day") => {
                    format!("`{place}` has to be {DAY}")
                }
                _ => format!("`{place}`: {}", without_values(&error.to_string())),
            });
        }
    };
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let data = entries(&payload["data"]);
    for (name, value) in &data {
        if name != "person" {
            let mut one = json!({ "employee_id": "x" });
            one[name.as_str()] = value.clone();
            attempt(format!("data.{}", shortened(name)), one);
        }
    }
    for (name, value) in entries(&payload["data"]["person"]) {
        let place = format!("data.person.{}", shortened(&name));
        attempt(
            place,
            json!({ "employee_id": "x", "person": { name: value } }),
        );
    }
    if !data.contains_key("employee_id") {
        problems.push("`data.employee_id` is missing".to_owned());
    }
    problems
}
