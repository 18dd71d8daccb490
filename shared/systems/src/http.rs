//! Calls to systems over HTTP: authentication, limits, and what each status means.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::Value;

use latchkey_address::{Address, Loopback};

use crate::{ClientAuth, Fault, Faults, Kept, Secret, Settings, assertion, resolver::Resolver};

/// An answer longer than this is refused.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// A token is renewed this long before it expires.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_secs(60);
/// How long a token is used whose lifetime the server does not tell (RFC 6749 section 5.1 recommends to tell).
const UNTOLD_LIFETIME: i64 = 300;

/// The media type of JSON (RFC 8259 section 11).
pub const JSON: &str = "application/json";
/// The media type of HTML forms (URL Standard, section 5.1).
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A client for all systems of a process; each [`Http`] uses its connections.
///
/// # Errors
/// [`Fault::Unreachable`] when TLS cannot be set up on this machine.
pub fn client() -> Result<reqwest::Client, Fault> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(10))
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .dns_resolver(Resolver)
        .build()
        .map_err(|e| Fault::Unreachable {
            system: "this machine".into(),
            problem: e.to_string(),
        })
}

/// A query: names and values, not yet encoded.
pub type Query = Vec<(String, String)>;

/// A query of these names and values.
pub fn query<const N: usize>(of: [(&str, &str); N]) -> Query {
    of.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path below the system's address, or a whole address below it.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Query,
    /// Further headers.
    pub headers: HeaderMap,
    /// Its JSON body, and the body's media type; with [`FORM`] an object of texts, which is written as a form. Of
    /// several parts (`multipart/…`) a text, which is sent as it is.
    pub body: Option<(&'static str, Value)>,
    /// Statuses other than 2xx that the caller deals with.
    pub expected: &'static [u16],
}

impl Call {
    /// A call without anything further.
    pub fn new(method: Method, path: impl Into<String>) -> Call {
        Call {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            expected: &[],
        }
    }

    /// A call that reads.
    pub fn get(path: impl Into<String>) -> Call {
        Call::new(Method::GET, path)
    }

    /// A call that removes.
    pub fn delete(path: impl Into<String>) -> Call {
        Call::new(Method::DELETE, path)
    }

    /// The same, with this query.
    #[must_use]
    pub fn asking(mut self, query: Query) -> Call {
        self.query = query;
        self
    }

    /// The same, with this JSON.
    #[must_use]
    pub fn with(mut self, body: Value) -> Call {
        self.body = Some((JSON, body));
        self
    }

    /// How it was answered, in words. Of the path only the first part: the rest may have somebody's name.
    pub fn answered(&self, answer: &Reply, said: &str) -> String {
        let first = self.path.split(['/', '?']).next().unwrap_or_default();
        let (method, status) = (&self.method, answer.status);
        format!("{method} /{first} is answered with {status} ({said})")
    }
}

/// An answer: 2xx, or a status that was expected.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its JSON body; `None` when it is empty or no JSON. Of several parts (`multipart/…`) the text, for the caller to
    /// take apart.
    pub body: Option<Value>,
}

impl Reply {
    /// Whether it says that something went wrong. A vendor says why in its own way; what is neither this nor a success,
    /// such as a redirection, is no vendor's word.
    pub fn is_error(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }
}

/// A system's HTTP API.
#[derive(Debug, Clone)]
pub struct Http {
    client: reqwest::Client,
    system: String,
    base: Url,
    /// How a bare token is shown.
    scheme: &'static str,
    secret: Option<Secret>,
    token: Arc<Kept<Token>>,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: Timestamp,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(… until {})", self.until)
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    expires_in: Option<i64>,
}

