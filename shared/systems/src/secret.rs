//! Secrets: what Latchkey shows to a system. Never printed, logged or put into an error.

use std::fmt;

use async_trait::async_trait;
use serde::Deserialize;

use crate::Bound;

/// How a client's id and secret are shown where tokens are had (RFC 6749 section 2.3.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientAuth {
    /// By HTTP Basic, which every server has to support.
    #[default]
    Basic,
    /// In the body, for servers that take nothing else.
    Body,
}

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
        /// How id and secret are shown there.
        #[serde(default)]
        client_auth: ClientAuth,
    },
    /// OAuth 2.0 client credentials, shown as an assertion that a private key signs (RFC 7523 section 2.2). With a
    /// subject the assertion is the grant (section 2.1): the client acts for somebody.
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

impl Secret {
    /// Where tokens are had for it, when it is no secret to show itself.
    pub(crate) fn token_url(&self) -> Option<&str> {
        match self {
            Secret::ClientCredentials { token_url, .. } | Secret::PrivateKey { token_url, .. } => {
                Some(token_url)
            }
            Secret::Bearer { .. } | Secret::Basic { .. } => None,
        }
    }
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

/// A secret cannot be had, or not for this. Says which and why, never what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is none of that name. Where it is kept is not said: this comes to be read by whoever owns the system.
    #[error(
        "there is no secret `{name}`; `latchkey system test` says where whoever runs Latchkey stores it"
    )]
    Absent {
        /// Its name.
        name: String,
    },
    /// It is not JSON of a form that is known.
    #[error(
        "the secret `{name}` is none of the forms in docs/SYSTEMS.md: a token, client credentials with a secret or a private key, or user name and password, with the hosts that it may go to"
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
    /// It does not say where it may go.
    #[error(
        "the secret `{name}` does not say where it may go, so it goes nowhere. If `{host}` is right, write \"hosts\": [\"{host}\"] \
         into it, or let `latchkey system bind` do that"
    )]
    Unbound {
        /// Its name.
        name: String,
        /// Where the runbook would have it go.
        host: String,
    },
    /// It may go elsewhere only.
    #[error(
        "the secret `{name}` may go to {hosts}, and the runbook has its system at `{host}`. Correct the address in the runbook; or, \
         if it is right, the secret's `hosts`"
    )]
    Elsewhere {
        /// Its name.
        name: String,
        /// Where the runbook would have it go.
        host: String,
        /// Where it may go, with commas.
        hosts: String,
    },
    /// Tokens would be had where no secret goes.
    #[error("the `tokenUrl` of the secret `{name}` is not called: {unfit}")]
    TokenUrl {
        /// Its name.
        name: String,
        /// Why not.
        unfit: latchkey_address::Unfit,
    },
}

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// What the secret of a system of this kind is called where it is kept, when it stands apart from those of other
    /// kinds.
    fn of_kind(&self, kind: &str, name: &str) -> String {
        let _ = kind;
        name.to_owned()
    }

    /// Where the secret of a name is kept, for whoever stores it: only on a command line.
    fn place(&self, name: &str) -> String {
        format!("`{name}`")
    }

    /// The secret of a name.
    ///
    /// # Errors
    /// [`SecretError`] names it.
    async fn get(&self, name: &str) -> Result<Bound, SecretError>;
}
