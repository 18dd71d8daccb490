//! Several calls of one API in one request, and what each is answered
//! (<https://developers.google.com/workspace/admin/directory/v1/guides/batch>). Each counts against the limits like a
//! call of its own, and Google may carry them out in any order: only for what does not depend on each other.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use latchkey_systems::{Call, Reply};

/// Where an API takes them, below its host (`batchPath` of the discovery documents).
pub(crate) const PATH: &str = "batch";
/// No more in one request.
pub(crate) const MOST: usize = 1_000;
/// With the boundary that [`body`] puts between the parts.
pub(crate) const MEDIA_TYPE: &str = "multipart/mixed; boundary=latchkey_batch";
const BOUNDARY: &str = "latchkey_batch";

/// The Content-ID of a call, without `<` and `>` (RFC 2045 section 7).
fn id(at: usize) -> String {
    format!("call-{at}@latchkey")
}

/// A request of these calls to the API that stands at `root`. They have no bodies. What is in a path or query is
/// encoded, so it cannot begin a line of its own.
pub(crate) fn body(root: &str, calls: &[Call]) -> String {
    let mut all = String::new();
    for (at, call) in calls.iter().enumerate() {
        let (method, target, id) = (&call.method, target(root, call), id(at));
        all.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <{id}>\r\n\r\n\
             {method} {target} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        ));
    }
    all.push_str(&format!("--{BOUNDARY}--\r\n"));
    all
}

/// The path and query of a call: the guide allows no whole addresses.
fn target(root: &str, call: &Call) -> String {
    let path = format!("/{root}/{}", call.path);
    if call.query.is_empty() {
        return path;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&call.query)
        .finish();
    format!("{path}?{query}")
}

/// What so many calls are answered, each at its call's place; `None` for one that has no answer of HTTP's form. `None`
/// for all where the whole is not in parts, or ends before its end.
pub(crate) fn answers(headers: &HeaderMap, text: &str, calls: usize) -> Option<Vec<Option<Reply>>> {
    let boundary = boundary(headers)?;
    let mut all = vec![None; calls];
    for part in parts(text, boundary)? {
        let (headers, inner) = headed(part);
        let given = headers.get("content-id").and_then(|of| of.to_str().ok());
        let given = given.and_then(answered);
        let at = (0..calls).find(|at| given == Some(&id(*at)));
        if let Some(at) = at {
            all[at] = answer(inner);
        }
    }
    Some(all)
}

/// RFC 2046 section 5.1.1: none of its characters is `;` or `"`.
fn boundary(headers: &HeaderMap) -> Option<&str> {
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parameters = media_type.split(';').map(str::trim);
    let name = parameters.next()?;
    if !name.eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let mut named = parameters.filter_map(|parameter| parameter.split_once('='));
    let (_, boundary) = named.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    Some(boundary.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// What stands between the boundaries. No answer has a line that looks like one: JSON writes the end of a line within a
/// text as `\n`.
fn parts<'a>(text: &'a str, boundary: &str) -> Option<Vec<&'a str>> {
    let (mut all, mut from, mut at) = (Vec::new(), None, 0);
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("--").map(str::trim_end);
        let rest = rest.and_then(|rest| rest.strip_prefix(boundary));
        if let Some("" | "--") = rest {
            all.extend(from.map(|from| &text[from..at]));
            from = Some(at + line.len());
        }
        if rest == Some("--") {
            return Some(all);
        }
        at += line.len();
    }
    None
}

/// Headers, and what comes after the empty line. What is no header is passed over.
fn headed(text: &str) -> (HeaderMap, &str) {
    let (mut headers, mut at) = (HeaderMap::new(), 0);
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.trim_end().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or_default();
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    (headers, &text[at..])
}

/// The Content-ID that is answered: it comes back with `response-` before it.
fn answered(given: &str) -> Option<&str> {
    let given = given.trim().strip_prefix('<')?.strip_suffix('>')?;
    given.strip_prefix("response-")
}

/// An answer as HTTP writes it (RFC 9112 section 4).
fn answer(text: &str) -> Option<Reply> {
    let (first, rest) = text.split_once('\n')?;
    let mut words = first.split_whitespace();
    words
        .next()
        .filter(|version| version.starts_with("HTTP/"))?;
    let status = StatusCode::from_bytes(words.next()?.as_bytes()).ok()?;
    let (headers, body) = headed(rest);
    Some(Reply {
        status,
        headers,
        body: serde_json::from_str(body).ok(),
    })
}

