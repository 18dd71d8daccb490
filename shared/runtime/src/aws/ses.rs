//! Mail by SES: from the company's own sender to each letter's own address.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sesv2::{
    Client,
    error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    types::{Body, Content, Destination, EmailContent, Message, MessageHeader},
};

use super::{MissingSetting, setting};
use crate::{Envelope, Mail, MailError, NotTaken, headers};

/// The mailbox that letters come from.
#[derive(Debug, Clone)]
pub struct Mailbox {
    client: Client,
    from: String,
    /// SES's own name for how what becomes of letters is told; `None` for the account's.
    configuration_set: Option<String>,
}

impl Mailbox {
    /// The sender that `LATCHKEY_MAIL_FROM` names, with the configuration set of `LATCHKEY_MAIL_CONFIGURATION_SET` if
    /// there is one.
    ///
    /// # Errors
    /// [`MissingSetting`] without a sender.
    pub fn from_env(config: &SdkConfig) -> Result<Mailbox, MissingSetting> {
        Ok(Mailbox {
            client: Client::new(config),
            from: setting("LATCHKEY_MAIL_FROM")?,
            configuration_set: setting("LATCHKEY_MAIL_CONFIGURATION_SET").ok(),
        })
    }
}

fn message(letter: &Envelope) -> Result<EmailContent, BuildError> {
    let text = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let html = letter.html.as_deref().map(text).transpose()?;
    let body = Body::builder().text(text(&letter.text)?).set_html(html);
    let headers = headers(letter).iter().map(|(name, value)| {
        let header = MessageHeader::builder().name(*name).value(*value);
        header.build()
    });
    let message = Message::builder()
        .subject(text(&letter.subject)?)
        .body(body.build())
        .set_headers(Some(headers.collect::<Result<_, _>>()?));
    Ok(EmailContent::builder().simple(message.build()).build())
}

/// What follows from an error. In the sandbox letters to strangers are refused until it is left, so that is no
/// address's fault; a rate that is used up passes; what is said of the account or the sender is said of every letter.
/// Source: SES API v2 reference, SendEmail, Errors; developer guide, "Amazon SES email sending errors".
fn why(error: &SdkError<SendEmailError>) -> NotTaken {
    match error.as_service_error() {
        Some(SendEmailError::BadRequestException(_)) => NotTaken::Refused,
        Some(SendEmailError::MessageRejected(told)) => {
            match told.message().unwrap_or_default().contains("not verified") {
                true => NotTaken::Later,
                false => NotTaken::Refused,
            }
        }
        Some(SendEmailError::TooManyRequestsException(_)) => NotTaken::Later,
        _ => NotTaken::Down,
    }
}

fn in_words(error: &SdkError<SendEmailError>) -> String {
    let told = error.as_service_error().map(ProvideErrorMetadata::meta);
    match told.and_then(|told| Some((told.code()?, told.message()?))) {
        Some((code, message)) => format!("SES answers {code}: {message}"),
        None => DisplayErrorContext(error).to_string(),
    }
}

#[async_trait]
impl Mail for Mailbox {
    async fn send(&self, letter: &Envelope) -> Result<(), MailError> {
        let problem = |problem: String, why: NotTaken| MailError {
            team: letter.team.clone(),
            problem,
            why,
        };
        let content = message(letter).map_err(|e| problem(e.to_string(), NotTaken::Refused))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(&letter.to).build())
            .content(content)
            .set_configuration_set_name(self.configuration_set.clone())
            .send()
            .await;
        sent.map_err(|e| problem(in_words(&e), why(&e)))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::canned::Canned;

    fn mailbox(aws: &Canned, configuration_set: Option<&str>) -> Mailbox {
        Mailbox {
            client: Client::new(&aws.config()),
            from: "Latchkey <latchkey@acme.example>".into(),
            configuration_set: configuration_set.map(str::to_owned),
        }
    }

    fn letter() -> Envelope {
        Envelope {
            id: "1".into(),
            team: "managers".into(),
            to: "boss@acme.example".into(),
            subject: "Closed: hire of Zoë".into(),
            text: "All – is done.\n".into(),
            html: None,
            urgent: false,
            written_at: jiff::Timestamp::UNIX_EPOCH,
            letters: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_letter_goes_from_the_companys_sender_to_its_own_address_as_it_is_written() {
        for (set, html) in [
            (None, None),
            (Some("latchkey"), Some("<p>All – is done.</p>")),
        ] {
            let aws = Canned::new(|_| (200, json!({ "MessageId": "1" }).to_string()));
            let letter = Envelope {
                html: html.map(str::to_owned),
                urgent: html.is_some(),
                ..letter()
            };
            mailbox(&aws, set).send(&letter).await.unwrap();
            let asked: Value = serde_json::from_str(&aws.calls()[0]).unwrap();
            let text = |data: &str| json!({ "Data": data, "Charset": "UTF-8" });
            let header = |name: &str, value: &str| json!({ "Name": name, "Value": value });
            let mut want = json!({
                "FromEmailAddress": "Latchkey <latchkey@acme.example>",
                "Destination": { "ToAddresses": ["boss@acme.example"] },
                "Content": { "Simple": {
                    "Subject": text("Closed: hire of Zoë"), "Body": { "Text": text("All – is done.\n") },
                    "Headers": [header("Auto-Submitted", "auto-generated")] } },
            });
            if let (Some(set), Some(html)) = (set, html) {
                want["ConfigurationSetName"] = set.into();
                let simple = &mut want["Content"]["Simple"];
                simple["Body"]["Html"] = text(html);
                simple["Headers"] = json!([
                    header("Auto-Submitted", "auto-generated"),
                    header("Importance", "high"),
                    header("X-Priority", "1"),
                ]);
            }
            assert_eq!(asked, want);
        }
    }

    #[tokio::test]
    async fn an_address_that_is_refused_is_told_apart_from_what_passes_or_is_mended() {
        use NotTaken::{Down, Later, Refused};
        for (status, error, message, why) in [
            (
                400,
                "BadRequestException",
                "Missing final '@domain'",
                Refused,
            ),
            (400, "MessageRejected", "Address blacklisted.", Refused),
            (
                400,
                "MessageRejected",
                "Email address is not verified.",
                Later,
            ),
            (
                429,
                "TooManyRequestsException",
                "Maximum sending rate exceeded.",
                Later,
            ),
            (
                400,
                "LimitExceededException",
                "Daily message quota exceeded.",
                Down,
            ),
            (400, "SendingPausedException", "Sending paused", Down),
            (400, "AccountSuspendedException", "Suspended", Down),
            (400, "MailFromDomainNotVerifiedException", "No MX", Down),
            (503, "ServiceUnavailable", "Later", Down),
        ] {
            let body = json!({ "__type": error, "message": message }).to_string();
            let aws = Canned::new(move |_| (status, body.clone()));
            let told = mailbox(&aws, None).send(&letter()).await.unwrap_err();
            assert_eq!(told.why, why, "{told}");
            let says = format!("SES answers {error}: {message}");
            assert_eq!((told.team.as_str(), told.problem), ("managers", says));
        }
    }
}
