//! How Latchkey shows itself: a token, or a GitHub App, whose private key signs for tokens of its installation that are
//! good for an hour: <https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app>.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use latchkey_systems::{Call, Fault, Faults, Http, Kept, Secret};
use reqwest::Method;
use serde_json::{Value, json};

use crate::answer::{means, show};

/// A token is renewed this long before it expires.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(120);
/// GitHub recommends a minute, for clocks that differ; it allows ten minutes at most.
const ISSUED_BEFORE: i64 = 60;
const LIFETIME: i64 = 300;

/// What Latchkey shows itself with.
pub(crate) enum Key {
    Token(String),
    App(App),
}

/// An app and its installation in the organisation.
pub(crate) struct App {
    client_id: String,
    private_key: String,
    token_url: String,
    token: Kept<Token>,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: Timestamp,
    permissions: Value,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Key::Token(_) => "Key::Token(…)",
            Key::App(_) => "Key::App(…)",
        })
    }
}

impl Key {
    /// The key of a secret.
    pub(crate) fn of(system: &str, secret: Option<Secret>) -> Result<Key, Fault> {
        match secret {
            Some(Secret::Bearer { token }) => Ok(Key::Token(token)),
            Some(Secret::PrivateKey {
                client_id,
                private_key,
                token_url,
                ..
            }) => Ok(Key::App(App {
                client_id,
                private_key,
                token_url,
                token: Kept::default(),
            })),
            _ => Err(system.unauthorized(
                "its secret is neither a token nor a GitHub App (clientId, privateKey, tokenUrl)",
            )),
        }
    }
}

impl App {
    /// A token of the installation.
    pub(crate) async fn token(&self, http: &Http) -> Result<String, Fault> {
        self.fresh(http).await.map(|token| token.text)
    }

    /// What the installation may do, permission → `read` or `write`.
    pub(crate) async fn permissions(&self, http: &Http) -> Result<Value, Fault> {
        self.fresh(http).await.map(|token| token.permissions)
    }

    /// The token is no good any more.
    pub(crate) fn forget(&self) {
        self.token.forget();
    }

    async fn fresh(&self, http: &Http) -> Result<Token, Fault> {
        let now = Timestamp::now();
        let known = self.token.get();
        if let Some(token) = known.filter(|t| t.until.duration_since(now) > RENEW_BEFORE) {
            return Ok(token);
        }
        let mut call = Call::new(Method::POST, self.token_url.clone()).with(json!({}));
        let assertion = self.assertion(now);
        let assertion = assertion.map_err(|problem| http.unauthorized(problem))?;
        show(&mut call, &assertion, http.system())?;
        let answer = http.ask(&call).await?;
        if answer.status == 404 {
            return Err(http.unauthorized(
                "the app has no such installation; install it in the organisation, and put the number of the installation into \
                 tokenUrl",
            ));
        }
        let answer = means(http, &call, answer)?;
        let body = answer.body.unwrap_or_default();
        let until = body["expires_at"].as_str().and_then(|t| t.parse().ok());
        let (Some(text), Some(until)) = (body["token"].as_str(), until) else {
            return Err(http.unauthorized(
                "the token's address answers with something that is no token; check tokenUrl",
            ));
        };
        Ok(self.token.keep(Token {
            text: text.to_owned(),
            until,
            permissions: body["permissions"].clone(),
        }))
    }

    fn assertion(&self, now: Timestamp) -> Result<String, &'static str> {
        let key = EncodingKey::from_rsa_pem(self.private_key.as_bytes())
            .map_err(|_| "its private key is no PEM of an RSA key")?;
        let now = now.as_second();
        let claims = json!({
            "iat": now.saturating_sub(ISSUED_BEFORE), "exp": now.saturating_add(LIFETIME), "iss": self.client_id,
        });
        encode(&Header::new(Algorithm::RS256), &claims, &key)
            .map_err(|_| "its private key cannot sign")
    }
}