#[cfg(test)]
mod tests {
    use reqwest::Method;
    use serde_json::json;

    use super::*;

    fn headers(media_type: &'static str) -> HeaderMap {
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type))]
            .into_iter()
            .collect()
    }

    #[test]
    fn calls_stand_one_after_the_other_and_nothing_begins_a_line_of_its_own() {
        let mut search = Call::new(Method::GET, "users");
        let query = "externalId='a\r\n--latchkey_batch' b&c";
        search.query = vec![("query".into(), query.into())];
        let user = Call::new(Method::GET, "users/zoe%40acme.example");
        let want = "--latchkey_batch\r\nContent-Type: application/http\r\nContent-ID: <call-0@latchkey>\r\n\r\n\
            GET /admin/directory/v1/users?query=externalId%3D%27a%0D%0A--latchkey_batch%27+b%26c HTTP/1.1\r\n\
            Accept: application/json\r\n\r\n\r\n\
            --latchkey_batch\r\nContent-Type: application/http\r\nContent-ID: <call-1@latchkey>\r\n\r\n\
            GET /admin/directory/v1/users/zoe%40acme.example HTTP/1.1\r\n\
            Accept: application/json\r\n\r\n\r\n\
            --latchkey_batch--\r\n";
        assert_eq!(body("admin/directory/v1", &[search, user]), want);
        assert!(MEDIA_TYPE.ends_with(&format!("boundary={BOUNDARY}")));
    }

    #[test]
    fn answers_are_told_apart_by_their_ids() {
        // As in Google's guide, in another order; one says nothing that is HTTP, one was not asked for.
        let text = "--batch_x\r\nContent-Type: application/http\r\nContent-ID: <response-call-2@latchkey>\r\n\r\n\
            HTTP/1.1 429 Too Many Requests\r\nretry-after: 9\r\nContent-Type: application/json\r\n\r\n{\"error\":\r\n{\"code\": 429}}\r\n\
            --batch_x\r\nContent-ID: <response-call-1@latchkey>\r\n\r\nso sorry\r\n\
            --batch_x\r\ncontent-id: <response-call-0@latchkey>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n\
            --batch_x\r\nContent-ID: <response-call-7@latchkey>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n\
            --batch_x--\r\n";
        for (text, media_type) in [
            (text.to_owned(), "multipart/mixed; boundary=batch_x"),
            (
                text.replace("\r\n", "\n"),
                "Multipart/Mixed; charset=UTF-8; Boundary=\"batch_x\"",
            ),
        ] {
            let all = answers(&headers(media_type), &text, 4).unwrap();
            let status = |at: usize| all[at].as_ref().map(|of| of.status.as_u16());
            assert_eq!([0, 1, 2, 3].map(status), [Some(204), None, Some(429), None]);
            let late = all[2].as_ref().unwrap();
            assert_eq!(late.headers["retry-after"], "9");
            assert_eq!(late.body, Some(json!({"error": {"code": 429}})));
            assert_eq!(all[0].as_ref().unwrap().body, None);
        }
    }

    #[test]
    fn what_is_not_in_parts_or_has_no_end_is_no_answer() {
        let parts = "multipart/mixed; boundary=b";
        let whole = "--b\r\nContent-ID: <response-call-0@latchkey>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n--b--";
        assert!(answers(&headers(parts), whole, 1).unwrap()[0].is_some());
        assert!(answers(&headers(parts), whole.trim_end_matches("--"), 1).is_none());
        for other in ["text/html", "multipart/mixed", "multipart/mixed; boundary="] {
            assert!(answers(&headers(other), whole, 1).is_none(), "{other}");
        }
        assert!(answers(&HeaderMap::new(), whole, 1).is_none());
        assert!(answers(&headers(parts), "", 1).is_none());
        // An id that nobody gave, or without its form.
        for wrong in ["response-call-1@latchkey", "<call-0@latchkey>", "<>"] {
            let text = whole.replace("<response-call-0@latchkey>", wrong);
            assert!(answers(&headers(parts), &text, 1).unwrap()[0].is_none());
        }
    }
}
