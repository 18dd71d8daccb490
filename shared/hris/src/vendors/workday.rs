//! Workday.
//!
//! Workday has no webhooks of its own. What it has, without programming, is an outbound integration of its Enterprise
//! Interface Builder: a step of a business process runs a custom report and posts it as JSON (delivery HTTP/SSL, Basic
//! authentication). So this source reads such a report, whose columns have the names below. An integration made in
//! Studio or Orchestrate can post the same.
//!
//! Workday's own pages are behind a login. The shape is from third parties: a report as JSON is a list `Report_Entry`
//! (<https://americasworkdayfinance.blogspot.com/2020/05/workday-eib-outbound.html> names the formats), and HTTP/SSL
//! with Basic authentication is how others receive it
//! (<https://developer.pluralsight.com/integrations-hub/documentation/license-deprovisioning/workday-eib-setup>). The
//! column names are ours.

use http::HeaderMap;
use latchkey_lifecycle::{Event, EventKind};
use serde_json::Value;

use super::json;
use crate::{
    Authentic, Delivery, Outgoing, Refusal, Source, SourceSecret, Translation,
    normalise::{Reading, Told, text, told},
    record_fields::{id_at, zoned_instant},
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
        delivery.check_json()?;
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

/// The company writes the columns itself, so that what is not understood is refused as a whole, for the integration to
/// fail where somebody sees it.
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
    let employee = match &entry["Employee_ID"] {
        id if text(id).is_none() => return Err(missing("Employee_ID")),
        id => id_at(NAME, &format!("Report_Entry[{n}].Employee_ID"), id)?,
    };
    // Without it a report that says the same again could not be told from a repeated delivery.
    let confirmed = text(&entry["Confirmed_At"]).and_then(|at| zoned_instant(&at));
    let occurred_at = confirmed.ok_or_else(|| {
        unreadable(format!(
            "`Report_Entry[{n}].Confirmed_At` has to be a date and time with an offset, like 2026-11-23T07:00:00-08:00"
        ))
    })?;
    let place = |column: &str| format!("Report_Entry[{n}].{column}");
    let mut read = Reading::of(&employee);
    for (field, column) in PERSON {
        read = read.value(field, &place(column), &entry[*column]);
    }
    let day = (&*place("Effective_Date"), &entry["Effective_Date"]);
    let reason = (&*place("Reason"), &entry["Reason"]);
    let Told {
        effective,
        reason,
        person,
    } = told(NAME, kind, day, reason, read.done())?;
    Ok(Event {
        kind,
        source: NAME.to_owned(),
        delivery_id: authentic.delivery_id.clone(),
        occurred_at,
        effective,
        person,
        reason,
        confirmed_by: text(&entry["Confirmed_By"]).map(|name| shortened(&name)),
    })
}

/// What is read of a person, and the column that it stands in.
const PERSON: &[(&str, &str)] = &[
    ("givenName", "First_Name"),
    ("familyName", "Last_Name"),
    ("workEmail", "Work_Email"),
    ("personalEmail", "Personal_Email"),
    ("department", "Department"),
    ("title", "Job_Title"),
    ("level", "Level"),
    ("employmentType", "Worker_Type"),
    ("country", "Country"),
    ("location", "Location"),
    ("timeZone", "Time_Zone"),
    ("manager", "Manager_ID"),
    ("managerEmail", "Manager_Email"),
    ("startDate", "Start_Date"),
    ("lastDay", "Last_Day"),
    ("previousId", "Previous_Employee_ID"),
];
