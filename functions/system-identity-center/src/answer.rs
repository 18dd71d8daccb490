//! What AWS's errors mean. Those of both APIs stand in their references under each action, those that every service has
//! at <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/CommonErrors.html>.

use aws_sdk_identitystore::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use jiff::SignedDuration;
use latchkey_systems::{Fault, Faults, without_addresses};
use serde_json::Value;

use crate::center::Center;

/// There is no such user, group, membership, permission set or assignment.
pub(crate) const NOT_FOUND: &str = "ResourceNotFoundException";
/// With the Identity Store: somebody has that name or address, or is a member already. With assignments: another change
/// is under way.
pub(crate) const CONFLICT: &str = "ConflictException";

/// A wait that is longer than this is no rate limit's.
const LONGEST_WAIT: i64 = 3600;

/// Whether AWS answers with an error of this name. An error of something in between has none.
pub(crate) fn is<E: ProvideErrorMetadata>(error: &SdkError<E>, code: &str) -> bool {
    error.code() == Some(code)
}

impl Center {
    /// What AWS answers; `None` when what it was asked about is not there.
    pub(crate) fn if_there<T, E>(
        &self,
        asked: &str,
        answer: Result<T, SdkError<E>>,
    ) -> Result<Option<T>, Fault>
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(e) if is(&e, NOT_FOUND) => Ok(None),
            Err(e) => Err(self.fault(asked, &e)),
        }
    }

    /// What went wrong when AWS was asked to do something, as in "create a user".
    pub(crate) fn fault<E>(&self, asked: &str, error: &SdkError<E>) -> Fault
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let raw = match error {
            SdkError::TimeoutError(_) => {
                return self.unreachable(format!("AWS did not answer in time, asked to {asked}"));
            }
            SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => {
                return self.not_sent(&DisplayErrorContext(error).to_string());
            }
            SdkError::ResponseError(answer) => answer.raw(),
            SdkError::ServiceError(answer) => answer.raw(),
            _ => return self.unreachable(format!("AWS could not be asked to {asked}")),
        };
        let (status, code) = (raw.status().as_u16(), error.code().unwrap_or_default());
        let body = raw.body().bytes().unwrap_or_default();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let said = format!(
            "AWS answers {} when asked to {asked}{}",
            match code {
                "" if raw.status().is_success() =>
                    "something that is no answer of its own".to_owned(),
                "" => format!("{status} without an error of its own"),
                code => code.to_owned(),
            },
            said(error.message())
        );
        let kind = code.trim_end_matches("Exception").trim_end_matches("Error");
        match kind {
            "Throttling"
            | "ThrottledRequest"
            | "TooManyRequests"
            | "RequestLimitExceeded"
            | "RequestThrottled"
            | "SlowDown"
            | "ServiceUnavailable" => self.busy(wait(&body, raw.headers().get("retry-after"))),
            _ if status == 429 || status == 503 => {
                self.busy(wait(&body, raw.headers().get("retry-after")))
            }
            "AccessDenied"
            | "UnrecognizedClient"
            | "InvalidClientTokenId"
            | "ExpiredToken"
            | "InvalidSignature"
            | "SignatureDoesNotMatch"
            | "MissingAuthenticationToken"
            | "MissingAuthentication"
            | "IncompleteSignature"
            | "OptInRequired"
            | "NotAuthorized"
            | "RequestExpired" => self.unauthorized(said),
            "Conflict" if body["Reason"] == "CONCURRENT_MODIFICATION" => self.busy(None),
            "Conflict" => self.conflict(format!(
                "{said}; somebody has this account name or e-mail address"
            )),
            "ServiceQuotaExceeded" => self.rejected(format!(
                "{said}; ask AWS for a higher quota, or remove what nobody needs"
            )),
            "" => self.unreachable(said),
            _ if status >= 500 => self.unreachable(said),
            _ => self.rejected(said),
        }
    }

    /// What never left: there is no way, or nothing to sign in with. The SDK tells them apart in words alone.
    fn not_sent(&self, why: &str) -> Fault {
        let why = why.to_lowercase();
        let has_way = !["timed out", "timeout", "io error"]
            .iter()
            .any(|w| why.contains(w));
        if has_way && why.contains("credential") {
            return self.unauthorized(
                "no credentials for AWS can be had, or the role in the runbook cannot be assumed",
            );
        }
        self.unreachable("the connection to AWS cannot be made, or ends")
    }
}

/// How long to wait: the Identity Store says it in the body ("ThrottlingException"), others in a header.
fn wait(body: &Value, header: Option<&str>) -> Option<SignedDuration> {
    let header = header.and_then(|text| text.trim().parse().ok());
    let seconds = body["RetryAfterSeconds"].as_i64().or(header)?;
    (1..=LONGEST_WAIT)
        .contains(&seconds)
        .then(|| SignedDuration::from_secs(seconds))
}

/// What a message says, without what somebody's account holds: AWS repeats a value that it does not take in quotes.
pub(crate) fn said(message: Option<&str>) -> String {
    let Some(message) = message.filter(|text| !text.trim().is_empty()) else {
        return String::new();
    };
    let quiet = message
        .split('\'')
        .enumerate()
        .map(|(n, part)| {
            let is_value = n % 2 == 1 && message.contains("Value '");
            if is_value { "…" } else { part }
        })
        .collect::<Vec<_>>()
        .join("'");
    format!(": {}", without_addresses(&quiet).trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_aws_says_names_nobody() {
        let message = "1 validation error detected: Value 'zoe müller' at 'userName' failed to satisfy constraint.";
        assert_eq!(
            said(Some(message)),
            ": 1 validation error detected: Value '…' at '…' failed to satisfy constraint"
        );
        assert_eq!(
            said(Some("zoe@acme.example is\nnot allowed")),
            ": … is not allowed"
        );
        assert_eq!(
            (said(None), said(Some(" "))),
            (String::new(), String::new())
        );
    }

    #[test]
    fn the_wait_is_told_in_the_body_or_in_a_header() {
        let seconds = |body: Value, header| wait(&body, header).map(|wait| wait.as_secs());
        assert_eq!(seconds(json!({"RetryAfterSeconds": 9}), Some("7")), Some(9));
        assert_eq!(seconds(json!({}), Some("7")), Some(7));
        assert_eq!(seconds(json!({"RetryAfterSeconds": 0}), None), None);
        assert_eq!(
            seconds(Value::Null, Some("Mon, 23 Nov 2026 07:00:00 GMT")),
            None
        );
    }
}
