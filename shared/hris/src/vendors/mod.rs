//! One file for each vendor. They are listed in [`SOURCES`](crate::SOURCES).

pub(crate) mod bamboohr;
pub(crate) mod generic;
pub(crate) mod hibob;

use serde_json::Value;

use crate::Refusal;

/// The body as JSON, without its content in the error.
fn json(body: &[u8]) -> Result<Value, Refusal> {
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
