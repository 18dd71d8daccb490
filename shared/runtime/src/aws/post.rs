//! How letters go out, as `template.yaml` says.

use async_trait::async_trait;
use aws_config::SdkConfig;

use super::{Mailbox, MissingSetting, Topic, setting};
use crate::{Envelope, Mail, MailError, OPERATORS};

/// Letters by one way, alerts by another: whoever runs Latchkey is subscribed to a topic, and in no runbook.
struct Post {
    letters: Box<dyn Mail>,
    alerts: Box<dyn Mail>,
}

#[async_trait]
impl Mail for Post {
    fn reaches_people(&self) -> bool {
        self.letters.reaches_people()
    }

    async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
        let way = match envelope.team.as_str() {
            OPERATORS => &self.alerts,
            _ => &self.letters,
        };
        way.send(envelope).await
    }
}

/// Letters by SES where `LATCHKEY_MAIL` is `ses`, else to the topic of `LATCHKEY_TOPIC_ARN`; alerts to that of
/// `LATCHKEY_ALERTS_TOPIC_ARN`.
///
/// # Errors
/// [`MissingSetting`] of the ways that were chosen.
pub fn mail(config: &SdkConfig) -> Result<impl Mail + use<>, MissingSetting> {
    let topic = |name| Ok::<_, MissingSetting>(Topic::new(config, setting(name)?));
    let letters: Box<dyn Mail> = match setting("LATCHKEY_MAIL").is_ok_and(|way| way == "ses") {
        true => Box::new(Mailbox::from_env(config)?),
        false => Box::new(topic("LATCHKEY_TOPIC_ARN")?),
    };
    Ok(Post {
        letters,
        alerts: Box::new(topic("LATCHKEY_ALERTS_TOPIC_ARN")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NotTaken;

    /// A way that takes nothing, and says which it is.
    struct Way(&'static str);

    #[async_trait]
    impl Mail for Way {
        async fn send(&self, envelope: &Envelope) -> Result<(), MailError> {
            Err(MailError {
                team: envelope.team.clone(),
                problem: self.0.to_owned(),
                why: NotTaken::Down,
            })
        }
    }

    #[tokio::test]
    async fn alerts_go_by_a_way_of_their_own() {
        let post = Post {
            letters: Box::new(Way("letters")),
            alerts: Box::new(Way("alerts")),
        };
        for (team, want) in [
            (OPERATORS, "alerts"),
            ("it", "letters"),
            ("managers", "letters"),
        ] {
            let letter = Envelope {
                id: "1".into(),
                team: team.into(),
                to: "it@acme.example".into(),
                subject: "Closed".into(),
                text: "All is done.\n".into(),
                html: None,
                urgent: false,
                written_at: jiff::Timestamp::UNIX_EPOCH,
                letters: Vec::new(),
            };
            assert_eq!(
                post.send(&letter).await.unwrap_err().problem,
                want,
                "{team}"
            );
        }
    }
}
