//! What the crate answers, as HTTP.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use scim_server::operation_handler::ScimOperationResponse;
use serde::Deserialize;
use serde_json::{Value, json};

/// Resources in one page, at most.
pub(crate) const MOST: usize = 100;
/// RFC 7644 section 3.1.
const SCIM_JSON: HeaderValue = HeaderValue::from_static("application/scim+json");

/// What is taken of RFC 7644 section 3.4.2.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    pub(crate) filter: Option<String>,
    start_index: Option<usize>,
    count: Option<usize>,
}

/// The attribute and the value of a filter `attribute eq "value"`, which is all that the crate searches by.
pub(crate) fn equals(filter: &str) -> Option<(String, String)> {
    let (attribute, value) = filter.split_once(" eq ")?;
    let value = serde_json::from_str(value).ok()?;
    let simple = attribute.chars().all(char::is_alphanumeric);
    simple.then(|| (attribute.to_owned(), value))
}

fn scim(status: StatusCode, body: Value) -> Response {
    let kind = [(header::CONTENT_TYPE, SCIM_JSON)];
    (status, kind, Json(body)).into_response()
}

/// An error as RFC 7644 section 3.12 has it.
pub(crate) fn error(status: StatusCode, kind: Option<&str>, detail: &str) -> Response {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.as_str(), "detail": detail,
    });
    if let Some(kind) = kind {
        body["scimType"] = kind.into();
    }
    scim(status, body)
}

/// What the crate refuses. Its codes do not tell a duplicate from other faults of its store; its words do.
fn refused(answer: &ScimOperationResponse) -> Response {
    let detail = answer.error.as_deref().unwrap_or_default();
    let says = |words: &[&str]| words.iter().any(|word| detail.contains(word));
    let (status, kind) = match answer.error_code.as_deref().unwrap_or_default() {
        "RESOURCE_NOT_FOUND" => (StatusCode::NOT_FOUND, None),
        "VALIDATION_ERROR" | "INVALID_REQUEST" => (StatusCode::BAD_REQUEST, Some("invalidValue")),
        "version_mismatch" => (StatusCode::PRECONDITION_FAILED, None),
        _ if says(&["not found"]) => (StatusCode::NOT_FOUND, None),
        _ if says(&["uplicate", "already exists"]) => (StatusCode::CONFLICT, Some("uniqueness")),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, None),
    };
    error(status, kind, detail)
}

/// An answer about one resource, with its version (RFC 7644 section 3.14).
pub(crate) fn resource(status: StatusCode, answer: ScimOperationResponse) -> Response {
    if !answer.success {
        return refused(&answer);
    }
    let version = answer.metadata.additional.get("etag");
    let version = version.and_then(|version| version.as_str()?.parse::<HeaderValue>().ok());
    let mut response = match answer.data {
        Some(body) => scim(status, body),
        None => status.into_response(),
    };
    if let Some(version) = version {
        response.headers_mut().insert(header::ETAG, version);
    }
    response
}

/// A page of what was found.
pub(crate) fn list(asked: &Asked, answer: ScimOperationResponse) -> Response {
    if !answer.success {
        return refused(&answer);
    }
    let all = match answer.data {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let start = asked.start_index.unwrap_or(1).max(1);
    let count = asked.count.unwrap_or(MOST).min(MOST);
    let total = all.len();
    let page: Vec<Value> = all.into_iter().skip(start - 1).take(count).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total, "startIndex": start, "itemsPerPage": page.len(), "Resources": page,
    });
    scim(StatusCode::OK, body)
}
