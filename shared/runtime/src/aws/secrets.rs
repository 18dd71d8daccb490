//! Secrets Manager, with a short memory: a rotated secret is used within five minutes.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};

use latchkey_systems::{Secret, SecretError, Secrets};

use crate::Failure;

const REMEMBERED: Duration = Duration::from_secs(300);

/// Secrets below a prefix.
#[derive(Debug)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
    read: Mutex<HashMap<String, (Instant, Option<Hidden>)>>,
}

#[derive(Clone)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

impl SecretsManager {
    /// Secrets whose names begin with `prefix`.
    pub fn new(config: &SdkConfig, prefix: impl Into<String>) -> SecretsManager {
        SecretsManager {
            client: Client::new(config),
            prefix: prefix.into(),
            read: Mutex::default(),
        }
    }

    /// A secret's text; `None` when there is none of that name.
    ///
    /// # Errors
    /// [`Failure::Unauthorized`] when this function may not read it, [`Failure::Busy`] when Secrets Manager does
    /// not answer.
    pub async fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        let full = format!("{}{name}", self.prefix);
        if let Some(known) = self.remembered(&full) {
            return Ok(known.map(|Hidden(text)| text));
        }
        let answer = self.client.get_secret_value().secret_id(&full).send().await;
        let text = match answer {
            Ok(answer) => answer.secret_string,
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) =>
            {
                None
            }
            Err(e) => {
                let code = e.as_service_error().and_then(|e| e.meta().code());
                let text = format!(
                    "the secret {full} cannot be read: {}",
                    DisplayErrorContext(&e)
                );
                return Err(denied_or_busy(code, text));
            }
        };
        self.remember(full, text.clone());
        Ok(text)
    }

    /// Puts a new value into a secret that there is, unless it has that value. Whether there is one.
    ///
    /// # Errors
    /// [`Failure::Unauthorized`] when this function may not, [`Failure::Busy`] when Secrets Manager does not take it now.
    pub async fn put(&self, name: &str, text: &str) -> Result<bool, Failure> {
        // What is put again and again would use up its versions: 100 a day.
        // Source: Secrets Manager API reference, PutSecretValue.
        if self.text(name).await?.as_deref() == Some(text) {
            return Ok(true);
        }
        let full = format!("{}{name}", self.prefix);
        let put = self.client.put_secret_value().secret_id(&full);
        match put.secret_string(text).send().await {
            Ok(_) => {
                self.remember(full, Some(text.to_owned()));
                Ok(true)
            }
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) =>
            {
                Ok(false)
            }
            Err(e) => {
                let code = e.as_service_error().and_then(|e| e.meta().code());
                let text = format!(
                    "the secret {full} cannot be written: {}",
                    DisplayErrorContext(&e)
                );
                Err(denied_or_busy(code, text))
            }
        }
    }

    fn remember(&self, full: String, text: Option<String>) {
        if let Ok(mut read) = self.read.lock() {
            read.insert(full, (Instant::now(), text.map(Hidden)));
        }
    }

    fn remembered(&self, name: &str) -> Option<Option<Hidden>> {
        let read = self.read.lock().ok()?;
        let (at, text) = read.get(name)?;
        (at.elapsed() < REMEMBERED).then(|| text.clone())
    }
}

fn denied_or_busy(code: Option<&str>, text: String) -> Failure {
    match code {
        Some(code) if code.contains("AccessDenied") => Failure::Unauthorized(text),
        _ => Failure::Busy(text),
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let out_of_reach = |e: Failure| SecretError::OutOfReach {
            name: name.to_owned(),
            problem: e.to_string(),
        };
        let text = self.text(name).await.map_err(out_of_reach)?;
        let text = text.ok_or_else(|| SecretError::Absent {
            name: name.to_owned(),
        })?;
        Secret::parse(name, &text)
    }
}
