//! How a server's lists look on the wire, and how a page of one is spoiled.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

/// What a server's lists are on the wire. Every kind says it: what shows a part of them is made by this.
#[derive(Debug, Clone, Copy)]
pub enum Lists {
    /// Pages of JSON over HTTP.
    Json(JsonPages),
    /// Pages of LDAP (RFC 2696). Its size is an estimate, and none that may be believed: servers count what an index
    /// has, with what the filter or a right leaves out. The server's word that all was shown is its result code and the
    /// empty cookie.
    Ldap,
    /// The server has no pages, for this reason: an answer is all of it, or it is a fault.
    Whole(&'static str),
}

/// Where the lines of a list stand in JSON, and what the server says of the list.
#[derive(Debug, Clone, Copy)]
pub struct JsonPages {
    /// JSON pointers; the first that leads to a list counts.
    pub lines: &'static [&'static str],
    /// How a list goes on.
    pub next: Next,
    /// Whether it says how many there are in all.
    pub total: Total,
}

/// Whether a list says how many lines it has in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// It does, at this JSON pointer.
    At(&'static str),
    /// It does not, by this source. What then is left out of a page, or stands on pages that are never named, nobody
    /// can know.
    Untold(&'static str),
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// By a header `Link` with `rel="next"`.
    Link,
    /// By a token or an address in the answer, at this JSON pointer.
    At(&'static str),
    /// By a number that the client puts into a parameter.
    Number {
        /// The parameter.
        parameter: &'static str,
        /// What it is for the first page.
        first: u64,
    },
}

/// How a server shows a part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// Whatever page is asked for, the one before comes again, and says that the list goes on as it said before.
    PagesAgain,
    /// Between two pages is one that is empty.
    EmptyPages,
    /// The last line of each page that has several is left out. How many there are in all is said as it is.
    ShortPages,
    /// Nothing comes after the first page, and none is named. How many there are in all is said as it is.
    OnePage,
    /// The server stops with this result code of LDAP after what it showed (RFC 4511 appendix A).
    StopsWith(u8),
    /// The server says that further entries are on another server (RFC 4511 section 4.5.3).
    Elsewhere,
}

impl Shows {
    /// Whether the list may be read to its end all the same. Else it has to be known that it is a part.
    pub(crate) fn may_be_whole(self) -> bool {
        matches!(self, Shows::EmptyPages | Shows::ShortPages)
    }
}

impl Lists {
    /// How a part of them can be shown so that whoever reads them can know it.
    pub(crate) fn parts(&self) -> Vec<Shows> {
        let every = [Shows::PagesAgain, Shows::EmptyPages];
        let more: &[Shows] = match self {
            Lists::Whole(_) => return Vec::new(),
            // There an empty page is how a list ends.
            Lists::Json(JsonPages {
                next: Next::Number { .. },
                total: Total::Untold(_),
                ..
            }) => return vec![Shows::PagesAgain],
            Lists::Json(JsonPages {
                total: Total::At(_),
                ..
            }) => &[Shows::ShortPages, Shows::OnePage],
            Lists::Json(_) => &[],
            // referral, sizeLimitExceeded, adminLimitExceeded.
            Lists::Ldap => &[
                Shows::StopsWith(10),
                Shows::StopsWith(4),
                Shows::StopsWith(11),
                Shows::Elsewhere,
            ],
        };
        [&every, more].concat()
    }
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
fn marked(next: &Value, number: usize) -> String {
    let text = next.to_string();
    let next = next.as_str().unwrap_or(&text);
    match next.contains("://") {
        true => format!("{next}&{MARK}={number}"),
        false => format!("{MARK}{number}.{next}"),
    }
}

impl JsonPages {
    fn lines_of<'b>(&self, body: &'b mut Value) -> Option<&'b mut Vec<Value>> {
        let place = self
            .lines
            .iter()
            .find(|place| body.pointer(place).is_some_and(Value::is_array))?;
        body.pointer_mut(place)?.as_array_mut()
    }

    /// Whether a body is a page of a list that says how many there are in all, where such lists do.
    pub(crate) fn is_page(&self, body: &mut Value) -> bool {
        let says = match self.total {
            Total::At(place) => body.pointer(place).is_some_and(Value::is_number),
            Total::Untold(_) => true,
        };
        says && self.lines_of(body).is_some()
    }

    /// Takes everything from a page; `false` when there was nothing on it.
    pub(crate) fn empty(&self, body: &mut Value) -> bool {
        let lines = self.lines_of(body);
        lines.is_some_and(|lines| !std::mem::take(lines).is_empty())
    }

    /// Leaves out the last line of a page that has several; `false` when it has not.
    pub(crate) fn shorten(&self, body: &mut Value) -> bool {
        let lines = self.lines_of(body).filter(|lines| lines.len() > 1);
        lines.is_some_and(|lines| lines.pop().is_some())
    }

    /// The address of a list's first page, where a further one is asked for by its number.
    pub(crate) fn first_instead(&self, path: &str) -> Option<String> {
        let Next::Number { parameter, first } = self.next else {
            return None;
        };
        let name = format!("{parameter}=");
        let begins = |at: &usize| matches!(path[..*at].chars().next_back(), Some('?' | '&'));
        let at = path.match_indices(&name).map(|(at, _)| at).find(begins)?;
        let (before, rest) = (&path[..at], &path[at + name.len()..]);
        let end = rest.find('&').unwrap_or(rest.len());
        let first = first.to_string();
        (rest[..end] != *first).then(|| format!("{before}{name}{first}{}", &rest[end..]))
    }

    /// Lets a page lead to the page of this number, or nowhere; `false` when it is the last.
    pub(crate) fn lead_to(
        &self,
        to: Option<usize>,
        headers: &mut HeaderMap,
        body: &mut Value,
    ) -> bool {
        if self.lines_of(body).is_none() {
            return false;
        }
        match self.next {
            Next::Number { .. } => false,
            Next::At(place) => {
                let next = body.pointer_mut(place).filter(|next| match next {
                    Value::String(text) => !text.is_empty(),
                    other => other.is_number(),
                });
                let Some(next) = next else {
                    return false;
                };
                *next = match to {
                    Some(number) => marked(next, number).into(),
                    None => Value::Null,
                };
                true
            }
            Next::Link => link_to(to, headers),
        }
    }
}

fn link_to(to: Option<usize>, headers: &mut HeaderMap) -> bool {
    let links: Vec<String> = headers
        .get_all(header::LINK)
        .iter()
        .filter_map(|link| link.to_str().ok().map(str::to_owned))
        .collect();
    let all = links.join(", ");
    let at = all.find(r#"rel="next""#);
    let Some(end) = at.and_then(|at| all[..at].rfind('>')) else {
        return false;
    };
    headers.remove(header::LINK);
    let Some(number) = to else {
        return true;
    };
    let linked = format!("{}&{MARK}={number}{}", &all[..end], &all[end..]);
    match HeaderValue::from_str(&linked) {
        Ok(linked) => headers.insert(header::LINK, linked).is_none(),
        Err(_) => false,
    }
}
