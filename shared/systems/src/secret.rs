//! Secrets: what Latchkey shows to a system. Never printed, logged or put into an error.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use serde::Deserialize;

/// What Latchkey shows to a system.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Secret {
    /// A bearer token (RFC 6750): `{"token": "…"}`.
    Bearer {
        /// The token.
        token: String,
    },
    /// OAuth 2.0 client credentials (RFC 6749 section 4.4).
    #[serde(rename_all = "camelCase")]
    ClientCredentials {
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: String,
        /// Where tokens are had.
        token_url: String,
        /// Scopes, with spaces between.
        #[serde(default)]
        scope: Option<String>,
    },
    /// OAuth 2.0 client credentials, shown as an assertion that a private key signs (RFC 7523 section 2.2). With a subject the
    /// assertion is the grant (section 2.1): the client acts for somebody.
    #[serde(rename_all = "camelCase")]
    PrivateKey {
        /// The client's id.
        client_id: String,
        /// The private key as PEM: RSA, or P-256 in PKCS #8.
        private_key: String,
        /// Where tokens are had.
        token_url: String,
        /// Scopes, with spaces between.
        #[serde(default)]
        scope: Option<String>,
        /// Which of the client's keys it is, where it has several.
        #[serde(default)]
        key_id: Option<String>,
        /// Whom the client acts for, e.g. the administrator that a Google service account acts as.
        #[serde(default)]
        subject: Option<String>,
    },
    /// HTTP Basic (RFC 7617): `{"username": "…", "password": "…"}`.
    Basic {
        /// The user.
        username: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secret::Bearer { .. } => "Secret::Bearer(…)",
            Secret::ClientCredentials { .. } => "Secret::ClientCredentials(…)",
            Secret::PrivateKey { .. } => "Secret::PrivateKey(…)",
            Secret::Basic { .. } => "Secret::Basic(…)",
        })
    }
}

/// A secret cannot be had. Says which and why, never what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name.
    #[error("there is no secret `{name}`; store it where docs/OPERATIONS.md says")]
    Absent {
        /// Its name.
        name: String,
    },
    /// It is not JSON of a form that is known.
    #[error(
        "the secret `{name}` is none of the forms in docs/SYSTEMS.md: a token, client credentials with a secret or a private key, or user name and password"
    )]
    Unreadable {
        /// Its name.
        name: String,
    },
    /// Whoever keeps it does not answer, or does not let us.
    #[error("the secret `{name}` cannot be read: {problem}")]
    OutOfReach {
        /// Its name.
        name: String,
        /// What happened.
        problem: String,
    },
}

impl Secret {
    /// A secret from its text: a JSON object, or a bare token.
    ///
    /// # Errors
    /// [`SecretError::Unreadable`].
    pub fn parse(name: &str, text: &str) -> Result<Secret, SecretError> {
        let text = text.trim();
        let unreadable = || SecretError::Unreadable {
            name: name.to_owned(),
        };
        if text.starts_with('{') {
            return serde_json::from_str(text).map_err(|_| unreadable());
        }
        if text.is_empty() || text.chars().any(char::is_whitespace) {
            return Err(unreadable());
        }
        Ok(Secret::Bearer {
            token: text.to_owned(),
        })
    }
}

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of a name.
    ///
    /// # Errors
    /// [`SecretError`] names it.
    async fn get(&self, name: &str) -> Result<Secret, SecretError>;
}

/// Secrets in a JSON file, name → value; read afresh each time, so that a change counts at once.
#[derive(Debug, Clone)]
pub struct SecretsFile {
    path: PathBuf,
}

impl SecretsFile {
    /// Secrets in the given file.
    pub fn new(path: impl AsRef<Path>) -> SecretsFile {
        SecretsFile {
            path: path.as_ref().to_owned(),
        }
    }
}

#[async_trait]
impl Secrets for SecretsFile {
    async fn get(&self, name: &str) -> Result<Secret, SecretError> {
        let out_of_reach = |problem: String| SecretError::OutOfReach {
            name: name.to_owned(),
            problem,
        };
        let bytes = std::fs::read(&self.path)
            .map_err(|e| out_of_reach(format!("{}: {e}", self.path.display())))?;
        let all: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&bytes)
            .map_err(|_| out_of_reach(format!("{} is not a JSON object", self.path.display())))?;
        match all.get(name) {
            None => Err(SecretError::Absent {
                name: name.to_owned(),
            }),
            Some(serde_json::Value::String(text)) => Secret::parse(name, text),
            Some(other) => Secret::parse(name, &other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_none_is_shown() {
        for (text, shown) in [
            ("t0ken", "Secret::Bearer(…)"),
            (r#"{"token":"t0ken"}"#, "Secret::Bearer(…)"),
            (r#"{"username":"u","password":"t0ken"}"#, "Secret::Basic(…)"),
            (
                r#"{"clientId":"c","clientSecret":"t0ken","tokenUrl":"https://x.example/token"}"#,
                "Secret::ClientCredentials(…)",
            ),
            (
                r#"{"clientId":"c","privateKey":"t0ken","tokenUrl":"https://x.example/token","keyId":"k"}"#,
                "Secret::PrivateKey(…)",
            ),
            (
                r#"{"clientId":"c","privateKey":"t0ken","tokenUrl":"https://x.example/token","subject":"it@x.example"}"#,
                "Secret::PrivateKey(…)",
            ),
        ] {
            assert_eq!(format!("{:?}", Secret::parse("s", text).unwrap()), shown);
        }
        for text in [
            "",
            "two words",
            "{}",
            r#"{"token":"t","extra":1}"#,
            "{not json",
        ] {
            let error = Secret::parse("chat", text).unwrap_err();
            assert_eq!(
                error,
                SecretError::Unreadable {
                    name: "chat".into()
                }
            );
        }
    }
}
