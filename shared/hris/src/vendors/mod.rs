//! One file for each vendor. They are listed in [`SOURCES`](crate::SOURCES).

pub(crate) mod bamboohr;
pub(crate) mod deel;
pub(crate) mod finch;
pub(crate) mod generic;
pub(crate) mod gusto;
pub(crate) mod hibob;
pub(crate) mod merge;
pub(crate) mod personio;
pub(crate) mod rippling;
pub(crate) mod workday;

use jiff::Timestamp;
use latchkey_lifecycle::{EmployeeId, UnknownEvent};
use serde_json::Value;

use crate::{
    Authentic, Notice, RecordError, RecordRequest, Refusal, Translation,
    record_fields::employee_id, translation::shortened,
};

/// The body as JSON, without its content in the error. Some senders put a byte-order mark before it.
pub(crate) fn json(body: &[u8]) -> Result<Value, Refusal> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| Refusal::NotJson {
        problem: format!("line {}, column {}", error.line(), error.column()),
    })
}

/// A JSON object whose `type` is a text.
fn typed(
    source_name: &'static str,
    body: &[u8],
    otherwise: &str,
) -> Result<(String, Value), Refusal> {
    let payload = json(body)?;
    match payload.get("type").and_then(Value::as_str) {
        Some(event_type) => Ok((event_type.to_owned(), payload)),
        None => Err(Refusal::Unreadable {
            source_name,
            problem: format!("`type` is missing; {otherwise}"),
        }),
    }
}

/// A text at the top of the body that has to be there.
fn named<'a>(
    source_name: &'static str,
    place: &str,
    value: &'a Value,
    otherwise: &str,
) -> Result<&'a str, Refusal> {
    value.as_str().ok_or_else(|| Refusal::Unreadable {
        source_name,
        problem: format!("`{place}` is missing; {otherwise}"),
    })
}

/// A vendor's event that becomes none of ours. Of those that are known to concern nobody's access there is a list:
/// their names, or how these begin, up to a dot. Any other may say that somebody leaves, and HR is asked what it means.
/// `employee`: where the vendor writes whose it is.
fn none_of_ours(
    source_name: &'static str,
    vendor: &str,
    change: &str,
    nobodys: &[&str],
    employee: &Value,
) -> Result<Translation, Refusal> {
    let listed = |known: &&str| match known.ends_with('.') {
        true => change.starts_with(known),
        false => change == *known,
    };
    let nobodys = nobodys.iter().any(listed);
    let change = shortened(change);
    if nobodys {
        let why = format!("{vendor}'s `{change}` concerns nobody's access");
        return Ok(Translation::Nothing { why });
    }
    let unknown = UnknownEvent {
        source: source_name.to_owned(),
        name: change,
        described: false,
        employee_id: employee_id(employee),
    };
    Ok(Translation::beside_unknown(Vec::new(), vec![unknown]))
}

/// A request that reads a record.
fn get(source_name: &str, employee: &EmployeeId, path: String) -> RecordRequest {
    RecordRequest {
        source: source_name.to_owned(),
        employee_id: employee.clone(),
        method: "GET".to_owned(),
        path,
        query: Vec::new(),
        headers: vec![("accept".to_owned(), "application/json".to_owned())],
        body: None,
        also: Vec::new(),
        list: false,
    }
}

/// A change of which only is known whose record it is.
fn needs_record(
    authentic: &Authentic,
    occurred_at: Timestamp,
    change: &str,
    request: RecordRequest,
) -> Result<Translation, Refusal> {
    Ok(Translation::NeedsRecord(Notice {
        source: request.source.clone(),
        delivery_id: authentic.delivery_id.clone(),
        occurred_at,
        employee_id: request.employee_id.clone(),
        change: change.to_owned(),
        changed_fields: Vec::new(),
        request,
    }))
}

/// Whether a record is the one that was asked for; `id` is where the vendor writes whose it is.
fn check_record(
    vendor: &str,
    notice: &Notice,
    record: &Value,
    id: &Value,
) -> Result<(), RecordError> {
    let unreadable = |problem: &str| RecordError::Unreadable {
        employee_id: notice.employee_id.clone(),
        problem: format!("{vendor} answers with {problem}"),
    };
    if !record.is_object() {
        return Err(unreadable("something that is not a JSON object"));
    }
    if employee_id(id).is_some_and(|id| id != notice.employee_id) {
        return Err(unreadable("the record of somebody else"));
    }
    Ok(())
}
