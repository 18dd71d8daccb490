//! Merge, which reads many HR systems and tells what changed in them.
//!
//! - Payload and events: <https://docs.merge.dev/merge-unified/reading-data/webhooks/merge-webhooks> and
//!   <https://help.merge.dev/en/articles/5389453-creating-webhooks-in-merge>: `Employee.added`, `.changed`, `.removed`
//! - Signature: the same page: HMAC-SHA256 of the raw body, base64 for URLs. Whether with padding is not said; both are taken
//! - Record: <https://docs.merge.dev/merge-unified/hris/common-models/employees/the-employee-object>
//!
//! `hook.id` is that of the webhook and the same in every delivery, so that deliveries are told apart by their bodies,
//! which have the same signature exactly when they are the same. Which field changed is not told.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use http::HeaderMap;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::Value;

use super::{check_record, get, json, named, needs_record, nothing};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    countries::country_code,
    delivery::{same_text, signed_headers},
    record_fields::{date, employee_id, employment_type, id_for_path, instant, text},
    signature::hmac_sha256,
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "merge";
const SIGNATURE: &str = "x-merge-webhook-signature";

/// What stands in the record as an id only, unless it is asked for.
const EXPAND: &str = "employments,manager,team,work_location";

/// Merge's webhooks.
pub(crate) struct Merge;

impl Source for Merge {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_envelope()?;
        let right = signature_of(secret, delivery.body)?;
        let given = delivery.header(SIGNATURE)?;
        if !same_text(right.trim_end_matches('='), given.trim_end_matches('=')) {
            return Err(Refusal::Forged {
                header: SIGNATURE,
                source_name: NAME,
            });
        }
        Ok(Authentic {
            delivery_id: delivery.body_id(),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = json(body)?;
        let otherwise = "Merge documents `hook`, `linked_account` and `data`";
        let change = named(NAME, "hook.event", &body["hook"]["event"], otherwise)?;
        if !matches!(
            change,
            "Employee.added" | "Employee.changed" | "Employee.removed"
        ) {
            return nothing("Merge", change);
        }
        let data = &body["data"];
        let employee = id_for_path(NAME, "data.id", &data["id"])?;
        let occurred_at = data["modified_at"]
            .as_str()
            .and_then(instant)
            .unwrap_or(authentic.timestamp);
        if change == "Employee.removed" {
            return Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                EventKind::HireRescinded,
                employee,
                "The record was deleted in the HR system that Merge reads.",
            ));
        }
        // The webhook has the employee, but department, place and manager only as ids.
        let request = RecordRequest {
            query: vec![("expand".to_owned(), EXPAND.to_owned())],
            ..get(NAME, &employee, format!("/employees/{employee}"))
        };
        needs_record(authentic, occurred_at, change, request)
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        check_record("Merge", notice, record, &record["id"])?;
        let ended = record["employment_status"].as_str() == Some("INACTIVE");
        let person = person(notice, record);
        Ok(if notice.change == "Employee.added" {
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
    let mac = hmac_sha256(NAME, secret.text(NAME)?.as_bytes(), &[body])?;
    Ok(URL_SAFE.encode(mac))
}

/// The newest employment has the title and the type.
fn newest(record: &Value) -> &Value {
    let all = record["employments"].as_array().map(Vec::as_slice);
    let dated = |one: &&Value| date(&one["effective_date"]);
    let all = all.unwrap_or_default().iter().filter(|one| one.is_object());
    all.max_by_key(dated).unwrap_or(&Value::Null)
}

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    let employment = newest(record);
    let manager = &record["manager"];
    let place = &record["work_location"];
    PersonDraft {
        employee_id: Some(notice.employee_id.clone()),
        given_name: text(&record["preferred_name"]).or_else(|| text(&record["first_name"])),
        family_name: text(&record["last_name"]),
        work_email: text(&record["work_email"]),
        personal_email: text(&record["personal_email"]),
        department: text(&record["team"]["name"]),
        title: text(&employment["job_title"]),
        // `FULL_TIME`, `PART_TIME`, `INTERN`, `CONTRACTOR`, `FREELANCE`.
        employment_type: text(&employment["employment_type"])
            .map(|words| employment_type(&words.replace('_', " "))),
        country: text(&place["country"]).and_then(|name| country_code(&name)),
        location: text(&place["name"]),
        manager: employee_id(&manager["id"]).or_else(|| employee_id(manager)),
        manager_email: text(&manager["work_email"]),
        start_date: date(&record["start_date"]),
        last_day: date(&record["termination_date"]),
        ..PersonDraft::default()
    }
}
