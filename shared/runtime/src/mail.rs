//! Letters to owners, HR, managers and operators.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// One letter, plain text: it reads the same in every mail program, and SNS sends nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
