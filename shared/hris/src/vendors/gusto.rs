//! Gusto.
//!
//! - Payload, signature and verification: <https://docs.gusto.com/app-integrations/docs/webhooks>: HMAC-SHA256 of the
//!   raw body with the subscription's verification token as the key. That it is lower-case hexadecimal is from public
//!   code that receives them, not from the page
//! - Events: <https://docs.gusto.com/app-integrations/docs/employee-events>
//! - Verification token: <https://docs.gusto.com/app-integrations/reference/put-v1-verify-webhook-subscription-uuid>:
//!   Gusto posts it once, unsigned, and sends nothing else before it was confirmed at Gusto
//! - Record: <https://docs.gusto.com/app-integrations/reference/get-v1-employees> and, for who comes back,
//!   <https://docs.gusto.com/app-integrations/reference/get-v1-employees-employee_id-rehire>
//!
//! Webhooks carry ids only. They have no time of sending; a repeated one is known by its `uuid`.

use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::Value;

use super::{check_record, get, json, named, needs_record, none_of_ours};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    delivery::signed_headers,
    normalise::{Reading, text},
    poll,
    record_fields::{date, id_for_path},
    signature::{check_hex_signature, hmac_sha256},
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "gusto";
const SIGNATURE: &str = "x-gusto-signature";

/// Events that concern nobody's access: <https://docs.gusto.com/app-integrations/docs/webhook-events>. Those of
/// contractors are not among them.
const NOBODYS: &[&str] = &[
    "bank_account.",
    "company.",
    "company_benefit.",
    "contractor_payment.",
    "employee.invited_to_partner_portal",
    "employee.marked_for_self_onboarding",
    "employee.payment_method.",
    "employee.payment_method_type_updated",
    "employee.self_onboarding_completed",
    "employee_benefit.",
    "employee_home_address.",
    "employee_job_compensation.",
    "employee_work_address.",
    "external_payroll.",
    "fast_ach_config.",
    "form.",
    "location.",
    "pay_schedule.",
    "payroll.",
    "signatory.",
    "time_sheets_batch.",
];

/// Gusto's webhooks.
pub(crate) struct Gusto;

impl Source for Gusto {
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
        let event = json(delivery.body).unwrap_or_default();
        Ok(Authentic {
            delivery_id: text(&event["uuid"]).unwrap_or_else(|| delivery.body_id()),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = json(body)?;
        let otherwise =
            "Gusto documents `event_type`, `entity_type`, `entity_uuid` and `timestamp`";
        let change = named(NAME, "event_type", &body["event_type"], otherwise)?;
        let known = matches!(
            change,
            "employee.created"
                | "employee.updated"
                | "employee.onboarded"
                | "employee.terminated"
                | "employee.terminated_effective"
                | "employee.termination_effective"
                | "employee.termination_cancelled"
                | "employee.rehired"
                | "employee.rehire_effective"
                | "employee.rehire_cancelled"
                | "employee.deleted"
        );
        if !known {
            return none_of_ours(NAME, "Gusto", change, NOBODYS, &body["entity_uuid"]);
        }
        let employee = id_for_path(NAME, "entity_uuid", &body["entity_uuid"])?;
        let occurred_at = body["timestamp"]
            .as_i64()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .unwrap_or(authentic.timestamp);
        let bare = |kind, reason| {
            let employee = employee.clone();
            Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                kind,
                employee,
                reason,
            ))
        };
        match change {
            "employee.deleted" => {
                return bare(EventKind::HireRescinded, "The record was deleted in Gusto.");
            }
            "employee.rehire_cancelled" => {
                return bare(
                    EventKind::HireRescinded,
                    "The rehire was cancelled in Gusto.",
                );
            }
            "employee.termination_cancelled" => {
                return bare(
                    EventKind::ExitWithdrawn,
                    "The termination was cancelled in Gusto.",
                );
            }
            _ => {}
        }
        let rehired = change.starts_with("employee.rehire");
        let path = format!("/v1/employees/{employee}");
        let rehire = rehired.then(|| get(NAME, &employee, format!("{path}/rehire")));
        let request = RecordRequest {
            also: rehire.into_iter().collect(),
            ..get(NAME, &employee, path)
        };
        needs_record(authentic, occurred_at, change, request)
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let (record, rehire) = match record {
            Value::Array(both) => (
                both.first().unwrap_or(&Value::Null),
                both.get(1).unwrap_or(&Value::Null),
            ),
            one => (one, &Value::Null),
        };
        check_record("Gusto", notice, record, &record["uuid"])?;
        let mut person = person(notice, record);
        let ended = record["terminated"].as_bool() == Some(true);
        let one = |kind, effective, person| {
            Translation::of_events(vec![notice.event(kind, effective, person)], "")
        };
        Ok(match notice.change.as_str() {
            "employee.created" => {
                Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
            }
            "employee.rehired" | "employee.rehire_effective" => {
                person.start_date = date(&rehire["effective_date"]);
                // The termination that is over.
                person.last_day = None;
                one(EventKind::Rehire, person.start_date, person)
            }
            "employee.updated" | "employee.onboarded" | poll::CHANGED => {
                Translation::of_events(events_of_record(notice, ended, person), "")
            }
            _ => one(EventKind::Exit, person.last_day, person),
        })
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn offers_its_secret(&self) -> bool {
        true
    }

    fn offered_secret(&self, body: &[u8]) -> Option<SourceSecret> {
        let body = json(body).ok()?;
        if body.get("event_type").is_some() {
            return None;
        }
        let token = text(&body["verification_token"])?;
        let fits = token.len() <= 256 && token.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| SourceSecret::new(token))
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        signed_headers(&[(SIGNATURE, signature_of(secret, outgoing.body)?)])
    }
}

fn signature_of(secret: &SourceSecret, body: &[u8]) -> Result<String, Refusal> {
    let mac = hmac_sha256(NAME, secret.text(NAME)?.as_bytes(), &[body])?;
    Ok(hex::encode(mac))
}

/// What is read of a person, and where it stands in the record.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "preferred_first_name"),
    ("givenName", "first_name"),
    ("familyName", "last_name"),
    ("workEmail", "work_email"),
    ("personalEmail", "email"),
    ("department", "department"),
    ("title", "title"),
    ("employmentType", "current_employment_status"),
    ("manager", "manager_uuid"),
];

/// And in their main job.
const JOB: &[(&str, &str)] = &[("title", "title"), ("startDate", "hire_date")];

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    let jobs = record["jobs"].as_array().map(Vec::as_slice);
    let jobs = jobs.unwrap_or_default();
    let main = |job: &&Value| job["primary"].as_bool() == Some(true);
    let job = jobs.iter().find(main).or(jobs.first());
    let terminations = record["terminations"].as_array().into_iter().flatten();
    let last = terminations.map(|one| &one["effective_date"]);
    // A day that cannot be read could be the last one.
    let last = last.max_by_key(|day| (date(day).is_none() && text(day).is_some(), date(day)));
    Reading::of(&notice.employee_id)
        .fields(record, PERSON)
        .fields(job.unwrap_or(&Value::Null), JOB)
        .value(
            "lastDay",
            "terminations.effective_date",
            last.unwrap_or(&Value::Null),
        )
        // Gusto's employees work in the United States.
        .value("country", "country", &Value::from("US"))
        .done()
}
