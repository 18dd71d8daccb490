//! A client shows itself by an assertion that its private key signs (RFC 7523 section 2.2; `private_key_jwt` of OpenID
//! Connect Core section 9), or shows whom it acts for: then the assertion is the grant itself (RFC 7523 section 2.1).

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

/// RFC 7523 section 2.1.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
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
    /// What the token is to allow. Only with a grant, and there the field's practice: RFC 7523 leaves further claims to
    /// the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    iat: i64,
    exp: i64,
    /// Never the same twice: some servers take each only once.
    jti: String,
}

/// What an assertion says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Says<'a> {
    /// Which client it is.
    pub(crate) client_id: &'a str,
    /// Whom it acts for; itself when `None`.
    pub(crate) subject: Option<&'a str>,
    /// What a grant is to allow.
    pub(crate) scope: Option<&'a str>,
    /// Whom it is for.
    pub(crate) token_url: &'a str,
}

/// The assertion of a client for a token server.
///
/// # Errors
/// What is wrong with the key, for people.
pub(crate) fn signed(
    private_key: &str,
    key_id: Option<&str>,
    says: Says<'_>,
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
        iss: says.client_id,
        sub: says.subject.unwrap_or(says.client_id),
        aud: says.token_url,
        scope: says.scope,
        iat: now.as_second(),
        exp: now.as_second().saturating_add(LIFETIME),
        jti: format!("{:032x}", u128::from_ne_bytes(random)),
    };
    let mut header = Header::new(algorithm);
    header.kid = key_id.map(str::to_owned);
    encode(&header, &claims, &key).map_err(|_| "its private key cannot sign")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use base64::{Engine, engine::general_purpose::STANDARD};
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
    use serde_json::Value;

    use super::*;

    const SERVER: &str = "https://x.example/token";

    fn claims(subject: Option<&str>, scope: Option<&str>) -> Value {
        let way = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(way, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(way, der.as_ref()).unwrap();
        let label = "PRIVATE KEY";
        let body = STANDARD.encode(der.as_ref());
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
        let says = Says {
            client_id: "robot",
            subject,
            scope,
            token_url: SERVER,
        };
        let text = signed(&pem, Some("k1"), says, Timestamp::now()).unwrap();
        assert_eq!(decode_header(&text).unwrap().kid.as_deref(), Some("k1"));
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[SERVER]);
        let key = DecodingKey::from_ec_der(pair.public_key().as_ref());
        decode::<Value>(&text, &key, &rules).unwrap().claims
    }

    #[test]
    fn a_client_speaks_for_itself_unless_it_says_for_whom() {
        let own = claims(None, None);
        assert_eq!(
            (&own["iss"], &own["sub"]),
            (&"robot".into(), &"robot".into())
        );
        assert_eq!(own.get("scope"), None);
        let of_another = claims(Some("it@x.example"), Some("a b"));
        assert_eq!(of_another["iss"], "robot");
        assert_eq!(of_another["sub"], "it@x.example");
        assert_eq!(of_another["scope"], "a b");
        let lifetime = of_another["exp"].as_i64().unwrap() - of_another["iat"].as_i64().unwrap();
        assert_eq!(lifetime, LIFETIME);
        assert_ne!(own["jti"], of_another["jti"]);
    }

    #[test]
    fn a_key_that_is_none_is_said_without_showing_it() {
        let says = Says {
            client_id: "robot",
            subject: None,
            scope: None,
            token_url: SERVER,
        };
        let problem = signed("hidden", None, says, Timestamp::now()).unwrap_err();
        assert!(problem.contains("no PEM"), "{problem}");
    }
}
