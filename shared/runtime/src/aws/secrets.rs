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
                let code = e
                    .as_service_error()
                    .and_then(|e| e.meta().code())
                    .unwrap_or_default();
                let denied = code.contains("AccessDenied");
                let text = format!(
                    "the secret {full} cannot be read: {}",
                    DisplayErrorContext(&e)
                );
                return Err(if denied {
                    Failure::Unauthorized(text)
                } else {
                    Failure::Busy(text)
                });
            }
        };
        if let Ok(mut read) = self.read.lock() {
            read.insert(full, (Instant::now(), text.clone().map(Hidden)));
        }
        Ok(text)
    }

    fn remembered(&self, name: &str) -> Option<Option<Hidden>> {
        let read = self.read.lock().ok()?;
        let (at, text) = read.get(name)?;
        (at.elapsed() < REMEMBERED).then(|| text.clone())
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
