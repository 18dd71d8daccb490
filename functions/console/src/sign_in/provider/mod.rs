//! Signing in by the company's own provider: OpenID Connect, the code flow with PKCE.
//! Sources: OpenID Connect Core 1.0, sections 3.1 and 5; Discovery 1.0, section 4; RFC 7636; RP-Initiated Logout 1.0.

mod begun;
mod discovered;
mod token;
mod tried;

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::{sync::Semaphore, time::timeout};
use url::Url;

pub(crate) use begun::Begun;
use discovered::Discovered;
use token::{Claims, NotOurs};

/// An answer of a provider that is longer than this is none.
const MAX_ANSWER: usize = 1024 * 1024;
/// How long a provider has to answer everything that one page asks it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many pages ask it at once. A provider that hangs keeps so many of them, and every other one is free: whoever comes
/// then is told at once.
const AT_ONCE: usize = 16;

/// What a company says of its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Its issuer, as it writes it itself: `https://login.acme.example/`.
    pub issuer: String,
    /// Latchkey's name there.
    pub client_id: String,
    /// Latchkey's secret there; none for a public client, which PKCE alone protects.
    pub client_secret: Option<String>,
    /// Where Latchkey's pages are: scheme, host and port.
    pub pages_at: String,
    /// The claim with the groups; `groups` when left out.
    pub groups_claim: Option<String>,
}

/// A provider, and what it said of itself.
#[derive(Debug)]
pub struct Provider {
    settings: ProviderSettings,
    client: Client,
    /// Held for a moment only, and never while the provider is asked.
    discovered: Mutex<Option<Discovered>>,
    asking: Semaphore,
}

/// Why somebody was not signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The provider does not answer, or not as it should.
    #[error("the sign-in provider {0}")]
    Provider(String),
    /// The provider refused: its own words.
    #[error("the sign-in provider says: {0}")]
    Refused(String),
    /// What it sent is not for us, not for this browser, or not any more.
    #[error("{0}")]
    NotOurs(#[from] NotOurs),
    /// The browser that came back is not the one that left.
    #[error("this sign-in was not begun in this browser, or more than ten minutes ago")]
    NotBegun,
}