impl Http {
    /// The API of a system.
    ///
    /// # Errors
    /// [`Fault::Rejected`] when its address is none, leads where no system is, or is not encrypted and not on this
    /// machine.
    pub fn new(
        client: reqwest::Client,
        settings: &Settings,
        secret: Option<Secret>,
    ) -> Result<Http, Fault> {
        Address::of_http(&settings.address, Loopback::Open)
            .map_err(|unfit| settings.rejected(format!("its address cannot be used: {unfit}")))?;
        let base = format!("{}/", settings.address.trim_end_matches('/'));
        let base = Url::parse(&base)
            .map_err(|e| settings.rejected(format!("its address is none: {e}")))?;
        Ok(Http {
            client,
            system: settings.name.clone(),
            base,
            scheme: "Bearer",
            secret,
            token: Arc::default(),
        })
    }

    /// Shows a bare token under another scheme than `Bearer`, e.g. Okta's `SSWS`.
    #[must_use]
    pub fn with_scheme(mut self, scheme: &'static str) -> Http {
        self.scheme = scheme;
        self
    }

    /// Makes a call and leaves it to the caller what each status means: for vendors that say with 403 or 404 what
    /// others say with 429 or 401. A token that the system does not accept any more is renewed once.
    ///
    /// # Errors
    /// [`Fault::Unreachable`], or a token that cannot be had.
    pub async fn ask(&self, call: &Call) -> Result<Reply, Fault> {
        let answer = self.once(call).await?;
        let renews = matches!(
            self.secret,
            Some(Secret::ClientCredentials { .. } | Secret::PrivateKey { .. })
        );
        if answer.status != StatusCode::UNAUTHORIZED || !renews {
            return Ok(answer);
        }
        self.token.forget();
        self.once(call).await
    }

    /// Makes a call, of which the caller deals with success and what it expects.
    ///
    /// # Errors
    /// [`Fault`] by the answer's status.
    pub async fn call(&self, call: &Call) -> Result<Reply, Fault> {
        let answer = self.ask(call).await?;
        self.means(call, answer)
    }

