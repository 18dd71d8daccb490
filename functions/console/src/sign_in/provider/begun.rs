//! A sign-in under way: what only the browser that began it has. It is kept in a cookie and nowhere else, so that
//! whoever asks for the page again and again fills no table.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::sign_in::cookie::{Secret, value_of};

const NAME: &str = "__Host-latchkey-begun";

/// How long somebody has to sign in there.
pub(crate) const GOOD_FOR: SignedDuration = SignedDuration::from_mins(10);
/// More than what we write is none of ours: three secrets of 43 letters, an instant, and a path of less than 1 KiB.
const LONGEST: usize = 1600;

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
    /// When it was begun (UTC), to the second. A browser may keep a cookie for longer than it was told to.
    pub(crate) at: Timestamp,
}

impl Begun {
    /// A new one.
    ///
    /// # Errors
    /// When the machine gives no randomness.
    pub(crate) fn new(to: &str, now: Timestamp) -> Result<Begun, getrandom::Error> {
        let secret = || Secret::new().map(|secret| secret.text());
        Ok(Begun {
            state: secret()?,
            nonce: secret()?,
            verifier: secret()?,
            to: own_path(to).to_owned(),
            at: Timestamp::from_second(now.as_second()).unwrap_or(now),
        })
    }

    /// RFC 7636 section 4.2
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.verifier))
    }

    /// The one that a browser brings back, for this state and in time.
    pub(crate) fn of(headers: &HeaderMap, state: &str, now: Timestamp) -> Option<Begun> {
        let value = value_of(headers, NAME).filter(|value| value.len() <= LONGEST)?;
        let mut parts = value.split('.');
        let mut next = || parts.next().map(str::to_owned);
        let (kept, nonce, verifier, to) = (next()?, next()?, next()?, next()?);
        let at = Timestamp::from_second(next()?.parse().ok()?).ok()?;
        let to = String::from_utf8(URL_SAFE_NO_PAD.decode(to).ok()?).ok()?;
        let begun = Begun {
            state: kept,
            nonce,
            verifier,
            to: own_path(&to).to_owned(),
            at,
        };
        let in_time = now.duration_since(at).abs() < GOOD_FOR;
        (in_time && !state.is_empty() && begun.state == state).then_some(begun)
    }

    /// The header that has a browser keep it for ten minutes.
    pub(crate) fn kept(&self) -> Option<HeaderValue> {
        let to = URL_SAFE_NO_PAD.encode(&self.to);
        let Begun {
            state,
            nonce,
            verifier,
            at,
            ..
        } = self;
        let (at, age) = (at.as_second(), GOOD_FOR.as_secs());
        let line = format!(
            "{NAME}={state}.{nonce}.{verifier}.{to}.{at}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={age}"
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
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn begun(to: &str) -> Begun {
        Begun::new(to, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_sign_in_comes_back_to_the_browser_that_began_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let begun = Begun::new("/cases?shelf=closed", now).unwrap();
        let line = begun.kept().unwrap();
        let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(pair).unwrap());
        assert_eq!(Begun::of(&headers, "another", now), None);
        assert_eq!(Begun::of(&headers, "", now), None);
        assert_eq!(Begun::of(&HeaderMap::new(), "", now), None);
        let after = |minutes| now + SignedDuration::from_mins(minutes);
        // Whatever the browser does about what it was told: ten minutes, and not of a time to come.
        for minutes in [10, -10] {
            assert_eq!(Begun::of(&headers, &begun.state, after(minutes)), None);
        }
        assert_eq!(Begun::of(&headers, &begun.state, after(9)), Some(begun));
    }

    #[test]
    fn what_is_longer_than_any_of_ours_is_none() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let longest = format!("/{}", "x".repeat(1022));
        let begun = Begun::new(&longest, now).unwrap();
        assert_eq!(begun.to, longest);
        let headers = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(value).unwrap());
            headers
        };
        let line = begun.kept().unwrap();
        let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
        let of = |pair: &str| Begun::of(&headers(pair), &begun.state, now).is_some();
        assert!(of(pair));
        assert!(!of(&format!("{pair}.{}", "x".repeat(200))));
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
            assert_eq!(begun(to).to, "/", "{to}");
        }
        assert_eq!(begun("/people/1001").to, "/people/1001");
    }

    /// Source of the pair: RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_the_digest_of_the_verifier() {
        let begun = Begun {
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned(),
            ..begun("/")
        };
        assert_eq!(
            begun.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
