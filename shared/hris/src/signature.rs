//! What vendors sign and say of themselves with: keyed hashes, and tokens that never change.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use sha2::Sha256;

use crate::{
    Delivery, Refusal, SourceSecret,
    delivery::{same_text, signed_headers},
};

pub(crate) const AUTHORIZATION: &str = "authorization";

/// HMAC-SHA256 over the parts, one after the other.
pub(crate) fn hmac_sha256(
    source_name: &'static str,
    key: &[u8],
    parts: &[&[u8]],
) -> Result<Vec<u8>, Refusal> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refusal::SecretUnusable {
        source_name,
        problem: "cannot be a key",
    })?;
    for part in parts {
        mac.update(part);
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Refuses a delivery whose header is not this signature in hexadecimal. Digits are written in either case.
pub(crate) fn check_hex_signature(
    delivery: &Delivery<'_>,
    source_name: &'static str,
    header: &'static str,
    right: &str,
) -> Result<(), Refusal> {
    if same_text(right, &delivery.header(header)?.to_ascii_lowercase()) {
        return Ok(());
    }
    Err(Refusal::Forged {
        header,
        source_name,
    })
}

/// Refuses a delivery without the token that the source was given: `Authorization: Bearer TOKEN`, or the token alone,
/// as some vendors send what they are given. The secret may be kept with its scheme or without.
pub(crate) fn check_token(
    delivery: &Delivery<'_>,
    source_name: &'static str,
    secret: &SourceSecret,
) -> Result<(), Refusal> {
    let right = without_scheme(secret.text(source_name)?, "bearer");
    let given = without_scheme(delivery.header(AUTHORIZATION)?, "bearer");
    if same_text(right, given) {
        return Ok(());
    }
    Err(Refusal::WrongToken {
        header: AUTHORIZATION,
        source_name,
    })
}

/// Refuses a delivery without the user name and password (`USER:PASSWORD`) that the source was given, as HTTP Basic
/// sends them.
pub(crate) fn check_password(
    delivery: &Delivery<'_>,
    source_name: &'static str,
    secret: &SourceSecret,
) -> Result<(), Refusal> {
    let right = STANDARD.encode(secret.text(source_name)?);
    let given = delivery.header(AUTHORIZATION)?;
    let password = without_scheme(given, "basic");
    if password.len() < given.len() && same_text(&right, password) {
        return Ok(());
    }
    Err(Refusal::WrongToken {
        header: AUTHORIZATION,
        source_name,
    })
}

/// The headers of a delivery that carries the token.
pub(crate) fn token_headers(
    source_name: &'static str,
    secret: &SourceSecret,
) -> Result<HeaderMap, Refusal> {
    let token = without_scheme(secret.text(source_name)?, "bearer");
    signed_headers(&[(AUTHORIZATION, format!("Bearer {token}"))])
}

/// The headers of a delivery that carries user name and password.
pub(crate) fn password_headers(
    source_name: &'static str,
    secret: &SourceSecret,
) -> Result<HeaderMap, Refusal> {
    let password = STANDARD.encode(secret.text(source_name)?);
    signed_headers(&[(AUTHORIZATION, format!("Basic {password}"))])
}

/// What follows the scheme's name, which is written in upper or lower case; the whole text when it has none.
fn without_scheme<'a>(text: &'a str, scheme: &str) -> &'a str {
    match text.split_once(' ') {
        Some((first, rest)) if first.eq_ignore_ascii_case(scheme) => rest.trim(),
        _ => text,
    }
}
