//! Deel.
//!
//! - Payload and signature: <https://developer.deel.com/docs/webhooks-get-started>,
//!   <https://developer.deel.com/api/webhooks/quickstart>: HMAC-SHA256 of `POST` and the raw body, hexadecimal
//! - Events: <https://developer.deel.com/docs/webhook-event-types>. Those of a worker carry the id of the profile
//!   (<https://developer.deel.com/api/stable/reference/endpoints/hris/webhook-worker-v-2-updated>); those of a contract
//!   carry the contract's, and tell nothing that `worker.v2.updated` does not
//! - Record: <https://developer.deel.com/api/reference/endpoints/people/get-person-by-id>
//!
//! Nothing in a delivery stays the same when it is sent again, and which field changed is not told.

use http::HeaderMap;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::Value;

use super::{check_record, get, json, named, needs_record, none_of_ours};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, Refusal, Source, SourceSecret, Translation,
    delivery::signed_headers,
    normalise::{Reading, text},
    record_fields::{date, id_for_path, instant},
    signature::{check_hex_signature, hmac_sha256},
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "deel";
const SIGNATURE: &str = "x-deel-signature";

/// Events that concern nobody's access: <https://developer.deel.com/docs/webhook-event-types>. Those of contracts name
/// no person, and what they say of one comes as `worker.v2.updated`, too; the end of one may be somebody's all the
/// same.
const NOBODYS: &[&str] = &[
    "ats.",
    "contract.amended",
    "contract.created",
    "contract.duplicated",
    "contract.sign.",
    "invoice.",
    "timesheet.",
];

/// Deel's webhooks.
pub(crate) struct Deel;

impl Source for Deel {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_json()?;
        let right = signature_of(secret, delivery.body)?;
        check_hex_signature(delivery, NAME, SIGNATURE, &right)?;
        Ok(Authentic {
            delivery_id: delivery.body_id(),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = json(body)?;
        let otherwise = "Deel documents `data.meta`, `data.resource` and `timestamp`";
        let meta = &body["data"]["meta"];
        let change = named(NAME, "data.meta.event_type", &meta["event_type"], otherwise)?;
        let created = change.starts_with("employee.created.") || change == "worker.v2.created";
        let updated = change.starts_with("employee.updated.") || change == "worker.v2.updated";
        let deleted = change == "worker.v2.deleted";
        let ours = created || updated || deleted;
        let resource = match &body["data"]["resource"] {
            Value::Array(all) if ours && all.len() > 1 => {
                return Err(Refusal::Unreadable {
                    source_name: NAME,
                    problem: "`data.resource` has more than one worker".to_owned(),
                });
            }
            Value::Array(all) => all.first().unwrap_or(&Value::Null),
            one => one,
        };
        let ids = [&resource["hris_profile_id"], &resource["id"]];
        let id = ids.into_iter().find(|id| !id.is_null());
        if !ours {
            return none_of_ours(NAME, "Deel", change, NOBODYS, &resource["hris_profile_id"]);
        }
        let employee = id_for_path(NAME, "data.resource.id", id.unwrap_or(&Value::Null))?;
        let times = [&meta["occurred_at"], &body["timestamp"]];
        let occurred_at = times.into_iter().find_map(|at| instant(at.as_str()?));
        let occurred_at = occurred_at.unwrap_or(authentic.timestamp);
        if deleted {
            return Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                EventKind::HireRescinded,
                employee,
                "The worker was deleted in Deel.",
            ));
        }
        let path = format!("/rest/v2/people/{employee}");
        needs_record(authentic, occurred_at, change, get(NAME, &employee, path))
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let data = &record["data"];
        check_record("Deel", notice, data, &data["id"])?;
        let ended = field(data, "hiring_status").as_deref() == Some("inactive");
        let person = person(notice, data);
        Ok(if notice.change.contains(".created") {
            Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
        } else {
            Translation::of_events(events_of_record(notice, ended, person), "")
        })
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        signed_headers(&[(SIGNATURE, signature_of(secret, outgoing.body)?)])
    }
}

fn signature_of(secret: &SourceSecret, body: &[u8]) -> Result<String, Refusal> {
    let mac = hmac_sha256(NAME, secret.text(NAME)?.as_bytes(), &[b"POST", body])?;
    Ok(hex::encode(mac))
}

/// A field of the person, or of their newest employment.
fn field(data: &Value, name: &str) -> Option<String> {
    text(&data[name]).or_else(|| text(&newest(data)[name]))
}

fn newest(data: &Value) -> &Value {
    let all = data["employments"].as_array().map(Vec::as_slice);
    let begun = |one: &&Value| date(&one["start_date"]);
    all.unwrap_or_default()
        .iter()
        .max_by_key(begun)
        .unwrap_or(&Value::Null)
}

/// What is read of a person, and where it stands in the record; then in their newest employment.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "preferred_first_name"),
    ("givenName", "first_name"),
    ("familyName", "preferred_last_name"),
    ("familyName", "last_name"),
    ("department", "department.name"),
    ("title", "job_title"),
    ("level", "seniority"),
    ("country", "country"),
    ("manager", "direct_manager.id"),
    ("managerEmail", "direct_manager.work_email"),
    ("startDate", "start_date"),
    ("lastDay", "termination_last_day"),
    ("lastDay", "completion_date"),
];

fn person(notice: &Notice, data: &Value) -> PersonDraft {
    let mut read = Reading::of(&notice.employee_id)
        .fields(data, PERSON)
        .fields(newest(data), PERSON);
    for email in data["emails"].as_array().into_iter().flatten() {
        read = match email["type"].as_str() {
            Some("work") => read.value("workEmail", "emails.value", &email["value"]),
            Some("personal") => read.value("personalEmail", "emails.value", &email["value"]),
            _ => read,
        };
    }
    // `contractor`, `direct_employee`, `eor` and more: an employer of record's people are employees.
    let hiring = match field(data, "hiring_type").as_deref() {
        Some("eor") => Value::from("employee"),
        other => Value::from(other),
    };
    // Deel abbreviates (`EST`): that is no place, and stays behind when the clocks change.
    let zone = field(data, "timezone").filter(|name| name.contains('/'));
    read.value("employmentType", "hiring_type", &hiring)
        .value("timeZone", "timezone", &Value::from(zone))
        .done()
}
