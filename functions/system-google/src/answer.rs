//! Calls to one of the APIs, and what its errors mean
//! (<https://developers.google.com/workspace/admin/directory/v1/limits>,
//! <https://developers.google.com/workspace/admin/reseller/v1/support/directory_api_common_errors>).

use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;
use latchkey_systems::{Call, Fault, Faults, Http, Reply, without_addresses};
use reqwest::Method;
use serde_json::{Value, json};

use crate::batch;

/// So answers who does not take several calls at once: Google's address of batches has changed before, and a company's
/// gateway may not let them through. None of the calls has been made then.
const NO_BATCHES: [u16; 5] = [400, 404, 405, 415, 501];
/// A 403 with one of these is about how often is asked, and not about rights.
const TOO_OFTEN: [&str; 7] = [
    "quotaExceeded",
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "dailyLimitExceeded",
    "concurrentLimitExceeded",
    "servingLimitExceeded",
    "RATE_LIMIT_EXCEEDED",
];

/// Google's reason of an error; empty when it is none of Google's.
pub(crate) fn reason(answer: &Reply) -> &str {
    let Some(error) = answer.body.as_ref().map(|body| &body["error"]) else {
        return "";
    };
    let first = error["errors"][0]["reason"].as_str();
    let newer = || error["details"][0]["reason"].as_str();
    let status = || error["status"].as_str();
    first.or_else(newer).or_else(status).unwrap_or_default()
}

/// What an error says.
pub(crate) fn message(answer: &Reply) -> &str {
    let body = answer.body.as_ref();
    let text = body.and_then(|body| body["error"]["message"].as_str());
    text.unwrap_or_default()
}

/// Whether what was asked for is not there. A 404 of something in between is not taken for it.
pub(crate) fn is_gone(answer: &Reply) -> bool {
    let body = answer.body.as_ref();
    answer.status == StatusCode::NOT_FOUND && body.is_some_and(|body| body["error"].is_object())
}

/// Whether it is there already, or somebody has the name.
pub(crate) fn is_duplicate(answer: &Reply) -> bool {
    answer.status == StatusCode::CONFLICT
        && (matches!(
            reason(answer),
            "duplicate" | "alreadyExists" | "ALREADY_EXISTS"
        ) || message(answer).contains("already exists"))
}

/// One of Google's APIs.
#[derive(Debug)]
pub(crate) struct Api {
    http: Http,
    /// Where it is below its host.
    root: &'static str,
    /// It was seen not to take several calls at once.
    one_by_one: AtomicBool,
}

impl Api {
    /// The API that stands at `root` of a host.
    pub(crate) fn new(http: Http, root: &'static str) -> Api {
        Api {
            http,
            root,
            one_by_one: AtomicBool::new(false),
        }
    }

