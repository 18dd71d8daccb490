//! A sign-in under way: what only the browser that began it has. It is kept in a cookie and nowhere else, so that
//! whoever asks for the page again and again fills no table.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::sign_in::cookie::{Secret, value_of};

const NAME: &str = "__Host-latchkey-begun";

/// What a sign-in is told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    /// Comes back with the browser: nobody else's sign-in is finished in it.
    pub(crate) state: String,
    /// Comes back in the token: nobody else's token is taken.
    pub(crate) nonce: String,
    /// Proves to the provider that whoever has the code has begun it (RFC 7636).
    pub(crate) verifier: String,
    /// Where somebody wanted to go.
    pub(crate) to: String,
}

impl Begun {
    /// A new one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub(crate) fn new(to: &str) -> Result<Begun, getrandom::Error> {
        let secret = || Secret::new().map(|secret| secret.text());
        Ok(Begun {
            state: secret()?,
            nonce: secret()?,
            verifier: secret()?,
            to: own_path(to).to_owned(),
        })
    }

    /// RFC 7636 section 4.2
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier))
    }

    /// The one that a browser brings back, for this state.
    pub(crate) fn of(headers: &HeaderMap, state: &str) -> Option<Begun> {
        let value = value_of(headers, NAME)?;
        let mut parts = value.split('.');
        let mut next = || parts.next().map(str::to_owned);
        let (kept, nonce, verifier, to) = (next()?, next()?, next()?, next()?);
        let to = String::from_utf8(URL_SAFE_NO_PAD.decode(to).ok()?).ok()?;
        let begun = Begun {
            state: kept,
            nonce,
            verifier,
            to: own_path(&to).to_owned(),
        };
        (!state.is_empty() && begun.state == state).then_some(begun)
    }

    /// The header that has a browser keep it for ten minutes.
    pub(crate) fn kept(&self) -> Option<HeaderValue> {
        let to = URL_SAFE_NO_PAD.encode(&self.to);
        let Begun {
            state,
            nonce,
            verifier,
            ..
        } = self;
        let line = format!(
            "{NAME}={state}.{nonce}.{verifier}.{to}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"
        );
        HeaderValue::from_str(&line).ok()
    }

    /// The header that has a browser forget it.
    pub(crate) fn forgotten() -> (header::HeaderName, HeaderValue) {
        let line = "__Host-latchkey-begun=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0";
        (header::SET_COOKIE, HeaderValue::from_static(line))
    }
}

/// A path of our own, or else the first page: a link to sign in leads nobody to another site.
fn own_path(to: &str) -> &str {
    let own = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && !to.contains(char::is_control)
        && to.len() < 1024;
    if own { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_comes_back_to_the_browser_that_began_it() {
        let begun = Begun::new("/cases?shelf=closed").unwrap();
        let line = begun.kept().unwrap();
        let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        assert_eq!(Begun::of(&headers, &begun.state), Some(begun));
        assert_eq!(Begun::of(&headers, "another"), None);
        assert_eq!(Begun::of(&headers, ""), None);
        assert_eq!(Begun::of(&HeaderMap::new(), ""), None);
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        for to in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\0x",
            "javascript:x",
            "",
        ] {
            assert_eq!(Begun::new(to).unwrap().to, "/", "{to}");
        }
        assert_eq!(Begun::new("/people/1001").unwrap().to, "/people/1001");
    }

    /// Source of the pair: RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_digest_of_the_verifier() {
        let begun = Begun {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
            ..Begun::new("/").unwrap()
        };
        assert_eq!(
            begun.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
