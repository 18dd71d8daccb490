//! Rippling, webhooks of a partner app.
//!
//! - Payload, events and authentication: Rippling's guide
//!   (<https://developer.rippling.com/documentation/developer-portal/v2-guides/webhooks>) as a third party transcribed
//!   it: <https://apis.io/apis/rippling/rippling-webhooks-api/>. A form, not JSON; nothing is signed; a bearer token is
//!   sent when the app is given one. We insist on it
//! - Record: <https://developer.rippling.com/documentation/rest-api>, a worker. That the webhook's id is a worker's id
//!   there is how we read it, and is written nowhere
//!
//! A delivery has neither an id nor a time, comes about five minutes late, and two changes of the same person look
//! alike. So every delivery counts as another one, and what was told before is known by what it says.

use http::{HeaderMap, HeaderValue, header};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use serde_json::Value;

use super::{check_record, get, needs_record, none_of_ours};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    normalise::Reading,
    record_fields::id_for_path,
    signature::{check_token, token_headers},
    update::{NOT_NEW, ends, events_of_new, events_of_record},
};

const NAME: &str = "rippling";

/// What stands in the record as an id only, unless it is asked for.
const EXPAND: &str = "user,manager,department,employment_type,level";

/// Events that concern nobody's access.
const NOBODYS: &[&str] = &["company.", "department.", "group.", "leave_request."];

/// Rippling's partner webhooks.
pub(crate) struct Rippling;

impl Source for Rippling {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check_envelope(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        delivery.check_type(&["application/x-www-form-urlencoded"])
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        self.check_envelope(delivery)?;
        check_token(delivery, NAME, secret)?;
        Ok(Authentic {
            delivery_id: format!("{}-{}", delivery.body_id(), delivery.now.as_millisecond()),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let field = |name: &str| {
            let mut fields = form_urlencoded::parse(body);
            fields.find(|(key, _)| key == name).map(|(_, value)| value)
        };
        let change = field("event_name").ok_or_else(|| Refusal::Unreadable {
            source_name: NAME,
            problem: "`event_name` is missing; Rippling documents a form with `event_name`, `company_id` and `id`".into(),
        })?;
        let id = field("id").map_or(Value::Null, |id| id.into());
        if !matches!(
            change.as_ref(),
            "employee.created"
                | "employee.updated"
                | "employee.deleted"
                | "employee.hired"
                | "employee.terminated"
        ) {
            return none_of_ours(NAME, "Rippling", &change, NOBODYS, &id);
        }
        let employee: EmployeeId = id_for_path(NAME, "id", &id)?;
        let request = RecordRequest {
            query: vec![("expand".to_owned(), EXPAND.to_owned())],
            ..get(NAME, &employee, format!("/workers/{employee}"))
        };
        needs_record(authentic, authentic.timestamp, &change, request)
    }

    fn translate_record(
        &self,
        notice: &Notice,
        record: &Value,
    ) -> Result<Translation, RecordError> {
        check_record("Rippling", notice, record, &record["id"])?;
        let person = person(notice, record);
        let ended = notice.change == "employee.terminated"
            || record["status"].as_str() == Some("TERMINATED");
        Ok(match notice.change.as_str() {
            // `created`: the person was given the partner app, which may be long after the first day.
            "employee.hired" | "employee.created" => {
                Translation::of_events(events_of_new(notice, ended, person), NOT_NEW)
            }
            // The app was taken away, by whatever rule: an exit only when the record says so, too.
            "employee.deleted" if !ended && !ends(&person) => Translation::Nothing {
                why: "the person lost the app in Rippling and is still employed".to_owned(),
            },
            _ => Translation::of_events(events_of_record(notice, ended, person), ""),
        })
    }

    fn tells_what_changed(&self) -> bool {
        false
    }

    fn sign(&self, secret: &SourceSecret, _: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        let mut headers = token_headers(NAME, secret)?;
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        Ok(headers)
    }
}

/// What is read of a person, and where it stands in the record.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "user.name.preferred_given_name"),
    ("givenName", "user.name.given_name"),
    ("givenName", "preferred_first_name"),
    ("givenName", "first_name"),
    ("familyName", "user.name.preferred_family_name"),
    ("familyName", "user.name.family_name"),
    ("familyName", "last_name"),
    ("workEmail", "work_email"),
    ("personalEmail", "personal_email"),
    ("department", "department.name"),
    ("title", "title"),
    ("level", "level.name"),
    ("employmentType", "employment_type.type"),
    ("employmentType", "employment_type.label"),
    ("country", "country.code"),
    ("country", "country"),
    ("manager", "manager_id"),
    ("manager", "manager.id"),
    ("managerEmail", "manager.work_email"),
    ("startDate", "start_date"),
    ("lastDay", "end_date"),
];

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    Reading::of(&notice.employee_id)
        .fields(record, PERSON)
        .done()
}
