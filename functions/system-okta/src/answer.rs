//! Calls, and what Okta's errors mean: <https://developer.okta.com/docs/reference/error-codes>.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::{Timestamp, fmt::rfc2822};
use latchkey_systems::{Call, Fault, Faults, Reply, without_addresses};
use reqwest::Method;
use serde_json::{Value, json};

use crate::okta::Okta;

/// The time at which the rate limit begins anew, in seconds since 1970, UTC:
/// <https://developer.okta.com/docs/reference/rl-best-practices>.
const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
/// A wait that is longer than this is no rate limit's: they begin anew each minute.
const LONGEST_WAIT: i64 = 3600;

/// Resource not found.
const NOT_FOUND: &str = "E0000007";
/// API validation failed: the input, or the status that it is asked of.
const INVALID: &str = "E0000001";
/// Invalid session, access denied, invalid client app: of all that Okta answers with 403, these are about our rights.
const NO_RIGHT: [&str; 3] = ["E0000005", "E0000006", "E0000013"];
/// Activation failed because the user is already active.
pub(crate) const ALREADY_ACTIVE: &str = "E0000016";
/// The profile is another system's.
const MASTERED_ELSEWHERE: &str = "E0000023";
/// Not allowed in the user's current status.
pub(crate) const NOT_IN_THIS_STATUS: &str = "E0000038";
/// The app cannot be taken while a group gives it.
const GIVEN_BY_GROUP: &str = "E0000046";
/// The user is still being activated.
const ACTIVATING: &str = "E0000112";

/// Okta's code of an error; empty when it is none of Okta's.
pub(crate) fn code(answer: &Reply) -> &str {
    let body = answer.body.as_ref();
    body.and_then(|b| b["errorCode"].as_str())
        .unwrap_or_default()
}

/// Whether what was asked for is not there. A 404 of something in between is not taken for it.
pub(crate) fn is_gone(answer: &Reply) -> bool {
    answer.status.as_u16() == 404 && code(answer) == NOT_FOUND
}

/// Whether Okta would not do it as things stand. It may stand so already.
pub(crate) fn is_refused(answer: &Reply) -> bool {
    matches!(answer.status.as_u16(), 400 | 403 | 409)
}

impl Okta {
    /// Makes a call that has to succeed.
    pub(crate) async fn call(&self, call: &Call) -> Result<Reply, Fault> {
        let answer = self.http.ask(call).await?;
        self.means(call, answer)
    }

    /// Makes a call; `None` when what it is about is not there.
    pub(crate) async fn call_if_there(&self, call: &Call) -> Result<Option<Reply>, Fault> {
        let answer = self.http.ask(call).await?;
        if is_gone(&answer) {
            return Ok(None);
        }
        self.means(call, answer).map(Some)
    }

    /// A POST without a body worth mentioning.
    pub(crate) fn post(&self, path: impl Into<String>) -> Call {
        Call::new(Method::POST, path).with(json!({}))
    }

    /// What an answer means.
    pub(crate) fn means(&self, call: &Call, mut answer: Reply) -> Result<Reply, Fault> {
        if !answer.is_error() {
            return self.http.means(call, answer);
        }
        let said = said(answer.body.as_ref());
        let what = call.answered(&answer, &said);
        let todo = match code(&answer) {
            INVALID if said.contains("already exists") => {
                return Err(self.conflict(format!(
                    "{what}: somebody has this account name or e-mail address, perhaps somebody deactivated, or written with \
                     other accents"
                )));
            }
            ACTIVATING => {
                return Err(self.not_yet("the account is still being activated"));
            }
            MASTERED_ELSEWHERE => "; change it in the directory that the profile comes from",
            GIVEN_BY_GROUP => "; a group gives the app, so take the person out of that group",
            NOT_IN_THIS_STATUS => "; look at the account's status there",
            _ => "",
        };
        let code = code(&answer);
        if answer.status.as_u16() == 403 && !code.is_empty() && !NO_RIGHT.contains(&code) {
            return Err(self.rejected(format!("{what}{todo}")));
        }
        if answer.status.as_u16() == 429 {
            wait(&mut answer.headers, Timestamp::now());
        }
        answer.body = (!said.is_empty()).then(|| json!({ "detail": said }));
        self.http.means(call, answer)
    }
}

/// What an error says: its code, its summary and its causes. Without addresses: a login is one.
fn said(body: Option<&Value>) -> String {
    let Some(body) = body.filter(|b| b["errorCode"].is_string()) else {
        return "without one of Okta's errors".to_owned();
    };
    let code = body["errorCode"].as_str();
    let causes = body["errorCauses"].as_array().into_iter().flatten();
    let causes = causes.filter_map(|c| c["errorSummary"].as_str());
    let parts = code.into_iter().chain(body["errorSummary"].as_str());
    without_addresses(&parts.chain(causes).collect::<Vec<_>>().join(": "))
}

/// Says the wait as `Retry-After`, which Okta does not. By Okta's own clock, where it tells the time.
fn wait(headers: &mut HeaderMap, now: Timestamp) {
    if headers.contains_key(header::RETRY_AFTER) {
        return;
    }
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let date =
        text(&header::DATE).and_then(|d| rfc2822::DateTimeParser::new().parse_timestamp(d).ok());
    let now = date.unwrap_or(now).as_second();
    let reset = text(&RESET).and_then(|t| t.parse::<i64>().ok());
    let wait = reset.map(|reset| reset.saturating_sub(now).max(1));
    if let Some(wait) = wait.filter(|wait| *wait <= LONGEST_WAIT) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_error_says_names_nobody() {
        let body = json!({
            "errorCode": "E0000001", "errorSummary": "Api validation failed: login", "errorLink": "E0000001",
            "errorId": "oae1", "errorCauses": [{"errorSummary": "login: zoe@acme.example is\nnot allowed"}],
        });
        assert_eq!(
            said(Some(&body)),
            "E0000001: Api validation failed: login: login: … is not allowed"
        );
        assert_eq!(said(None), "without one of Okta's errors");
    }

    #[test]
    fn the_wait_is_told_by_oktas_clock() {
        let of = |reset: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RESET, reset.parse().unwrap());
            if let Some(date) = date {
                headers.insert(header::DATE, date.parse().unwrap());
            }
            wait(&mut headers, Timestamp::from_second(1_000).unwrap());
            headers
                .get(header::RETRY_AFTER)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(of("1042", None).as_deref(), Some("42"));
        assert_eq!(of("900", None).as_deref(), Some("1"));
        assert_eq!(of("soon", None), None);
        // Milliseconds would be a wait of centuries.
        assert_eq!(of("1795420800000", None), None);
        let date = Some("Mon, 23 Nov 2026 07:00:00 GMT");
        assert_eq!(of("1795417230", date).as_deref(), Some("30"));
    }
}
