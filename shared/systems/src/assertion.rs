//! A client shows itself by an assertion that its private key signs (RFC 7523 section 2.2; `private_key_jwt` of OpenID Connect
//! Core section 9).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

/// RFC 7523 section 2.2.
pub(crate) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion can be used, in seconds: one call. Servers allow some minutes up to an hour.
const LIFETIME: i64 = 120;

/// RFC 7523 section 3.
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    /// Never the same twice: some servers take each only once.
    jti: String,
}

/// The assertion of a client for a token server.
///
/// # Errors
/// What is wrong with the key, for people.
pub(crate) fn signed(
    private_key: &str,
    key_id: Option<&str>,
    client_id: &str,
    token_url: &str,
    now: Timestamp,
) -> Result<String, &'static str> {
    let pem = private_key.as_bytes();
    let rsa = EncodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key));
    let (algorithm, key) = rsa
        .or_else(|_| EncodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key)))
        .map_err(|_| "its private key is no PEM of an RSA or P-256 key")?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| "this machine has no random numbers")?;
    let claims = Claims {
        iss: client_id,
        sub: client_id,
        aud: token_url,
        iat: now.as_second(),
        exp: now.as_second().saturating_add(LIFETIME),
        jti: format!("{:032x}", u128::from_ne_bytes(random)),
    };
    let mut header = Header::new(algorithm);
    header.kid = key_id.map(str::to_owned);
    encode(&header, &claims, &key).map_err(|_| "its private key cannot sign")
}
