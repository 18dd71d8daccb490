//! BambooHR, event-based webhooks.
//!
//! - Payload and events: <https://documentation.bamboohr.com/docs/event-based-webhooks>
//! - Signature: <https://documentation.bamboohr.com/docs/webhooks> (Security): HMAC-SHA256 with the webhook's private
//!   key, over the raw body directly followed by the timestamp header; lower-case hexadecimal
//! - Record: <https://documentation.bamboohr.com/reference/get-employee>
//! - Fields: <https://documentation.bamboohr.com/docs/list-of-field-names>

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::Value;
use sha2::Sha256;

use super::typed;
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    countries::country_code,
    delivery::{same_text, signed_headers},
    record_fields::{date, employee_id, employment_type, id_for_path, instant, text},
    translation::{bare_event, shortened},
    update::{Touched, events_of},
};

const NAME: &str = "bamboohr";
const SIGNATURE: &str = "x-bamboohr-signature";
const TIMESTAMP: &str = "x-bamboohr-timestamp";

/// What is read of a record. Fields that the API key may not see are left out of the answer silently.
const FIELDS: &str = "firstName,preferredName,lastName,workEmail,homeEmail,department,jobTitle,\
                      employmentHistoryStatus,country,location,supervisorEId,hireDate,terminationDate,status";

/// Fields whose change concerns access, from the names in `changedFields`.
const ATTRIBUTES: &[&str] = &[
    "firstName",
    "preferredName",
    "lastName",
    "department",
    "division",
    "jobTitle",
    "country",
    "location",
    "supervisor",
    "supervisorId",
    "supervisorEId",
    "employmentHistoryStatus",
];

/// BambooHR's event-based webhooks.
pub(crate) struct BambooHr;

impl Source for BambooHr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_envelope()?;
        let signature = delivery.header(SIGNATURE)?;
        let sent_at = delivery.header(TIMESTAMP)?;
        let right = signature_of(secret, delivery.body, sent_at)?;
        if !same_text(&right, signature) {
            return Err(Refusal::Forged {
                header: SIGNATURE,
                source_name: NAME,
            });
        }
        let timestamp = read_timestamp(sent_at).ok_or(Refusal::Unsigned {
            header: TIMESTAMP,
            problem: "is not a time",
        })?;
        delivery.check_fresh(timestamp)?;
        // There is no delivery id. The body carries the event's time; the header's timestamp and with it the
        // signature are new on each retry, so that the body is what stays the same.
        Ok(Authentic {
            delivery_id: delivery.body_id(),
            timestamp,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let (change, payload) = typed(
            NAME,
            body,
            "choose the data structure Event-Based for the webhook in BambooHR",
        )?;
        if !matches!(
            change.as_str(),
            "employee.created" | "employee.updated" | "employee.deleted"
        ) {
            return Ok(Translation::Nothing {
                why: format!(
                    "BambooHR's `{}` concerns nobody's access",
                    shortened(&change)
                ),
            });
        }
        let data = &payload["data"];
        let employee = id_for_path(NAME, "data.employeeId", &data["employeeId"])?;
        let occurred_at = payload["timestamp"]
            .as_str()
            .and_then(instant)
            .unwrap_or(authentic.timestamp);
        if change == "employee.deleted" {
            return Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                EventKind::HireRescinded,
                employee,
                "The record was deleted in BambooHR.",
            ));
        }
        // A new person's department and title are dated on the hire date, in the future, so the
        // record of a hire is read with what is future-dated; a change only with what is in force.
        let only_current = if change == "employee.created" {
            "false"
        } else {
            "true"
        };
        let request = RecordRequest {
            source: NAME.to_owned(),
            method: "GET".to_owned(),
            path: format!("/v1/employees/{employee}"),
            employee_id: employee.clone(),
            query: vec![
                ("fields".to_owned(), FIELDS.to_owned()),
                ("onlyCurrent".to_owned(), only_current.to_owned()),
            ],
            headers: vec![("accept".to_owned(), "application/json".to_owned())],
            body: None,
            also: Vec::new(),
        };
        Ok(Translation::NeedsRecord(Notice {
            source: NAME.to_owned(),
            delivery_id: authentic.delivery_id.clone(),
            occurred_at,
            employee_id: employee,
            change,
            changed_fields: data["changedFields"]
                .as_array()
                .map(|fields| fields.iter().filter_map(text).collect())
                .unwrap_or_default(),
            request,
        }))
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let unreadable = |problem: &str| RecordError::Unreadable {
            employee_id: notice.employee_id.clone(),
            problem: problem.to_owned(),
        };
        if !record.is_object() {
            return Err(unreadable(
                "BambooHR answers with something that is not a JSON object",
            ));
        }
        // A match is checked against what was asked for.
        if employee_id(&record["id"]).is_some_and(|id| id != notice.employee_id) {
            return Err(unreadable(
                "BambooHR answers with the record of somebody else",
            ));
        }
        let person = person(notice, record);
        if notice.change == "employee.created" {
            let hire = notice.event(EventKind::Hire, person.start_date, person);
            return Ok(Translation::of_events(vec![hire], ""));
        }
        let changed = |names: &[&str]| {
            notice
                .changed_fields
                .iter()
                .any(|f| names.contains(&f.as_str()))
        };
        // A status that ended without a date is an exit whose last day HR still has to name.
        let ended = text(&record["status"]).is_some_and(|status| status == "Inactive")
            || text(&record["employmentHistoryStatus"])
                .is_some_and(|status| status == "Terminated");
        if ended && changed(&["status", "employmentHistoryStatus", "terminationDate"]) {
            let exit = notice.event(EventKind::Exit, person.last_day, person);
            return Ok(Translation::of_events(vec![exit], ""));
        }
        let touched = Touched {
            start: changed(&["hireDate"]),
            end: changed(&["terminationDate"]),
            attributes: changed(ATTRIBUTES),
        };
        Ok(Translation::of_events(
            events_of(notice, touched, person),
            "no field that concerns access changed in BambooHR",
        ))
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        let sent_at = outgoing.sent_at.as_second().to_string();
        let signature = signature_of(secret, outgoing.body, &sent_at)?;
        signed_headers(&[(SIGNATURE, signature), (TIMESTAMP, sent_at)])
    }
}

fn signature_of(secret: &SourceSecret, body: &[u8], sent_at: &str) -> Result<String, Refusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.text(NAME)?.as_bytes()).map_err(|_| {
        Refusal::SecretUnusable {
            source_name: NAME,
            problem: "cannot be a key",
        }
    })?;
    mac.update(body);
    mac.update(sent_at.as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// The page names no format; Unix seconds are what is sent, and a date-time is taken as well.
fn read_timestamp(value: &str) -> Option<Timestamp> {
    match value.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => instant(value),
    }
}

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    PersonDraft {
        employee_id: Some(notice.employee_id.clone()),
        given_name: text(&record["preferredName"]).or_else(|| text(&record["firstName"])),
        family_name: text(&record["lastName"]),
        work_email: text(&record["workEmail"]),
        personal_email: text(&record["homeEmail"]),
        department: text(&record["department"]),
        title: text(&record["jobTitle"]),
        employment_type: text(&record["employmentHistoryStatus"])
            .filter(|status| status != "Terminated")
            .map(|status| employment_type(&status)),
        country: text(&record["country"]).and_then(|name| country_code(&name)),
        location: text(&record["location"]),
        manager: employee_id(&record["supervisorEId"]),
        start_date: date(&record["hireDate"]),
        last_day: date(&record["terminationDate"]),
        ..PersonDraft::default()
    }
}
