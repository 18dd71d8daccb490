//! Merge, which reads many HR systems and tells what changed in them.
//!
//! - Payload and events: <https://docs.merge.dev/merge-unified/reading-data/webhooks/merge-webhooks> and
//!   <https://help.merge.dev/en/articles/5389453-creating-webhooks-in-merge>: `Employee.added`, `.changed`, `.removed`
//! - Signature: the same page: HMAC-SHA256 of the raw body, base64 for URLs. Whether with padding is not said; both are
//!   taken
//! - Record: <https://docs.merge.dev/merge-unified/hris/common-models/employees/the-employee-object>
//!
//! - Changes: <https://docs.merge.dev/merge-unified/hris/common-models/employees/list>: `modified_after`, and a
//!   `cursor` for pages
//!
//! `hook.id` is that of the webhook and the same in every delivery, so that deliveries are told apart by their bodies,
//! which have the same signature exactly when they are the same. Which field changed is not told.

use base64::{Engine, engine::general_purpose::URL_SAFE};
use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft};
use serde_json::Value;

use super::{check_record, get, json, named, needs_record, none_of_ours};
use crate::{
    Asked, Authentic, Change, Delivery, Notice, Outgoing, Page, Poll, RecordError, RecordRequest,
    Refusal, Source, SourceSecret, Translation,
    delivery::{same_text, signed_headers},
    normalise::{Reading, text},
    poll,
    record_fields::{date, id_for_path, instant},
    signature::hmac_sha256,
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "merge";
const SIGNATURE: &str = "x-merge-webhook-signature";

/// What stands in the record as an id only, unless it is asked for.
const EXPAND: &str = "employments,manager,team,work_location";

/// Events that concern nobody's access: of Merge's other models, and of its syncs.
const NOBODYS: &[&str] = &[
    "BankInfo.",
    "Benefit.",
    "Company.",
    "Dependent.",
    "EmployeePayrollRun.",
    "EmployerBenefit.",
    "Group.",
    "LinkedAccount.",
    "Location.",
    "PayGroup.",
    "PayrollRun.",
    "Team.",
    "TimeOff.",
    "TimeOffBalance.",
    "TimesheetEntry.",
];

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
        delivery.check_json()?;
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
        let data = &body["data"];
        if !matches!(
            change,
            "Employee.added" | "Employee.changed" | "Employee.removed"
        ) {
            return none_of_ours(NAME, "Merge", change, NOBODYS, &data["employee"]);
        }
        let employee = id_for_path(NAME, "data.id", &data["id"])?;
        let occurred_at = data["modified_at"]
            .as_str()
            .and_then(instant)
            .unwrap_or(authentic.timestamp);
        if change == "Employee.removed" {
            return Ok(removed(authentic, occurred_at, employee));
        }
        // The webhook has the employee, but department, place and manager only as ids.
        needs_record(authentic, occurred_at, change, record(&employee))
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        check_record("Merge", notice, record, &record["id"])?;
        let ended = record["employment_status"].as_str() == Some("INACTIVE");
        let person = person(notice, record);
        Ok(
            if matches!(notice.change.as_str(), "Employee.added" | poll::NEW) {
                Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
            } else {
                Translation::of_events(events_of_record(notice, ended, person), "")
            },
        )
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn poll(&self) -> Option<&dyn Poll> {
        Some(self)
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        signed_headers(&[(SIGNATURE, signature_of(secret, outgoing.body)?)])
    }
}

impl Poll for Merge {
    fn first(&self, since: Timestamp) -> RecordRequest {
        RecordRequest {
            query: vec![
                ("expand".to_owned(), EXPAND.to_owned()),
                ("modified_after".to_owned(), since.to_string()),
                ("page_size".to_owned(), "100".to_owned()),
            ],
            ..poll::list(NAME, "GET", "/employees")
        }
    }

    fn read(&self, asked: &Asked<'_>, page: &Value) -> Result<Page, RecordError> {
        let documented = "Merge documents `results` with employees, each with an `id`";
        let results = page["results"].as_array();
        let results = results.ok_or_else(|| poll::unreadable(asked, documented))?;
        let change = |one: &Value| {
            let employee = id_for_path(NAME, "results.id", &one["id"])
                .map_err(|_| poll::unreadable(asked, documented))?;
            let at = one["modified_at"].as_str().and_then(instant);
            let mark = at.unwrap_or(asked.since).to_string();
            let request = record(&employee);
            let read = Some(one.clone());
            let mut change = Change::of_record(asked, employee.clone(), at, &mark, request, read);
            if one["remote_was_deleted"].as_bool() == Some(true) {
                let authentic = Authentic {
                    delivery_id: change.delivery_id.clone(),
                    timestamp: asked.begun,
                };
                change.told = removed(&authentic, at.unwrap_or(asked.begun), employee);
            }
            Ok(change)
        };
        let changes = results.iter().map(change).collect::<Result<_, _>>()?;
        let next = text(&page["next"]).map(|cursor| {
            let mut next = asked.request.clone();
            next.query.retain(|(name, _)| name != "cursor");
            next.query.push(("cursor".to_owned(), cursor));
            next
        });
        Ok(Page { changes, next })
    }
}

/// The request for a record.
fn record(employee: &EmployeeId) -> RecordRequest {
    RecordRequest {
        query: vec![("expand".to_owned(), EXPAND.to_owned())],
        ..get(NAME, employee, format!("/employees/{employee}"))
    }
}

fn removed(authentic: &Authentic, occurred_at: Timestamp, employee: EmployeeId) -> Translation {
    bare_event(
        NAME,
        authentic,
        occurred_at,
        EventKind::HireRescinded,
        employee,
        "The record was deleted in the HR system that Merge reads.",
    )
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

/// What is read of a person, and where it stands in the record.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "preferred_name"),
    ("givenName", "first_name"),
    ("familyName", "last_name"),
    ("workEmail", "work_email"),
    ("personalEmail", "personal_email"),
    ("department", "team.name"),
    ("country", "work_location.country"),
    ("location", "work_location.name"),
    ("manager", "manager.id"),
    ("manager", "manager"),
    ("managerEmail", "manager.work_email"),
    ("startDate", "start_date"),
    ("lastDay", "termination_date"),
];

/// And in the newest employment: `FULL_TIME`, `PART_TIME`, `INTERN`, `CONTRACTOR`, `FREELANCE`.
const EMPLOYMENT: &[(&str, &str)] = &[
    ("title", "job_title"),
    ("employmentType", "employment_type"),
];

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    Reading::of(&notice.employee_id)
        .fields(record, PERSON)
        .fields(newest(record), EMPLOYMENT)
        .done()
}
