//! A function of the company's own, as a system.

use std::time::Duration;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::invoke::{InvokeError, InvokeOutput},
    primitives::Blob,
};
use jiff::SignedDuration;
use latchkey_lifecycle::Change;
use latchkey_systems::{
    Fault, Faults, Found, Page, PageToken, Probe, Settings, Sight, Sought, System, Whole, theirs,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::told::{Listed, Request, Told, Tried, Verb, Who, Wrong};

/// How long the function may take; the Lambda that waits for it has a minute for the whole step.
const LIMIT: Duration = Duration::from_secs(25);

/// A function of the company's own.
#[derive(Debug)]
pub(crate) struct Own {
    /// The system's short name.
    id: String,
    /// Its name for people.
    system: String,
    function: String,
    client: OnceCell<Client>,
}

impl Own {
    pub(crate) fn new(settings: &Settings, client: Option<Client>) -> Result<Own, Fault> {
        let function = settings
            .text("function")
            .ok_or_else(|| settings.rejected("the runbook names no function of it"))?;
        Ok(Own {
            id: settings.id.clone(),
            system: settings.name.clone(),
            function: function.to_owned(),
            client: OnceCell::new_with(client),
        })
    }

    async fn client(&self) -> &Client {
        let make = || async {
            let timeouts = TimeoutConfig::builder().operation_timeout(LIMIT).build();
            let config = aws_config::defaults(BehaviorVersion::latest())
                // The workflow tries again.
                .retry_config(RetryConfig::disabled())
                .timeout_config(timeouts);
            Client::new(&config.load().await)
        };
        self.client.get_or_init(make).await
    }

    async fn say(&self, verb: Verb<'_>) -> Result<Value, Fault> {
        let request = serde_json::to_vec(&Request::new(&self.id, verb))
            .map_err(|_| self.rejected("what is to be said to it cannot be written as JSON"))?;
        let client = self.client().await;
        let call = client.invoke().function_name(&self.function);
        let said = call.payload(Blob::new(request)).send().await;
        let answer = self.answered(said.map_err(|error| self.fault(&error))?)?;
        match Wrong::of(&answer, &self.system) {
            Some(fault) => Err(fault),
            None => Ok(answer),
        }
    }

    /// The function's answer; one that ended with an error of its own is tried again.
    fn answered(&self, output: InvokeOutput) -> Result<Value, Fault> {
        let payload = output.payload().map(Blob::as_ref).unwrap_or_default();
        let answer: Option<Value> = serde_json::from_slice(payload).ok();
        if output.function_error().is_some() {
            // Its message may carry anything; the type does not.
            let kind = answer.as_ref().and_then(|a| a["errorType"].as_str());
            let kind: String = kind.unwrap_or("an error").chars().take(80).collect();
            return Err(self.unreachable(format!(
                "its function {} ended with {kind}: see the function's log",
                self.function
            )));
        }
        answer.ok_or_else(|| self.rejected("its function answers with something that is no JSON"))
    }

    /// Source: AWS Lambda API reference, Invoke, "Errors"; common errors of AWS services.
    fn fault(&self, error: &SdkError<InvokeError>) -> Fault {
        let code = error.code().unwrap_or_default();
        if let Some(InvokeError::TooManyRequestsException(busy)) = error.as_service_error() {
            let seconds = busy.retry_after_seconds().and_then(|s| s.parse().ok());
            let retry_after = seconds.map(SignedDuration::from_secs);
            return self.busy(retry_after);
        }
        let function = &self.function;
        match code {
            "ResourceNotFoundException" => self.rejected(format!(
                "there is no function {function} in this account and region; correct the runbook's `function`"
            )),
            "AccessDeniedException" | "UnrecognizedClientException" | "ExpiredTokenException"
            | "InvalidSignatureException" | "KMSAccessDeniedException" => self.unauthorized(format!(
                "it may not call the function {function} ({code})"
            )),
            "InvalidRequestContentException" | "RequestTooLargeException"
            | "InvalidParameterValueException" | "InvalidRuntimeException" => {
                self.rejected(format!("its function {function} cannot be called ({code})"))
            }
            _ if matches!(error, SdkError::TimeoutError(_)) => {
                self.unreachable("its function did not answer in time")
            }
            "" => self.unreachable("no connection to AWS Lambda could be made"),
            code => self.unreachable(format!("AWS Lambda answers {code}")),
        }
    }

    async fn told(&self, who: &Sought) -> Result<Option<Found>, Fault> {
        let who = Who::from(who);
        let answer = self.say(Verb::Read { who }).await?;
        let told = self.part::<Option<Told>>(&answer, "account")?;
        Ok(told.map(Found::from))
    }

    /// A part of an answer, which has to be there.
    fn part<T: DeserializeOwned>(&self, answer: &Value, name: &str) -> Result<T, Fault> {
        let part = answer.get(name).cloned();
        let part = part.and_then(|part| serde_json::from_value(part).ok());
        part.ok_or_else(|| {
            self.rejected(format!(
                "its function answers without `{name}`, or with one of another form than docs/SYSTEMS.md says"
            ))
        })
    }
}

#[async_trait]
impl System for Own {
    fn name(&self) -> &str {
        &self.system
    }

    async fn look_up(&self, who: &Sought) -> Result<Sight, Fault> {
        let found = match self.told(who).await? {
            Some(found) => theirs(&self.system, who, found)?,
            None => None,
        };
        Ok(Whole::asked_for_itself(found).into())
    }

    /// Functions are told the handle with whose account it is.
    async fn look_at(&self, handle: &str, who: &Sought) -> Result<Sight, Fault> {
        let found = self.told(who).await?;
        let found = found.filter(|found| found.handle == handle);
        Ok(Whole::asked_for_itself(found).into())
    }

    async fn complete(&self, found: Found) -> Result<Whole<Found>, Fault> {
        Ok(Whole::in_one_answer(found))
    }

    /// Nobody knows of a company's own function.
    fn refuses_twins(&self) -> bool {
        false
    }

    async fn list(&self, page: Option<&PageToken>) -> Result<Page, Fault> {
        let page = page.map(|token| token.0.as_str());
        let answer = self.say(Verb::List { page }).await?;
        let listed: Listed = serde_json::from_value(answer).map_err(|_| {
            self.rejected("its function answers a list of another form than docs/SYSTEMS.md says")
        })?;
        let accounts = listed.accounts.into_iter().map(Found::from).collect();
        Ok(Page::every(accounts, listed.next))
    }

    async fn apply(&self, at: Option<&Found>, change: &Change) -> Result<Option<Found>, Fault> {
        let account = at.map(Told::from);
        let answer = self.say(Verb::Apply { account, change }).await?;
        let told: Option<Told> = self.part(&answer, "account")?;
        Ok(told.map(Found::from))
    }

    async fn probe(&self) -> Vec<Probe> {
        let called = format!("call the function {}", self.function);
        let answer = match self.say(Verb::Probe).await {
            Ok(answer) => answer,
            Err(fault) => return vec![Probe::failed(called, fault)],
        };
        let mut probes = vec![Probe::of(called, Ok(()))];
        match self.part::<Vec<Tried>>(&answer, "probes") {
            Ok(tried) => probes.extend(tried.into_iter().map(|t| t.into_probe(&self.system))),
            Err(fault) => probes.push(Probe::failed("understand what it answers", fault)),
        }
        probes
    }
}
