//! The frame of every page: one look, strict headers, nothing from elsewhere.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use latchkey_lifecycle::shown;
use maud::{DOCTYPE, Markup, html};

/// The style sheet, served from `/latchkey.css`.
pub(crate) const STYLE: &str = include_str!("latchkey.css");

/// No scripts, nothing from other hosts, no framing, forms only to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// A page.
pub(crate) fn page(status: StatusCode, company: &str, title: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (title) " · Latchkey" }
                link rel="stylesheet" href="/latchkey.css";
            }
            body {
                header { span.mark { "Latchkey" } @if !company.is_empty() { span { (company) } } }
                main { (content) }
            }
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        // The address is the key to the task: it must not leave by a referrer, nor stay in a cache.
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    // maud escapes what acts in HTML; this is what acts on those who read.
    let shown = shown::text(&markup.0).into_owned();
    (status, headers, shown).into_response()
}

/// A page that only says something.
pub(crate) fn message(status: StatusCode, company: &str, title: &str, text: &str) -> Response {
    page(
        status,
        company,
        title,
        &html! { h1 { (title) } p { (text) } },
    )
}
