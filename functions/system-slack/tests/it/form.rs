//! Forms as they come, and answers as Slack gives them.

use std::collections::HashMap;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use reqwest::Url;
use serde_json::{Value, json};

pub(crate) type Form = HashMap<String, String>;

/// What a call is answered with when a test says so.
pub(crate) type Said = fn() -> Response;

/// The fields of a form.
pub(crate) fn form(body: &[u8]) -> Form {
    let body = String::from_utf8_lossy(body);
    let url = Url::parse(&format!("https://form.invalid/?{body}")).unwrap();
    url.query_pairs().into_owned().collect()
}

/// A refusal, as Slack says it: with 200.
pub(crate) fn refusal(code: &str) -> Response {
    Json(json!({"ok": false, "error": code})).into_response()
}

/// Done, with more.
pub(crate) fn ok(mut more: Value) -> Response {
    more["ok"] = json!(true);
    Json(more).into_response()
}

/// A page of a list, as the form wants it; the cursor is a number.
pub(crate) fn page(field: &str, items: Vec<Value>, form: &Form) -> Response {
    let number = |name: &str| form.get(name).and_then(|n| n.parse::<usize>().ok());
    let (limit, from) = (
        number("limit").unwrap_or(100),
        number("cursor").unwrap_or(0),
    );
    let more = items.len() > from + limit;
    let next = if more {
        (from + limit).to_string()
    } else {
        String::new()
    };
    let part: Vec<Value> = items.into_iter().skip(from).take(limit).collect();
    ok(json!({field: part, "response_metadata": {"next_cursor": next}}))
}
