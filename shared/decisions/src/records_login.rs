//! How a source's API is reached and logged in to.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use latchkey_address::{Address, Loopback};
use serde::Deserialize;
use serde_json::Value;

/// A token is renewed this long before it expires.
const RENEW_BEFORE: Duration = Duration::from_secs(60);
/// How long a token is used whose lifetime the vendor does not tell (RFC 6749 section 5.1 recommends to tell).
const UNTOLD_LIFETIME: Duration = Duration::from_secs(300);

/// How a source's API is reached: the JSON of the secret `records/SOURCE`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Api {
    /// Base address, e.g. `https://api.bamboohr.com/api/gateway.php/acme`.
    pub(crate) address: String,
    /// Headers that the vendor wants beside, e.g. Merge's `X-Account-Token`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) login: Login,
}

/// How Latchkey logs in there: whichever of the three is given.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Login {
    /// A token is asked for first, with the client's id and secret, as OAuth 2 has it.
    #[serde(rename_all = "camelCase")]
    Client {
        /// Where, e.g. `https://api.personio.de/v1/auth`.
        token_address: String,
        client_id: String,
        client_secret: String,
    },
    /// A token that stays valid.
    Token { token: String },
    /// HTTP Basic.
    Password {
        /// BambooHR's API key, or a HiBob service user's id.
        username: String,
        #[serde(default)]
        password: String,
    },
}

impl Api {
    /// Reads the secret.
    ///
    /// # Errors
    /// What is wrong with it, without quoting it.
    pub(crate) fn read(text: &str) -> Result<Api, String> {
        // What the parser says of a value could quote the secret.
        let api: Api = serde_json::from_str(text).map_err(|e| {
            format!(
                "is not as documented (line {}, column {})",
                e.line(),
                e.column()
            )
        })?;
        let token_address = match &api.login {
            Login::Client { token_address, .. } => Some(token_address),
            Login::Token { .. } | Login::Password { .. } => None,
        };
        for address in std::iter::once(&api.address).chain(token_address) {
            // Who writes the secret says where the API is, on this machine, too.
            Address::of_http(address, Loopback::Open)
                .map_err(|unfit| format!("has an address that cannot be used: {unfit}"))?;
        }
        Ok(api)
    }
}

/// A token as it was given.
#[derive(Clone)]
pub(crate) struct Token {
    /// Whose it is, and by which secret it was asked for.
    by: String,
    pub(crate) text: String,
    until: Instant,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// The token in an answer: where OAuth 2 has it, or Personio's version 1. `None` when there is none.
    pub(crate) fn in_answer(by: &str, answer: &Value, now: Instant) -> Option<Token> {
        let places = [(answer, "access_token"), (&answer["data"], "token")];
        let (place, text) = places
            .into_iter()
            .find_map(|(place, name)| Some((place, place[name].as_str()?)))?;
        let told = place["expires_in"].as_u64().map(Duration::from_secs);
        Some(Token {
            by: by.to_owned(),
            text: text.to_owned(),
            until: now
                .checked_add(told.unwrap_or(UNTOLD_LIFETIME))
                .unwrap_or(now),
        })
    }
}

/// The tokens that this process has, by source.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<HashMap<String, Token>>);

impl Tokens {
    /// The token of a source that is still good, and was asked for by the same secret.
    pub(crate) fn of(&self, source: &str, by: &str, now: Instant) -> Option<Token> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = known.get(source)?;
        let left = token.until.saturating_duration_since(now);
        (token.by == by && left > RENEW_BEFORE).then(|| token.clone())
    }

    pub(crate) fn keep(&self, source: &str, token: Token) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(source.to_owned(), token);
    }

    pub(crate) fn forget(&self, source: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(source);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    #[test]
    fn each_way_to_log_in_is_read() {
        let read = |text: Value| Api::read(&text.to_string());
        let basic = json!({"address": "https://a.example", "username": "key", "password": "x"});
        assert!(matches!(read(basic).unwrap().login, Login::Password { .. }));
        let token = json!({"address": "https://a.example", "token": "t", "headers": {"X-Account-Token": "u"}});
        let token = read(token).unwrap();
        assert!(matches!(token.login, Login::Token { .. }));
        assert_eq!(token.headers["X-Account-Token"], "u");
        let client = json!({
            "address": "https://a.example", "tokenAddress": "https://a.example/token",
            "clientId": "i", "clientSecret": "s",
        });
        assert!(matches!(read(client).unwrap().login, Login::Client { .. }));
        assert!(read(json!({"address": "https://a.example"})).is_err());
    }

    #[test]
    fn a_key_travels_encrypted_or_stays_here() {
        let read = |address: &str, token: &str| {
            let api = json!({"address": address, "tokenAddress": token, "clientId": "i", "clientSecret": "hunter2"});
            Api::read(&api.to_string()).err()
        };
        let (good, here) = ("https://a.example", "http://127.0.0.1:8");
        assert_eq!((read(good, good), read(here, here)), (None, None));
        for (address, token) in [
            ("http://a.example", good),
            (good, "http://a.example"),
            ("a.example", good),
            ("https://169.254.169.254", good),
            (good, "https://u:hunter2@a.example"),
        ] {
            let problem = read(address, token).unwrap();
            assert!(
                problem.starts_with("has an address") && !problem.contains("hunter2"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_token_is_found_where_vendors_put_it_and_is_used_until_shortly_before_its_end() {
        let now = Instant::now();
        let text = |answer: Value| Token::in_answer("s", &answer, now).map(|token| token.text);
        assert_eq!(text(json!({"access_token": "a"})).as_deref(), Some("a"));
        assert_eq!(
            text(json!({"success": true, "data": {"token": "b"}})).as_deref(),
            Some("b")
        );
        assert_eq!(text(json!({"error": "no"})), None);
        let tokens = Tokens::default();
        let answer = json!({"access_token": "a", "expires_in": 3600});
        tokens.keep("merge", Token::in_answer("s", &answer, now).unwrap());
        let at = |seconds: u64, by: &str| {
            tokens
                .of("merge", by, now + Duration::from_secs(seconds))
                .is_some()
        };
        assert!(at(0, "s") && at(3539, "s") && !at(3540, "s"));
        assert!(!at(0, "another secret"));
        tokens.forget("merge");
        assert!(!at(0, "s"));
    }
}
