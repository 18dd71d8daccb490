//! Any HR system, or a script: Standard Webhooks with a payload of our own.
//!
//! Payload: `events/generic/schema.json`, generated from the types here.

use http::HeaderMap;
use jiff::{Timestamp, civil::Date};
use latchkey_lifecycle::{EmployeeId, Event, EventKind, PersonDraft};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::typed;
use crate::{
    Authentic, Delivery, Outgoing, Refusal, Source, SourceSecret, Translation,
    standard_webhooks::StandardWebhooks, translation::shortened,
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
        let payload = read(payload)?;
        let GenericData {
            employee_id,
            effective_date,
            reason,
            person,
        } = payload.data;
        let mut person = draft(employee_id, person);
        // The date of a hire and of an exit may stand in either place; both are then filled.
        let effective = match kind {
            EventKind::Hire | EventKind::Rehire => {
                person.start_date = effective_date.or(person.start_date);
                person.start_date
            }
            EventKind::Exit | EventKind::UrgentExit => {
                person.last_day = effective_date.or(person.last_day);
                person.last_day
            }
            _ => effective_date,
        };
        Ok(Translation::Events(vec![Event {
            kind,
            source: NAME.to_owned(),
            delivery_id: authentic.delivery_id.clone(),
            occurred_at: payload.timestamp.unwrap_or(authentic.timestamp),
            effective,
            person,
            reason: reason.filter(|text| !text.trim().is_empty()),
            confirmed_by: payload
                .confirmed_by
                .map(|name| shortened(name.trim()))
                .filter(|name| !name.is_empty()),
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

/// The payload's types, or a refusal that names every part that does not fit, without its value.
fn read(payload: Value) -> Result<GenericPayload, Refusal> {
    serde_json::from_value(payload.clone()).map_err(|error| {
        let mut problems = misfits(&payload);
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
            problems.push(format!("`{place}`: {}", without_values(&error.to_string())));
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

/// A parser's message without the values that it quotes: they can be personal.
fn without_values(message: &str) -> String {
    let parts = message.split('"').enumerate();
    parts
        .map(|(n, part)| if n % 2 == 0 { part } else { "\u{2026}" })
        .collect()
}

fn draft(employee_id: EmployeeId, person: GenericPerson) -> PersonDraft {
    PersonDraft {
        employee_id: Some(employee_id),
        given_name: person.given_name,
        family_name: person.family_name,
        work_email: person.work_email,
        personal_email: person.personal_email,
        department: person.department,
        title: person.title,
        level: person.level,
        employment_type: person.employment_type,
        country: person.country,
        location: person.location,
        time_zone: person.time_zone,
        manager: person.manager,
        manager_email: person.manager_email,
        start_date: person.start_date,
        last_day: person.last_day,
        previous_id: person.previous_employee_id,
    }
}
