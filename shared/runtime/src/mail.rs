//! Letters to owners, HR, managers and operators.

use async_trait::async_trait;
use latchkey_lifecycle::shown;
use serde::{Deserialize, Serialize};

/// One letter, plain text: it reads the same in every mail program, and SNS sends nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Letter {
    /// The team whose subscription gets it: the SNS message attribute `team`.
    pub team: String,
    /// The address; used where mail is sent directly, and as the SNS message attribute `address`.
    pub to: String,
    /// At most 100 characters of ASCII go by SNS; longer or other text is shortened there.
    pub subject: String,
    /// The text.
    pub text: String,
}

impl Letter {
    /// A letter as it may be shown. What comes from outside and stands in a text of several lines is put in as a line
    /// ([`shown::line`]) by whoever writes the text.
    pub fn new(
        team: impl Into<String>,
        to: impl Into<String>,
        subject: impl AsRef<str>,
        text: impl AsRef<str>,
    ) -> Letter {
        Letter {
            team: team.into(),
            to: to.into(),
            subject: shown::line(subject.as_ref()).into_owned(),
            text: shown::text(text.as_ref()).into_owned(),
        }
    }
}

/// The letter could not be handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the letter to team `{team}` was not sent: {problem}")]
pub struct MailError {
    /// For whom it was.
    pub team: String,
    /// What went wrong.
    pub problem: String,
    /// Whether the address was refused for good: the same letter is refused again.
    pub refused: bool,
}

/// Sending letters.
#[async_trait]
pub trait Mail: Send + Sync {
    /// Hands a letter over.
    async fn send(&self, letter: &Letter) -> Result<(), MailError>;
}

impl From<MailError> for crate::Failure {
    fn from(error: MailError) -> crate::Failure {
        crate::Failure::Unreachable(error.to_string())
    }
}
