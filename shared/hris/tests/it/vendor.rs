//! A vendor that signs and sends.

use http::HeaderMap;
use jiff::Timestamp;
use latchkey_hris::{Authentic, Delivery, Outgoing, Refusal, SourceSecret, source};

pub(crate) const NOW: &str = "2026-11-23T10:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The secret that each vendor's page would show.
pub(crate) fn secret(name: &str) -> SourceSecret {
    SourceSecret::new(match name {
        "generic" => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "finch" => "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "workday" => "latchkey:a password that only Workday and we know",
        _ => "a secret that only the vendor and we know",
    })
}

pub(crate) fn signed(name: &str, body: &[u8]) -> HeaderMap {
    let outgoing = Outgoing {
        id: "msg_1",
        sent_at: now(),
        body,
    };
    source(name)
        .unwrap()
        .sign(&secret(name), &outgoing)
        .unwrap()
}

pub(crate) fn authenticate(
    name: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Authentic, Refusal> {
    let delivery = Delivery {
        headers,
        body,
        now: now(),
    };
    source(name).unwrap().authenticate(&delivery, &secret(name))
}
