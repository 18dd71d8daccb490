//! How a server's lists look on the wire, and how a page of one is spoiled.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

/// Where the lines of a server's lists stand, and how it says where a list goes on.
#[derive(Debug, Clone, Copy)]
pub struct Lists {
    /// JSON pointers; the first that leads to a list counts.
    pub lines: &'static [&'static str],
    /// How it goes on.
    pub next: Next,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// By a header `Link` with `rel="next"`.
    Link,
    /// By a token or an address in the answer, at this JSON pointer.
    At(&'static str),
    /// By a number that the client puts into this parameter, 1 at first; the answer says how many there are in all.
    Number(&'static str),
}

/// Stands in what says where a page begins that the server does not have, before its number.
const MARK: &str = "latchkeyPage";

/// The number of a page that the server does not have, where a request asks for one.
pub(crate) fn asked_for(request: &str) -> Option<usize> {
    let (_, rest) = request.split_once(MARK)?;
    let rest = rest
        .trim_start_matches(['=', '.'])
        .trim_start_matches("%3D");
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

/// What says where a page begins, leading to the page of this number instead. Addresses stay addresses.
fn marked(next: &str, number: usize) -> String {
    match next.contains("://") {
        true => format!("{next}&{MARK}={number}"),
        false => format!("{MARK}{number}.{next}"),
    }
}

impl Lists {
    fn lines_of<'b>(&self, body: &'b mut Value) -> Option<&'b mut Vec<Value>> {
        let place = self
            .lines
            .iter()
            .find(|place| body.pointer(place).is_some_and(Value::is_array))?;
        body.pointer_mut(place)?.as_array_mut()
    }

    /// Takes everything from a page.
    pub(crate) fn empty(&self, body: &mut Value) {
        if let Some(lines) = self.lines_of(body) {
            lines.clear();
        }
    }

    /// The address of a list's first page, where a further one is asked for by its number.
    pub(crate) fn first_instead(&self, path: &str) -> Option<String> {
        let Next::Number(parameter) = self.next else {
            return None;
        };
        let name = format!("{parameter}=");
        let (before, rest) = path.split_once(&name)?;
        let end = rest.find('&').unwrap_or(rest.len());
        (rest[..end] != *"1").then(|| format!("{before}{name}1{}", &rest[end..]))
    }

    /// Lets a page lead to the page of this number; `false` when it is the last.
    pub(crate) fn lead_to(&self, number: usize, headers: &mut HeaderMap, body: &mut Value) -> bool {
        if self.lines_of(body).is_none() {
            return false;
        }
        match self.next {
            Next::Number(_) => false,
            Next::At(place) => {
                let Some(Value::String(next)) = body.pointer_mut(place) else {
                    return false;
                };
                if next.is_empty() {
                    return false;
                }
                *next = marked(next, number);
                true
            }
            Next::Link => {
                let links: Vec<String> = headers
                    .get_all(header::LINK)
                    .iter()
                    .filter_map(|link| link.to_str().ok().map(str::to_owned))
                    .collect();
                let all = links.join(", ");
                let Some(at) = all.find(r#"rel="next""#) else {
                    return false;
                };
                let Some(end) = all[..at].rfind('>') else {
                    return false;
                };
                let linked = format!("{}&{MARK}={number}{}", &all[..end], &all[end..]);
                headers.remove(header::LINK);
                match HeaderValue::from_str(&linked) {
                    Ok(linked) => headers.insert(header::LINK, linked).is_none(),
                    Err(_) => false,
                }
            }
        }
    }
}