    async fn once(&self, call: &Call) -> Result<Reply, Fault> {
        // A path with a colon is relative all the same; only what begins with the base is taken whole.
        let url = if call.path.starts_with(self.base.as_str()) {
            Url::parse(&call.path)
        } else if leads_elsewhere(&call.path) {
            let elsewhere = "it names an address that is not below its own; nothing was sent there";
            return Err(self.rejected(elsewhere));
        } else {
            Url::parse(&format!(
                "{}{}",
                self.base,
                call.path.trim_start_matches('/')
            ))
        };
        let url = url.map_err(|e| self.rejected(format!("the path {} is none: {e}", call.path)))?;
        let mut request = self
            .client
            .request(call.method.clone(), url)
            .query(&call.query)
            .headers(call.headers.clone());
        request = match &self.secret {
            None => request,
            Some(Secret::Bearer { token }) => {
                let mut shown = HeaderValue::from_str(&format!("{} {token}", self.scheme))
                    .map_err(|_| {
                        self.unauthorized("the secret has characters that no header can carry")
                    })?;
                shown.set_sensitive(true);
                request.header(header::AUTHORIZATION, shown)
            }
            Some(Secret::Basic { username, password }) => {
                request.basic_auth(username, Some(password))
            }
            Some(
                secret @ (Secret::ClientCredentials {
                    token_url, scope, ..
                }
                | Secret::PrivateKey {
                    token_url, scope, ..
                }),
            ) => {
                let token = self.token(secret, token_url, scope.as_deref()).await?;
                request.bearer_auth(token)
            }
        };
        request = match &call.body {
            // A length is said of no body, too (RFC 9110 section 8.6): Google answers 411 without it.
            None if [Method::POST, Method::PUT, Method::PATCH].contains(&call.method) => {
                request.header(header::CONTENT_LENGTH, 0)
            }
            None => request,
            Some((FORM, body)) => request.form(body),
            Some((media_type, Value::String(text))) if is_in_parts(media_type.as_bytes()) => {
                request
                    .header(header::CONTENT_TYPE, *media_type)
                    .body(text.clone())
            }
            Some((media_type, body)) => request
                .header(header::CONTENT_TYPE, *media_type)
                .body(body.to_string()),
        };
        let answer = request.send().await.map_err(|e| self.not_called(e))?;
        self.read(answer).await
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Reply, Fault> {
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|e| self.not_called(e))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(self.rejected("it answers with more than 8 MiB"));
            }
        }
        let media_type = headers.get(header::CONTENT_TYPE);
        let in_parts = media_type.is_some_and(|of| is_in_parts(of.as_bytes()));
        let body = match in_parts {
            true => String::from_utf8(bytes).ok().map(Value::String),
            // An error page of a proxy in between is often HTML that calls itself JSON.
            false => serde_json::from_slice(&bytes).ok(),
        };
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    /// What an answer means by its status.
    ///
    /// # Errors
    /// [`Fault`] by the answer's status.
    pub fn means(&self, call: &Call, answer: Reply) -> Result<Reply, Fault> {
        let status = answer.status;
        if status.is_success() || call.expected.contains(&status.as_u16()) {
            return Ok(answer);
        }
        let detail = detail(answer.body.as_ref());
        let what = format!(
            "{} {} is answered with {status}{detail}",
            call.method,
            self.shown(&call.path)
        );
        Err(match status.as_u16() {
            429 | 503 => self.busy(retry_after(&answer.headers, Timestamp::now())),
            // Who may read and may not change this knows its name and its password.
            403 if call.method != Method::GET => self.forbidden(what),
            401 | 403 => self.unauthorized(what),
            409 => self.conflict(what),
            408 | 500..=599 => self.unreachable(what),
            300..=399 => self.rejected(format!("{what}; check the address in the runbook")),
            _ => self.rejected(what),
        })
    }

    /// The first part of a path: enough to see which call it was, without anybody's name.
    fn shown(&self, path: &str) -> String {
        let path = path.strip_prefix(self.base.as_str()).unwrap_or(path);
        let first = path
            .trim_start_matches('/')
            .split(['/', '?'])
            .next()
            .unwrap_or_default();
        format!("/{first}")
    }

    /// The token that a token server gives.
    fn token_of(&self, answer: Reply) -> Result<TokenAnswer, Fault> {
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            let problem = format!("the token server answers with {}", answer.status);
            return Err(self.unreachable(problem));
        }
        let detail = detail(answer.body.as_ref());
        let token: Option<TokenAnswer> = answer
            .body
            .filter(|_| answer.status.is_success())
            .and_then(|b| serde_json::from_value(b).ok());
        token.ok_or_else(|| {
            self.unauthorized(format!(
                "the token server answers with {}{detail} and no token",
                answer.status
            ))
        })
    }

    async fn token(
        &self,
        secret: &Secret,
        token_url: &str,
        scope: Option<&str>,
    ) -> Result<String, Fault> {
        let now = Timestamp::now();
        let known = self.token.get();
        if let Some(token) = known.filter(|t| t.until.duration_since(now) > RENEW_BEFORE) {
            return Ok(token.text);
        }
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(scope.map(|scope| ("scope", scope)));
        let mut request = self.client.post(token_url);
        let assertion;
        match secret {
            Secret::ClientCredentials {
                client_id,
                client_secret,
                client_auth,
                ..
            } => match client_auth {
                ClientAuth::Basic => request = request.basic_auth(client_id, Some(client_secret)),
                ClientAuth::Body => {
                    form.push(("client_id", client_id));
                    form.push(("client_secret", client_secret));
                }
            },
            Secret::PrivateKey {
                client_id,
                private_key,
                key_id,
                subject,
                ..
            } => {
                let subject = subject.as_deref();
                let says = assertion::Says {
                    client_id,
                    subject,
                    scope: scope.filter(|_| subject.is_some()),
                    token_url,
                };
                assertion = assertion::signed(private_key, key_id.as_deref(), says, now)
                    .map_err(|problem| self.unauthorized(problem))?;
                let assertion = assertion.as_str();
                if subject.is_some() {
                    form = vec![("grant_type", assertion::GRANT), ("assertion", assertion)];
                } else {
                    form.push(("client_assertion_type", assertion::TYPE));
                    form.push(("client_assertion", assertion));
                }
            }
            Secret::Bearer { .. } | Secret::Basic { .. } => {}
        }
        let answer = request.form(&form).send().await;
        let answer = answer.map_err(|e| self.not_called(e))?;
        let TokenAnswer {
            access_token,
            expires_in,
        } = self.token_of(self.read(answer).await?)?;
        let lifetime = SignedDuration::from_secs(expires_in.unwrap_or(UNTOLD_LIFETIME));
        let until = now.saturating_add(lifetime).unwrap_or(now);
        let text = access_token;
        Ok(self.token.keep(Token { text, until }).text)
    }

    fn not_called(&self, error: reqwest::Error) -> Fault {
        self.unreachable(if error.is_timeout() {
            "it did not answer in time".to_owned()
        } else if error.is_connect() {
            "no connection could be made".to_owned()
        } else {
            error.without_url().to_string()
        })
    }

    /// The system's name for people.
    pub fn system(&self) -> &str {
        &self.system
    }
}

