//! HiBob (Bob), webhooks version 2.
//!
//! - Payload, ping and signature: <https://apidocs.hibob.com/reference/getting-started-webhooks>,
//!   <https://apidocs.hibob.com/docs/working-with-webhooks>: HMAC-SHA512 of the raw body, base64
//! - Events: <https://apidocs.hibob.com/docs/employee-data-webhooks>
//! - Immediate revocation: <https://apidocs.hibob.com/reference/post_webhook_employee-access-revoked-immediately>
//! - Table entries: <https://apidocs.hibob.com/reference/post_webhook_table-entry-updated>
//! - Everybody, in one answer: <https://apidocs.hibob.com/reference/post_people-search>. Bob has no way to ask for what
//!   changed
//! - Record: <https://apidocs.hibob.com/reference/post_people-identifier>,
//!   <https://apidocs.hibob.com/docs/people-read-api-contract>

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::{get, none_of_ours, typed};
use crate::{
    Asked, Authentic, Change, Delivery, Notice, Outgoing, Page, Poll, RecordError, RecordRequest,
    Refusal, Source, SourceSecret, Translation,
    delivery::{same_text, signed_headers},
    normalise::{Reading, text},
    poll,
    record_fields::{employee_id, id_for_path, instant},
    translation::bare_event,
    update::{NOT_NEW, Touched, begins, ends, events_of, events_of_new, events_of_record},
};

const NAME: &str = "hibob";
const SIGNATURE: &str = "bob-signature";

