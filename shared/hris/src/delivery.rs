//! A delivery as it comes over HTTP, and the checks that all vendors share.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Refusal;

/// The largest body that is read: 256 KiB, the most that a Step Functions payload could carry.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// How far a delivery's timestamp may lie from now, before or after: the five minutes that the Standard
/// Webhooks libraries use.
pub const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// The longest id of a delivery that is kept: it is part of a key of the ledger.
pub(crate) const MAX_ID_BYTES: usize = 256;

/// One HTTP request to `POST /hooks/{source}`.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// The body exactly as it came: signatures cover these bytes.
    pub body: &'a [u8],
    /// The time of receipt (UTC).
    pub now: Timestamp,
}

/// What authentication found out about a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authentic {
    /// Unique within the source, and the same when the vendor sends the delivery again.
    pub delivery_id: String,
    /// When the vendor sent it (UTC); the time of receipt where the vendor does not say.
    pub timestamp: Timestamp,
}

impl Authentic {
    /// Refuses an id that the ledger cannot keep.
    ///
    /// # Errors
    /// [`Refusal::LongId`].
    pub fn check_id(&self) -> Result<(), Refusal> {
        let bytes = self.delivery_id.len();
        match bytes > MAX_ID_BYTES {
            true => Err(Refusal::LongId { bytes }),
            false => Ok(()),
        }
    }
}

/// A delivery to sign.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The delivery's id; only the sources that have a header for it use it.
    pub id: &'a str,
    /// When it is sent (UTC).
    pub sent_at: Timestamp,
    /// The body, exactly as it will be sent.
    pub body: &'a [u8],
}

/// What a source signs with, exactly as its HR system shows it. Never printed.
#[derive(Clone)]
pub struct SourceSecret(String);

impl SourceSecret {
    /// Takes the secret, without surrounding white space (secrets are pasted).
    pub fn new(text: impl AsRef<str>) -> SourceSecret {
        SourceSecret(text.as_ref().trim().to_owned())
    }

    /// The secret itself, for keeping it where secrets are.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The secret's text, or a refusal when there is none: an empty key would accept what anybody signs, and so would
    /// JSON that stands in its place (`null`, `{}`; Secrets Manager's console makes an object when it is not told
    /// otherwise).
    pub(crate) fn text(&self, source_name: &'static str) -> Result<&str, Refusal> {
        if self.0.is_empty() {
            return Err(Refusal::SecretUnusable {
                source_name,
                problem: "is empty",
            });
        }
        let json = serde_json::from_str::<serde_json::Value>(&self.0);
        if json.is_ok_and(|value| !value.is_number() && !value.is_string()) {
            return Err(Refusal::SecretUnusable {
                source_name,
                problem: "is JSON where its text alone has to be",
            });
        }
        Ok(&self.0)
    }
}

impl fmt::Debug for SourceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SourceSecret(…)")
    }
}

impl Delivery<'_> {
    /// Refuses a body that is too long, before anything is computed over it.
    pub(crate) fn check_size(&self) -> Result<(), Refusal> {
        if self.body.len() > MAX_BODY_BYTES {
            return Err(Refusal::Oversize {
                bytes: self.body.len(),
            });
        }
        Ok(())
    }

    /// Refuses what no source of JSON takes, before anything is computed over it.
    pub(crate) fn check_json(&self) -> Result<(), Refusal> {
        self.check_type(&["application/json", "text/json"])
    }

    /// Refuses a body that is too long, or that says that it is of another type. Several vendors say none, and types of
    /// JSON have many names that end alike (RFC 6839 section 3.1).
    pub(crate) fn check_type(&self, types: &[&str]) -> Result<(), Refusal> {
        self.check_size()?;
        let Some(said) = self.headers.get(header::CONTENT_TYPE) else {
            return Ok(());
        };
        let said = said.to_str().unwrap_or("unreadable").split(';').next();
        let content_type = said.unwrap_or_default().trim().to_ascii_lowercase();
        let fits = content_type.is_empty()
            || types.contains(&content_type.as_str())
            || (types.contains(&"application/json") && content_type.ends_with("+json"));
        match fits {
            true => Ok(()),
            false => Err(Refusal::ContentType { content_type }),
        }
    }

    /// The one value of a header. Two values are refused: which one was signed would be a guess.
    pub(crate) fn header(&self, name: &'static str) -> Result<&str, Refusal> {
        let refused = |problem| Refusal::Unsigned {
            header: name,
            problem,
        };
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().ok_or_else(|| refused("is missing"))?;
        if values.next().is_some() {
            return Err(refused("is there more than once"));
        }
        match value.to_str() {
            Ok("") | Err(_) => Err(refused("is not readable")),
            Ok(text) => Ok(text),
        }
    }

    /// Refuses a delivery that was sent too long before, or after, its receipt.
    pub(crate) fn check_fresh(&self, sent_at: Timestamp) -> Result<(), Refusal> {
        let age = self.now.duration_since(sent_at);
        if age.unsigned_abs() > TOLERANCE {
            return Err(Refusal::Stale {
                seconds: age.as_secs(),
            });
        }
        Ok(())
    }

    /// An id for deliveries of vendors that send none: the body's SHA-256. Their bodies carry the event's
    /// own time, so that two events differ and a repeated delivery does not.
    pub(crate) fn body_id(&self) -> String {
        hex::encode(Sha256::digest(self.body))
    }
}

/// Whether two texts are the same, in a time that depends on their lengths only.
pub(crate) fn same_text(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// The headers of a signed delivery; each vendor's own first, then the content type.
pub(crate) fn signed_headers(headers: &[(&'static str, String)]) -> Result<HeaderMap, Refusal> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|_| Refusal::Unsigned {
            header: name,
            problem: "cannot carry this value",
        })?;
        map.insert(HeaderName::from_static(name), value);
    }
    map.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        assert!(!format!("{:?}", SourceSecret::new("hunter2")).contains("hunter2"));
    }

    #[test]
    fn exactly_five_minutes_are_fresh_and_a_second_more_is_not() {
        let now: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        let headers = HeaderMap::new();
        let delivery = Delivery {
            headers: &headers,
            body: b"",
            now,
        };
        let ago = |seconds: i64| Timestamp::from_second(now.as_second() - seconds).unwrap();
        assert_eq!(delivery.check_fresh(ago(300)), Ok(()));
        assert_eq!(delivery.check_fresh(ago(-300)), Ok(()));
        assert_eq!(
            delivery.check_fresh(ago(301)),
            Err(Refusal::Stale { seconds: 301 })
        );
        assert_eq!(
            delivery.check_fresh(ago(-301)),
            Err(Refusal::Stale { seconds: -301 })
        );
    }
}