    /// Makes a call and leaves it to the caller what the answer means.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Reply, Fault> {
        let path = format!("{}/{}", self.root, call.path);
        let call = call.clone();
        self.http.ask(&Call { path, ..call }).await
    }

    /// Makes calls without bodies that do not depend on each other in one request, and says what each is answered.
    /// `None` is for the caller to [`ask`](Api::ask) when it is needed.
    pub(crate) async fn ask_together(&self, calls: &[Call]) -> Result<Vec<Option<Reply>>, Fault> {
        let mut all = Vec::with_capacity(calls.len());
        for some in calls.chunks(batch::MOST) {
            let answers = self.batch(some).await?;
            all.extend(answers.unwrap_or_else(|| vec![None; some.len()]));
        }
        Ok(all)
    }

    /// `None` when each has to be made on its own.
    async fn batch(&self, calls: &[Call]) -> Result<Option<Vec<Option<Reply>>>, Fault> {
        if calls.len() < 2 || self.one_by_one.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut call = Call::new(Method::POST, batch::PATH);
        let body = batch::body(self.root, calls);
        call.body = Some((batch::MEDIA_TYPE, Value::String(body)));
        let answer = self.http.ask(&call).await?;
        let answers = match NO_BATCHES.contains(&answer.status.as_u16()) {
            true => None,
            false => {
                let answer = self.means(&call, answer).map_err(Fault::of_looking)?;
                let text = answer.body.as_ref().and_then(Value::as_str);
                text.and_then(|text| batch::answers(&answer.headers, text, calls.len()))
            }
        };
        let Some(mut answers) = answers else {
            self.one_by_one.store(true, Ordering::Relaxed);
            return Ok(None);
        };
        // Only a call of its own has the token renewed.
        let is_known = |answer: &Reply| answer.status != StatusCode::UNAUTHORIZED;
        for answer in &mut answers {
            *answer = answer.take().filter(is_known);
        }
        Ok(Some(answers))
    }

    /// Makes a call that was not answered together with others.
    pub(crate) async fn ask_unless(
        &self,
        known: Option<Reply>,
        call: &Call,
    ) -> Result<Reply, Fault> {
        match known {
            Some(answer) => Ok(answer),
            None => self.ask(call).await,
        }
    }

    /// Makes a call that has to succeed.
    pub(crate) async fn call(&self, call: &Call) -> Result<Reply, Fault> {
        let answer = self.ask(call).await?;
        self.means(call, answer)
    }

    /// Makes a call; `None` when what it is about is not there.
    pub(crate) async fn call_if_there(&self, call: &Call) -> Result<Option<Reply>, Fault> {
        let answer = self.ask(call).await?;
        self.if_there(call, answer)
    }

    /// What an answer means; `None` when what the call is about is not there.
    pub(crate) fn if_there(&self, call: &Call, answer: Reply) -> Result<Option<Reply>, Fault> {
        if is_gone(&answer) {
            return Ok(None);
        }
        self.means(call, answer).map(Some)
    }

    /// What an answer means.
    pub(crate) fn means(&self, call: &Call, mut answer: Reply) -> Result<Reply, Fault> {
        if !answer.is_error() {
            return self.http.means(call, answer);
        }
        let said = said(&answer);
        let what = call.answered(&answer, &said);
        let reason = reason(&answer);
        match answer.status.as_u16() {
            403 if TOO_OFTEN.contains(&reason) => answer.status = StatusCode::TOO_MANY_REQUESTS,
            409 if is_duplicate(&answer) => {
                return Err(self.conflict(format!(
                    "{what}: somebody has this address, perhaps as an alias, a group, or an account that was deleted a moment ago"
                )));
            }
            // Two changes of the same account at once, or one soon after its address changed.
            409 => {
                return Err(self.not_yet("it is still at work on an earlier change of the account"));
            }
            412 if message(&answer).contains("creation is not complete") => {
                return Err(self.not_yet("the account is still being made"));
            }
            412 if reason == "limitExceeded" => {
                return Err(self.rejected(format!(
                    "{what}; it has no seat left: buy one, or free one that nobody needs"
                )));
            }
            _ => {}
        }
        answer.body = Some(json!({ "detail": said }));
        self.http.means(call, answer)
    }
}

impl Faults for Api {
    fn its_name(&self) -> &str {
        self.http.system()
    }
}

/// What an error says: its reason and message, without addresses.
fn said(answer: &Reply) -> String {
    let error = answer
        .body
        .as_ref()
        .map_or(&Value::Null, |body| &body["error"]);
    if !error.is_object() {
        return "without one of Google's errors".to_owned();
    }
    without_addresses(&format!("{}: {}", reason(answer), message(answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: Value) -> Reply {
        Reply {
            status: StatusCode::from_u16(status).unwrap(),
            headers: Default::default(),
            body: Some(body),
        }
    }

    #[test]
    fn what_an_error_says_names_nobody() {
        let body = json!({"error": {"code": 409, "message": "Entity zoe@acme.example\nalready exists.",
            "errors": [{"message": "Entity already exists.", "domain": "global", "reason": "duplicate"}]}});
        let answer = answer(409, body);
        assert_eq!(said(&answer), "duplicate: Entity … already exists.");
        assert!(is_duplicate(&answer));
    }

    #[test]
    fn newer_errors_have_their_reason_elsewhere() {
        let newer = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED"}]}});
        assert_eq!(reason(&answer(429, newer)), "RATE_LIMIT_EXCEEDED");
        let bare = json!({"error": {"code": 404, "status": "NOT_FOUND", "message": "Not found"}});
        assert_eq!(reason(&answer(404, bare.clone())), "NOT_FOUND");
        assert!(is_gone(&answer(404, bare)));
        // A page of something in between, or a token server's error.
        assert!(!is_gone(&answer(404, json!({"error": "not here"}))));
        assert_eq!(
            said(&answer(404, json!([]))),
            "without one of Google's errors"
        );
    }
}
