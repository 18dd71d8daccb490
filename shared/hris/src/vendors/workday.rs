//! Workday.
//!
//! Workday has no webhooks of its own. What it has, without programming, is an outbound integration of its Enterprise Interface
//! Builder: a step of a business process runs a custom report and posts it as JSON (delivery HTTP/SSL, Basic authentication). So
//! this source reads such a report, whose columns have the names below. An integration made in Studio or Orchestrate can post the
//! same.
//!
//! Workday's own pages are behind a login. The shape is from third parties: a report as JSON is a list `Report_Entry`
//! (<https://americasworkdayfinance.blogspot.com/2020/05/workday-eib-outbound.html> names the formats), and HTTP/SSL with Basic
//! authentication is how others receive it
//! (<https://developer.pluralsight.com/integrations-hub/documentation/license-deprovisioning/workday-eib-setup>). The column
//! names are ours.

use http::HeaderMap;
use latchkey_lifecycle::{Event, EventKind, PersonDraft};
use serde_json::Value;

use super::json;
use crate::{
    Authentic, Delivery, Outgoing, Refusal, Source, SourceSecret, Translation,
    countries::country_code,
    record_fields::{date, employee_id, employment_type, instant, text},
    signature::{check_password, password_headers},
    translation::shortened,
};

const NAME: &str = "workday";

/// The business processes as Workday calls them, and words that a calculated field gives for what is not one.
const EVENTS: [(&str, EventKind); 15] = [
    ("Hire", EventKind::Hire),
    ("Contract Contingent Worker", EventKind::Hire),
    ("Rehire", EventKind::Rehire),
    ("Change Job", EventKind::Transfer),
    ("Transfer", EventKind::Transfer),
    ("Promotion", EventKind::Transfer),
    ("Termination", EventKind::Exit),
    ("Terminate Employee", EventKind::Exit),
    ("End Contingent Worker Contract", EventKind::Exit),
    ("Immediate Termination", EventKind::UrgentExit),
    ("Rescind Hire", EventKind::HireRescinded),
    ("Rescind Termination", EventKind::ExitWithdrawn),
    ("Change Start Date", EventKind::DateMoved),
    ("Leave of Absence", EventKind::Leave),
    ("Return from Leave of Absence", EventKind::Return),
];

/// Reports that Workday posts.
pub(crate) struct Workday;

impl Source for Workday {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_envelope()?;
        check_password(delivery, NAME, secret)?;
        Ok(Authentic {
            delivery_id: delivery.body_id(),
            timestamp: delivery.now,
        })
    }

    fn translate(&self, authentic: &Authentic, body: &[u8]) -> Result<Translation, Refusal> {
        let body = json(body)?;
        let entries = body["Report_Entry"].as_array().ok_or_else(|| {
            unreadable("`Report_Entry` is missing; choose JSON as the report's format".into())
        })?;
        let events: Result<Vec<Event>, Refusal> = entries
            .iter()
            .enumerate()
            .map(|(n, entry)| event(authentic, n, entry))
            .collect();
        Ok(Translation::of_events(events?, "the report is empty"))
    }

    fn sign(&self, secret: &SourceSecret, _: &Outgoing<'_>) -> Result<HeaderMap, Refusal> {
        password_headers(NAME, secret)
    }
}

fn unreadable(problem: String) -> Refusal {
    Refusal::Unreadable {
        source_name: NAME,
        problem,
    }
}

/// The company writes the columns itself, so that what is not understood is refused as a whole, for the integration to fail
/// where somebody sees it.
fn event(authentic: &Authentic, n: usize, entry: &Value) -> Result<Event, Refusal> {
    let missing = |column: &str| unreadable(format!("`Report_Entry[{n}].{column}` is missing"));
    let name = text(&entry["Event"]).ok_or_else(|| missing("Event"))?;
    let kind = EVENTS
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&name))
        .map(|(_, kind)| kind)
        .ok_or_else(|| Refusal::UnknownEvent {
            event_type: shortened(&name),
            known: EVENTS.map(|(known, _)| known).join(", "),
        })?;
    let employee = employee_id(&entry["Employee_ID"]).ok_or_else(|| missing("Employee_ID"))?;
    // Without it a report that says the same again could not be told from a repeated delivery.
    let confirmed = text(&entry["Confirmed_At"]).and_then(|at| instant(&at));
    let occurred_at = confirmed.ok_or_else(|| {
        unreadable(format!(
            "`Report_Entry[{n}].Confirmed_At` is not a date and time"
        ))
    })?;
    let effective = date(&entry["Effective_Date"]);
    let mut person = person(entry);
    person.employee_id = Some(employee);
    match kind {
        EventKind::Hire | EventKind::Rehire => person.start_date = effective.or(person.start_date),
        EventKind::Exit | EventKind::UrgentExit => person.last_day = effective.or(person.last_day),
        _ => {}
    }
    let effective = match kind {
        EventKind::Hire | EventKind::Rehire => person.start_date,
        EventKind::Exit | EventKind::UrgentExit => person.last_day,
        _ => effective,
    };
    Ok(Event {
        kind,
        source: NAME.to_owned(),
        delivery_id: authentic.delivery_id.clone(),
        occurred_at,
        effective,
        person,
        reason: text(&entry["Reason"]),
        confirmed_by: text(&entry["Confirmed_By"]).map(|name| shortened(&name)),
    })
}

fn person(entry: &Value) -> PersonDraft {
    PersonDraft {
        given_name: text(&entry["First_Name"]),
        family_name: text(&entry["Last_Name"]),
        work_email: text(&entry["Work_Email"]),
        personal_email: text(&entry["Personal_Email"]),
        department: text(&entry["Department"]),
        title: text(&entry["Job_Title"]),
        level: text(&entry["Level"]),
        employment_type: text(&entry["Worker_Type"]).map(|words| {
            if words.eq_ignore_ascii_case("contingent worker") {
                "contractor".to_owned()
            } else {
                employment_type(&words)
            }
        }),
        country: text(&entry["Country"]).and_then(|name| country_code(&name)),
        location: text(&entry["Location"]),
        time_zone: text(&entry["Time_Zone"]),
        manager: employee_id(&entry["Manager_ID"]),
        manager_email: text(&entry["Manager_Email"]),
        start_date: date(&entry["Start_Date"]),
        last_day: date(&entry["Last_Day"]),
        previous_id: employee_id(&entry["Previous_Employee_ID"]),
        ..PersonDraft::default()
    }
}
