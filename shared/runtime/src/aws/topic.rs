//! Mail by SNS: one topic; each team's subscriptions are filtered by the message attribute `team`.

use std::borrow::Cow;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata},
    types::MessageAttributeValue,
};
use deunicode::deunicode;
use latchkey_lifecycle::shown;

use crate::{Envelope, Mail, MailError, NotTaken};

/// The longest subject, in characters.
const LONGEST: usize = 99;

/// The longest text of a letter, in bytes, which leaves room for its attributes.
const LONGEST_TEXT: usize = 250_000;

/// A topic that letters or alerts go to.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// A topic by its ARN.
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> Topic {
        Topic {
            client: Client::new(config),
            arn: arn.into(),
        }
    }
}

/// SNS takes subjects of less than 100 characters without line breaks, and mail programs show what is not ASCII in them
/// as they like: so letters lose their accents, and dashes and quotes become those of ASCII.
/// Source: SNS API reference, Publish, parameter Subject.
fn subject(text: &str) -> String {
    let ascii = deunicode(&text.replace(char::is_control, " "));
    let words: Vec<&str> = ascii
        .split(|c: char| !c.is_ascii_graphic())
        .filter(|word| !word.is_empty())
        .collect();
    // Other letters than these may have become them.
    let all = shown::subject(&words.join(" ")).into_owned();
    if all.len() <= LONGEST {
        all
    } else {
        format!("{}...", all[..LONGEST - 3].trim_end())
    }
}

/// SNS takes messages of at most 256 KB, attributes and all; a longer one would be refused each time it is sent.
/// Source: SNS API reference, Publish, parameter Message.
fn text(whole: &str) -> Cow<'_, str> {
    if whole.len() <= LONGEST_TEXT {
        return whole.into();
    }
    let end = whole.floor_char_boundary(LONGEST_TEXT);
    format!(
        "{}\n\n[Too long for a letter: the rest stands in the ledger.]\n",
        &whole[..end]
    )
    .into()
}

/// Whether SNS did not do a call since there were too many, its own or those of the key that its messages are encrypted
/// with.
/// Source: SNS API reference, Publish, Errors, and Common Errors.
pub(super) fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "Throttling" | "ThrottlingException" | "Throttled" | "KMSThrottling"
    )
}

/// What follows from an error. A call that was one too many says nothing of the next; what else is said, of the topic,
/// its key or SNS, is said of every letter.
fn why(error: &impl ProvideErrorMetadata) -> NotTaken {
    match error.code().is_some_and(is_throttled) {
        true => NotTaken::Later,
        false => NotTaken::Down,
    }
}

#[async_trait]
impl Mail for Topic {
    fn reaches_people(&self) -> bool {
        false
    }

    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let problem = |problem: String, why: NotTaken| MailError {
            team: envelope.team.clone(),
            problem,
            why,
        };
        let team = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(&envelope.team)
            .build()
            .map_err(|e| problem(e.to_string(), NotTaken::Down))?;
        self.client
            .publish()
            .topic_arn(&self.arn)
            .subject(subject(&envelope.subject))
            .message(text(&envelope.text))
            .message_attributes("team", team)
            .send()
            .await
            .map_err(|e| problem(DisplayErrorContext(&e).to_string(), why(&e)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::Canned;

    #[tokio::test]
    async fn a_letter_that_was_one_too_many_keeps_no_other_back() {
        let letter = Envelope {
            id: "1".into(),
            team: "it".into(),
            to: "it@acme.example".into(),
            subject: "Closed".into(),
            text: "All is done.\n".into(),
            html: None,
            urgent: false,
            written_at: jiff::Timestamp::UNIX_EPOCH,
            letters: Vec::new(),
        };
        for (status, code, want) in [
            (400, "Throttling", NotTaken::Later),
            (429, "Throttled", NotTaken::Later),
            (400, "ThrottlingException", NotTaken::Later),
            (400, "KMSThrottling", NotTaken::Later),
            (400, "KMSDisabled", NotTaken::Down),
            (403, "AuthorizationError", NotTaken::Down),
            (404, "NotFound", NotTaken::Down),
            (500, "InternalError", NotTaken::Down),
        ] {
            let text = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
            let aws = Canned::new(move |_| (status, text.clone()));
            let topic = Topic::new(&aws.config(), "arn:aws:sns:x:1:t");
            let told = topic.send(&letter).await.unwrap_err();
            assert_eq!((told.team.as_str(), told.why), ("it", want), "{told}");
        }
    }

    #[test]
    fn subjects_keep_to_what_sns_takes() {
        for (text, want) in [
            (" Laptop – Zoë", "Laptop - Zoe"),
            ("“Łukasz” and Ægir…", "\"Lukasz\" and AEgir..."),
            ("＝？utf-8?q?x?=", "= ?utf-8?q?x?="),
            ("北亰 starts\r\non Monday", "Bei Jing starts on Monday"),
        ] {
            assert_eq!(subject(text), want);
        }
        for letter in ["x", "ß", "北"] {
            let long = subject(&letter.repeat(300));
            assert!(long.len() < 100 && long.ends_with("..."), "{long}");
        }
    }

    #[test]
    fn a_text_that_sns_would_refuse_is_cut() {
        assert_eq!(text("All is done.\n"), "All is done.\n");
        let long = text(&"ü".repeat(200_000)).into_owned();
        assert!(long.len() < 256 * 1024 && long.ends_with("in the ledger.]\n"));
    }
}