/// Whether a path is a whole address, as servers give those of next pages.
fn leads_elsewhere(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["http://", "https://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
}

/// Whether a media type is of several parts (RFC 2046 section 5.1); such names may be in any case (RFC 2045 section
/// 5.1).
fn is_in_parts(media_type: &[u8]) -> bool {
    const BEGIN: &[u8] = b"multipart/";
    let begins = media_type.get(..BEGIN.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(BEGIN))
}

/// What an error says about itself: SCIM's `detail` (RFC 7644 section 3.12), or the usual names elsewhere.
fn detail(body: Option<&Value>) -> String {
    let text = body.and_then(|b| {
        [
            "detail",
            "error_description",
            "errorSummary",
            "message",
            "error",
        ]
        .iter()
        .find_map(|key| b.get(key)?.as_str())
    });
    match text {
        Some(text) if !text.is_empty() => {
            let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
            format!(" ({text})")
        }
        _ => String::new(),
    }
}

/// `Retry-After`, in seconds or as a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Some(SignedDuration::from_secs(seconds.max(0)));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(at.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(of("120"), Some(SignedDuration::from_secs(120)));
        assert_eq!(
            of("Mon, 23 Nov 2026 07:01:00 GMT"),
            Some(SignedDuration::from_secs(60))
        );
        assert_eq!(
            of("Mon, 23 Nov 2026 06:00:00 GMT"),
            Some(SignedDuration::ZERO)
        );
        assert_eq!(of("soon"), None);
    }

    #[test]
    fn several_parts_are_told_from_one() {
        assert!(is_in_parts(b"Multipart/Mixed; boundary=a"));
        assert!(!is_in_parts(b"application/json"));
        assert!(!is_in_parts(b"multi"));
    }

    fn at(address: &str) -> Result<Http, Fault> {
        let settings = Settings {
            name: "Chat".into(),
            address: address.into(),
            ..Settings::default()
        };
        Http::new(client().unwrap(), &settings, None)
    }

    #[test]
    fn a_secret_does_not_travel_in_the_open() {
        assert!(at("https://chat.example/scim").is_ok());
        assert!(at("http://127.0.0.1:8080").is_ok());
        for address in [
            "http://chat.example",
            "chat",
            "https://169.254.169.254",
            "https://u:hunter2@chat.example",
        ] {
            let error = at(address).unwrap_err().to_string();
            assert!(error.contains("its address cannot be used"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn an_address_that_is_not_below_the_systems_own_is_not_called() {
        let http = at("https://chat.invalid/scim").unwrap();
        for path in [
            "https://evil.invalid/Users",
            "HTTPS://evil.invalid/Users",
            "https://chat.invalid.evil.invalid/scim/Users",
            "https://chat.invalid@evil.invalid/scim/Users",
            "https://chat.invalid/other/Users",
        ] {
            let fault = http.call(&Call::new(Method::GET, path)).await.unwrap_err();
            assert!(matches!(fault, Fault::Rejected { .. }), "{path}: {fault}");
        }
    }
}
