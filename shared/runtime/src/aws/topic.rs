//! Mail by SNS: one topic; each team's subscriptions are filtered by the message attribute `team`.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::{Client, error::DisplayErrorContext, types::MessageAttributeValue};

use super::{MissingSetting, setting};
use crate::{Letter, Mail, MailError};

/// The topic of owners' mail.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic that `LATCHKEY_TOPIC_ARN` names.
    ///
    /// # Errors
    /// [`MissingSetting`] without it.
    pub fn from_env(config: &SdkConfig) -> Result<Topic, MissingSetting> {
        Ok(Topic::new(config, setting("LATCHKEY_TOPIC_ARN")?))
    }

    /// A topic by its ARN.
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> Topic {
        Topic {
            client: Client::new(config),
            arn: arn.into(),
        }
    }
}

/// SNS takes subjects of at most 100 printable ASCII characters that begin with a letter, digit or
/// punctuation. Source: SNS API reference, Publish, parameter Subject.
fn subject(text: &str) -> String {
    let ascii = text.chars().map(|c| match c {
        '–' | '—' => '-',
        '“' | '”' => '"',
        c if c.is_ascii_graphic() || c == ' ' => c,
        _ => '?',
    });
    let all: String = ascii.collect::<String>().trim_start().to_owned();
    if all.len() <= 100 {
        all
    } else {
        format!("{}...", all[..97].trim_end())
    }
}

#[async_trait]
impl Mail for Topic {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let problem = |problem: String| MailError {
            team: letter.team.clone(),
            problem,
            refused: false,
        };
        let team = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(&letter.team)
            .build()
            .map_err(|e| problem(e.to_string()))?;
        self.client
            .publish()
            .topic_arn(&self.arn)
            .subject(subject(&letter.subject))
            .message(&letter.text)
            .message_attributes("team", team)
            .send()
            .await
            .map_err(|e| problem(DisplayErrorContext(&e).to_string()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_keep_to_what_sns_takes() {
        assert_eq!(subject(" Laptop – Zoë"), "Laptop - Zo?");
        let long = subject(&"x".repeat(300));
        assert_eq!((long.len(), long.ends_with("...")), (100, true));
    }
}
