//! Personio, webhooks of API version 2.
//!
//! - Payload, events, retries, and the three seconds in which an answer has to come:
//!   <https://developer.personio.de/v2.0/reference/webhooks>. Where in `payload` the person's id stands is in its event
//!   catalogue, of which we have seen no copy: `person_id`, `person.id` and, for events of a person, `id` are read
//! - Authentication: <https://developer.personio.de/reference/post_v2-webhooks>: nothing is signed; a token that never
//!   changes comes in `Authorization`
//! - Record: <https://developer.personio.de/reference/get_company-employees-employee-id> (version 1: version 2 has
//!   departments and offices as ids only). A person of version 2 is an employee of version 1, under the same id
//!
//! - Changes: <https://developer.personio.de/reference/get_company-employees> (`updated_since`) and
//!   <https://developer.personio.de/docs/pagination-adoption-guide-for-v1-get-employees-endpoint>
//!
//! Webhooks carry ids only, and not which field changed.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use latchkey_lifecycle::{EmployeeId, EventKind, PersonDraft};
use serde_json::{Value, json};

use super::{check_record, get, json as parsed, named, needs_record, none_of_ours};
use crate::{
    Asked, Authentic, Change, Delivery, Notice, Outgoing, Page, Poll, RecordError, RecordRequest,
    Refusal, Source, SourceSecret, Translation,
    normalise::{Reading, text},
    poll,
    record_fields::{id_for_path, instant},
    signature::{check_token, token_headers},
    translation::bare_event,
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "personio";

/// Events that concern nobody's access: <https://developer.personio.de/v2.0/reference/webhooks>.
const NOBODYS: &[&str] = &[
    "absence.",
    "absence-period.",
    "attendance.",
    "attendance-period.",
    "document.",
];

/// Personio's webhooks.
pub(crate) struct Personio;

impl Source for Personio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_json()?;
        check_token(delivery, NAME, secret)?;
        // No delivery id: the body's own time makes its digest one.
        Ok(Authentic {
            delivery_id: delivery.body_id(),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = parsed(body)?;
        let otherwise =
            "Personio documents `company_id`, `event_name`, `occurred_at` and `payload`";
        let change = named(NAME, "event_name", &body["event_name"], otherwise)?;
        let (of_person, what) = match change.split_once('.') {
            Some(("person", what)) => (true, what),
            Some(("employment", what)) => (false, what),
            _ => (false, ""),
        };
        let payload = &body["payload"];
        let by_name = [&payload["person_id"], &payload["person"]["id"]];
        let id = by_name.into_iter().find(|id| !id.is_null());
        let id = id.unwrap_or(if of_person {
            &payload["id"]
        } else {
            &Value::Null
        });
        if !matches!(
            what,
            "created" | "updated" | "deleted" | "started" | "terminated"
        ) {
            return none_of_ours(NAME, "Personio", change, NOBODYS, id);
        }
        let employee = id_for_path(NAME, "payload.person_id", id)?;
        let occurred_at = body["occurred_at"]
            .as_str()
            .and_then(instant)
            .unwrap_or(authentic.timestamp);
        if what == "deleted" {
            return Ok(bare_event(
                NAME,
                authentic,
                occurred_at,
                EventKind::HireRescinded,
                employee,
                "The record was deleted in Personio.",
            ));
        }
        needs_record(authentic, occurred_at, change, record(&employee))
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        let fields = &record["data"]["attributes"];
        check_record("Personio", notice, fields, &fields["id"]["value"])?;
        let person = person(notice, fields);
        let status = text(&fields["status"]["value"]);
        let ended =
            notice.change == "employment.terminated" || status.as_deref() == Some("inactive");
        Ok(match notice.change.as_str() {
            "person.created" | "employment.created" | poll::NEW => {
                Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
            }
            _ => Translation::of_events(events_of_record(notice, ended, person), ""),
        })
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn poll(&self) -> Option<&dyn Poll> {
        Some(self)
    }

    fn sign(&self, secret: &SourceSecret, _: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        token_headers(NAME, secret)
    }
}

/// People on a page, the most that Personio gives.
const PAGE: u64 = 100;

/// `updated_since` has no time zone, and the page does not say which one it is in: a day before is before in all of
/// them.
const ANY_ZONE: SignedDuration = SignedDuration::from_hours(24);

impl Poll for Personio {
    fn first(&self, since: Timestamp) -> RecordRequest {
        let since = since.saturating_sub(ANY_ZONE).unwrap_or(since);
        let since = since.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        page_from(0, since)
    }

    fn read(&self, asked: &Asked<'_>, page: &Value) -> Result<Page, RecordError> {
        let documented = "Personio documents `data` with employees, each with `attributes.id`";
        let data = page["data"].as_array();
        let data = data.ok_or_else(|| poll::unreadable(asked, documented))?;
        let change = |one: &Value| {
            let fields = &one["attributes"];
            let employee = id_for_path(NAME, "data.attributes.id", &fields["id"]["value"])
                .map_err(|_| poll::unreadable(asked, documented))?;
            let at = fields["last_modified_at"]["value"]
                .as_str()
                .and_then(instant);
            let mark = at.unwrap_or(asked.since).to_string();
            let request = record(&employee);
            let read = Some(json!({ "data": one }));
            Ok(Change::of_record(asked, employee, at, &mark, request, read))
        };
        let changes: Vec<Change> = data.iter().map(change).collect::<Result<_, _>>()?;
        let asked_for = |name: &str| {
            let found = asked.request.query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let read = asked_for("offset").parse::<u64>().unwrap_or_default() + data.len() as u64;
        let all = page["metadata"]["total_elements"].as_u64();
        let more = !data.is_empty() && all.map_or(data.len() as u64 == PAGE, |all| read < all);
        let next = more.then(|| page_from(read, asked_for("updated_since")));
        Ok(Page { changes, next })
    }
}

fn page_from(offset: u64, since: String) -> RecordRequest {
    RecordRequest {
        query: vec![
            ("limit".to_owned(), PAGE.to_string()),
            ("offset".to_owned(), offset.to_string()),
            ("updated_since".to_owned(), since),
        ],
        ..poll::list(NAME, "GET", "/v1/company/employees")
    }
}

/// The request for a record.
fn record(employee: &EmployeeId) -> RecordRequest {
    get(NAME, employee, format!("/v1/company/employees/{employee}"))
}

/// What is read of a person, and where it stands: each attribute is an object with a label and a value; departments and
/// offices have their name inside. There is no country of work: that of the holiday calendar is the place's.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "preferred_name.value"),
    ("givenName", "first_name.value"),
    ("familyName", "last_name.value"),
    ("workEmail", "email.value"),
    ("department", "department.value.attributes.name"),
    ("title", "position.value"),
    ("country", "holiday_calendar.value.attributes.country"),
    ("location", "office.value.attributes.name"),
    ("manager", "supervisor.value.attributes.id.value"),
    ("managerEmail", "supervisor.value.attributes.email.value"),
    ("startDate", "hire_date.value"),
    ("lastDay", "last_working_day.value"),
    ("lastDay", "termination_date.value"),
];

fn person(notice: &Notice, fields: &Value) -> PersonDraft {
    let words = &fields["employment_type"]["value"];
    let employment = match words.as_str() {
        Some("internal") => Value::from("employee"),
        Some("external") => Value::from("contractor"),
        _ => words.clone(),
    };
    Reading::of(&notice.employee_id)
        .fields(fields, PERSON)
        .value("employmentType", "employment_type.value", &employment)
        .done()
}
