//! What an answer means, by the description and by HTTP.

use http::{StatusCode, header};
use latchkey_http_api::{Meaning, Means, Request, text_of};
use latchkey_systems::{Call, Fault, Faults, Reply};
use serde_json::{Value, json};

use crate::api::Api;

/// Where APIs usually say what is wrong.
const USUAL: [&str; 10] = [
    "message",
    "detail",
    "description",
    "error_description",
    "error.message",
    "error",
    "errors.0.message",
    "errors.0",
    "reason",
    "title",
];
/// So much of a message is shown.
const LONGEST: usize = 200;

/// What came of a request that went through.
#[derive(Debug)]
pub(crate) enum Came {
    /// It was done, or answered.
    Done(Reply),
    /// What it was about is not there.
    NotThere,
}

impl Api {
    pub(crate) fn judge(
        &self,
        request: &Request,
        call: &Call,
        answer: Reply,
    ) -> Result<Came, Fault> {
        let meanings = request.answers.iter().chain(&self.description.answers);
        let mut meanings = meanings.filter(|meaning| self.fits(meaning, &answer));
        if let Some(meaning) = meanings.next() {
            return self.as_described(meaning.means, request, call, answer);
        }
        if answer.status.is_success() {
            return Ok(Came::Done(answer));
        }
        if matches!(answer.status.as_u16(), 404 | 410) {
            // A proxy's page for a wrong address is no word about an account.
            let empty = answer.headers.get(header::CONTENT_LENGTH);
            let empty = empty.is_some_and(|length| length == "0");
            if answer.body.is_some() || empty {
                return Ok(Came::NotThere);
            }
            return Err(self.rejected(format!(
                "`{}` is answered with {} and no JSON; check the address in the runbook",
                request.call, answer.status
            )));
        }
        self.by_status(call, answer)
    }

    fn fits(&self, meaning: &Meaning, answer: &Reply) -> bool {
        let statuses = &meaning.status.0;
        if !statuses.is_empty() && !statuses.contains(&answer.status.as_u16()) {
            return false;
        }
        let body = answer.body.as_ref().unwrap_or(&Value::Null);
        let there = meaning.at.as_ref().map(|place| self.at(place, body));
        let there = match there {
            Some(None | Some(Value::Null)) => return false,
            Some(Some(value)) => Some(value),
            None => None,
        };
        if let Some(is) = &meaning.is
            && there != Some(is)
        {
            return false;
        }
        match (&meaning.says, there) {
            (None, _) => true,
            (Some(says), Some(value)) => {
                let text = text_of(value).unwrap_or_else(|| value.to_string());
                contains(&text, says)
            }
            (Some(says), None) => self.message(body).is_some_and(|text| contains(&text, says)),
        }
    }

    fn as_described(
        &self,
        means: Means,
        request: &Request,
        call: &Call,
        answer: Reply,
    ) -> Result<Came, Fault> {
        let body = answer.body.as_ref().unwrap_or(&Value::Null);
        let problem = format!(
            "`{}` is answered with {}{}",
            request.call,
            answer.status,
            self.said(body)
        );
        Err(match means {
            Means::Done => return Ok(Came::Done(answer)),
            Means::NotThere => return Ok(Came::NotThere),
            Means::Busy => {
                let busy = Reply {
                    status: StatusCode::TOO_MANY_REQUESTS,
                    ..answer
                };
                return self.by_status(call, busy);
            }
            Means::Unreachable => self.unreachable(problem),
            Means::Rejected => self.rejected(problem),
            Means::Unauthorized => self.unauthorized(problem),
            Means::Conflict => self.conflict(problem),
            Means::NotYet => self.not_yet(problem),
        })
    }

    /// What a status means in HTTP.
    fn by_status(&self, call: &Call, mut answer: Reply) -> Result<Came, Fault> {
        let body = answer.body.take().unwrap_or_default();
        answer.body = self.message(&body).map(|text| json!({ "detail": text }));
        self.http.means(call, answer).map(Came::Done)
    }

    fn message(&self, body: &Value) -> Option<String> {
        let at = |place: &str| self.at(place, body).and_then(text_of);
        let own = self.description.message.as_deref().and_then(at);
        own.or_else(|| USUAL.into_iter().find_map(at))
    }

    fn said(&self, body: &Value) -> String {
        match self.message(body) {
            Some(text) => {
                let text = text.chars().filter(|c| !c.is_control());
                format!(" ({})", text.take(LONGEST).collect::<String>())
            }
            None => String::new(),
        }
    }

    /// The JSON of an answer that has to have some.
    pub(crate) fn json(&self, request: &Request, answer: Reply) -> Result<Value, Fault> {
        answer.body.ok_or_else(|| {
            self.rejected(format!(
                "`{}` is answered with something that is no JSON; check the address in the runbook",
                request.call
            ))
        })
    }

    /// What is said of an answer without an account in it.
    pub(crate) fn without_account(&self, request: &Request) -> Fault {
        let account = &self.description.account;
        self.rejected(format!(
            "the answer to `{}` has no account in it: nothing stands at `{}` or at `{}`; correct the description of its API",
            request.call, account.handle, account.name
        ))
    }
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
