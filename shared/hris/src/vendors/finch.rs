//! Finch, which reads many HR and payroll systems and tells what changed in them.
//!
//! - Payload, events and headers: <https://developer.tryfinch.com/developer-resources/Webhooks>
//! - Signature: the same page, and Finch's library (<https://github.com/Finch-API/finch-api-python>): Standard Webhooks under
//!   other header names; the secret is base64 without a prefix
//! - Record: <https://developer.tryfinch.com/api-reference/organization/employment> and
//!   <https://developer.tryfinch.com/api-reference/organization/individual>
//!
//! Webhooks carry ids only, and neither when it happened nor which field changed. A new person is told of as
//! `individual`, `employment` and `directory`; the three become the same event.

use http::HeaderMap;
use latchkey_lifecycle::{EventKind, PersonDraft};
use serde_json::{Value, json};

use super::{check_record, get, json as parsed, named, needs_record, nothing};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    countries::country_code,
    record_fields::{date, employee_id, employment_type, id_for_path, text},
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
            _ => return nothing("Finch", change),
        };
        if !matches!(what, "created" | "updated" | "deleted") {
            return nothing("Finch", change);
        }
        let id = &body["data"]["individual_id"];
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

fn person(notice: &Notice, employment: &Value, individual: &Value) -> PersonDraft {
    let email = |kind: &str| {
        let all = individual["emails"].as_array().map(Vec::as_slice);
        let mut all = all.unwrap_or_default().iter();
        let one = all.find(|email| email["type"].as_str() == Some(kind))?;
        text(&one["data"])
    };
    let given = [
        &individual["preferred_name"],
        &individual["first_name"],
        &employment["first_name"],
    ];
    let work = &employment["employment"];
    let place = &employment["location"];
    // Who comes back begins on that day; Finch keeps the first one beside it.
    let start = date(&employment["latest_rehire_date"]);
    PersonDraft {
        employee_id: Some(notice.employee_id.clone()),
        given_name: given.into_iter().find_map(text),
        family_name: text(&individual["last_name"]).or_else(|| text(&employment["last_name"])),
        work_email: email("work"),
        personal_email: email("personal"),
        department: text(&employment["department"]["name"]),
        title: text(&employment["title"]),
        employment_type: match work["subtype"].as_str() {
            Some("intern") => Some("intern".to_owned()),
            _ => text(&work["type"]).map(|words| employment_type(&words)),
        },
        country: text(&place["country"]).and_then(|name| country_code(&name)),
        location: text(&place["name"]).or_else(|| text(&place["city"])),
        manager: employee_id(&employment["manager"]["id"]),
        start_date: start.or_else(|| date(&employment["start_date"])),
        last_day: date(&employment["end_date"]).filter(|last| start.is_none_or(|s| *last >= s)),
        ..PersonDraft::default()
    }
}
