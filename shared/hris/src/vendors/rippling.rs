//! Rippling, webhooks of a partner app.
//!
//! - Payload, events and authentication: Rippling's guide (<https://developer.rippling.com/documentation/developer-portal/v2-guides/webhooks>)
//!   as a third party transcribed it: <https://apis.io/apis/rippling/rippling-webhooks-api/>. A form, not JSON; nothing is signed;
//!   a bearer token is sent when the app is given one. We insist on it
//! - Record: <https://developer.rippling.com/documentation/rest-api>, a worker. That the webhook's id is a worker's id there is
//!   how we read it, and is written nowhere
//!
//! A delivery has neither an id nor a time, comes about five minutes late, and two changes of the same person look alike. So every
//! delivery counts as another one, and what was told before is known by what it says.

use http::{HeaderMap, HeaderValue, header};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use serde_json::Value;

use super::{check_record, get, needs_record, nothing};
use crate::{
    Authentic, Delivery, Notice, Outgoing, RecordError, RecordRequest, Refusal, Source,
    SourceSecret, Translation,
    countries::country_code,
    record_fields::{date, employee_id, employment_type, id_for_path, text},
    signature::{check_token, token_headers},
    update::{NOT_NEW, events_of_new, events_of_record},
};

const NAME: &str = "rippling";

/// What stands in the record as an id only, unless it is asked for.
const EXPAND: &str = "user,manager,department,employment_type,level";

/// Rippling's partner webhooks.
pub(crate) struct Rippling;

impl Source for Rippling {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_size()?;
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
        if !matches!(
            change.as_ref(),
            "employee.created"
                | "employee.updated"
                | "employee.deleted"
                | "employee.hired"
                | "employee.terminated"
        ) {
            return nothing("Rippling", &change);
        }
        let id = field("id").map_or(Value::Null, |id| id.into());
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
            "employee.deleted" if !ended && person.last_day.is_none() => Translation::Nothing {
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

fn person(notice: &Notice, record: &Value) -> PersonDraft {
    let name = &record["user"]["name"];
    let given = [
        &name["preferred_given_name"],
        &name["given_name"],
        &record["preferred_first_name"],
        &record["first_name"],
    ];
    let family = [
        &name["preferred_family_name"],
        &name["family_name"],
        &record["last_name"],
    ];
    let manager = &record["manager"];
    let country = [&record["country"]["code"], &record["country"]];
    PersonDraft {
        employee_id: Some(notice.employee_id.clone()),
        given_name: given.into_iter().find_map(text),
        family_name: family.into_iter().find_map(text),
        work_email: text(&record["work_email"]),
        personal_email: text(&record["personal_email"]),
        department: text(&record["department"]["name"]),
        title: text(&record["title"]),
        level: text(&record["level"]["name"]),
        employment_type: text(&record["employment_type"]["type"])
            .or_else(|| text(&record["employment_type"]["label"]))
            .map(|words| employment_type(&words)),
        country: country
            .into_iter()
            .find_map(text)
            .and_then(|name| country_code(&name)),
        manager: employee_id(&record["manager_id"]).or_else(|| employee_id(&manager["id"])),
        manager_email: text(&manager["work_email"]),
        start_date: date(&record["start_date"]),
        last_day: date(&record["end_date"]),
        ..PersonDraft::default()
    }
}
