//! What a provider says of itself, and its keys.

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;
use url::Url;

use super::SignInError;

/// What a provider said is asked for again after so long.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);
/// … and no sooner than after so long, whatever keys the tokens name that browsers bring.
const NOT_BEFORE: SignedDuration = SignedDuration::from_secs(30);

/// The document at `.well-known/openid-configuration`.
/// Source: OpenID Connect Discovery 1.0, section 3.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct About {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    pub(super) jwks_uri: Url,
    #[serde(default)]
    userinfo_endpoint: Option<Url>,
    #[serde(default)]
    end_session_endpoint: Option<Url>,
}

impl About {
    /// It is of the issuer that was asked for, and everything it names is where nobody listens in.
    /// Source: OpenID Connect Discovery 1.0, section 4.3.
    pub(super) fn is_of(&self, issuer: &str) -> Result<(), SignInError> {
        if self.issuer != issuer {
            let problem = format!(
                "calls itself {}, and not {issuer}: write the issuer as it does",
                self.issuer
            );
            return Err(SignInError::Provider(problem));
        }
        let open = |url: &&Url| url.scheme() != "https" && !is_here(url);
        let all = [
            &self.authorization_endpoint,
            &self.token_endpoint,
            &self.jwks_uri,
        ];
        let more = self
            .end_session_endpoint
            .iter()
            .chain(&self.userinfo_endpoint);
        match all.into_iter().chain(more).find(open) {
            Some(url) => Err(SignInError::Provider(format!(
                "names an address without TLS: {url}"
            ))),
            None => Ok(()),
        }
    }
}

/// Whether an address is on this machine.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A provider as it was when it was asked.
#[derive(Debug, Clone)]
pub(super) struct Discovered {
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    pub(super) end_session_endpoint: Option<Url>,
    pub(super) keys: JwkSet,
    asked: Timestamp,
}

impl Discovered {
    pub(super) fn of(about: About, keys: JwkSet, now: Timestamp) -> Discovered {
        Discovered {
            authorization_endpoint: about.authorization_endpoint,
            token_endpoint: about.token_endpoint,
            userinfo_endpoint: about.userinfo_endpoint,
            end_session_endpoint: about.end_session_endpoint,
            keys,
            asked: now,
        }
    }

    /// Whether it need not be asked again. `anew`: something is not known that it may say now.
    pub(super) fn is_good(&self, now: Timestamp, anew: bool) -> bool {
        now.duration_since(self.asked) < if anew { NOT_BEFORE } else { GOOD_FOR }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(issuer: &str, token_endpoint: &str) -> About {
        serde_json::from_value(serde_json::json!({
            "issuer": issuer, "authorization_endpoint": "https://a.example/auth", "token_endpoint": token_endpoint,
            "jwks_uri": "https://a.example/keys",
        }))
        .unwrap()
    }

    #[test]
    fn a_provider_is_the_one_that_was_asked_for_and_nobody_listens_in() {
        assert!(
            about("https://a.example", "https://a.example/token")
                .is_of("https://a.example")
                .is_ok()
        );
        assert!(
            about("http://127.0.0.1:9", "http://127.0.0.1:9/token")
                .is_of("http://127.0.0.1:9")
                .is_ok()
        );
        let other =
            about("https://b.example", "https://a.example/token").is_of("https://a.example");
        assert!(
            other
                .unwrap_err()
                .to_string()
                .contains("calls itself https://b.example")
        );
        let open = about("https://a.example", "http://a.example/token").is_of("https://a.example");
        assert!(open.unwrap_err().to_string().contains("without TLS"));
    }

    #[test]
    fn keys_are_asked_for_again_but_not_for_every_token_that_somebody_makes_up() {
        let at = |seconds| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let known = Discovered::of(
            about("https://a.example", "https://a.example/t"),
            JwkSet { keys: vec![] },
            at(0),
        );
        assert!(known.is_good(at(3599), false) && !known.is_good(at(3600), false));
        assert!(known.is_good(at(29), true) && !known.is_good(at(30), true));
    }
}