/// The bodies of the test that Bob sends when a webhook is set up. They say nothing and change nothing.
const PINGS: [&[u8]; 3] = [b"Ping test", b"\"Ping test\"", br#"{"text":"Ping test"}"#];

/// What is read of a record. Fields that the service user may not see are left out of the answer silently.
const FIELDS: [&str; 14] = [
    "root.id",
    "root.firstName",
    "root.surname",
    "root.email",
    "home.privateEmail",
    "address.country",
    "work.department",
    "work.title",
    "work.site",
    "work.reportsTo",
    "work.startDate",
    "payroll.employment.type",
    "employee.lastDayOfWork",
    "internal.terminationDate",
];

/// Events that concern nobody's access: <https://apidocs.hibob.com/reference/time-off-webhooks>,
/// <https://apidocs.hibob.com/reference/tasks-webhooks>, <https://apidocs.hibob.com/reference/docs-webhooks>. What of
/// other tables than the lifecycle's roles match on comes as `employee.updated`, too.
const NOBODYS: &[&str] = &["timeoff.", "todo.", "documents.", "table.entry."];

const START_FIELDS: &[&str] = &["work.startDate"];
const END_FIELDS: &[&str] = &["employee.lastDayOfWork", "internal.terminationDate"];
const STATUS_FIELDS: &[&str] = &["internal.status", "internal.lifecycleStatus"];
const ATTRIBUTE_FIELDS: &[&str] = &[
    "root.firstName",
    "root.surname",
    "address.country",
    "work.department",
    "work.title",
    "work.site",
    "work.siteId",
    "work.reportsTo",
    "payroll.employment.type",
];

/// Bob's webhooks, version 2.
pub(crate) struct HiBob;

impl Source for HiBob {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_json()?;
        // Bob sends no delivery id and no time of sending: the body's own time makes its digest an id, and a
        // replay is found as a repeated delivery.
        let authentic = Authentic {
            delivery_id: delivery.body_id(),
            timestamp: delivery.now,
        };
        // The page does not say that the ping is signed, and without an answer to it the webhook cannot
        // be set up. An unsigned one is let through for being one of three constants that do nothing.
        if PINGS.contains(&delivery.body) && !delivery.headers.contains_key(SIGNATURE) {
            return Ok(authentic);
        }
        let signature = delivery.header(SIGNATURE)?;
        if !same_text(&signature_of(secret, delivery.body)?, signature) {
            return Err(Refusal::Forged {
                header: SIGNATURE,
                source_name: NAME,
            });
        }
        Ok(authentic)
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let nothing = |why: String| Ok(Translation::Nothing { why });
        if PINGS.contains(&body) {
            return nothing("Bob tests the connection".into());
        }
        let (change, payload) = typed(NAME, body, "subscribe to webhooks of version 2 in Bob")?;
        let data = &payload["data"];
        match change.as_str() {
            "employee.created"
            | "employee.updated"
            | "employee.deleted"
            | "employee.joined"
            | "employee.left"
            | "employee.access.revoked.immediately" => {}
            // A planned end stands in the lifecycle table long before `employee.left` is sent.
            "table.entry.created" | "table.entry.updated"
                if data["tableId"].as_str() == Some("lifecycle") => {}
            other => return none_of_ours(NAME, "Bob", other, NOBODYS, &data["employeeId"]),
        }
        let employee = id_for_path(NAME, "data.employeeId", &data["employeeId"])?;
        let occurred_at = payload["triggeredAt"]
            .as_str()
            .and_then(instant)
            .unwrap_or(authentic.timestamp);
        let bare = |kind, reason| {
            Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                kind,
                employee.clone(),
                reason,
            ))
        };
        match change.as_str() {
            "employee.deleted" => {
                return bare(EventKind::HireRescinded, "The record was deleted in Bob.");
            }
            // Not worth waiting for a record: the id is enough to cut access.
            "employee.access.revoked.immediately" => {
                return bare(
                    EventKind::UrgentExit,
                    "HR chose to revoke access immediately in Bob.",
                );
            }
            _ => {}
        }
        let request = record(&employee);
        Ok(Translation::NeedsRecord(Notice {
            source: NAME.to_owned(),
            delivery_id: authentic.delivery_id.clone(),
            occurred_at,
            employee_id: employee,
            change,
            changed_fields: field_updates(&data["fieldUpdates"]),
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
                "Bob answers with something that is not a JSON object",
            ));
        }
        // A match is checked against what was asked for.
        if employee_id(machine(record, "root", "id")).is_some_and(|id| id != notice.employee_id) {
            return Err(unreadable("Bob answers with the record of somebody else"));
        }
        let person = person(notice, record);
        let one = |kind, effective, person| {
            Ok(Translation::of_events(
                vec![notice.event(kind, effective, person)],
                "",
            ))
        };
        match notice.change.as_str() {
            // Whoever left has the last day in the record.
            poll::NEW => Ok(Translation::of_events(
                events_of_new(notice, false, person),
                NOT_NEW,
            )),
            poll::CHANGED => Ok(Translation::of_events(
                events_of_record(notice, false, person),
                "",
            )),
            "employee.created" | "employee.joined" => {
                let events = begins(notice, EventKind::Hire, person);
                Ok(Translation::of_events(events, ""))
            }
            "employee.left" => one(EventKind::Exit, person.last_day, person),
            "employee.updated" => {
                let changed = |names: &[&str]| {
                    notice
                        .changed_fields
                        .iter()
                        .any(|field| names.contains(&field.as_str()))
                };
                let touched = Touched {
                    start: changed(START_FIELDS),
                    end: changed(END_FIELDS),
                    attributes: changed(ATTRIBUTE_FIELDS),
                    status: changed(STATUS_FIELDS),
                };
                Ok(Translation::of_events(
                    events_of(notice, touched, person),
                    "no field that concerns access changed in Bob",
                ))
            }
            // The lifecycle table also has hires and leaves: only an end is news.
            _ if ends(&person) => one(EventKind::Exit, person.last_day, person),
            _ => Ok(Translation::Nothing {
                why: "the lifecycle entry in Bob plans no end of employment".into(),
            }),
        }
    }

    fn poll(&self) -> Option<&dyn Poll> {
        Some(self)
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        signed_headers(&[(SIGNATURE, signature_of(secret, outgoing.body)?)])
    }
}

impl Poll for HiBob {
    fn first(&self, _: Timestamp) -> RecordRequest {
        // Whoever left is not active any more, and would be missed otherwise.
        let body = json!({ "fields": FIELDS, "humanReadable": "APPEND", "showInactive": true });
        RecordRequest {
            body: Some(body),
            ..poll::list(NAME, "POST", "/v1/people/search")
        }
    }

