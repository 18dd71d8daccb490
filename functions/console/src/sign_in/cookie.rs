//! The cookie of a session: whose it is, and a secret that the ledger knows by its digest.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Browsers keep a cookie of this prefix only for one host, over TLS or on the machine itself, and for all paths.
/// Source: RFC 6265bis section 4.1.3.2.
const NAME: &str = "__Host-latchkey";

/// A secret of 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// A new one, by the machine's randomness.
    pub(crate) fn new() -> Result<Secret, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(bytes))
    }

    /// As links and cookies carry it.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(crate) fn of(text: &str) -> Option<Secret> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Secret(bytes.try_into().ok()?))
    }

    /// What the ledger knows it by: whoever reads the ledger cannot sign in with it.
    pub(crate) fn digest(&self) -> String {
        hex::encode(Sha256::digest(self.0))
    }
}

/// The value of a cookie that a request carries.
pub(crate) fn value_of<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).iter();
    let mut pairs = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(one, _)| *one == name).map(|(_, value)| value)
}

/// Whose session a request is of.
pub(crate) struct Ticket {
    /// The work e-mail address, in lower case.
    pub(crate) address: String,
    pub(crate) secret: Secret,
}

impl Ticket {
    /// The one that a request carries.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Ticket> {
        let value = value_of(headers, NAME)?;
        let (address, secret) = value.split_once('.')?;
        let address = URL_SAFE_NO_PAD.decode(address).ok()?;
        // RFC 5321 section 4.5.3.1: no address is longer.
        if address.len() > 254 {
            return None;
        }
        Some(Ticket {
            address: String::from_utf8(address).ok()?,
            secret: Secret::of(secret)?,
        })
    }

    /// The header that has a browser keep it, until it is closed or the session ends.
    pub(crate) fn kept(&self) -> Option<HeaderValue> {
        let address = URL_SAFE_NO_PAD.encode(&self.address);
        let secret = self.secret.text();
        let line = format!("{NAME}={address}.{secret}; Path=/; Secure; HttpOnly; SameSite=Lax");
        HeaderValue::from_str(&line).ok()
    }

    /// The header that has a browser forget it.
    pub(crate) fn forgotten() -> HeaderValue {
        HeaderValue::from_static(
            "__Host-latchkey=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_comes_back_as_it_was_kept() {
        let secret = Secret::new().unwrap();
        let ticket = Ticket {
            address: "zoë.o'hara+x@acme.example".to_owned(),
            secret,
        };
        let line = ticket.kept().unwrap();
        let (pair, _) = line.to_str().unwrap().split_once(';').unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("other=1; x"));
        let pair = format!("theme=dark; {pair}");
        headers.append(header::COOKIE, HeaderValue::from_str(&pair).unwrap());
        let back = Ticket::of(&headers).unwrap();
        assert_eq!(back.address, ticket.address);
        assert_eq!(back.secret.digest(), ticket.secret.digest());
    }

    #[test]
    fn what_is_no_ticket_is_none() {
        for cookie in [
            "",
            "__Host-latchkey",
            "__Host-latchkey=",
            "__Host-latchkey=.",
            "__Host-latchkey=YQ.YQ",
            "latchkey=YQ.YQ",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
            assert!(Ticket::of(&headers).is_none(), "{cookie}");
        }
    }
}
