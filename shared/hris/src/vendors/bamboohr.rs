//! BambooHR, event-based webhooks.
//!
//! - Payload and events: <https://documentation.bamboohr.com/docs/event-based-webhooks>
//! - Signature: <https://documentation.bamboohr.com/docs/webhooks> (Security): HMAC-SHA256 with the webhook's private
//!   key, over the raw body directly followed by the timestamp header; lower-case hexadecimal
//! - Record: <https://documentation.bamboohr.com/reference/get-employee>
//! - Changes: <https://documentation.bamboohr.com/reference/get-changed-employee-ids>: who was inserted, updated or
//!   deleted since an instant, each with the newest change only
//! - Fields: <https://documentation.bamboohr.com/docs/list-of-field-names>

use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft};
use serde_json::Value;

use super::{get, none_of_ours, typed};
use crate::{
    Asked, Authentic, Change, Delivery, Notice, Outgoing, Page, Poll, RecordError, RecordRequest,
    Refusal, Source, SourceSecret, Translation,
    delivery::signed_headers,
    normalise::{Reading, text},
    poll,
    record_fields::{employee_id, id_for_path, instant},
    signature::{check_hex_signature, hmac_sha256},
    translation::bare_event,
    update::{NOT_NEW, Touched, begins, events_of, events_of_new, events_of_record},
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

/// Why a hire is rescinded.
const DELETED: &str = "The record was deleted in BambooHR.";

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
        delivery.check_json()?;
        let sent_at = delivery.header(TIMESTAMP)?;
        let right = signature_of(secret, delivery.body, sent_at)?;
        check_hex_signature(delivery, NAME, SIGNATURE, &right)?;
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
            return none_of_ours(
                NAME,
                "BambooHR",
                &change,
                &[],
                &payload["data"]["employeeId"],
            );
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
                DELETED,
            ));
        }
        // A new person's department and title are dated on the hire date, in the future, so the
        // record of a hire is read with what is future-dated; a change only with what is in force.
        let only_current = if change == "employee.created" {
            "false"
        } else {
            "true"
        };
        let request = record(&employee, only_current);
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
        // A status that ended without a date is an exit whose last day HR still has to name.
        let ended = text(&record["status"]).is_some_and(|status| status == "Inactive")
            || text(&record["employmentHistoryStatus"])
                .is_some_and(|status| status == "Terminated");
        match notice.change.as_str() {
            poll::NEW => {
                return Ok(Translation::of_events(
                    events_of_new(notice, ended, person),
                    NOT_NEW,
                ));
            }
            poll::CHANGED => {
                return Ok(Translation::of_events(
                    events_of_record(notice, ended, person),
                    "",
                ));
            }
            _ => {}
        }
        if notice.change == "employee.created" {
            return Ok(Translation::of_events(
                begins(notice, EventKind::Hire, person),
                "",
            ));
        }
        let changed = |names: &[&str]| {
            notice
                .changed_fields
                .iter()
                .any(|f| names.contains(&f.as_str()))
        };
        if ended && changed(&["status", "employmentHistoryStatus", "terminationDate"]) {
            let exit = notice.event(EventKind::Exit, person.last_day, person);
            return Ok(Translation::of_events(vec![exit], ""));
        }
        let touched = Touched {
            start: changed(&["hireDate"]),
            end: changed(&["terminationDate"]),
            attributes: changed(ATTRIBUTES),
            status: changed(&["status", "employmentHistoryStatus"]),
        };
        Ok(Translation::of_events(
            events_of(notice, touched, person),
            "no field that concerns access changed in BambooHR",
        ))
    }

    fn poll(&self) -> Option<&dyn Poll> {
        Some(self)
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        let sent_at = outgoing.sent_at.as_second().to_string();
        let signature = signature_of(secret, outgoing.body, &sent_at)?;
        signed_headers(&[(SIGNATURE, signature), (TIMESTAMP, sent_at)])
    }
}

impl Poll for BambooHr {
    fn first(&self, since: Timestamp) -> RecordRequest {
        let since = since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        RecordRequest {
            query: vec![("since".to_owned(), since)],
            ..poll::list(NAME, "GET", "/v1/employees/changed")
        }
    }

    fn read(&self, asked: &Asked<'_>, page: &Value) -> Result<Page, RecordError> {
        // Nobody is an empty list, somebody an object with a name for each.
        let employees: Vec<&Value> = match &page["employees"] {
            Value::Object(all) => all.values().collect(),
            Value::Array(all) => all.iter().collect(),
            _ => {
                let problem = "BambooHR documents `employees` with whoever changed";
                return Err(poll::unreadable(asked, problem));
            }
        };
        let mut changes = employees
            .into_iter()
            .map(|one| change(asked, one))
            .collect::<Result<Vec<Change>, RecordError>>()?;
        changes.sort_by_key(|change| change.at);
        Ok(Page {
            changes,
            next: None,
        })
    }

    fn of_stranger(&self, notice: Notice) -> Notice {
        Notice {
            change: poll::NEW.to_owned(),
            request: record(&notice.employee_id, "false"),
            ..notice
        }
    }
}

fn change(asked: &Asked<'_>, one: &Value) -> Result<Change, RecordError> {
    let employee = id_for_path(NAME, "id", &one["id"])
        .map_err(|refusal| poll::unreadable(asked, &refusal.to_string()))?;
    let at = one["lastChanged"].as_str().and_then(instant);
    let mark = at.unwrap_or(asked.since).to_string();
    let deleted = one["action"].as_str() == Some("Deleted");
    let request = record(&employee, "true");
    let mut change = Change::of_record(asked, employee.clone(), at, &mark, request, None);
    if deleted {
        let authentic = Authentic {
            delivery_id: change.delivery_id.clone(),
            timestamp: asked.begun,
        };
        change.told = bare_event(
            NAME,
            &authentic,
            at.unwrap_or(asked.begun),
            EventKind::HireRescinded,
            employee,
            DELETED,
        );
    }
    Ok(change)
}

/// The request for a record: as it is now, or with what is future-dated.
fn record(employee: &EmployeeId, only_current: &str) -> RecordRequest {
    RecordRequest {
        query: vec![
            ("fields".to_owned(), FIELDS.to_owned()),
            ("onlyCurrent".to_owned(), only_current.to_owned()),
        ],
        ..get(NAME, employee, format!("/v1/employees/{employee}"))
    }
}

fn signature_of(secret: &SourceSecret, body: &[u8], sent_at: &str) -> Result<String, Refusal> {
    let mac = hmac_sha256(
        NAME,
        secret.text(NAME)?.as_bytes(),
        &[body, sent_at.as_bytes()],
    )?;
    Ok(hex::encode(mac))
}

/// The page names no format; Unix seconds are what is sent, and a date-time is taken as well.
fn read_timestamp(value: &str) -> Option<Timestamp> {
    match value.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => instant(value),
    }
}

/// What is read of a person, and where it stands in the record.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "preferredName"),
    ("givenName", "firstName"),
    ("familyName", "lastName"),
    ("workEmail", "workEmail"),
    ("personalEmail", "homeEmail"),
    ("department", "department"),
    ("title", "jobTitle"),
    ("country", "country"),
    ("location", "location"),
    ("manager", "supervisorEId"),
    ("startDate", "hireDate"),
    ("lastDay", "terminationDate"),
];

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    let status = "employmentHistoryStatus";
    let read = Reading::of(&notice.employee_id).fields(record, PERSON);
    match text(&record[status]).as_deref() {
        Some("Terminated") => read,
        _ => read.value("employmentType", status, &record[status]),
    }
    .done()
}