    fn read(&self, asked: &Asked<'_>, page: &Value) -> Result<Page, RecordError> {
        let documented = "Bob documents `employees` with everybody, each with an `id`";
        let employees = page["employees"].as_array();
        let employees = employees.ok_or_else(|| poll::unreadable(asked, documented))?;
        let change = |one: &Value| {
            let employee = id_for_path(NAME, "root.id", machine(one, "root", "id"))
                .map_err(|_| poll::unreadable(asked, documented))?;
            // When it changed is not told: the same record in the same poll is the same change.
            let digest = hex::encode(&Sha256::digest(one.to_string())[..8]);
            let mark = format!("{}-{digest}", asked.since.as_second());
            let request = record(&employee);
            let read = Some(one.clone());
            Ok(Change::of_record(
                asked, employee, None, &mark, request, read,
            ))
        };
        let changes = employees.iter().map(change).collect::<Result<_, _>>()?;
        Ok(Page {
            changes,
            next: None,
        })
    }
}

/// The request for a record.
fn record(employee: &EmployeeId) -> RecordRequest {
    RecordRequest {
        method: "POST".to_owned(),
        // APPEND: names of list items beside machine-readable dates. REPLACE would write dates as the
        // service user's settings have them.
        body: Some(json!({ "fields": FIELDS, "humanReadable": "APPEND" })),
        ..get(NAME, employee, format!("/v1/people/{employee}"))
    }
}

fn signature_of(secret: &SourceSecret, body: &[u8]) -> Result<String, Refusal> {
    let mut mac = Hmac::<Sha512>::new_from_slice(secret.text(NAME)?.as_bytes()).map_err(|_| {
        Refusal::SecretUnusable {
            source_name: NAME,
            problem: "cannot be a key",
        }
    })?;
    mac.update(body);
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// The ids of the changed fields, with or without an object around each; `/work/title` is `work.title`.
fn field_updates(value: &Value) -> Vec<String> {
    let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| text(entry).or_else(|| text(&entry["id"])))
        .map(|id| id.trim_start_matches('/').replace('/', "."))
        .collect()
}

/// A field as machines read it. Answers have it as `"/work/title": {"value": …}`; nested and flat forms
/// appear beside or instead of it. `group` may have a dot: `payroll.employment`.
fn machine<'a>(record: &'a Value, group: &str, name: &str) -> &'a Value {
    let path = format!("/{}/{name}", group.replace('.', "/"));
    let slashed = &record[path.as_str()];
    let slashed = slashed.get("value").unwrap_or(slashed);
    if !slashed.is_null() {
        return slashed;
    }
    if group == "root" {
        return &record[name];
    }
    record.pointer(&path).unwrap_or(&Value::Null)
}

/// What is read of a person, as machines read it: group and name.
const PERSON: &[(&str, (&str, &str))] = &[
    ("givenName", ("root", "firstName")),
    ("familyName", ("root", "surname")),
    ("workEmail", ("root", "email")),
    ("personalEmail", ("home", "privateEmail")),
    ("startDate", ("work", "startDate")),
    ("lastDay", ("employee", "lastDayOfWork")),
    ("lastDay", ("internal", "terminationDate")),
];

/// And as people read it: the name of a list's item instead of its id.
const READABLE: &[(&str, (&str, &str))] = &[
    ("department", ("work", "department")),
    ("title", ("work", "title")),
    ("employmentType", ("payroll.employment", "type")),
    ("country", ("address", "country")),
    ("location", ("work", "site")),
];

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    let mut read = Reading::of(&notice.employee_id);
    for (field, (group, name)) in READABLE {
        let readable = machine(&record["humanReadable"], group, name);
        read = read.value(field, &format!("{group}.{name}"), readable);
    }
    for (field, (group, name)) in PERSON.iter().chain(READABLE) {
        read = read.value(
            field,
            &format!("{group}.{name}"),
            machine(record, group, name),
        );
    }
    let manager = machine(record, "work", "reportsTo");
    read.value("manager", "work.reportsTo.id", &manager["id"])
        .value("manager", "work.reportsTo", manager)
        .value("managerEmail", "work.reportsTo.email", &manager["email"])
        .done()
}