/// Whoever signed in, by the provider's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignedIn {
    /// In lower case.
    pub(crate) address: String,
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct TokenError {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Provider {
    /// A provider by its settings. It is first asked when somebody signs in.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new(settings: ProviderSettings) -> Result<Provider, reqwest::Error> {
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(8))
            .redirect(Policy::none())
            .build()?;
        Ok(Provider {
            settings,
            client,
            discovered: Mutex::default(),
            asking: Semaphore::new(AT_ONCE),
        })
    }

    /// Where the provider sends browsers back to: to be entered there.
    pub fn redirect_uri(&self) -> String {
        format!(
            "{}/sign-in/back",
            self.settings.pages_at.trim_end_matches('/')
        )
    }

    /// Where a browser goes to sign in.
    pub(crate) async fn begin(&self, begun: &Begun, now: Timestamp) -> Result<String, SignInError> {
        let discovered = in_time(self.discovered(now, false)).await?;
        Ok(self.asked_at(&discovered, begun).to_string())
    }

    /// The address at which a provider is asked who somebody is.
    fn asked_at(&self, discovered: &Discovered, begun: &Begun) -> Url {
        let mut at = discovered.authorization_endpoint.clone();
        at.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.redirect_uri())
            .append_pair("scope", "openid profile email")
            .append_pair("state", &begun.state)
            .append_pair("nonce", &begun.nonce)
            .append_pair("code_challenge", &begun.challenge())
            .append_pair("code_challenge_method", "S256");
        at
    }

    /// What is asked of the provider, by no more pages at once than may.
    async fn ask<T>(
        &self,
        asked: impl Future<Output = Result<T, SignInError>>,
    ) -> Result<T, SignInError> {
        let Ok(_place) = self.asking.try_acquire() else {
            let problem =
                "is being asked by many at once, and is slow to answer: try again in a minute";
            return Err(SignInError::Provider(problem.to_owned()));
        };
        asked.await
    }

    /// Who it was, by the code that a browser brought back.
    pub(crate) async fn finish(
        &self,
        begun: &Begun,
        code: &str,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        in_time(self.ask_who(begun, code, now)).await
    }

    async fn ask_who(
        &self,
        begun: &Begun,
        code: &str,
        now: Timestamp,
    ) -> Result<SignedIn, SignInError> {
        let discovered = self.discovered(now, false).await?;
        let redirect = self.redirect_uri();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect),
            ("code_verifier", &begun.verifier),
        ];
        let mut request = self.client.post(discovered.token_endpoint.clone());
        match &self.settings.client_secret {
            Some(secret) => {
                let encode = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                // RFC 6749 section 2.3.1
                request =
                    request.basic_auth(encode(&self.settings.client_id), Some(encode(secret)));
            }
            None => form.push(("client_id", &self.settings.client_id)),
        }
        let tokens: Tokens = self.ask(answered(request.form(&form))).await?;
        let mut claims = self.verified(&tokens.id_token, begun, now).await?;
        // Some tell who it is only there (OpenID Connect Core 1.0, section 5.4).
        if let (false, Some(access), Some(at)) = (
            claims.tell("email"),
            tokens.access_token,
            discovered.userinfo_endpoint,
        ) {
            let told = answered(self.client.get(at).bearer_auth(access));
            claims.add(self.ask(told).await?)?;
        }
        let groups = self.settings.groups_claim.as_deref().unwrap_or("groups");
        Ok(claims.signed_in(groups)?)
    }

    /// The claims of a token that is signed by the provider. Its keys are asked for anew where it is signed by one that
    /// is not known: keys are rotated.
    async fn verified(
        &self,
        token: &str,
        begun: &Begun,
        now: Timestamp,
    ) -> Result<Claims, SignInError> {
        let expected = token::Expected {
            issuer: &self.settings.issuer,
            client: &self.settings.client_id,
            nonce: &begun.nonce,
            now,
        };
        let discovered = self.discovered(now, false).await?;
        match token::verify(token, &discovered.keys, &expected) {
            Err(NotOurs::Key) => {
                let anew = self.discovered(now, true).await?;
                Ok(token::verify(token, &anew.keys, &expected)?)
            }
            verified => Ok(verified?),
        }
    }

    /// Where a browser goes to sign out there, too, if the provider says where.
    pub(crate) async fn sign_out_at(&self, now: Timestamp) -> Option<String> {
        let discovered = in_time(self.discovered(now, false)).await.ok()?;
        let mut at = discovered.end_session_endpoint?;
        let back = format!("{}/sign-in", self.settings.pages_at.trim_end_matches('/'));
        at.query_pairs_mut()
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", &back);
        Some(at.to_string())
    }

    /// The host that somebody signs in at.
    pub(crate) fn host(&self) -> String {
        let issuer = Url::parse(&self.settings.issuer).ok();
        let host = issuer.as_ref().and_then(Url::host_str);
        host.unwrap_or(&self.settings.issuer).to_owned()
    }

    fn known(&self) -> MutexGuard<'_, Option<Discovered>> {
        self.discovered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn discovered(&self, now: Timestamp, anew: bool) -> Result<Discovered, SignInError> {
        let known = self.known().clone();
        if let Some(known) = known.filter(|known| known.is_good(now, anew)) {
            return Ok(known);
        }
        // Several may ask at once; what they learn is the same.
        let new = self.ask(self.discover(now)).await?;
        *self.known() = Some(new.clone());
        Ok(new)
    }

    /// Asks the provider what it is, and for its keys.
    async fn discover(&self, now: Timestamp) -> Result<Discovered, SignInError> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let about = format!("{issuer}/.well-known/openid-configuration");
        let about: discovered::About = answered(self.client.get(about)).await?;
        about.is_of(&self.settings.issuer)?;
        let keys = answered(self.client.get(about.jwks_uri.clone())).await?;
        Ok(Discovered::of(about, keys, now))
    }
}

/// What is asked of a provider, for as long as a page waits.
async fn in_time<T>(asked: impl Future<Output = Result<T, SignInError>>) -> Result<T, SignInError> {
    let slow =
        |_| SignInError::Provider("does not answer in time: try again in a minute".to_owned());
    timeout(PATIENCE, asked).await.map_err(slow)?
}

/// What a provider answers, as JSON.
async fn answered<T: DeserializeOwned>(request: reqwest::RequestBuilder) -> Result<T, SignInError> {
    let wrong = |problem: String| SignInError::Provider(problem);
    let answer = request.header("accept", "application/json").send().await;
    let mut answer = answer.map_err(|e| wrong(format!("does not answer: {}", e.without_url())))?;
    let status = answer.status();
    let mut body = Vec::new();
    while let Some(chunk) = answer
        .chunk()
        .await
        .map_err(|e| wrong(format!("broke off: {}", e.without_url())))?
    {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(wrong(
                "answers at a length that is none of its answers'".to_owned(),
            ));
        }
    }
    if !status.is_success() {
        // RFC 6749 section 5.2
        return Err(match serde_json::from_slice::<TokenError>(&body) {
            Ok(refused) => SignInError::Refused(
                format!("{} {}", refused.error, refused.error_description)
                    .trim()
                    .to_owned(),
            ),
            Err(_) => wrong(format!("answers {status}")),
        });
    }
    serde_json::from_slice(&body).map_err(|e| {
        wrong(format!(
            "answers what is not understood (line {}, column {})",
            e.line(),
            e.column()
        ))
    })
}

#[cfg(test)]
mod tests;
