//! What is rehearsed: a webhook of the source `generic`, when HR confirms it, and who is known already.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use latchkey_lifecycle::{EmployeeId, PersonDraft};
use serde_json::{Map, Value, json};

/// What is rehearsed.
#[derive(Debug, Clone)]
pub struct Script {
    /// The body of the webhook.
    pub payload: Value,
    /// When HR confirms it (UTC): the rehearsal's first instant.
    pub begin: Timestamp,
    /// People whom HR and the systems know already.
    pub people: Vec<PersonDraft>,
}

/// Why there is nothing to rehearse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// The event is neither a webhook nor a kind of event.
    #[error(
        "`{0}` is neither a webhook of the source `generic` (a JSON file, see events/generic) nor an event: hire, transfer, \
         exit, urgent-exit, rehire, leave, return"
    )]
    Unknown(String),
    /// When HR confirms it is not known.
    #[error(
        "it is not said when HR confirms the event; add --on DAY, or --confirmed INSTANT such as 2026-11-23T08:00:00Z"
    )]
    NoBeginning,
    /// An event without a day.
    #[error("a {0} needs its day; add --on DAY, e.g. --on 2026-12-07")]
    NoDay(String),
    /// The record does not fit.
    #[error("the person's record does not fit: {0}")]
    Person(String),
}

/// HR confirms two weeks before, at nine in the company's time zone, when nobody says otherwise.
const NOTICE_DAYS: i64 = 14;

impl Script {
    /// From a webhook's payload. It begins when the payload, or the caller, says that HR confirmed it; else two weeks
    /// before its day.
    ///
    /// # Errors
    /// [`ScriptError::Unknown`] when it is no webhook, [`ScriptError::NoBeginning`] when it names no time at all.
    pub fn of_payload(
        payload: Value,
        confirmed: Option<Timestamp>,
        people: Vec<PersonDraft>,
        zone: &TimeZone,
    ) -> Result<Script, ScriptError> {
        if !payload["type"].is_string() || !payload["data"].is_object() {
            return Err(ScriptError::Unknown("the file".to_owned()));
        }
        let told = payload["timestamp"].as_str().and_then(|t| t.parse().ok());
        let day = payload["data"]["effective_date"].as_str();
        let day: Option<Date> = day.and_then(|day| day.parse().ok());
        let begin = confirmed.or(told).or_else(|| notice(day?, zone));
        Ok(Script {
            payload,
            begin: begin.ok_or(ScriptError::NoBeginning)?,
            people,
        })
    }

    /// From a kind of event and a person. Who is hired is new; whoever changes jobs or leaves is known already, and
    /// `set` says what is different afterwards.
    ///
    /// # Errors
    /// [`ScriptError`] says what is missing.
    pub fn of_kind(
        kind: &str,
        person: &PersonDraft,
        set: &[(String, String)],
        on: Option<Date>,
        confirmed: Option<Timestamp>,
        zone: &TimeZone,
    ) -> Result<Script, ScriptError> {
        let (event_type, joins) = match kind {
            "hire" => ("person.hired", true),
            "transfer" => ("person.transferred", false),
            "exit" => ("person.exiting", false),
            "urgent-exit" => ("person.exit.urgent", false),
            "rehire" => ("person.rehired", true),
            "leave" => ("person.leave_started", false),
            "return" => ("person.leave_ended", false),
            other => return Err(ScriptError::Unknown(other.to_owned())),
        };
        let on = on.or(if kind == "hire" {
            person.start_date
        } else {
            None
        });
        if on.is_none() && kind != "urgent-exit" {
            return Err(ScriptError::NoDay(kind.to_owned()));
        }
        let begin = match (confirmed, on) {
            (Some(confirmed), _) => Some(confirmed),
            (None, Some(on)) if kind == "urgent-exit" => at_nine(on, zone),
            (None, Some(on)) => notice(on, zone),
            (None, None) => None,
        };
        let Some(employee) = &person.employee_id else {
            return Err(ScriptError::Person("it has no employeeId".to_owned()));
        };
        let mut record = if joins { snake(person)? } else { Map::new() };
        for (name, value) in set {
            record.insert(name.clone(), json!(value));
        }
        let mut data = json!({ "employee_id": employee, "person": record });
        if let Some(on) = on {
            data["effective_date"] = json!(on);
        }
        let people = if joins {
            Vec::new()
        } else {
            vec![person.clone()]
        };
        Ok(Script {
            payload: json!({ "type": event_type, "data": data }),
            begin: begin.ok_or(ScriptError::NoBeginning)?,
            people,
        })
    }

    /// Who comes back from a leave that began before the rehearsal does.
    pub(crate) fn comes_back(&self) -> Option<EmployeeId> {
        self.whose("person.leave_ended")
    }

    /// Who is hired again, after an exit before the rehearsal.
    pub(crate) fn comes_again(&self) -> Option<EmployeeId> {
        self.whose("person.rehired")
    }

    fn whose(&self, event_type: &str) -> Option<EmployeeId> {
        let employee = self.payload["data"]["employee_id"].as_str()?;
        let fits = self.payload["type"] == event_type;
        EmployeeId::new(employee).ok().filter(|_| fits)
    }

    /// The people as HR knows them when it begins: who is hired again has left by then.
    pub(crate) fn known_people(&self, zone: &TimeZone) -> Vec<PersonDraft> {
        let again = self.comes_again();
        let today = self.begin.to_zoned(zone.clone()).date();
        let yesterday = today.yesterday().unwrap_or(today);
        let mut people = self.people.clone();
        for person in &mut people {
            if again.is_some() && person.employee_id == again {
                let left = person.last_day.filter(|day| *day < today);
                person.last_day = Some(left.unwrap_or(yesterday));
            }
        }
        people
    }
}

fn at_nine(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let nine = day.at(9, 0, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(nine.timestamp())
}

fn notice(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    at_nine(day.checked_sub(NOTICE_DAYS.days()).ok()?, zone)
}

/// A record as the webhook has it: `given_name` for `givenName`.
fn snake(person: &PersonDraft) -> Result<Map<String, Value>, ScriptError> {
    let value = serde_json::to_value(person).map_err(|e| ScriptError::Person(e.to_string()))?;
    let mut all = Map::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        if snake != "employee_id" {
            all.insert(snake, value.clone());
        }
    }
    Ok(all)
}
