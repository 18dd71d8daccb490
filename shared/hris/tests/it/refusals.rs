//! What is refused, and with which status.

use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use latchkey_hris::{Delivery, MAX_BODY_BYTES, Outgoing, SOURCES, SourceSecret, source};
use proptest::prelude::*;

use crate::vendor::{authenticate, now, secret, signed};

const BODY: &[u8] = br#"{"type":"person.hired","data":{"employee_id":"1"}}"#;

fn names() -> Vec<&'static str> {
    SOURCES.iter().map(|s| s.name()).collect()
}

/// Those whose vendors sign the body. The others send a token or a password that never changes.
fn signing() -> Vec<&'static str> {
    let by_token = ["personio", "rippling", "workday"];
    let mut names = names();
    names.retain(|name| !by_token.contains(name));
    names
}

#[test]
fn an_unsigned_delivery_is_refused() {
    for name in names() {
        let refusal = authenticate(name, &HeaderMap::new(), BODY).unwrap_err();
        assert_eq!(refusal.status(), 401, "{name}: {refusal}");
    }
}

#[test]
fn a_delivery_under_another_secret_is_refused() {
    for name in names() {
        let other = match name {
            "generic" | "finch" => "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            _ => "another secret",
        };
        let outgoing = Outgoing {
            id: "msg_1",
            sent_at: now(),
            body: BODY,
        };
        let headers = source(name)
            .unwrap()
            .sign(&SourceSecret::new(other), &outgoing)
            .unwrap();
        assert_eq!(
            authenticate(name, &headers, BODY).unwrap_err().status(),
            401,
            "{name}"
        );
    }
}

#[test]
fn a_stale_delivery_is_refused_both_ways() {
    for name in ["generic", "finch", "bamboohr"] {
        for seconds in [301, -301] {
            let sent_at = now()
                .checked_add(SignedDuration::from_secs(seconds))
                .unwrap();
            let outgoing = Outgoing {
                id: "msg_1",
                sent_at,
                body: BODY,
            };
            let headers = source(name)
                .unwrap()
                .sign(&secret(name), &outgoing)
                .unwrap();
            let refusal = authenticate(name, &headers, BODY).unwrap_err();
            assert_eq!(refusal.status(), 401, "{name}");
            assert!(refusal.to_string().contains("301 seconds"), "{refusal}");
        }
    }
}

#[test]
fn oversize_forms_and_nonsense_are_refused_with_their_own_status() {
    for name in names() {
        let large = vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(
            authenticate(name, &signed(name, &large), &large)
                .unwrap_err()
                .status(),
            413,
            "{name}"
        );
        if name == "rippling" {
            continue; // It sends forms: see signatures.rs.
        }
        let mut form = signed(name, BODY);
        form.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        assert_eq!(
            authenticate(name, &form, BODY).unwrap_err().status(),
            415,
            "{name}"
        );
        let nonsense = b"not json";
        let authentic = authenticate(name, &signed(name, nonsense), nonsense).unwrap();
        let refusal = source(name)
            .unwrap()
            .translate(&authentic, nonsense)
            .unwrap_err();
        assert_eq!(refusal.status(), 400, "{name}: {refusal}");
    }
    let body = br#"{"type":"person.teleported","data":{"employee_id":"1"}}"#;
    let authentic = authenticate("generic", &signed("generic", body), body).unwrap();
    let refusal = source("generic")
        .unwrap()
        .translate(&authentic, body)
        .unwrap_err();
    assert_eq!(refusal.status(), 422, "{refusal}");
    assert_eq!(source("paperfile").err().unwrap().status(), 404);
}

#[test]
fn an_unusable_secret_is_ours_to_mend() {
    for name in names() {
        let headers = signed(name, BODY);
        let delivery = Delivery {
            headers: &headers,
            body: BODY,
            now: now(),
        };
        let refusal = source(name)
            .unwrap()
            .authenticate(&delivery, &SourceSecret::new(" "))
            .unwrap_err();
        assert_eq!(refusal.status(), 500, "{name}: {refusal}");
    }
}

/// JSON that stands where a text has to be is known to everybody, and a short key is soon found.
#[test]
fn a_secret_that_can_be_guessed_is_refused() {
    let refused = |name: &str, secret: &str| {
        let headers = signed(name, BODY);
        let delivery = Delivery {
            headers: &headers,
            body: BODY,
            now: now(),
        };
        let secret = SourceSecret::new(secret);
        let refusal = source(name).unwrap().authenticate(&delivery, &secret);
        refusal.unwrap_err().status()
    };
    for name in names() {
        for secret in ["null", "{}", "{\"generic\": \"whsec_x\"}", "true", "[]"] {
            assert_eq!(refused(name, secret), 500, "{name}: {secret}");
        }
    }
    for name in ["generic", "finch"] {
        assert_eq!(refused(name, "whsec_AA=="), 500, "{name}");
        assert_eq!(
            refused(name, "MDEyMzQ1Njc4OWFiY2Rl"),
            500,
            "{name}: 15 bytes"
        );
        assert_eq!(
            refused(name, "MDEyMzQ1Njc4OWFiY2RlZg=="),
            401,
            "{name}: 16 bytes"
        );
    }
}

#[test]
fn generic_signatures_are_those_of_standard_webhooks() {
    let webhook = standardwebhooks::Webhook::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let theirs = webhook.sign("msg_1", now().as_second(), BODY).unwrap();
    let ours = signed("generic", BODY);
    assert_eq!(ours["webhook-signature"], theirs);
    let mut rotated = ours.clone();
    let both = format!("v1,AAAA {theirs}");
    rotated.insert("webhook-signature", HeaderValue::from_str(&both).unwrap());
    assert!(
        authenticate("generic", &rotated, BODY).is_ok(),
        "one of several signatures is enough"
    );
}

proptest! {
    #[test]
    fn a_changed_byte_anywhere_is_refused(position in 0..BODY.len(), by in 1..255_u8) {
        for name in signing() {
            let headers = signed(name, BODY);
            let mut body = BODY.to_vec();
            body[position] = body[position].wrapping_add(by);
            prop_assert!(authenticate(name, &headers, &body).is_err());
        }
    }

    #[test]
    fn a_changed_header_is_refused(position in 0..20_usize) {
        for name in names() {
            let headers = signed(name, BODY);
            let of_ours = headers.keys().filter(|k| *k != header::CONTENT_TYPE).cloned().collect::<Vec<_>>();
            for key in of_ours {
                let mut text = headers[&key].as_bytes().to_vec();
                let at = position % text.len();
                text[at] = if text[at] == b'x' { b'y' } else { b'x' };
                let mut changed = headers.clone();
                changed.insert(&key, HeaderValue::from_bytes(&text).unwrap());
                prop_assert!(authenticate(name, &changed, BODY).is_err(), "{name} {key}");
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..300), json in "[\\[\\]{}:,\"a-z0-9 .-]{0,120}") {
        for name in names() {
            for body in [&body[..], json.as_bytes()] {
                if let Ok(authentic) = authenticate(name, &signed(name, body), body) {
                    let _ = source(name).unwrap().translate(&authentic, body);
                }
            }
        }
    }
}
