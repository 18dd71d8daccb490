//! Standard Webhooks: the scheme of `generic` and, under other header names, of Finch.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>: HMAC-SHA256 of
//! `id.timestamp.body`, base64, after `v1,`; several signatures with spaces between, while a secret is being replaced.
//!
//! The few lines are here because the crate `standardwebhooks` reads the clock by itself and takes text only.
//! Tests compare with it.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderMap;
use jiff::Timestamp;

use crate::{
    Authentic, Delivery, Outgoing, Refusal, SourceSecret,
    delivery::{same_text, signed_headers},
    signature::hmac_sha256,
};

/// How many bytes a key has at least. The specification asks for 24 of those who make one ("Signature scheme"); who
/// made a shorter one by hand keeps it, while nobody can try all of them.
const LEAST_KEY: usize = 16;

/// The scheme, with the names that a source gives to its headers.
pub(crate) struct StandardWebhooks {
    pub(crate) source_name: &'static str,
    pub(crate) id: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) signature: &'static str,
}

impl StandardWebhooks {
    /// Whether one of the signatures is right, and recent.
    pub(crate) fn authenticate(
        &self,
        delivery: &Delivery<'_>,
        secret: &SourceSecret,
    ) -> Result<Authentic, Refusal> {
        delivery.check_json()?;
        let id = delivery.header(self.id)?;
        let sent_at = delivery.header(self.timestamp)?;
        let given = delivery.header(self.signature)?;
        // Computed once, however many signatures are given: they must not multiply the work.
        let right = self.signature_of(secret, id, sent_at, delivery.body)?;
        let matches = given
            .split(' ')
            .filter(|one| same_text(&right, one))
            .count();
        if matches == 0 {
            return Err(Refusal::Forged {
                header: self.signature,
                source_name: self.source_name,
            });
        }
        let timestamp = sent_at
            .parse::<i64>()
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or(Refusal::Unsigned {
                header: self.timestamp,
                problem: "is not a time in seconds since 1970",
            })?;
        delivery.check_fresh(timestamp)?;
        Ok(Authentic {
            delivery_id: id.to_owned(),
            timestamp,
        })
    }

    /// The headers of a signed delivery.
    pub(crate) fn sign(
        &self,
        secret: &SourceSecret,
        outgoing: &Outgoing<'_>,
    ) -> Result<HeaderMap, Refusal> {
        let sent_at = outgoing.sent_at.as_second().to_string();
        let signature = self.signature_of(secret, outgoing.id, &sent_at, outgoing.body)?;
        signed_headers(&[
            (self.id, outgoing.id.to_owned()),
            (self.timestamp, sent_at),
            (self.signature, signature),
        ])
    }

    fn signature_of(
        &self,
        secret: &SourceSecret,
        id: &str,
        sent_at: &str,
        body: &[u8],
    ) -> Result<String, Refusal> {
        let unusable = |problem| Refusal::SecretUnusable {
            source_name: self.source_name,
            problem,
        };
        let text = secret.text(self.source_name)?;
        let key = STANDARD
            .decode(text.strip_prefix("whsec_").unwrap_or(text))
            .map_err(|_| unusable("is not base64, with or without `whsec_` before it"))?;
        if key.len() < LEAST_KEY {
            return Err(unusable(
                "is shorter than 16 bytes, written in base64, and can be guessed",
            ));
        }
        let parts = [id.as_bytes(), b".", sent_at.as_bytes(), b".", body];
        let mac = hmac_sha256(self.source_name, &key, &parts)?;
        Ok(format!("v1,{}", STANDARD.encode(mac)))
    }
}
