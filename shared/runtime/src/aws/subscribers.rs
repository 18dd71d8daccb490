//! Who is subscribed to the topic of letters.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sns::{
    Client,
    error::{DisplayErrorContext, ProvideErrorMetadata, SdkError},
};
use serde_json::Value;

use super::{MissingSetting, setting, topic::is_throttled};
use crate::{Failure, Gets, Subscription, Subscriptions};

/// The subscribers of the topic of owners' mail.
#[derive(Debug, Clone)]
pub struct Subscribers {
    client: Client,
    topic: String,
}

impl Subscribers {
    /// Those of the topic that `LATCHKEY_TOPIC_ARN` names.
    ///
    /// # Errors
    /// [`MissingSetting`] without it.
    pub fn from_env(config: &SdkConfig) -> Result<Subscribers, MissingSetting> {
        Ok(Subscribers::new(config, setting("LATCHKEY_TOPIC_ARN")?))
    }

    /// Those of a topic by its ARN.
    pub fn new(config: &SdkConfig, topic: impl Into<String>) -> Subscribers {
        Subscribers {
            client: Client::new(config),
            topic: topic.into(),
        }
    }

    /// What a subscription gets. Its filter is not in the list.
    async fn gets(&self, arn: Option<&str>) -> Result<Option<Gets>, Failure> {
        // The list says `PendingConfirmation`, or `Deleted`, in place of an ARN.
        let Some(arn) = arn.filter(|arn| arn.starts_with("arn:")) else {
            return Ok(Some(Gets::Unconfirmed));
        };
        let asked = self.client.get_subscription_attributes();
        let attributes = match asked.subscription_arn(arn).send().await {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            // It went since it was listed.
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_not_found_exception()) =>
            {
                return Ok(None);
            }
            Err(e) => return Err(failure(e)),
        };
        let is = |name: &str, value: &str| attributes.get(name).is_some_and(|is| is == value);
        if is("PendingConfirmation", "true") {
            return Ok(Some(Gets::Unconfirmed));
        }
        let policy = attributes
            .get("FilterPolicy")
            .filter(|text| !text.is_empty());
        Ok(Some(match policy {
            None => Gets::Everything,
            // A letter's text is no JSON: a filter on it lets nothing through.
            Some(_) if is("FilterPolicyScope", "MessageBody") => {
                Gets::Filtered(serde_json::json!({ "nothing": [] }))
            }
            Some(text) => Gets::Filtered(serde_json::from_str(text).unwrap_or(Value::Null)),
        }))
    }
}

fn failure<E, R>(error: SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let text = format!(
        "the subscriptions to letters: {}",
        DisplayErrorContext(&error)
    );
    let code = match &error {
        SdkError::ServiceError(refused) => refused.err().code().unwrap_or_default(),
        _ => return Failure::Unreachable(text),
    };
    match code {
        code if is_throttled(code) || code == "InternalError" => Failure::Busy(text),
        _ => Failure::Broken(text),
    }
}

#[async_trait]
impl Subscriptions for Subscribers {
    async fn subscriptions(&self) -> Result<Vec<Subscription>, Failure> {
        let mut all = Vec::new();
        let mut pages = self
            .client
            .list_subscriptions_by_topic()
            .topic_arn(&self.topic)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            for one in page.map_err(failure)?.subscriptions.unwrap_or_default() {
                if let Some(gets) = self.gets(one.subscription_arn.as_deref()).await? {
                    all.push(Subscription {
                        endpoint: one.endpoint.unwrap_or_default(),
                        gets,
                    });
                }
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::canned::Canned;

    fn listed(arn: &str, endpoint: &str) -> String {
        format!(
            "<member><SubscriptionArn>{arn}</SubscriptionArn><Protocol>email</Protocol><Endpoint>{endpoint}</Endpoint></member>"
        )
    }

    fn page(members: &[String], next: &str) -> String {
        format!(
            "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{}</Subscriptions>{next}\
             </ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>",
            members.concat()
        )
    }

    fn attributes(all: &[(&str, &str)]) -> String {
        let entries: String = all
            .iter()
            .map(|(key, value)| format!("<entry><key>{key}</key><value>{value}</value></entry>"))
            .collect();
        format!(
            "<GetSubscriptionAttributesResponse><GetSubscriptionAttributesResult><Attributes>{entries}</Attributes>\
             </GetSubscriptionAttributesResult></GetSubscriptionAttributesResponse>"
        )
    }

    fn answer(body: &str) -> (u16, String) {
        let all = if body.contains("Action=ListSubscriptionsByTopic") && body.contains("NextToken=")
        {
            let second = [
                listed("arn:aws:sns:x:1:t:all", "all@acme.example"),
                listed("arn:aws:sns:x:1:t:gone", "gone@acme.example"),
            ];
            page(&second, "")
        } else if body.contains("Action=ListSubscriptionsByTopic") {
            let first = [
                listed("PendingConfirmation", "new@acme.example"),
                listed("arn:aws:sns:x:1:t:it", "it@acme.example"),
            ];
            page(&first, "<NextToken>2</NextToken>")
        } else if body.contains("%3Ait") {
            attributes(&[
                ("FilterPolicy", r#"{"team":["it"]}"#),
                ("PendingConfirmation", "false"),
            ])
        } else if body.contains("%3Aall") {
            attributes(&[("PendingConfirmation", "false")])
        } else {
            let gone = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code><Message>no</Message></Error></ErrorResponse>";
            return (404, gone.to_owned());
        };
        (200, all)
    }

    #[tokio::test]
    async fn every_page_is_read_and_each_filter_and_what_went_meanwhile_is_left_out() {
        let aws = Canned::new(answer);
        let subscribers = Subscribers::new(&aws.config(), "arn:aws:sns:x:1:t");
        let all = subscribers.subscriptions().await.unwrap();
        let gets: Vec<_> = all
            .iter()
            .map(|one| (one.endpoint.as_str(), one.gets("it"), one.gets("people")))
            .collect();
        assert_eq!(
            gets,
            [
                ("new@acme.example", false, false),
                ("it@acme.example", true, false),
                ("all@acme.example", true, true),
            ]
        );
        assert_eq!(all[0].gets, Gets::Unconfirmed);
    }

    #[tokio::test]
    async fn throttled_is_busy_and_refused_is_broken() {
        for (code, name) in [("Throttling", "Busy"), ("AuthorizationError", "Broken")] {
            let text = format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
            let aws = Canned::new(move |_| (403, text.clone()));
            let subscribers = Subscribers::new(&aws.config(), "arn:aws:sns:x:1:t");
            let failure = subscribers.subscriptions().await.unwrap_err();
            assert_eq!(failure.name(), name, "{failure}");
        }
    }
}
