//! Finch, which reads many HR and payroll systems and tells what changed in them.
//!
//! - Payload, events and headers: <https://developer.tryfinch.com/developer-resources/Webhooks>
//! - Signature: the same page, and Finch's library (<https://github.com/Finch-API/finch-api-python>): Standard Webhooks
//!   under other header names; the secret is base64 without a prefix
//! - Record: <https://developer.tryfinch.com/api-reference/organization/employment> and
//!   <https://developer.tryfinch.com/api-reference/organization/individual>
//!
//! Webhooks carry ids only, and neither when it happened nor which field changed. A new person is told of as
//! `individual`, `employment` and `directory`; the three become the same event.

use http::HeaderMap;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::{Value, json};

use super::{check_record, get, json as parsed, named, needs_record, none_of_ours};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    normalise::{Reading, text},
    record_fields::{date, id_for_path},
    standard_webhooks::StandardWebhooks,
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "finch";
const SCHEME: StandardWebhooks = StandardWebhooks {
    source_name: NAME,
    id: "finch-event-id",
    timestamp: "finch-timestamp",
    signature: "finch-signature",
};

/// Events that concern nobody's access: <https://developer.tryfinch.com/developer-resources/Webhooks>.
const NOBODYS: &[&str] = &["account.", "company.", "job.", "payment.", "pay_statement."];

/// Finch's webhooks.
pub(crate) struct Finch;

impl Source for Finch {
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
        let body = parsed(body)?;
        let otherwise = "Finch documents `connection_id`, `event_type` and `data`";
        let change = named(NAME, "event_type", &body["event_type"], otherwise)?;
        let what = match change.split_once('.') {
            Some(("individual" | "employment" | "directory", what)) => what,
            _ => "",
        };
        let id = &body["data"]["individual_id"];
        if !matches!(what, "created" | "updated" | "deleted") {
            return none_of_ours(NAME, "Finch", change, NOBODYS, id);
        }
        let employee = id_for_path(NAME, "data.individual_id", id)?;
        if what == "deleted" {
            return Ok(bare_event(
                NAME,
                authentic,
                authentic.timestamp,
                EventKind::HireRescinded,
                employee,
                "The record was deleted in the HR system that Finch reads.",
            ));
        }
        let ask = |path: &str| RecordRequest {
            method: "POST".to_owned(),
            headers: vec![
                ("accept".to_owned(), "application/json".to_owned()),
                ("finch-api-version".to_owned(), "2020-09-17".to_owned()),
            ],
            body: Some(json!({ "requests": [{ "individual_id": employee.as_str() }] })),
            ..get(NAME, &employee, path.to_owned())
        };
        let request = RecordRequest {
            also: vec![ask("/employer/individual")],
            ..ask("/employer/employment")
        };
        needs_record(authentic, authentic.timestamp, change, request)
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let employment = answer(notice, &record[0])?;
        let individual = answer(notice, &record[1])?;
        let status = text(&employment["employment_status"]);
        let ended = matches!(
            status.as_deref(),
            Some("terminated" | "retired" | "deceased")
        );
        let person = person(notice, employment, individual);
        Ok(if notice.change.ends_with(".created") {
            Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
        } else {
            Translation::of_events(events_of_record(notice, ended, person), "")
        })
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn sign(&self, secret: &SourceSecret, outgoing: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        SCHEME.sign(secret, outgoing)
    }
}

/// The one body in an answer to several people. Each has a status of its own.
fn answer<'a>(notice: &Notice, answers: &'a Value) -> Result<&'a Value, RecordError> {
    let one = &answers["responses"][0];
    let code = one["code"]
        .as_u64()
        .and_then(|code| u16::try_from(code).ok());
    // 202: Finch has not read the person yet, and will have soon.
    let code = match code {
        Some(202) => 503,
        Some(code) => code,
        None => 200,
    };
    if let Some(error) = RecordError::from_status(&notice.request, code, None) {
        return Err(error);
    }
    check_record("Finch", notice, &one["body"], &one["individual_id"])?;
    Ok(&one["body"])
}

/// What is read of an individual, and where it stands in the answer.
const INDIVIDUAL: &[(&str, &str)] = &[
    ("givenName", "preferred_name"),
    ("givenName", "first_name"),
    ("familyName", "last_name"),
];

/// What is read of their employment. Who comes back begins on that day; Finch keeps the first one beside it.
const EMPLOYMENT: &[(&str, &str)] = &[
    ("givenName", "first_name"),
    ("familyName", "last_name"),
    ("department", "department.name"),
    ("title", "title"),
    ("employmentType", "employment.type"),
    ("country", "location.country"),
    ("location", "location.name"),
    ("location", "location.city"),
    ("manager", "manager.id"),
    ("startDate", "latest_rehire_date"),
    ("startDate", "start_date"),
    ("lastDay", "end_date"),
];

fn person(notice: &Notice, employment: &Value, individual: &Value) -> PersonDraft {
    let mut read = Reading::of(&notice.employee_id);
    if employment["employment"]["subtype"].as_str() == Some("intern") {
        read = read.value(
            "employmentType",
            "employment.subtype",
            &Value::from("intern"),
        );
    }
    for email in individual["emails"].as_array().into_iter().flatten() {
        read = match email["type"].as_str() {
            Some("work") => read.value("workEmail", "emails.data", &email["data"]),
            Some("personal") => read.value("personalEmail", "emails.data", &email["data"]),
            _ => read,
        };
    }
    let mut person = read
        .fields(individual, INDIVIDUAL)
        .fields(employment, EMPLOYMENT)
        .done();
    // The end before they came back.
    let rehired = date(&employment["latest_rehire_date"]);
    person.last_day = person
        .last_day
        .filter(|last| rehired.is_none_or(|day| *last >= day));
    person
}
