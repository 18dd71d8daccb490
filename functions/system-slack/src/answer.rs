//! Calls. Each is a POST of a form, which every method of the Web API takes (<https://docs.slack.dev/apis/web-api>):
//! nobody's address stands in a URL. Slack answers with 200 and `{"ok": false, "error": "…"}` when it will not.

use http::StatusCode;
use latchkey_systems::{Call, FORM, Fault, Faults};
use reqwest::Method;
use serde_json::{Map, Value};

use crate::slack::Slack;

/// Methods that have to be told the workspace where the token is an organisation's; others ignore it.
const OF_A_TEAM: [&str; 6] = [
    "users.list",
    "users.conversations",
    "conversations.list",
    "usergroups.list",
    "usergroups.users.list",
    "usergroups.users.update",
];

/// What Slack would not do.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Its code, as in `channel_not_found`.
    pub(crate) code: String,
    /// What it means where the caller has no better answer.
    pub(crate) fault: Fault,
}

/// Arguments of a call: names and values.
pub(crate) type Arguments<'a> = &'a [(&'a str, &'a str)];

impl Slack {
    /// Makes a call and leaves it to the caller what Slack's own refusal means.
    pub(crate) async fn ask(
        &self,
        method: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Result<Value, Refused>, Fault> {
        let mut form = Map::new();
        for (name, value) in arguments {
            form.insert((*name).to_owned(), (*value).into());
        }
        if let Some(team) = self
            .choices
            .team
            .as_deref()
            .filter(|_| OF_A_TEAM.contains(&method))
        {
            form.insert("team_id".to_owned(), team.into());
        }
        let mut call = Call::new(Method::POST, method);
        call.body = Some((FORM, form.into()));
        let mut answer = self.http.ask(&call).await?;
        let body = answer.body.as_ref();
        let ok = body.and_then(|body| body["ok"].as_bool());
        let code = body.and_then(|body| body["error"].as_str());
        let failed = answer.status.is_server_error() || answer.status.as_u16() == 429;
        match (ok, code) {
            (Some(true), _) if answer.status.is_success() => {
                return Ok(Ok(answer.body.unwrap_or_default()));
            }
            (Some(false), Some("ratelimited" | "rate_limited")) => {
                answer.status = StatusCode::TOO_MANY_REQUESTS;
            }
            (Some(false), Some(code)) if !failed => {
                let fault = self.meaning(method, code, body);
                // Nobody can do anything else about these than wait or mend the token.
                return match fault {
                    Fault::Rejected { .. } | Fault::Conflict { .. } => Ok(Err(Refused {
                        code: code.to_owned(),
                        fault,
                    })),
                    _ => Err(fault),
                };
            }
            _ => {}
        }
        self.http.means(&call, answer)?;
        Err(self.rejected(format!(
            "{method} is answered with something that Slack does not say; check the address in the runbook"
        )))
    }

    /// Makes a call that has to succeed.
    pub(crate) async fn call(
        &self,
        method: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Value, Fault> {
        self.ask(method, arguments)
            .await?
            .map_err(|refused| refused.fault)
    }

    /// Makes a call; `None` when Slack refuses it with one of these codes, which say that there is nothing to do.
    pub(crate) async fn call_unless(
        &self,
        method: &'static str,
        arguments: Arguments<'_>,
        fine: &[&str],
    ) -> Result<Option<Value>, Fault> {
        match self.ask(method, arguments).await? {
            Ok(body) => Ok(Some(body)),
            Err(refused) if fine.contains(&refused.code.as_str()) => Ok(None),
            Err(refused) => Err(refused.fault),
        }
    }
}
