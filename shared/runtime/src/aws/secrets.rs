//! Secrets Manager, with a short memory: a rotated secret is used within five minutes.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};

use latchkey_systems::{Bound, SecretError, Secrets};

use crate::Failure;

const REMEMBERED: Duration = Duration::from_secs(300);

/// Secrets below a prefix.
#[derive(Debug)]
pub struct SecretsManager {
    client: Client,
    prefix: String,
    read: Memory,
}

/// What was read lately, with the instant of reading; `None` of what was not there.
#[derive(Debug, Default)]
struct Memory(Mutex<HashMap<String, (Instant, Option<Hidden>)>>);

impl Memory {
    fn keep(&self, name: String, text: Option<String>, now: Instant) {
        if let Ok(mut read) = self.0.lock() {
            read.insert(name, (now, text.map(Hidden)));
        }
    }

    /// What was read less than `age` before `now`.
    fn of(&self, name: &str, age: Duration, now: Instant) -> Option<Option<String>> {
        let read = self.0.lock().ok()?;
        let (at, text) = read.get(name)?;
        let fresh = now.saturating_duration_since(*at) < age;
        fresh.then(|| text.clone().map(|Hidden(text)| text))
    }
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
            read: Memory::default(),
        }
    }

    /// A secret's text; `None` when there is none of that name.
    ///
    /// # Errors
    /// [`Failure::Unauthorized`] when this function may not read it, [`Failure::Busy`] when Secrets Manager does
    /// not answer.
    pub async fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        self.text_within(name, REMEMBERED).await
    }

    /// The same, of what was read so long ago at most.
    ///
    /// # Errors
    /// As those of [`SecretsManager::text`].
    pub async fn text_within(&self, name: &str, age: Duration) -> Result<Option<String>, Failure> {
        let full = format!("{}{name}", self.prefix);
        if let Some(known) = self.read.of(&full, age, Instant::now()) {
            return Ok(known);
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
        self.read.keep(full, text.clone(), Instant::now());
        Ok(text)
    }

    /// Puts a new value into a secret that there is, unless it has that value. Whether there is one.
    ///
    /// # Errors
    /// [`Failure::Unauthorized`] when this function may not, [`Failure::Busy`] when Secrets Manager does not take it
    /// now.
    pub async fn put(&self, name: &str, text: &str) -> Result<bool, Failure> {
        // What is put again and again would use up its versions: 100 a day.
        // Source: Secrets Manager API reference, PutSecretValue.
        if self.text(name).await?.as_deref() == Some(text) {
            return Ok(true);
        }
        let put = self.put_version(name, text, None).await?;
        Ok(put != Put::NoSecret)
    }

    /// Puts a new value into a secret that there is, under an id of 32 to 64 characters: of several that are put under
    /// one id, the first one counts. Whether it was this one.
    ///
    /// # Errors
    /// As those of [`SecretsManager::put`].
    pub async fn put_once(&self, name: &str, text: &str, id: &str) -> Result<bool, Failure> {
        let put = self.put_version(name, text, Some(id.to_owned())).await?;
        Ok(put == Put::Done)
    }

    async fn put_version(
        &self,
        name: &str,
        text: &str,
        id: Option<String>,
    ) -> Result<Put, Failure> {
        let full = format!("{}{name}", self.prefix);
        let put = self.client.put_secret_value().secret_id(&full);
        let put = put.secret_string(text).set_client_request_token(id);
        let error = match put.send().await {
            Ok(_) => {
                self.read.keep(full, Some(text.to_owned()), Instant::now());
                return Ok(Put::Done);
            }
            Err(error) => error,
        };
        if let Some(problem) = error.as_service_error() {
            if problem.is_resource_not_found_exception() {
                return Ok(Put::NoSecret);
            }
            // Another value under the same id. Source: Secrets Manager API reference, PutSecretValue.
            if problem.is_resource_exists_exception() {
                return Ok(Put::Another);
            }
        }
        let code = error.as_service_error().and_then(|e| e.meta().code());
        let problem = DisplayErrorContext(&error);
        let text = format!("the secret {full} cannot be written: {problem}");
        Err(denied_or_busy(code, text))
    }
}

/// What became of a value that was to be put.
#[derive(PartialEq, Eq)]
enum Put {
    Done,
    /// Another value was put under the same id before.
    Another,
    /// There is no such secret.
    NoSecret,
}

fn denied_or_busy(code: Option<&str>, text: String) -> Failure {
    match code {
        Some(code) if code.contains("AccessDenied") => Failure::Unauthorized(text),
        _ => Failure::Busy(text),
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    /// Below its kind: the function of a kind may read its own kind's secrets and no other's.
    fn of_kind(&self, kind: &str, name: &str) -> String {
        format!("{kind}/{name}")
    }

    fn place(&self, name: &str) -> String {
        format!("`{}{name}` in Secrets Manager", self.prefix)
    }

    async fn get(&self, name: &str) -> Result<Bound, SecretError> {
        let out_of_reach = |e: Failure| SecretError::OutOfReach {
            name: name.to_owned(),
            problem: e.to_string(),
        };
        let text = self.text(name).await.map_err(out_of_reach)?;
        let text = text.ok_or_else(|| SecretError::Absent {
            name: name.to_owned(),
        })?;
        Bound::parse(name, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotated_secret_is_read_anew_after_five_minutes() {
        let (memory, begun) = (Memory::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        memory.keep("a".to_owned(), Some("old".to_owned()), at(0));
        memory.keep("b".to_owned(), None, at(100));
        let text = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(memory.of("a", REMEMBERED, at(299)), text("old"));
        assert_eq!(memory.of("a", REMEMBERED, at(300)), None);
        assert_eq!(memory.of("a", Duration::from_secs(10), at(10)), None);
        assert_eq!(
            memory.of("b", REMEMBERED, at(399)),
            Some(None),
            "it is known that there is none"
        );
        assert_eq!(memory.of("c", REMEMBERED, at(0)), None);
        memory.keep("a".to_owned(), Some("new".to_owned()), at(301));
        assert_eq!(memory.of("a", REMEMBERED, at(302)), text("new"));
        assert!(!format!("{memory:?}").contains("new"));
    }
}
