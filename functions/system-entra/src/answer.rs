//! What Microsoft Graph's errors mean: <https://learn.microsoft.com/graph/errors>,
//! <https://learn.microsoft.com/graph/resolve-auth-errors>.

use latchkey_systems::{Fault, Faults, Reply, without_addresses};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{ask::Ask, entra::Entra};

/// What is asked for is not there.
const NOT_FOUND: &str = "Request_ResourceNotFound";
/// Two requests changed the same at the same time.
const CONCURRENT: &str = "ConcurrencyViolation";
/// A filter that is not offered for these objects.
pub(crate) const UNSUPPORTED: &str = "Request_UnsupportedQuery";
/// The directory, or what one app may make, is full.
const FULL: &str = "Directory_QuotaExceeded";
/// Somebody has that name or address.
const CONFLICTS: [&str; 2] = ["ObjectConflict", "Request_MultipleObjectsWithSameKeyValue"];
/// How a refusal begins that names the property that somebody else has.
const ANOTHER: &str = "Another object with the same value for property";

fn error(answer: &Reply) -> &Value {
    answer.body.as_ref().map_or(&Value::Null, |b| &b["error"])
}

/// The code of an error; empty when it is none of Microsoft Graph's.
pub(crate) fn code(answer: &Reply) -> &str {
    error(answer)["code"].as_str().unwrap_or_default()
}

/// What an error says of itself; not for people, since it may name somebody.
pub(crate) fn message(answer: &Reply) -> &str {
    error(answer)["message"].as_str().unwrap_or_default()
}

/// Whether what was asked for is not there. A 404 of something in between is not taken for it.
pub(crate) fn is_gone(answer: &Reply) -> bool {
    answer.status.as_u16() == 404 && code(answer) == NOT_FOUND
}

/// Whether a membership was refused because it is there already, or is not there any more: both come as
/// `Request_BadRequest` and differ in the text alone, which Microsoft does not translate.
pub(crate) fn stands_so(answer: &Reply) -> bool {
    let text = message(answer);
    answer.status.as_u16() == 400
        && text.contains("object references")
        && (text.contains("already exist") || text.contains("do not exist"))
}

/// Whether a name or address that was to be given is somebody else's.
fn is_taken(answer: &Reply) -> bool {
    let details = error(answer)["details"].as_array().into_iter().flatten();
    let mut codes = details
        .filter_map(|d| d["code"].as_str())
        .chain([code(answer)]);
    codes.any(|code| CONFLICTS.contains(&code)) || message(answer).starts_with(ANOTHER)
}

/// Whether the account name that was to be given is somebody else's.
pub(crate) fn is_name_taken(answer: &Reply) -> bool {
    let details = error(answer)["details"].as_array().into_iter().flatten();
    let mut targets = details.filter_map(|d| d["target"].as_str());
    is_taken(answer)
        && (message(answer).contains("userPrincipalName")
            || targets.any(|t| t == "userPrincipalName"))
}

impl Entra {
    /// What an answer means.
    pub(crate) fn means(&self, ask: &Ask, mut answer: Reply) -> Result<Reply, Fault> {
        let call = ask.call();
        if !answer.is_error() {
            return self.http.means(&call, answer);
        }
        let said = said(&answer);
        let what = call.answered(&answer, &said);
        let code = code(&answer);
        if is_taken(&answer) {
            return Err(self.conflict(format!(
                "{what}: somebody has this account name or e-mail address, perhaps a group, a contact, or another account's \
                 second address"
            )));
        }
        if code.contains(CONCURRENT) {
            return Err(self.busy(None));
        }
        if code == FULL {
            return Err(self.rejected(format!(
                "{what}; delete what is not needed there for good, or have the quota raised"
            )));
        }
        match answer.status.as_u16() {
            400 if said.contains("on-premises mastered") => Err(self.rejected(format!(
                "{what}; change it in the directory that it is synchronised from"
            ))),
            400 => Err(self.rejected(what)),
            403 if ask.method != Method::GET => Err(self.forbidden(format!(
                "{what}; an account with an administrator role is changed only by an app that has a higher one"
            ))),
            _ => {
                answer.body = Some(json!({ "detail": said }));
                self.http.means(&call, answer)
            }
        }
    }

    /// A request about an account that has been read, to which the answer is that it is not there.
    pub(crate) fn lost(&self) -> Fault {
        self.not_yet("the account that was there a moment ago is not shown")
    }
}

/// What an error says: its code and message. Without addresses: an account name is one.
fn said(answer: &Reply) -> String {
    if !error(answer)["code"].is_string() {
        return "without one of Microsoft Graph's errors".to_owned();
    }
    without_addresses(&format!("{}: {}", code(answer), message(answer)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16, body: Value) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Some(body),
        }
    }

    #[test]
    fn what_an_error_says_names_nobody() {
        let body = json!({"error": {
            "code": "Request_ResourceNotFound",
            "message": "Resource 'zoe@acme.example' does\nnot exist or one of its queried reference-property objects are not present.",
        }});
        assert_eq!(
            said(&answer(404, body)),
            "Request_ResourceNotFound: Resource … does not exist or one of its queried reference-property objects are not present."
        );
        let page = answer(404, json!("<html>"));
        assert_eq!(said(&page), "without one of Microsoft Graph's errors");
        assert!(!is_gone(&page));
    }

    #[test]
    fn who_has_the_name_is_told_by_code_or_text() {
        let text = json!({"error": {"code": "Request_BadRequest",
            "message": "Another object with the same value for property userPrincipalName already exists."}});
        assert!(is_name_taken(&answer(400, text)));
        let coded = json!({"error": {"code": "Request_BadRequest", "message": "…",
            "details": [{"code": "ObjectConflict", "target": "userPrincipalName", "message": "…"}]}});
        assert!(is_name_taken(&answer(400, coded)));
        let address = json!({"error": {"code": "Request_BadRequest",
            "message": "Another object with the same value for property proxyAddresses already exists."}});
        let address = answer(400, address);
        assert!(is_taken(&address) && !is_name_taken(&address));
    }
}
